//! `.qmlproject`: the project files of Qt Design Studio and of `qmlscene`'s old companion.
//!
//! Read are `mainFile`, `importPaths` and `mockImports` of the project. The lists of its files say
//! nothing that the directories do not.

use tree_sitter::Node;

use super::syntax::{self, line};

/// What a `.qmlproject` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct QmlProject {
    /// The document to start with, relative to the file.
    pub(super) main: Option<(String, u32)>,
    /// Where modules are looked for.
    pub(super) import_paths: Vec<String>,
    /// Where stand-ins are.
    pub(super) mock_imports: Vec<String>,
    /// The line of the first mistake.
    pub(super) error: Option<u32>,
}

pub(super) fn parse(text: &str) -> Option<QmlProject> {
    let tree = syntax::parse(tree_sitter_qmljs::LANGUAGE, text)?;
    let mut project = QmlProject::default();
    syntax::walk(tree.root_node(), |node| {
        if node.is_error() && project.error.is_none() {
            project.error = Some(line(node));
        }
        if node.kind() == "ui_binding" {
            project.read(node, text);
        }
        true
    });
    Some(project)
}

impl QmlProject {
    fn read(&mut self, binding: Node<'_>, text: &str) {
        let of = |name| binding.child_by_field_name(name);
        let (Some(name), Some(value)) = (of("name"), of("value")) else {
            return;
        };
        let values = strings(value, text);
        match text.get(name.byte_range()) {
            Some("mainFile") => {
                self.main = values.into_iter().next().map(|main| (main, line(binding)));
            }
            Some("importPaths") => self.import_paths.extend(values),
            Some("mockImports") => self.mock_imports.extend(values),
            _ => {}
        }
    }
}

/// The literals in a value: one, or those of an array.
fn strings(value: Node<'_>, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    syntax::walk(value, |node| {
        let is_literal = node.kind() == "string";
        if is_literal {
            let literal = text.get(node.byte_range()).unwrap_or_default();
            found.push(literal.trim_matches(['"', '\'']).to_owned());
        }
        !is_literal
    });
    found
}

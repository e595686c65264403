//! Scripts: the imports of ES modules. Directives are read in [`directives`].

mod directives;

use tree_sitter::Node;

use super::references::{References, collect};
use super::{Document, Import, ImportTarget, Language, SyntaxError, resources};
use crate::qml::literal;
use crate::qml::syntax::Syntax;

pub(super) fn parse(language: Language, source: &str) -> Document {
    let mut document = Document::empty(language);
    let end = match language {
        Language::Js => directives::read(source, &mut document),
        Language::Qml | Language::Mjs => 0,
    };
    let Some(syntax) = Syntax::of_script(&blanked(source, end)) else {
        document.references = References::unreadable();
        document.header_error |= language == Language::Mjs;
        return document;
    };
    document.resources = resources::names(&syntax, source);
    match syntax.first_error() {
        None => {
            document.imports.extend(module_imports(&syntax));
            document.references = collect(&syntax);
        }
        Some(offset) => {
            // A wrong directive comes first.
            let error = SyntaxError::at(source, offset);
            document.syntax_error.get_or_insert(error);
            document.references = References::unreadable();
            // Directives stand at the top and were read by themselves; the imports of an ES
            // module are anywhere.
            document.header_error |= language == Language::Mjs;
        }
    }
    document
}

/// `source` with everything before `end` that is not a line break made blank, and the byte
/// order mark, so that what is left is JavaScript and every offset stays.
fn blanked(source: &str, end: usize) -> String {
    let mark = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let (head, tail) = source.split_at(end.max(mark));
    let blank = head.bytes().map(|byte| match byte {
        b'\n' | b'\r' => char::from(byte),
        _ => ' ',
    });
    blank.chain(tail.chars()).collect()
}

fn module_imports(syntax: &Syntax) -> impl Iterator<Item = Import> + use<'_> {
    syntax.nodes().filter_map(move |node| {
        let target = specifier(node)?;
        let span = syntax.span(target);
        Some(Import {
            target: ImportTarget::File(literal::value(syntax.text(target))?),
            version: None,
            version_span: None,
            qualifier: None,
            line: syntax.line(target),
            span,
        })
    })
}

/// The string that names the other module, in an import or a re-export.
fn specifier(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "import_statement" | "export_statement" => node.child_by_field_name("source"),
        "call_expression" => {
            let function = node.child_by_field_name("function")?;
            let arguments = node.child_by_field_name("arguments")?;
            let only = arguments
                .named_child(0)
                .filter(|_| arguments.named_child_count() == 1)?;
            (function.kind() == "import" && only.kind() == "string").then_some(only)
        }
        _ => None,
    }
}

//! C++ headers and sources: classes with what moc would see of them, and what is registered by
//! macro or by call. Macros of Qt's are taken out by [`mask`], the rest is parsed by
//! tree-sitter-cpp; templates and macros of others are not followed.

mod class;
mod enums;
mod macros;
mod mask;
mod register;
mod tokens;

use tree_sitter::Node;

use super::{ClassKind, Sheet};
use crate::path::TreePath;
use crate::project::syntax;
use crate::qml::syntax::nodes;
use mask::{Mark, Said};

/// Brackets inside brackets: beyond this nobody wrote it by hand, and the parser needs minutes for
/// what is broken so deep down.
const DEEPEST: usize = 200;

/// A source with Qt's words taken out.
struct Source<'a> {
    text: &'a str,
    marks: &'a [Mark],
}

impl<'a> Source<'a> {
    fn text(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }
}

pub(super) fn read(path: &TreePath, text: &str) -> Sheet {
    let mut sheet = Sheet::default();
    let has_classes = ["Q_OBJECT", "Q_GADGET", "Q_NAMESPACE", "QML_"]
        .iter()
        .any(|word| text.contains(word));
    if !has_classes && !register::is_mentioned(text) {
        return sheet;
    }
    let tokens = tokens::tokens(text);
    register::read(path, text, &tokens, &mut sheet);
    if has_classes && tokens::depth(&tokens, text) > DEEPEST {
        sheet.finding(path, 0, "it is nested too deeply to look for types in");
    } else if has_classes {
        let masked = mask::mask(text, &tokens);
        let source = Source {
            text: &masked.text,
            marks: &masked.marks,
        };
        classes(path, &source, &mut sheet);
    }
    sheet
}

/// The text without Qt's words, each character in its place, for whoever else reads C++; nothing
/// where it is nested too deeply.
pub(in crate::project) fn plain(text: &str) -> Option<String> {
    let tokens = tokens::tokens(text);
    (tokens::depth(&tokens, text) <= DEEPEST).then(|| mask::mask(text, &tokens).text)
}

fn classes(path: &TreePath, source: &Source<'_>, sheet: &mut Sheet) {
    let Some(tree) = syntax::parse(tree_sitter_cpp::LANGUAGE, source.text) else {
        return sheet.finding(path, 0, "its classes cannot be read");
    };
    let scopes = scopes(tree.root_node());
    let (marks, stray) = by_scope(source.marks, &scopes);
    for (scope, marks) in scopes.iter().zip(marks) {
        if !marks.iter().any(|mark| macros::makes_type(&mark.said)) {
            continue;
        }
        let Some(mut class) = class::read(source, *scope, &marks) else {
            continue;
        };
        if scope.kind() == "namespace_definition" {
            class.kind = ClassKind::Namespace;
        }
        let place = super::Place {
            path: path.clone(),
            line: class.line,
        };
        if let Err(message) = macros::apply(&marks, &mut class, place, sheet) {
            sheet.finding(path, class.line, message);
        }
        if scope.has_error() {
            let message = format!(
                "{} is not understood as a whole: check its stand-in for what is missing",
                class.name
            );
            sheet.finding(path, class.line, message);
        }
        sheet.classes.push(class);
    }
    let is_object = |mark: &&Mark| matches!(&mark.said, Said::Macro(name, _) if name == "Q_OBJECT");
    if let Some(mark) = stray.iter().find(is_object) {
        let before = source.text.get(..mark.at).unwrap_or_default();
        let line = u32::try_from(before.matches('\n').count()).map_or(0, |count| count + 1);
        let message = "the class around Q_OBJECT is not understood; write its stand-in by hand";
        sheet.finding(path, line, message);
    }
}

/// Whatever may hold macros of Qt's: classes and namespaces with a body, outer ones first.
fn scopes(root: Node<'_>) -> Vec<Node<'_>> {
    let is_scope = |node: &Node<'_>| {
        matches!(
            node.kind(),
            "class_specifier" | "struct_specifier" | "namespace_definition"
        ) && node.child_by_field_name("body").is_some()
    };
    nodes(root).filter(is_scope).collect()
}

/// The marks of each scope that are in none of those inside it, and those in no scope.
fn by_scope(marks: &[Mark], scopes: &[Node<'_>]) -> (Vec<Vec<Mark>>, Vec<Mark>) {
    let mut owned = vec![Vec::new(); scopes.len()];
    let mut stray = Vec::new();
    let mut ahead = scopes.iter().enumerate().peekable();
    let mut around: Vec<(usize, usize)> = Vec::new();
    for mark in marks {
        while let Some((index, scope)) = ahead.next_if(|(_, scope)| scope.start_byte() <= mark.at) {
            around.push((index, scope.end_byte()));
        }
        // What ended stays below what did not only if it is around nothing any more.
        while around.last().is_some_and(|(_, end)| *end <= mark.at) {
            around.pop();
        }
        let owner = around.last().and_then(|(index, _)| owned.get_mut(*index));
        owner.unwrap_or(&mut stray).push(mark.clone());
    }
    (owned, stray)
}

#[cfg(test)]
mod tests;

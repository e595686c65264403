//! The types that a document makes objects of, by the names that it writes.

use std::collections::BTreeSet;

use crate::qml::syntax::Syntax;

/// Types that are noted of one document: nobody wrote one with more.
const MOST: usize = 200;

/// A type, where a document makes an object of it for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The name as it is written, with its qualifier: `Controls.Button`.
    pub name: Box<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// The types in a document that parses, each once.
pub(super) fn made(syntax: &Syntax, source: &str) -> Vec<Made> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for node in syntax.nodes() {
        if !node.kind().starts_with("ui_object_definition") {
            continue;
        }
        let Some(written) = node.child_by_field_name("type_name") else {
            continue;
        };
        if found.len() == MOST {
            break;
        }
        let name = syntax.text(written);
        // `anchors { … }` and `Layout.margins { … }` are groups of properties.
        let last = name.rsplit('.').next().unwrap_or(name).trim_start();
        let is_type = last.starts_with(|c: char| c.is_ascii_uppercase());
        if !is_type || !seen.insert(name) {
            continue;
        }
        let start = syntax.span(written).start;
        let before = source.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default();
        found.push(Made {
            name: name.split_whitespace().collect::<String>().into(),
            line: syntax.line(written),
            column: super::saturating_u32(column.chars().count() + 1),
        });
    }
    found
}

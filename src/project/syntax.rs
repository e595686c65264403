//! Syntax trees of the languages that projects are written in.

use tree_sitter::{Language, Node, Parser, Tree};

/// Parses a text; `None` if the parser gives up, which it does for no known input.
pub(super) fn parse(language: impl Into<Language>, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language.into()).ok()?;
    parser.parse(text, None)
}

/// Goes through a node and all below it in the order of the source, parents before children.
/// `enter` says whether to look into a node. Without recursion: a source may nest deeper than the
/// stack.
pub(super) fn walk<'tree>(root: Node<'tree>, mut enter: impl FnMut(Node<'tree>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if enter(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The line that a node begins on, from 1.
pub(super) fn line(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
}

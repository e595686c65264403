//! String literals, and strings put together.

use tree_sitter::Node;

use super::{Collector, Computed};

/// Longer literals are prose or data.
const LONGEST_NAME: usize = 300;

impl<'a> Collector<'a> {
    pub(super) fn string(&mut self, node: Node<'a>, value: &str) {
        self.function_in_string(node, value);
        let found = &mut self.found;
        if is_image(value) {
            found.rich_text.literals.extend(words(value).map(Box::from));
            let is_part = node.parent().is_some_and(|parent| {
                matches!(parent.kind(), "binary_expression" | "member_expression")
            });
            found.rich_text.computed |= is_part || value.contains('%') || is_unfinished(value);
        }
        if is_file_name(value) {
            found.literals.insert(value.into());
        }
        if is_odd_document(value) {
            found.computed = Computed::Anything;
        }
        if value.contains(|c: char| c.is_whitespace() || "<('\",".contains(c)) {
            let words = words(value).filter(|word| is_path_like(word));
            found.literals.extend(words.map(Box::from));
        }
    }

    /// A string put together, wherever it goes: what is known of it limits what it can reach.
    pub(super) fn concatenation(&mut self, node: Node<'a>) {
        let worth = self.worth(node);
        let patterns = worth
            .patterns()
            .filter(|pattern| pattern.parts.iter().any(|part| is_path_like(part)));
        self.found.patterns.extend(patterns);
        let literals = worth
            .literals()
            .filter(|text| is_file_name(text))
            .map(Box::from);
        self.found.literals.extend(literals);
    }

    pub(super) fn binary(&mut self, node: Node<'a>) {
        let operator = node.child_by_field_name("operator");
        if operator.map(|operator| self.syntax.text(operator)) != Some("+") {
            return;
        }
        if self.left_side != Some(node.id()) {
            self.concatenation(node);
        }
        self.left_side = node.child_by_field_name("left").map(|left| left.id());
    }
}

/// Whether rich text shows an image, HTML or Markdown, or has a style sheet.
pub(super) fn is_image(text: &str) -> bool {
    let has = |tag: &str| {
        let windows = text.as_bytes().windows(tag.len());
        text.len() >= tag.len()
            && windows
                .into_iter()
                .any(|at| at.eq_ignore_ascii_case(tag.as_bytes()))
    };
    text.contains("![")
        || text.contains('<')
            && ["<img", "<link", "background=", "background-image"]
                .iter()
                .any(|tag| has(tag))
}

/// Whether rich text ends inside an image.
fn is_unfinished(text: &str) -> bool {
    let is_open = |start: &str, end: char| {
        text.rfind(start)
            .is_some_and(|at| !text[at..].contains(end))
    };
    is_open("<", '>') || is_open("![", ')')
}

/// Whether a name has the suffix of a document in letters that a tree does not take for it.
/// Qt takes anything for a document that it is told to load.
pub(super) fn is_odd_document(name: &str) -> bool {
    let path = name.split(['?', '#']).next().unwrap_or(name);
    let suffix = path.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    suffix != "qml" && suffix.eq_ignore_ascii_case("qml")
}

/// The words of a text, as HTML, Markdown and lists separate them.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "\"'<>()=,;|".contains(c))
        .filter(|word| !word.is_empty() && word.len() <= LONGEST_NAME)
}

/// Whether a whole literal can be the name of a file. One without a dot or slash can, too, but
/// only if it is a single word.
pub(super) fn is_file_name(text: &str) -> bool {
    let single = !text.contains(char::is_whitespace) && text.contains(char::is_alphanumeric);
    may_name_file(text) && (single || is_path_like(text))
}

/// Whether a literal can be the name of a file, where a file is named.
pub(super) fn may_name_file(text: &str) -> bool {
    let short = !text.is_empty() && text.len() <= LONGEST_NAME;
    short && !text.contains(|c: char| c.is_control())
}

/// Whether a text looks like a path: a slash beside a name, or a suffix at the end.
pub(super) fn is_path_like(text: &str) -> bool {
    let named = text.contains(char::is_alphanumeric);
    let path = text.split(['?', '#']).next().unwrap_or(text);
    let suffix = path.rsplit_once('.').is_some_and(|(_, suffix)| {
        (1..=8).contains(&suffix.len()) && suffix.chars().all(char::is_alphanumeric)
    });
    named && (suffix || text.contains('/'))
}

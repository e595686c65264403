//! String literals, and strings put together.

use tree_sitter::Node;

use super::{Collector, Computed};

/// Longer literals are prose or data.
const LONGEST_NAME: usize = 300;

impl<'a> Collector<'a> {
    pub(super) fn string(&mut self, node: Node<'a>, value: &str) {
        if is_image(value) {
            let whole = ["expression_statement", "pair", "variable_declarator"];
            let parent = node.parent().map_or("", |parent| parent.kind());
            self.rich_text(value, !whole.contains(&parent));
        }
        let found = &mut self.found;
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

    /// Whoever shows the text loads its images.
    pub(super) fn rich_text(&mut self, text: &str, is_computed: bool) {
        let sent = &mut self.found.shown.sent;
        sent.in_text.extend(words(text).map(Box::from));
        sent.computed_in_text |= is_computed;
    }

    /// A string put together, wherever it goes: what is known of it limits what it can reach.
    pub(super) fn concatenation(&mut self, node: Node<'a>) {
        let worth = self.worth(node);
        let patterns = worth
            .patterns()
            .filter(|pattern| pattern.parts.iter().any(|part| is_path_like(part)));
        self.found.patterns.extend(patterns);
        let literals = worth.literals().filter(|text| is_file_name(text));
        self.found.literals.extend(literals.map(Box::from));
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
    if text.contains("![") {
        return true;
    }
    let tags = ["<img", "<link", "background=", "background-image"];
    text.contains('<') && {
        let text = text.to_ascii_lowercase();
        tags.iter().any(|tag| text.contains(tag))
    }
}

/// Whether a name has the suffix of a document in letters that a tree does not take for it.
/// Qt takes anything for a document that it is told to load.
fn is_odd_document(name: &str) -> bool {
    let suffix = without_query(name)
        .rsplit_once('.')
        .map_or("", |(_, suffix)| suffix);
    suffix != "qml" && suffix.eq_ignore_ascii_case("qml")
}

fn without_query(name: &str) -> &str {
    name.split(['?', '#']).next().unwrap_or(name)
}

/// The words of a text, as HTML, Markdown and lists separate them.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "\"'<>()=,;|".contains(c))
        .filter(|word| !word.is_empty() && word.len() <= LONGEST_NAME)
}

/// Whether a whole literal can be the name of a file. One without a dot or slash can, too, but
/// only if it is a single word.
fn is_file_name(text: &str) -> bool {
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
    let path = without_query(text);
    named && (has_suffix(path) || path.contains('/'))
}

/// Whether a path ends with a suffix.
pub(super) fn has_suffix(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, suffix)| {
        (1..=8).contains(&suffix.len()) && suffix.chars().all(char::is_alphanumeric)
    })
}

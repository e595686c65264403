//! The strings of a document that name what a program has compiled in: `qrc:/icons/a.svg`.
//!
//! Only `qrc:` is looked for: Qt takes `:/icons/a.svg` in QML for a relative name (measured in
//! 5.15, 6.4 and 6.12).

use std::ops::Range;

use crate::qml::literal::ends_line;
use crate::qml::syntax::Syntax;

/// What such a name begins with.
const SCHEME: &str = "qrc:";

/// A name of something compiled in, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceName {
    /// What follows the scheme, in front of a query or fragment: `/icons/a.svg`. Nothing, or a
    /// path with one slash at its beginning.
    pub path: String,
    /// Where it stands in the source, in bytes, from the scheme to the end of the path.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: u32,
}

/// The names in the literals of a document, in the order of the source. One with an escape
/// sequence in it is none.
pub(super) fn names(syntax: &Syntax, source: &str) -> Vec<ResourceName> {
    if !source.contains(SCHEME) {
        return Vec::new();
    }
    let literals = syntax
        .nodes()
        .filter(|node| node.kind() == "string_fragment");
    let is_import =
        |kind: &str| matches!(kind, "ui_import" | "import_statement" | "export_statement");
    let literals = literals.filter(|node| {
        let around = node.parent().and_then(|string| string.parent());
        !around.is_some_and(|around| is_import(around.kind()))
    });
    let found = literals.flat_map(|node| {
        let (start, line) = (syntax.span(node).start, syntax.line(node));
        let text = syntax.text(node);
        let next = node.next_sibling();
        let is_cut = next.is_some_and(|next| next.kind() == "escape_sequence");
        let names = in_text(text).filter(move |(_, span)| !is_cut || span.end < text.len());
        names.map(move |(path, span)| {
            let before = text.get(..span.start).unwrap_or_default();
            let breaks = before.bytes().filter(|byte| *byte == b'\n').count();
            ResourceName {
                path,
                span: start + span.start..start + span.end,
                line: line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)),
            }
        })
    });
    found.collect()
}

/// A literal is one name from its beginning to its end; inside a text, as in HTML, a name ends as
/// a word does.
fn in_text(text: &str) -> impl Iterator<Item = (String, Range<usize>)> {
    let starts = text.match_indices(SCHEME).map(|(at, _)| at);
    starts.filter_map(move |at| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "+-._".contains(c)) {
            return None;
        }
        let rest = &text[at + SCHEME.len()..];
        let ends = |c: char| match at {
            0 => "?#".contains(c) || ends_line(c),
            _ => c.is_whitespace() || "?#\"'<>(),;|".contains(c),
        };
        let written = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let path = match written.trim_start_matches('/') {
            "" if written.is_empty() => String::new(),
            path => format!("/{path}"),
        };
        Some((path, at..at + SCHEME.len() + written.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Language, parse};

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        let source = format!("import QtQuick\nItem {{ property var a: {expression} }}");
        let document = parse(Language::Qml, &source);
        assert_eq!(document.syntax_error, None, "{source}");
        let names: Vec<_> = document.resources.iter().map(|name| &name.path).collect();
        assert_eq!(names, expected, "{expression}");
        for name in &document.resources {
            let written = &source[name.span.clone()];
            assert!(written.starts_with("qrc:"), "{written}");
            assert!(
                written.ends_with(name.path.trim_start_matches('/')),
                "{written}"
            );
            assert_eq!(name.line, 2);
        }
    }

    #[test]
    fn names_are_found_in_literals() {
        check(r#""qrc:/icons/a b.svg""#, &["/icons/a b.svg"]);
        check("'qrc:///a.svg'", &["/a.svg"]);
        check(r#""qrc:a.svg?x#y""#, &["/a.svg"]);
        check("'qrc:/a.svg\r\n'", &["/a.svg"]);
        check(r#""qrc:" + name"#, &[""]);
        check(r#""qrc:/" + name"#, &["/"]);
        check("`qrc:/icons/${name}.svg`", &["/icons/"]);
        check(
            r#""<img src='qrc:/a.png'><img src=qrc:/b.png>""#,
            &["/a.png", "/b.png"],
        );
    }

    #[test]
    fn what_only_looks_like_a_name_is_none() {
        check(r#""myqrc:/a.svg""#, &[]);
        check(r#""qrc\u003a/a.svg""#, &[]);
        check(r#""qrc:/a\x2esvg""#, &[]);
        check("1 /* qrc:/a.svg */", &[]);
        let document = parse(
            Language::Qml,
            "import \"qrc:/dir\"\nimport QtQuick\nItem {}",
        );
        assert_eq!(document.resources, []);
    }

    #[test]
    fn lines_and_scripts_count() {
        let source = ".pragma library\nvar a = \"x\";\nvar b = \"qrc:/b.png\";\n";
        let document = parse(Language::Js, source);
        let found = &document.resources[0];
        assert_eq!((found.line, &source[found.span.clone()]), (3, "qrc:/b.png"));
    }
}

//! QML documents: the header, which is everything before the root object.

use tree_sitter::Node;

use super::references::{References, collect};
use super::{Document, Import, ImportTarget, Language, SyntaxError, resources};
use super::{attached, objects, pictures};
use crate::qml::literal;
use crate::qml::syntax::{Syntax, nodes};

pub(super) fn parse(source: &str) -> Document {
    let mut document = Document::empty(Language::Qml);
    let Some(syntax) = Syntax::of_document(source) else {
        document.references = References::unreadable();
        read_header_alone(source, &mut document);
        return document;
    };
    document.resources = resources::names(&syntax, source);
    match syntax.first_error() {
        None => {
            read_header(&syntax, &mut document);
            document.references = collect(&syntax);
            document.pictures = pictures::read(&syntax);
            document.enumerations = source.contains("enum")
                && syntax.nodes().any(|node| node.kind() == "enum_declaration");
            document.made = objects::made(&syntax, source);
            document.attached = attached::read(&syntax);
        }
        Some(offset) => {
            document.syntax_error = Some(SyntaxError::at(source, offset));
            document.references = References::unreadable();
            read_header_alone(source, &mut document);
        }
    }
    document
}

/// Reads the header of a document whose body is in error, where what the parser made of the
/// whole cannot be relied on.
fn read_header_alone(source: &str, document: &mut Document) {
    let Some(brace) = first_brace(source) else {
        document.header_error = true;
        if let Some(syntax) = Syntax::of_document(source) {
            read_header(&syntax, document);
        }
        return;
    };
    // The first brace opens the root object, or an annotation in front of it.
    for tail in ["}", "} A {}"] {
        let closed = [&source[..=brace], tail].concat();
        if let Some(syntax) = Syntax::of_document(&closed)
            && !syntax.has_error()
        {
            read_header(&syntax, document);
            return;
        }
    }
    document.header_error = true;
    if let Some(syntax) = Syntax::of_document(&source[..brace]) {
        read_header(&syntax, document);
    }
}

/// The first `{` outside comments and strings. No import and no pragma contains one.
fn first_brace(source: &str) -> Option<usize> {
    let mut rest = source;
    loop {
        let at = source.len() - rest.len();
        let next = rest.chars().next()?;
        let skip = match next {
            '{' => return Some(at),
            '"' | '\'' => string_length(rest, next)?,
            _ if rest.starts_with("//") => rest.find('\n')?,
            _ if rest.starts_with("/*") => rest.find("*/")? + 2,
            _ => next.len_utf8(),
        };
        rest = rest.get(skip..)?;
    }
}

fn string_length(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn read_header(syntax: &Syntax, document: &mut Document) {
    let root = syntax.root();
    let mut cursor = root.walk();
    for node in root.children(&mut cursor) {
        match node.kind() {
            "ui_import" => document.imports.extend(import(syntax, node)),
            "ui_pragma" => document.singleton |= field(syntax, node, "name") == Some("Singleton"),
            _ => {}
        }
    }
}

fn import(syntax: &Syntax, node: Node<'_>) -> Option<Import> {
    let target = node.child_by_field_name("source")?;
    let span = syntax.span(target);
    Some(Import {
        target: match target.kind() {
            "string" => ImportTarget::File(literal::value(syntax.text(target))?),
            _ => ImportTarget::Module(dotted(syntax, target)),
        },
        version: field(syntax, node, "version").map(str::to_owned),
        version_span: node
            .child_by_field_name("version")
            .map(|version| syntax.span(version)),
        qualifier: field(syntax, node, "alias").map(str::to_owned),
        line: syntax.line(target),
        span,
    })
}

/// A dotted name without the spaces and comments that may stand between its parts.
fn dotted(syntax: &Syntax, name: Node<'_>) -> String {
    nodes(name)
        .filter(|node| node.kind() == "identifier")
        .map(|node| syntax.text(node))
        .collect::<Vec<_>>()
        .join(".")
}

fn field<'a>(syntax: &'a Syntax, node: Node<'_>, name: &str) -> Option<&'a str> {
    node.child_by_field_name(name).map(|node| syntax.text(node))
}

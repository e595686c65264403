//! What a document binds to attached properties: `Keys.onPressed`, `Q.Theme.colorSet`.

use std::ops::Range;

use crate::qml::syntax::Syntax;

/// One binding of an attached property, or of a property of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The qualifier of the import that the type is of.
    pub qualifier: Option<Box<str>>,
    /// The type that attaches.
    pub type_name: Box<str>,
    /// Where the binding stands in the source, in bytes, its value included.
    pub span: Range<usize>,
}

/// The type that attaches in the name of a binding, with its qualifier, and what follows it.
pub(crate) fn type_of(name: &str) -> Option<(Option<&str>, &str, &str)> {
    let is_type = |part: &str| part.starts_with(char::is_uppercase);
    let (first, rest) = name.split_once('.').filter(|(first, _)| is_type(first))?;
    match rest.split_once('.') {
        Some((second, rest)) if is_type(second) => Some((Some(first), second, rest)),
        _ => Some((None, first, rest)),
    }
}

/// All of them, in the order of the source.
pub(super) fn read(syntax: &Syntax) -> Vec<Attached> {
    let bindings = syntax.nodes().filter(|node| node.kind() == "ui_binding");
    let found = bindings.filter_map(|node| {
        let name = syntax.text(node.child_by_field_name("name")?);
        let (qualifier, type_name, _) = type_of(name)?;
        Some(Attached {
            qualifier: qualifier.map(Into::into),
            type_name: type_name.into(),
            span: syntax.span(node),
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use crate::qml::document::{Language, parse};

    #[test]
    fn attached_properties_are_told_from_groups() {
        let source = "Item {\n Keys.onPressed: { a() }\n Q.Theme.inner.set: 1; font.bold: true\n}";
        let found = parse(Language::Qml, source).attached;
        let found = found.iter().map(|one| {
            let qualifier = one.qualifier.as_deref();
            (qualifier, &*one.type_name, &source[one.span.clone()])
        });
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                (None, "Keys", "Keys.onPressed: { a() }"),
                (Some("Q"), "Theme", "Q.Theme.inner.set: 1;"),
            ]
        );
    }
}

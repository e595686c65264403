//! Documents inside strings: the text given to `Qt.createQmlObject`.

use tree_sitter::Node;

use super::super::{Computed, Pattern, References};
use super::Collector;
use crate::qml::document::{Import, Language, Target, parse};

impl<'a> Collector<'a> {
    /// A text, and the name that it is said to have: what is in it is relative to that.
    pub(super) fn inner_document(&mut self, text: Option<Node<'a>>, name: Option<Node<'a>>) {
        let known = |node: Node<'a>| {
            let worth = self.worth(node);
            let is_known = !worth.unknown && worth.patterns().next().is_none();
            is_known.then(|| worth.literals().map(str::to_owned).collect::<Vec<_>>())
        };
        let texts = text.and_then(known);
        let names = name.map_or_else(|| Some(Vec::new()), known);
        let directories: Option<Vec<&str>> = names
            .as_ref()
            .and_then(|names| names.iter().map(|name| directory(name)).collect());
        let (Some(texts), Some(directories)) = (texts, directories) else {
            return self.compute(Computed::Anything);
        };
        for text in &texts {
            match references_inside(text) {
                Some(inner) => {
                    for directory in &directories {
                        self.found.absorb(moved(inner.clone(), directory));
                    }
                    self.found.absorb(inner);
                }
                None => self.compute(Computed::Anything),
            }
        }
    }
}

fn references_inside(text: &str) -> Option<References> {
    let inner = parse(Language::Qml, text);
    inner.syntax_error.is_none().then_some(References {
        imports: inner.imports,
        ..inner.references
    })
}

/// The directory of a relative name, with a slash at the end; `None` for a name that is none.
fn directory(name: &str) -> Option<&str> {
    let is_relative = !name.starts_with('/') && !name.contains([':', '?', '#', '%']);
    let end = name.rfind('/').map_or(0, |slash| slash + 1);
    is_relative.then(|| &name[..end])
}

/// What is said in a document of `directory`, as it is said outside.
fn moved(inner: References, directory: &str) -> References {
    let inside = |name: &str| -> Box<str> {
        match name.starts_with('/') || name.contains(':') {
            true => name.into(),
            false => [directory, name].concat().into(),
        }
    };
    let mut imports: Vec<Import> = inner.imports;
    for import in &mut imports {
        if let Target::File(name) = &mut import.target {
            *name = inside(name).into_string();
        }
    }
    imports.extend((!directory.is_empty()).then(|| Import {
        target: Target::File(directory.into()),
        version: None,
        version_span: None,
        qualifier: None,
        span: 0..0,
        line: 0,
    }));
    let patterns = inner
        .patterns
        .into_iter()
        .map(|pattern| match pattern.parts.split_first() {
            Some((first, rest)) if pattern.anchored => Pattern {
                parts: std::iter::once(inside(first))
                    .chain(rest.iter().cloned())
                    .collect(),
                ..pattern
            },
            _ => pattern,
        });
    References {
        imports,
        literals: inner.literals.iter().map(|name| inside(name)).collect(),
        patterns: patterns.collect(),
        ..inner
    }
}

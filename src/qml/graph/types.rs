//! What the documents of a tree are to each other apart from their names: the types that they
//! define, as far as these decide what a property loads, and what they write into each other's
//! objects.
//!
//! A type is known by its name, wherever it is defined: of two types of one name both count.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::Node;
use super::index::{FileId, Index};
use crate::path::name::parent;
use crate::qml::document::Document;
use crate::qml::document::references::{Computed, Property, Sent, Type, Write};
use crate::qml::loading;

/// What the documents of a tree show to each other. It changes only when one of them shows
/// something else than before.
#[derive(Default)]
pub(super) struct Types {
    /// By the name of a type: the documents that define it, as themselves or as an inline
    /// component.
    defined: HashMap<Box<str>, Vec<Arc<Document>>>,
    /// By the name of a property: what can be behind a string that is written to it.
    urls: HashMap<Box<str>, Computed>,
    has_stack: bool,
    sent: Sent,
}

/// What objects are to those who write into them.
#[derive(Clone, Copy, Default)]
struct Owned {
    /// The most that they load by one of their properties.
    most: Computed,
    /// The same by what is written in this tree and not known.
    exposed: Computed,
    shows_text: bool,
}

impl Owned {
    fn or(self, other: Self) -> Self {
        Self {
            most: self.most.max(other.most),
            exposed: self.exposed.max(other.exposed),
            shows_text: self.shows_text || other.shows_text,
        }
    }
}

/// What a document leads to beyond what can be read off it.
#[derive(Default)]
pub(super) struct Inferred {
    pub(super) computed: Computed,
    /// What others may make its objects load.
    pub(super) exposed: Computed,
    /// What others are known to write into its objects.
    pub(super) edges: Vec<FileId>,
}

impl Inferred {
    /// That of a document of which nothing is foreseen.
    pub(super) fn unforeseen() -> Self {
        Self {
            computed: Computed::Anything,
            ..Self::default()
        }
    }
}

impl Types {
    pub(super) fn of(index: &Index, nodes: &[Option<Node>]) -> Self {
        let mut types = Self::default();
        for node in nodes.iter().flatten() {
            let shown = &node.document.references.shown;
            for component in shown.types.keys() {
                let names = match component.is_empty() {
                    true => index.names_of(node.file).to_vec(),
                    false => vec![component.clone()],
                };
                for name in names {
                    let defined = types.defined.entry(name).or_default();
                    defined.push(Arc::clone(&node.document));
                }
            }
            types.has_stack |= shown.has_stack;
            let (all, sent) = (&mut types.sent, &shown.sent);
            all.literals.extend(sent.literals.iter().cloned());
            all.patterns.extend(sent.patterns.iter().cloned());
            all.computed.extend(sent.computed.iter().cloned());
            all.in_text.extend(sent.in_text.iter().cloned());
            all.computed_in_text |= sent.computed_in_text;
        }
        let shown = nodes.iter().flatten();
        for (name, property) in shown.flat_map(|node| &node.document.references.shown.urls) {
            let loads = types.declared(property);
            let known = types.urls.entry(name.clone()).or_default();
            *known = loads.max(*known);
        }
        types
    }

    /// What a document comes to among the others.
    pub(super) fn infer(&self, index: &Index, nodes: &[Option<Node>], node: &Node) -> Inferred {
        let references = &node.document.references;
        let written = references.writes.iter().map(|write| self.written(write));
        let mut computed = written.fold(references.computed, Computed::max);
        if references.pushes && self.has_stack {
            computed = Computed::Anything;
        }
        let by_qt = references.names.iter().map(|name| self.owned_by_qt(name));
        let used = node.names.edges.iter().chain([&node.file]);
        let owned = by_qt.fold(self.owned(index, nodes, used), Owned::or);
        let in_text = match owned.shows_text && self.sent.computed_in_text {
            true => Computed::Assets,
            false => Computed::No,
        };
        Inferred {
            computed,
            exposed: owned.exposed.max(in_text),
            edges: self.received(index, node, owned),
        }
    }

    /// The files that others are known to write into the objects of a document.
    fn received(&self, index: &Index, node: &Node, owned: Owned) -> Vec<FileId> {
        let directory = parent(index.path(node.file));
        let (sent, loads) = (&self.sent, owned.most > Computed::No);
        let literals = sent.literals.iter().filter(|_| loads);
        let in_text = sent.in_text.iter().filter(|_| owned.shows_text);
        let literals = literals.chain(in_text);
        let literals = literals.flat_map(|name| index.named(directory, name));
        let patterns = sent.patterns.iter().filter(|_| loads);
        let patterns = patterns.flat_map(|pattern| index.matching(directory, pattern));
        let files: BTreeSet<_> = literals
            .chain(patterns)
            .filter(|file| owned.most == Computed::Anything || !index.is_document(*file))
            .collect();
        files.into_iter().collect()
    }

    /// What an unknown value can lead to that is written to a property.
    fn written(&self, write: &Write) -> Computed {
        let types = write.types.iter();
        match self.property(types.map(|name| (name.as_ref(), write.property.as_ref()))) {
            // It stays what it is, and goes wherever the property is read.
            Some(Computed::No) if write.resolved => Computed::Anything,
            Some(computed) => computed,
            None => {
                let by_tree = self.urls.get(&write.property);
                let by_tree = by_tree.filter(|_| write.types.is_empty()).copied();
                by_tree
                    .unwrap_or_default()
                    .max(loading::by_property(&write.property))
            }
        }
    }

    fn declared(&self, property: &Property) -> Computed {
        match property {
            Property::Url => Computed::Anything,
            Property::Other => Computed::No,
            Property::Alias { types, property } => {
                let places = types.iter().map(|name| (name.as_ref(), property.as_ref()));
                self.property(places)
                    .unwrap_or_else(|| loading::by_property(property))
            }
        }
    }

    /// What properties of the objects of types can lead to; `None` if none is known to be there.
    fn property<'t>(
        &'t self,
        places: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> Option<Computed> {
        let mut open: Vec<_> = places.collect();
        let mut seen = HashSet::new();
        let mut found = None;
        while let Some((type_name, property)) = open.pop() {
            if !seen.insert((type_name, property)) {
                continue;
            }
            found = found.max(loading::by_type(type_name, property));
            for defined in self.definitions(type_name) {
                match defined.properties.get(property) {
                    None if self.is_known(&defined.root) => open.push((&defined.root, property)),
                    None => found = found.max(Some(loading::by_property(property))),
                    Some(Property::Alias { types, property }) if !types.is_empty() => {
                        let unknown = types.iter().filter(|name| !self.is_known(name));
                        found = found.max(Some(Computed::No));
                        found = found.max(unknown.map(|_| loading::by_property(property)).max());
                        open.extend(types.iter().map(|name| (name.as_ref(), property.as_ref())));
                    }
                    Some(declared) => found = found.max(Some(self.declared(declared))),
                }
            }
        }
        found
    }

    fn is_known(&self, type_name: &str) -> bool {
        loading::most_of(type_name).is_some() || self.defined.contains_key(type_name)
    }

    /// What the objects are of the types that files define.
    fn owned<'f>(
        &self,
        index: &Index,
        nodes: &'f [Option<Node>],
        files: impl Iterator<Item = &'f FileId>,
    ) -> Owned {
        let mut open: Vec<FileId> = files.copied().collect();
        let mut seen: HashSet<_> = open.iter().copied().collect();
        let mut owned = Owned::default();
        while let Some(file) = open.pop() {
            let Some(node) = nodes.get(file as usize).and_then(Option::as_ref) else {
                continue;
            };
            for defined in node.document.references.shown.types.values() {
                owned = owned.or(self.owned_by_qt(&defined.root));
                let used = node.names.edges.iter().copied();
                let roots = used.filter(|file| index.names_of(*file).contains(&defined.root));
                open.extend(roots.filter(|file| seen.insert(*file)));
            }
        }
        owned
    }

    fn owned_by_qt(&self, type_name: &str) -> Owned {
        let sent = self.sent.computed.iter();
        let exposed = sent.map(|property| loading::by_anyone(type_name, property));
        Owned {
            most: loading::most_of(type_name).unwrap_or_default(),
            exposed: exposed.max().unwrap_or_default(),
            shows_text: loading::shows_text(type_name),
        }
    }

    fn definitions<'t>(&'t self, type_name: &'t str) -> impl Iterator<Item = &'t Type> {
        let defined = self.defined.get(type_name).into_iter().flatten();
        defined.filter_map(move |document| {
            let types = &document.references.shown.types;
            types.get(type_name).or_else(|| types.get(""))
        })
    }
}

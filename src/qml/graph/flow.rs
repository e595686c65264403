//! What comes of the unknown values that a document writes, given the types of the tree.
//!
//! The property may be one of Qt's, directly or through the root types and aliases of the
//! tree's own types. The name is resolved against the document that writes it, or against the
//! one that created the object; so both count.

use std::collections::{BTreeMap, HashSet};

use super::Node;
use super::index::FileId;
use super::types::{Definition, Documents};
use crate::qml::document::references::{Computed, PropertyKind, Receiver, Write, WriteTarget};
use crate::qml::loading;

/// Aliases may stand for each other so that the path from one to the next grows for ever.
const LONGEST_PATH: usize = 16;

/// What comes of the unknown values that one document writes.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Flow {
    /// What can be loaded relative to the document itself.
    pub(super) computed: Computed,
    /// The same, relative to others.
    pub(super) written: Written,
}

/// What can be loaded relative to the documents that created the objects.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Where these documents are known.
    pub(super) received: BTreeMap<FileId, Computed>,
    /// Where it cannot be told which ones they are.
    pub(super) sent: BTreeMap<Receiver, Computed>,
}

/// What comes of what a document writes.
pub(super) fn flow(documents: Documents<'_>, node: &Node) -> Flow {
    let mut flow = Flow::default();
    for write in &node.document.references.writes {
        let mut follow = Follow {
            documents,
            writer: node.file,
            resolved: write.resolved,
            flow,
            seen: HashSet::new(),
        };
        follow.write(node, write);
        flow = follow.flow;
    }
    flow
}

/// Follows one write.
struct Follow<'f> {
    documents: Documents<'f>,
    writer: FileId,
    /// Whether what is written has been resolved against the writer already.
    resolved: bool,
    flow: Flow,
    /// The places that have been looked at. What is met again has been counted.
    seen: HashSet<(Definition<'f>, PropertyPath<'f>)>,
}

/// A property, of an object or of one that a path leads to from it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PropertyPath<'f> {
    path: Vec<&'f str>,
    property: &'f str,
}

/// Who created an object.
#[derive(Clone)]
enum Creator {
    Known(FileId),
    Unknown(Receiver),
}

impl<'f> Follow<'f> {
    fn write(&mut self, node: &'f Node, write: &'f Write) {
        let place = |path: &'f [Box<str>]| PropertyPath::new(path, &write.property);
        match &write.target {
            WriteTarget::Unknown(receiver) => self.unknown(&write.property, receiver.clone()),
            WriteTarget::Of {
                type_name,
                path,
                receiver,
            } => {
                let creator = match receiver {
                    Some(receiver) => Creator::Unknown(receiver.clone()),
                    None => Creator::Known(self.writer),
                };
                self.object(node, creator, type_name, place(path));
            }
            WriteTarget::Around { types, path } => self.around(node, types, &place(path)),
        }
    }

    /// A property of one of several objects, if one of them has it.
    fn around(&mut self, node: &'f Node, types: &'f [Box<str>], place: &PropertyPath<'f>) {
        let documents = self.documents;
        let mut has_it = types
            .iter()
            .filter(|name| has(documents, node, name, place.first()))
            .peekable();
        if has_it.peek().is_none() {
            match place.path.last() {
                None => self.unknown(place.property, Receiver::Root),
                Some(&"icon") => {
                    let by_qt = loading::by_type("icon", place.property);
                    self.load(by_qt, &Creator::Unknown(Receiver::Anyone));
                }
                Some(name) => self.unknown(place.property, Receiver::by_name(name)),
            }
        }
        for type_name in has_it {
            let creator = Creator::Known(self.writer);
            self.object(node, creator, type_name, place.clone());
        }
    }

    /// A property of an object that cannot be told.
    fn unknown(&mut self, property: &str, receiver: Receiver) {
        let by_qt = loading::by_property(property);
        self.load(by_qt, &Creator::Unknown(receiver));
        self.load_here(self.documents.types.url(property));
    }

    /// A property of an object of a type, as a document understands the name of the type.
    fn object(
        &mut self,
        scope: &'f Node,
        creator: Creator,
        type_name: &str,
        place: PropertyPath<'f>,
    ) {
        let mut definitions = self.documents.definitions(scope, type_name).peekable();
        let is_qt = definitions.peek().is_none();
        match place.path.last() {
            None => {
                let by_qt = match is_qt {
                    true => loading::by_type(type_name, place.property),
                    // Which of the two it is depends on the imports.
                    false => loading::by_known_type(type_name, place.property),
                };
                self.load(by_qt, &creator);
                self.load_here(self.documents.types.inner_url(place.property));
            }
            // Of Qt's own types, this is the one with a file name inside.
            Some(&"icon") if is_qt => {
                self.load(loading::by_type("icon", place.property), &creator);
            }
            Some(name) if is_qt => self.unknown(place.property, Receiver::by_name(name)),
            Some(_) => {}
        }
        for definition in definitions {
            self.defined(definition, creator.clone(), place.clone());
        }
    }

    /// The same, for a type that the tree defines.
    fn defined(&mut self, definition: Definition<'f>, creator: Creator, place: PropertyPath<'f>) {
        if !self.seen.insert((definition, place.clone())) {
            return;
        }
        if place.path.len() > LONGEST_PATH {
            return self.unknown(place.property, Receiver::Anyone);
        }
        match (definition.property(place.first()), definition.root()) {
            (Some(kind), _) if place.path.is_empty() => self.declared(definition, kind),
            (Some(kind), _) => self.through(definition, kind, &place),
            // The root object was created where this one was.
            (None, Some(root)) => self.object(definition.node, creator, root, place),
            (None, None) => {}
        }
    }

    /// The property that is written, where it is declared.
    fn declared(&mut self, definition: Definition<'f>, kind: &'f PropertyKind) {
        match kind {
            PropertyKind::Url => self.load_here(Computed::Anything),
            PropertyKind::Alias {
                type_name,
                path,
                property,
            } => {
                let creator = Creator::Known(definition.file);
                let place = PropertyPath::new(path, property);
                self.object(definition.node, creator, type_name, place);
            }
            // It stays what it is, and goes wherever the property is read.
            _ if self.resolved => self.load_here(Computed::Anything),
            PropertyKind::Other | PropertyKind::Variable | PropertyKind::Object { .. } => {}
        }
    }

    /// The first property of a path, where it is declared.
    fn through(
        &mut self,
        definition: Definition<'f>,
        kind: &'f PropertyKind,
        place: &PropertyPath<'f>,
    ) {
        let rest = place.path.get(1..).unwrap_or_default();
        let inside = Creator::Known(definition.file);
        let (type_name, creator, mut path) = match kind {
            PropertyKind::Url | PropertyKind::Other | PropertyKind::Variable => {
                return self.unknown(place.property, Receiver::Anyone);
            }
            PropertyKind::Object {
                type_name,
                own: true,
            } => (type_name, inside, Vec::new()),
            PropertyKind::Object { type_name, .. } => {
                (type_name, Creator::Unknown(Receiver::Anyone), Vec::new())
            }
            PropertyKind::Alias {
                type_name,
                path,
                property,
            } => {
                let path = path.iter().chain([property]).map(AsRef::as_ref);
                (type_name, inside, path.collect())
            }
        };
        path.extend(rest);
        let property = place.property;
        self.object(
            definition.node,
            creator,
            type_name,
            PropertyPath { path, property },
        );
    }

    fn load(&mut self, computed: Computed, creator: &Creator) {
        if computed == Computed::No {
            return;
        }
        self.load_here(computed);
        let received = match creator {
            Creator::Known(creator) if *creator == self.writer => return,
            Creator::Known(creator) => self.flow.written.received.entry(*creator).or_default(),
            Creator::Unknown(receiver) => {
                self.flow.written.sent.entry(receiver.clone()).or_default()
            }
        };
        *received = computed.max(*received);
    }

    /// A `url` resolves what is written to it on the spot, where it does so at all.
    fn load_here(&mut self, computed: Computed) {
        self.flow.computed = self.flow.computed.max(computed);
    }
}

impl<'f> PropertyPath<'f> {
    fn new(path: &'f [Box<str>], property: &'f str) -> Self {
        Self {
            path: path.iter().map(AsRef::as_ref).collect(),
            property,
        }
    }

    /// The property that the object itself has to have.
    fn first(&self) -> &'f str {
        self.path.first().copied().unwrap_or(self.property)
    }
}

/// Whether objects of a type surely have a property.
fn has(documents: Documents<'_>, scope: &Node, type_name: &str, property: &str) -> bool {
    let names_file = loading::by_property(property) > Computed::No;
    let mut open = vec![(scope, type_name)];
    let mut seen = HashSet::new();
    while let Some((scope, type_name)) = open.pop() {
        if names_file && loading::is_known(type_name) {
            return true;
        }
        for definition in documents.definitions(scope, type_name) {
            if definition.property(property).is_some() {
                return true;
            }
            if seen.insert(definition) {
                open.extend(definition.root().map(|root| (definition.node, root)));
            }
        }
    }
    false
}

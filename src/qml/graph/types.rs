//! The types that the documents of a tree define: the documents themselves, and the inline
//! components inside them; and what these come to as Qt's types.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use super::Node;
use super::index::FileId;
use crate::qml::document::references::{Computed, Owner, Property, PropertyKind};
use crate::qml::loading;

/// What the types of a tree have in common. It changes only when a document shows something
/// else to the others than before.
#[derive(Default)]
pub(super) struct Types {
    /// The names of inline components.
    components: HashSet<Box<str>>,
    /// By file: what its objects are by their root types.
    roots: Vec<Root>,
    /// The names of properties that resolve a string to a URL, or pass it on to one that does,
    /// and what can be behind it.
    urls: HashMap<Box<str>, Computed>,
    /// Those of objects that are no root.
    inner_urls: HashSet<Box<str>>,
}

/// What an object is by its root type.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Root {
    /// What it loads, by properties that anyone may set.
    pub(super) owns: Computed,
    pub(super) shows_text: bool,
}

impl Root {
    fn of(type_name: &str) -> Self {
        Self {
            owns: loading::owned_by(type_name),
            shows_text: loading::shows_text(type_name),
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            owns: self.owns.max(other.owns),
            shows_text: self.shows_text || other.shows_text,
        }
    }
}

impl Types {
    pub(super) fn of(nodes: &[Option<Node>]) -> Self {
        let references = || nodes.iter().flatten().map(|node| &node.document.references);
        let mut types = Self {
            components: references()
                .flat_map(|references| references.components.keys().cloned())
                .collect(),
            roots: vec![Root::default(); nodes.len()],
            ..Self::default()
        };
        let properties: Vec<_> = references()
            .flat_map(|references| &references.properties)
            .collect();
        // One type may stand for another, and one alias: again until nothing changes any more.
        while types.find_roots(nodes) {}
        while types.find_urls(&properties) {}
        types
    }

    fn find_roots(&mut self, nodes: &[Option<Node>]) -> bool {
        let mut found = false;
        for (at, node) in nodes.iter().enumerate() {
            let Some(node) = node else { continue };
            let references = &node.document.references;
            let names = references.root.iter().chain(references.components.values());
            let root = Documents { nodes, types: self }.any_of(node, names);
            found |= self.roots[at] != root;
            self.roots[at] = root;
        }
        found
    }

    fn find_urls(&mut self, properties: &[&Property]) -> bool {
        properties
            .iter()
            .fold(false, |found, property| self.find_url(property) | found)
    }

    fn find_url(&mut self, property: &Property) -> bool {
        let computed = match &property.kind {
            PropertyKind::Url => Computed::Anything,
            PropertyKind::Alias {
                type_name,
                path,
                property,
            } => {
                let by_qt = match path.as_slice() {
                    [] => loading::by_type(type_name, property),
                    _ => loading::by_property(property),
                };
                by_qt.max(self.url(property))
            }
            PropertyKind::Object { .. } | PropertyKind::Variable | PropertyKind::Other => {
                Computed::No
            }
        };
        let is_more = computed > self.url(&property.name);
        if is_more {
            self.urls.insert(property.name.clone(), computed);
        }
        let is_inner = computed > Computed::No && property.owner == Owner::Inner;
        is_more | (is_inner && self.inner_urls.insert(property.name.clone()))
    }

    /// What can be behind a value of a property of this name, whoever declares it.
    pub(super) fn url(&self, property: &str) -> Computed {
        self.urls.get(property).copied().unwrap_or_default()
    }

    /// The same, if an object that is no root declares it.
    pub(super) fn inner_url(&self, property: &str) -> Computed {
        match self.inner_urls.contains(property) {
            true => self.url(property),
            false => Computed::No,
        }
    }
}

/// The documents of a tree and their types.
#[derive(Clone, Copy)]
pub(super) struct Documents<'d> {
    pub(super) nodes: &'d [Option<Node>],
    pub(super) types: &'d Types,
}

impl<'d> Documents<'d> {
    /// What an object is that a document creates under the name of a type.
    pub(super) fn named(self, scope: &Node, type_name: &str) -> Root {
        self.definitions(scope, type_name)
            .filter_map(|definition| self.types.roots.get(definition.file as usize).copied())
            .fold(Root::of(type_name), Root::or)
    }

    /// The same, for several types at once.
    pub(super) fn any_of<'n>(
        self,
        scope: &Node,
        names: impl IntoIterator<Item = &'n Box<str>>,
    ) -> Root {
        let roots = names.into_iter().map(|name| self.named(scope, name));
        roots.fold(Root::default(), Root::or)
    }

    /// Everything that the name of a type may mean to a document, apart from a type of Qt's.
    /// An inline component is seen in its own document, and by those who name that document.
    pub(super) fn definitions<'s>(
        self,
        scope: &'s Node,
        type_name: &'s str,
    ) -> impl Iterator<Item = Definition<'d>> + use<'d, 's> {
        let at = move |file: FileId| Some((file, self.nodes.get(file as usize)?.as_ref()?));
        let files = scope.names.files(type_name).iter().copied();
        let files = files.filter_map(at).map(|(file, node)| Definition {
            file,
            node,
            component: None,
        });
        let is_component = self.types.components.contains(type_name);
        let named = scope.names.edges.iter().copied();
        let documents = is_component
            .then(|| std::iter::once(scope.file).chain(named))
            .into_iter()
            .flatten();
        let components = documents.filter_map(at).filter_map(move |(file, node)| {
            let components = &node.document.references.components;
            let (name, _) = components.get_key_value(type_name)?;
            Some(Definition {
                file,
                node,
                component: Some(name),
            })
        });
        files.chain(components)
    }
}

/// The definition of a type: a file, or an inline component of it.
#[derive(Clone, Copy)]
pub(super) struct Definition<'d> {
    pub(super) file: FileId,
    pub(super) node: &'d Node,
    component: Option<&'d str>,
}

impl PartialEq for Definition<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.file, self.component) == (other.file, other.component)
    }
}

impl Eq for Definition<'_> {}

impl Hash for Definition<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.file, self.component).hash(state);
    }
}

impl<'d> Definition<'d> {
    /// The type of its root object.
    pub(super) fn root(&self) -> Option<&'d str> {
        let references = &self.node.document.references;
        let root = match self.component {
            Some(component) => references.components.get(component),
            None => references.root.as_ref(),
        };
        root.map(AsRef::as_ref)
    }

    /// What it declares under a name.
    pub(super) fn property(&self, name: &str) -> Option<&'d PropertyKind> {
        let is_owner = |owner: &Owner| match owner {
            Owner::Root => self.component.is_none(),
            Owner::Component(component) => self.component == Some(component.as_ref()),
            Owner::Inner => false,
        };
        let properties = &self.node.document.references.properties;
        properties
            .iter()
            .find(|property| property.name.as_ref() == name && is_owner(&property.owner))
            .map(|property| &property.kind)
    }
}

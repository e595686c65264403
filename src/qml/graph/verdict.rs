//! What a document leads to beyond what can be read off it, given all the others.

use std::collections::{BTreeSet, HashSet};

use super::Node;
use super::climate::Climate;
use super::index::{FileId, Index};
use super::paths::parent;
use crate::qml::document::references::{Computed, PropertyKind, Write};
use crate::qml::loading;

/// How many types are followed from one to its root type.
const LONGEST_ANCESTRY: usize = 64;

/// The properties that have been looked at. What is met again has been counted.
type Seen<'w> = HashSet<(FileId, &'w str)>;

/// What a document leads to beyond what can be read off it.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) computed: Computed,
    /// What others write into its objects.
    pub(super) edges: Vec<FileId>,
}

/// Judges the documents of one tree.
pub(super) struct Judge<'j> {
    index: &'j Index,
    nodes: &'j [Option<Node>],
    climate: &'j Climate,
    /// By file; empty if nothing goes from one document into objects of another.
    roots: Vec<Root>,
}

/// What an object of a type of the tree is by its root type.
#[derive(Clone, Copy, Default, PartialEq)]
struct Root {
    owns: Computed,
    shows_text: bool,
}

impl Root {
    fn of(type_name: &str) -> Self {
        Self {
            owns: loading::owned_by(type_name),
            shows_text: loading::shows_text(type_name),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            owns: self.owns.max(other.owns),
            shows_text: self.shows_text || other.shows_text,
        }
    }
}

impl<'j> Judge<'j> {
    pub(super) fn new(index: &'j Index, nodes: &'j [Option<Node>], climate: &'j Climate) -> Self {
        let mut judge = Self {
            index,
            nodes,
            climate,
            roots: Vec::new(),
        };
        if !climate.is_quiet() {
            judge.find_roots();
        }
        judge
    }

    fn find_roots(&mut self) {
        self.roots = vec![Root::default(); self.nodes.len()];
        for _ in 0..LONGEST_ANCESTRY {
            let roots: Vec<_> = self
                .nodes
                .iter()
                .map(|node| self.root(node.as_ref()))
                .collect();
            if roots == self.roots {
                return;
            }
            self.roots = roots;
        }
    }

    /// What objects are that are created from a file, or from a component inside it.
    fn root(&self, node: Option<&Node>) -> Root {
        let Some(node) = node else {
            return Root::default();
        };
        let references = &node.document.references;
        let roots = references.root.iter().chain(&references.component_roots);
        roots
            .map(|root| self.named(node, root))
            .fold(Root::default(), Root::or)
    }

    /// What an object is that a document creates under the name of a type.
    fn named(&self, node: &Node, type_name: &str) -> Root {
        let files = node.names.files(type_name).iter();
        files
            .filter_map(|file| self.roots.get(*file as usize).copied())
            .fold(Root::of(type_name), Root::or)
    }

    pub(super) fn verdict(&self, file: FileId) -> Option<Verdict> {
        let node = self.nodes.get(file as usize)?.as_ref()?;
        let references = &node.document.references;
        let mut computed = references.computed;
        if references.pushes && self.climate.has_stack {
            computed = Computed::Anything;
        }
        for write in &references.writes {
            computed = computed.max(self.loads(node, write, &mut Seen::new()));
        }
        let mut verdict = Verdict {
            computed,
            edges: Vec::new(),
        };
        if !self.climate.is_quiet() {
            self.receive(file, node, &mut verdict);
        }
        Some(verdict)
    }

    /// What can be behind an unknown value that is written to a property.
    fn loads<'w>(&'w self, node: &'w Node, write: &'w Write, seen: &mut Seen<'w>) -> Computed {
        let property = write.property.as_ref();
        match &write.type_name {
            Some(type_name) => self.loads_as(node, type_name, property, seen),
            None => loading::by_property(property).max(self.climate.url(property)),
        }
    }

    /// The same, for an object that a document creates under the name of a type.
    fn loads_as<'w>(
        &'w self,
        node: &'w Node,
        type_name: &str,
        property: &'w str,
        seen: &mut Seen<'w>,
    ) -> Computed {
        let files = node.names.files(type_name);
        let by_qt = match files {
            [] => loading::by_type(type_name, property),
            // Which of the two it is depends on the imports.
            _ => loading::by_known_type(type_name, property),
        };
        files
            .iter()
            .map(|file| self.declared(*file, property, seen))
            .fold(by_qt.max(self.climate.nested_url(property)), Computed::max)
    }

    /// The same, for the root object of a file.
    fn declared<'w>(&'w self, file: FileId, property: &'w str, seen: &mut Seen<'w>) -> Computed {
        let node = self.nodes.get(file as usize).and_then(Option::as_ref);
        let Some(node) = node.filter(|_| seen.insert((file, property))) else {
            return Computed::No;
        };
        let references = &node.document.references;
        let declared = references
            .properties
            .iter()
            .find(|declared| declared.of_root && declared.name.as_ref() == property);
        match declared.map(|declared| &declared.kind) {
            Some(PropertyKind::Url) => Computed::Anything,
            Some(PropertyKind::Other) => Computed::No,
            Some(PropertyKind::Alias {
                type_name,
                property,
            }) => self.loads_as(node, type_name, property, seen),
            None => match &references.root {
                Some(root) => self.loads_as(node, root, property, seen),
                None => Computed::No,
            },
        }
    }

    /// What other documents write into the objects of this one.
    fn receive(&self, file: FileId, node: &Node, verdict: &mut Verdict) {
        let names = node.document.references.names.iter();
        let root = names
            .map(|name| self.named(node, name))
            .fold(Root::default(), Root::or);
        let climate = self.climate;
        let directory = parent(self.index.path(file));
        let mut edges = BTreeSet::new();
        if root.owns > Computed::No {
            verdict.computed = verdict.computed.max(climate.sent.min(root.owns));
            let literals = climate
                .literals
                .iter()
                .flat_map(|literal| self.index.named(directory, literal));
            let patterns = climate
                .patterns
                .iter()
                .flat_map(|pattern| self.index.matching(directory, pattern));
            let received = literals.chain(patterns);
            edges.extend(
                received.filter(|file| {
                    root.owns == Computed::Anything || !self.index.is_document(*file)
                }),
            );
        }
        if root.shows_text {
            let images = climate.rich_text.literals.iter();
            let images = images.flat_map(|literal| self.index.named(directory, literal));
            edges.extend(images.filter(|file| !self.index.is_document(*file)));
            if climate.rich_text.computed {
                verdict.computed = verdict.computed.max(Computed::Assets);
            }
        }
        verdict.edges = edges.into_iter().collect();
    }
}

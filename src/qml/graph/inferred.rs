//! What a document leads to beyond what can be read off it, given all the others.

use std::collections::BTreeSet;

use super::Node;
use super::index::{FileId, Index};
use super::shared::Shared;
use super::types::{Documents, Root};
use crate::path::name::parent;
use crate::qml::document::references::{Computed, Receiver};

/// What a document leads to beyond what can be read off it.
#[derive(Default)]
pub(super) struct Inferred {
    pub(super) computed: Computed,
    /// What others may make its objects load by writing properties of which not even the name
    /// is known.
    pub(super) exposed: Computed,
    /// What others write into its objects.
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

/// Judges the documents of one tree.
pub(super) struct Inference<'j> {
    pub(super) index: &'j Index,
    pub(super) documents: Documents<'j>,
    pub(super) shared: &'j Shared,
}

impl Inference<'_> {
    pub(super) fn inferred(&self, node: &Node) -> Inferred {
        let references = &node.document.references;
        let received = self.shared.received.get(&node.file);
        let computed = references.computed.max(node.flow.computed);
        let mut inferred = Inferred {
            computed: computed.max(received.copied().unwrap_or_default()),
            ..Inferred::default()
        };
        if self.shared.is_keyed {
            let all = self.documents.any_of(node, &references.names);
            inferred.exposed = all.owns;
        }
        let mut receivers = references.pushes.iter();
        if receivers.any(|receiver| self.shared.is_stack(receiver)) {
            inferred.computed = Computed::Anything;
        }
        if !self.shared.is_quiet() {
            self.receive(node, &mut inferred);
        }
        inferred
    }

    /// What other documents write into the objects of this one.
    fn receive(&self, node: &Node, inferred: &mut Inferred) {
        let all = self.documents.any_of(node, &node.document.references.names);
        let directory = parent(self.index.path(node.file));
        let mut edges = BTreeSet::new();
        if all.owns > Computed::No {
            inferred.computed = inferred.computed.max(self.sent_to(node, all));
            edges.extend(self.literals_sent(directory, all.owns));
        }
        if all.shows_text {
            edges.extend(self.images_sent(directory));
            if self.shared.rich_text.computed {
                inferred.computed = inferred.computed.max(Computed::Assets);
            }
        }
        inferred.edges = edges.into_iter().collect();
    }

    /// What is written under unknown names to those objects of a document that can be found
    /// from outside in one of three ways.
    fn sent_to(&self, node: &Node, all: Root) -> Computed {
        let references = &node.document.references;
        let roots = references.root.iter();
        let roots = roots
            .chain(references.components.values())
            .chain(&references.held);
        let roots = self.documents.any_of(node, roots);
        let to_anyone = self.shared.sent_to(&Receiver::Anyone).min(all.owns);
        let to_roots = self.shared.sent_to(&Receiver::Root).min(roots.owns);
        let to_named = references.named_objects().map(|(name, type_name)| {
            let sent = self.shared.sent_to(&Receiver::Named(name.clone()));
            sent.min(self.documents.named(node, type_name).owns)
        });
        to_named.fold(to_anyone.max(to_roots), Computed::max)
    }

    fn literals_sent(&self, directory: &str, owns: Computed) -> impl Iterator<Item = FileId> {
        let literals = self.shared.literals.iter();
        let literals = literals.flat_map(|literal| self.index.named(directory, literal));
        let patterns = self.shared.patterns.iter();
        let patterns = patterns.flat_map(|pattern| self.index.matching(directory, pattern));
        let all = literals.chain(patterns);
        all.filter(move |file| owns == Computed::Anything || !self.index.is_document(*file))
    }

    fn images_sent(&self, directory: &str) -> impl Iterator<Item = FileId> {
        let literals = self.shared.rich_text.literals.iter();
        let files = literals.flat_map(|literal| self.index.named(directory, literal));
        files.filter(|file| !self.index.is_document(*file))
    }
}

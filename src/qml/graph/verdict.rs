//! What a document leads to beyond what can be read off it, given all the others.

use std::collections::BTreeSet;

use super::Node;
use super::climate::Climate;
use super::index::{FileId, Index};
use crate::path::name::parent;
use super::types::{Documents, Root};
use crate::qml::document::references::{Computed, Receiver};

/// What a document leads to beyond what can be read off it.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) computed: Computed,
    /// What others may make its objects load by writing properties of which not even the name
    /// is known.
    pub(super) exposed: Computed,
    /// What others write into its objects.
    pub(super) edges: Vec<FileId>,
}

impl Verdict {
    /// That of a document of which nothing is foreseen.
    pub(super) fn unforeseen() -> Self {
        Self {
            computed: Computed::Anything,
            ..Self::default()
        }
    }
}

/// Judges the documents of one tree.
pub(super) struct Judge<'j> {
    pub(super) index: &'j Index,
    pub(super) documents: Documents<'j>,
    pub(super) climate: &'j Climate,
}

impl Judge<'_> {
    pub(super) fn verdict(&self, node: &Node) -> Verdict {
        let references = &node.document.references;
        let received = self.climate.received.get(&node.file);
        let computed = references.computed.max(node.outcome.computed);
        let mut verdict = Verdict {
            computed: computed.max(received.copied().unwrap_or_default()),
            ..Verdict::default()
        };
        if self.climate.is_keyed {
            let all = self.documents.any_of(node, &references.names);
            verdict.exposed = all.owns;
        }
        let mut receivers = references.pushes.iter();
        if receivers.any(|receiver| self.climate.is_stack(receiver)) {
            verdict.computed = Computed::Anything;
        }
        if !self.climate.is_quiet() {
            self.receive(node, &mut verdict);
        }
        verdict
    }

    /// What other documents write into the objects of this one.
    fn receive(&self, node: &Node, verdict: &mut Verdict) {
        let all = self.documents.any_of(node, &node.document.references.names);
        let directory = parent(self.index.path(node.file));
        let mut edges = BTreeSet::new();
        if all.owns > Computed::No {
            verdict.computed = verdict.computed.max(self.sent_to(node, all));
            edges.extend(self.literals_sent(directory, all.owns));
        }
        if all.shows_text {
            edges.extend(self.images_sent(directory));
            if self.climate.rich_text.computed {
                verdict.computed = verdict.computed.max(Computed::Assets);
            }
        }
        verdict.edges = edges.into_iter().collect();
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
        let to_anyone = self.climate.sent_to(&Receiver::Anyone).min(all.owns);
        let to_roots = self.climate.sent_to(&Receiver::Root).min(roots.owns);
        let to_named = references.named_objects().map(|(name, type_name)| {
            let sent = self.climate.sent_to(&Receiver::Named(name.clone()));
            sent.min(self.documents.named(node, type_name).owns)
        });
        to_named.fold(to_anyone.max(to_roots), Computed::max)
    }

    fn literals_sent(&self, directory: &str, owns: Computed) -> impl Iterator<Item = FileId> {
        let literals = self.climate.literals.iter();
        let literals = literals.flat_map(|literal| self.index.named(directory, literal));
        let patterns = self.climate.patterns.iter();
        let patterns = patterns.flat_map(|pattern| self.index.matching(directory, pattern));
        let all = literals.chain(patterns);
        all.filter(move |file| owns == Computed::Anything || !self.index.is_document(*file))
    }

    fn images_sent(&self, directory: &str) -> impl Iterator<Item = FileId> {
        let literals = self.climate.rich_text.literals.iter();
        let files = literals.flat_map(|literal| self.index.named(directory, literal));
        files.filter(|file| !self.index.is_document(*file))
    }
}

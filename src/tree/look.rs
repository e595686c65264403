//! A folder read once, and not followed: what its state would be, and whether a client would take
//! it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::debounce::Batch;
use super::faults::{Fault, Faults};
use super::generation::Granularity;
use super::register::Register;
use super::root::{Found, Root};
use super::scan::Scanner;
use super::snapshot::{Draft, Snapshot};
use super::{TreeConfig, TreeError};
use crate::path::TreePath;
use crate::qml::graph::Graph;

/// The state of a folder.
pub(crate) struct Look {
    root: Arc<Root>,
    /// The state itself.
    pub(crate) snapshot: Arc<Snapshot>,
    graph: Option<Arc<Graph>>,
    /// What could not be read, for a person.
    pub(crate) unreadable: Vec<(TreePath, String)>,
}

impl Look {
    /// Reads the folder.
    pub(crate) fn at(config: &TreeConfig) -> Result<Self, TreeError> {
        let root = Arc::new(Root::open(&config.dir, &config.ignore, &config.own)?);
        let mut draft = Draft::new(&config.modules);
        let everything = Batch {
            everything: true,
            ..Batch::default()
        };
        let mut scanner = Scanner::new(Arc::clone(&root), false);
        let findings = scanner.look(&everything, &mut draft, Instant::now(), &mut |_| {});
        let mut register = Register::new(Granularity::Document);
        let snapshot = draft.finish(|snapshot| register.assign(snapshot, None));
        Ok(Self {
            root,
            snapshot,
            graph: register.graph().cloned(),
            unreadable: findings.warnings,
        })
    }

    /// A file of the state, if it still is what it was.
    pub(crate) fn open(&self, path: &TreePath) -> Option<std::fs::File> {
        let Ok(Found::File(mut open)) = self.root.open_path(path) else {
            return None;
        };
        let is_same = open.hash() == Some(self.snapshot.file(path)?.hash);
        is_same.then_some(open.file)
    }

    /// The state with one token for all that is in it, as where it is to lie as files: what a
    /// document names relatively is below the same token.
    pub(crate) fn of_one_token(&self) -> Snapshot {
        let mut register = Register::new(Granularity::Tree);
        let generations = register.assign(&self.snapshot, None);
        self.snapshot.with_generations(generations)
    }

    /// What a client is sure to refuse that shows `entry`: in that document and all that it leads
    /// to.
    pub(crate) fn refused(&self, entry: &TreePath) -> Vec<Fault> {
        let reached: BTreeSet<String> = match &self.graph {
            Some(graph) => graph
                .reached([entry.as_str()].into_iter())
                .into_iter()
                .collect(),
            None => BTreeSet::new(),
        };
        let faults = Faults::of(&self.snapshot);
        let concerns = |fault: &&Fault| {
            fault.rule.is_error() && (fault.path == *entry || reached.contains(fault.path.as_str()))
        };
        faults.iter().filter(concerns).cloned().collect()
    }
}

//! Generations: which URL each document of a snapshot has.
//!
//! A document keeps the URL under which it was first seen as long as nothing
//! that it refers to, directly or not, changed. The engine then neither fetches
//! nor compiles it again, and a singleton keeps its state. Who decides is
//! the register.

use std::collections::BTreeMap;

use super::version::Version;
use crate::path::TreePath;

/// The generation of each document and directory of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generations {
    pub(super) own: Version,
    pub(super) documents: BTreeMap<TreePath, Version>,
    pub(super) dirs: BTreeMap<TreePath, Version>,
}

/// What gets a new URL at a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Granularity {
    /// What changed, and what refers to it.
    #[default]
    Document,
    /// The same, but which files a document loads by name is not foreseen, only observed.
    Observed,
    /// Everything: the whole tree is one closure.
    Tree,
}

impl Generations {
    /// The token of what is new in this snapshot.
    pub fn own(&self) -> Version {
        self.own
    }

    /// The generation of a document.
    pub fn document(&self, path: &TreePath) -> Option<Version> {
        self.documents.get(path).copied()
    }

    /// The generation of a directory, for an import of it.
    pub fn dir(&self, path: &TreePath) -> Option<Version> {
        self.dirs.get(path).copied()
    }

    /// Whether a document or directory of this snapshot has this generation.
    pub fn uses(&self, generation: Version) -> bool {
        self.own == generation || self.tokens().any(|used| used == generation)
    }

    /// The generations of all documents and directories, with repetitions.
    pub fn tokens(&self) -> impl Iterator<Item = Version> {
        self.documents.values().chain(self.dirs.values()).copied()
    }

    /// Memory taken, in bytes, roughly: a path's pointer and length, the token
    /// and B-tree slack for each entry.
    pub fn weight(&self) -> usize {
        const ENTRY: usize = 40;
        (self.documents.len() + self.dirs.len()) * ENTRY
    }
}

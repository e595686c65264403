//! What clients were seen to load under the tokens of documents, as edges of those documents.
//!
//! Who asked is known by the token only, which several documents may share. So what was asked for
//! is kept once for each token, and all documents of the token that may have asked lead there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Digest;
use crate::path::TreePath;
use crate::qml::loading::Computed;

/// Loads kept for one token, and for all of them. Beyond that, a token leads to the whole tree:
/// anybody can ask for any number of names.
const MOST_OF_TOKEN: usize = 4_000;
const MOST: usize = 40_000;

/// Which of the documents of a token may have asked for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Askers {
    /// Those in which the name of an asset, or of anything, is computed.
    Assets,
    /// Those in which the name of a document may be computed.
    Anything,
    /// Those in which any name is computed, in part or in ways that cannot be seen.
    Computing,
    /// Any: nobody computes a name, as far as it can be read off.
    Anyone,
}

/// How freely a document names files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freedom {
    /// How much of the tree may be behind names of which nothing is known.
    pub computed: Computed,
    /// Whether it computes anything that may turn out to name a file after all.
    pub computing: bool,
}

/// The loads seen so far.
#[derive(Default)]
pub struct Observations {
    /// By number: those of one token. A number is never given twice, so the order stays.
    tokens: BTreeMap<u32, Loads>,
    /// By path: under which tokens the document was, and with which content.
    documents: HashMap<TreePath, Vec<(Digest, u32)>>,
    /// How often a document was set apart from what others of its token may have loaded.
    partings: HashMap<TreePath, u32>,
    next: u32,
    count: usize,
}

/// What was asked for under one token.
#[derive(Default)]
pub(super) struct Loads {
    paths: [BTreeSet<TreePath>; 4],
    /// Whether too much was asked for to be remembered.
    pub(super) everything: bool,
}

impl Askers {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Assets, Self::Anything, Self::Computing, Self::Anyone];

    /// Whether a document is one of them.
    pub fn include(self, freedom: Freedom) -> bool {
        match self {
            Self::Assets => freedom.computed >= Computed::Assets,
            Self::Anything => freedom.computed == Computed::Anything,
            Self::Computing => freedom.computing,
            Self::Anyone => true,
        }
    }
}

impl Observations {
    /// A number for a token, and the documents that have it, each with the hash of its content.
    pub fn add_token<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (&'a TreePath, Digest)>,
    ) -> u32 {
        let number = self.next;
        self.next += 1;
        self.tokens.insert(number, Loads::default());
        for (path, hash) in documents {
            let tokens = self.documents.entry(path.clone()).or_default();
            tokens.push((hash, number));
        }
        number
    }

    /// Notes that `path` was asked for.
    pub fn add(&mut self, token: u32, askers: Askers, path: &TreePath) {
        let Some(loads) = self.tokens.get_mut(&token) else {
            return;
        };
        let count: usize = loads.paths.iter().map(BTreeSet::len).sum();
        if count >= MOST_OF_TOKEN || self.count >= MOST {
            self.count -= count;
            *loads = Loads {
                everything: true,
                ..Loads::default()
            };
        }
        if !loads.everything && loads.paths[askers as usize].insert(path.clone()) {
            self.count += 1;
        }
    }

    /// Forgets the loads of a token.
    pub fn remove(&mut self, token: u32) {
        if let Some(loads) = self.tokens.remove(&token) {
            self.count -= loads.paths.iter().map(BTreeSet::len).sum::<usize>();
            for tokens in self.documents.values_mut() {
                tokens.retain(|(_, number)| *number != token);
            }
            self.documents.retain(|_, tokens| !tokens.is_empty());
        }
    }

    /// Sets a document apart: what was asked for under a token that it shared may have been asked
    /// for by others. From now on its closure is another one, whatever it leads to, so that it
    /// never gets back to what it was before.
    pub fn part(&mut self, token: u32, path: &TreePath) {
        if let Some(tokens) = self.documents.get_mut(path) {
            tokens.retain(|(_, number)| *number != token);
        }
        *self.partings.entry(path.clone()).or_default() += 1;
    }

    /// How often a document was set apart.
    pub(super) fn partings(&self, path: &str) -> u32 {
        self.partings.get(path).copied().unwrap_or_default()
    }

    /// What was asked for under a token on behalf of `askers`.
    pub fn of_token(&self, token: u32, askers: Askers) -> impl Iterator<Item = &TreePath> {
        let loads = self.tokens.get(&token);
        loads.into_iter().flat_map(move |loads| loads.paths(askers))
    }

    /// How many loads are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Those of every token, in a lasting order.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (u32, &Loads)> {
        self.tokens.iter().map(|(number, loads)| (*number, loads))
    }

    /// The tokens that a document with this content was under.
    pub(super) fn of_document(&self, path: &str, hash: &Digest) -> impl Iterator<Item = u32> {
        let tokens = self.documents.get(path).into_iter().flatten();
        let tokens = tokens.filter(move |(content, _)| content == hash);
        tokens.map(|(_, number)| *number)
    }
}

impl Loads {
    pub(super) fn paths(&self, askers: Askers) -> impl Iterator<Item = &TreePath> {
        self.paths[askers as usize].iter()
    }

    pub(super) fn is_empty(&self, askers: Askers) -> bool {
        !self.everything && self.paths[askers as usize].is_empty()
    }
}

//! What each token is: which documents have it, and what they are known to ask for. With it a
//! request is told from one that nobody foresaw, mostly without a lock that anybody waits for.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use super::file::{ContentHash, Kind, QMLDIR};
use super::render::SELF_ALIAS;
use super::version::Version;
use crate::path::TreePath;
use crate::qml::graph::{Askers, Foreseen, Freedom};

/// The tokens that the register may still give, and how many loads there were.
#[derive(Debug, Default)]
pub struct Tokens {
    known: RwLock<HashMap<Version, Arc<Token>>>,
    foreseen: AtomicU64,
    unforeseen: AtomicU64,
}

/// Requests under tokens, by whether somebody was known to make them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests for what a document of the token is known to load.
    pub foreseen: u64,
    /// Different files, or names of files, for which nobody was known to ask under that token.
    pub unforeseen: u64,
}

/// One token.
#[derive(Debug)]
pub struct Token {
    /// The token of what was new in the snapshot in which this one was given first.
    pub birth: Version,
    /// The documents that have it.
    pub members: Vec<Member>,
    /// The most that one of them computes.
    most: Freedom,
    foreseen: Foreseen,
    /// What has been asked for that may be more than foreseen, with the snapshot that it was
    /// answered from.
    answered: RwLock<HashMap<TreePath, Version>>,
}

/// A document that has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where it is.
    pub path: TreePath,
    /// Of its content.
    pub hash: ContentHash,
    /// How freely it names files.
    pub freedom: Freedom,
}

/// What a request under a token comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A document of the token is known to ask for it, and nobody else can.
    Foreseen,
    /// It has been noted, and was answered from the snapshot with this token.
    Noted(Version),
    /// It has to be noted on behalf of these.
    New {
        /// Who may have asked.
        askers: Askers,
        /// Whether a document of the token is known to ask for it.
        foreseen: bool,
    },
}

impl Tokens {
    /// What a token is, unless it is forgotten.
    pub fn get(&self, token: Version) -> Option<Arc<Token>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&token).cloned()
    }

    /// All tokens.
    pub(super) fn all(&self) -> HashSet<Version> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.keys().copied().collect()
    }

    pub(super) fn insert(&self, token: Version, what: Token) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(token, Arc::new(what));
    }

    /// Forgets tokens, and returns them.
    pub(super) fn remove(&self, mut goes: impl FnMut(&Token) -> bool) -> Vec<Version> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let gone = known.iter().filter(|(_, token)| goes(token));
        let gone: Vec<_> = gone.map(|(token, _)| *token).collect();
        for token in &gone {
            known.remove(token);
        }
        gone
    }

    /// The token of what was new in the snapshot in which `token` was given first.
    pub fn birth(&self, token: Version) -> Version {
        self.get(token).map_or(token, |known| known.birth)
    }

    /// How many loads there were.
    pub fn counts(&self) -> Counts {
        Counts {
            foreseen: self.foreseen.load(Ordering::Relaxed),
            unforeseen: self.unforeseen.load(Ordering::Relaxed),
        }
    }

    pub(super) fn count(&self, foreseen: bool) {
        let counter = match foreseen {
            true => &self.foreseen,
            false => &self.unforeseen,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Token {
    /// The token of these documents; what they are known to ask for is still to be sorted.
    pub(super) fn new(birth: Version, members: Vec<Member>, mut foreseen: Foreseen) -> Self {
        for member in &members {
            // The engine looks there for the types of the document.
            foreseen.add(&member.path.parent().with(QMLDIR));
        }
        foreseen.sort();
        let freedoms = || members.iter().map(|member| member.freedom);
        let most = Freedom {
            computed: freedoms()
                .map(|freedom| freedom.computed)
                .max()
                .unwrap_or_default(),
            computing: freedoms().any(|freedom| freedom.computing),
        };
        Self {
            birth,
            most,
            members,
            foreseen,
            answered: RwLock::default(),
        }
    }

    /// Whether it is shared, so that it does not tell who asks.
    pub fn is_shared(&self) -> bool {
        self.members.len() > 1
    }

    /// What a request for `path` comes to, which no file has if it is `missing`.
    pub(super) fn judge(&self, path: &TreePath, missing: bool) -> Asked {
        let is_own = |member: &Member| member.path == *path;
        if self.members.is_empty() || (!self.is_shared() && self.members.iter().any(is_own)) {
            return Asked::Foreseen;
        }
        let by_names = match path.kind() {
            Kind::Asset => Askers::Assets,
            Kind::Document(_) | Kind::Qmldir => Askers::Anything,
        };
        let may_be_computed = by_names.include(self.most);
        let foreseen = self.foreseen.contains(path);
        if foreseen && !may_be_computed {
            return Asked::Foreseen;
        }
        if let Some(answered) = self.answered(path) {
            return Asked::Noted(answered);
        }
        let foreseen = foreseen || (missing && self.foreseen.fits(path));
        let askers = match foreseen {
            true if may_be_computed => by_names,
            true => return Asked::Foreseen,
            false if self.most.computing => Askers::Computing,
            false => Askers::Anyone,
        };
        Asked::New { askers, foreseen }
    }

    fn answered(&self, path: &TreePath) -> Option<Version> {
        let answered = self.answered.read().unwrap_or_else(PoisonError::into_inner);
        answered.get(path).copied()
    }

    pub(super) fn note(&self, path: &TreePath, from: Version) {
        let mut answered = self
            .answered
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if answered.len() < MOST_ANSWERED {
            answered.insert(path.clone(), from);
        }
    }
}

/// Answers remembered for one token. Beyond that each is looked for anew.
const MOST_ANSWERED: usize = 4_000;

/// A path under a token as the graph knows it: the second name of a directory is its first.
pub(super) fn without_alias(path: &TreePath) -> TreePath {
    let dir = path.parent();
    match dir.name() == SELF_ALIAS {
        true => dir.parent().with(path.name()),
        false => path.clone(),
    }
}

//! Generations: which URL each document of a snapshot has.
//!
//! A document keeps the URL under which it was first seen as long as nothing
//! that it refers to, directly or not, changed: its *closure*. The engine then
//! neither fetches nor compiles it again, and a singleton keeps its state.
//!
//! The token in the URL stands for the whole assignment, not only for the
//! contents: it is the snapshot's version where every document is new, and a
//! hash over the version and the older generations otherwise. So a URL never
//! means two things, not even to a client that lived through a restart of the
//! server, which has forgotten what it called things before.

use std::collections::{BTreeMap, HashMap};

use super::file::Kind;
use super::path::TreePath;
use super::snapshot::Snapshot;
use super::version::Version;

/// Hash of a document's closure: itself and everything that it refers to.
pub type ClosureHash = [u8; 32];

/// The closures of the documents and of the directories of one state.
#[derive(Debug, Clone, Default)]
pub struct Closures {
    /// By document.
    pub documents: BTreeMap<TreePath, ClosureHash>,
    /// By directory: what an import of it brings.
    pub dirs: BTreeMap<TreePath, ClosureHash>,
}

/// The generation of each document and directory of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generations {
    own: Version,
    documents: BTreeMap<TreePath, Version>,
    dirs: BTreeMap<TreePath, Version>,
}

/// What gets a new URL at a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Granularity {
    /// What changed, and what refers to it.
    #[default]
    Document,
    /// Everything: the whole tree is one closure.
    Tree,
}

/// Remembers under which generation each closure was first seen.
#[derive(Debug, Default)]
pub struct Register {
    granularity: Granularity,
    documents: HashMap<(TreePath, ClosureHash), Version>,
    dirs: HashMap<(TreePath, ClosureHash), Version>,
}

/// Closures remembered beyond those of the newest state, before the register
/// starts afresh. A forgotten one costs a client one more fetch.
const SPARE: usize = 100_000;

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
        self.own == generation
            || self
                .documents
                .values()
                .chain(self.dirs.values())
                .any(|used| *used == generation)
    }

    /// Memory taken, in bytes, roughly: a path's pointer and length, the token
    /// and B-tree slack for each entry.
    pub fn weight(&self) -> usize {
        const ENTRY: usize = 40;
        (self.documents.len() + self.dirs.len()) * ENTRY
    }
}

impl Register {
    /// A register that remembers nothing yet.
    pub fn new(granularity: Granularity) -> Self {
        Self {
            granularity,
            ..Self::default()
        }
    }

    /// Assigns the generations of a snapshot that has none yet.
    pub fn assign(&mut self, snapshot: &Snapshot) -> Generations {
        let closures = self.closures(snapshot);
        self.assign_closures(snapshot.version(), &closures)
    }

    fn closures(&mut self, snapshot: &Snapshot) -> Closures {
        let version = *blake3::hash(snapshot.version().to_string().as_bytes()).as_bytes();
        let files = snapshot
            .files()
            .filter(|(path, _)| Kind::of(path).is_document());
        Closures {
            documents: files.map(|(path, _)| (path, version)).collect(),
            dirs: snapshot
                .dirs()
                .map(|path| (path.clone(), version))
                .collect(),
        }
    }

    fn assign_closures(&mut self, version: Version, closures: &Closures) -> Generations {
        if self.documents.len() + self.dirs.len() > SPARE + 4 * closures.documents.len() {
            self.documents.clear();
            self.dirs.clear();
        }
        let known_documents = known(&self.documents, &closures.documents);
        let known_dirs = known(&self.dirs, &closures.dirs);
        let own = token(version, &known_documents, &known_dirs);
        Generations {
            own,
            documents: remember(&mut self.documents, &closures.documents, own),
            dirs: remember(&mut self.dirs, &closures.dirs, own),
        }
    }
}

type Seen = HashMap<(TreePath, ClosureHash), Version>;

fn known<'a>(
    seen: &Seen,
    closures: &'a BTreeMap<TreePath, ClosureHash>,
) -> Vec<(&'a TreePath, Version)> {
    closures
        .iter()
        .filter_map(|(path, hash)| Some((path, *seen.get(&(path.clone(), *hash))?)))
        .collect()
}

fn remember(
    seen: &mut Seen,
    closures: &BTreeMap<TreePath, ClosureHash>,
    own: Version,
) -> BTreeMap<TreePath, Version> {
    closures
        .iter()
        .map(|(path, hash)| {
            let generation = *seen.entry((path.clone(), *hash)).or_insert(own);
            (path.clone(), generation)
        })
        .collect()
}

fn token(
    version: Version,
    documents: &[(&TreePath, Version)],
    dirs: &[(&TreePath, Version)],
) -> Version {
    if documents.is_empty() && dirs.is_empty() {
        return version;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(version.to_string().as_bytes());
    for (path, generation) in documents.iter().chain(dirs) {
        hasher.update(&(path.as_str().len() as u64).to_le_bytes());
        hasher.update(path.as_str().as_bytes());
        hasher.update(generation.to_string().as_bytes());
    }
    Version::from_hash(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(n: u8) -> Version {
        Version::from_hash(&blake3::hash(&[n]))
    }

    fn closures(documents: &[(&str, u8)]) -> Closures {
        Closures {
            documents: documents
                .iter()
                .map(|(path, hash)| (TreePath::parse(path).unwrap(), [*hash; 32]))
                .collect(),
            dirs: BTreeMap::new(),
        }
    }

    #[test]
    fn what_did_not_change_keeps_its_generation_and_going_back_goes_back() {
        let mut register = Register::default();
        let a = TreePath::parse("a").unwrap();
        let b = TreePath::parse("b").unwrap();

        let first = register.assign_closures(version(1), &closures(&[("a", 1), ("b", 1)]));
        assert_eq!(first.own(), version(1));
        assert_eq!(first.document(&a), Some(version(1)));

        let second = register.assign_closures(version(2), &closures(&[("a", 2), ("b", 1)]));
        assert_eq!(second.document(&a), Some(second.own()));
        assert_eq!(second.document(&b), Some(version(1)));
        assert!(second.uses(version(1)));

        let third = register.assign_closures(version(1), &closures(&[("a", 1), ("b", 1)]));
        assert_eq!(third.document(&a), Some(version(1)));
        assert!(!third.uses(second.own()));
    }

    #[test]
    fn a_token_tells_assignments_apart_that_have_the_same_contents() {
        let mut lived = Register::default();
        lived.assign_closures(version(1), &closures(&[("a", 1), ("b", 1)]));
        let lived = lived.assign_closures(version(2), &closures(&[("a", 2), ("b", 1)]));
        let fresh =
            Register::default().assign_closures(version(2), &closures(&[("a", 2), ("b", 1)]));
        assert_eq!(fresh.own(), version(2));
        assert_ne!(lived.own(), fresh.own());
    }
}

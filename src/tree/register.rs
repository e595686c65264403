//! The register: under which generation each closure was first seen.
//!
//! A document's *closure* is itself and everything that it refers to, directly
//! or not. The token in the URL stands for the whole assignment, not only for the
//! contents: it is the snapshot's version where every document is new, and a
//! hash over the version and the older generations otherwise. So a URL never
//! means two things, not even to a client that lived through a restart of the
//! server, which has forgotten what it called things before.

use std::collections::{BTreeMap, HashMap};

use url::Url;

use super::file::{Content, File, Kind};
use super::generation::{Generations, Granularity};
use super::snapshot::Snapshot;
use super::store::Forget;
use super::version::Version;
use crate::path::TreePath;
use crate::qml::document::references::Computed;
use crate::qml::document::{Import, Target};
use crate::qml::graph::{self, Graph};

/// Hash of a document's closure: itself and everything that it refers to.
type ClosureHash = [u8; 32];

/// The closures of the documents and of the directories of one state, each once.
#[derive(Debug, Default)]
struct Closures {
    documents: Vec<(TreePath, ClosureHash)>,
    /// What an import of a directory brings.
    dirs: Vec<(TreePath, ClosureHash)>,
}

/// Remembers under which generation each closure was first seen.
#[derive(Default)]
pub struct Register {
    granularity: Granularity,
    /// Of the newest state: what did not change is not analysed again.
    graph: Option<Graph>,
    documents: HashMap<(TreePath, ClosureHash), Version>,
    dirs: HashMap<(TreePath, ClosureHash), Version>,
    /// How many times something was forgotten: a token that was given before
    /// is not given anew.
    forgettings: u64,
}

/// Closures remembered beyond those of the newest state, before the register
/// starts afresh. A forgotten one costs a client one more fetch.
const SPARE: usize = 100_000;

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
        self.assign_closures(snapshot.version(), closures)
    }

    /// The documents of the newest state: those of which everything can be read
    /// off, those that may lead to any asset, and those that may lead to anything.
    pub fn counts(&self) -> [usize; 3] {
        let graph = self.graph.as_ref();
        [Computed::No, Computed::Assets, Computed::Anything]
            .map(|computed| graph.map_or(0, |graph| graph.count(computed)))
    }

    /// Forgets what was first seen under some generations.
    pub fn forget(&mut self, what: &Forget) {
        match what {
            Forget::Nothing => return,
            Forget::Some(generations) => {
                let stays = |generation: &Version| !generations.contains(generation);
                self.documents.retain(|_, generation| stays(generation));
                self.dirs.retain(|_, generation| stays(generation));
            }
            Forget::Everything => {
                self.documents.clear();
                self.dirs.clear();
            }
        }
        self.forgettings += 1;
    }

    fn closures(&mut self, snapshot: &Snapshot) -> Closures {
        let files: Vec<_> = snapshot.files().collect();
        if self.granularity == Granularity::Tree {
            let all = *blake3::hash(snapshot.version().to_string().as_bytes()).as_bytes();
            let documents = files
                .into_iter()
                .filter(|(path, _)| matches!(Kind::of(path), Kind::Document(_)));
            return Closures {
                documents: documents.map(|(path, _)| (path, all)).collect(),
                dirs: snapshot.dirs().map(|path| (path.clone(), all)).collect(),
            };
        }
        let seen = files.iter().map(|(path, file)| graph::File {
            path: path.as_str(),
            hash: file.hash,
            kind: kind(file),
        });
        let resolve = |dir: &str, import: &Import| resolve(snapshot, dir, import);
        let graph = Graph::new(self.graph.as_ref(), seen, &resolve);
        let closures = Closures {
            documents: files
                .into_iter()
                .filter(|(path, _)| matches!(Kind::of(path), Kind::Document(_)))
                .filter_map(|(path, _)| {
                    let closure = graph.closure(path.as_str())?.0;
                    Some((path, closure))
                })
                .collect(),
            dirs: snapshot
                .dirs()
                .filter_map(|path| {
                    let closure = graph.directory(path.as_str())?.0;
                    Some((path.clone(), with_imports(snapshot, path, closure)))
                })
                .collect(),
        };
        self.graph = Some(graph);
        closures
    }

    fn assign_closures(&mut self, version: Version, closures: Closures) -> Generations {
        if self.documents.len() + self.dirs.len() > SPARE + 4 * closures.documents.len() {
            self.forget(&Forget::Everything);
        }
        let documents = known(&self.documents, closures.documents);
        let dirs = known(&self.dirs, closures.dirs);
        let own = token(version, self.forgettings, &documents, &dirs);
        Generations {
            own,
            documents: remember(&mut self.documents, documents, own),
            dirs: remember(&mut self.dirs, dirs, own),
        }
    }
}

/// The closure of a directory together with what its qmldir's imports come to: an import of a
/// module that the tree has is not in the qmldir that is served.
fn with_imports(snapshot: &Snapshot, dir: &TreePath, closure: ClosureHash) -> ClosureHash {
    let passed_on = snapshot.passed_on(dir);
    if passed_on.is_empty() {
        return closure;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&closure);
    for path in passed_on {
        hasher.update(&(path.as_str().len() as u64).to_le_bytes());
        hasher.update(path.as_str().as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// What a file is to the graph. A document too large to be read is an asset.
fn kind(file: &File) -> graph::Kind<'_> {
    match (&file.content, file.document()) {
        (_, Some(document)) => graph::Kind::Document(document),
        (Content::Qmldir(_, qmldir), None) => graph::Kind::Qmldir(qmldir),
        _ => graph::Kind::Asset,
    }
}

/// The directories, or the script, of the tree that an import means. Whether
/// an absolute URL is the server's own is only known once somebody asks; that
/// it might be is enough here.
fn resolve(snapshot: &Snapshot, dir: &str, import: &Import) -> Vec<String> {
    let target = match &import.target {
        Target::Module(uri) => {
            let target = snapshot.modules().lookup(uri, import.version.as_deref());
            return target.map(str::to_owned).into_iter().collect();
        }
        Target::File(text) => match Url::parse(text) {
            Ok(url) => TreePath::from_url(url.path()),
            Err(_) => TreePath::parse(dir).and_then(|dir| snapshot.meant(&dir, text)),
        },
    };
    let target = target
        .ok()
        .filter(|target| snapshot.has_dir(target) || snapshot.file(target).is_some());
    target
        .map(|target| target.as_str().to_owned())
        .into_iter()
        .collect()
}

type Seen = HashMap<(TreePath, ClosureHash), Version>;

/// Each path with the generation under which its closure was seen before.
type Known = Vec<(TreePath, ClosureHash, Option<Version>)>;

fn known(seen: &Seen, closures: Vec<(TreePath, ClosureHash)>) -> Known {
    let known = closures.into_iter().map(|(path, hash)| {
        let key = (path, hash);
        let generation = seen.get(&key).copied();
        (key.0, key.1, generation)
    });
    known.collect()
}

fn remember(seen: &mut Seen, known: Known, own: Version) -> BTreeMap<TreePath, Version> {
    let generations = known.into_iter().map(|(path, hash, generation)| {
        if generation.is_none() {
            seen.insert((path.clone(), hash), own);
        }
        (path, generation.unwrap_or(own))
    });
    generations.collect()
}

/// What stands for the new ones among these.
fn token(version: Version, forgettings: u64, documents: &Known, dirs: &Known) -> Version {
    let older = documents.iter().chain(dirs);
    let mut older = older
        .filter_map(|(path, _, generation)| Some((path, (*generation)?)))
        .peekable();
    if older.peek().is_none() && forgettings == 0 {
        return version;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&version.to_bytes());
    hasher.update(&forgettings.to_le_bytes());
    for (path, generation) in older {
        hasher.update(&(path.as_str().len() as u64).to_le_bytes());
        hasher.update(path.as_str().as_bytes());
        hasher.update(&generation.to_bytes());
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
            dirs: Vec::new(),
        }
    }

    #[test]
    fn what_did_not_change_keeps_its_generation_and_going_back_goes_back() {
        let mut register = Register::default();
        let a = TreePath::parse("a").unwrap();
        let b = TreePath::parse("b").unwrap();

        let first = register.assign_closures(version(1), closures(&[("a", 1), ("b", 1)]));
        assert_eq!(first.own(), version(1));
        assert_eq!(first.document(&a), Some(version(1)));

        let second = register.assign_closures(version(2), closures(&[("a", 2), ("b", 1)]));
        assert_eq!(second.document(&a), Some(second.own()));
        assert_eq!(second.document(&b), Some(version(1)));
        assert!(second.uses(version(1)));

        let third = register.assign_closures(version(1), closures(&[("a", 1), ("b", 1)]));
        assert_eq!(third.document(&a), Some(version(1)));
        assert!(!third.uses(second.own()));
    }

    #[test]
    fn a_token_tells_assignments_apart_that_have_the_same_contents() {
        let mut lived = Register::default();
        lived.assign_closures(version(1), closures(&[("a", 1), ("b", 1)]));
        let lived = lived.assign_closures(version(2), closures(&[("a", 2), ("b", 1)]));
        let fresh =
            Register::default().assign_closures(version(2), closures(&[("a", 2), ("b", 1)]));
        assert_eq!(fresh.own(), version(2));
        assert_ne!(lived.own(), fresh.own());
    }
}

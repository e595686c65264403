//! The register: under which generation each closure was first seen.
//!
//! A document's *closure* is itself and everything that it refers to, directly
//! or not. The token in the URL stands for the whole assignment, not only for the
//! contents: it is the snapshot's version where every document is new, and a
//! hash over the version and the older generations otherwise. So a URL never
//! means two things, not even to a client that lived through a restart of the
//! server, which has forgotten what it called things before.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::file::{Content, File, Kind, QMLDIR};
use super::generation::{Generations, Granularity};
use super::snapshot::Snapshot;
use super::store::Forget;
use super::tokens::{Member, Token, Tokens};
use super::version::Version;
use crate::path::TreePath;
use crate::qml::document::Import;
use crate::qml::document::references::Computed;
use crate::qml::graph::{self, Askers, Foreseen, Graph, Observations};

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
    graph: Option<Arc<Graph>>,
    documents: Seen,
    dirs: Seen,
    /// How many times something was forgotten: a token that was given before
    /// is not given anew.
    forgettings: u64,
    run: Version,
    tokens: Arc<Tokens>,
    /// What clients were seen to load.
    observed: Observations,
    /// The tokens under which something was seen, by their numbers there.
    numbers: HashMap<Version, u32>,
    /// Whether something was seen that the closures of the newest state lack.
    has_news: bool,
    /// Documents that once were renewed for what another one of their token may have loaded.
    parted: HashMap<TreePath, Apart>,
}

/// How far a document's token is its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Apart {
    /// It is that of all that is new in a snapshot.
    #[default]
    Not,
    /// It shares it with the documents of its directory.
    Directory,
    /// Nobody else has it.
    Alone,
}

/// Closures remembered beyond those of the newest state, before the register
/// starts afresh. A forgotten one costs a client one more fetch.
const SPARE: usize = 100_000;

impl Register {
    /// A register that remembers nothing yet.
    pub fn new(granularity: Granularity) -> Self {
        Self {
            granularity,
            run: Version::unique(),
            ..Self::default()
        }
    }

    /// Stands for this run of the server: no other one has the same.
    pub fn run(&self) -> Version {
        self.run
    }

    /// The tokens that it may still give.
    pub fn tokens(&self) -> &Arc<Tokens> {
        &self.tokens
    }

    /// Assigns the generations of a snapshot that has none yet, and comes after `newest`.
    pub fn assign(&mut self, snapshot: &Snapshot, newest: Option<&Snapshot>) -> Generations {
        if let Some(newest) = newest
            && self.has_news
        {
            self.register_again(newest);
        }
        self.has_news = false;
        let before = self.graph.take();
        let mut closures = self.closures(snapshot, before.as_deref());
        if let (Some(before), Some(newest)) = (&before, newest)
            && self.part(before, newest)
        {
            let graph = self.graph.take();
            closures = self.closures(snapshot, graph.as_deref());
        }
        let generations = self.assign_closures(snapshot.version(), closures);
        self.make_known(snapshot, &generations);
        generations
    }

    /// The documents of the newest state: those of which everything can be read
    /// off, those that may lead to any asset, and those that may lead to anything.
    pub fn counts(&self) -> [usize; 3] {
        let graph = self.graph.as_ref();
        [Computed::No, Computed::Assets, Computed::Anything]
            .map(|computed| graph.map_or(0, |graph| graph.count(computed)))
    }

    /// The graph of the newest state, unless every change is one of the whole tree.
    pub fn graph(&self) -> Option<&Arc<Graph>> {
        self.graph.as_ref()
    }

    /// Forgets what was first seen under some generations.
    pub fn forget(&mut self, what: &Forget) {
        let gone = match what {
            Forget::Nothing => return,
            Forget::Some(births) => self.tokens.remove(|token| births.contains(&token.birth)),
            Forget::Everything => self.tokens.remove(|_| true),
        };
        let gone: HashSet<_> = gone.into_iter().collect();
        self.documents.retain(|_, token| !gone.contains(token));
        self.dirs.retain(|_, token| !gone.contains(token));
        for number in gone.iter().filter_map(|token| self.numbers.remove(token)) {
            self.observed.remove(number);
            self.has_news = true;
        }
        self.forgettings += 1;
    }

    /// Notes that `path` was asked for under a token on behalf of `askers`, and is answered from
    /// `snapshot`.
    pub fn note(
        &mut self,
        (version, token): (Version, &Token),
        askers: Askers,
        path: &TreePath,
        snapshot: &Snapshot,
    ) {
        if !self.numbers.contains_key(&version) {
            let members = token.members.iter();
            let members = members.map(|member| (&member.path, member.hash));
            let number = self.observed.add_token(members);
            self.numbers.insert(version, number);
        }
        if let Some(number) = self.numbers.get(&version) {
            self.observed.add(*number, askers, path);
        }
        self.has_news = true;
        if snapshot.generations().own() != token.birth && token.is_shared() {
            // What was known of the token's documents when it was given may not hold of this
            // answer: those that have left it do not get it back.
            let has_it = |path: &TreePath| snapshot.generations().document(path) == Some(version);
            self.documents
                .retain(|(path, _), token| *token != version || has_it(path));
        }
    }

    /// The closures of the newest state once more, with what was seen since.
    fn register_again(&mut self, newest: &Snapshot) {
        let before = self.graph.take();
        let closures = self.closures(newest, before.as_deref());
        let generations = newest.generations();
        let again =
            |seen: &mut Seen, closures: Vec<_>, of: &dyn Fn(&TreePath) -> Option<Version>| {
                for (path, closure) in closures {
                    let token = of(&path).filter(|token| self.tokens.get(*token).is_some());
                    if let Some(token) = token {
                        seen.insert((path, closure), token);
                    }
                }
            };
        again(&mut self.documents, closures.documents, &|path| {
            generations.document(path)
        });
        again(&mut self.dirs, closures.dirs, &|dir| generations.dir(dir));
    }

    /// Sets the documents apart that have to be renewed for what another one of their token may
    /// have loaded, so that the next time it is known who does. Says whether there are any.
    fn part(&mut self, before: &Graph, newest: &Snapshot) -> bool {
        let Some(after) = self.graph.as_ref().filter(|_| !self.numbers.is_empty()) else {
            return false;
        };
        let generations = newest.generations();
        let used: HashSet<_> = generations.documents.values().collect();
        let mut parted = Vec::new();
        for (version, number) in &self.numbers {
            let token = self.tokens.get(*version).filter(|token| token.is_shared());
            let Some(token) = token.filter(|_| used.contains(version)) else {
                continue;
            };
            let mut changed = Askers::ALL.to_vec();
            changed.retain(|askers| {
                let mut paths = self.observed.of_token(*number, *askers);
                paths.any(|path| before.state(path) != after.state(path))
            });
            for member in &token.members {
                let has_it = generations.document(&member.path) == Some(*version);
                let mut changed = changed.iter();
                if has_it && changed.any(|askers| askers.include(member.freedom)) {
                    parted.push((*number, member.path.clone()));
                }
            }
        }
        for (number, path) in &parted {
            self.observed.part(*number, path);
            let apart = self.parted.entry(path.clone()).or_default();
            *apart = match apart {
                Apart::Not => Apart::Directory,
                Apart::Directory | Apart::Alone => Apart::Alone,
            };
        }
        !parted.is_empty()
    }

    fn closures(&mut self, snapshot: &Snapshot, before: Option<&Graph>) -> Closures {
        let files: Vec<_> = snapshot.files().collect();
        if self.granularity == Granularity::Tree {
            let all = *blake3::hash(snapshot.version().to_string().as_bytes()).as_bytes();
            let documents = files
                .into_iter()
                .filter(|(path, _)| matches!(path.kind(), Kind::Document(_)));
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
        let resolve = |dir: &str, import: &Import| {
            let dir = TreePath::parse(dir).unwrap_or_else(|_| TreePath::root());
            snapshot.imported(&dir, import)
        };
        let foresees = self.granularity != Granularity::Observed;
        let declared = snapshot.declared();
        let graph = Graph::new(before, seen, &declared, &resolve, &self.observed, foresees);
        let closures = Closures {
            documents: files
                .into_iter()
                .filter(|(path, _)| matches!(path.kind(), Kind::Document(_)))
                .filter_map(|(path, _)| {
                    let closure = graph.closure(path.as_str())?.0;
                    Some((path, closure))
                })
                .collect(),
            dirs: snapshot
                .dirs()
                .filter_map(|path| {
                    let closure = graph.directory(path.as_str())?.0;
                    Some((path.clone(), closure))
                })
                .collect(),
        };
        self.graph = Some(Arc::new(graph));
        closures
    }

    fn assign_closures(&mut self, version: Version, closures: Closures) -> Generations {
        if self.documents.len() + self.dirs.len() > SPARE + 4 * closures.documents.len() {
            self.forget(&Forget::Everything);
        }
        let documents = known(&self.documents, closures.documents);
        let dirs = known(&self.dirs, closures.dirs);
        let forgotten = (self.forgettings, self.run);
        let own = token(version, forgotten, &documents, &dirs);
        let (graph, parted) = (self.graph.as_deref(), &self.parted);
        let new_token = |path: &TreePath| {
            let apart = parted.get(path).copied().unwrap_or_default();
            match apart.max(graph.map_or(Apart::Not, |graph| from_the_start(graph, path))) {
                Apart::Not => own,
                Apart::Directory => derived(own, &path.parent(), b"/"),
                Apart::Alone => derived(own, path, b""),
            }
        };
        Generations {
            own,
            documents: remember(&mut self.documents, documents, new_token),
            dirs: remember(&mut self.dirs, dirs, |_| own),
        }
    }

    /// Makes the tokens known that are new in a snapshot.
    fn make_known(&self, snapshot: &Snapshot, generations: &Generations) {
        let own = generations.own;
        let mut new: HashMap<Version, (Vec<Member>, Foreseen)> = HashMap::new();
        if self.tokens.get(own).is_none() {
            let dirs = generations.dirs.iter().filter(|(_, token)| **token == own);
            let (_, foreseen) = new.entry(own).or_default();
            dirs.for_each(|(dir, _)| foreseen.add(&dir.with(QMLDIR)));
        }
        let known = self.tokens.all();
        let unknown = generations.documents.iter();
        for (path, token) in unknown.filter(|(_, token)| !known.contains(token)) {
            let (Some(graph), Some(file)) = (&self.graph, snapshot.file(path)) else {
                continue;
            };
            let (members, foreseen) = new.entry(*token).or_default();
            members.push(Member {
                path: path.clone(),
                hash: file.hash,
                freedom: graph.freedom(path.as_str()).unwrap_or_default(),
            });
            foreseen.extend(graph.foreseen(path.as_str()).unwrap_or_default());
        }
        for (token, (members, foreseen)) in new {
            self.tokens
                .insert(token, Token::new(own, members, foreseen));
        }
    }
}

/// A document that may load others by computed names has a token of its own from the start: what
/// it loads has to be known for sure. A script has it for nothing: it needs no qmldir.
fn from_the_start(graph: &Graph, path: &TreePath) -> Apart {
    match graph.freedom(path.as_str()).unwrap_or_default().computed {
        Computed::Anything => Apart::Alone,
        Computed::Assets if !path.name().ends_with(".qml") => Apart::Alone,
        _ => Apart::Not,
    }
}

/// The token of a part of what is new.
fn derived(own: Version, path: &TreePath, kind: &[u8]) -> Version {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&own.to_bytes());
    hasher.update(kind);
    hasher.update(path.as_str().as_bytes());
    Version::from_hash(&hasher.finalize())
}

/// What a file is to the graph. A document too large to be read is an asset.
fn kind(file: &File) -> graph::Kind<'_> {
    match (&file.content, file.document()) {
        (_, Some(document)) => graph::Kind::Document(document),
        (Content::Qmldir(_, qmldir), None) => graph::Kind::Qmldir(qmldir),
        _ => graph::Kind::Asset,
    }
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

fn remember(
    seen: &mut Seen,
    known: Known,
    new_token: impl Fn(&TreePath) -> Version,
) -> BTreeMap<TreePath, Version> {
    let generations = known.into_iter().map(|(path, hash, generation)| {
        let token = generation.unwrap_or_else(|| new_token(&path));
        if generation.is_none() {
            seen.insert((path.clone(), hash), token);
        }
        (path, token)
    });
    generations.collect()
}

/// What stands for the new ones among these.
fn token(
    version: Version,
    (forgettings, run): (u64, Version),
    documents: &Known,
    dirs: &Known,
) -> Version {
    let older = documents.iter().chain(dirs);
    let mut older = older
        .filter_map(|(path, _, generation)| Some((path, (*generation)?)))
        .peekable();
    if older.peek().is_none() && forgettings == 0 {
        return version;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&version.to_bytes());
    if forgettings > 0 {
        // Another run of the server does not know what was forgotten either.
        hasher.update(&forgettings.to_le_bytes());
        hasher.update(&run.to_bytes());
    }
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

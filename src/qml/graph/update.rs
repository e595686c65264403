//! The making of a graph, from an earlier one where that is possible.
//!
//! While the structure of the tree stays, a document is looked at again only if it has changed,
//! or a script whose scope it shares, and a script also if what it sees has changed; all are judged
//! again if what the documents show to each other has changed. Hashing is done anew, since it is
//! quick.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use blake3::Hasher;

use super::components::{Edges, closures};
use super::index::{self, FileId, Index};
use super::observed::Loads;
use super::resolution::{Direct, Names, Scopes};
use super::types::{Inferred, Types};
use super::{Askers, Declared, Digest, File, Graph, Kind, Node, Observations, Resolve};

/// The making of one graph from an earlier one.
pub(super) struct Update<'u> {
    index: Arc<Index>,
    /// The earlier graph, if the tree has the same structure.
    previous: Option<&'u Graph>,
    resolve: &'u Resolve<'u>,
    observed: &'u Observations,
    foresees: bool,
    nodes: Vec<Option<Node>>,
    /// By file: whether something about the node has changed.
    is_new: Vec<bool>,
}

impl<'u> Update<'u> {
    /// Takes files sorted by path.
    pub(super) fn new(
        previous: Option<&'u Graph>,
        files: &[File<'_>],
        declared: &Declared,
        resolve: &'u Resolve<'u>,
        observed: &'u Observations,
        foresees: bool,
    ) -> Self {
        let signature = index::signature(files, declared);
        let previous = previous
            .filter(|previous| previous.index.has_signature(&signature))
            .filter(|previous| has_same_singletons(previous, files));
        let index = match previous {
            Some(previous) => Arc::clone(&previous.index),
            None => Arc::new(Index::new(signature, files, declared, resolve)),
        };
        Self {
            index,
            previous,
            resolve,
            observed,
            foresees,
            nodes: Vec::with_capacity(files.len()),
            is_new: Vec::with_capacity(files.len()),
        }
    }

    pub(super) fn run(mut self, files: &[File<'_>]) -> Graph {
        self.read(files);
        let scopes = self.resolve_names();
        let types = self.judge();
        let (own, closures) = self.hash(files);
        Graph {
            index: self.index,
            nodes: self.nodes,
            scopes,
            types,
            own,
            closures,
        }
    }

    fn read(&mut self, files: &[File<'_>]) {
        for (id, file) in (0..).zip(files) {
            let Kind::Document(document) = file.kind else {
                self.nodes.push(None);
                self.is_new.push(false);
                continue;
            };
            let before = self
                .before(id)
                .filter(|before| before.hash == file.hash)
                .cloned();
            self.is_new.push(before.is_none());
            let node = before.unwrap_or_else(|| Node {
                file: id,
                hash: file.hash,
                document: Arc::clone(document),
                direct: Arc::new(Direct::of(
                    &self.index,
                    file.path,
                    document,
                    self.resolve,
                    self.foresees,
                )),
                names: Arc::default(),
                inferred: Arc::default(),
            });
            self.nodes.push(Some(node));
        }
    }

    fn before(&self, file: FileId) -> Option<&Node> {
        self.previous.and_then(|previous| previous.node(file))
    }

    /// Resolves the names of documents, and then those of scripts, which see what the documents
    /// see that import them.
    fn resolve_names(&mut self) -> Arc<Scopes> {
        let is_changed = self.is_new.clone();
        let none = Scopes::default();
        for file in 0..self.nodes.len() {
            if !self.index.is_script(file as FileId) && self.shares_changes(file, &is_changed) {
                self.resolve_names_of(file, &none);
            }
        }
        let scopes = match self.previous.filter(|_| self.lends_the_same()) {
            Some(previous) => Arc::clone(&previous.scopes),
            None => Arc::new(Scopes::of(&self.index, &self.nodes)),
        };
        for file in 0..self.nodes.len() {
            if self.index.is_script(file as FileId)
                && (self.shares_changes(file, &is_changed) || self.sees_others(file, &scopes))
            {
                self.resolve_names_of(file, &scopes);
            }
        }
        scopes
    }

    fn resolve_names_of(&mut self, file: usize, scopes: &Scopes) {
        let names = Names::of(&self.index, &self.nodes, scopes, file as FileId);
        self.is_new[file] = true;
        if let Some(node) = &mut self.nodes[file] {
            node.names = Arc::new(names);
        }
    }

    /// Whether a document has changed, or a script whose scope it shares.
    fn shares_changes(&self, file: usize, is_changed: &[bool]) -> bool {
        let Some(node) = &self.nodes[file] else {
            return false;
        };
        let mut scripts = node.names.scripts.iter();
        is_changed[file] || scripts.any(|script| is_changed[*script as usize])
    }

    /// Whether every document that has changed lends what it sees to the same scripts as before.
    fn lends_the_same(&self) -> bool {
        self.are_all_as_before(|before, node| {
            self.index.is_script(node.file)
                || before.direct.visible == node.direct.visible
                    && before.names.scripts == node.names.scripts
        })
    }

    /// Whether a script sees other directories than before.
    fn sees_others(&self, file: usize, scopes: &Scopes) -> bool {
        let Some(node) = &self.nodes[file] else {
            return false;
        };
        let before = self.previous.map(|previous| previous.scopes.seen_by(node));
        before != Some(scopes.seen_by(node))
    }

    /// Judges the documents for which something has changed. If what one document shows to the
    /// others has changed, that is all of them.
    fn judge(&mut self) -> Arc<Types> {
        if !self.foresees {
            for node in self.nodes.iter_mut().flatten() {
                node.inferred = Arc::new(Inferred::unforeseen());
            }
            return Arc::default();
        }
        let same = self.previous.filter(|_| self.shows_the_same());
        let types = match same {
            Some(previous) => Arc::clone(&previous.types),
            None => Arc::new(Types::of(&self.index, &self.nodes)),
        };
        for at in 0..self.nodes.len() {
            let node = self.nodes[at].as_ref();
            let stale = node.filter(|_| self.is_new[at] || same.is_none());
            let inferred = stale.map(|node| types.infer(&self.index, &self.nodes, node));
            if let (Some(node), Some(inferred)) = (&mut self.nodes[at], inferred) {
                node.inferred = Arc::new(inferred);
            }
        }
        types
    }

    /// Whether every document that has changed shows the same to the others as before. What it
    /// sees of them decides what its types are.
    fn shows_the_same(&self) -> bool {
        self.are_all_as_before(|before, node| {
            before.document.references.shown == node.document.references.shown
                && before.direct.visible == node.direct.visible
        })
    }

    /// Whether every document that has changed was before what `is_same` asks for.
    fn are_all_as_before(&self, is_same: impl Fn(&Node, &Node) -> bool) -> bool {
        let changed = self.nodes.iter().zip(&self.is_new);
        let mut changed = changed.filter_map(|(node, is_new)| node.as_ref().filter(|_| *is_new));
        changed.all(|node| {
            let before = self.before(node.file);
            before.is_some_and(|before| is_same(before, node))
        })
    }
}

/// Whether the same documents have `pragma Singleton`. Asks those only that have changed: all
/// others would have to be fetched from memory for it.
fn has_same_singletons(previous: &Graph, files: &[File<'_>]) -> bool {
    let mut nodes = files.iter().zip(&previous.nodes);
    nodes.all(|(file, node)| match (&file.kind, node) {
        (Kind::Document(document), Some(node)) => {
            node.hash == file.hash || node.document.singleton == document.singleton
        }
        _ => true,
    })
}

/// Kinds of assets that refer to others in ways that are not followed.
const REFERRING_ASSETS: [&str; 5] = [".css", ".gltf", ".htm", ".html", ".sci"];

impl Update<'_> {
    /// The hash of what each file is by itself, and that of its closure. After the files come
    /// nodes for what was asked for under each token.
    fn hash(&self, files: &[File<'_>]) -> (Vec<Digest>, Vec<Digest>) {
        // In most trees nobody asks for them.
        let all = LazyCell::new(|| hash_of_all(files.iter()));
        let assets = LazyCell::new(|| {
            hash_of_all(files.iter().filter(|file| matches!(file.kind, Kind::Asset)))
        });
        let mut edges = Edges::with_capacity(self.index.len());
        let mut own = Vec::with_capacity(self.index.len());
        let loads: Vec<_> = self.observed.tokens().collect();
        for (id, (file, node)) in (0..).zip(files.iter().zip(&self.nodes)) {
            let partings = self.observed.partings(file.path);
            let before = self.own_before(id).filter(|_| partings == 0);
            own.push(before.unwrap_or_else(|| {
                let mut hasher = self.hasher(file, node.as_ref());
                let mut suffixes = REFERRING_ASSETS.iter();
                if node.is_none() && suffixes.any(|suffix| file.path.ends_with(suffix)) {
                    hasher.update(&*assets);
                }
                if partings > 0 {
                    hasher.update(&partings.to_le_bytes());
                }
                hasher.finalize().into()
            }));
            let observed = node
                .iter()
                .flat_map(|node| self.observed_by(node, file, &loads));
            edges.push(node.iter().flat_map(Node::edges).chain(observed));
        }
        for (_, loads) in &loads {
            for askers in Askers::ALL {
                let mut hasher = Hasher::new();
                let mut targets = BTreeSet::new();
                if loads.everything {
                    hasher.update(&*all);
                }
                for path in loads.paths(askers) {
                    self.index.lead_to(path, &mut hasher, &mut targets);
                }
                own.push(hasher.finalize().into());
                edges.push(targets.into_iter());
            }
        }
        let closures = closures(&edges, &own);
        own.truncate(self.index.len());
        (own, closures)
    }

    /// The nodes of what a document may have asked for.
    fn observed_by<'s>(
        &'s self,
        node: &'s Node,
        file: &'s File<'_>,
        loads: &'s [(u32, &Loads)],
    ) -> impl Iterator<Item = u32> + 's {
        let tokens = self.observed.of_document(file.path, &file.hash);
        let tokens = tokens.filter_map(|token| {
            let at = loads.binary_search_by_key(&token, |(number, _)| *number);
            at.ok()
        });
        tokens.flat_map(move |at| {
            let first = self.index.len() + at * Askers::ALL.len();
            let askers = Askers::ALL.into_iter().filter(move |askers| {
                askers.include(node.freedom()) && !loads[at].1.is_empty(*askers)
            });
            askers.map(move |askers| (first + askers as usize) as u32)
        })
    }

    /// The hash that an unchanged document had before. Looks into a document only where something
    /// was inferred anew: all others would have to be fetched from memory for it.
    fn own_before(&self, file: FileId) -> Option<Digest> {
        let previous = self.previous?;
        let (before, node) = (previous.node(file)?, self.nodes[file as usize].as_ref()?);
        let is_same = !self.is_new[file as usize]
            && (Arc::ptr_eq(&before.inferred, &node.inferred)
                || before.freedom() == node.freedom());
        is_same.then(|| previous.own[file as usize])
    }

    /// Over the file, and over how it and what it names are mapped.
    fn hasher(&self, file: &File<'_>, node: Option<&Node>) -> Hasher {
        let mut hasher = Hasher::new();
        index::text(&mut hasher, file.path);
        hasher.update(&file.hash);
        if let Some(node) = node {
            hasher.update(&node.direct.facts).update(&node.names.facts);
            let mapped = self.index.mapped_as(node.file);
            let both = mapped.singleton && mapped.plain;
            hasher.update(&[u8::from(mapped.singleton), u8::from(both)]);
            // Who may have asked for what goes by it.
            let freedom = node.freedom();
            hasher.update(&[freedom.computed as u8, u8::from(freedom.computing)]);
        }
        hasher
    }
}

fn hash_of_all<'a, 'f: 'a>(files: impl Iterator<Item = &'a File<'f>>) -> Digest {
    let mut hasher = Hasher::new();
    for file in files {
        index::text(&mut hasher, file.path);
        hasher.update(&file.hash);
    }
    hasher.finalize().into()
}

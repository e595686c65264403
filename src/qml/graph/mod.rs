//! The dependency graph of a tree: what each document leads to, and a hash of all of it.
//!
//! The law that it serves: a document whose closure has the same hash at two moments shows the
//! same at both. So an edge too many costs a few requests, and an edge too few is a stale
//! screen; where the engine could go two ways, both are followed.
//!
//! # What a document leads to
//! - **Names.** Every capitalised name in it, wherever it stands, leads to every file that a
//!   visible directory maps it to, by `qmldir` in any version or by the file's name. Visible are
//!   its own directory, the directories that it imports, and those that their `qmldir`s import.
//!   How a name is mapped is part of the hash, so a `qmldir` that changes, a new file that
//!   shadows another, or one that is gone changes those documents that use the name.
//! - **Singletons and scripts** that a visible directory maps, used or not: Qt loads them with
//!   the directory's `qmldir`, and a document fails with them.
//! - **Imports** of scripts, its own and those that a visible directory maps. A script sees the
//!   types of whoever imports it: its names count as names of the document, too, and so do those
//!   of the scripts that it imports; and what they stand for there is part of the script.
//! - **Literals** that name a file, relative to the document's directory; a name that begins
//!   with a slash or a server's address counts from the root.
//! - **Patterns**: a string put together leads to every file that its known parts fit. `"img/" +
//!   name + ".png"` is all of `img/….png`; `name + ".qml"` every `.qml` file.
//! - **What is compiled in**: a name that begins with `qrc:` leads to the file that a build
//!   declares under it, see [`Declared`].
//! - **What others write into it**, see below.
//!
//! # Computed references
//! A name of which nothing is known, in a place where Qt loads a file by name, makes the
//! document open: its closure is whatever clients were seen to load under its token that it may
//! have asked for, be it an asset ([`Computed::Assets`]) or anything ([`Computed::Anything`]).
//! Such places are
//!
//! - `source`, `url`, `…Source`, `…Url`, shaders and `initialItem` of Qt's types and of types that
//!   are not known; for a type of the tree, what its root type, or the alias or `url` property
//!   that it declares, makes of it; `url` properties of the document itself; aliases for any of
//!   these, since they can be set from outside;
//! - the arguments of `createComponent`, `createQmlObject`, `setSource`, `resolvedUrl`, `include`,
//!   `import()`, `XMLHttpRequest.open` and the canvas functions; those of `push` and `replace`,
//!   where the tree has a `StackView`; `eval`, `with`.
//!
//! A document that does not parse is open for anything.
//!
//! # What others write into a document
//! A property of an object may be set from another document, without a trace in the one that
//! creates the object, which is where Qt 6 resolves the name: `other.source = "a.png"`,
//! `createObject(parent, { source: … })`, `PropertyChanges`, `Binding`, `Card { image.source: … }`.
//! How such an object is found is not followed. Where any document of the tree writes to a
//! property of an object that is not surely its own,
//!
//! - a known name, or one known in part, counts in every document that has an object which loads
//!   files, relative to its directory;
//! - an unknown one makes every document open that has an object with such a property, and one
//!   under an unknown property every document that has any such object;
//! - images in rich text, `<img src=…>`, count alike where text is shown.
//!
//! [`document::references`](super::document::references) has the measurements behind this, and
//! what is not covered.
//!
//! # Assets
//! An asset leads nowhere, except for the kinds that refer to others (`.sci`, `.gltf`, `.html`,
//! `.css`): those lead to all assets.

mod components;
mod declared;
mod foreseen;
mod index;
mod observed;
mod pictures;
mod resolution;
mod shape;
#[cfg(test)]
mod tests;
mod types;
mod update;

use std::collections::HashSet;
use std::sync::Arc;

use blake3::Hasher;

pub(crate) use self::declared::{COMPILED_IN, split as split_compiled_in};
pub use self::declared::{Declared, Resources};
pub use self::foreseen::Foreseen;
use self::index::{FileId, Index};
pub use self::observed::{Askers, Freedom, Observations};
use self::resolution::{Direct, Names, Scopes};
use self::types::{Inferred, Types};
use self::update::Update;
use super::document::references::{Computed, Write};
use super::document::{Document, Import};
use super::qmldir::Qmldir;
use crate::path::TreePath;

/// A BLAKE3 hash.
pub type Digest = [u8; 32];

/// One file of a tree, as the graph sees it.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The path, relative to the tree, with `/`.
    pub path: &'a str,
    /// A hash of the content, or of what stands for it.
    pub hash: Digest,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a file of a tree is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// A QML document or a script.
    Document(&'a Arc<Document>),
    /// A `qmldir`.
    Qmldir(&'a Qmldir),
    /// Any other file.
    Asset,
}

/// A hash of a document and of everything that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Closure(pub Digest);

/// Finds what an import in a document of a directory means: directories of the tree, or a
/// script of the tree. Empty for what is not of the tree. An import line of a `qmldir` is asked
/// for in the same way.
pub type Resolve<'a> = dyn Fn(&str, &Import) -> Vec<TreePath> + 'a;

/// The graph of one state of a tree.
pub struct Graph {
    index: Arc<Index>,
    /// By file; `None` for what is no document.
    nodes: Vec<Option<Node>>,
    scopes: Arc<Scopes>,
    types: Arc<Types>,
    /// By file: the hash of what it is by itself.
    own: Vec<Digest>,
    closures: Vec<Digest>,
}

/// A document, and what has been found out about it.
#[derive(Clone)]
struct Node {
    file: FileId,
    hash: Digest,
    document: Arc<Document>,
    direct: Arc<Direct>,
    names: Arc<Names>,
    inferred: Arc<Inferred>,
}

impl Graph {
    /// Builds the graph of `files`, with what clients were `observed` to load. Unless it
    /// `foresees`, names of files are left to observation altogether.
    ///
    /// `previous`, the graph of an earlier state of the same tree, makes it cheap where little
    /// has changed; the result is the same as without. `resolve` has to depend on nothing
    /// but which files there are, what the `qmldir`s say, and what is `declared`.
    pub fn new<'a>(
        previous: Option<&Self>,
        files: impl IntoIterator<Item = File<'a>>,
        declared: &Declared,
        resolve: &Resolve<'_>,
        observed: &Observations,
        foresees: bool,
    ) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_unstable_by_key(|file| file.path);
        Update::new(previous, &files, declared, resolve, observed, foresees).run(&files)
    }

    /// The closure of the file at `path`.
    pub fn closure(&self, path: &str) -> Option<Closure> {
        let file = self.index.file(path)?;
        self.closures.get(file as usize).copied().map(Closure)
    }

    /// Every file with its closure, sorted by path.
    #[cfg(test)]
    pub fn closures(&self) -> impl Iterator<Item = (&str, Closure)> {
        (0..)
            .zip(&self.closures[..self.index.len()])
            .map(|(file, closure)| (self.index.path(file), Closure(*closure)))
    }

    /// The closure of a directory as an importer sees it: what it maps, and the closures of
    /// that. `None` if there is no such directory.
    pub fn directory(&self, directory: &str) -> Option<Closure> {
        let id = self.index.directory_id(directory)?;
        let mut hasher = Hasher::new();
        index::text(&mut hasher, directory);
        for file in self.index.directory_facts(id, &mut hasher) {
            hasher.update(&self.closures[file as usize]);
        }
        Some(Closure(hasher.finalize().into()))
    }

    /// How much of the tree a document leads to beyond what can be read off.
    #[cfg(test)]
    pub fn computed(&self, path: &str) -> Option<Computed> {
        let node = self.node(self.index.file(path)?)?;
        Some(node.inferred.computed)
    }

    /// How freely a document names files.
    pub fn freedom(&self, path: &str) -> Option<Freedom> {
        let node = self.node(self.index.file(path)?)?;
        Some(node.freedom())
    }

    /// How many documents may load that much under names that nobody knows.
    pub fn count(&self, computed: Computed) -> usize {
        let nodes = self.nodes.iter().flatten();
        nodes
            .filter(|node| node.freedom().computed == computed)
            .count()
    }

    /// The state of what a client asks for: the closure of a file or, for a `qmldir`, of its
    /// directory. `None` if there is no such thing.
    pub fn state(&self, path: &TreePath) -> Option<Closure> {
        match path.as_str().strip_suffix("qmldir") {
            Some(directory) if directory.is_empty() || directory.ends_with('/') => {
                self.directory(directory.trim_end_matches('/'))
            }
            _ => self.closure(path.as_str()),
        }
    }

    /// The hashes of all names that a document is known to ask for, whether there is such a file
    /// or not, and the partly known ones.
    pub fn foreseen(&self, path: &str) -> Option<Foreseen> {
        let node = self.node(self.index.file(path)?)?;
        Some(Foreseen::of(&self.index, node))
    }

    /// All files that these documents lead to, directly or not, themselves included.
    pub fn reached<'p>(&self, paths: impl Iterator<Item = &'p str>) -> HashSet<String> {
        let mut waiting: Vec<_> = paths.filter_map(|path| self.index.file(path)).collect();
        let mut reached: HashSet<FileId> = waiting.iter().copied().collect();
        while let Some(file) = waiting.pop() {
            let edges = self.node(file).into_iter().flat_map(Node::edges);
            waiting.extend(edges.filter(|file| reached.insert(*file)));
        }
        let paths = reached.into_iter().map(|file| self.index.path(file));
        paths.map(str::to_owned).collect()
    }

    /// The files that a document leads to directly, as far as they can be read off.
    pub fn references(&self, path: &str) -> Vec<&str> {
        let node = self.index.file(path).and_then(|file| self.node(file));
        let mut files: Vec<_> = node.into_iter().flat_map(Node::edges).collect();
        files.sort_unstable();
        files.dedup();
        files
            .into_iter()
            .map(|file| self.index.path(file))
            .collect()
    }

    fn node(&self, file: FileId) -> Option<&Node> {
        self.nodes.get(file as usize)?.as_ref()
    }
}

impl Node {
    fn freedom(&self) -> Freedom {
        let references = &self.document.references;
        let writes_text = |write: &Write| write.property.as_ref() == "text";
        let computed = self.inferred.computed.max(self.inferred.exposed);
        Freedom {
            computed,
            computing: computed > Computed::No
                || !references.patterns.is_empty()
                || references.indirect
                || references.writes.iter().any(writes_text),
        }
    }

    fn edges(&self) -> impl Iterator<Item = FileId> {
        let edges = [&self.direct.edges, &self.names.edges, &self.inferred.edges];
        edges.into_iter().flatten().copied()
    }
}

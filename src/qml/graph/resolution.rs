//! What one document refers to, looked up in the structure of the tree.

use std::collections::{BTreeSet, HashMap, HashSet};

use blake3::Hasher;

use super::index::{Candidate, DirectoryId, FileId, Index, text};
use super::{Digest, Node, Resolve};
use crate::path::name::parent;
use crate::qml::document::resources::ResourceName;
use crate::qml::document::{Document, Import, Language};

/// What a document refers to by itself.
pub(super) struct Direct {
    /// Imported scripts, and files named by literals and patterns.
    pub(super) edges: Vec<FileId>,
    /// The directories whose types it sees.
    pub(super) visible: Vec<DirectoryId>,
    /// The scripts among the edges.
    pub(super) scripts: Vec<FileId>,
    /// What its imports come to.
    pub(super) facts: Digest,
}

impl Direct {
    pub(super) fn of(
        index: &Index,
        path: &str,
        document: &Document,
        resolve: &Resolve<'_>,
        foresees: bool,
    ) -> Self {
        let directory = parent(path);
        let mut lookup = Lookup {
            index,
            resolve,
            edges: BTreeSet::new(),
            visible: index.directory_id(directory).into_iter().collect(),
            facts: Hasher::new(),
        };
        if let Some(implied) = index.implied(path) {
            text(&mut lookup.facts, index.directory(implied));
            lookup.visible.push(implied);
        }
        for import in &document.imports {
            lookup.import(directory, import);
        }
        for name in &document.resources {
            lookup.compiled_in(directory, name);
        }
        if foresees {
            for literal in &document.references.literals {
                lookup.edges.extend(index.named(directory, literal));
            }
            for pattern in &document.references.patterns {
                lookup.edges.extend(index.matching(directory, pattern));
            }
        }
        let scripts = lookup
            .edges
            .iter()
            .copied()
            .filter(|file| index.is_script(*file));
        Self {
            scripts: scripts.collect(),
            edges: lookup.edges.into_iter().collect(),
            visible: lookup.visible,
            facts: lookup.facts.finalize().into(),
        }
    }
}

struct Lookup<'l> {
    index: &'l Index,
    resolve: &'l Resolve<'l>,
    edges: BTreeSet<FileId>,
    visible: Vec<DirectoryId>,
    facts: Hasher,
}

impl Lookup<'_> {
    /// What is written in the place of a `qrc:` name depends on what is declared.
    fn compiled_in(&mut self, directory: &str, name: &ResourceName) {
        let written = ["qrc:", &name.path].concat();
        let files: Vec<_> = self.index.named(directory, &written).collect();
        let begins = self.index.begins(directory, &name.path);
        self.facts.update(&[u8::from(begins)]);
        for file in files {
            text(&mut self.facts, self.index.path(file));
            self.edges.insert(file);
        }
    }

    fn import(&mut self, directory: &str, import: &Import) {
        let targets = (self.resolve)(directory, import);
        self.facts.update(&(targets.len() as u64).to_le_bytes());
        for target in targets {
            text(&mut self.facts, target.as_str());
            let file = self.index.file(target.as_str());
            let directory = self.index.directory_id(target.as_str());
            self.facts
                .update(&[u8::from(file.is_some()), u8::from(directory.is_some())]);
            self.edges.extend(file);
            if let Some(directory) = directory.filter(|id| !self.visible.contains(id)) {
                self.visible.push(directory);
            }
        }
    }
}

/// What the names in a document, and in the scripts that share its scope, stand for.
#[derive(Default)]
pub(super) struct Names {
    /// Every file that a name may be.
    pub(super) edges: Vec<FileId>,
    /// The scripts that share the scope.
    pub(super) scripts: Vec<FileId>,
    /// How the names are mapped.
    pub(super) facts: Digest,
}

impl Names {
    pub(super) fn of(index: &Index, nodes: &[Option<Node>], scopes: &Scopes, file: FileId) -> Self {
        let Some(node) = &nodes[file as usize] else {
            return Self::default();
        };
        // A script by itself has no directory of types.
        let directories: &[_] = match index.is_script(file) {
            true => &[],
            false => &node.direct.visible,
        };
        let eager = || directories.iter().flat_map(|id| index.eager(*id));
        let mapped = eager().filter_map(|(_, candidate)| candidate.file);
        let mapped: BTreeSet<_> = mapped.filter(|file| index.is_script(*file)).collect();
        let scripts = scripts_below(nodes, node, mapped);
        let inherited = scripts
            .iter()
            .filter_map(|script| nodes[*script as usize].as_ref());
        let names: BTreeSet<&str> = std::iter::once(node)
            .chain(inherited)
            .flat_map(|node| &node.document.references.names)
            .map(AsRef::as_ref)
            .collect();
        let mut edges = BTreeSet::new();
        let mut facts = Hasher::new();
        let mut follow = |name: &str, candidate: &Candidate, how: &Digest| {
            text(&mut facts, name);
            text(&mut facts, index.directory(candidate.directory));
            text(
                &mut facts,
                candidate.file.map_or("", |file| index.path(file)),
            );
            facts.update(how);
            edges.extend(candidate.file);
        };
        let lent = scopes.seen_by(node);
        let sees = |directory| {
            node.direct.visible.contains(directory) || lent.binary_search(directory).is_ok()
        };
        for name in names {
            let candidates = index.candidates(name).iter();
            for candidate in candidates.filter(|candidate| sees(&candidate.directory)) {
                follow(name, candidate, &candidate.facts);
            }
        }
        for (name, candidate) in eager() {
            follow(name, candidate, &candidate.eager_facts);
        }
        Self {
            edges: edges.into_iter().collect(),
            scripts,
            facts: facts.finalize().into(),
        }
    }
}

/// The scripts that share the scope of a document: those that it imports, those that the
/// directories have `mapped` which it sees, those that they import, and so on.
fn scripts_below(
    nodes: &[Option<Node>],
    node: &Node,
    mapped: impl IntoIterator<Item = FileId>,
) -> Vec<FileId> {
    let mut found = node.direct.scripts.clone();
    found.extend(mapped);
    let mut at = 0;
    while let Some(script) = found.get(at).copied() {
        at += 1;
        let further = nodes[script as usize]
            .iter()
            .flat_map(|node| &node.direct.scripts);
        let further: Vec<_> = further
            .copied()
            .filter(|script| !found.contains(script))
            .collect();
        found.extend(further);
    }
    found
}

/// What scripts see of the documents that import them.
///
/// A script is compiled once for each URL, and what is compiled keeps the singletons and types
/// that its names were found to stand for, whoever imports it next (measured in 5.15, 6.4 and
/// 6.12). So what they stand for is a part of the script.
#[derive(Default)]
pub(super) struct Scopes {
    /// By script: the directories whose types are seen, sorted.
    directories: HashMap<FileId, Vec<DirectoryId>>,
}

impl Scopes {
    /// Those of documents whose names are resolved.
    pub(super) fn of(index: &Index, nodes: &[Option<Node>]) -> Self {
        let documents = nodes.iter().flatten();
        let documents = documents.filter(|node| !index.is_script(node.file));
        // Of the documents of one directory, most lend the same to the same.
        let lent: HashSet<_> = documents
            .map(|node| (&node.names.scripts, &node.direct.visible))
            .collect();
        let mut directories: HashMap<_, Vec<_>> = HashMap::new();
        for (scripts, visible) in lent {
            for script in scripts {
                let seen = directories.entry(*script).or_default();
                seen.extend(visible);
            }
        }
        for seen in directories.values_mut() {
            seen.sort_unstable();
            seen.dedup();
        }
        Self { directories }
    }

    /// The directories besides its own whose types a script sees. A library sees none, nor does
    /// an ES module.
    pub(super) fn seen_by(&self, node: &Node) -> &[DirectoryId] {
        let document = &node.document;
        if document.language != Language::Js || document.library {
            return &[];
        }
        let seen = self.directories.get(&node.file);
        seen.map_or(&[], Vec::as_slice)
    }
}

//! What the project's own files say of a tree, put together anew only where one of them changed,
//! or files came or went.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::snapshot::{Dir, Snapshot, within};
use crate::path::{TreePath, name};
use crate::project::{Files, Project};
use crate::qml::graph;

/// The project of a tree.
#[derive(Debug, Default)]
pub struct Declared {
    /// What it says.
    pub project: Arc<Project>,
    /// Stands for all of it.
    digest: graph::Digest,
    /// Whether any file says something.
    is_any: bool,
}

type Dirs = BTreeMap<TreePath, Arc<Dir>>;

impl Declared {
    /// What the files of these directories say; `base`, with its own directories, if it is the
    /// same.
    pub(super) fn of(dirs: &Dirs, base: Option<(&Arc<Self>, &Dirs)>) -> Arc<Self> {
        if let Some((declared, before)) = base
            && is_same(before, dirs, declared.is_any)
        {
            return Arc::clone(declared);
        }
        let sources: BTreeMap<_, _> = dirs
            .iter()
            .flat_map(|(path, dir)| {
                let sources = dir.files.iter().filter_map(|(name, file)| {
                    let source = Arc::clone(file.source.as_ref()?);
                    Some((path.with(name), source))
                });
                sources.collect::<Vec<_>>()
            })
            .collect();
        if sources.is_empty() {
            return Arc::default();
        }
        Arc::new(Self::new(Project::assemble(&sources, &Listing(dirs))))
    }

    /// One that says this.
    pub(super) fn new(project: Project) -> Self {
        let places = (
            &project.import_roots,
            &project.mock_roots,
            &project.build_dirs,
        );
        let said = format!(
            "{:?} {:?} {:?} {places:?}",
            project.qmldirs, project.resources, project.modules
        );
        Self {
            digest: *blake3::hash(said.as_bytes()).as_bytes(),
            project: Arc::new(project),
            is_any: true,
        }
    }
}

/// Whether two states say the same of the project: the same sources, and, if there are any, the
/// same files and singletons.
fn is_same(before: &Dirs, after: &Dirs, is_any: bool) -> bool {
    let has_said = |dir: &Arc<Dir>| is_any || dir.files.values().any(|file| file.source.is_some());
    let differs = |path: &TreePath, one: &Arc<Dir>, others: &Dirs| match others.get(path) {
        Some(other) if Arc::ptr_eq(one, other) => false,
        Some(other) => (has_said(one) || has_said(other)) && !says_the_same(one, other),
        None => has_said(one),
    };
    let mut gone = before.iter();
    let mut there = after.iter();
    !gone.any(|(path, dir)| differs(path, dir, after))
        && !there.any(|(path, dir)| differs(path, dir, before))
}

fn says_the_same(one: &Dir, other: &Dir) -> bool {
    let same_source = |one: &super::file::File, other: &super::file::File| {
        one.source.is_some() == other.source.is_some()
            && (one.source.is_none() || one.hash == other.hash)
    };
    let singleton = |file: &super::file::File| file.document().is_some_and(|file| file.singleton);
    one.files.len() == other.files.len()
        && one.files.iter().zip(&other.files).all(|(one, other)| {
            one.0 == other.0
                && same_source(one.1, other.1)
                && singleton(one.1) == singleton(other.1)
        })
}

/// The files of a tree that is being put together.
struct Listing<'a>(&'a Dirs);

impl Files for Listing<'_> {
    fn has_file(&self, path: &TreePath) -> bool {
        let dir = self.0.get(&path.parent());
        dir.is_some_and(|dir| dir.files.contains_key(path.name()))
    }

    fn files_in(&self, dir: &TreePath, recursive: bool) -> Vec<TreePath> {
        let dirs = within(self.0, dir).filter(|(path, _)| recursive || *path == dir);
        let mut files: Vec<_> = dirs
            .flat_map(|(path, dir)| dir.files.keys().map(|name| path.with(name)))
            .collect();
        files.sort();
        files
    }

    fn is_singleton(&self, path: &TreePath) -> bool {
        let file = self.0.get(&path.parent());
        let file = file.and_then(|dir| dir.files.get(path.name()));
        let document = file.and_then(|file| file.document());
        document.is_some_and(|document| document.singleton)
    }
}

/// What is compiled in, for the graph.
#[derive(Debug)]
struct CompiledIn(Arc<Project>);

impl graph::Resources for CompiledIn {
    fn file(&self, from: &TreePath, path: &str) -> Option<TreePath> {
        self.0.resources.file(from, path).cloned()
    }

    fn below(&self, from: &TreePath, prefix: &str) -> Vec<(String, TreePath)> {
        let found = self.0.resources.below(from, prefix).into_iter();
        let found = found.map(|(rest, file)| ([prefix, rest].concat(), file.clone()));
        found.collect()
    }
}

impl Snapshot {
    /// The file that `qrc:PATH` is to a document of directory `from`; the path is as it is written
    /// there.
    pub(super) fn compiled_in(&self, from: &TreePath, path: &str) -> Option<TreePath> {
        let file = |path: &str| {
            let path = format!("/{}", name::join("", path));
            let file = self.project().resources.file(from, &path)?;
            self.file(file).is_some().then(|| file.clone())
        };
        file(path).or_else(|| file(&name::decoded(path)?))
    }

    /// Whether `qrc:PATH` is something to a document of directory `from`, or begins the name of
    /// something.
    pub(super) fn is_compiled_in(&self, from: &TreePath, path: &str) -> bool {
        self.compiled_in(from, path).is_some() || self.begins_compiled_in(from, path)
    }

    /// Whether the other state has the same project.
    pub(super) fn has_project_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.declared, &other.declared)
    }

    /// Whether the path of something that is compiled in begins like this.
    pub(super) fn begins_compiled_in(&self, from: &TreePath, path: &str) -> bool {
        !self.project().resources.below(from, path).is_empty()
    }

    /// What is behind the path of a request: itself, or what is compiled in there.
    pub fn behind(&self, path: &TreePath) -> Option<TreePath> {
        if self.file(path).is_some() {
            return Some(path.clone());
        }
        let (from, rest) = graph::split_compiled_in(path.as_str())?;
        self.compiled_in(&TreePath::parse(from).ok()?, rest)
    }

    /// What the project's own files say.
    pub fn project(&self) -> &Project {
        &self.declared.project
    }

    /// The same for the graph.
    pub(super) fn declared(&self) -> graph::Declared {
        let project = &self.declared.project;
        let lists = project.qmldirs.iter();
        let lists = lists.filter(|(dir, _)| self.declared_list(dir).is_some());
        graph::Declared {
            digest: self.declared.digest,
            implied: self.implied(),
            lists: lists
                .map(|(dir, list)| (dir.clone(), Arc::clone(list)))
                .collect(),
            resources: self
                .declared
                .is_any
                .then(|| Arc::new(CompiledIn(Arc::clone(project))) as Arc<dyn graph::Resources>),
        }
    }
}

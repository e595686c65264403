//! The immutable state of the tree at one moment.
//!
//! A snapshot is a map of directories; a directory that did not change is
//! shared with the snapshot before. Nothing in here changes after it is built,
//! and nothing touches the disk: an asset's bytes are fetched elsewhere and
//! held against the hash that stands here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;

use super::context::{self, Context};
use super::declared::Declared;
use super::entries::Entries;
use super::file::{Content, File, Kind, QMLDIR};
use super::generation::Generations;
use super::version::Version;
use super::{FoundModules, ModulePlaces};
use crate::path::{TreePath, name};
use crate::project::Project;
use crate::qml::module::Modules;
use crate::qml::qmldir::Qmldir;

/// The state of the whole tree.
#[derive(Debug)]
pub struct Snapshot {
    version: Version,
    pub(super) dirs: BTreeMap<TreePath, Arc<Dir>>,
    pub(super) declared: Arc<Declared>,
    context: Option<Arc<Context>>,
    pub(super) modules: Arc<FoundModules>,
    generations: Generations,
    since: Instant,
    pub(super) imports: OnceLock<BTreeSet<String>>,
    pub(super) entries: OnceLock<Entries>,
}

/// One directory of a snapshot.
#[derive(Debug, Default)]
pub struct Dir {
    pub(super) files: BTreeMap<Box<str>, Arc<File>>,
    hash: OnceLock<blake3::Hash>,
    pub(super) merged: OnceLock<Bytes>,
    pub(super) imports: OnceLock<BTreeSet<(String, Option<String>)>>,
}

/// What a new snapshot is built from: a copy of the state that is changed
/// file by file and directory by directory.
#[derive(Debug)]
pub struct Draft {
    dirs: BTreeMap<TreePath, Arc<Dir>>,
    module_places: Arc<ModulePlaces>,
    base: Option<Arc<Snapshot>>,
}

/// What stands at `path` and below it, at any depth.
pub(super) fn within<'d, T>(
    dirs: &'d BTreeMap<TreePath, T>,
    path: &TreePath,
) -> impl Iterator<Item = (&'d TreePath, &'d T)> + use<'d, T> {
    // In the order of texts, `0` follows `/`. Below the root is all that is not the root.
    let from = if path.is_root() {
        String::new()
    } else {
        format!("{path}/")
    };
    let to = format!("{path}0");
    let to = if path.is_root() {
        Bound::Unbounded
    } else {
        Bound::Excluded(&*to)
    };
    let below = dirs.range::<str, _>((Bound::Excluded(&*from), to));
    dirs.get_key_value(path).into_iter().chain(below)
}

impl Snapshot {
    /// The token of this state.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Since when the tree is in this state.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Which URL each document has.
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// The same state with other URLs.
    pub fn with_generations(&self, generations: Generations) -> Self {
        Self {
            version: self.version,
            dirs: self.dirs.clone(),
            declared: Arc::clone(&self.declared),
            context: self.context.clone(),
            modules: Arc::clone(&self.modules),
            generations,
            since: self.since,
            imports: self.imports.clone(),
            entries: OnceLock::new(),
        }
    }

    /// The file at `path`.
    pub fn file(&self, path: &TreePath) -> Option<&Arc<File>> {
        let dir = self.dirs.get(name::parent(path.as_str()))?;
        dir.files.get(path.name())
    }

    /// Whether there is such a directory, with a file in it or below, or one that a build
    /// declares. An empty one is none, as in version control: the version does not tell it from
    /// one that is missing.
    pub fn has_dir(&self, path: &TreePath) -> bool {
        self.project().qmldirs.contains_key(path)
            || within(&self.dirs, path).any(|(dir, found)| dir.is_root() || !found.files.is_empty())
    }

    /// All files with their paths, directory by directory.
    pub fn files(&self) -> impl Iterator<Item = (TreePath, &Arc<File>)> {
        self.files_beside(None)
    }

    /// The files of directories that this snapshot does not share with `other`.
    pub fn files_beside(
        &self,
        other: Option<&Self>,
    ) -> impl Iterator<Item = (TreePath, &Arc<File>)> {
        let is_shared = move |path: &TreePath, dir: &Arc<Dir>| {
            let other = other.and_then(|other| other.dirs.get(path));
            other.is_some_and(|other| Arc::ptr_eq(other, dir))
        };
        self.dirs
            .iter()
            .filter(move |(path, dir)| !is_shared(path, dir))
            .flat_map(|(path, dir)| dir.files.iter().map(|(name, file)| (path.with(name), file)))
    }

    /// All directories, and those that only a build declares.
    pub fn dirs(&self) -> impl Iterator<Item = &TreePath> {
        let declared = self.project().qmldirs.keys();
        let declared = declared.filter(|dir| !self.dirs.contains_key(*dir));
        self.dirs.keys().chain(declared)
    }

    /// What the tree gives to documents by name, as a program does.
    pub fn context(&self) -> Option<&Arc<Context>> {
        self.context.as_ref()
    }

    /// The modules that the tree contains.
    pub fn modules(&self) -> &Modules {
        &self.modules.real
    }

    /// Whether the other state has the same modules.
    pub(super) fn has_modules_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.modules, &other.modules)
    }

    /// The paths whose content differs between the two states, sorted.
    pub fn changed_since(&self, older: &Self) -> Vec<TreePath> {
        let mut changed = BTreeSet::new();
        let dirs: BTreeSet<_> = self.dirs.keys().chain(older.dirs.keys()).collect();
        for path in dirs {
            let (new, old) = (self.dirs.get(path), older.dirs.get(path));
            if let (Some(new), Some(old)) = (new, old)
                && Arc::ptr_eq(new, old)
            {
                continue;
            }
            let hash = |dir: Option<&Arc<Dir>>, name: &str| {
                dir.and_then(|dir| dir.files.get(name))
                    .map(|file| file.hash)
            };
            let names = [new, old]
                .into_iter()
                .flatten()
                .flat_map(|dir| dir.files.keys());
            changed.extend(
                names
                    .filter(|name| hash(new, name) != hash(old, name))
                    .map(|name| path.with(name)),
            );
        }
        changed.into_iter().collect()
    }

    /// Memory that only this snapshot holds, seen from `newer`: bytes of
    /// contents and of maps that the two do not share.
    pub fn weight_beside(&self, newer: &Self) -> usize {
        // A map entry: the path's pointer and length, the Arc, and B-tree slack.
        const ENTRY: usize = 64;
        let mut weight = self.dirs.len() * ENTRY + self.generations.weight();
        for (path, dir) in &self.dirs {
            let other = newer.dirs.get(path);
            if other.is_some_and(|other| Arc::ptr_eq(other, dir)) {
                continue;
            }
            weight += dir.files.len() * ENTRY;
            for (name, file) in &dir.files {
                let shared = other
                    .and_then(|other| other.files.get(name))
                    .is_some_and(|other| Arc::ptr_eq(other, file));
                if !shared {
                    weight += file.weight();
                }
            }
        }
        weight
    }
}

impl Dir {
    fn hash(&self) -> blake3::Hash {
        *self.hash.get_or_init(|| {
            let mut hasher = blake3::Hasher::new();
            for (name, file) in &self.files {
                hasher.update(&(name.len() as u64).to_le_bytes());
                hasher.update(name.as_bytes());
                hasher.update(&file.hash);
            }
            hasher.finalize()
        })
    }
}

impl Draft {
    /// An empty tree with these modules besides those that qmldirs declare.
    pub fn new(module_places: &Arc<ModulePlaces>) -> Self {
        Self {
            dirs: BTreeMap::new(),
            module_places: Arc::clone(module_places),
            base: None,
        }
    }

    /// A copy of `base`, to be changed.
    pub fn of(base: &Arc<Snapshot>, module_places: &Arc<ModulePlaces>) -> Self {
        Self {
            dirs: base.dirs.clone(),
            module_places: Arc::clone(module_places),
            base: Some(Arc::clone(base)),
        }
    }

    /// The file as it stands in the draft.
    pub fn file(&self, path: &TreePath) -> Option<&Arc<File>> {
        let dir = self.dirs.get(name::parent(path.as_str()))?;
        dir.files.get(path.name())
    }

    /// Puts a file in its place, making its directory.
    pub fn insert(&mut self, path: &TreePath, file: Arc<File>) {
        self.edit(&path.parent(), |files| {
            files.insert(path.name().into(), file);
        });
    }

    /// Makes a directory known, even if it is empty.
    pub fn insert_dir(&mut self, path: &TreePath) {
        self.dirs.entry(path.clone()).or_default();
    }

    /// Takes a file, or a directory with all below it, out.
    pub fn remove(&mut self, path: &TreePath) {
        if path.is_root() {
            return self.dirs.clear();
        }
        let gone: Vec<_> = self.dirs_within(path).cloned().collect();
        for dir in &gone {
            self.dirs.remove(dir);
        }
        self.remove_file(path);
    }

    /// Takes a file out, if it is one.
    pub fn remove_file(&mut self, path: &TreePath) {
        if self.file(path).is_some() {
            self.edit(&path.parent(), |files| {
                files.remove(path.name());
            });
        }
    }

    /// Whether there is such a directory.
    pub fn has_dir(&self, path: &TreePath) -> bool {
        self.dirs.contains_key(path)
    }

    /// A directory and all below it.
    pub fn dirs_within(&self, path: &TreePath) -> impl Iterator<Item = &TreePath> {
        within(&self.dirs, path).map(|(dir, _)| dir)
    }

    /// Takes out all directories at or below `paths` but the wanted ones.
    pub fn keep_within<'p, T>(
        &mut self,
        paths: impl Iterator<Item = &'p TreePath>,
        wanted: &BTreeMap<TreePath, T>,
    ) {
        let dirs = paths.flat_map(|path| self.dirs_within(path));
        let gone = dirs.filter(|dir| !wanted.contains_key(*dir)).cloned();
        for dir in gone.collect::<Vec<_>>() {
            self.dirs.remove(&dir);
        }
    }

    /// Puts the files of directory `from`, but those `left_out` by name, at `to` as well.
    pub fn share(&mut self, from: &TreePath, to: &TreePath, left_out: &dyn Fn(&str) -> bool) {
        let Some(shared) = self.dirs.get(from) else {
            return;
        };
        let known = self.dirs.get(to);
        if known.is_some_and(|known| Arc::ptr_eq(known, shared)) {
            return;
        }
        let shared = if shared.files.keys().any(|name| left_out(name)) {
            let files = shared.files.iter().filter(|(name, _)| !left_out(name));
            Arc::new(Dir {
                files: files
                    .map(|(name, file)| (name.clone(), Arc::clone(file)))
                    .collect(),
                ..Dir::default()
            })
        } else {
            Arc::clone(shared)
        };
        self.dirs.insert(to.clone(), shared);
    }

    /// The files and directories directly in `path`.
    pub fn children(&self, path: &TreePath) -> Vec<TreePath> {
        let is_child = |dir: &&TreePath| !dir.is_root() && dir.parent() == *path;
        let mut children: Vec<_> = self.dirs_within(path).filter(is_child).cloned().collect();
        if let Some(dir) = self.dirs.get(path) {
            children.extend(dir.files.keys().map(|name| path.with(name)));
        }
        children
    }

    fn edit(&mut self, path: &TreePath, change: impl FnOnce(&mut BTreeMap<Box<str>, Arc<File>>)) {
        let dir = self.dirs.entry(path.clone()).or_default();
        // The first change of a draft copies the directory, later ones find
        // it unshared.
        if let Some(dir) = Arc::get_mut(dir) {
            change(&mut dir.files);
            dir.hash.take();
            dir.merged.take();
            dir.imports.take();
        } else {
            let mut files = dir.files.clone();
            change(&mut files);
            *dir = Arc::new(Dir {
                files,
                ..Dir::default()
            });
        }
    }

    /// The finished snapshot, with the generations that `assign` gives it.
    pub fn finish(self, assign: impl FnOnce(&Snapshot) -> Generations) -> Arc<Snapshot> {
        let base = self.base.as_ref();
        let base = base.map(|base| (&base.declared, &base.dirs));
        let declared = Declared::of(&self.dirs, base);
        self.finish_as(declared, assign)
    }

    /// The same for a project that is known.
    pub(super) fn finish_as(
        self,
        declared: Arc<Declared>,
        assign: impl FnOnce(&Snapshot) -> Generations,
    ) -> Arc<Snapshot> {
        let version = self.version();
        let same = self.base.as_ref().filter(|base| base.version == version);
        let mut snapshot = Snapshot {
            version,
            since: same.map_or_else(Instant::now, |same| same.since),
            modules: self.modules(&declared),
            declared,
            context: self.context(),
            dirs: self.dirs,
            generations: Generations::default(),
            imports: OnceLock::new(),
            entries: OnceLock::new(),
        };
        snapshot.generations = assign(&snapshot);
        Arc::new(snapshot)
    }

    /// What the tree gives to documents by name. While that is in error, the last good state
    /// stays.
    fn context(&self) -> Option<Arc<Context>> {
        let file = self.file(&context::path())?;
        match file.context.as_ref()? {
            Ok(context) => Some(Arc::clone(context)),
            Err(_) => self.base.as_ref().and_then(|base| base.context.clone()),
        }
    }

    fn version(&self) -> Version {
        let mut hasher = blake3::Hasher::new();
        for (path, dir) in &self.dirs {
            // An empty directory exists on one machine and, version control
            // not knowing it, not on the next: it does not count.
            if dir.files.is_empty() {
                continue;
            }
            hasher.update(&(path.as_str().len() as u64).to_le_bytes());
            hasher.update(path.as_str().as_bytes());
            hasher.update(dir.hash().as_bytes());
        }
        Version::from_hash(&hasher.finalize())
    }

    /// The modules, shared with the base where no qmldir and no directory
    /// came or went, and the project is the same.
    fn modules(&self, declared: &Arc<Declared>) -> Arc<FoundModules> {
        let project = &declared.project;
        if let Some(base) = &self.base
            && Arc::ptr_eq(&base.declared, declared)
            && facts(&base.dirs, project).eq(facts(&self.dirs, project))
        {
            return Arc::clone(&base.modules);
        }
        Arc::new(self.module_places.with(facts(&self.dirs, project), project))
    }
}

/// The directories that may be modules, with those that their qmldirs declare. What a build made
/// never stands for its sources.
fn facts<'d>(
    dirs: &'d BTreeMap<TreePath, Arc<Dir>>,
    project: &'d Project,
) -> impl Iterator<Item = (&'d TreePath, Option<&'d str>)> {
    let is_built = |path: &TreePath| project.build_dirs.iter().any(|dir| path.is_within(dir));
    dirs.iter()
        .filter(move |(path, dir)| dir.has_documents() && !is_built(path))
        .map(|(path, dir)| (path, dir.module()))
}

impl Dir {
    /// What the user's own qmldir says.
    pub(super) fn qmldir(&self) -> Option<&Qmldir> {
        match &self.files.get(QMLDIR)?.content {
            Content::Qmldir(_, qmldir) => Some(qmldir),
            _ => None,
        }
    }

    /// The module that the directory's qmldir declares.
    pub(super) fn module(&self) -> Option<&str> {
        self.qmldir()?.module.as_deref()
    }

    /// Whether a document lies directly in here.
    pub fn has_documents(&self) -> bool {
        // By the names: whatever is in the files, there are as many modules.
        self.files.keys().any(|name| Kind::of(name).is_document())
    }
}

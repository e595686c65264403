//! What of a tree stays the same while only the contents of its documents change: which files
//! there are, and what the `qmldir`s say. Everything that is looked up in a tree is looked up
//! here.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use blake3::Hasher;

use super::declared::{Declared, Resources, locate, split};
use super::shape::{Shape, unescaped};
use super::{Digest, File, Kind, Resolve};
use crate::path::TreePath;
use crate::path::name::{self, decoded, parent, without_query};
use crate::qml::document::references::Pattern;
use crate::qml::document::{Import, Language};
use crate::qml::qmldir::{Entry, Qmldir, type_name};

/// A file, by its place among the sorted paths.
pub(super) type FileId = u32;

/// A directory that has files.
pub(super) type DirectoryId = u32;

/// The structure of a tree.
pub(super) struct Index {
    /// Two trees with the same signature, and the same documents as singletons, have the same
    /// index.
    signature: Digest,
    paths: Vec<Box<str>>,
    is_document: Vec<bool>,
    files: HashMap<Box<str>, FileId>,
    directory_names: Vec<Box<str>>,
    directories: HashMap<Box<str>, DirectoryId>,
    candidates: HashMap<Box<str>, Vec<Candidate>>,
    /// The names that each directory maps.
    names: HashMap<DirectoryId, BTreeSet<Box<str>>>,
    /// The names among them that are loaded with the directory, each with its place among the
    /// name's candidates.
    eager: HashMap<DirectoryId, Vec<(Box<str>, usize)>>,
    /// By file: the names of the type that it is.
    type_names: HashMap<FileId, Vec<Box<str>>>,
    /// By file: the ways in which it is mapped.
    mapped_as: Vec<MappedAs>,
    /// What the imports in the `qmldir` of each directory come to: what the text of the one that
    /// is served depends on.
    imports: HashMap<DirectoryId, Vec<String>>,
    /// What is compiled in.
    resources: Option<Arc<dyn Resources>>,
    /// Directories that documents see without a word.
    implied: HashMap<Box<str>, DirectoryId>,
}

/// One way to understand the name of a type: what a directory maps it to.
pub(super) struct Candidate {
    pub(super) directory: DirectoryId,
    /// `None` where the mapped file does not exist.
    pub(super) file: Option<FileId>,
    /// All that decides whether and how it is loaded with the directory: `facts` without the
    /// order of lines.
    pub(super) eager_facts: Digest,
    /// All that decides whether and how this way is taken, apart from the file's content.
    pub(super) facts: Digest,
}

/// How a file is mapped. Whether a type is a singleton the engine keeps by the file's URL, once
/// and for all.
#[derive(Clone, Copy, Default)]
pub(super) struct MappedAs {
    pub(super) singleton: bool,
    pub(super) plain: bool,
}

/// The signature of the structure of `files`, which are sorted by path.
pub(super) fn signature(files: &[File<'_>], declared: &Declared) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&declared.digest);
    for file in files {
        text(&mut hasher, file.path);
        match file.kind {
            Kind::Document(_) => hasher.update(b"d"),
            Kind::Qmldir(_) => hasher.update(b"q").update(&file.hash),
            Kind::Asset => hasher.update(b"a"),
        };
    }
    hasher.finalize().into()
}

/// Feeds a text so that no two sequences of texts look the same.
pub(super) fn text(hasher: &mut Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

impl Index {
    /// Takes files sorted by path.
    pub(super) fn new(
        signature: Digest,
        files: &[File<'_>],
        declared: &Declared,
        resolve: &Resolve<'_>,
    ) -> Self {
        let mut index = Self {
            signature,
            paths: files.iter().map(|file| file.path.into()).collect(),
            is_document: files
                .iter()
                .map(|file| matches!(file.kind, Kind::Document(_)))
                .collect(),
            files: HashMap::new(),
            directory_names: Vec::new(),
            directories: HashMap::new(),
            candidates: HashMap::new(),
            names: HashMap::new(),
            eager: HashMap::new(),
            type_names: HashMap::new(),
            mapped_as: vec![MappedAs::default(); files.len()],
            imports: HashMap::new(),
            resources: declared.resources.clone(),
            implied: HashMap::new(),
        };
        for (id, file) in (0..).zip(files) {
            index.files.insert(file.path.into(), id);
            index.add_directory(parent(file.path));
        }
        let mut mapped = HashMap::new();
        let mut listed = HashSet::new();
        for (directory, list) in &declared.lists {
            let directory = index.add_directory(directory.as_str());
            index.add_qmldir(directory, list);
            index.add_imports(directory, list, resolve);
            listed.insert(directory);
        }
        for file in files {
            if let Kind::Qmldir(qmldir) = file.kind {
                let directory = index.add_directory(parent(file.path));
                if !listed.contains(&directory) {
                    let names = index.add_qmldir(directory, qmldir);
                    index.add_imports(directory, qmldir, resolve);
                    mapped.insert(directory, names);
                }
            }
        }
        index.add_unmapped(files, &mapped, &listed);
        for (document, directory) in &declared.implied {
            let directory = index.add_directory(directory.as_str());
            index.implied.insert(document.as_str().into(), directory);
        }
        index
    }

    fn add_directory(&mut self, directory: &str) -> DirectoryId {
        if let Some(id) = self.directories.get(directory) {
            return *id;
        }
        let id = self.directory_names.len() as DirectoryId;
        self.directory_names.push(directory.into());
        self.directories.insert(directory.into(), id);
        id
    }

    /// Returns the names that the `qmldir` maps.
    fn add_qmldir<'q>(&mut self, directory: DirectoryId, qmldir: &'q Qmldir) -> BTreeSet<&'q str> {
        let mut names = BTreeSet::new();
        for (number, entry) in (0_u64..).zip(&qmldir.entries) {
            let (name, file, is_singleton) = match entry {
                Entry::Type {
                    name,
                    file,
                    singleton,
                    ..
                } => (name, file, Some(*singleton)),
                Entry::Script { name, file, .. } => (name, file, None),
                Entry::Module { .. } | Entry::Import { .. } | Entry::Depends { .. } => continue,
            };
            names.insert(name.as_str());
            let target = name::locate(self.directory(directory), without_query(file));
            let candidate = Candidate {
                directory,
                file: target.and_then(|path| self.file(&path)),
                eager_facts: facts(entry, None),
                facts: facts(entry, Some(number)),
            };
            self.add_candidate(name, candidate, is_singleton);
        }
        names
    }

    fn add_imports(&mut self, directory: DirectoryId, qmldir: &Qmldir, resolve: &Resolve<'_>) {
        for entry in &qmldir.entries {
            let Entry::Import { uri, version, .. } = entry else {
                continue;
            };
            let import = Import::of_module(uri, version.as_deref());
            let dirs = resolve(self.directory(directory), &import);
            let imports = self.imports.entry(directory).or_default();
            imports.push(format!("{uri} {}", version.as_deref().unwrap_or_default()));
            imports.extend(dirs.iter().map(TreePath::to_string));
        }
    }

    /// `is_singleton` says so of a type, and is `None` of a script.
    fn add_candidate(&mut self, name: &str, candidate: Candidate, is_singleton: Option<bool>) {
        if let Some(file) = candidate.file
            && let Some(mapped) = self.mapped_as.get_mut(file as usize)
        {
            mapped.singleton |= is_singleton == Some(true);
            mapped.plain |= is_singleton == Some(false);
        }
        if let Some(file) = candidate.file {
            let names = self.type_names.entry(file).or_default();
            names.push(name.into());
        }
        let names = self.names.entry(candidate.directory).or_default();
        names.insert(name.into());
        let candidates = self.candidates.entry(name.into()).or_default();
        if is_singleton != Some(false) {
            let eager = self.eager.entry(candidate.directory).or_default();
            eager.push((name.into(), candidates.len()));
        }
        candidates.push(candidate);
    }

    /// The documents that are types because they lie where they do. In a directory with a
    /// declared list nothing is.
    fn add_unmapped(
        &mut self,
        files: &[File<'_>],
        mapped: &HashMap<DirectoryId, BTreeSet<&str>>,
        listed: &HashSet<DirectoryId>,
    ) {
        for (id, file) in (0..).zip(files) {
            let name = file.path.rsplit('/').next().and_then(type_name);
            let (Some(name), Kind::Document(document)) = (name, &file.kind) else {
                continue;
            };
            let directory = self.add_directory(parent(file.path));
            if listed.contains(&directory) {
                continue;
            }
            let is_mapped = mapped
                .get(&directory)
                .is_some_and(|names| names.contains(name));
            if !is_mapped {
                let candidate = Candidate {
                    directory,
                    file: Some(id),
                    eager_facts: Digest::default(),
                    facts: [u8::from(document.singleton); 32],
                };
                self.add_candidate(name, candidate, Some(document.singleton));
            }
        }
    }

    pub(super) fn has_signature(&self, signature: &Digest) -> bool {
        self.signature == *signature
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(super) fn path(&self, file: FileId) -> &str {
        self.paths.get(file as usize).map_or("", AsRef::as_ref)
    }

    /// The directory besides its own that the document at a path sees without a word.
    pub(super) fn implied(&self, path: &str) -> Option<DirectoryId> {
        self.implied.get(path).copied()
    }

    /// The file at a path, or what is compiled in there.
    pub(super) fn file(&self, path: &str) -> Option<FileId> {
        let known = self.files.get(path).copied();
        known.or_else(|| {
            let (from, compiled_in) = split(path)?;
            let from = TreePath::parse(from).ok()?;
            let file = self.resources.as_ref()?.file(&from, compiled_in)?;
            self.files.get(file.as_str()).copied()
        })
    }

    /// Whether the path of something that is compiled in begins like this.
    pub(super) fn begins(&self, directory: &str, path: &str) -> bool {
        !self.compiled_in(directory, path).is_empty()
    }

    /// What is compiled in under paths that begin like this.
    fn compiled_in(&self, directory: &str, prefix: &str) -> Vec<(String, TreePath)> {
        let from = TreePath::parse(directory).ok();
        let found = self.resources.as_ref().zip(from);
        found.map_or(Vec::new(), |(resources, from)| {
            resources.below(&from, prefix)
        })
    }

    pub(super) fn is_document(&self, file: FileId) -> bool {
        self.is_document.get(file as usize).is_some_and(|is| *is)
    }

    pub(super) fn mapped_as(&self, file: FileId) -> MappedAs {
        self.mapped_as
            .get(file as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The names under which directories map a file; one may be there twice.
    pub(super) fn names_of(&self, file: FileId) -> &[Box<str>] {
        self.type_names.get(&file).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_script(&self, file: FileId) -> bool {
        self.is_document(file)
            && Language::of(self.path(file)).is_some_and(|language| language != Language::Qml)
    }

    pub(super) fn directory(&self, directory: DirectoryId) -> &str {
        self.directory_names
            .get(directory as usize)
            .map_or("", AsRef::as_ref)
    }

    pub(super) fn directory_id(&self, directory: &str) -> Option<DirectoryId> {
        self.directories.get(directory).copied()
    }

    /// Everything that a name may stand for, in whatever directory.
    pub(super) fn candidates(&self, name: &str) -> &[Candidate] {
        self.candidates.get(name).map_or(&[], Vec::as_slice)
    }

    /// Everything that a directory maps, sorted by name.
    pub(super) fn mapped_by(&self, directory: DirectoryId) -> Vec<(&str, &Candidate)> {
        let names = self.names.get(&directory).into_iter().flatten();
        let mapped = names.flat_map(|name| {
            let candidates = self.candidates(name).iter();
            let of_it = candidates.filter(move |candidate| candidate.directory == directory);
            of_it.map(move |candidate| (name.as_ref(), candidate))
        });
        mapped.collect()
    }

    /// What Qt loads with the `qmldir` of a directory, whatever is used of it: singletons and
    /// scripts. If that fails, so does whatever sees the directory (measured in 5.15, 6.4 and
    /// 6.12, for remote directories).
    pub(super) fn eager(&self, directory: DirectoryId) -> impl Iterator<Item = (&str, &Candidate)> {
        let eager = self.eager.get(&directory).into_iter().flatten();
        eager.filter_map(|(name, at)| Some((name.as_ref(), self.candidates(name).get(*at)?)))
    }

    /// Feeds how a directory maps what, and what its `qmldir` imports; returns the mapped files.
    pub(super) fn directory_facts(&self, id: DirectoryId, hasher: &mut Hasher) -> Vec<FileId> {
        let mut files = Vec::new();
        for (name, candidate) in self.mapped_by(id) {
            text(hasher, name);
            hasher.update(&candidate.facts);
            files.extend(candidate.file);
        }
        for import in self.imports.get(&id).into_iter().flatten() {
            text(hasher, import);
        }
        files
    }

    /// Feeds what a path is, and adds the files that it leads to: the file itself or, for a
    /// `qmldir`, all that its directory maps.
    pub(super) fn lead_to(
        &self,
        path: &TreePath,
        hasher: &mut Hasher,
        targets: &mut BTreeSet<FileId>,
    ) {
        text(hasher, path.as_str());
        if path.name() == "qmldir" {
            let Some(id) = self.directory_id(path.parent().as_str()) else {
                return;
            };
            targets.extend(self.directory_facts(id, hasher));
        } else {
            let file = self.file(path.as_str());
            hasher.update(&[u8::from(file.is_some())]);
            targets.extend(file);
        }
    }

    /// The files that a literal in a document of `directory` may name.
    pub(super) fn named(&self, directory: &str, literal: &str) -> impl Iterator<Item = FileId> {
        let path = without_query(literal);
        let forms = [Some(literal), (path != literal).then_some(path)];
        forms.into_iter().flatten().flat_map(move |form| {
            let plain = locate(directory, form).and_then(|path| self.file(&path));
            let decoded = decoded(form)
                .and_then(|form| locate(directory, &form))
                .and_then(|path| self.file(&path));
            plain.into_iter().chain(decoded)
        })
    }

    /// The files that a partly known name in a document of `directory` may be.
    pub(super) fn matching(&self, directory: &str, pattern: &Pattern) -> Vec<FileId> {
        let plain = Shape::of(directory, pattern);
        let is_escaped = pattern.parts.iter().any(|part| part.contains('%'));
        let decoded = is_escaped.then(|| Shape::of(directory, &unescaped(pattern)));
        let shapes: Vec<_> = plain.into_iter().chain(decoded.flatten()).collect();
        shapes
            .iter()
            .flat_map(|shape| self.fitting(shape))
            .collect()
    }

    /// The paths of what is compiled in that a partly known name may be.
    pub(super) fn matching_compiled_in(&self, directory: &str, pattern: &Pattern) -> Vec<String> {
        let shape = Shape::of(directory, pattern);
        let found = shape.map_or(Vec::new(), |shape| self.fitting_compiled_in(&shape));
        found.into_iter().map(|(path, _)| path).collect()
    }

    fn fitting_compiled_in(&self, shape: &Shape) -> Vec<(String, TreePath)> {
        let Some((directory, prefix)) = split(&shape.prefix) else {
            return Vec::new();
        };
        let found = self.compiled_in(directory, prefix).into_iter();
        let found = found.filter_map(|(path, file)| {
            let path = locate(directory, &["qrc:", &path].concat())?;
            Some((path, file))
        });
        found.filter(|(path, _)| shape.fits(path)).collect()
    }

    fn fitting(&self, shape: &Shape) -> Vec<FileId> {
        if split(&shape.prefix).is_some() {
            let found = self.fitting_compiled_in(shape).into_iter();
            return found
                .filter_map(|(_, file)| self.files.get(file.as_str()).copied())
                .collect();
        }
        let start = self
            .paths
            .partition_point(|path| path.as_ref() < shape.prefix.as_str());
        (start..self.paths.len())
            .take_while(|at| self.paths[*at].starts_with(&shape.prefix))
            .filter(|at| shape.fits(&self.paths[*at]))
            .map(|at| at as FileId)
            .collect()
    }
}

/// What decides how a line of a `qmldir` is understood. The order counts: of two lines that
/// both fit, one wins.
fn facts(entry: &Entry, number: Option<u64>) -> Digest {
    let mut hasher = Hasher::new();
    if let Some(number) = number {
        hasher.update(&number.to_le_bytes());
    }
    let (version, file, singleton, internal) = match entry {
        Entry::Type {
            version,
            file,
            singleton,
            internal,
            ..
        } => (version, file, *singleton, *internal),
        Entry::Script { version, file, .. } => (version, file, false, false),
        Entry::Module { .. } | Entry::Import { .. } | Entry::Depends { .. } => {
            return Digest::default();
        }
    };
    text(&mut hasher, version.as_deref().unwrap_or_default());
    text(&mut hasher, file);
    hasher.update(&[u8::from(singleton), u8::from(internal)]);
    hasher.finalize().into()
}

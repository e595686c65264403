//! What a build folder in the tree says of modules whose declaration could not be evaluated: the
//! `qmldir` that Qt generated there, its files found again among the sources.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::cmake::declared::{Document, Import, ImportKind, Module, TypeEntry};
use super::qrc::resource_path;
use super::{Files, Place};
use crate::path::TreePath;
use crate::qml::qmldir::{self, Entry, Qmldir};

/// A `qmldir` that Qt generated.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Generated {
    qmldir: Qmldir,
    /// The resource directory that it stands for.
    prefix: String,
}

/// Reads a `qmldir` that Qt generated; `None` for any other. Only those say where they prefer
/// their types to be loaded from.
pub(super) fn parse(text: &str) -> Option<Generated> {
    let preferred = |line: &str| {
        line.strip_prefix("prefer :")
            .map(|prefix| resource_path("", prefix))
    };
    let prefix = text.lines().find_map(preferred)?;
    let qmldir = qmldir::parse(text);
    qmldir.module.as_ref()?;
    Some(Generated { qmldir, prefix })
}

impl Generated {
    /// Whether it is the list of this module.
    pub(super) fn is_of(&self, uri: &str) -> bool {
        self.qmldir.module.as_deref() == Some(uri)
    }

    /// The module that the `qmldir` at `path` in `build_dir` is of, with its files where the
    /// sources have them. `None` if they have none of them.
    pub(super) fn module(
        &self,
        path: &TreePath,
        build_dir: &TreePath,
        files: &dyn Files,
    ) -> Option<Module> {
        let uri = self.qmldir.module.clone()?;
        let place = |line| Place {
            path: path.clone(),
            line,
        };
        let finder = Finder::new(&path.parent(), build_dir, &uri, files);
        let mut documents: BTreeMap<TreePath, Document> = BTreeMap::new();
        let mut imports = Vec::new();
        let mut dir = None;
        for entry in &self.qmldir.entries {
            imports.extend(import(entry));
            let Some(of) = typed(entry) else {
                continue;
            };
            let Some(file) = finder.source(of.file) else {
                continue;
            };
            if dir.is_none() {
                let root = file.as_str().strip_suffix(of.file).unwrap_or_default();
                dir = TreePath::parse(root).ok();
            }
            let document = documents.entry(file.clone()).or_insert_with(|| Document {
                path: file,
                resource: resource_path(&self.prefix, of.file),
                declared: place(of.line),
                entry: Some(TypeEntry {
                    name: of.name.to_owned(),
                    versions: Vec::new(),
                    singleton: of.singleton,
                    internal: of.internal,
                }),
            });
            if let (Some(entry), Some(version)) = (&mut document.entry, of.version) {
                entry.versions.push(version.to_owned());
            }
        }
        let documents: Vec<_> = documents.into_values().collect();
        let resources = documents.iter();
        let resources =
            resources.map(|document| (document.resource.clone(), document.path.clone()));
        Some(Module {
            uri,
            dir: dir?,
            top: TreePath::root(),
            declared: place(0),
            prefix: self.prefix.clone(),
            has_qmldir: true,
            is_whole_everywhere: false,
            native: true,
            imports,
            resources: resources.collect(),
            documents,
            versions: Vec::new(),
        })
    }
}

/// A line of a `qmldir` that maps a name to a file.
struct Typed<'a> {
    name: &'a str,
    version: Option<&'a str>,
    file: &'a str,
    singleton: bool,
    internal: bool,
    line: u32,
}

fn typed(entry: &Entry) -> Option<Typed<'_>> {
    match entry {
        Entry::Type {
            name,
            version,
            file,
            singleton,
            internal,
            line,
        } => Some(Typed {
            name,
            version: version.as_deref(),
            file,
            singleton: *singleton,
            internal: *internal,
            line: *line,
        }),
        Entry::Script {
            name,
            version,
            file,
            line,
        } => Some(Typed {
            name,
            version: version.as_deref(),
            file,
            singleton: false,
            internal: false,
            line: *line,
        }),
        Entry::Module { .. } | Entry::Import { .. } | Entry::Depends { .. } => None,
    }
}

fn import(entry: &Entry) -> Option<Import> {
    let (kind, uri, version) = match entry {
        Entry::Depends { uri, version } => (ImportKind::Depends, uri, version),
        Entry::Import {
            modifier,
            uri,
            version,
        } => {
            let kind = match modifier.as_deref() {
                Some("optional") => ImportKind::Optional,
                Some("default") => ImportKind::Default,
                _ => ImportKind::Import,
            };
            (kind, uri, version)
        }
        _ => return None,
    };
    Some(Import {
        kind,
        uri: uri.clone(),
        version: version.clone(),
    })
}

/// Finds the sources of copied files.
struct Finder<'a> {
    /// Where they may lie, likeliest first.
    dirs: Vec<TreePath>,
    files: &'a dyn Files,
    /// All files of the tree, once they are needed.
    all: OnceCell<Vec<TreePath>>,
}

impl<'a> Finder<'a> {
    /// `copied` is the directory of the build that the module is copied to. CMake repeats the
    /// directories of the sources in that of the build; for a program, Qt appends the module's
    /// name.
    fn new(copied: &TreePath, build_dir: &TreePath, uri: &str, files: &'a dyn Files) -> Self {
        let below = build_dir.relative_to(copied);
        let without_name = below.strip_suffix(uri.replace('.', "/").as_str());
        let mut dirs = Vec::new();
        let mut top = build_dir.clone();
        while !top.is_root() {
            top = top.parent();
            let below = [Some(below.as_str()), without_name];
            dirs.extend(
                below
                    .into_iter()
                    .flatten()
                    .filter_map(|below| TreePath::parse(&format!("{top}/{below}")).ok()),
            );
        }
        Self {
            dirs,
            files,
            all: OnceCell::new(),
        }
    }

    fn source(&self, name: &str) -> Option<TreePath> {
        let in_dir = |dir: &TreePath| TreePath::parse(&format!("{dir}/{name}")).ok();
        let mut candidates = self.dirs.iter().filter_map(in_dir);
        if let Some(file) = candidates.find(|file| self.files.has_file(file)) {
            return Some(file);
        }
        // Else the one file that is called so.
        let all = self
            .all
            .get_or_init(|| self.files.files_in(&TreePath::root(), true));
        let is_called_so = |file: &&TreePath| {
            let before = file.as_str().strip_suffix(name);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let mut called_so = all.iter().filter(is_called_so);
        let first = called_so.next()?.clone();
        called_so.next().is_none().then_some(first)
    }
}

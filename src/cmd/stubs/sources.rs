//! The files of the tree that tell of types, modules and their use, read from the disk by the
//! rules of the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

use crate::path::{Kind, Language, QMLDIR, TreePath};
use crate::project::native::{self, DeclaredModule, ModuleName, Sheet};
use crate::project::{self, ContextName, Files, Finding, Place, Project, Source};
use crate::qml::document;
use crate::qml::module::Modules;
use crate::qml::qmldir;
use crate::tree::root::{Found, Root};

/// More of one file is not read: what looks at it says no to far less.
const LARGEST: u64 = 16 << 20;

/// What the tree says.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// What describes types, by its path.
    pub(super) sheets: BTreeMap<TreePath, Sheet>,
    /// The modules that build files declare.
    pub(super) declared: Vec<DeclaredModule>,
    /// The texts of documents.
    pub(super) documents: BTreeMap<TreePath, String>,
    /// The directories with documents, and what their qmldirs declare.
    dirs: BTreeMap<TreePath, Option<String>>,
    /// What build files say.
    project: BTreeMap<TreePath, Arc<Source>>,
    /// All files but those that a build made.
    files: BTreeSet<TreePath>,
    /// The names that the program gives to documents.
    pub(super) context: Vec<ContextName>,
    /// What could not be read.
    pub(super) findings: Vec<Finding>,
}

impl Sources {
    /// Reads all of the tree but the directory `out`.
    pub(super) fn of(root: &Root, out: Option<&TreePath>) -> Self {
        let mut sources = Self::default();
        let mut dirs = vec![(TreePath::root(), false)];
        while let Some((dir, above_is_built)) = dirs.pop() {
            let children = match root.list(&dir).map(|listing| listing.children) {
                Ok(children) => children,
                Err(error) => {
                    sources.finding(&dir, &error.to_string());
                    continue;
                }
            };
            // What a build has made is not the source, except for its lists of types.
            let is_cache = |path: &TreePath| path.name() == "CMakeCache.txt";
            let is_built = above_is_built || children.iter().any(|child| is_cache(&child.path));
            for child in children {
                if child.is_dir {
                    // A link leads to what is met anyway, or to a circle.
                    if !child.is_link && Some(&child.path) != out {
                        dirs.push((child.path, is_built));
                    }
                    continue;
                }
                if !is_built {
                    sources.files.insert(child.path.clone());
                }
                let name = child.path.name();
                let tells =
                    name.ends_with(".qmltypes") || matches!(name, QMLDIR | "CMakeCache.txt");
                if !is_built || tells {
                    sources.file(root, &child.path, is_built);
                }
            }
        }
        sources.assemble();
        sources
    }

    /// What the build files say together.
    fn assemble(&mut self) {
        let project = Project::assemble(&self.project, self);
        self.context = project.context;
        let evaluated = project.modules.into_iter();
        let evaluated =
            evaluated.map(|module| DeclaredModule::of_build(module.declared.path, module.uri));
        self.declared = evaluated
            .chain(std::mem::take(&mut self.declared))
            .collect();
    }

    /// The modules whose documents are in the tree.
    pub(super) fn modules(&self) -> BTreeSet<String> {
        let dirs = self.dirs.iter();
        let dirs = dirs.map(|(dir, uri)| (dir.as_str(), uri.as_deref()));
        let mut uris = Modules::new(dirs, [""]).uris();
        uris.extend(self.declared.iter().map(|module| module.name().uri.clone()));
        uris
    }

    /// The module to which what lies at `path` belongs.
    pub(super) fn module_of(&self, path: &TreePath) -> Option<ModuleName> {
        native::module_of(path, &self.declared)
            .cloned()
            .or_else(|| {
                let uri = self.dirs.get(&path.parent())?.clone()?;
                Some(ModuleName { uri, major: 1 })
            })
    }

    fn file(&mut self, root: &Root, path: &TreePath, is_built: bool) {
        let kind = path.kind();
        let is_wanted = native::is_source(path)
            || project::is_source(path)
            || native::is_build_file(path)
            || matches!(kind, Kind::Document(Language::Qml) | Kind::Qmldir);
        if !is_wanted {
            return;
        }
        let mut bytes = Vec::new();
        let read = match root.open_path(path) {
            Ok(Found::File(open)) => open.file.take(LARGEST).read_to_end(&mut bytes),
            Ok(Found::Directory(_)) => return,
            Err(error) => return self.finding(path, &error.to_string()),
        };
        if let Err(error) = read {
            return self.finding(path, &error.to_string());
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some(source) = project::parse(path, &text) {
            self.project.insert(path.clone(), Arc::new(source));
        }
        match kind {
            Kind::Qmldir if is_built => {}
            Kind::Qmldir => {
                let module = qmldir::parse(&text).module;
                self.dirs.insert(path.parent(), module);
            }
            Kind::Document(_) => {
                self.dirs.entry(path.parent()).or_default();
                self.documents.insert(path.clone(), text.into_owned());
            }
            Kind::Asset if native::is_source(path) => {
                let sheet = native::read(path, &text);
                if sheet != Sheet::default() {
                    self.sheets.insert(path.clone(), sheet);
                }
            }
            Kind::Asset if native::is_build_file(path) => {
                self.declared.extend(native::declared_modules(path, &text));
            }
            Kind::Asset => {}
        }
    }

    fn finding(&mut self, path: &TreePath, message: &str) {
        let place = Place {
            path: path.clone(),
            line: 0,
        };
        self.findings.push(Finding {
            place,
            message: message.to_owned(),
        });
    }
}

impl Files for Sources {
    fn has_file(&self, path: &TreePath) -> bool {
        self.files.contains(path)
    }

    fn files_in(&self, dir: &TreePath, recursive: bool) -> Vec<TreePath> {
        let is_in = |path: &&TreePath| match recursive {
            true => path.is_within(dir),
            false => path.parent() == *dir,
        };
        self.files.iter().filter(is_in).cloned().collect()
    }

    fn is_singleton(&self, path: &TreePath) -> bool {
        let text = self.documents.get(path);
        text.is_some_and(|text| document::parse(Language::Qml, text).singleton)
    }
}

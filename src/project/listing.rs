//! From declared modules and resources to what documents see: the list of types of each directory
//! of sources, as Qt's build would generate it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::cmake::declared::{self, Document, ImportKind};
use super::{Files, Finding, Module, Place, ResourceSet};
use crate::path::{Kind, Language, TreePath};
use crate::qml::qmldir::{Entry, Qmldir, type_name};

/// The lists under construction.
#[derive(Default)]
pub(super) struct Listings {
    lists: BTreeMap<TreePath, List>,
    modules: Vec<Module>,
    findings: Vec<Finding>,
}

#[derive(Default)]
struct List {
    module: Option<String>,
    entries: Vec<Entry>,
    /// The names of types that are in it, each with its version.
    names: HashSet<String>,
}

/// What the lists come to.
pub(super) struct Listed {
    pub(super) modules: Vec<Module>,
    pub(super) qmldirs: BTreeMap<TreePath, Arc<Qmldir>>,
    pub(super) findings: Vec<Finding>,
}

impl Listings {
    /// Adds the modules that CMake declares: a list for the directory of each, and for those in
    /// which its documents lie.
    pub(super) fn add_modules(&mut self, declared: &[declared::Module], files: &dyn Files) {
        self.check_names(declared);
        self.check_cycles(declared);
        for module in declared.iter().filter(|module| module.has_qmldir) {
            let others = declared.iter().filter(|other| other.has_qmldir);
            let beside = others.filter(|other| other.dir == module.dir);
            self.add_module(module, &beside.map(|other| other.uri.as_str()).collect());
        }
        for module in declared.iter().filter(|module| module.has_qmldir) {
            self.add_dirs(module, files);
        }
        self.check_unlisted(declared, files);
    }

    /// If several modules are declared `here`, in one directory, each has a list of its own below
    /// it, and what lies in the directory sees the types of all.
    fn add_module(&mut self, module: &declared::Module, here: &BTreeSet<&str>) {
        let is_alone = here.len() == 1;
        let beside = module.dir.child(&format!("@{}", module.uri));
        let dir = match beside {
            Some(beside) if !is_alone => beside,
            _ => module.dir.clone(),
        };
        let list = self.lists.entry(dir.clone()).or_default();
        if list.module.is_some() {
            // The same name once more in one directory.
            list.add_documents(&dir, &module.documents);
            return;
        }
        list.module = Some(module.uri.clone());
        list.entries.push(Entry::Module {
            uri: module.uri.clone(),
        });
        list.entries.extend(module.imports.iter().map(import));
        list.add_documents(&dir, &module.documents);
        if !is_alone {
            let shared = self.lists.entry(module.dir.clone()).or_default();
            let others = module.imports.iter();
            let others = others.filter(|import| !here.contains(import.uri.as_str()));
            shared.entries.extend(others.map(import));
            shared.add_documents(&module.dir, &module.documents);
        }
        let files = module.documents.iter();
        let mut files: Vec<_> = files.map(|document| document.path.clone()).collect();
        files.sort();
        self.modules.push(Module {
            uri: module.uri.clone(),
            dir,
            declared: module.declared.clone(),
            files,
            native: module.native,
        });
    }

    /// What documents of a module see that lie in other directories of sources.
    fn add_dirs(&mut self, module: &declared::Module, files: &dyn Files) {
        let mut seen = BTreeSet::new();
        for document in &module.documents {
            let dir = document.path.parent();
            let resource_dir = parent(&document.resource);
            if dir == module.dir || !seen.insert((dir.clone(), resource_dir)) {
                continue;
            }
            let list = self.lists.entry(dir.clone()).or_default();
            if module.is_whole_everywhere || resource_dir == module.prefix {
                list.entries.extend(module.imports.iter().map(import));
                list.add_documents(&dir, &module.documents);
            } else {
                list.add_lying(&dir, resource_dir, &module.resources, files);
            }
        }
    }

    /// Adds what documents see that are compiled in without a module: those in the same resource
    /// directory. Nothing is said of a directory that a program has as it is.
    pub(super) fn add_resources(&mut self, sets: &[ResourceSet], files: &dyn Files) {
        for set in sets {
            let documents = || set.files.iter().filter(|(_, file)| is_document(file));
            let mut dirs: BTreeMap<&str, Vec<(&str, &TreePath)>> = BTreeMap::new();
            for (resource, file) in documents() {
                let name = resource.rsplit('/').next().unwrap_or(resource);
                dirs.entry(parent(resource)).or_default().push((name, file));
            }
            for (resource_dir, lying) in dirs {
                let sources: BTreeSet<_> = lying.iter().map(|(_, file)| file.parent()).collect();
                let is_as_it_is =
                    sources.len() == 1 && lying.iter().all(|(name, file)| *name == file.name());
                for dir in sources.into_iter().filter(|_| !is_as_it_is) {
                    let list = self.lists.entry(dir.clone()).or_default();
                    list.add_lying(&dir, resource_dir, &set.files, files);
                    for file in files.files_in(&dir, false) {
                        list.add_file(&dir, file.name(), &file, files);
                    }
                }
            }
        }
    }

    /// The finished lists.
    pub(super) fn finish(mut self) -> Listed {
        let finished = |(dir, list): (TreePath, List)| {
            let qmldir = Qmldir {
                module: list.module,
                entries: list.entries,
                problems: Vec::new(),
            };
            (dir, Arc::new(qmldir))
        };
        self.modules
            .sort_by(|a, b| (&a.uri, &a.dir).cmp(&(&b.uri, &b.dir)));
        Listed {
            modules: self.modules,
            qmldirs: self.lists.into_iter().map(finished).collect(),
            findings: self.findings,
        }
    }

    fn tell(&mut self, place: &Place, message: String) {
        let place = place.clone();
        self.findings.push(Finding { place, message });
    }

    fn check_names(&mut self, declared: &[declared::Module]) {
        // Programs beside each other may well have modules of one name.
        let mut first: BTreeMap<_, &declared::Module> = BTreeMap::new();
        for module in declared {
            let known = *first.entry((&module.top, &module.uri)).or_insert(module);
            if !std::ptr::eq(known, module) {
                let Place { path, line } = &known.declared;
                self.tell(&module.declared, format!(
                    "the module {} is declared in {path}:{line} as well; who imports it gets the one that lies nearer",
                    module.uri
                ));
            }
        }
    }

    /// Tells of modules that import themselves over others.
    fn check_cycles(&mut self, declared: &[declared::Module]) {
        let imports = |uri: &str| -> BTreeSet<&str> {
            let modules = declared.iter().filter(|module| module.uri == uri);
            let imports = modules.flat_map(|module| &module.imports);
            let imports = imports.filter(|import| import.kind != ImportKind::Depends);
            imports.map(|import| import.uri.as_str()).collect()
        };
        for module in declared {
            let mut reached = BTreeSet::new();
            let mut next: Vec<&str> = imports(&module.uri).into_iter().collect();
            while let Some(uri) = next.pop() {
                if reached.insert(uri) {
                    next.extend(imports(uri));
                }
            }
            if reached.contains(module.uri.as_str()) {
                self.tell(
                    &module.declared,
                    format!(
                        "the module {} imports itself over its IMPORTS; take out one of them: {}",
                        module.uri,
                        imports(&module.uri)
                            .into_iter()
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                );
            }
        }
    }

    /// Tells of documents that lie among those of a module and are in none.
    fn check_unlisted(&mut self, declared: &[declared::Module], files: &dyn Files) {
        let resources = declared.iter().flat_map(|module| module.resources.values());
        let listed: HashSet<_> = resources.collect();
        let mut seen = BTreeSet::new();
        for module in declared {
            for dir in module
                .documents
                .iter()
                .map(|document| document.path.parent())
            {
                if !seen.insert(dir.clone()) {
                    continue;
                }
                let unlisted = files
                    .files_in(&dir, false)
                    .into_iter()
                    .filter(|file| type_name(file.name()).is_some() && !listed.contains(file));
                for path in unlisted {
                    let Place { path: list, line } = &module.declared;
                    let message = format!(
                        "{} is in no QML_FILES, so documents of {} do not see it; to change that, add it in {list}:{line}",
                        path.name(),
                        module.uri
                    );
                    self.findings.push(Finding {
                        place: Place { path, line: 0 },
                        message,
                    });
                }
            }
        }
    }
}

impl List {
    fn add_documents(&mut self, dir: &TreePath, documents: &[Document]) {
        // What another module has under the same name stays as it is.
        let before = self.names.clone();
        for document in documents {
            let Some(entry) = &document.entry else {
                continue;
            };
            if before.contains(&entry.name) {
                continue;
            }
            self.names.insert(entry.name.clone());
            let file = dir.relative_to(&document.path);
            let line = document.declared.line;
            let versions = entry.versions.iter().cloned().map(Some);
            let versions: Vec<_> = match entry.internal && !entry.singleton {
                true => vec![None],
                false => versions.collect(),
            };
            for version in versions {
                let (name, file) = (entry.name.clone(), file.clone());
                self.entries.push(match document.path.kind() {
                    Kind::Document(Language::Js | Language::Mjs) => Entry::Script {
                        name,
                        version,
                        file,
                        line,
                    },
                    _ => Entry::Type {
                        name,
                        version,
                        file,
                        singleton: entry.singleton,
                        internal: entry.internal && !entry.singleton,
                        line,
                    },
                });
            }
        }
    }

    /// Adds the documents directly in a resource directory, by their names there.
    fn add_lying(
        &mut self,
        dir: &TreePath,
        resource_dir: &str,
        resources: &BTreeMap<String, TreePath>,
        files: &dyn Files,
    ) {
        for (resource, file) in resources {
            if parent(resource) == resource_dir {
                let name = resource.rsplit('/').next().unwrap_or(resource);
                self.add_file(dir, name, file, files);
            }
        }
    }

    fn add_file(&mut self, dir: &TreePath, name: &str, file: &TreePath, files: &dyn Files) {
        if let Some(name) = type_name(name)
            && self.names.insert(name.to_owned())
        {
            self.entries.push(Entry::Type {
                name: name.to_owned(),
                version: None,
                file: dir.relative_to(file),
                singleton: files.is_singleton(file),
                internal: false,
                line: 0,
            });
        }
    }
}

fn import(import: &declared::Import) -> Entry {
    let (uri, version) = (import.uri.clone(), import.version.clone());
    let modifier = match import.kind {
        ImportKind::Import => None,
        ImportKind::Optional => Some("optional".to_owned()),
        ImportKind::Default => Some("default".to_owned()),
        ImportKind::Depends => return Entry::Depends { uri, version },
    };
    Entry::Import {
        modifier,
        uri,
        version,
    }
}

fn is_document(path: &TreePath) -> bool {
    path.kind() == Kind::Document(Language::Qml)
}

/// The resource directory that a resource path is in, `/` for the top.
fn parent(resource: &str) -> &str {
    match resource.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((dir, _)) => dir,
    }
}

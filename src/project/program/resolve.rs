//! From what programs say to documents and directories of the tree.

use std::collections::BTreeSet;

use super::{Load, Program};
use crate::path::TreePath;
use crate::project::{ContextName, Entry, Files, Finding, Module, Place, Resources};
use crate::qml::qmldir::type_name;

/// Parts of a path that tell a program beside the main one.
const ASIDE: &[&str] = &[
    "test",
    "tests",
    "autotest",
    "autotests",
    "example",
    "examples",
    "demo",
    "demos",
    "doc",
    "docs",
    "snippets",
    "templates",
    "3rdparty",
    "third_party",
    "thirdparty",
    "vendor",
    "benchmarks",
];

/// Resolves what programs say against modules, resources and files.
pub(in crate::project) struct Resolver<'a> {
    pub(in crate::project) modules: &'a [Module],
    pub(in crate::project) resources: &'a Resources,
    pub(in crate::project) files: &'a dyn Files,
}

/// What programs say, resolved.
#[derive(Default)]
pub(in crate::project) struct Resolved {
    pub(in crate::project) entries: Vec<Entry>,
    pub(in crate::project) context: Vec<ContextName>,
    pub(in crate::project) import_roots: Vec<TreePath>,
    pub(in crate::project) findings: Vec<Finding>,
}

impl Resolver<'_> {
    /// Resolves the programs, by the paths of their sources.
    pub(in crate::project) fn resolve<'a>(
        &self,
        programs: impl IntoIterator<Item = (&'a TreePath, &'a Program)>,
    ) -> Resolved {
        let mut programs: Vec<_> = programs.into_iter().collect();
        programs.sort_by_key(|(path, _)| likelihood(path));
        let mut resolved = Resolved::default();
        let mut named = BTreeSet::new();
        for (path, program) in programs {
            let place = |line: u32| Place {
                path: path.clone(),
                line,
            };
            for (load, line) in &program.loads {
                match self.document(path, load) {
                    Ok(Some(document)) => {
                        let is_new = !resolved
                            .entries
                            .iter()
                            .any(|known| known.document == document);
                        let named = place(*line);
                        resolved
                            .entries
                            .extend(is_new.then_some(Entry { document, named }));
                    }
                    Ok(None) => {}
                    Err(message) => resolved.findings.push(Finding {
                        place: place(*line),
                        message,
                    }),
                }
            }
            for (name, line) in &program.names {
                if named.insert(name.clone()) {
                    resolved.context.push(ContextName {
                        name: name.clone(),
                        given: place(*line),
                    });
                }
            }
            for (dir, _) in &program.import_paths {
                let dir = self.import_root(path, dir);
                let is_new = |dir: &TreePath| !resolved.import_roots.contains(dir);
                resolved.import_roots.extend(dir.filter(is_new));
            }
        }
        resolved
    }

    /// The document that a program in `path` loads. `Err` says why there is none.
    fn document(&self, path: &TreePath, load: &Load) -> Result<Option<TreePath>, String> {
        let from = path.parent();
        match load {
            Load::Type { uri, name } => {
                let modules = self.modules.iter().filter(|module| module.uri == *uri);
                let Some(module) = modules.max_by_key(|module| shared(&module.dir, &from)) else {
                    return Err(format!(
                        "the module {uri} that this loads {name} from is not known here; declare it with qt_add_qml_module or a qmldir"
                    ));
                };
                let mut files = module.files.iter();
                let file = files.find(|file| type_name(file.name()) == Some(name));
                file.cloned().map(Some).ok_or_else(|| {
                    format!("the module {uri} has no {name}.qml; add it to its QML_FILES")
                })
            }
            Load::Url(url) => match resource(url) {
                Some(resource) => match self.resources.file(&from, &resource) {
                    Some(file) => Ok(Some(file.clone())),
                    None => Err(format!(
                        "{url} is in no resources that are known here; add it to a .qrc or to a QML module"
                    )),
                },
                None if url.contains("://") && !url.starts_with("file:") => Ok(None),
                None => Ok(self.file(&from, url.trim_start_matches("file://"))),
            },
        }
    }

    /// The file that a program means: seen from its source, or from a directory above it, from
    /// which it may be started.
    fn file(&self, from: &TreePath, name: &str) -> Option<TreePath> {
        let name = name.trim_start_matches("./").trim_start_matches('/');
        let mut dir = from.clone();
        loop {
            let file = TreePath::parse(&format!("{dir}/{name}")).ok();
            if let Some(file) = file.filter(|file| self.files.has_file(file)) {
                return Some(file);
            }
            if dir.is_root() {
                return None;
            }
            dir = dir.parent();
        }
    }

    /// The directory of the tree that an import path of a program means.
    fn import_root(&self, path: &TreePath, dir: &str) -> Option<TreePath> {
        let from = path.parent();
        if let Some(resource) = resource(dir) {
            let prefix = format!("{}/", resource.trim_end_matches('/'));
            let below = self.resources.below(&from, &prefix);
            let mut roots = below.iter().filter_map(|(rest, file)| {
                let root = file.as_str().strip_suffix(rest)?;
                TreePath::parse(root).ok()
            });
            return roots.next().filter(|root| !root.is_root());
        }
        let dir = dir.trim_start_matches('/');
        let seen_from = [from, TreePath::root()];
        let candidates = seen_from
            .iter()
            .filter_map(|from| TreePath::parse(&format!("{from}/{dir}")).ok());
        candidates
            .filter(|dir| !dir.is_root())
            .find(|dir| !self.files.files_in(dir, true).is_empty())
    }
}

/// The resource path of `qrc:/a`, `qrc:///a` and `:/a`.
fn resource(url: &str) -> Option<String> {
    let path = url
        .strip_prefix("qrc:")
        .or_else(|| url.strip_prefix(":/"))?;
    Some(format!("/{}", path.trim_start_matches('/')))
}

/// How many directories two have in common from the root on.
fn shared(a: &TreePath, b: &TreePath) -> usize {
    a.components()
        .zip(b.components())
        .take_while(|(a, b)| a == b)
        .count()
}

/// Sorts the likeliest program first: no test or example, a `main`, near to the root.
fn likelihood(path: &TreePath) -> (bool, bool, usize, TreePath) {
    let is_aside = path
        .components()
        .any(|part| ASIDE.contains(&part.to_ascii_lowercase().as_str()));
    let is_main = path.name().starts_with("main.");
    (is_aside, !is_main, path.components().count(), path.clone())
}

mod computed;
mod files;
mod names;
mod observed;
mod pictures;
mod random;

use std::collections::BTreeMap;

use super::*;
use crate::path::name;
use crate::qml::document::{ImportTarget, Language, parse};
use crate::qml::module::Modules;
use crate::qml::qmldir;

/// A tree in memory.
#[derive(Clone, Default)]
struct Tree {
    files: BTreeMap<String, String>,
}

enum Parsed {
    Document(Arc<Document>),
    Qmldir(Qmldir),
    Asset,
}

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, content) in files {
            tree.files.insert((*path).into(), (*content).into());
        }
        tree
    }

    /// Writes a file; no content removes it.
    fn with(&self, path: &str, content: &str) -> Self {
        let mut tree = self.clone();
        match content {
            "" => tree.files.remove(path),
            content => tree.files.insert(path.into(), content.into()),
        };
        tree
    }

    fn graph(&self, previous: Option<&Graph>) -> Graph {
        self.graph_with(previous, &Observations::default(), true)
    }

    fn graph_with(
        &self,
        previous: Option<&Graph>,
        observed: &Observations,
        foresees: bool,
    ) -> Graph {
        let parsed: Vec<_> = self
            .files
            .iter()
            .map(|(path, content)| (path, content, parsed(path, content)))
            .collect();
        let directories = parsed.iter().map(|(path, _, parsed)| {
            let module = match parsed {
                Parsed::Qmldir(qmldir) => qmldir.module.as_deref(),
                _ => None,
            };
            (name::parent(path), module)
        });
        let modules = Modules::new(declared_once(directories), [""]);
        let files = parsed.iter().map(|(path, content, parsed)| File {
            path,
            hash: *blake3::hash(content.as_bytes()).as_bytes(),
            kind: match parsed {
                Parsed::Document(document) => Kind::Document(document),
                Parsed::Qmldir(qmldir) => Kind::Qmldir(qmldir),
                Parsed::Asset => Kind::Asset,
            },
        });
        let resolve = |directory: &str, import: &Import| {
            let mut found: Vec<_> = match &import.target {
                ImportTarget::Module(uri) => {
                    let found = modules.lookup(uri, import.version.as_deref(), directory);
                    found.map(str::to_owned).into_iter().collect()
                }
                ImportTarget::File(file) => {
                    let found = name::locate(directory, file);
                    let found = found.map(|path| path.trim_end_matches('/').to_owned());
                    return found
                        .iter()
                        .flat_map(|path| TreePath::parse(path))
                        .collect();
                }
            };
            let mut at = 0;
            while let Some(directory) = found.get(at).cloned() {
                at += 1;
                let qmldir = self.files.get(&format!("{directory}/qmldir"));
                let qmldir = qmldir::parse(qmldir.map_or("", String::as_str));
                for (uri, version) in qmldir.imports() {
                    let further = modules.lookup(uri, version, &directory).map(str::to_owned);
                    found.extend(further.filter(|further| !found.contains(further)));
                }
            }
            let found = found.iter();
            found.flat_map(|path| TreePath::parse(path)).collect()
        };
        let declared = Declared::default();
        Graph::new(previous, files, &declared, &resolve, observed, foresees)
    }
}

fn parsed(path: &str, content: &str) -> Parsed {
    match Language::of(path) {
        Some(language) => Parsed::Document(Arc::new(parse(language, content))),
        None if path.ends_with("qmldir") => Parsed::Qmldir(qmldir::parse(content)),
        None => Parsed::Asset,
    }
}

/// A directory is declared by its qmldir or not at all.
fn declared_once<'a>(
    directories: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> BTreeMap<&'a str, Option<&'a str>> {
    let mut declared = BTreeMap::new();
    for (directory, module) in directories {
        let known = declared.entry(directory).or_insert(None);
        *known = known.or(module);
    }
    declared
}

/// The files whose closure differs.
fn changed(before: &Graph, after: &Graph) -> Vec<String> {
    after
        .closures()
        .filter(|(path, closure)| before.closure(path) != Some(*closure))
        .map(|(path, _)| path.to_owned())
        .collect()
}

/// Writes `path` and checks whose closure changes by it.
#[track_caller]
fn check(tree: &Tree, path: &str, content: &str, expected: &[&str]) {
    let before = tree.graph(None);
    let edited = tree.with(path, content);
    let after = edited.graph(Some(&before));
    assert_eq!(changed(&before, &after), expected, "{path}: {content}");
    let fresh = edited.graph(None);
    assert_eq!(changed(&fresh, &after), [""; 0], "as if built anew");
    let back = tree.graph(Some(&after));
    assert_eq!(changed(&before, &back), [""; 0], "and back again");
}

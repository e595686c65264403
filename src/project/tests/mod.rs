//! Projects written down here, and what comes of them.

mod cmake;
mod fuzz;
mod programs;
mod resources;
mod wrong;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Files, Project, Source, is_source, parse};
use crate::path::TreePath;
use crate::qml::qmldir;

/// The files of a tree, by their paths.
pub(crate) struct Tree(BTreeMap<TreePath, String>);

impl Tree {
    pub(crate) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let file = |(path, text): (&str, &str)| (TreePath::parse(path).unwrap(), text.to_owned());
        Self(files.into_iter().map(file).collect())
    }

    pub(crate) fn project(&self) -> Project {
        let source = |(path, text): (&TreePath, &String)| -> Option<(TreePath, Arc<Source>)> {
            let source = is_source(path).then(|| parse(path, text))??;
            Some((path.clone(), source.into()))
        };
        let sources = self.0.iter().filter_map(source).collect();
        Project::assemble(&sources, self)
    }
}

impl Files for Tree {
    fn has_file(&self, path: &TreePath) -> bool {
        self.0.contains_key(path)
    }

    fn files_in(&self, dir: &TreePath, recursive: bool) -> Vec<TreePath> {
        let is_in = |path: &&TreePath| match recursive {
            true => path.is_within(dir),
            false => path.parent() == *dir,
        };
        self.0.keys().filter(is_in).cloned().collect()
    }

    fn is_singleton(&self, path: &TreePath) -> bool {
        self.0
            .get(path)
            .is_some_and(|text| text.contains("pragma Singleton"))
    }
}

/// The project of `CMakeLists.txt` with this text, and empty files of these names.
pub(super) fn cmake(text: &str, files: &[&str]) -> Project {
    let files = files.iter().map(|path| (*path, ""));
    Tree::new(files.chain([("CMakeLists.txt", text)])).project()
}

/// The text of the list of types of a directory.
pub(super) fn list(project: &Project, dir: &str) -> String {
    let list = project.qmldirs.get(&TreePath::parse(dir).unwrap());
    let text = list.map(|list| qmldir::merge(Some(list), [], str::to_owned));
    text.unwrap_or_else(|| panic!("no list for {dir:?}: {:#?}", project.qmldirs))
}

/// The file of a resource path, as the root sees it.
pub(super) fn resource(project: &Project, path: &str) -> Option<String> {
    let file = project.resources.file(&TreePath::root(), path);
    file.map(|file| file.as_str().to_owned())
}

/// The findings, each as `path:line: message`.
pub(crate) fn findings(project: &Project) -> Vec<String> {
    let text = |finding: &super::Finding| {
        let place = &finding.place;
        format!("{}:{}: {}", place.path, place.line, finding.message)
    };
    project.findings.iter().map(text).collect()
}

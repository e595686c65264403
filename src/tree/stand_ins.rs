//! Stand-ins: documents in place of what only a program has, in its C++ or Python. They count only
//! where a client has nothing real: a module that its engine has by itself has none, and of what a
//! stand-in and the sources both have, the sources count.

use super::snapshot::Snapshot;
use crate::path::TreePath;
use crate::qml::document::ImportTarget;

/// A module of stand-ins.
#[derive(Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Its name.
    pub uri: String,
    /// Its directory.
    pub dir: TreePath,
    /// Whether a document imports it, or is of the module that it completes.
    pub is_used: bool,
}

impl Snapshot {
    /// The directory that stands in for a module.
    pub(super) fn stand_in(&self, uri: &str, version: Option<&str>) -> Option<TreePath> {
        let found = self.modules.stand_ins.lookup(uri, version, "")?;
        TreePath::parse(found).ok()
    }

    /// Whether the tree has a module, be it as a stand-in.
    pub(super) fn has_module(&self, uri: &str, version: Option<&str>) -> bool {
        self.modules().lookup(uri, version, "").is_some() || self.stand_in(uri, version).is_some()
    }

    /// The modules that the document at `path` is of, as far as they are declared.
    pub(super) fn own_modules(&self, path: &TreePath) -> impl Iterator<Item = &str> {
        let dir = path.parent();
        let by_qmldir = self.dirs.get(&dir).and_then(|dir| dir.module());
        let built = self.project().modules.iter();
        let built = built
            .filter(move |module| module.dir == dir || module.files.binary_search(path).is_ok());
        by_qmldir
            .into_iter()
            .chain(built.map(|module| module.uri.as_str()))
    }

    /// What stands in for the rest of a document's own module: its name and directory.
    pub(super) fn own_stand_in(&self, path: &TreePath) -> Option<(&str, TreePath)> {
        let is_aside = |root: &TreePath| path.is_within(root);
        if self.modules.stand_ins.is_empty() || self.modules.stand_in_roots.iter().any(is_aside) {
            return None;
        }
        let mut own = self.own_modules(path);
        own.find_map(|uri| Some((uri, self.stand_in(uri, None)?)))
    }

    /// The documents that see a stand-in without importing it, with its directory.
    pub(super) fn implied(&self) -> Vec<(TreePath, TreePath)> {
        if self.modules.stand_ins.is_empty() {
            return Vec::new();
        }
        let documents = self
            .files()
            .filter(|(path, _)| path.name().ends_with(".qml"));
        let implied = documents.filter_map(|(path, _)| {
            let (_, dir) = self.own_stand_in(&path)?;
            Some((path, dir))
        });
        implied.collect()
    }

    /// Whether `dir` has stand-ins, and one for this type.
    pub(super) fn stands_in(&self, dir: &TreePath, type_name: &str) -> bool {
        let is_aside = |root: &TreePath| dir.is_within(root);
        self.stand_in_roots().iter().any(is_aside) && self.has_type(dir, type_name)
    }

    /// The directories of stand-ins.
    pub fn stand_in_roots(&self) -> &[TreePath] {
        &self.modules.stand_in_roots
    }

    /// All modules of stand-ins.
    pub fn stand_ins(&self) -> Vec<StandIn> {
        let uris = self.modules.stand_ins.uris();
        let found = uris.into_iter().filter_map(|uri| {
            let dir = self.stand_in(&uri, None)?;
            Some(StandIn {
                is_used: self.uses(&uri),
                uri,
                dir,
            })
        });
        found.collect()
    }

    fn uses(&self, uri: &str) -> bool {
        self.files().any(|(path, file)| {
            let imports = file.document().into_iter().flat_map(|d| &d.imports);
            let mut names = imports.filter_map(|import| match &import.target {
                ImportTarget::Module(name) => Some(name),
                ImportTarget::File(_) => None,
            });
            names.any(|name| name == uri) || self.own_modules(&path).any(|own| own == uri)
        })
    }
}

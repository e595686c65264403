//! Which types a directory has: the user's own `qmldir`, the list that a build declares, or the
//! documents that lie there.

use bytes::Bytes;

use super::snapshot::{Dir, Snapshot};
use crate::path::TreePath;
use crate::qml::qmldir::{self, Entry, Local, Qmldir};

impl Snapshot {
    /// The merged `qmldir` of a directory: the user's own entries, and the types that a local
    /// client would find by looking into the folder, or what a build declares.
    /// `None` if there is no such directory.
    pub fn qmldir(&self, dir: &TreePath) -> Option<Bytes> {
        if let Some(list) = self.declared_list(dir) {
            return Some(qmldir::merge(Some(list), [], str::to_owned).into());
        }
        let dir = self.dirs.get(dir).filter(|_| self.has_dir(dir))?;
        let merge = || dir.merge(|_| true, str::to_owned).into();
        Some(dir.merged.get_or_init(merge).clone())
    }

    /// Like [`Self::qmldir`], each file named as `place` says. An import of a
    /// module that the tree contains is left out: a remote client could not
    /// resolve it, and whoever imports this directory imports that one, too.
    pub fn qmldir_with(&self, dir: &TreePath, place: impl FnMut(&str) -> String) -> Option<Bytes> {
        let is_remote = |entry: &Entry| match entry {
            Entry::Import { uri, version, .. } => !self.has_module(uri, version.as_deref()),
            _ => true,
        };
        if let Some(list) = self.declared_list(dir) {
            return Some(qmldir::merge(Some(&kept(list, is_remote)), [], place).into());
        }
        let dir = self.dirs.get(dir).filter(|_| self.has_dir(dir))?;
        Some(dir.merge(is_remote, place).into())
    }

    /// Whether a directory has a type: its qmldir maps it, or a document has its name.
    pub(super) fn has_type(&self, dir: &TreePath, type_name: &str) -> bool {
        let is_it = |entry: &Entry| matches!(entry, Entry::Type { name, .. } if name == type_name);
        self.list(dir)
            .is_some_and(|list| list.entries.iter().any(is_it))
            || self.file(&dir.with(&format!("{type_name}.qml"))).is_some()
    }

    /// What a directory's `qmldir` says, be it the user's own or what a build declares.
    fn list(&self, dir: &TreePath) -> Option<&Qmldir> {
        let own = || self.dirs.get(dir).and_then(|dir| dir.qmldir());
        self.declared_list(dir).or_else(own)
    }

    /// What a build declares a directory to have, unless the user's own qmldir declares a module
    /// there.
    pub(super) fn declared_list(&self, dir: &TreePath) -> Option<&Qmldir> {
        let list = self.project().qmldirs.get(dir)?;
        let own = self.dirs.get(dir).and_then(|dir| dir.module());
        own.is_none().then_some(list)
    }

    /// Whether it is said what a directory has, by the user's own qmldir or by a build.
    pub fn is_mapped(&self, dir: &TreePath) -> bool {
        let list = self.list(dir);
        list.is_some_and(|list| list.files().next().is_some())
    }

    /// The modules that a directory imports for its importers.
    pub(super) fn imported_by(&self, dir: &TreePath) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.list(dir).into_iter().flat_map(Qmldir::imports)
    }
}

impl Dir {
    fn merge(&self, keep: impl Fn(&Entry) -> bool, place: impl FnMut(&str) -> String) -> String {
        let own = self.qmldir().map(|qmldir| kept(qmldir, keep));
        let files = self.files.iter().filter(|(name, _)| name.ends_with(".qml"));
        qmldir::merge(
            own.as_ref(),
            files.map(|(name, file)| Local {
                file: name,
                singleton: file.document().is_some_and(|document| document.singleton),
            }),
            place,
        )
    }
}

fn kept(qmldir: &Qmldir, keep: impl Fn(&Entry) -> bool) -> Qmldir {
    let entries = qmldir.entries.iter().filter(|entry| keep(entry));
    Qmldir {
        entries: entries.cloned().collect(),
        ..Qmldir::default()
    }
}

//! A document as a versioned URL shows it: its imports point into the tree.
//!
//! The one place that decides under which URL a document reaches another. All
//! of a snapshot lie under the snapshot's own prefix, so a relative path is
//! enough.

use std::borrow::Cow;

use bytes::Bytes;
use url::Url;

use super::file::{Content, File};
use super::path::TreePath;
use super::snapshot::Snapshot;
use crate::qml::document::{Import, Target};
use crate::qml::rewrite::{Resolved, rewrite};

/// A directory's second name, for a document that imports its own directory
/// with a qualifier. Qt 5.15 loses the directory's singletons when a remote
/// document imports, under the URL of the implicit import, the same directory
/// once more; under another URL it does not.
pub const SELF_ALIAS: &str = "@self";

/// Tells whether an absolute URL leads to this very server.
pub type IsOwn<'a> = dyn Fn(&Url) -> bool + 'a;

/// The bytes of a document with its imports resolved: a dotted module that the
/// tree contains, and the server's own absolute URL, become relative paths.
/// Everything else, and every line number, stays.
pub fn document(
    snapshot: &Snapshot,
    path: &TreePath,
    file: &File,
    is_own: &IsOwn,
) -> Option<Bytes> {
    let Content::Document(bytes, document) = &file.content else {
        return file.bytes().cloned();
    };
    let Ok(source) = std::str::from_utf8(bytes) else {
        return Some(bytes.clone());
    };
    let dir = path.parent();
    let resolve = |import: &Import| resolve(snapshot, &dir, import, is_own);
    Some(match rewrite(source, document, resolve) {
        Cow::Borrowed(_) => bytes.clone(),
        Cow::Owned(text) => text.into(),
    })
}

/// The qmldir of a directory under its second name, [`SELF_ALIAS`]: the same
/// types at the same URLs, seen from one level deeper.
pub fn alias_qmldir(snapshot: &Snapshot, dir: &TreePath) -> Option<Bytes> {
    snapshot.qmldir_with(dir, |file| {
        if Url::parse(file).is_ok() {
            file.to_owned()
        } else {
            format!("../{file}")
        }
    })
}

fn resolve(snapshot: &Snapshot, dir: &TreePath, import: &Import, is_own: &IsOwn) -> Resolved {
    match &import.target {
        Target::Module(uri) => {
            let Some(target) = snapshot.modules().lookup(uri, import.version.as_deref()) else {
                return Resolved::Keep;
            };
            let Ok(target) = TreePath::parse(target) else {
                return Resolved::Keep;
            };
            // Whoever imports a module gets what its qmldir imports for him.
            let mut paths = vec![reference(dir, &target, import)];
            for passed_on in snapshot.passed_on(&target) {
                let path = reference(dir, &passed_on, import);
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
            Resolved::Paths(paths)
        }
        Target::File(text) => match Url::parse(text) {
            Ok(url) if is_own(&url) => TreePath::from_url(url.path())
                .map_or(Resolved::Keep, |target| {
                    Resolved::Path(reference(dir, &target, import))
                }),
            Ok(_) => Resolved::Keep,
            Err(_) => match dir.resolve(text) {
                Ok(target) if target == *dir && !text.starts_with('/') => {
                    Resolved::Path(reference(dir, &target, import))
                }
                _ => Resolved::Keep,
            },
        },
    }
}

/// How a document in `dir` writes `target`.
fn reference(dir: &TreePath, target: &TreePath, import: &Import) -> String {
    if dir == target && import.qualifier.is_some() {
        SELF_ALIAS.to_owned()
    } else {
        dir.url_relative_to(target)
    }
}

/// The merged qmldir of a directory as a versioned URL shows it. An import of
/// a module that the tree contains is left out, since a remote client cannot
/// resolve it: the documents that import this directory import that one, too.
pub fn qmldir(snapshot: &Snapshot, dir: &TreePath) -> Option<Bytes> {
    snapshot.qmldir(dir)
}

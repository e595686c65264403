//! A document as `/@TOKEN/PATH` shows it: what it imports is written with the
//! URL that it has in the snapshot. The one place that knows under which URL a
//! document reaches another.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use bytes::Bytes;
use url::Url;

use super::file::{Content, File};
use super::snapshot::Snapshot;
use super::version::{Token, Version};
use crate::path::TreePath;
use crate::qml::document::{Document, Import, Language, Target};
use crate::qml::rewrite::{Resolved, rewrite};

/// A directory's second name, for a document that imports one directory twice:
/// its own with a qualifier, or another one with and without. Qt 5.15 loses
/// types of the first import when a remote document imports the same URL once
/// more; under another URL it does not.
pub const SELF_ALIAS: &str = "@self";

/// Tells whether an absolute URL leads to this very server.
pub type IsOwn<'a> = dyn Fn(&Url) -> bool + 'a;

/// The bytes of a document under `token`, its imports resolved: a dotted module
/// that the tree contains (beside the client's own where it has that, too), the server's own absolute URL, a directory and a
/// script become relative paths to the generation that each has. Everything
/// else, and every line number, stays. `None` for an asset.
pub fn document(
    snapshot: &Snapshot,
    token: &Token,
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
    let place = Place {
        snapshot,
        token,
        dir: path.parent(),
        is_own,
        imported: RefCell::default(),
    };
    let own = place.own_module(document);
    Some(
        match rewrite(source, document, own.as_deref(), |import| {
            place.resolve(import)
        }) {
            Cow::Borrowed(_) => bytes.clone(),
            Cow::Owned(text) => text.into(),
        },
    )
}

/// The merged qmldir of `dir` as the directory `seen_from` below `token` shows
/// it: each file with the URL that it has. That is `dir` itself, or its second
/// name. `None` if there is no such directory.
pub fn qmldir(
    snapshot: &Snapshot,
    token: &Token,
    dir: &TreePath,
    seen_from: &TreePath,
) -> Option<Bytes> {
    snapshot.qmldir_with(dir, |file| {
        let Ok(target) = dir.resolve(file) else {
            return file.to_owned();
        };
        match snapshot.generations().document(&target) {
            Some(generation) => url_of(&target, generation, seen_from, token),
            None => file.to_owned(),
        }
    })
}

/// The place where a document stands while its imports are resolved.
struct Place<'a> {
    snapshot: &'a Snapshot,
    token: &'a Token,
    dir: TreePath,
    is_own: &'a IsOwn<'a>,
    /// The directories imported so far.
    imported: RefCell<BTreeSet<TreePath>>,
}

impl Place<'_> {
    /// What to import before all else: the document's own module, if the client has it, too, and
    /// the document does not import it itself. The directory follows, so that it wins.
    fn own_module(&self, document: &Document) -> Option<String> {
        let uri = self.token.profile.own(self.snapshot, &self.dir)?;
        let imports_it = document.imports.iter().any(|import| {
            import.qualifier.is_none() && matches!(&import.target, Target::Module(m) if m == uri)
        });
        (document.language == Language::Qml && !imports_it)
            .then(|| format!("{uri}; import \".\"; import "))
    }

    fn resolve(&self, import: &Import) -> Resolved {
        match &import.target {
            Target::Module(uri) => self.module(uri, import),
            Target::File(text) => match Url::parse(text) {
                Ok(url) if (self.is_own)(&url) => match TreePath::from_url(url.path()) {
                    Ok(target) => self.reference(&target, import, true),
                    Err(_) => Resolved::Keep,
                },
                Ok(_) => Resolved::Keep,
                // Absolute paths have no meaning over HTTP, and stay the
                // error that they are.
                Err(_) if text.starts_with('/') => Resolved::Keep,
                Err(_) => match self.snapshot.meant(&self.dir, text) {
                    Ok(target) => self.reference(&target, import, self.dir.is_left_by(text)),
                    Err(_) => Resolved::Keep,
                },
            },
        }
    }

    fn module(&self, uri: &str, import: &Import) -> Resolved {
        let Some(target) = self
            .snapshot
            .modules()
            .lookup(uri, import.version.as_deref())
        else {
            return Resolved::Keep;
        };
        let Ok(target) = TreePath::parse(target) else {
            return Resolved::Keep;
        };
        // Whoever imports a module gets what its qmldir imports for him.
        let passed_on = self.snapshot.passed_on(&target);
        let dirs = std::iter::once(&target).chain(&passed_on);
        let paths = dirs.map(|dir| self.reference(dir, import, true)).collect();
        if self.token.profile.has(uri, import.version.as_deref()) {
            return Resolved::Beside(paths);
        }
        Resolved::Paths(paths)
    }

    /// How the document writes `target`. Unless it has `to_be_written`, a path
    /// stays as the user wrote it where that leads to the same URL.
    fn reference(&self, target: &TreePath, import: &Import, to_be_written: bool) -> Resolved {
        let generations = self.snapshot.generations();
        if self.snapshot.file(target).is_some() {
            return match generations.document(target) {
                Some(generation) if generation != self.token.version || to_be_written => {
                    Resolved::Path(url_of(target, generation, &self.dir, self.token))
                }
                _ => Resolved::Keep,
            };
        }
        let is_own = *target == self.dir;
        let again = !self.imported.borrow_mut().insert(target.clone());
        // Locally, a directory whose qmldir maps nothing, or that has none, has its types in
        // every version.
        let unversioned = import.version.is_some()
            && self.snapshot.has_dir(target)
            && !self.snapshot.is_mapped(target);
        let generation = if is_own {
            self.token.version
        } else {
            generations.dir(target).unwrap_or(self.token.version)
        };
        let mut path = url_of(target, generation, &self.dir, self.token);
        // The own directory is imported already, without a qualifier.
        let aliased = if is_own {
            import.qualifier.is_some()
        } else {
            again
        };
        if aliased {
            path = if is_own {
                SELF_ALIAS.to_owned()
            } else {
                format!("{path}/{SELF_ALIAS}")
            };
        }
        if unversioned {
            Resolved::Unversioned(path)
        } else if aliased || to_be_written || generation != self.token.version {
            Resolved::Path(path)
        } else {
            Resolved::Keep
        }
    }
}

/// The relative URL of `target` in `generation`, seen from a file in `dir`
/// below `/@TOKEN/`.
fn url_of(target: &TreePath, generation: Version, dir: &TreePath, token: &Token) -> String {
    if generation == token.version {
        return dir.url_relative_to(target);
    }
    let up = "../".repeat(dir.components().count() + 1);
    format!("{up}@{}/{}", token.at(generation), target.to_url())
}

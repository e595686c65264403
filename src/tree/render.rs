//! A document as `/@TOKEN/PATH` shows it: what it imports is written with the
//! URL that it has in the snapshot. The one place that knows under which URL a
//! document reaches another.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use super::file::{Content, File};
use super::imports::{IsOwn, Meaning};
use super::snapshot::Snapshot;
use super::version::{Token, Version};
use crate::path::TreePath;
use crate::qml::document::attached::Attached;
use crate::qml::document::resources::ResourceName;
use crate::qml::document::{Document, Import, ImportTarget, Language};
use crate::qml::graph::COMPILED_IN;
use crate::qml::qmldir;
use crate::qml::rewrite::{Resolved, quoted, rewrite};
use bytes::Bytes;

/// A directory's second name, for a document that imports one directory twice: its own, or
/// another one with a qualifier and without. Qt 5.15 loses types of the first import when a
/// remote document imports the same URL once more; under another URL it does not. It depends on
/// whether the directory's qmldir was loaded before.
pub const SELF_ALIAS: &str = "@self";

/// The directory beside a document in which it is the type `Document`, whatever its name is:
/// `DIR/@document/NAME`.
const ALONE: &str = "@document";

/// The bytes of a document under `token`, its imports resolved: a dotted module
/// that the tree contains (beside the client's own where it has that, too), the
/// server's own absolute URL, a directory and a script become relative paths to the
/// generation that each has, and a `qrc:` name becomes an absolute one, since nobody knows which
/// document resolves it; `prefix` is in front of all paths of this client. What is attached by a
/// type that a stand-in takes the place of is left out. Everything else, and every line number,
/// stays. `None` for an asset.
pub fn document(
    snapshot: &Snapshot,
    token: &Token,
    path: &TreePath,
    file: &File,
    is_own: &IsOwn,
    prefix: &str,
) -> Option<Bytes> {
    let Content::Document(bytes, document) = &file.content else {
        return file.bytes().cloned();
    };
    let Ok(source) = std::str::from_utf8(bytes) else {
        return Some(bytes.clone());
    };
    let importer = Importer {
        snapshot,
        token,
        path,
        dir: path.parent(),
        is_singleton: document.singleton,
        is_own,
        prefix,
        imported: RefCell::default(),
    };
    let own = importer.own_module(document);
    Some(
        match rewrite(
            source,
            document,
            own.as_deref(),
            |import| importer.resolve(import),
            |name| importer.compiled_in(name),
            |attached| importer.leaves_out(document, attached),
        ) {
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

/// What a client gets that asks for the document `target` where it is compiled in, in directory
/// `seen_from`. It cannot be the document itself: a type has one URL. Nor a redirect, which Qt 5
/// takes for another type, and Qt 6 for a document that lies here (measured in 5.15, 6.4 and
/// 6.12). So it is a document of that type, and nothing more.
pub fn derived(
    snapshot: &Snapshot,
    token: &Token,
    target: &TreePath,
    seen_from: &TreePath,
) -> Bytes {
    let generation = snapshot.generations().document(target);
    let generation = generation.unwrap_or(token.version);
    let alone = url_of(&alone(target), generation, seen_from, token);
    format!("import {}\nDocument {{}}\n", quoted(&alone)).into()
}

/// The same for the plain path of `target`, which has the generation of `token`.
pub fn of_type(token: &Token, target: &TreePath) -> Bytes {
    let up = "../".repeat(target.parent().components().count());
    let alone = format!("{up}@{token}/{}", alone(target).to_url());
    format!("import {}\nDocument {{}}\n", quoted(&alone)).into()
}

/// The directory in which a document is alone.
pub fn alone(target: &TreePath) -> TreePath {
    target.parent().with(ALONE).with(target.name())
}

/// The `qmldir` of a directory that is made up: that of one document alone, and that of what is
/// compiled in. It says the same for good.
pub fn made_up_qmldir(dir: &TreePath) -> Option<Bytes> {
    let beside = dir.parent();
    if beside.name() == ALONE {
        let file = dir.url_relative_to(&beside.parent().with(dir.name()));
        return Some(format!("Document {file}\n").into());
    }
    let inside = dir.components().any(|part| part == COMPILED_IN);
    inside.then(|| qmldir::merge(None, [], str::to_owned).into())
}

/// A document while its imports are resolved.
struct Importer<'a> {
    snapshot: &'a Snapshot,
    token: &'a Token,
    path: &'a TreePath,
    dir: TreePath,
    is_singleton: bool,
    is_own: &'a IsOwn<'a>,
    prefix: &'a str,
    /// The directories imported so far.
    imported: RefCell<BTreeSet<TreePath>>,
}

impl Importer<'_> {
    /// What to import before all else: the document's own module, if the client has it, too, or
    /// what stands in for it, unless the document imports it itself. The directory follows, so
    /// that it wins.
    fn own_module(&self, document: &Document) -> Option<String> {
        let own = self.token.profile.own(self.snapshot, self.path);
        let (uri, first) = match own {
            Some(uri) => (uri, format!("{uri}; import \".\"; import ")),
            None => {
                let (uri, dir) = self.snapshot.own_stand_in(self.path)?;
                let generation = self.snapshot.generations().dir(&dir);
                let generation = generation.unwrap_or(self.token.version);
                let url = quoted(&url_of(&dir, generation, &self.dir, self.token));
                // See below: a singleton gets only what it lacks.
                let own = match self.is_singleton {
                    true => String::new(),
                    false => format!("import \"{SELF_ALIAS}\"; "),
                };
                (uri, format!("{url}; {own}import "))
            }
        };
        let imports_it = document.imports.iter().any(|import| {
            import.qualifier.is_none()
                && matches!(&import.target, ImportTarget::Module(m) if m == uri)
        });
        (document.language == Language::Qml && !imports_it).then_some(first)
    }

    /// What is written in place of a `qrc:` name: where the file has its URL or, if the name only
    /// begins others, where all that is compiled in is found. `None` if nothing declares it.
    fn compiled_in(&self, name: &ResourceName) -> Option<String> {
        if let Some(target) = self.snapshot.compiled_in(&self.dir, &name.path) {
            let generation = self.snapshot.generations().document(&target);
            let generation = generation.unwrap_or(self.token.version);
            let path = self.token.at(generation).url_path(&target);
            return Some([self.prefix, &path].concat());
        }
        let begins = self.snapshot.begins_compiled_in(&self.dir, &name.path);
        let dir = || self.token.url_path(&self.dir.with(COMPILED_IN));
        begins.then(|| [self.prefix, &dir(), &name.path].concat())
    }

    /// Whether a binding is of a type that a document stands in for: no document can attach
    /// properties, and the engine would refuse the one that has the binding.
    fn leaves_out(&self, document: &Document, attached: &Attached) -> bool {
        // Asked of each binding of each document, where hardly any tree has a stand-in.
        if self.snapshot.modules.stand_ins.is_empty() {
            return false;
        }
        let imports = document.imports.iter().filter(|import| {
            import.qualifier.as_deref() == attached.qualifier.as_deref()
                && matches!(import.target, ImportTarget::Module(_))
                && !self.is_the_clients_too(import)
        });
        let mut dirs = imports.flat_map(|import| self.snapshot.imported(&self.dir, import));
        let has_it = |dir: &TreePath| self.snapshot.stands_in(dir, &attached.type_name);
        let own = || match attached.qualifier {
            Some(_) => None,
            None => self.snapshot.own_stand_in(self.path),
        };
        dirs.any(|dir| has_it(&dir)) || own().is_some_and(|(_, dir)| has_it(&dir))
    }

    fn resolve(&self, import: &Import) -> Resolved {
        match self.snapshot.meaning(&self.dir, import, self.is_own) {
            Meaning::Outside => Resolved::Keep,
            Meaning::Path { target, relative } => self.reference(&target, import, !relative),
            Meaning::Module { stand_ins, dirs } => {
                let write = |dir: &TreePath| self.reference(dir, import, true);
                let dirs = dirs.iter().map(write);
                if self.is_the_clients_too(import) {
                    return Resolved::Beside(dirs.collect());
                }
                // Which versions the program has, its stand-in does not know.
                let stand_ins = stand_ins.iter().map(|dir| match write(dir) {
                    Resolved::Path(path) => Resolved::Unversioned(path),
                    other => other,
                });
                Resolved::Paths(stand_ins.chain(dirs).collect())
            }
        }
    }

    /// Whether the client has the imported module itself, besides the tree.
    fn is_the_clients_too(&self, import: &Import) -> bool {
        let profile = &self.token.profile;
        matches!(&import.target, ImportTarget::Module(uri) if profile.has(uri, import.version.as_deref()))
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
        // The own directory is imported already, without a word.
        let aliased = is_own || again;
        if aliased {
            path = match (is_own, self.is_singleton) {
                // By its second name a directory leads back to the singleton, which then is
                // instantiated recursively (measured in 5.15, 6.4 and 6.12).
                (true, true) => ".".to_owned(),
                (true, false) => SELF_ALIAS.to_owned(),
                (false, _) => format!("{path}/{SELF_ALIAS}"),
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

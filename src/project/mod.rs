//! What a project says of itself in the files of its build system: its QML modules, its resources,
//! the document that it starts with. Read off CMake, `.qrc`, `.qmlproject` and the like, and off
//! the program's own sources where they name a document. Pure over the contents of files: nothing
//! is run, nothing is opened, and what cannot be evaluated becomes a [`Finding`].

mod assemble;
mod build;
mod cmake;
mod listing;
pub(crate) mod native;
mod program;
mod pyside;
mod qmlproject;
mod qrc;
mod resources;
mod source;
pub(crate) mod stubs;
mod syntax;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::path::TreePath;
use crate::qml::qmldir::Qmldir;

pub(crate) use resources::{ResourceSet, Resources};
pub(crate) use source::{Source, is_source, parse};

/// The files of the tree, for what a build system looks up by itself.
pub(crate) trait Files {
    /// Whether there is a file at `path`.
    fn has_file(&self, path: &TreePath) -> bool;
    /// The files in `dir`, and with `recursive` those below it, sorted.
    fn files_in(&self, dir: &TreePath, recursive: bool) -> Vec<TreePath>;
    /// Whether the document at `path` has `pragma Singleton`.
    fn is_singleton(&self, path: &TreePath) -> bool;
}

/// A line of a file, to be told to a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file.
    pub(crate) path: TreePath,
    /// The line, from 1; 0 for the whole file.
    pub(crate) line: u32,
}

/// What a person should know: what could not be evaluated, or contradicts something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Where.
    pub(crate) place: Place,
    /// What is wrong, what comes of it, and what to do.
    pub(crate) message: String,
}

/// A QML module that a build declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// The dotted name.
    pub(crate) uri: String,
    /// The directory that `import URI` leads to: that of the declaration, or a name below it that
    /// no file can have (`@URI`) if other modules are declared there, too.
    pub(crate) dir: TreePath,
    /// Where it is declared.
    pub(crate) declared: Place,
    /// The documents and scripts that it has, in the order of their names.
    pub(crate) files: Vec<TreePath>,
    /// Whether it has C++ or Python sources, which may bring types that no document has.
    pub(crate) native: bool,
}

/// A document that the project starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The document.
    pub(crate) document: TreePath,
    /// What says so.
    pub(crate) named: Place,
}

/// A name that the program gives to all documents (`setContextProperty`) or to the first one
/// (`setInitialProperties`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContextName {
    /// The name that documents use.
    pub(crate) name: String,
    /// Where the program gives it.
    pub(crate) given: Place,
}

/// What all of the project's files say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Project {
    /// The modules, in the order of their names.
    pub(crate) modules: Vec<Module>,
    /// The list of types of each directory that a build gives one: the directories of modules, and
    /// those in which their documents lie. Its files are relative to the directory. A `qmldir` of
    /// the user's own goes before it.
    pub(crate) qmldirs: BTreeMap<TreePath, Arc<Qmldir>>,
    /// What is compiled in under `qrc:`.
    pub(crate) resources: Resources,
    /// The documents that may be the first, likeliest first.
    pub(crate) entries: Vec<Entry>,
    /// Directories below which modules are looked up.
    pub(crate) import_roots: Vec<TreePath>,
    /// Directories of documents that stand in for what only the program has.
    pub(crate) mock_roots: Vec<TreePath>,
    /// Directories that a build made. Nothing in them stands for the sources.
    pub(crate) build_dirs: Vec<TreePath>,
    /// What the program gives to documents by name.
    pub(crate) context: Vec<ContextName>,
    /// What a person should know, sorted.
    pub(crate) findings: Vec<Finding>,
}

//! What CMake files declare of QML, once they are evaluated.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::project::{Finding, Place, ResourceSet};

/// All that the CMake files of a tree declare.
#[derive(Debug, Default)]
pub(in crate::project) struct Declared {
    /// The modules, in the order of their declarations.
    pub(in crate::project) modules: Vec<Module>,
    /// What is compiled in besides the files of modules.
    pub(in crate::project) resources: Vec<ResourceSet>,
    /// What could not be evaluated.
    pub(in crate::project) findings: Vec<Finding>,
}

/// One `qt_add_qml_module`, with what later commands add to it.
#[derive(Clone, Debug)]
pub(in crate::project) struct Module {
    /// The dotted name.
    pub(in crate::project) uri: String,
    /// The directory of the CMake file that declares it.
    pub(in crate::project) dir: TreePath,
    /// The directory of the topmost CMake file of its project.
    pub(in crate::project) top: TreePath,
    /// Where it is declared.
    pub(in crate::project) declared: Place,
    /// The resource directory that its qmldir is in, without a slash at its end unless it is `/`.
    pub(in crate::project) prefix: String,
    /// Whether Qt writes a qmldir for it. Else the project brings its own.
    pub(in crate::project) has_qmldir: bool,
    /// Whether its documents see all of its types in each of its directories (policy QTP0004).
    pub(in crate::project) is_whole_everywhere: bool,
    /// Whether it has C++ sources.
    pub(in crate::project) native: bool,
    /// The lines of its qmldir before those of types.
    pub(in crate::project) imports: Vec<Import>,
    /// Its documents and scripts, in the order of their declaration.
    pub(in crate::project) documents: Vec<Document>,
    /// All files that are compiled in for it, by resource path.
    pub(in crate::project) resources: BTreeMap<String, TreePath>,
    /// The versions under which its types stand unless they say otherwise.
    pub(in crate::project) versions: Vec<String>,
}

impl Module {
    /// Adds a document, once. To the engine a type that is listed twice under one version makes
    /// the whole module wrong, so that the second one is none; `Err` tells of it. Of documents for
    /// file selectors, in directories such as `+dark`, only the one without is listed.
    pub(super) fn add(&mut self, mut document: Document) -> Result<(), String> {
        if self
            .documents
            .iter()
            .any(|known| known.path == document.path)
        {
            return Ok(());
        }
        let mut told = Ok(());
        if let Some(entry) = &document.entry {
            let listed = self.documents.iter_mut();
            let mut same = listed.filter(|known| known.clashes(entry));
            if let Some(known) = same.next() {
                if known.is_selected() {
                    known.entry = None;
                } else {
                    if !document.is_selected() {
                        told = Err(format!(
                            "the type {} of {} is {} already; give one of them another name or version",
                            entry.name, self.uri, known.path
                        ));
                    }
                    document.entry = None;
                }
            }
        }
        self.documents.push(document);
        told
    }
}

impl Document {
    /// Whether it is another document's stand-in under some file selector.
    fn is_selected(&self) -> bool {
        self.resource.contains("/+")
    }

    /// Whether it is the same type in the same version.
    fn clashes(&self, entry: &TypeEntry) -> bool {
        let own = self.entry.as_ref().filter(|own| own.name == entry.name);
        own.is_some_and(|own| {
            own.versions
                .iter()
                .any(|version| entry.versions.contains(version))
        })
    }
}

/// A line of a qmldir that names another module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::project) struct Import {
    /// How it is meant.
    pub(in crate::project) kind: ImportKind,
    /// The other module.
    pub(in crate::project) uri: String,
    /// Its version, or `auto`.
    pub(in crate::project) version: Option<String>,
}

/// The keywords that name other modules, in the order of a generated qmldir.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::project) enum ImportKind {
    /// `IMPORTS`
    Import,
    /// `OPTIONAL_IMPORTS`
    Optional,
    /// `DEFAULT_IMPORTS`
    Default,
    /// `DEPENDENCIES`
    Depends,
}

/// An entry of `QML_FILES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::project) struct Document {
    /// The file.
    pub(in crate::project) path: TreePath,
    /// Its whole path below `qrc:`.
    pub(in crate::project) resource: String,
    /// Where it is declared.
    pub(in crate::project) declared: Place,
    /// The type that it is; none for a file that is in no qmldir.
    pub(in crate::project) entry: Option<TypeEntry>,
}

/// What a generated qmldir says of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::project) struct TypeEntry {
    /// The type's name.
    pub(in crate::project) name: String,
    /// The versions that it stands under.
    pub(in crate::project) versions: Vec<String>,
    /// `QT_QML_SINGLETON_TYPE`
    pub(in crate::project) singleton: bool,
    /// `QT_QML_INTERNAL_TYPE`
    pub(in crate::project) internal: bool,
}

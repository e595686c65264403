//! What a file is to the QML engine, told by its name.

/// The name of a directory's list of types.
pub(crate) const QMLDIR: &str = "qmldir";

/// The language of a document, by the suffix of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// `.qml`
    Qml,
    /// `.js`: a script, perhaps with `.import` and `.pragma library`.
    Js,
    /// `.mjs`: an ECMAScript module.
    Mjs,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `.qml`, `.js` or `.mjs` document.
    Document(Language),
    /// A directory's list of types.
    Qmldir,
    /// Anything else.
    Asset,
}

impl Language {
    /// The language of the file at `path`, if it is a document.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1 {
            "qml" => Some(Self::Qml),
            "js" => Some(Self::Js),
            "mjs" => Some(Self::Mjs),
            _ => None,
        }
    }
}

impl Kind {
    /// The kind of the file at a path.
    pub(crate) fn of(path: &str) -> Self {
        match Language::of(path) {
            _ if path.rsplit('/').next() == Some(QMLDIR) => Self::Qmldir,
            Some(language) => Self::Document(language),
            None => Self::Asset,
        }
    }

    /// Whether such a file is kept in memory.
    pub(crate) fn is_document(self) -> bool {
        self != Self::Asset
    }
}

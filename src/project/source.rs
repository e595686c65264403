//! What one file says of the project, by its name and its content.

use super::cmake::script::{self, Script};
use super::qrc::{self, Qrc};
use crate::path::TreePath;

/// What one file says, parsed once for each content. What it means is only known with all others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source(pub(super) Kind);

/// What kind of file it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `CMakeLists.txt`, `*.cmake`
    Cmake(Script),
    /// `*.qrc`
    Qrc(Qrc),
    /// `CMakeCache.txt`: its directory is one that a build made.
    BuildDir,
    /// Anything beyond [`LARGEST`].
    TooLarge,
}

/// A file larger than this is nobody's handwork.
const LARGEST: usize = 4 << 20;

/// Whether the file at `path` says something about the project, by its name.
pub(crate) fn is_source(path: &TreePath) -> bool {
    let name = path.name();
    match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("cmake" | "qrc") => true,
        _ => matches!(name, "CMakeLists.txt" | "CMakeCache.txt"),
    }
}

/// Parses what the file at `path` says; `None` if that is nothing, as in most of C++ and Python.
pub(crate) fn parse(path: &TreePath, text: &str) -> Option<Source> {
    let name = path.name();
    if name == "CMakeCache.txt" {
        return Some(Source(Kind::BuildDir));
    }
    if text.len() > LARGEST {
        return Some(Source(Kind::TooLarge));
    }
    let kind = match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("qrc") => Kind::Qrc(qrc::parse(text)),
        Some("cmake") => Kind::Cmake(script::parse(text)?),
        _ if name == "CMakeLists.txt" => Kind::Cmake(script::parse(text)?),
        _ => return None,
    };
    Some(Source(kind))
}

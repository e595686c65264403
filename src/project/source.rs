//! What one file says of the project, by its name and its content.

use super::build::{self, Generated};
use super::cmake::script::{self, Script};
use super::program::{self, Program};
use super::pyside::{self, PySide};
use super::qmlproject::{self, QmlProject};
use super::qrc::{self, Qrc};
use crate::path::{QMLDIR, TreePath};

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
    /// `*.qmlproject`
    QmlProject(QmlProject),
    /// `pyproject.toml`, `*.pyproject`
    PySide(PySide),
    /// C++ and Python
    Program(Program),
    /// A `qmldir` that Qt generated
    Generated(Generated),
    /// `CMakeCache.txt`: its directory is one that a build made.
    BuildDir,
    /// Anything beyond [`LARGEST`].
    TooLarge,
}

/// A file larger than this is nobody's handwork.
const LARGEST: usize = 4 << 20;

/// The CMake file that Qt Design Studio writes beside a project's own.
const QMLMODULES: &str = "qmlmodules";

/// Suffixes of C++.
const CPP: &[&str] = &["cpp", "cc", "cxx", "mm", "h", "hh", "hpp", "hxx"];

/// Whether the file at `path` says something about the project, by its name.
pub(crate) fn is_source(path: &TreePath) -> bool {
    let name = path.name();
    match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("cmake" | "qrc" | "qmlproject" | "pyproject" | "py") => true,
        Some(suffix) if CPP.contains(&suffix) => true,
        _ => matches!(
            name,
            "CMakeLists.txt" | QMLMODULES | "CMakeCache.txt" | "pyproject.toml" | QMLDIR
        ),
    }
}

/// Parses what the file at `path` says; `None` if that is nothing, as in most of C++ and Python.
pub(crate) fn parse(path: &TreePath, text: &str) -> Option<Source> {
    let name = path.name();
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let is_cpp = CPP.contains(&suffix);
    let says_nothing = (is_cpp || suffix == "py") && !program::may_say_something(text);
    if says_nothing || !is_source(path) {
        return None;
    }
    Some(Source(match (name, suffix) {
        ("CMakeCache.txt", _) => Kind::BuildDir,
        _ if text.len() > LARGEST => Kind::TooLarge,
        ("CMakeLists.txt" | QMLMODULES, _) | (_, "cmake") => Kind::Cmake(script::parse(text)?),
        (QMLDIR, _) => Kind::Generated(build::parse(text)?),
        ("pyproject.toml", _) => Kind::PySide(pyside::parse_toml(text)?),
        (_, "qrc") => Kind::Qrc(qrc::parse(text)),
        (_, "qmlproject") => Kind::QmlProject(qmlproject::parse(text)?),
        (_, "pyproject") => Kind::PySide(pyside::parse_json(text)),
        (_, "py") => Kind::Program(Program::of_python(text)?),
        _ => Kind::Program(Program::of_cpp(text)?),
    }))
}

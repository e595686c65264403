//! The QML runtimes of this machine: found, told apart by their real version, and chosen among.
//!
//! A program's name says little: `qml` is Qt 5 here and Qt 6 there, and in Debian it is a chooser
//! (`qtchooser`) that may lead nowhere. The version is that of the library that the program
//! loads.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::places::{self, Places};

/// A runtime in Python, for machines that have Qt only as a Python package.
const PYSIDE: &str = include_str!("../pyside.py");

/// The names that Qt's own runtimes have: `qml6` in Arch, `qml-qt6` in Fedora.
const TOOLS: &[&str] = &[
    "qml",
    "qml6",
    "qml-qt6",
    "qml-qt5",
    "qmlscene",
    "qmlscene6",
    "qmlscene-qt5",
    "qmlscene-qt6",
];

/// The Pythons that may have PySide6.
const PYTHONS: &[&str] = &["python3", "python"];

/// A version of Qt: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u32, u32, u32);

/// A runtime that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runtime {
    /// `qml`, `qmlscene` or `pyside6`.
    pub(crate) name: String,
    /// The file to execute.
    pub(crate) path: PathBuf,
    /// What goes before the address to show.
    pub(crate) args: Vec<String>,
    version: Option<Version>,
}

/// The runtime that was asked for by its name or path; else that of the virtual environment that
/// this program was installed into, for which it was installed there; else the newest.
///
/// # Errors
/// There is none; the message says how to get one.
pub(crate) fn choose(places: &Places, wanted: Option<&OsStr>) -> anyhow::Result<Runtime> {
    if let Some(path) = wanted.map(Path::new)
        && path.components().count() > 1
    {
        return named_by_path(path);
    }
    if wanted.is_none()
        && let Some(own) = of_environment(places)
    {
        return Ok(own);
    }
    let found = all(places);
    let wanted = wanted.map(|wanted| wanted.to_string_lossy().into_owned());
    let fits = |runtime: &&Runtime| wanted.as_deref().is_none_or(|name| runtime.is_called(name));
    let chosen = found.iter().filter(fits).max_by_key(|runtime| {
        // Of one version, the tool that is made for it.
        (runtime.version, Reverse(runtime.rank()))
    });
    match (chosen, &wanted) {
        (Some(runtime), _) => Ok(runtime.clone()),
        (None, None) => anyhow::bail!("no QML runtime was found on this machine. {INSTALL}"),
        (None, Some(name)) if found.is_empty() => {
            anyhow::bail!("the runtime {name} was not found, nor any other. {INSTALL}")
        }
        (None, Some(name)) => {
            let names: Vec<_> = found.iter().map(ToString::to_string).collect();
            anyhow::bail!(
                "the runtime {name} was not found; this machine has {}. {INSTALL}",
                names.join(", ")
            )
        }
    }
}

/// The PySide6 of the own virtual environment.
fn of_environment(places: &Places) -> Option<Runtime> {
    let own = places.own.as_ref()?;
    let mut pythons = PYTHONS.iter().flat_map(|name| places.all(name));
    of_python(pythons.find(|python| python.starts_with(own))?)
}

/// How to get one.
pub(crate) const INSTALL: &str = "Debian, Ubuntu: apt install qml-qt6 qml6-module-qtquick qml6-module-qtquick-window qml6-module-qtquick-controls; Fedora: dnf install qt6-qtdeclarative-devel; Arch: pacman -S qt6-declarative; macOS: brew install qt; anywhere: pip install PySide6-Essentials. Or name one: --runtime PATH";

fn named_by_path(path: &Path) -> anyhow::Result<Runtime> {
    let shown = path.display();
    anyhow::ensure!(
        path.is_file(),
        "there is no runtime {shown}; --runtime takes the path of a qml, a qmlscene, or a python that has PySide6"
    );
    anyhow::ensure!(places::is_executable(path), "{shown} cannot be executed");
    let path = std::path::absolute(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("python") {
        return of_python(path.clone()).ok_or_else(|| {
            anyhow::anyhow!("{shown} has no PySide6: {shown} -m pip install PySide6-Essentials")
        });
    }
    Ok(of_tool(path.clone(), version_of_tool(&path)))
}

/// All that there are, each once, in the order in which they were found.
pub(crate) fn all(places: &Places) -> Vec<Runtime> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for file in TOOLS.iter().flat_map(|name| places.all(name)) {
        let Ok(real) = file.canonicalize() else {
            continue;
        };
        // The chooser leads to one of those that are looked at anyway, or nowhere.
        let is_chooser = real.file_name().is_some_and(|name| name == "qtchooser");
        if is_chooser || !seen.insert(real) {
            continue;
        }
        let version = version_of_tool(&file);
        // Without one, it would not start: the library that it needs is not there.
        if version.is_some() {
            found.push(of_tool(file, version));
        }
    }
    // Not by the real file alone: a Python of a virtual environment is a link to another one's.
    for file in PYTHONS.iter().flat_map(|name| places.all(name)) {
        let folder = file.parent().unwrap_or(&file);
        let real = file.canonicalize().unwrap_or_default();
        if seen.insert(folder.join(real.file_name().unwrap_or_default())) {
            found.extend(of_python(file));
        }
    }
    found
}

/// The runtimes with these names or paths, or else one for each version of Qt: of several of one
/// minor version, the newest, and the least of those.
///
/// # Errors
/// There is none, or not one that was named; the message says how to get one.
pub(crate) fn choose_several(places: &Places, wanted: &[OsString]) -> anyhow::Result<Vec<Runtime>> {
    if !wanted.is_empty() {
        let chosen = wanted.iter().map(|name| choose(places, Some(name)));
        return chosen.collect();
    }
    let mut found = all(places);
    found.sort_by_key(|runtime| (runtime.version, Reverse(runtime.rank())));
    // The last of equals is the one to take.
    found.reverse();
    found.dedup_by_key(|runtime| runtime.minor());
    found.reverse();
    anyhow::ensure!(
        !found.is_empty(),
        "no QML runtime was found on this machine. {INSTALL}"
    );
    Ok(found)
}

fn of_tool(path: PathBuf, version: Option<Version>) -> Runtime {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let (name, args): (_, &[&str]) = if file.starts_with("qmlscene") {
        ("qmlscene", &["--resize-to-root"])
    } else {
        ("qml", &[])
    };
    Runtime {
        name: name.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        version,
        path,
    }
}

fn of_python(path: PathBuf) -> Option<Runtime> {
    let ask = "import PySide6.QtQuick as q; print(q.__name__, __import__('PySide6').__version__)";
    let text = answer(Command::new(&path).args(["-c", ask]))?;
    let version = Version::parse(text.split_whitespace().nth(1)?)?;
    Some(Runtime {
        name: "pyside6".to_owned(),
        args: vec!["-c".to_owned(), PYSIDE.to_owned()],
        version: Some(version),
        path,
    })
}

/// The version of the Qt that a tool loads.
fn version_of_tool(path: &Path) -> Option<Version> {
    if cfg!(target_os = "linux")
        && let Some(text) = answer(Command::new("ldd").arg(path))
    {
        return version_of_libraries(&text).or_else(|| version_of_path(path));
    }
    version_of_path(path).or_else(|| {
        // `qmlscene` has no such option, and would open a window.
        let name = path.file_stem()?.to_string_lossy().into_owned();
        let mut command = Command::new(path);
        command.arg("--version").env("QT_QPA_PLATFORM", "offscreen");
        let text = (!name.starts_with("qmlscene")).then(|| answer(&mut command))??;
        text.split_whitespace().find_map(Version::parse)
    })
}

/// What `ldd` says: `libQt6Core.so.6 => /lib/libQt6Core.so.6 (0x…)`, which is a link to
/// `libQt6Core.so.6.4.2`.
fn version_of_libraries(ldd: &str) -> Option<Version> {
    let line = ldd
        .lines()
        .find(|line| line.contains("Core.so.") && line.contains("libQt"))?;
    let library = Path::new(line.split("=> ").nth(1)?.split(" (").next()?.trim());
    let real = library.canonicalize().ok()?;
    let name = real.file_name()?.to_str()?;
    Version::parse(name.split_once(".so.")?.1)
}

/// The folder that the installer named: `~/Qt/6.8.0/gcc_64/bin/qml`, `Cellar/qt/6.7.2/bin/qml`.
fn version_of_path(path: &Path) -> Option<Version> {
    let real = path.canonicalize().ok()?;
    let names = real.components().rev().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    names.into_iter().find_map(Version::parse)
}

/// What a command prints, if it ends well.
fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

impl Version {
    /// `6.4.2`, or `6.4`, and whatever follows a further dot or dash.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(['.', '-', '+']);
        let mut number = || numbers.next()?.parse::<u32>().ok();
        Some(Self(number()?, number()?, number().unwrap_or(0)))
    }
}

impl Runtime {
    /// Whether it is one of Qt 5.
    pub(crate) fn is_qt5(&self) -> bool {
        matches!(self.version, Some(Version(5, ..)))
    }

    /// The major and minor version of its Qt, where that is known.
    pub(crate) fn minor(&self) -> Option<(u32, u32)> {
        let Version(major, minor, _) = self.version?;
        Some((major, minor))
    }

    /// What stands before a file with translations. `qml` takes one, and in 6.4 forgets it.
    pub(crate) fn translation_flag(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "qmlscene" => Some("-translation"),
            "pyside6" => Some("--translation"),
            _ => None,
        }
    }

    /// Whether it is meant by what was typed: its name, `qml6`, or the name of its file.
    fn is_called(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let major = self.version.map_or(0, |version| version.0);
        let file = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let is_python = self.name == "pyside6" && (name == "pyside" || name.starts_with("python"));
        name == self.name || name == format!("{}{major}", self.name) || name == file || is_python
    }

    /// Of several of one version, the least is taken.
    fn rank(&self) -> usize {
        let names = ["qml", "qmlscene"];
        let place = names.iter().position(|name| *name == self.name);
        place.unwrap_or(names.len())
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        if let Some(Version(major, minor, patch)) = self.version {
            write!(out, " {major}.{minor}.{patch}")?;
        }
        write!(out, " ({})", self.path.display())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;

//! `qmlserve init`: a small project to start from. Writes new files only; what is there is kept.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;

/// What is written, by its name.
const FILES: &[(&str, &str)] = &[
    ("main.qml", include_str!("main.qml")),
    ("Tile.qml", include_str!("Tile.qml")),
];

/// Writes the project into `dir`, as seen from `cwd`, and tells what to do next.
///
/// # Errors
/// A file cannot be written, or nothing can be printed.
pub(super) fn run(cwd: &Path, dir: Option<&Path>) -> anyhow::Result<()> {
    let folder = dir.map_or_else(|| cwd.to_owned(), |dir| cwd.join(dir));
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut out = io::stdout().lock();
    for (name, text) in FILES {
        match create(&folder.join(name), text) {
            Ok(true) => writeln!(out, "wrote {name}")?,
            Ok(false) => writeln!(out, "kept {name}, which is there")?,
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("{} cannot be written", folder.join(name).display()));
            }
        }
    }
    let dir = dir.map_or_else(|| ".".to_owned(), |dir| dir.display().to_string());
    writeln!(
        out,
        "\nNext:\n  qmlserve run {dir}    serve it, and show it here\n  qmlserve {dir}        serve it; \
         what to type in a client is printed\n\nThen edit Tile.qml and save."
    )?;
    Ok(())
}

/// Writes a file that is not there yet; whether it was not.
fn create(path: &Path, text: &str) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

//! The trees that the tests serve: fixtures, and edits of their files.

use std::fs;
use std::path::Path;

use crate::support::{Folder, Setup, TestServer};

pub const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// A server on a copy of `tests/fixtures/NAME`, whose documents may call the server by its
/// default address.
pub fn serve(fixture: &str) -> TestServer {
    serve_with(fixture, &[])
}

/// The same with these flags.
pub fn serve_with(fixture: &str, flags: &[&str]) -> TestServer {
    let server = Setup::new().args(flags).start();
    let from = Path::new(FIXTURES).join(fixture);
    copy(&from, "", &server.folder, &server.announced);
    server
}

/// Copies a folder with all below it to `path` of the tree, with `url` for the server's default
/// address.
pub fn copy(from: &Path, path: &str, folder: &Folder, url: &str) {
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = match path {
            "" => name,
            dir => format!("{dir}/{name}"),
        };
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &path, folder, url);
        } else {
            let text = fs::read_to_string(entry.path()).unwrap();
            folder.write(&path, text.replace("http://localhost:8080", url));
        }
    }
}

/// A file's text.
pub fn read(folder: &Folder, path: &str) -> String {
    fs::read_to_string(folder.on_disk(path)).unwrap()
}

/// Replaces a piece of a file, which has to be in it.
pub fn edit(folder: &Folder, path: &str, from: &str, to: &str) {
    folder.write(path, edited(folder, path, from, to));
}

/// A file's text with a piece replaced.
pub fn edited(folder: &Folder, path: &str, from: &str, to: &str) -> String {
    let text = read(folder, path);
    assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
    text.replace(from, to)
}

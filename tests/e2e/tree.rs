//! The trees that the tests serve: fixtures, and edits of their files.

use std::fs;
use std::path::Path;

use crate::client::QtClient;
use crate::picture::png_of;
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

/// A tree that needs all kinds of URLs: a directory, a script, an image and a page that is loaded by
/// a name. It prints what it shows.
pub fn of_all_kinds() -> Setup {
    let main = "import QtQuick 2.12\nimport \"parts\"\nimport \"logic.js\" as Logic\n\
        Item {\nwidth: 100; height: 50\nPart { id: part }\n\
        Image { id: image; source: \"a.png\"; onStatusChanged: told() }\n\
        Loader { id: page; source: \"pages/\" + Logic.page() + \".qml\"; onLoaded: told() }\n\
        function told() { if (image.status === Image.Ready && page.item)\n\
            console.log(\"SHOWS \" + part.text + \" \" + page.item.text) }\n}\n";
    let part = "import QtQuick 2.12\nItem { property string text: \"part-one\" }\n";
    let page = "import QtQuick 2.12\nItem { property string text: \"page-one\" }\n";
    Setup::new()
        .file("a.png", png_of(8, [0, 0, 200]))
        .file("main.qml", main)
        .file("parts/Part.qml", part)
        .file("pages/Page.qml", page)
        .file("logic.js", "function page() { return \"Page\" }\n")
}

/// A client of that tree shows it, and an edit of what is imported and of what is loaded.
pub fn edits_are_shown(client: &QtClient, server: &TestServer) {
    client.wait_for_since(0, "SHOWS part-one page-one");
    let mark = client.mark();
    edit(&server.folder, "parts/Part.qml", "part-one", "part-two");
    client.wait_for_since(mark, "SHOWS part-two page-one");
    let mark = client.mark();
    edit(&server.folder, "pages/Page.qml", "page-one", "page-two");
    client.wait_for_since(mark, "SHOWS part-two page-two");
}

/// An error in that tree is read back to its line, the way that everything else goes.
pub fn break_part(server: &TestServer) {
    edit(&server.folder, "parts/Part.qml", "property", "proprety");
    server.logged("parts/Part.qml:2");
}

/// That tree is shown again once the error is gone.
pub fn repair_is_shown(client: &QtClient, server: &TestServer) {
    let mark = client.mark();
    edit(&server.folder, "parts/Part.qml", "proprety", "property");
    edit(&server.folder, "parts/Part.qml", "part-two", "part-three");
    client.wait_for_since(mark, "SHOWS part-three page-two");
}

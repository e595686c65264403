//! The chapter that users come from: its documents, through `remote.qml`, as they stand there.

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::tree::serve_with;

in_each_runtime!(the_chapter_runs, a_click_arrives);

/// A document of the chapter, and whether the `qmldir` is there.
const ROWS: &[(&str, bool, &str)] = &[
    ("main.qml", false, "main.qml"),
    ("main.qml", true, "main.qml"),
    // What fails from any other server: "Button is not a type".
    ("sibling.qml", false, "Click Me"),
    ("sibling.qml", true, "Click Me"),
    // import "http://localhost:8080" as Remote
    ("unversioned.qml", false, "Click Me"),
    ("unversioned.qml", true, "Click Me"),
    // import "http://localhost:8080" 1.0 as Remote
    ("main2.qml", true, "Click Me"),
    // Works as it does locally, where a directory without a qmldir has no versions.
    ("main2.qml", false, "Click Me"),
];

fn the_chapter_runs(runtime: Runtime) {
    for (document, has_qmldir, shows) in ROWS {
        eprintln!("{document}, with a qmldir: {has_qmldir}");
        let server = serve_with("book", &["--document", document]);
        if !has_qmldir {
            server.folder.remove("qmldir");
        }
        let client = QtClient::remote_file(runtime, &server.announced);
        client.wait_to_show(0, shows);
    }
}

/// Only in the newest Qt, whose runtime can click.
fn a_click_arrives(runtime: Runtime) {
    if runtime != Runtime::Newest {
        return;
    }
    let server = serve_with("book", &["--document", "main2.qml"]);
    let mut client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "Click Me");
    client.ask_until("windows", |windows| windows.contains("\"width\": 320"));
    client.tell("click 160 160");
    client.wait_for_end();
}

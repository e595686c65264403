//! Only what changed is new: what a client keeps over a reload.

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::TestServer;

in_each_runtime!(
    a_singleton_that_did_not_change_keeps_its_state,
    what_is_imported_above_the_root_is_as_new_as_all_else,
);

/// Says how often a singleton was asked, and how it is called.
fn counting(document: &str) -> String {
    format!(
        "import QtQuick 2.12\nItem {{\nPart {{}}\n\
         Component.onCompleted: console.log('SHOWS {document} ' + Counter.name + ' ' + Counter.next())\n}}\n"
    )
}

fn counter(name: &str) -> String {
    format!(
        "pragma Singleton\nimport QtQuick 2.12\nItem {{\n\
         property string name: '{name}'\nproperty int count: 0\n\
         function next() {{ return ++count }}\n\
         Timer {{ interval: 60000; running: true }}\n}}\n"
    )
}

fn a_singleton_that_did_not_change_keeps_its_state(runtime: Runtime) {
    let server = TestServer::start(&[
        ("qmldir", "singleton Counter 1.0 Counter.qml\n"),
        ("Counter.qml", &counter("old")),
        ("Part.qml", "import QtQuick 2.12\nItem {}\n"),
        ("main.qml", &counting("first")),
    ]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "first old 1");

    server.write("main.qml", counting("second"));
    client.wait_to_show(0, "second old 2");
    server.write("Part.qml", "import QtQuick 2.12\nItem { x: 1 }\n");
    client.wait_to_show(0, "second old 3");

    server.write("Counter.qml", counter("new"));
    client.wait_to_show(0, "second new 1");
    server.logged("Counter.qml: a client keeps the former instance of this singleton");
    server.write("main.qml", counting("third"));
    client.wait_to_show(0, "third new 2");

    // The old one is still in the engine, under the URL that it had.
    server.write("Counter.qml", counter("old"));
    client.wait_to_show(0, "third old 4");
}

fn what_is_imported_above_the_root_is_as_new_as_all_else(runtime: Runtime) {
    let part =
        |text: &str| format!("import QtQuick 2.12\nItem {{\nproperty string text: '{text}'\n}}\n");
    // A URL that climbs above the root stays there, and leaves the version on its way.
    let main = "import QtQuick 2.12\nimport \"../\"\nimport \"../../sub\"\nimport \"../x.js\" as X\nItem {\n\
                Part { id: part }\nOther { id: other }\n\
                Component.onCompleted: console.log('SHOWS ' + part.text + other.text + X.text())\n}\n";
    let server = TestServer::start(&[
        ("Part.qml", &part("a")),
        ("sub/Other.qml", &part("b")),
        ("x.js", "function text() { return 'c' }\n"),
        ("main.qml", main),
    ]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "abc");
    server.write("Part.qml", part("A"));
    client.wait_to_show(0, "Abc");
    server.write("sub/Other.qml", part("B"));
    client.wait_to_show(0, "ABc");
    server.write("x.js", "function text() { return 'C' }\n");
    client.wait_to_show(0, "ABC");
}

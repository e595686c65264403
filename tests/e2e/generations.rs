//! Only what changed is new: what a client keeps over a reload.

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::TestServer;

in_each_runtime!(a_singleton_that_did_not_change_keeps_its_state);

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

//! A client that stays open shows each kind of edit, and the same as one that is started
//! afterwards.
//!
//! The document prints all that it got from other files as one line of JSON, so that each row
//! also says that nothing else has changed.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::QtClient;
use crate::picture::png_of;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Folder, Save, TestServer};
use crate::tree::{edit, edited, read, serve};

in_each_runtime!(each_kind_of_edit_arrives, each_way_of_saving_arrives);

/// What is done to the tree, and which of the values is another one then.
struct Row {
    kind: &'static str,
    edit: fn(&Folder),
    changes: &'static str,
    to: &'static str,
}

const fn row(
    kind: &'static str,
    edit: fn(&Folder),
    changes: &'static str,
    to: &'static str,
) -> Row {
    Row {
        kind,
        edit,
        changes,
        to,
    }
}

const ROWS: &[Row] = &[
    row(
        "root document",
        |tree| edit(tree, "main.qml", "own: \"1\"", "own: \"2\""),
        "root",
        "2",
    ),
    row(
        "sibling",
        |tree| to_two(tree, "Sibling.qml"),
        "sibling",
        "2",
    ),
    row(
        "component in a sub-directory",
        |tree| to_two(tree, "sub/Panel.qml"),
        "directory",
        "2",
    ),
    row(
        "component of a component",
        |tree| to_two(tree, "Grand.qml"),
        "grandchild",
        "2",
    ),
    row("script", |tree| to_two(tree, "logic.js"), "script", "2"),
    row(
        "script imported by a script",
        |tree| to_two(tree, "helper.js"),
        "nested script",
        "2",
    ),
    row(
        "ES module",
        |tree| to_two(tree, "module.mjs"),
        "ES module",
        "2",
    ),
    row(
        "singleton",
        |tree| to_two(tree, "Theme.qml"),
        "singleton",
        "2",
    ),
    row(
        "dotted module",
        |tree| to_two(tree, "My/Mod/Thing.qml"),
        "module",
        "2",
    ),
    row(
        "absolute self-import",
        |tree| to_two(tree, "Button.qml"),
        "self-import",
        "2",
    ),
    row(
        "image",
        |tree| tree.write("dot.png", png_of(4, [40, 50, 60])),
        "image",
        "40,50,60",
    ),
    row(
        "document named in a Loader string",
        |tree| to_two(tree, "pages/Page.qml"),
        "loaded",
        "2",
    ),
    row(
        "JSON read by XMLHttpRequest",
        |tree| to_two(tree, "data.json"),
        "json",
        "2",
    ),
    row(
        "inline component",
        |tree| edit(tree, "main.qml", "value: \"1\"", "value: \"2\""),
        "inline",
        "2",
    ),
    row(
        "inline component of another document",
        |tree| to_two(tree, "Parts.qml"),
        "inline of another",
        "2",
    ),
    row(
        "qmldir",
        |tree| edit(tree, "qmldir", "PickedOne.qml", "PickedTwo.qml"),
        "qmldir",
        "two",
    ),
    row(
        "new component without a qmldir entry",
        |tree| {
            tree.write("Fresh.qml", read(tree, "Grand.qml"));
            edit(tree, "main.qml", "// new: none", "Fresh { id: fresh }");
        },
        "new",
        "2",
    ),
    row(
        "rename",
        |tree| {
            tree.rename("Sibling.qml", "Cousin.qml");
            edit(tree, "Cousin.qml", "\"2\"", "\"3\"");
            edit(tree, "main.qml", "Sibling {", "Cousin {");
        },
        "sibling",
        "3",
    ),
    row(
        "rename of a directory",
        |tree| {
            tree.rename("sub", "moved");
            edit(tree, "moved/Panel.qml", "\"2\"", "\"3\"");
            edit(tree, "main.qml", "import \"sub\"", "import \"moved\"");
        },
        "directory",
        "3",
    ),
    row(
        "atomic save",
        |tree| {
            let text = edited(tree, "logic.js", "\"2\"", "\"3\"");
            tree.save("logic.js", text, Save::Rename);
        },
        "script",
        "3",
    ),
];

/// An edit that breaks the interface, and one that mends it.
struct Broken {
    kind: &'static str,
    breaks: fn(&Folder),
    mends: fn(&Folder),
    changes: &'static str,
    to: &'static str,
}

const BROKEN: &[Broken] = &[
    Broken {
        kind: "delete and restore, changed",
        breaks: |tree| tree.remove("Grand.qml"),
        mends: |tree| {
            tree.write(
                "Grand.qml",
                read(tree, "Fresh.qml").replace("\"2\"", "\"4\""),
            )
        },
        changes: "grandchild",
        to: "4",
    },
    Broken {
        kind: "delete and restore as it was",
        breaks: |tree| tree.rename("Button.qml", "Button.qml.old"),
        mends: |tree| tree.rename("Button.qml.old", "Button.qml"),
        changes: "self-import",
        to: "2",
    },
    Broken {
        kind: "syntax error and fix",
        breaks: |tree| edit(tree, "Cousin.qml", "value: \"3\"", "value: = \"4\""),
        mends: |tree| edit(tree, "Cousin.qml", "value: = \"4\"", "value: \"4\""),
        changes: "sibling",
        to: "4",
    },
    Broken {
        kind: "syntax error in a script and fix",
        breaks: |tree| edit(tree, "helper.js", "= \"2\"", "= \"4"),
        mends: |tree| edit(tree, "helper.js", "= \"4", "= \"4\""),
        changes: "nested script",
        to: "4",
    },
];

fn to_two(tree: &Folder, path: &str) {
    edit(tree, path, "\"1\"", "\"2\"");
}

fn each_kind_of_edit_arrives(runtime: Runtime) {
    let server = serve("freshness");
    let tree = &server.folder;
    tree.write("dot.png", png_of(4, [10, 20, 30]));
    let mut expected: BTreeMap<&str, &str> = ROWS.iter().map(|row| (row.changes, "1")).collect();
    expected.extend([("image", "10,20,30"), ("qmldir", "one"), ("new", "none")]);

    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, &line(&expected));
    for row in ROWS {
        eprintln!("edit: {}", row.kind);
        let mark = client.mark();
        (row.edit)(tree);
        expected.insert(row.changes, row.to);
        client.wait_to_show(mark, &line(&expected));
    }
    for row in BROKEN {
        eprintln!("edit: {}", row.kind);
        let mark = client.mark();
        (row.breaks)(tree);
        wait_for_error(&server);
        (row.mends)(tree);
        expected.insert(row.changes, row.to);
        client.wait_to_show(mark, &line(&expected));
    }

    let fresh = QtClient::remote(runtime, &server.announced);
    fresh.wait_to_show(0, &line(&expected));
}

fn each_way_of_saving_arrives(runtime: Runtime) {
    let document = |value: usize| {
        format!(
            "import QtQuick 2.12\nItem {{ Component.onCompleted: console.log('SHOWS {value}') }}"
        )
    };
    let server = TestServer::start(&[("main.qml", &document(0))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "0");
    for (number, how) in Save::ALL.into_iter().enumerate() {
        eprintln!("save: {how:?}");
        server.save("main.qml", document(number + 1), how);
        client.wait_to_show(0, &(number + 1).to_string());
    }
}

fn line(values: &BTreeMap<&str, &str>) -> String {
    serde_json::to_string(values).unwrap()
}

/// Waits until a client reports that it cannot show the newest version.
pub fn wait_for_error(server: &TestServer) -> Value {
    let mut found = Value::Null;
    crate::support::wait_until(
        "a client reports an error of the newest version",
        || format!("{:#}", server.status()),
        || {
            let status = server.status();
            let errors = status["errors"].as_array().unwrap();
            let newest = errors
                .iter()
                .find(|error| error["version"] == status["version"]);
            found = newest.map_or(Value::Null, |error| error["errors"].clone());
            !found.is_null()
        },
    );
    found
}

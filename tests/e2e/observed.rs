//! Loads that nobody can read off a document: each row is a tree in which the name of a file is
//! made in a way that is not followed, an edit of that file, and what has to be shown.

use crate::client::QtClient;
use crate::picture::png_of;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Setup, TestServer, wait_until};

in_each_runtime!(
    a_load_that_was_not_foreseen_is_as_fresh_as_any,
    a_page_that_is_loaded_late_sees_the_types_of_now,
    a_server_that_is_started_anew_knows_what_was_loaded_before,
);

/// A file and its content.
type File = (&'static str, Vec<u8>);

struct Row {
    what: &'static str,
    /// Beside `main.qml`, which shows `state`.
    files: Vec<File>,
    /// What stands in the entry.
    body: &'static str,
    shown: &'static str,
    /// An edit, and what is shown then.
    edits: Vec<(File, &'static str)>,
}

fn text(path: &'static str, content: &str) -> File {
    (path, content.into())
}

fn image(path: &'static str, size: u32) -> File {
    (path, png_of(size, [0, 0, 200]))
}

fn value(path: &'static str, value: &str) -> File {
    let content = format!("import QtQuick 2.12\nItem {{ property string value: '{value}' }}\n");
    (path, content.into_bytes())
}

/// A document that shows something by itself.
fn page(path: &'static str, shown: &str) -> File {
    let content = format!(
        "import QtQuick 2.12\nItem {{ Component.onCompleted: console.log('SHOWS {shown}') }}\n"
    );
    (path, content.into_bytes())
}

/// `read(name, done)` hands over what stands in a file.
fn entry(body: &str) -> String {
    format!(
        "import QtQuick 2.12\nimport QtQuick.Controls 2.12\nItem {{\nid: root\nwidth: 40; height: 40\n\
         property string shown: ''\nonShownChanged: if (shown) console.log('SHOWS ' + shown)\n\
         function read(name, done) {{\nvar request = new XMLHttpRequest()\n\
         request.onreadystatechange = function() {{ if (request.readyState === XMLHttpRequest.DONE) \
         done(request.responseText) }}\nrequest.open('GET', Qt.resolvedUrl(name))\nrequest.send()\n}}\n\
         function given(done) {{ read('data.json', function(text) {{ done(JSON.parse(text)) }}) }}\n\
         {body}\n}}\n"
    )
}

fn rows() -> Vec<Row> {
    vec![
        Row {
            what: "a name that stands in data",
            files: vec![text("data.json", r#"{"file": "a.png"}"#), image("a.png", 3)],
            body: "Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width }
                   Component.onCompleted: given(function(d) { image.source = d.file })",
            shown: "3",
            edits: vec![(image("a.png", 5), "5")],
        },
        Row {
            what: "a property whose name stands in data, of an object of another document",
            files: vec![
                text("data.json", r#"{"key": "source", "file": "a.png"}"#),
                image("a.png", 3),
                text("sub/Card.qml", "import QtQuick 2.12\nItem { property alias picture: p; Image { id: p } }\n"),
                image("sub/a.png", 3),
            ],
            body: "Loader { id: l; source: 'sub/Card.qml'
                       onLoaded: given(function(d) { item.picture[d.key] = d.file }) }
                   Timer { interval: 50; running: true; repeat: true
                       onTriggered: if (l.item && l.item.picture.status == Image.Ready) root.shown = l.item.picture.sourceSize.width }",
            shown: "3",
            // Which of the two it is depends on the version of Qt.
            edits: vec![(image("a.png", 5), "3 or 5"), (image("sub/a.png", 5), "5")],
        },
        Row {
            what: "a name from data, of a file that a third document is known to load",
            files: vec![
                text("data.json", r#"{"file": "a.png"}"#),
                image("a.png", 3),
                text("Card.qml", "import QtQuick 2.12\nItem { property alias picture: p; Image { id: p } }\n"),
                text("Known.qml", "import QtQuick 2.12\nImage { source: 'a.png' }\n"),
            ],
            body: "Known { }
                   Card { id: card }
                   Component.onCompleted: given(function(d) { card.picture.source = d.file })
                   Timer { interval: 50; running: true; repeat: true
                       onTriggered: if (card.picture.status == Image.Ready) root.shown = card.picture.sourceSize.width }",
            shown: "3",
            edits: vec![(image("a.png", 5), "5")],
        },
        Row {
            what: "a method whose name stands in data",
            files: vec![
                text("data.json", r#"{"method": "setSource", "file": "Page.qml"}"#),
                value("Page.qml", "one"),
            ],
            body: "Loader { id: l; onLoaded: root.shown = item.value }
                   Component.onCompleted: given(function(d) { l[d.method](d.file) })",
            shown: "one",
            edits: vec![(value("Page.qml", "two"), "two")],
        },
        Row {
            what: "a way up inside the unknown part of a name",
            files: vec![
                text("data.json", r#"{"name": "../other/a"}"#),
                image("img/b.png", 1),
                image("other/a.png", 3),
            ],
            body: "Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width }
                   Component.onCompleted: given(function(d) { image.source = 'img/' + d.name + '.png' })",
            shown: "3",
            edits: vec![(image("other/a.png", 5), "5")],
        },
        Row {
            what: "images in rich text that comes from data",
            files: vec![text("data.json", r#"{"html": "<img src='a.png'>"}"#), image("a.png", 30)],
            body: "Text { id: label; textFormat: Text.RichText
                       onPaintedWidthChanged: if (paintedWidth > 25) root.shown = Math.round(paintedWidth / 10) }
                   Component.onCompleted: given(function(d) { label.text = d.html })",
            shown: "3",
            edits: vec![(image("a.png", 50), "5")],
        },
        Row {
            what: "a document that is read as a text",
            files: vec![text("data.json", r#"{"file": "notes.js"}"#), text("notes.js", "one")],
            body: "Component.onCompleted: given(function(d) { read(d.file, function(text) { root.shown = text }) })",
            shown: "one",
            edits: vec![(text("notes.js", "two"), "two")],
        },
        Row {
            what: "a document with the suffix of another file",
            files: vec![
                text("data.json", r#"{"file": "Page.txt"}"#),
                text("Page.txt", "import QtQuick 2.12\nItem { property string value: p.value; Part { id: p } }\n"),
                value("Part.qml", "one"),
            ],
            body: "Loader { id: l; onLoaded: root.shown = item.value }
                   Component.onCompleted: given(function(d) { l.source = d.file })",
            shown: "one",
            edits: vec![(value("Part.qml", "two"), "two")],
        },
        Row {
            what: "the same, by a name that can be read",
            files: vec![
                text("Page.txt", "import QtQuick 2.12\nItem { property string value: p.value; Part { id: p } }\n"),
                value("Part.qml", "one"),
            ],
            body: "Loader { source: 'Page.txt'; onLoaded: root.shown = item.value }",
            shown: "one",
            edits: vec![
                (value("Part.qml", "two"), "two"),
                (text("Page.txt", "import QtQuick 2.12\nItem { property string value: 'three' }\n"), "three"),
            ],
        },
        Row {
            // It says itself that it is there: a page from afar comes after `currentItem`.
            what: "a page in a variable, pushed as the second of two",
            files: vec![
                text("data.json", r#"{"file": "Page.qml"}"#),
                value("First.qml", "first"),
                page("Page.qml", "one"),
            ],
            body: "StackView { id: stack }
                   Component.onCompleted: given(function(d) { var page = '' + Qt.resolvedUrl(d.file); stack.push(['' + Qt.resolvedUrl('First.qml'), page]) })",
            shown: "one",
            edits: vec![(page("Page.qml", "two"), "two")],
        },
        Row {
            what: "names in escape sequences",
            files: vec![text("data.json", r#"{"file": "a.png"}"#), image("a.png", 3), image("b.png", 3)],
            body: "Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width }
                   Component.onCompleted: given(function(d) { image['\\x73ource'] = d.file })",
            shown: "3",
            edits: vec![(image("a.png", 5), "5")],
        },
        Row {
            what: "a document inside a string",
            files: vec![image("a.png", 3)],
            body: "function showing(size) { root.shown = size }
                   property string text: 'import QtQuick 2.12; Image { source: [\\'a\\', \\'png\\'].join(\\'.\\'); onStatusChanged: if (status == Image.Ready) showing(sourceSize.width) }'
                   Component.onCompleted: Qt.createQmlObject(text, root)",
            shown: "3",
            edits: vec![(image("a.png", 5), "5")],
        },
        Row {
            what: "images in rich text with a base",
            files: vec![image("img/a.png", 30)],
            body: "Text { baseUrl: Qt.resolvedUrl('img/'); textFormat: Text.RichText; text: '<img src=\\'a.png\\'>'
                       onPaintedWidthChanged: if (paintedWidth > 25) root.shown = Math.round(paintedWidth / 10) }",
            shown: "3",
            edits: vec![(image("img/a.png", 50), "5")],
        },
        Row {
            what: "a value of a binding that is set by its id",
            files: vec![text("data.json", r#"{"file": "a.png"}"#), image("a.png", 3)],
            body: "Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width }
                   Binding { id: binding; target: image; property: 'source' }
                   Component.onCompleted: given(function(d) { binding.value = d.file })",
            shown: "3",
            edits: vec![(image("a.png", 5), "5")],
        },
        Row {
            what: "the same, by an alias",
            files: vec![text("data.json", r#"{"file": "a.png"}"#), image("a.png", 3)],
            body: "property alias picture: binding.value
                   Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width }
                   Binding { id: binding; target: image; property: 'source' }
                   Component.onCompleted: given(function(d) { picture = d.file })",
            shown: "3",
            edits: vec![(image("a.png", 5), "5")],
        },
        Row {
            what: "a function that is called by another",
            files: vec![text("data.json", r#"{"file": "b.json"}"#), text("b.json", "one")],
            body: "function fetch(name) { var request = new XMLHttpRequest()
                       request.onreadystatechange = function() { if (request.readyState === XMLHttpRequest.DONE) root.shown = request.responseText }
                       request.open.call(request, 'GET', Qt.resolvedUrl('.') + name)
                       request.send() }
                   Component.onCompleted: given(function(d) { fetch(d.file) })",
            shown: "one",
            edits: vec![(text("b.json", "two"), "two")],
        },
        Row {
            what: "a file that was missing",
            files: vec![text("data.json", r#"{"file": "a.png"}"#)],
            body: "Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width; else if (status == Image.Error) root.shown = 'none' }
                   Component.onCompleted: given(function(d) { image.source = d.file })",
            shown: "none",
            edits: vec![(image("a.png", 5), "5")],
        },
    ]
}

fn a_load_that_was_not_foreseen_is_as_fresh_as_any(runtime: Runtime) {
    for row in rows() {
        eprintln!("{}", row.what);
        let mut setup = Setup::new().file("main.qml", entry(row.body));
        for (path, content) in &row.files {
            setup = setup.file(path, content);
        }
        // Somebody else who computes names, and is not to be blamed for all of it.
        let other = "import QtQuick 2.12\nImage { property string name; source: name }\n";
        let server = setup.file("Other.qml", other).start();
        let client = QtClient::remote(runtime, &server.announced);
        client.wait_to_show(0, row.shown);
        for ((path, content), shown) in &row.edits {
            server.write(path, content);
            if !shown.contains(" or ") {
                client.wait_to_show(0, shown);
            }
        }
    }
}

/// `main.qml` loads `pages/NAME.qml` as soon as `go.txt` says so, which no version holds.
const LATE: &str = "Loader { id: l; onLoaded: root.shown = item.value }
    property string name: ''
    Component.onCompleted: root.shown = 'ready'
    Timer { interval: 50; running: root.name === ''; repeat: true
        onTriggered: read('/' + ['go', 'txt'].join('.'), function(text) {
            if (text !== '' && text !== '-') { root.name = text; l.source = ['pages', text].join('/') + '.qml' } }) }";

fn a_page_that_is_loaded_late_sees_the_types_of_now(runtime: Runtime) {
    let page =
        "import QtQuick 2.12\nItem { property string value: part.value; Part { id: part } }\n";
    for shared in ["", "First { }"] {
        let server = Setup::new()
            .file(
                "main.qml",
                format!("import 'pages'\n{}", entry(&format!("{LATE}\n{shared}"))),
            )
            .file("go.txt", "-")
            .file("pages/First.qml", page)
            .file("pages/Page.qml", page)
            .file("pages/Part.qml", value("", "one").1)
            .start();
        let client = QtClient::remote(runtime, &server.announced);
        client.wait_to_show(0, "ready");
        for number in 2..5 {
            let before = server.version();
            server.write("pages/Part.qml", value("", &number.to_string()).1);
            wait_until("the edit is there", String::new, || {
                server.version() != before
            });
        }
        server.write("go.txt", "Page");
        client.wait_to_show(0, "4");
        server.write("pages/Part.qml", value("", "five").1);
        client.wait_to_show(0, "five");
    }
}

fn a_server_that_is_started_anew_knows_what_was_loaded_before(runtime: Runtime) {
    let body = "Image { id: image; onStatusChanged: if (status == Image.Ready) root.shown = sourceSize.width }
                Component.onCompleted: given(function(d) { image.source = d.file })";
    let mut server = Setup::new()
        .file("main.qml", entry(body))
        .file("data.json", r#"{"file": "a.png"}"#)
        .file("a.png", png_of(3, [0, 0, 0]))
        .start();
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "3");
    restart(&mut server);
    server.write("a.png", png_of(5, [0, 0, 0]));
    client.wait_to_show(0, "5");
    // And where the edit comes before the client does.
    server.kill();
    server.restart();
    server.write("a.png", png_of(7, [0, 0, 0]));
    client.wait_to_show(0, "7");
}

/// Starts the server anew, and waits until its client is there again.
fn restart(server: &mut TestServer) {
    server.kill();
    server.restart();
    wait_until(
        "the client is back",
        || server.stderr(),
        || {
            server.status()["clients"]
                .as_array()
                .is_some_and(|clients| !clients.is_empty())
        },
    );
}

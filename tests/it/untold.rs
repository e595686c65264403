//! What is told in the terminal without a client that says it: errors at the start and at a save,
//! and files that are asked for and are not there.

use serde_json::json;

use crate::support::{Save, TestServer, wait_until};

const GOOD: &str = "import QtQuick 2.15\nItem {}\n";

/// How Qt asks.
const QT: [(&str, &str); 1] = [("User-Agent", "Mozilla/5.0")];

/// Saves, and waits until that is a version of its own.
fn saved(server: &TestServer, path: &str, text: &str) {
    let before = server.version();
    server.save(path, text, Save::Rename);
    wait_until(
        "the save is a version",
        || server.stderr(),
        || server.version() != before,
    );
}

fn times(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn a_broken_tree_is_told_of_at_the_start() {
    let broken = "import QtQuick 2.15\nItem {\n    width 10\n}\n";
    let server = TestServer::start(&[("main.qml", broken), ("other.qml", GOOD)]);
    server.logged("main.qml:3:5: the document does not parse near \"width\"");
    server.logged("\n    3 |     width 10\n      |     ^\n");
}

#[test]
fn more_than_anybody_reads_are_counted() {
    let broken = "import QtQuick 2.15\nItem { Nix {} }\n";
    let names: Vec<_> = (0..25).map(|n| format!("P{n:02}.qml")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), broken)).collect();
    let server = TestServer::start(&files);
    server.logged("and 5 more: qmlserve check has them all");
    assert_eq!(times(&server.stderr(), "Nix is not a type"), 20);
}

#[test]
fn without_a_client_an_error_is_told_at_the_save_and_once() {
    let server = TestServer::start(&[("main.qml", GOOD), ("Button.qml", GOOD)]);
    let wrong = "import QtQuick 2.15\nItem { Buton {} }\n";
    saved(&server, "main.qml", wrong);
    server.logged("main.qml:2:8: Buton is not a type");
    server.logged("did you mean Button?");
    // Another save changes nothing about it; mending it and breaking it again does.
    saved(
        &server,
        "Button.qml",
        "import QtQuick 2.15\nItem { x: 1 }\n",
    );
    saved(&server, "main.qml", GOOD);
    saved(
        &server,
        "Button.qml",
        "import QtQuick 2.15\nItem { Nix {} }\n",
    );
    server.logged("Button.qml:2:8: Nix is not a type");
    assert_eq!(times(&server.stderr(), "Buton is not a type"), 1);
    saved(&server, "main.qml", wrong);
    saved(
        &server,
        "last.qml",
        "import QtQuick 2.15\nItem { Last {} }\n",
    );
    server.logged("Last is not a type");
    assert_eq!(times(&server.stderr(), "Buton is not a type"), 2);
}

#[test]
fn what_was_told_is_not_told_again_when_a_client_says_it() {
    let wrong = "import QtQuick 2.15\nItem { Buton {} }\n";
    let server = TestServer::start(&[("main.qml", wrong)]);
    server.logged("main.qml:2:8: Buton is not a type");
    let events = server.events_at("/@qmlserve/events?client=tablet");
    let version = events.change().version;
    let message = format!(
        "http://h/@{version}/main.qml:2:8: Buton is not a type\nhttp://h/@{version}/main.qml:9: else"
    );
    let report =
        json!({"client": "tablet", "kind": "error", "version": version, "message": message});
    assert_eq!(server.report(&report).status, 204);
    server.logged("main.qml:9: else");
    assert_eq!(times(&server.stderr(), "Buton is not a type"), 1);
    // It is in the status all the same.
    assert_eq!(
        server.status()["errors"][0]["errors"][0]["message"],
        "Buton is not a type"
    );
}

#[test]
fn a_client_s_word_comes_before_ours() {
    let server = TestServer::start(&[("main.qml", GOOD)]);
    let events = server.events_at("/@qmlserve/events?client=tablet");
    events.change();
    let wrong = "import QtQuick 2.15\nItem { Buton {} }\n";
    server.save("main.qml", wrong, Save::Rename);
    let version = events.until_changed("main.qml").version;
    let message = format!("http://h/@{version}/main.qml:2:8: as the client says it");
    let report =
        json!({"client": "tablet", "kind": "error", "version": version, "message": message});
    assert_eq!(server.report(&report).status, 204);
    server.logged("main.qml:2:8: as the client says it");
    // Another document is told of by nobody else, and ours come in one go.
    server.save(
        "other.qml",
        "import QtQuick 2.15\nItem { Nix {} }\n",
        Save::Rename,
    );
    server.logged("other.qml:2:8: Nix is not a type");
}

#[test]
fn a_file_that_is_not_there_is_told_of_once_a_version_with_who_asks() {
    let main = "import QtQuick 2.15\nItem {\n    Image { source: \"img/Logo.png\" }\n}\n";
    let server = TestServer::start(&[("main.qml", main), ("img/logo.png", "x")]);
    let asked = |version: &str| {
        let path = format!("/@{version}/img/Logo.png");
        assert_eq!(server.get_with(&path, &QT).status, 404);
    };
    let version = server.version();
    asked(&version);
    asked(&version);
    server.logged(
        "img/Logo.png is not there; main.qml:3 asks for it\n      did you mean img/logo.png?",
    );
    // Whoever is no client of Qt's reads the answer.
    assert_eq!(server.get("/nothing.png").status, 404);
    assert_eq!(server.get_with("/nix/qmldir", &QT).status, 404);
    assert_eq!(server.get_with("/last.png", &QT).status, 404);
    server.logged("last.png is not there; a client asks for it");
    let stderr = server.stderr();
    assert_eq!(times(&stderr, "Logo.png is not there"), 1, "{stderr}");
    assert!(
        !stderr.contains("nothing.png") && !stderr.contains("qmldir"),
        "{stderr}"
    );

    let events = server.events();
    events.change();
    server.save("main.qml", format!("{main}// more\n"), Save::Rename);
    asked(&events.until_changed("main.qml").version);
    server.save("x.txt", "x", Save::Rename);
    server.logged("changed: x.txt");
    assert_eq!(times(&server.stderr(), "Logo.png is not there"), 2);
}

//! Which document is the first.

use super::*;
use crate::project::Entry;

const ITEM: &str = "import QtQuick\nItem {}";

#[track_caller]
fn check(files: &[(&str, &str)], named: &[&str], chosen: Option<&str>, choices: &[&str]) {
    let entries = named.iter().map(|name| Entry {
        document: path(name),
        named: Place {
            path: path("main.cpp"),
            line: 1,
        },
    });
    let project = Project {
        entries: entries.collect(),
        mock_roots: vec![path("stubs")],
        ..Project::default()
    };
    let tree = Tree::of(files, project);
    let entries = tree.newest().entries();
    assert_eq!(entries.chosen.as_ref().map(TreePath::as_str), chosen);
    let found: Vec<_> = entries.choices.iter().map(TreePath::as_str).collect();
    assert_eq!(found, choices);
}

#[test]
fn the_project_goes_before_names_and_names_before_use() {
    let files = [("main.qml", ITEM), ("ui/App.qml", ITEM), ("b.qml", ITEM)];
    check(&files, &["ui/App.qml"], Some("ui/App.qml"), &["ui/App.qml"]);
    check(&files, &["gone.qml"], Some("main.qml"), &["main.qml"]);
    let both = ["b.qml", "ui/App.qml", "b.qml"];
    check(&files, &both, None, &["b.qml", "ui/App.qml"]);
    let with_main = ["b.qml", "main.qml"];
    check(&files, &with_main, Some("main.qml"), &with_main);
    check(
        &[("Main.qml", ITEM), ("a.qml", ITEM)],
        &[],
        Some("Main.qml"),
        &["Main.qml"],
    );
    check(&[], &[], None, &[]);
}

#[test]
fn a_document_that_nobody_else_uses_may_be_the_first() {
    let files = [
        (
            "ui/App.qml",
            "import QtQuick\nItem { App {} Part {} Loader { source: 'p/page.qml' } }",
        ),
        ("ui/Part.qml", ITEM),
        ("ui/p/page.qml", ITEM),
        (
            "ui/Theme.qml",
            "pragma Singleton\nimport QtQuick\nQtObject {}",
        ),
        ("ui/Wrong.qml", "import QtQuick\nItem {"),
        ("ui/Form.js", "var a"),
        ("stubs/Backend.qml", ITEM),
    ];
    check(&files, &[], Some("ui/App.qml"), &["ui/App.qml"]);
    let mut more = files.to_vec();
    more.push(("z/Tool.qml", "import QtQuick\nApplicationWindow {}"));
    check(&more, &[], None, &["z/Tool.qml", "ui/App.qml"]);
}

//! Kinds of edits, and what is done about each.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::tree::generation::Granularity;
use crate::tree::{Tree, TreeConfig};

const TREE: &[(&str, &str)] = &[
    (
        "main.qml",
        "import \"logic.js\" as Logic\nItem {\n  width: 1\n  Card { label: \"a\" }\n  function f() { return Logic.f() }\n}\n",
    ),
    ("Card.qml", "Item { property string label: \"card\" }\n"),
    (
        "Theme.qml",
        "pragma Singleton\nQtObject { property color c: \"red\" }\n",
    ),
    (
        "Needy.qml",
        "Item {\n  required property int index\n  width: 1\n}\n",
    ),
    ("Unused.qml", "Item {}\n"),
    ("logic.js", "function f() { return 1 }\n"),
    ("qmldir", "singleton Theme 1.0 Theme.qml\n"),
    ("pic.png", "picture"),
];

/// The state of a folder with the files of [`TREE`] and these; without a text, one is missing.
fn snapshot(files: &[(&str, Option<&str>)]) -> Arc<Snapshot> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in TREE {
        fs::write(dir.path().join(path), text).unwrap();
    }
    for (path, text) in files {
        match text {
            Some(text) => fs::write(dir.path().join(path), text).unwrap(),
            None => fs::remove_file(dir.path().join(path)).unwrap(),
        }
    }
    let config = TreeConfig {
        dir: dir.path().to_owned(),
        modules: Arc::default(),
        ignore: Vec::new(),
        own: Vec::new(),
        poll: true,
        poll_interval: Duration::from_secs(3600),
        burst: Duration::from_millis(250),
        snapshots: 0,
        granularity: Granularity::Document,
    };
    Tree::open(&config).unwrap().store().newest()
}

fn edited(path: &str, from: &str, to: &str) -> String {
    let (_, text) = TREE.iter().find(|(name, _)| *name == path).unwrap();
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

#[test]
fn each_kind_of_edit_is_pushed_only_where_that_is_safe() {
    let path = |text: &str| TreePath::parse(text).unwrap();
    let push = |paths: &[&str]| Plan::Push(paths.iter().map(|text| path(text)).collect());
    let restart = |file: &str, line: Option<u32>, what| {
        let file = path(file);
        Plan::Restart(Reason { file, line, what })
    };
    let old = snapshot(&[]);
    let check = |name: &str, files: &[(&str, Option<&str>)], expected: Plan| {
        assert_eq!(of_changes(&old, &snapshot(files)), expected, "{name}");
    };
    let edit = |name: &str, (file, from, to): (&str, &str, &str), expected: Plan| {
        let text = edited(file, from, to);
        check(name, &[(file, Some(&text))], expected);
    };

    check("nothing", &[], push(&[]));
    edit(
        "a value",
        ("main.qml", "width: 1", "width: 2"),
        push(&["main.qml"]),
    );
    edit(
        "a function",
        ("main.qml", "return", "return 2 *"),
        push(&["main.qml"]),
    );
    edit(
        "a comment",
        ("Card.qml", "Item", "// new\nItem"),
        push(&["Card.qml"]),
    );
    let (main, card) = (
        edited("main.qml", "\"a\"", "\"b\""),
        edited("Card.qml", "card", "c"),
    );
    let both = [
        ("main.qml", Some(main.as_str())),
        ("Card.qml", Some(card.as_str())),
    ];
    check("two documents", &both, push(&["Card.qml", "main.qml"]));

    let outline = |file, line| restart(file, Some(line), What::Outline);
    edit(
        "a binding",
        ("main.qml", "width: 1", "width: 1 + 1"),
        outline("main.qml", 3),
    );
    edit(
        "an import",
        ("main.qml", "import", "import QtQml\nimport"),
        outline("main.qml", 1),
    );
    edit(
        "a child",
        ("main.qml", "}\n}", "}\n  Item {}\n}"),
        outline("main.qml", 6),
    );
    edit(
        "the root's type",
        ("Card.qml", "Item", "Rectangle"),
        outline("Card.qml", 1),
    );
    edit(
        "a name",
        ("Card.qml", "label", "title"),
        outline("Card.qml", 1),
    );
    edit(
        "a nested function",
        ("main.qml", "Logic.f()", "(() => 1)()"),
        outline("main.qml", 5),
    );

    let required = restart("Needy.qml", Some(2), What::Required);
    edit(
        "a value beside a required property",
        ("Needy.qml", "1", "2"),
        required,
    );

    let singleton = restart("Theme.qml", None, What::Singleton);
    edit(
        "a singleton's value",
        ("Theme.qml", "red", "blue"),
        singleton,
    );

    let cached = |file| restart(file, None, What::Cached);
    edit("a script", ("logic.js", "1", "2"), cached("logic.js"));
    edit("a qmldir", ("qmldir", "1.0", "2.0"), cached("qmldir"));
    check("an image", &[("pic.png", Some("other"))], cached("pic.png"));
    check("no qmldir any more", &[("qmldir", None)], cached("qmldir"));

    let named = |file| restart(file, None, What::Named);
    check(
        "a type that is used",
        &[("Card.qml", None)],
        named("Card.qml"),
    );
    check(
        "a type that nobody uses",
        &[("Unused.qml", None)],
        push(&[]),
    );
    check("a new type", &[("Fresh.qml", Some("Item {}"))], push(&[]));
    check(
        "a type in another's place",
        &[("Item.qml", Some("A {}"))],
        named("Item.qml"),
    );
    check("a new image", &[("new.png", Some("x"))], push(&[]));

    edit(
        "a break",
        ("Card.qml", "}", ""),
        Plan::Wait(path("Card.qml")),
    );
    let broken = [("Card.qml", Some("Item {")), ("logic.js", Some("var a"))];
    check(
        "a break among others",
        &broken,
        Plan::Wait(path("Card.qml")),
    );
    check(
        "a new one that is broken",
        &[("Fresh.qml", Some("Item {"))],
        Plan::Wait(path("Fresh.qml")),
    );
}

#[test]
fn a_program_without_anything_new_is_left_alone() {
    let old = snapshot(&[]);
    let main = TreePath::main();
    assert_eq!(plan(&old, &old, &main), Plan::Push(Vec::new()));
    let new = snapshot(&[("Card.qml", Some("Item { property string label: \"c\" }\n"))]);
    let card = TreePath::parse("Card.qml").unwrap();
    assert_eq!(plan(&old, &new, &main), Plan::Push(vec![card]));
}

#[test]
fn a_reason_says_where_it_is() {
    let reason = Reason {
        file: TreePath::main(),
        line: Some(3),
        what: What::Outline,
    };
    let said = "main.qml:3: more than values and the code of functions and handlers changed";
    assert_eq!(reason.to_string(), said);
}

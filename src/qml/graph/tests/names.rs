//! Names of types, and what directories map them to.

use super::*;

#[test]
fn names_lead_to_the_files_that_they_may_mean() {
    let tree = Tree::of(&[
        ("main.qml", "import \"lib\"\nItem { Card {} }"),
        ("other.qml", "import \"lib\" as L\nItem { L.Button {} }"),
        (
            "Local.qml",
            "Item { property Theme t; function f(x: Enums) { return x as Cast } }",
        ),
        ("Theme.qml", "Item {}"),
        ("Enums.qml", "Item {}"),
        ("Cast.qml", "Item {}"),
        ("lib/Card.qml", "Button { }"),
        ("lib/Button.qml", "Item {}"),
        ("lib/Form.ui.qml", "Item {}"),
        ("far/Card.qml", "Item {}"),
    ]);
    check(
        &tree,
        "lib/Card.qml",
        "Button { x: 1 }",
        &["lib/Card.qml", "main.qml"],
    );
    check(
        &tree,
        "lib/Button.qml",
        "Item { x: 1 }",
        &["lib/Button.qml", "lib/Card.qml", "main.qml", "other.qml"],
    );
    check(&tree, "far/Card.qml", "Item { x: 1 }", &["far/Card.qml"]);
    check(
        &tree,
        "Theme.qml",
        "Item { x: 1 }",
        &["Local.qml", "Theme.qml"],
    );
    check(
        &tree,
        "Enums.qml",
        "Item { x: 1 }",
        &["Enums.qml", "Local.qml"],
    );
    check(
        &tree,
        "Cast.qml",
        "Item { x: 1 }",
        &["Cast.qml", "Local.qml"],
    );
    // A file that comes to shadow another, or is gone.
    check(&tree, "Card.qml", "Item {}", &["Card.qml", "main.qml"]);
    check(&tree, "lib/Card.qml", "", &["main.qml"]);
    check(
        &tree,
        "lib/Item.qml",
        "QtObject {}",
        &[
            "lib/Button.qml",
            "lib/Card.qml",
            "lib/Form.ui.qml",
            "lib/Item.qml",
            "main.qml",
            "other.qml",
        ],
    );
    check(&tree, "lib/Unused.qml", "Item {}", &["lib/Unused.qml"]);
    check(&tree, "notes.txt", "x", &["notes.txt"]);
}

#[test]
fn a_qmldir_decides_what_a_name_means() {
    let tree = Tree::of(&[
        ("main.qml", "import \"lib\" 1.0\nItem { Card {} }"),
        ("pure.qml", "Rectangle {}"),
        (
            "lib/qmldir",
            "module Lib\nCard 1.0 Card1.qml\nCard 2.0 Card2.qml\nTheme 1.0 Theme.qml",
        ),
        ("lib/Card1.qml", "Item {}"),
        ("lib/Card2.qml", "Item {}"),
        ("lib/Theme.qml", "Item {}"),
        ("uses/Page.qml", "import Lib 2.0\nCard {}"),
        (
            "uses/Paint.qml",
            "import Lib 1.0\nItem { color: Theme.color }",
        ),
    ]);
    let cards = ["main.qml", "uses/Page.qml"];
    let all = [
        "lib/Card1.qml",
        "lib/Card2.qml",
        "lib/Theme.qml",
        "main.qml",
        "uses/Page.qml",
        "uses/Paint.qml",
    ];
    check(
        &tree,
        "lib/Card1.qml",
        "Item { x: 1 }",
        &["lib/Card1.qml", "main.qml", "uses/Page.qml"],
    );
    let qmldir = |text: &str| format!("module Lib\nCard 1.0 Card1.qml\n{text}");
    for (text, documents) in [
        ("Card 2.1 Card2.qml\nTheme 1.0 Theme.qml", &cards[..]),
        (
            // Loaded by whoever sees the directory, and another thing by itself.
            "Card 2.0 Card2.qml\nsingleton Theme 1.0 Theme.qml",
            &all,
        ),
        (
            "Card 2.0 Card2.qml\nTheme 1.0 Gone.qml",
            &["uses/Paint.qml"],
        ),
        (
            "Card 2.0 Card2.qml\nTheme 1.0 Theme.qml\nNew 1.0 Card1.qml",
            &[],
        ),
        (
            "Card 2.0 Card2.qml\nTheme 1.0 Theme.qml\nplugin foo # c",
            &[],
        ),
    ] {
        let mut expected: Vec<_> = std::iter::once("lib/qmldir")
            .chain(documents.iter().copied())
            .collect();
        expected.sort_unstable();
        check(&tree, "lib/qmldir", &qmldir(text), &expected);
    }
    // The module moves out of reach; the directory import stays.
    check(
        &tree,
        "lib/qmldir",
        "module Other\nCard 1.0 Card1.qml\nCard 2.0 Card2.qml\nTheme 1.0 Theme.qml",
        &["lib/qmldir", "uses/Page.qml", "uses/Paint.qml"],
    );
}

#[test]
fn a_qmldir_passes_imports_on() {
    let tree = Tree::of(&[
        ("main.qml", "import A\nItem { Deep {} }"),
        ("A/qmldir", "module A\nimport B auto"),
        ("B/qmldir", "module B\nDeep 1.0 Deep.qml"),
        ("B/Deep.qml", "Item {}"),
    ]);
    check(
        &tree,
        "B/Deep.qml",
        "Item { x: 1 }",
        &["B/Deep.qml", "main.qml"],
    );
    check(&tree, "A/qmldir", "module A", &["A/qmldir", "main.qml"]);
}

#[test]
fn scripts_share_the_scope_of_their_importer() {
    let tree = Tree::of(&[
        ("main.qml", "import \"js/a.js\" as A\nItem {}"),
        ("Theme.qml", "Item {}"),
        (
            "js/a.js",
            ".import \"b.js\" as B\nfunction f() { return 1 }",
        ),
        ("js/b.js", "Qt.include(\"c.js\")"),
        ("js/c.js", "function g() { return Theme.color }"),
        (
            "js/m.mjs",
            "import { x } from './n.mjs'; export function y() { return x }",
        ),
        ("js/n.mjs", "export const x = 1"),
        ("page.qml", "import \"js/m.mjs\" as M\nItem {}"),
    ]);
    check(
        &tree,
        "js/c.js",
        "function g() { return Theme.size }",
        &["js/a.js", "js/b.js", "js/c.js", "main.qml"],
    );
    // What was found for the name once stays in what was compiled.
    check(
        &tree,
        "Theme.qml",
        "Item { x: 1 }",
        &["Theme.qml", "js/a.js", "js/b.js", "js/c.js", "main.qml"],
    );
    check(
        &tree,
        "js/n.mjs",
        "export const x = 2",
        &["js/m.mjs", "js/n.mjs", "page.qml"],
    );
    check(&tree, "js/b.js", "", &["js/a.js", "js/c.js", "main.qml"]);
    // A name that a script comes to use counts in its importers from then on.
    let before = tree.graph(None);
    let edited = tree.with("js/m.mjs", "export function y() { return Theme.x }");
    let after = edited.graph(Some(&before));
    let last = edited
        .with("Theme.qml", "Item { y: 2 }")
        .graph(Some(&after));
    assert_eq!(
        changed(&after, &last),
        [
            "Theme.qml",
            "js/a.js",
            "js/b.js",
            "js/c.js",
            "main.qml",
            "page.qml"
        ]
    );
}

#[test]
fn a_script_is_what_its_names_stand_for_where_it_is_imported() {
    let tree = Tree::of(&[
        (
            "main.qml",
            "import Mod\nimport Lib\nimport \"js/a.js\" as A\nItem {}",
        ),
        ("js/a.js", "function f() { return S.v }"),
        (
            "js/library.js",
            ".pragma library\nfunction f() { return S.v }",
        ),
        ("Mod/qmldir", "module Mod\nsingleton S 1.0 S.qml"),
        ("Mod/S.qml", "pragma Singleton\nItem {}"),
        ("Other/qmldir", "module Other\nsingleton S 1.0 S.qml"),
        ("Other/S.qml", "pragma Singleton\nItem {}"),
        (
            "Lib/qmldir",
            "module Lib\nLogic 1.0 logic.js\nLibrary 1.0 ../js/library.js",
        ),
        ("Lib/logic.js", "function f() { return S.v }"),
        ("page.qml", "import Lib\nItem {}"),
    ]);
    let s = "pragma Singleton\nItem { x: 1 }";
    // A library has a scope of its own.
    let of_s = [
        "Lib/logic.js",
        "Mod/S.qml",
        "js/a.js",
        "main.qml",
        "page.qml",
    ];
    check(&tree, "Mod/S.qml", s, &of_s);
    check(&tree, "Other/S.qml", s, &["Other/S.qml"]);
    // Somebody else comes to import it, and no longer does.
    let another = "import Other\nimport \"js/a.js\" as A\nItem {}";
    let imported = tree.with("page.qml", another);
    let (before, after) = (tree.graph(None), imported.graph(Some(&tree.graph(None))));
    assert_eq!(
        changed(&before, &after),
        ["js/a.js", "main.qml", "page.qml"]
    );
    check(
        &imported,
        "Other/S.qml",
        s,
        &["Other/S.qml", "js/a.js", "main.qml", "page.qml"],
    );
    let left = imported.with("page.qml", "import Lib\nItem {}");
    assert_eq!(changed(&before, &left.graph(Some(&after))), [""; 0]);
}

#[test]
fn a_directory_changes_with_what_it_maps() {
    let tree = Tree::of(&[
        ("lib/qmldir", "module Lib\nCard 1.0 Card.qml"),
        ("lib/Card.qml", "Item { Part {} }"),
        ("lib/Part.qml", "Item {}"),
        ("lib/logic.js", "var x"),
        ("a.qml", "Item {}"),
    ]);
    let before = tree.graph(None);
    for (path, content, is_changed) in [
        ("lib/Part.qml", "Item { x: 1 }", true),
        ("lib/qmldir", "module Lib\nCard 1.1 Card.qml", true),
        (
            "lib/qmldir",
            "module Lib\nimport Other\nCard 1.0 Card.qml",
            true,
        ),
        ("lib/New.qml", "Item {}", true),
        ("lib/logic.js", "var y", false),
        ("a.qml", "Item { x: 1 }", false),
    ] {
        let after = tree.with(path, content).graph(Some(&before));
        assert_eq!(
            before.directory("lib") != after.directory("lib"),
            is_changed,
            "{path}"
        );
    }
    assert_eq!(before.directory("nowhere"), None);
}

#[test]
fn singletons_and_scripts_count_where_they_are_seen_used_or_not() {
    let tree = Tree::of(&[
        ("main.qml", "import \"lib\" as Lib\nItem { A {} }"),
        ("A.qml", "Item {}"),
        (
            "Own.qml",
            "pragma Singleton\nQtObject { property Dep dep: Dep {} }",
        ),
        ("far/Dep.qml", "QtObject {}"),
        ("far/qmldir", "Dep 1.0 Dep.qml"),
        ("qmldir", "Dep 1.0 far/Dep.qml"),
        (
            "lib/qmldir",
            "singleton Theme 1.0 Theme.qml\nLogic 1.0 logic.js",
        ),
        ("lib/Theme.qml", "pragma Singleton\nQtObject {}"),
        ("lib/logic.js", "function f() {}"),
        ("lib/Card.qml", "Item {}"),
    ]);
    let of_lib = ["lib/Card.qml", "lib/Theme.qml", "main.qml"];
    check(&tree, "lib/Theme.qml", "pragma Singleton\nItem {}", &of_lib);
    let with_script = ["lib/Card.qml", "lib/Theme.qml", "lib/logic.js", "main.qml"];
    check(&tree, "lib/logic.js", "function g() {}", &with_script);
    // One that no qmldir lists, and what it refers to.
    check(
        &tree,
        "far/Dep.qml",
        "Item {}",
        &["A.qml", "Own.qml", "far/Dep.qml", "main.qml"],
    );
    // It becomes one, and is another thing by itself.
    check(
        &tree,
        "A.qml",
        "pragma Singleton\nItem {}",
        &["A.qml", "Own.qml", "main.qml"],
    );
}

#[test]
fn names_behind_a_qualifier_may_be_keys() {
    for key in ["'Style'", "key"] {
        let main = format!("import \"lib\" as Lib\nItem {{ x: Lib[{key}].v }}");
        let tree = Tree::of(&[
            ("main.qml", &main),
            ("lib/qmldir", "singleton Style 1.0 Style.qml"),
            ("lib/Style.qml", "pragma Singleton\nQtObject {}"),
        ]);
        let style = "pragma Singleton\nItem {}";
        check(
            &tree,
            "lib/Style.qml",
            style,
            &["lib/Style.qml", "main.qml"],
        );
    }
}

#[test]
fn a_file_that_becomes_a_singleton_is_another_thing() {
    let tree = Tree::of(&[
        ("main.qml", "import \"cfg\"\nItem { x: Cfg.v }"),
        ("cfg/qmldir", "Cfg 1.0 Cfg.qml"),
        ("cfg/Cfg.qml", "pragma Singleton\nQtObject {}"),
    ]);
    check(
        &tree,
        "cfg/qmldir",
        "singleton Cfg 1.0 Cfg.qml",
        &["cfg/Cfg.qml", "cfg/qmldir", "main.qml"],
    );
}

//! Lists of types that a build declares.

use super::*;

const ITEM: &str = "import QtQuick\nItem {}";

fn text(tree: &Tree, dir: &str) -> String {
    let bytes = tree.newest().qmldir(&path(dir)).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_declared_list_counts_in_place_of_what_lies_there() {
    let files = [
        ("app/A.qml", ITEM),
        ("app/sub/B.qml", ITEM),
        ("app/Unlisted.qml", ITEM),
        ("app/qmldir", "Unlisted 1.0 Unlisted.qml"),
        ("own/Own.qml", ITEM),
        ("own/qmldir", "module Own\nOwn 1.0 Own.qml"),
    ];
    let list = "module App\nA 1.0 A.qml\nB 1.0 sub/B.qml";
    let declared = project(
        &[
            ("App", "app", list),
            ("Other", "app/@Other", "module Other\nA 2.0 ../A.qml"),
            ("Own", "own", "module Own\nElse 1.0 Else.qml"),
        ],
        &[],
    );
    let tree = Tree::of(&files, declared);
    assert_eq!(text(&tree, "app").trim(), list);
    assert_eq!(
        text(&tree, "app/@Other").trim(),
        "module Other\nA 2.0 ../A.qml"
    );
    assert_eq!(text(&tree, "own").trim(), "module Own\nOwn 1.0 Own.qml");
    let dirs = tree.newest().generations();
    assert!(dirs.dir(&path("app/@Other")).is_some());
}

#[test]
fn modules_are_imported_by_their_directories_and_renewed_with_their_lists() {
    let files = [
        ("main.qml", "import QtQuick\nimport App 1.0\nA {}"),
        ("other.qml", "import QtQuick\nimport Other\nA {}"),
        ("plain.qml", ITEM),
        ("app/A.qml", ITEM),
    ];
    let with = |list: &str| {
        let other = ("Other", "app/@Other", "module Other\nA 1.0 ../A.qml");
        project(&[("App", "app", list), other], &[])
    };
    let mut tree = Tree::of(&files, with("module App\nA 1.0 A.qml"));
    assert_eq!(
        tree.served("main.qml"),
        "import QtQuick\nimport \"app\" 1.0\nA {}"
    );
    assert_eq!(
        tree.served("other.qml"),
        "import QtQuick\nimport \"app/@Other\"\nA {}"
    );
    let names = ["main.qml", "other.qml", "plain.qml", "app/A.qml"];
    let before = names.map(|name| tree.generation(name));
    tree.publish(with("module App\nA 2.0 A.qml"));
    let after = names.map(|name| tree.generation(name));
    let changed: Vec<_> = before.iter().zip(&after).map(|(a, b)| a != b).collect();
    assert_eq!(changed, [true, false, false, false]);
    tree.publish(with("module App\nA 1.0 A.qml"));
    assert_eq!(
        before,
        names.map(|name| tree.generation(name)),
        "back again"
    );
}

#[test]
fn what_no_build_lists_is_no_type() {
    let files = [
        ("app/Main.qml", "import QtQuick\nItem { A {} Unlisted {} }"),
        ("app/A.qml", ITEM),
        ("app/Unlisted.qml", ITEM),
    ];
    let declared = || project(&[("App", "app", "module App\nA A.qml\nMain Main.qml")], &[]);
    let mut tree = Tree::of(&files, declared());
    let before = tree.generation("app/Main.qml");
    tree.write("app/Unlisted.qml", "import QtQuick\nRectangle {}");
    tree.publish(declared());
    assert_eq!(tree.generation("app/Main.qml"), before);
    tree.write("app/A.qml", "import QtQuick\nRectangle {}");
    tree.publish(declared());
    assert_ne!(tree.generation("app/Main.qml"), before);
}

#[test]
fn what_a_build_made_is_no_module() {
    let files = [
        ("main.qml", "import App\nA {}"),
        ("build/App/A.qml", ITEM),
        ("build/App/qmldir", "module App\nA A.qml"),
        ("src/A.qml", ITEM),
    ];
    let declared = Project {
        build_dirs: vec![path("build")],
        ..project(&[("App", "src", "module App\nA A.qml")], &[])
    };
    let tree = Tree::of(&files, declared);
    assert_eq!(tree.served("main.qml"), "import \"src\"\nA {}");
}

//! Stand-ins for what only a program has.

use super::*;

const ITEM: &str = "import QtQuick\nItem {}";

fn stand_ins(project: Project) -> Project {
    Project {
        mock_roots: vec![path("stubs")],
        ..project
    }
}

fn tree() -> Tree {
    let files = [
        ("main.qml", "import My.Backend 1.7\nimport App\nItem {}"),
        ("app/A.qml", "import QtQuick\nItem { Backend {} }"),
        ("app/sub/B.qml", ITEM),
        ("plain/C.qml", ITEM),
        (
            "stubs/My/Backend/qmldir",
            "module My.Backend\nBackend 1.0 Backend.qml",
        ),
        ("stubs/My/Backend/Backend.qml", ITEM),
        ("stubs/App/Backend.qml", ITEM),
    ];
    Tree::of(&files, stand_ins(app()))
}

fn app() -> Project {
    let list = "module App\nA 1.0 A.qml\nB 1.0 sub/B.qml";
    let mut project = project(&[("App", "app", list), ("", "app/sub", "B B.qml")], &[]);
    project.modules[0].files = vec![path("app/A.qml"), path("app/sub/B.qml")];
    project
}

fn with_profile(tree: &Tree, document: &str, profile: &str) -> String {
    let (snapshot, document) = (tree.newest(), path(document));
    let token = Token {
        version: tree.generation(document.as_str()),
        profile: profile.parse().unwrap(),
    };
    let file = snapshot.file(&document).unwrap();
    let bytes = render::document(snapshot, &token, &document, file, &|_| false, "").unwrap();
    str::from_utf8(&bytes).unwrap().to_owned()
}

#[test]
fn a_stand_in_is_imported_before_the_sources() {
    let tree = tree();
    assert_eq!(
        tree.served("main.qml"),
        "import \"stubs/My/Backend\"\nimport \"stubs/App\"; import \"app\"\nItem {}"
    );
    assert_eq!(
        tree.served("app/A.qml"),
        "import \"../stubs/App\"; import \"@self\"; import QtQuick\nItem { Backend {} }"
    );
    let sub = tree.served("app/sub/B.qml");
    assert!(
        sub.starts_with("import \"../../stubs/App\"; import \"@self\"; "),
        "{sub}"
    );
    assert_eq!(tree.served("plain/C.qml"), ITEM);
}

#[test]
fn what_the_client_has_needs_no_stand_in() {
    let tree = tree();
    assert!(tree.newest().imports().contains("My.Backend-1.7"));
    assert_eq!(
        with_profile(&tree, "main.qml", "My.Backend-1.7,App"),
        "import My.Backend 1.7\nimport App; import \"app\"\nItem {}"
    );
    let own = with_profile(&tree, "app/sub/B.qml", "App");
    assert!(
        own.starts_with("import App; import \".\"; import QtQuick"),
        "{own}"
    );
}

#[test]
fn who_sees_a_stand_in_is_renewed_with_it() {
    let mut tree = tree();
    let names = ["main.qml", "app/A.qml", "plain/C.qml"];
    let before = names.map(|name| tree.generation(name));
    tree.write("stubs/App/Backend.qml", "import QtQuick\nRectangle {}");
    tree.publish(stand_ins(app()));
    let after = names.map(|name| tree.generation(name));
    // The first sees it, but does not use it.
    assert_eq!(
        [0, 1, 2].map(|at| before[at] != after[at]),
        [false, true, false]
    );
}

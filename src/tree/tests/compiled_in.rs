//! What a build says is compiled in.

use super::*;

const ITEM: &str = "import QtQuick\nItem {}";

#[test]
fn names_of_what_is_compiled_in_become_urls_of_the_tree() {
    let main = r#"import "qrc:/parts"
import "qrc:/js/a.js" as A
import "qrc:/none"
Part {
    property var a: ["qrc:/icons/a b.png?x", "qrc:///page", 'qrc:/icons/', "qrc:/none.png"]
    property var b: `qrc:/icons/${a}.png` + "<img src='qrc:/icons/a%20b.png'>"
}"#;
    let files = [
        ("app/main.qml", main),
        ("app/ui/Part.qml", ITEM),
        ("app/ui/page.qml", ITEM),
        ("app/ui/a.js", "var a = 1"),
        ("images/a b.png", "png"),
    ];
    let declared = [
        ("/parts/Part.qml", "app/ui/Part.qml"),
        ("/page", "app/ui/page.qml"),
        ("/js/a.js", "app/ui/a.js"),
        ("/icons/a b.png", "images/a b.png"),
        ("/gone.png", "images/gone.png"),
    ];
    let tree = Tree::of(&files, project(&[], &declared));
    let expected = r#"import "ui"
import "ui/a.js" as A
import "qrc:/none"
Part {
    property var a: ["/@/images/a%20b.png?x", "/@/app/ui/page.qml", '/@/app/@qrc/icons/', "qrc:/none.png"]
    property var b: `/@/app/@qrc/icons/${a}.png` + "<img src='/@/images/a%20b.png'>"
}"#;
    assert_eq!(tree.served("app/main.qml"), expected);
    let behind = |name: &str| tree.newest().behind(&path(name));
    assert_eq!(
        behind("app/@qrc/icons/a b.png"),
        Some(path("images/a b.png"))
    );
    assert_eq!(behind("app/@qrc/gone.png"), None);
    assert_eq!(behind("app/@qrc/none"), None);
}

#[test]
fn a_document_that_is_asked_for_where_it_is_compiled_in_is_one_of_its_type() {
    let files = [("app/main.qml", ITEM), ("ui/page one.qml", ITEM)];
    let tree = Tree::of(&files, project(&[], &[("/page", "ui/page one.qml")]));
    let token = Token {
        version: Version::default(),
        profile: Profile::default(),
    };
    let (target, from) = (path("ui/page one.qml"), path("app/@qrc"));
    let text = without_tokens(&render::derived(tree.newest(), &token, &target, &from));
    assert_eq!(
        text,
        "import \"../../../@/ui/@document/page%20one.qml\"\nDocument {}\n"
    );
    let made_up = |dir: &str| render::made_up_qmldir(&path(dir));
    let alone = made_up("ui/@document/page one.qml").unwrap();
    assert_eq!(&alone[..], b"Document ../../page%20one.qml\n");
    assert!(made_up("app/@qrc").is_some() && made_up("app/@qrc/a/b").is_some());
    assert_eq!(made_up("app"), None);
}

#[test]
fn who_names_something_compiled_in_is_renewed_with_it() {
    let files = [
        (
            "exact.qml",
            "import QtQuick\nImage { source: 'qrc:/a.png' }",
        ),
        (
            "begun.qml",
            "import QtQuick\nImage { property string name; source: 'qrc:/i/' + name + '.png' }",
        ),
        ("imported.qml", "import 'qrc:/parts'\nPart {}"),
        ("alone.qml", ITEM),
        ("one/a.png", "1"),
        ("two/a.png", "1"),
        ("parts/Part.qml", ITEM),
    ];
    let names = ["exact.qml", "begun.qml", "imported.qml", "alone.qml"];
    let first = || {
        let declared = [
            ("/a.png", "one/a.png"),
            ("/i/a.png", "one/a.png"),
            ("/parts/Part.qml", "parts/Part.qml"),
        ];
        project(&[], &declared)
    };
    let mut tree = Tree::of(&files, first());
    let check = |tree: &mut Tree, project: Project, expected: [bool; 4], why: &str| {
        let before = names.map(|name| tree.generation(name));
        tree.publish(project);
        let after = names.map(|name| tree.generation(name));
        let mut pairs = before.into_iter().zip(after);
        let changed = [(); 4].map(|()| pairs.next().is_some_and(|(a, b)| a != b));
        assert_eq!(changed, expected, "{why}");
    };
    check(&mut tree, first(), [false; 4], "nothing");
    tree.write("one/a.png", "2");
    check(&mut tree, first(), [true, true, false, false], "the file");
    tree.write("parts/Part.qml", "import QtQuick\nRectangle {}");
    check(&mut tree, first(), [false, false, true, false], "a type");
    let moved = [
        ("/a.png", "two/a.png"),
        ("/i/a.png", "two/a.png"),
        ("/parts/Part.qml", "parts/Part.qml"),
    ];
    let moved = project(&[], &moved);
    check(&mut tree, moved, [true, true, false, false], "another file");
    let gone = project(&[], &[("/a.png", "two/a.png")]);
    check(&mut tree, gone, [false, true, true, false], "no file");
}

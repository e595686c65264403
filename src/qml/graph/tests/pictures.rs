use super::Tree;

#[test]
fn the_pictures_of_a_closure_are_named_nearest_first_if_they_exist() {
    let tree = Tree::of(&[
        (
            "main.qml",
            "import \"sub\"\nItem { Part {} Image { source: \"a.png\" } Image { source: \"lost.png\" } Image { source: \"/a.png\" } Image { source: \"a.png?1\" } }",
        ),
        ("sub/Part.qml", "Image { source: \"../b.png\"; Deep {} }"),
        ("sub/Deep.qml", "FontLoader { source: \"c.ttf\" }"),
        ("Other.qml", "Image { source: \"d.png\" }"),
        ("a.png", "a"),
        ("b.png", "b"),
        ("d.png", "d"),
        ("sub/c.ttf", "c"),
    ]);
    let graph = tree.graph(None);
    let pictures = graph.pictures("main.qml");
    let named: Vec<_> = pictures
        .iter()
        .map(|named| (named.document, named.file))
        .collect();
    assert_eq!(
        named,
        [
            ("main.qml", "a.png"),
            ("sub/Part.qml", "b.png"),
            ("sub/Deep.qml", "sub/c.ttf"),
        ]
    );
    assert_eq!(graph.pictures("nowhere.qml"), []);
}

#[test]
fn types_with_enumerations_are_named_wherever_they_may_be() {
    let kind = "Item { enum Value { A, B } }";
    let tree = Tree::of(&[
        (
            "main.qml",
            "import \"js/a.js\" as A\nItem { enum Own { A } Part {} }",
        ),
        ("Part.qml", "Item { property int x: Kind.Value.A }"),
        ("js/a.js", "function f() { return Other.Value.A }"),
        ("Kind.qml", kind),
        ("Other.qml", kind),
        ("Unused.qml", kind),
        (
            "Single.qml",
            "pragma Singleton\nItem { enum Value { A, B } }",
        ),
        ("qmldir", "singleton Single 1.0 Single.qml"),
    ]);
    let graph = tree.graph(None);
    let named = graph.pictures("main.qml");
    assert!(named.iter().all(|named| named.key.is_none()));
    let named: Vec<_> = named.iter().map(|named| named.file).collect();
    assert_eq!(named, ["Other.qml", "Kind.qml"]);
}

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

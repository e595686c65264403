//! Files named by literals and patterns; cycles and chains.

use super::*;

#[test]
fn literals_and_patterns_lead_to_files() {
    let tree = Tree::of(&[
        (
            "main.qml",
            "Item { Image { source: \"img/a.png\" } Loader { source: \"pages/One.qml\" } }",
        ),
        (
            "pages/One.qml",
            "Item { Image { source: \"../img/b.png\" } }",
        ),
        (
            "pages/Two.qml",
            "Item { Image { source: \"../img/\" + name + \".png\" } }",
        ),
        (
            "pages/Three.qml",
            "Item { Loader { source: kind + \"Page.qml\" } }",
        ),
        (
            "pages/Four.qml",
            "Item { Component.onCompleted: get(\"http://localhost:8080/data/x.json?y\") }",
        ),
        ("pages/OnePage.qml", "Item {}"),
        ("img/a.png", "a"),
        ("img/b.png", "b"),
        ("img/c.svg", "c"),
        ("data/x.json", "{}"),
    ]);
    check(
        &tree,
        "img/a.png",
        "a2",
        &["img/a.png", "main.qml", "pages/Two.qml"],
    );
    check(
        &tree,
        "img/b.png",
        "b2",
        &["img/b.png", "main.qml", "pages/One.qml", "pages/Two.qml"],
    );
    check(&tree, "img/c.svg", "c2", &["img/c.svg"]);
    check(&tree, "img/d.png", "d", &["img/d.png", "pages/Two.qml"]);
    check(&tree, "img/a.png", "", &["main.qml", "pages/Two.qml"]);
    check(
        &tree,
        "pages/OnePage.qml",
        "Item { x: 1 }",
        &["pages/OnePage.qml", "pages/Three.qml"],
    );
    check(&tree, "pages/img/a.png", "x", &["pages/img/a.png"]);
    check(
        &tree,
        "data/x.json",
        "[]",
        &["data/x.json", "pages/Four.qml"],
    );
}

#[test]
fn names_of_files_may_be_escaped_and_have_queries() {
    let tree = Tree::of(&[
        ("a.qml", "Item { x: \"my%20img.png#1\" }"),
        ("b.qml", "Item { x: \"my img.png\" }"),
        ("c.qml", "Item { x: \"my%20\" + y + \".png?z\" }"),
        ("d.qml", "Item { x: \"100%.png\" }"),
        ("my img.png", "1"),
        ("100%.png", "1"),
    ]);
    check(
        &tree,
        "my img.png",
        "2",
        &["a.qml", "b.qml", "c.qml", "my img.png"],
    );
    check(&tree, "100%.png", "2", &["100%.png", "d.qml"]);
}

#[test]
fn cycles_are_one() {
    let tree = Tree::of(&[
        ("A.qml", "Item { B {} }"),
        ("B.qml", "Item { C {} }"),
        ("C.qml", "Item { Loader { source: \"A.qml\" } D {} }"),
        ("D.qml", "Item { D {} }"),
        ("E.qml", "Item { A {} }"),
    ]);
    let circle = ["A.qml", "B.qml", "C.qml"];
    check(
        &tree,
        "B.qml",
        "Item { C { x: 1 } }",
        &["A.qml", "B.qml", "C.qml", "E.qml"],
    );
    check(
        &tree,
        "D.qml",
        "Item { D { x: 1 } }",
        &["A.qml", "B.qml", "C.qml", "D.qml", "E.qml"],
    );
    check(&tree, "E.qml", "Item { A { x: 1 } }", &["E.qml"]);
    let graph = tree.graph(None);
    let closures: Vec<_> = circle.map(|path| graph.closure(path)).into();
    assert!(closures.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn assets_that_refer_to_others_lead_to_all() {
    let tree = Tree::of(&[
        ("main.qml", "BorderImage { source: \"b.sci\" }"),
        ("b.sci", "source: b.png"),
        ("b.png", "b"),
    ]);
    check(&tree, "b.png", "b2", &["b.png", "b.sci", "main.qml"]);
}

#[test]
fn a_long_chain_does_not_overflow_the_stack() {
    let length = 20_000;
    let mut tree = Tree::default();
    for at in 0..length {
        tree.files
            .insert(format!("T{at}.qml"), format!("Item {{ T{} {{}} }}", at + 1));
    }
    let before = tree.graph(None);
    let after = tree
        .with(&format!("T{}.qml", length - 1), "Item {}")
        .graph(Some(&before));
    assert_eq!(changed(&before, &after).len(), length);
}

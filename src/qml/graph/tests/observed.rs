//! What clients were seen to load.

use super::*;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

/// A token that these documents of a tree share.
fn token(observed: &mut Observations, tree: &Tree, documents: &[&str]) -> u32 {
    let documents: Vec<_> = documents
        .iter()
        .map(|name| {
            (
                path(name),
                *blake3::hash(tree.files[*name].as_bytes()).as_bytes(),
            )
        })
        .collect();
    observed.add_token(documents.iter().map(|(path, hash)| (path, *hash)))
}

/// Who changes when a file is written, given what was observed.
#[track_caller]
fn check(tree: &Tree, observed: &Observations, file: &str, content: &str, expected: &[&str]) {
    let before = tree.graph_with(None, observed, true);
    let after = tree
        .with(file, content)
        .graph_with(Some(&before), observed, true);
    assert_eq!(changed(&before, &after), expected, "{file}: {content}");
}

#[test]
fn what_was_loaded_counts_for_those_who_may_have_asked() {
    let tree = Tree::of(&[
        ("main.qml", "Item { Router {} Icon {} Plain {} }"),
        ("Router.qml", "Loader { source: page }"),
        ("Icon.qml", "Image { source: name }"),
        ("Plain.qml", "Item {}"),
        ("pages/Page.qml", "Item { Part {} }"),
        ("pages/Part.qml", "Item {}"),
        ("pages/Other.qml", "Item {}"),
        ("a.png", "a"),
    ]);
    let none = Observations::default();
    check(&tree, &none, "a.png", "a2", &["a.png"]);
    check(
        &tree,
        &none,
        "pages/Page.qml",
        "Item { x: 1 }",
        &["pages/Page.qml"],
    );

    let mut observed = Observations::default();
    let shared = token(&mut observed, &tree, &["Icon.qml", "Plain.qml"]);
    observed.add(shared, Askers::Assets, &path("a.png"));
    let own = token(&mut observed, &tree, &["Router.qml"]);
    observed.add(own, Askers::Anything, &path("pages/Page.qml"));
    observed.add(own, Askers::Anything, &path("pages/qmldir"));
    observed.add(own, Askers::Computing, &path("pages/none.png"));
    check(
        &tree,
        &observed,
        "a.png",
        "a2",
        &["Icon.qml", "a.png", "main.qml"],
    );
    let part = ["Router.qml", "main.qml", "pages/Page.qml", "pages/Part.qml"];
    check(&tree, &observed, "pages/Part.qml", "Item { x: 1 }", &part);
    let other = ["Router.qml", "main.qml", "pages/Other.qml"];
    check(&tree, &observed, "pages/Other.qml", "Item { x: 1 }", &other);
    let came = ["Router.qml", "main.qml", "pages/none.png"];
    check(&tree, &observed, "pages/none.png", "n", &came);
    check(&tree, &observed, "b.png", "b", &["b.png"]);

    // Another content may load other things.
    let edited = tree.with("Router.qml", "Loader { source: other }");
    check(
        &edited,
        &observed,
        "pages/none.png",
        "n",
        &["pages/none.png"],
    );

    // What everybody may have asked for.
    observed.add(shared, Askers::Anyone, &path("b.png"));
    let anyone = ["Icon.qml", "Plain.qml", "b.png", "main.qml"];
    check(&tree, &observed, "b.png", "b", &anyone);
    observed.remove(shared);
    check(&tree, &observed, "b.png", "b", &["b.png"]);
}

#[test]
fn a_token_under_which_too_much_is_asked_for_leads_everywhere() {
    let tree = Tree::of(&[("Icon.qml", "Image { source: name }"), ("a.png", "a")]);
    let mut observed = Observations::default();
    let token = token(&mut observed, &tree, &["Icon.qml"]);
    for number in 0..5_000 {
        observed.add(token, Askers::Assets, &path(&format!("{number}.png")));
    }
    check(&tree, &observed, "a.png", "a2", &["Icon.qml", "a.png"]);
    assert_eq!(observed.len(), 0);
}

#[test]
fn nothing_may_be_foreseen() {
    let tree = Tree::of(&[
        ("Icon.qml", "Image { source: 'a.png' }"),
        ("Uses.qml", "Icon {}"),
        ("a.png", "a"),
    ]);
    let mut observed = Observations::default();
    let before = tree.graph_with(None, &observed, false);
    let edited = tree.with("a.png", "a2");
    let after = edited.graph_with(Some(&before), &observed, false);
    assert_eq!(changed(&before, &after), ["a.png"]);
    let token = token(&mut observed, &tree, &["Icon.qml"]);
    observed.add(token, Askers::Assets, &path("a.png"));
    let before = tree.graph_with(Some(&before), &observed, false);
    let after = edited.graph_with(Some(&before), &observed, false);
    assert_eq!(changed(&before, &after), ["Icon.qml", "Uses.qml", "a.png"]);
    assert_eq!(before.computed("Uses.qml"), Some(Computed::Anything));
}

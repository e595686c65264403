//! References that cannot be read off, and what others write into a document.

use super::*;

#[test]
fn what_is_computed_leads_as_far_as_it_may() {
    let tree = Tree::of(&[
        (
            "Icon.qml",
            "Item { property string name; Image { source: name } }",
        ),
        ("Router.qml", "Item { Loader { source: page } }"),
        ("Plain.qml", "Item { text: a + b }"),
        ("UsesIcon.qml", "Item { Icon { name: model.icon } }"),
        ("a.png", "a"),
        ("b.json", "b"),
    ]);
    let graph = tree.graph(None);
    let computed = |path| graph.computed(path);
    assert_eq!(computed("Icon.qml"), Some(Computed::Assets));
    assert_eq!(computed("UsesIcon.qml"), Some(Computed::No));
    assert_eq!(computed("Router.qml"), Some(Computed::Anything));
    assert_eq!(computed("a.png"), None);
    let broken = tree.with("Plain.qml", "Item {").graph(None);
    assert_eq!(broken.computed("Plain.qml"), Some(Computed::Anything));
}

/// How computed a document is, given the other documents of its tree.
#[track_caller]
fn check_computed(document: &str, others: &[(&str, &str)], expected: Computed) {
    let graph = Tree::of(others).with("D.qml", document).graph(None);
    assert_eq!(
        graph.computed("D.qml"),
        Some(expected),
        "{document} among {others:?}"
    );
}

/// How freely a document asks, with what others may make of its objects.
#[track_caller]
fn check_freedom(document: &str, others: &[(&str, &str)], expected: Computed) {
    let graph = Tree::of(others).with("D.qml", document).graph(None);
    let freedom = graph.freedom("D.qml").unwrap().computed;
    assert_eq!(freedom, expected, "{document} among {others:?}");
}

#[test]
fn the_types_of_the_tree_decide_what_a_property_loads() {
    use Computed::{Anything, Assets, No};
    let uses = "Item { Mine { path: x } }";
    check_computed(uses, &[("Mine.qml", "Item { property string path }")], No);
    check_computed(
        uses,
        &[("Mine.qml", "Item { property url path }")],
        Anything,
    );
    check_computed(
        uses,
        &[(
            "Mine.qml",
            "Item { property alias path: i.source; Image { id: i } }",
        )],
        Assets,
    );
    check_computed(
        uses,
        &[(
            "Mine.qml",
            "Item { property alias path: l.source; Loader { id: l } }",
        )],
        Anything,
    );
    check_computed(
        uses,
        &[(
            "Mine.qml",
            "Item { property alias path: t.text; Text { id: t } }",
        )],
        No,
    );
    check_computed(
        uses,
        &[
            ("Mine.qml", "Base {}"),
            ("Base.qml", "Item { property url path }"),
        ],
        Anything,
    );
    check_computed(
        uses,
        &[
            (
                "Mine.qml",
                "Item { property alias path: b.deep; Base { id: b } }",
            ),
            (
                "Base.qml",
                "Item { property alias deep: i.source; Image { id: i } }",
            ),
        ],
        Assets,
    );
    let source = "Item { Mine { source: x } }";
    check_computed(source, &[("Mine.qml", "Image {}")], Assets);
    check_computed(source, &[("Mine.qml", "Loader {}")], Anything);
    check_computed(
        source,
        &[("Mine.qml", "Base {}"), ("Base.qml", "Image {}")],
        Assets,
    );
    check_computed(source, &[("Mine.qml", "Item { property var source }")], No);
    check_computed(source, &[("Mine.qml", "Mine {}")], Anything);
    // An object that a property leads to is any.
    let deep = "Item { Mine { picture.source: x } }";
    let owner = "Item { property alias picture: i; Image { id: i } }";
    check_computed(deep, &[("Mine.qml", owner)], Anything);
    check_computed(
        "Item { Mine { picture.title: x } }",
        &[("Mine.qml", owner)],
        No,
    );
    // A bare name is that of an object around.
    check_computed("Image { onClicked: source = x }", &[], Assets);
    check_computed(
        "Mine { onClicked: source = x }",
        &[("Mine.qml", "Image {}")],
        Assets,
    );
    check_computed(
        "Mine { onClicked: picture.source = x }",
        &[("Mine.qml", owner)],
        Anything,
    );
    check_computed("Item { Timer { onTriggered: source = x } }", &[], Anything);
    // What is resolved here stays so, wherever it goes.
    check_computed(
        "Mine { path: Qt.resolvedUrl(x) }",
        &[("Mine.qml", "Item { property string path }")],
        Anything,
    );
    check_computed(
        "Mine { source: Qt.resolvedUrl(x) }",
        &[("Mine.qml", "Image {}")],
        Assets,
    );
    // A file that takes the name of one of Qt's types.
    check_computed(
        "Image { source: x }",
        &[("Image.qml", "Loader {}")],
        Anything,
    );
    check_computed(
        "Rectangle { path: x }",
        &[("Far.qml", "Item { property url path }")],
        No,
    );
    check_computed(
        "Item { component P: Item { property url path } P { path: x } }",
        &[],
        Anything,
    );
    // Written to an object of which nothing is known.
    check_computed(
        "Item { onClicked: a.path = x }",
        &[("Mine.qml", "Item { property url path }")],
        Anything,
    );
    check_computed(
        "Item { onClicked: a.path = x }",
        &[("Mine.qml", "Item { property string path }")],
        No,
    );
    // An array, or a stack of pages.
    let pushes = "Item { onClicked: a.push(x) }";
    check_computed(pushes, &[], No);
    check_computed(
        "Item { property var a: []; onClicked: a.push(x) }",
        &[("Pages.qml", "StackView {}")],
        No,
    );
    check_computed(
        pushes,
        &[("Pages.qml", "Item { StackView { id: a } }")],
        Anything,
    );
    check_computed(
        pushes,
        &[(
            "Pages.qml",
            "Item { property alias a: b; StackView { id: b } }",
        )],
        Anything,
    );
    check_computed(
        pushes,
        &[
            ("Pages.qml", "Item { Stack { id: a } }"),
            ("Stack.qml", "StackView {}"),
        ],
        Anything,
    );
    check_computed(
        pushes,
        &[(
            "Pages.qml",
            "Item { property var a: b; StackView { id: b } }",
        )],
        Anything,
    );
    check_computed(
        "Item { function f(a) { a.push(x) } }",
        &[("Pages.qml", "StackView {}")],
        Anything,
    );
}

#[test]
fn what_others_write_into_a_document_counts() {
    use Computed::{Anything, Assets, No};
    let owner = "Item { property alias image: i; Image { id: i } }";
    let loader = "Item { property alias loader: l; Loader { id: l } }";
    let by = |code: &'static str| [("W.qml", code)];
    check_freedom(
        owner,
        &by("D { id: d; onClicked: d.image.source = x }"),
        Assets,
    );
    check_freedom(owner, &by("D { image.source: x }"), Assets);
    check_freedom(owner, &by("Item { onClicked: d.image.source = x }"), Assets);
    // However it is found.
    check_freedom(owner, &by("Item { onClicked: d.other.source = x }"), Assets);
    check_freedom(owner, &by("Item { onClicked: d.image.title = x }"), No);
    check_freedom(owner, &by("Item { onClicked: d.icon.source = x }"), No);
    check_freedom(
        "Button {}",
        &by("Item { onClicked: d.icon.source = x }"),
        Assets,
    );
    check_freedom(
        owner,
        &by("Item { function f(image) { image.source = x } }"),
        Assets,
    );
    check_freedom(
        loader,
        &by("D { id: d; onClicked: d.loader.source = x }"),
        Anything,
    );
    check_freedom(loader, &by("Item { onClicked: l.source = x }"), Anything);
    check_freedom(
        loader,
        &by("Item { property var d; onClicked: d.source = x }"),
        Anything,
    );
    check_freedom(
        loader,
        &by("Item { onClicked: parent.source = x }"),
        Anything,
    );
    check_freedom(
        loader,
        &by("Item { PropertyChanges { target: l; source: x } }"),
        Anything,
    );
    check_freedom(
        loader,
        &by("Item { Binding { target: d.loader; property: \"source\"; value: x } }"),
        Anything,
    );
    let creates = by("Item { onClicked: c.createObject(a, { source: x }) }");
    check_freedom(loader, &creates, Anything);
    check_freedom("Loader {}", &creates, Anything);
    check_freedom("Item { component Inner: Loader {} }", &creates, Anything);
    check_freedom("Item { Component { Loader {} } }", &creates, Anything);
    check_freedom("ListView { delegate: Image {} }", &creates, Assets);
    check_freedom(
        "Item { list: [Image {}, Item {}] }",
        &by("Item { onClicked: a.item.source = x }"),
        Assets,
    );
    check_freedom(
        "Item { Text {} }",
        &by("Item { onClicked: parent.source = x }"),
        No,
    );
    check_freedom(
        "Item { Mine { id: m } }",
        &[
            ("W.qml", "Item { onClicked: m.source = x }"),
            ("Mine.qml", "Loader {}"),
        ],
        Anything,
    );
    check_freedom(
        "Item { Far.Pic {} }",
        &[
            ("W.qml", "Item { onClicked: parent.source = x }"),
            ("Far.qml", "Item { component Pic: Image {} }"),
        ],
        Assets,
    );
    let keyed = [
        ("K.qml", "Item { function set(a, k, v) { a[k] = v } }"),
        ("W.qml", "Item { onClicked: k.set(a, \"source\", b) }"),
    ];
    for others in [&keyed[..], &keyed[..1]] {
        check_freedom(loader, others, Anything);
    }
    let dotted = by("Item { onClicked: l.setSource('D.qml', { 'image.source': x }) }");
    check_freedom(owner, &dotted, Assets);
    let image = by("Item { x: \"<img src='\" + a + \"'>\" }");
    check_freedom("Item { Label { text: x } }", &image, Assets);

    let tree = Tree::of(&[
        (
            "lib/Picture.qml",
            "Item { property alias image: i; Image { id: i } }",
        ),
        ("lib/Plain.qml", "Item {}"),
        (
            "main.qml",
            "import \"lib\"\nPicture { image.source: \"a.png\"; Text { text: \"<img src='b.png'>\" } }",
        ),
        ("lib/Words.qml", "Label {}"),
        ("lib/a.png", "a"),
        ("lib/b.png", "b"),
    ]);
    check(
        &tree,
        "lib/a.png",
        "a2",
        &["lib/Picture.qml", "lib/a.png", "main.qml"],
    );
    check(&tree, "lib/b.png", "b2", &["lib/Words.qml", "lib/b.png"]);
    // Begins and ends with the writer.
    check(
        &tree,
        "main.qml",
        "Item {}",
        &["lib/Picture.qml", "lib/Words.qml", "main.qml"],
    );
}

#[test]
fn paths_that_climb_lead_on() {
    let tree = Tree::of(&[
        ("icons/a.png", "a"),
        ("icons/b.png", "b"),
        ("D.qml", "Image { source: x + \"/../icons/a.png\" }"),
    ]);
    check(&tree, "icons/a.png", "a2", &["D.qml", "icons/a.png"]);
    check(&tree, "icons/b.png", "b2", &["icons/b.png"]);
}

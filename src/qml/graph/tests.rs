//! It is long because each way that one file can lead to another is a case of its own.
use std::collections::BTreeMap;

use super::*;
use crate::qml::document::{Language, Target, parse};
use crate::qml::module::Modules;
use crate::qml::qmldir;

/// A tree in memory.
#[derive(Clone, Default)]
struct Tree {
    files: BTreeMap<String, String>,
}

enum Parsed {
    Document(Arc<Document>),
    Qmldir(Qmldir),
    Asset,
}

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, content) in files {
            tree.files.insert((*path).into(), (*content).into());
        }
        tree
    }

    /// Writes a file; no content removes it.
    fn with(&self, path: &str, content: &str) -> Self {
        let mut tree = self.clone();
        match content {
            "" => tree.files.remove(path),
            content => tree.files.insert(path.into(), content.into()),
        };
        tree
    }

    fn graph(&self, previous: Option<&Graph>) -> Graph {
        let parsed: Vec<_> = self
            .files
            .iter()
            .map(|(path, content)| (path, content, parsed(path, content)))
            .collect();
        let directories = parsed.iter().map(|(path, _, parsed)| {
            let module = match parsed {
                Parsed::Qmldir(qmldir) => qmldir.module.as_deref(),
                _ => None,
            };
            (paths::parent(path), module)
        });
        let modules = Modules::new(declared_once(directories), [""]);
        let files = parsed.iter().map(|(path, content, parsed)| File {
            path,
            hash: *blake3::hash(content.as_bytes()).as_bytes(),
            kind: match parsed {
                Parsed::Document(document) => Kind::Document(document),
                Parsed::Qmldir(qmldir) => Kind::Qmldir(qmldir),
                Parsed::Asset => Kind::Asset,
            },
        });
        Graph::new(previous, files, &|directory, import| match &import.target {
            Target::Module(uri) => {
                let found = modules.lookup(uri, import.version.as_deref());
                found.map(str::to_owned).into_iter().collect()
            }
            Target::File(file) => {
                let found = paths::locate(directory, file);
                found
                    .map(|path| path.trim_end_matches('/').to_owned())
                    .into_iter()
                    .collect()
            }
        })
    }
}

fn parsed(path: &str, content: &str) -> Parsed {
    match Language::of(path) {
        Some(language) => Parsed::Document(Arc::new(parse(language, content))),
        None if path.ends_with("qmldir") => Parsed::Qmldir(qmldir::parse(content)),
        None => Parsed::Asset,
    }
}

/// A directory is declared by its qmldir or not at all.
fn declared_once<'a>(
    directories: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> BTreeMap<&'a str, Option<&'a str>> {
    let mut declared = BTreeMap::new();
    for (directory, module) in directories {
        let known = declared.entry(directory).or_insert(None);
        *known = known.or(module);
    }
    declared
}

/// The files whose closure differs.
fn changed(before: &Graph, after: &Graph) -> Vec<String> {
    after
        .closures()
        .filter(|(path, closure)| before.closure(path) != Some(*closure))
        .map(|(path, _)| path.to_owned())
        .collect()
}

/// Writes `path` and checks whose closure changes by it.
#[track_caller]
fn check(tree: &Tree, path: &str, content: &str, expected: &[&str]) {
    let before = tree.graph(None);
    let edited = tree.with(path, content);
    let after = edited.graph(Some(&before));
    assert_eq!(changed(&before, &after), expected, "{path}: {content}");
    let fresh = edited.graph(None);
    assert_eq!(changed(&fresh, &after), [""; 0], "as if built anew");
    let back = tree.graph(Some(&after));
    assert_eq!(changed(&before, &back), [""; 0], "and back again");
}

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
            "Card 2.0 Card2.qml\nsingleton Theme 1.0 Theme.qml",
            &["uses/Paint.qml"],
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
        let expected: Vec<_> = std::iter::once("lib/qmldir")
            .chain(documents.iter().copied())
            .collect();
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
    check(
        &tree,
        "Theme.qml",
        "Item { x: 1 }",
        &["Theme.qml", "main.qml"],
    );
    check(
        &tree,
        "js/n.mjs",
        "export const x = 2",
        &["js/m.mjs", "js/n.mjs", "page.qml"],
    );
    check(&tree, "js/b.js", "", &["js/a.js", "main.qml"]);
    // A name that a script comes to use counts in its importers from then on.
    let before = tree.graph(None);
    let edited = tree.with("js/m.mjs", "export function y() { return Theme.x }");
    let after = edited.graph(Some(&before));
    let last = edited
        .with("Theme.qml", "Item { y: 2 }")
        .graph(Some(&after));
    assert_eq!(
        changed(&after, &last),
        ["Theme.qml", "main.qml", "page.qml"]
    );
}

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
    check(
        &tree,
        "a.png",
        "a2",
        &["Icon.qml", "Router.qml", "UsesIcon.qml", "a.png"],
    );
    check(
        &tree,
        "Plain.qml",
        "Item { text: a }",
        &["Plain.qml", "Router.qml"],
    );
    check(&tree, "Broken.qml", "Item {", &["Broken.qml", "Router.qml"]);
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
    check_computed(source, &[("Mine.qml", "Mine {}")], No);
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
    check_computed("Item { onClicked: a.push(x) }", &[], No);
    check_computed(
        "Item { onClicked: a.push(x) }",
        &[("Pages.qml", "StackView {}")],
        Anything,
    );
}

#[test]
fn what_others_write_into_a_document_counts() {
    use Computed::{Anything, Assets, No};
    let owner = "Item { property alias image: i; Image { id: i } }";
    let loader = "Item { property alias loader: l; Loader { id: l } }";
    check_computed(
        owner,
        &[("W.qml", "D { id: d; onClicked: d.image.source = x }")],
        Assets,
    );
    check_computed(
        loader,
        &[("W.qml", "D { id: d; onClicked: d.loader.source = x }")],
        Anything,
    );
    check_computed(
        loader,
        &[(
            "W.qml",
            "Item { onClicked: c.createObject(a, { source: x }) }",
        )],
        Anything,
    );
    check_computed(
        "Item { Text {} }",
        &[("W.qml", "Item { onClicked: a.source = x }")],
        No,
    );
    check_computed(
        "Item { Mine {} }",
        &[
            ("W.qml", "Item { onClicked: a.source = x }"),
            ("Mine.qml", "Loader {}"),
        ],
        Anything,
    );
    check_computed(
        "Item { Far.Pic {} }",
        &[
            ("W.qml", "Item { onClicked: a.source = x }"),
            ("Far.qml", "Item { component Pic: Image {} }"),
        ],
        Assets,
    );
    let keyed = [
        ("K.qml", "Item { function set(a, k, v) { a[k] = v } }"),
        ("W.qml", "Item { onClicked: k.set(a, \"source\", b) }"),
    ];
    check_computed(loader, &keyed, Anything);
    check_computed(loader, &keyed[..1], No);
    check_computed(
        "Item { Label { text: x } }",
        &[("W.qml", "Item { x: \"<img src='\" + a + \"'>\" }")],
        Assets,
    );

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
fn assets_that_refer_to_others_lead_to_all() {
    let tree = Tree::of(&[
        ("main.qml", "BorderImage { source: \"b.sci\" }"),
        ("b.sci", "source: b.png"),
        ("b.png", "b"),
    ]);
    check(&tree, "b.png", "b2", &["b.png", "b.sci", "main.qml"]);
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

mod random;

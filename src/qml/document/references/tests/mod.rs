//! It is long because each way to name a file is a case of its own.

mod disguised;
mod hidden;

use std::sync::Arc;

use super::*;
use crate::qml::document::{Language, parse};
use crate::qml::graph::{Declared, File, Graph, Kind, Observations};
use crate::qml::loading;

fn references(language: Language, source: &str) -> References {
    let document = parse(language, source);
    assert_eq!(document.syntax_error, None, "{source}");
    document.references
}

/// The references of a document whose root object has `body`.
fn of_body(body: &str) -> References {
    references(
        Language::Qml,
        &format!("import QtQuick\nItem {{\n{body}\n}}"),
    )
}

fn texts(set: &BTreeSet<Box<str>>) -> Vec<&str> {
    set.iter().map(AsRef::as_ref).collect()
}

/// A pattern as a glob.
fn glob(pattern: &Pattern) -> String {
    let gap = |is_end| if is_end { "" } else { "*" };
    [
        gap(pattern.anchored),
        &pattern.parts.join("*"),
        gap(pattern.complete),
    ]
    .concat()
}

fn globs(patterns: &BTreeSet<Pattern>) -> Vec<String> {
    patterns.iter().map(glob).collect()
}

#[test]
fn every_capitalised_name_counts() {
    for (body, expected) in [
        ("Rectangle {}", &["Item", "Rectangle"] as &[&str]),
        (
            "Ns.Card { Keys.onPressed: Qt.quit() }",
            &["Card", "Item", "Keys", "Ns", "Qt"],
        ),
        ("x: Theme.spacing", &["Item", "Theme"]),
        ("x: a.Deep.Name", &["Deep", "Item", "Name"]),
        (
            "property Foo f\nproperty list<Bar> b",
            &["Bar", "Foo", "Item"],
        ),
        (
            "function f(a: Foo): Bar { return a as Baz }",
            &["Bar", "Baz", "Foo", "Item"],
        ),
        ("component Inner: Base {}", &["Base", "Inner", "Item"]),
        ("signal s(Foo a, b: Bar)", &["Bar", "Foo", "Item"]),
        ("enum E { First }", &["E", "First", "Item"]),
        ("Fade on x {}", &["Fade", "Item"]),
        ("x: f`${Foo.a}` + (y => Bar)", &["Bar", "Foo", "Item"]),
        ("x: \"Foo\" // Bar", &["Item"]),
    ] {
        assert_eq!(texts(&of_body(body).names), expected, "{body}");
    }
    let script = references(Language::Js, "function f() { return Theme.x }");
    assert_eq!(texts(&script.names), ["Theme"]);
    assert!(script.shown.types.is_empty());
}

#[test]
fn literals_that_can_name_a_file() {
    for (body, expected) in [
        ("source: \"a.png\"", &["a.png"] as &[&str]),
        ("x: y ? 'a.qml' : `b.qml`", &["a.qml", "b.qml"]),
        (
            "x: \"../img/a b.png\"",
            &["../img/a b.png", "../img/a", "b.png"],
        ),
        ("x: \"data\"", &["data"]),
        ("x: \"\"; y: \"...\"; z: \"Hello, world\"", &[]),
        ("x: \"img/\" + \"a.png\"", &["a.png", "img/", "img/a.png"]),
        ("x: \"a\\u002epng\"", &["a.png"]),
        ("text: \"<p><img src='a.png'> b</p>\"", &["a.png"]),
        ("x: \"a.png, b.png\"", &["a.png", "b.png", "a.png, b.png"]),
        ("ListElement { icon: \"a.png\" }", &["a.png"]),
        ("x: ({ \"a.png\": 1 })", &["a.png"]),
        ("onClicked: stack.push(\"Page.qml\")", &["Page.qml"]),
    ] {
        let found = of_body(body);
        let missing: Vec<_> = expected
            .iter()
            .filter(|text| !found.literals.contains(**text))
            .collect();
        assert!(
            missing.is_empty(),
            "{body}: {:?} lacks {missing:?}",
            found.literals
        );
        if expected.is_empty() {
            assert_eq!(texts(&found.literals), [""; 0], "{body}");
        }
    }
}

#[test]
fn strings_put_together_are_patterns() {
    for (expression, expected) in [
        ("\"img/\" + name + \".png\"", &["img/*.png"] as &[&str]),
        ("`img/${name}.png`", &["img/*.png"]),
        ("\"img/%1@%2.png\".arg(a).arg(b)", &["img/*@*.png"]),
        ("base + \"/pages/\" + name", &["*/pages/*"]),
        ("name + \".png\"", &["*.png"]),
        ("Qt.resolvedUrl(\"img/\" + name)", &["img/*"]),
        ("a ? \"x/\" + b : \"y/\" + b", &["x/*", "y/*"]),
        (
            "\"x/\" + (a ? \"1\" : \"2\") + b + \".png\"",
            &["x/1*.png", "x/2*.png"],
        ),
        (
            "\"img/\" + (\"a\" + b) + \"c\" + \".png\"",
            &["img/a*c.png"],
        ),
        ("a + b", &[]),
        ("a + \"/\" + b", &[]),
        ("\"Hello \" + name", &[]),
    ] {
        let found = of_body(&format!("x: {expression}"));
        let globs = globs(&found.patterns);
        for pattern in expected {
            assert!(
                globs.contains(&(*pattern).to_owned()),
                "{expression}: {globs:?}"
            );
        }
        assert_eq!(
            globs.is_empty(),
            expected.is_empty(),
            "{expression}: {globs:?}"
        );
        assert_eq!(found.computed, Computed::No, "{expression}");
    }
}

/// What a document with this body comes to, in a tree without types of its own but with a
/// `StackView` somewhere.
fn computed(body: &str) -> Computed {
    let document = |body: &str| Arc::new(parse(Language::Qml, &format!("Item {{\n{body}\n}}")));
    let documents = [
        ("D.qml", document(body)),
        ("S.qml", document("StackView {}")),
    ];
    let files = documents.iter().map(|(path, document)| File {
        path,
        hash: [0; 32],
        kind: Kind::Document(document),
    });
    let graph = Graph::new(
        None,
        files,
        &Declared::default(),
        &|_, _| Vec::new(),
        &Observations::default(),
        true,
    );
    graph.computed("D.qml").unwrap()
}

#[test]
fn ordinary_documents_are_not_computed() {
    for body in [
        "text: a + b; color: dark ? \"#000\" : \"#fff\"",
        "Image { source: \"img/a.png\" }",
        "Image { source: cond ? \"a.png\" : \"b.png\" }",
        "Image { source: cond && \"a.png\" }",
        "Image { source: { if (a) { return \"a.png\" } console.log(b); return \"b.png\" } }",
        "Image { source: if (a) \"a.png\"; else \"b.png\" }",
        "Image { source: [\"a.png\", \"b.png\"][i] }",
        "Image { source: { var s = \"a.png\"; if (x) s = \"b.png\"; return s } }",
        "Image { source: \"image://provider/\" + id }",
        "id: root\nreadonly property string logo: \"a.png\"\nImage { source: root.logo }",
        "onClicked: stack.push(\"Page.qml\")",
        "onClicked: stack.push(\"Page.qml\", { title: a })",
        "onClicked: stack.push(\"Page.qml\", properties)",
        "onClicked: stack.push(details, { title: a })\nComponent { id: details; Item {} }",
        "property Component details\nonClicked: stack.replace(null, details)",
        "StackView { initialItem: Page { title: a } }",
        "StackView { initialItem: details }\nComponent { id: details; Item {} }",
        "Loader { sourceComponent: comp; active: a }",
        "Loader { source: \"Page.qml\" }",
        "Loader { source: \"pages/\" + name + \".qml\" }",
        "Loader { id: l }\nonClicked: l.source = \"Page.qml\"",
        "Loader { id: l }\nonClicked: l.setSource(\"Page.qml\", { x: y })",
        "Repeater { model: data; delegate: Text { text: modelData.name } }",
        "Component.onCompleted: { var l = []; l.push(a); text.replace(/a/g, b) }",
        "property var items: []\nonClicked: items.push(a)",
        "function f(list) { return list.map(x => x + 1).join(\", \") }",
        "MultiEffect { source: item }",
        "WebSocket { url: address }",
        "Component.onCompleted: Qt.createComponent(\"A.qml\").createObject(a, { b: c })",
        "Component.onCompleted: { var x = new XMLHttpRequest; x.open(\"GET\", \"data.json\") }",
        "Component.onCompleted: { var x = new XMLHttpRequest; x.open(\"GET\", \"http://h/\" + id) }",
        "property url icon: \"a.png\"",
        "property alias text: label.text\nLabel { id: label; text: b }",
        "onClicked: { map[key] = value }",
        "property string source\nonClicked: source = a",
        "id: root\nproperty var source\nItem { id: inner; Component.onCompleted: root.source = a }",
        "Component.onCompleted: { let l = a.map(b); l.push(c); s.replace(r, \"$1\"); s.replace(r, x => x) }",
        "Connections { target: a; function onFoo(source) { source = b } }",
        "anchors.fill: parent; Layout.fillWidth: a; font { bold: b }",
        "states: State { PropertyChanges { target: a; x: b } }",
        "NumberAnimation { property: \"x\"; to: a }",
    ] {
        assert_eq!(computed(body), Computed::No, "{body}");
    }
}

#[test]
fn what_is_loaded_under_an_unknown_name_is_computed() {
    for (body, expected) in [
        ("Image { source: icon }", Computed::Assets),
        ("Image { source: model.icon }", Computed::Assets),
        ("Image { source: a + b }", Computed::Assets),
        (
            "Image { source: cond ? \"a.png\" : other }",
            Computed::Assets,
        ),
        ("Image { source: { return f() } }", Computed::Assets),
        (
            "Image { id: i }\nfunction f(u) { i.source = u }",
            Computed::Assets,
        ),
        (
            "Image { source: s; readonly property string s: t }",
            Computed::Assets,
        ),
        (
            "Image { source: { let s = \"a.png\"; s += b; return s } }",
            Computed::Assets,
        ),
        ("Image { source: Qt.resolvedUrl(name) }", Computed::Assets),
        ("Button { icon.source: a }", Computed::Assets),
        ("Button { icon { source: a } }", Computed::Assets),
        ("Foo { icon.source: a }", Computed::Assets),
        (
            "property alias source: i.source\nImage { id: i }",
            Computed::Assets,
        ),
        (
            "property alias icon: b.icon.source\nButton { id: b }",
            Computed::Assets,
        ),
        (
            "PropertyChanges { target: i; source: a }\nImage { id: i }",
            Computed::Assets,
        ),
        (
            "Binding { target: i; property: \"source\"; value: a }\nImage { id: i }",
            Computed::Anything,
        ),
        (
            "Component.onCompleted: { var x = new XMLHttpRequest; x.open(\"GET\", url) }",
            Computed::Assets,
        ),
        (
            "Canvas { onPaint: ctx.drawImage(img, 0, 0) }",
            Computed::Assets,
        ),
        (
            "Image { source: a ? Qt.resolvedUrl(b) : c }",
            Computed::Assets,
        ),
        ("Image { source: f(Qt.resolvedUrl(b)) }", Computed::Anything),
        ("property string s: Qt.resolvedUrl(b)", Computed::Anything),
        (
            "property string s\nonClicked: s = Qt.resolvedUrl(b)",
            Computed::Anything,
        ),
        ("onClicked: f(Qt.resolvedUrl(b))", Computed::Anything),
        ("Image { source: base + \"?a=b\" }", Computed::Assets),
        ("Image { source: a + \"x\" + b }", Computed::Assets),
        ("Loader { source: page }", Computed::Anything),
        ("Loader { source: model.page }", Computed::Anything),
        (
            "Loader { id: l }\nfunction f(u) { l.source = u }",
            Computed::Anything,
        ),
        ("function f(u) { l.setSource(u) }", Computed::Anything),
        ("function f(u) { other.source = u }", Computed::Anything),
        (
            "function f(u) { other[\"source\"] = u }",
            Computed::Anything,
        ),
        (
            "property alias page: l.source\nLoader { id: l }",
            Computed::Anything,
        ),
        ("Mine { source: page }", Computed::Anything),
        ("StackView { initialItem: page }", Computed::Anything),
        ("onClicked: stack.push(page)", Computed::Anything),
        ("onClicked: stack.push([page])", Computed::Anything),
        ("onClicked: stack.push({ item: page })", Computed::Anything),
        ("onClicked: stack.replace(null, page)", Computed::Anything),
        (
            "Component.onCompleted: Qt.createComponent(page)",
            Computed::Anything,
        ),
        (
            "Component.onCompleted: Qt.createComponent(\"My.Mod\", \"Type\")",
            Computed::Anything,
        ),
        (
            "Component.onCompleted: { var c = Qt.createComponent; c(a) }",
            Computed::Anything,
        ),
        (
            "Component.onCompleted: Qt.createQmlObject(text, root)",
            Computed::Anything,
        ),
        (
            "Component.onCompleted: Qt.createQmlObject('import QtQuick 2.0; Loader { source: x }', root)",
            Computed::Anything,
        ),
        (
            "Component.onCompleted: c.createObject(a, { source: b })",
            Computed::Anything,
        ),
        (
            "function f(source) { c.createObject(a, { source }) }",
            Computed::Anything,
        ),
        (
            "PropertyChanges { target: other; source: a }",
            Computed::Anything,
        ),
        (
            "Binding { target: other; property: name; value: a }",
            Computed::Anything,
        ),
        (
            "Binding { target: other; property: \"source\"; value: a }",
            Computed::Anything,
        ),
        ("property url icon: a", Computed::Anything),
        ("WorkerScript { source: a }", Computed::Anything),
        ("Component.onCompleted: Qt.include(a)", Computed::Anything),
        ("Component.onCompleted: eval(a)", Computed::Anything),
        (
            "property string base: Qt.resolvedUrl(\".\")",
            Computed::Anything,
        ),
    ] {
        assert_eq!(computed(body), expected, "{body}");
    }
    let source = "Image { source: icon }";
    assert_eq!(
        parse(Language::Qml, &format!("{source} )"))
            .references
            .computed,
        Computed::Anything
    );
}

#[test]
fn scripts_have_references_too() {
    for (source, expected) in [
        (
            "function f() { return Qt.createComponent(\"A.qml\") }",
            Computed::No,
        ),
        (
            "function f(a) { return Qt.createComponent(a) }",
            Computed::Anything,
        ),
        (
            "const base = \"img/\"; function f(a) { return Qt.resolvedUrl(base + a) }",
            Computed::No,
        ),
        (
            "var base = \"img/a\"; function f() { return Qt.resolvedUrl(base) }",
            Computed::Anything,
        ),
        (
            "export async function f(a) { return import(a) }",
            Computed::Anything,
        ),
    ] {
        let found = references(Language::Js, source);
        assert_eq!(found.computed, expected, "{source}");
    }
    let found = references(Language::Js, ".pragma library\nQt.include(\"other.js\")");
    assert_eq!(texts(&found.literals), ["other.js"]);
}

#[test]
fn what_is_written_to_other_objects_is_sent() {
    for (body, literals, patterns) in [
        (
            "onClicked: a.b.source = \"x.png\"",
            &["x.png"] as &[&str],
            &[] as &[&str],
        ),
        ("onClicked: a.source = \"img/\" + b", &[], &["img/*"]),
        ("onClicked: source = \"x.png\"", &["x.png"], &[]),
        (
            "onClicked: c.createObject(a, { source: \"x.png\" })",
            &["x.png"],
            &[],
        ),
        (
            "PropertyChanges { target: a.b; source: \"x.png\" }",
            &["x.png"],
            &[],
        ),
        ("Mine { img.source: \"x.png\" }", &["x.png"], &[]),
        ("Mine { source: \"x.png\"; title: a }", &[], &[]),
        (
            "Image { id: i; source: a }\nonClicked: i.source = \"x.png\"",
            &[],
            &[],
        ),
        (
            "property string source\nonClicked: source = \"x.png\"",
            &[],
            &[],
        ),
        ("onClicked: a.title = \"x.png\"", &[], &[]),
    ] {
        let sent = of_body(body).shown.sent;
        assert_eq!(texts(&sent.literals), literals, "{body}");
        assert_eq!(globs(&sent.patterns), patterns, "{body}");
    }
    for (body, expected) in [
        (
            "function set(a, k, v) { a[k] = v }",
            &[loading::ANY] as &[&str],
        ),
        ("onClicked: a.source = b", &["source"]),
        ("onClicked: a.icon.source = b", &[loading::ICON]),
        ("onClicked: a.iconSource = b", &["iconSource"]),
        ("onClicked: a.title = b", &[]),
        ("onClicked: a[0] = b", &[]),
        ("function f(k, v) { const m = {}; m[k] = v }", &[]),
        ("property var m: ({})\nfunction f(k, v) { m[k] = v }", &[]),
        ("Image { id: i; source: a }\nonClicked: i.source = b", &[]),
    ] {
        let sent = of_body(body).shown.sent;
        assert_eq!(texts(&sent.computed), expected, "{body}");
    }
}

#[test]
fn types_and_their_properties_are_shown() {
    let shown = of_body(
        "id: root\nproperty url a\nproperty alias b: i.source\nproperty alias c: i\nproperty int d\n\
         component Inner: Base { property url f }\nImage { id: i; property url e }",
    )
    .shown;
    let alias = Property::Alias {
        types: vec!["Image".into()],
        property: "source".into(),
    };
    let named = |properties: &[(&str, &Property)]| {
        let properties = properties.iter();
        let properties = properties.map(|(name, property)| (Box::from(*name), (*property).clone()));
        properties.collect::<Vec<_>>()
    };
    let (url, other) = (Property::Url, Property::Other);
    let own = &shown.types[""];
    assert_eq!(own.root.as_ref(), "Item");
    let expected = named(&[("a", &url), ("b", &alias), ("c", &other), ("d", &other)]);
    assert_eq!(Vec::from_iter(own.properties.clone()), expected);
    let inner = &shown.types["Inner"];
    assert_eq!(inner.root.as_ref(), "Base");
    assert_eq!(
        Vec::from_iter(inner.properties.clone()),
        named(&[("f", &url)])
    );
    let urls = named(&[("a", &url), ("b", &alias), ("e", &url), ("f", &url)]);
    assert_eq!(Vec::from_iter(shown.urls), urls);
}

#[test]
fn images_in_rich_text() {
    for (body, literals, computed) in [
        ("text: \"<img src='a.png'>\"", true, false),
        ("text: \"![logo](a.png)\"", true, false),
        ("text: \"<img src='\" + a + \"'>\"", false, true),
        ("text: `<img src=\"${a}\">`", false, true),
        ("text: \"<img src='%1'>\".arg(a)", false, true),
        ("text: \"a.png\"", false, false),
    ] {
        let sent = of_body(body).shown.sent;
        assert_eq!(sent.in_text.contains("a.png"), literals, "{body}");
        assert_eq!(sent.computed_in_text, computed, "{body}");
    }
}

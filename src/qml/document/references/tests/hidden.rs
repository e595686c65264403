//! References that are easy to overlook: in values and in what they are written to.

use super::*;

/// Checks what a document comes to whose root object has `body`.
#[track_caller]
pub(super) fn check(body: &str, expected: Computed) {
    assert_eq!(computed(body), expected, "{body}");
}

/// Checks that a document names a file, as a literal or by a pattern.
#[track_caller]
pub(super) fn check_named(body: &str, name: &str) {
    let found = of_body(body);
    let is_named = found.literals.contains(name) || globs(&found.patterns).contains(&name.into());
    assert!(
        is_named,
        "{body}: {:?} {:?}",
        found.literals,
        globs(&found.patterns)
    );
}

#[test]
fn values_on_a_property() {
    for (on, expected) in [
        ("Binding on source { value: x }", Computed::Anything),
        (
            "SequentialAnimation on source { PropertyAction { value: x } }",
            Computed::Anything,
        ),
        (
            "Behavior on source { PropertyAnimation { to: x } }",
            Computed::Anything,
        ),
        (
            "SequentialAnimation on x { PropertyAction { target: i; value: a } }",
            Computed::No,
        ),
        ("Binding on opacity { value: a }", Computed::No),
        (
            "NumberAnimation on x { from: a; to: b }\nSlider { value: a }",
            Computed::No,
        ),
    ] {
        check(&format!("Image {{ id: i; {on} }}"), expected);
    }
    check(
        "Loader { Binding on source { value: x } }",
        Computed::Anything,
    );
    check(
        "Button { Binding on icon.source { value: x } }",
        Computed::Assets,
    );
    check(
        "Image { id: i }\nSequentialAnimation on x { PropertyAction { target: i; property: \"source\"; value: a } }",
        Computed::Anything,
    );
    check(
        "SequentialAnimation { PropertyAction { value: x } }",
        Computed::Anything,
    );
    check(
        "Binding { id: b; target: i; property: \"source\" }\nImage { id: i }\nonClicked: b.value = x",
        Computed::Anything,
    );
    check(
        "Binding { id: b; target: i; value: x }\nonClicked: b.property = \"source\"",
        Computed::Anything,
    );
}

#[test]
fn values_of_bindings_from_elsewhere() {
    let with = |code: &str| {
        let binding = "Binding { id: b; target: i; property: \"source\" }\nImage { id: i }";
        format!("{binding}\n{code}")
    };
    for code in [
        "onClicked: b.value = x",
        "PropertyChanges { target: b; value: x }",
        "PropertyChanges { b.value: x }",
    ] {
        check(&with(code), Computed::Anything);
    }
    for alias in ["property alias pic: b.value", "property alias binding: b"] {
        assert!(of_body(&with(alias)).indirect, "{alias}");
    }
    check(&with("onClicked: b.target = x"), Computed::Anything);
    check(
        &with("onClicked: b.properties = 'source'"),
        Computed::Anything,
    );
    check(&with("onClicked: drag.target = x"), Computed::No);
    check(
        "PropertyAction { target: i; targets: a; property: 'source'; value: x }\nImage { id: i }",
        Computed::Anything,
    );
    check(
        "Slider { id: s }\nproperty alias v: s.value\nonClicked: s.value = x",
        Computed::No,
    );
}

#[test]
fn variables_with_several_values() {
    for (code, expected) in [
        (
            "if (c) { var p = 'a' } else { var p = x } i.source = p",
            true,
        ),
        ("var p = 'a'; for (var p of l) {} i.source = p", true),
        ("let p = 'a'; for (p of l) {} i.source = p", true),
        ("let p = 'a'; for (p in l) {} i.source = p", true),
        ("let p = 'a'; [p] = l; i.source = p", true),
        ("let p = 'a'; ({ p } = l); i.source = p", true),
        ("let p = 'a'; ({ q: p } = l); i.source = p", true),
        ("let p = 'a'; [[...p]] = l; i.source = p", true),
        ("let p = 'a'; (p) = x; i.source = p", true),
        ("let p = 'a'; p ||= x; i.source = p", true),
        ("let p = 'a'; with (l) { i.source = p }", true),
        (
            "if (c) { var p = 'a' } else { var p = 'b' } i.source = p",
            false,
        ),
        ("let p = 'a'; for (const q of l) {} i.source = p", false),
        ("let p = 'a'; p = 'b'; i.source = p", false),
    ] {
        let expected = if expected {
            Computed::Assets
        } else {
            Computed::No
        };
        // In a `with` statement an id may be anything, too.
        let expected = match code.contains("with") {
            true => Computed::Anything,
            false => expected,
        };
        check(
            &format!("Image {{ id: i }}\nfunction f() {{ {code} }}"),
            expected,
        );
    }
}

#[test]
fn assignments_of_every_form() {
    for code in [
        "i.source += x",
        "i.source ||= x",
        "i.source ??= x",
        "[i.source] = l",
        "({ a: i.source } = l)",
        "({ a: i.source = 1 } = l)",
        "[a, ...i.source] = l",
        "for (i.source of l) {}",
        "for (i.source in l) {}",
        "(i.source) = x",
        "i['source'] = x",
        "i[`source`] = x",
        "const k = 'source'; i[k] = x",
    ] {
        let body = format!("Image {{ id: i }}\nfunction f() {{ {code} }}");
        check(&body, Computed::Assets);
    }
    check("Image { onClicked: source += x }", Computed::Assets);
    check("Image { onClicked: [source] = l }", Computed::Assets);
    check("Image { id: i; onClicked: i.source -= x }", Computed::No);
    check(
        "Image { id: i; onClicked: i.source += '.png' }",
        Computed::No,
    );
    check_named("Image { id: i; onClicked: i.source += '.png' }", "*.png");
    check(
        "Loader { onClicked: with (a) { source = x } }",
        Computed::Anything,
    );
}

#[test]
fn parts_of_expressions() {
    for source in [
        "(/* one */ x)",
        "{ return /* one */ x }",
        "Qt.resolvedUrl(/* one */ x)",
        "`${/* one */ x}`",
        "{ [1].map(function() { return 1 }); f() }",
        "{ if (a) return 'a.png'; else f() }",
        "[a, 'png'].toString()",
        "String([a, 'png'])",
        "(a, x)",
        "x?.y",
        "f`a.png`",
        "new String(x)",
        "Qt.binding(function() { return x })",
        "Qt['binding'](() => x)",
    ] {
        check(&format!("Image {{ source: {source} }}"), Computed::Assets);
    }
    for source in [
        "{ f(); if (a) { g(); return 'a.png' } return 'b.png' }",
        "{ /* one */ return 'a.png' /* two */ }",
        "(/* one */ 'a.png')",
    ] {
        check(&format!("Image {{ source: {source} }}"), Computed::No);
    }
}

#[test]
fn paths_around_a_gap() {
    for (source, pattern) in [
        ("a + '/../icons/a.png'", "*/icons/a.png"),
        ("'img/' + a + '/../icons/' + b", "*/icons/*"),
        ("'img/' + a + '/a.png'", "img/*a.png"),
        ("a + '://' + b + '/img/a.png'", "*/img/a.png"),
        ("a + '/./a.png'", "*/a.png"),
    ] {
        let body = format!("Image {{ source: {source} }}");
        check(&body, Computed::No);
        check_named(&body, pattern);
    }
    check("Image { source: a + '/../' + b }", Computed::Assets);
}

#[test]
fn keys_of_first_properties() {
    for code in [
        "c.createObject(a, { 'pic.source': x })",
        "l.setSource('A.qml', { 'pic.source': x })",
        "o['pic.source'] = x",
        "c.createObject(a, { ['source']: x })",
        "c.createObject(a, { get source() { return x } })",
        "class P { source = x }",
    ] {
        check(&format!("onClicked: {{ {code} }}"), Computed::Anything);
    }
    check(
        "onClicked: c.createObject(a, { 'icon.source': x })",
        Computed::Assets,
    );
    check(
        "onClicked: c.createObject(a, { 'pic.title': x })",
        Computed::No,
    );
    check(
        "onClicked: c.createObject(a, { source() { return x } })",
        Computed::No,
    );
    let sent = of_body("onClicked: l.setSource('A.qml', { 'pic.source': 'a.png' })");
    assert_eq!(texts(&sent.shown.sent.literals), ["a.png"]);
    let keyed = of_body("x: ({ [k]: v })").shown.sent;
    assert_eq!(texts(&keyed.computed), [loading::ANY]);
}

#[test]
fn ids_that_several_components_have() {
    let two = |one: &str, other: &str, code: &str| {
        format!("Component {{ {one} }}\nComponent {{ {other} }}\nfunction f() {{ {code} }}")
    };
    let text = "Item { id: v; property string pic: x; Image { source: v.pic } }";
    let number = "Item { id: v; property int pic }";
    for (one, other) in [(text, number), (number, text)] {
        check(&two(one, other, ""), Computed::Assets);
    }
    let (image, effect) = ("Image { id: v }", "ShaderEffectSource { id: v }");
    for (one, other) in [(image, effect), (effect, image)] {
        check(&two(one, other, "v.source = x"), Computed::Assets);
    }
    check(
        &two(
            effect,
            "Item { id: v; property string source }",
            "v.source = x",
        ),
        Computed::No,
    );
    // An alias may be for either.
    let both = two(image, "Loader { id: v }", "");
    check(
        &format!("property alias a: v.source\n{both}"),
        Computed::Anything,
    );
}

#[test]
fn names_without_a_suffix() {
    for body in [
        "Image { source: 'my pic' }",
        "Image { id: i; onClicked: i.source = 'my pic' }",
        "property url pic: 'my pic'",
        "property url pic\nonClicked: pic = 'my pic'",
    ] {
        check_named(body, "my pic");
    }
}

//! References that are easy to overlook: in calls, and in texts that are more than names.

use super::hidden::check;
use super::*;

#[test]
fn calls_in_disguise() {
    for code in [
        "Qt['createComponent'](x)",
        "Qt[name]('A.qml')",
        "Qt?.createComponent(x)",
        "Qt.createComponent?.(x)",
        "(a ? Qt.createComponent : f)(x)",
        "const { createComponent } = Qt; createComponent(x)",
        "const { createComponent: make } = Qt; make(x)",
        "const name = 'createComponent'; f(name)",
        "Qt.createComponent(...x)",
        "Qt.createComponent.call(Qt, x)",
        "Qt.createComponent('My.Mod', x)",
        "Qt.createComponent('My.Mod', `Type`)",
        "Qt.include.call(Qt, x)",
        "l?.setSource(x)",
        "l['setSource'](x)",
        "l.setSource.bind(l)(x)",
        "Qt.callLater(l.setSource, x)",
        "stack['push'](x)",
        "stack?.push(x)",
        "stack.push(...x)",
        "stack.push('A.qml', ...x)",
        "stack.push({ 'item': x })",
        "const item = x; stack.push({ item })",
        "const page = { item: x }; stack.push(page)",
        "const pages = [x]; stack.push(pages)",
        "stack.pushItems([x])",
        "let stack = []; stack = view; stack.push(x)",
        "new Function(x)()",
        "const run = eval; run(x)",
        "Object.assign(i, { source: x })",
        "Object.assign(i, x)",
        "Object.assign(i, { ...x })",
        "Reflect.set(i, 'source', x)",
    ] {
        check(&format!("function f() {{ {code} }}"), Computed::Anything);
    }
    for code in [
        "r.open(...x)",
        "r['open']('GET', x)",
        "r?.open('GET', x)",
        "const open = r.open; open('GET', x)",
    ] {
        check(&format!("function f() {{ {code} }}"), Computed::Assets);
    }
    for code in [
        "Qt.createComponent('A.qml', root)",
        "Qt.createComponent('A.qml', Component.Asynchronous, root)",
        "Qt.createComponent('sub/A.qml', x)",
        "const o = { include: f, setSource(url) {} }",
        "Object.assign({}, x)",
        "const o = {}; Object.assign(o, x)",
        "map.set(a, b, c)",
    ] {
        check(&format!("function f() {{ {code} }}"), Computed::No);
    }
    // What these come to is left to observation, but who asks may be this document.
    for code in [
        "stack.push.apply(stack, x)",
        "const push = stack.push; push(x)",
        "Qt.callLater(stack.push, x)",
        "r.open.call(r, 'GET', x)",
        "handlers[name](x)",
        "menu.open ? a : b",
        "[].push.apply(a, b)",
    ] {
        let found = of_body(&format!("function f() {{ {code} }}"));
        assert_eq!(found.computed, Computed::No, "{code}");
        assert!(found.indirect, "{code}");
    }
}

#[test]
fn documents_in_strings() {
    let inner = "'import QtQuick 2.0; import \"up\"; Image { source: \"a.png\" }'";
    let call = |name: &str| format!("x: Qt.createQmlObject({inner}, root, {name})");
    check(&call("'dyn'"), Computed::Anything);
}

#[test]
fn rich_text_of_every_form() {
    for text in [
        "<IMG SRC='a.png'>",
        "<body background='a.png'>",
        "<p style='background-image: url(a.png)'>",
        "<link rel='stylesheet' href='a.png'>",
    ] {
        let sent = of_body(&format!("text: \"{text}\"")).shown.sent;
        assert!(sent.in_text.contains("a.png"), "{text}");
        let sent = of_body(&format!("text: \"{text}\" + a")).shown.sent;
        assert!(sent.computed_in_text, "{text}");
    }
    for text in [
        "'<img src='.concat(a)",
        "['![a](', a].join('')",
        "'<img src=X>'.replace('X', a)",
    ] {
        let sent = of_body(&format!("text: {text}")).shown.sent;
        assert!(sent.computed_in_text, "{text}");
    }
    check("ImageParticle { colorTable: x }", Computed::Assets);
    let plain = of_body("text: \"<p style='background-color: \" + a + \"'>\"")
        .shown
        .sent;
    assert!(!plain.computed_in_text);
}

#[test]
fn images_are_relative_to_a_base() {
    let image = "text: \"<img src='../a.png'>\"";
    check(
        &format!("Text {{ baseUrl: 'img/x/'; {image} }}"),
        Computed::Assets,
    );
    check(&format!("Text {{ baseUrl: a; {image} }}"), Computed::Assets);
}

#[test]
fn documents_with_an_odd_suffix() {
    check("Loader { source: 'Page.QML' }", Computed::Anything);
    check("Loader { source: a + '.Qml' }", Computed::Anything);
    check("Loader { source: 'Page.qml' }", Computed::No);
}

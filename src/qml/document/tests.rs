use super::*;

/// Imports as text: `target version as qualifier @line`, a file in quotes.
fn described(document: &Document) -> Vec<String> {
    let describe = |import: &Import| {
        let mut text = match &import.target {
            ImportTarget::Module(uri) => uri.clone(),
            ImportTarget::File(file) => format!("{file:?}"),
        };
        if let Some(version) = &import.version {
            text += &format!(" {version}");
        }
        if let Some(qualifier) = &import.qualifier {
            text += &format!(" as {qualifier}");
        }
        text + &format!(" @{}", import.line)
    };
    document.imports.iter().map(describe).collect()
}

#[track_caller]
fn check_imports(language: Language, source: &str, expected: &[&str]) {
    let document = parse(language, source);
    assert!(!document.header_error, "{source}");
    assert_eq!(described(&document), expected, "{source}");
    for import in &document.imports {
        let target = &source[import.span.clone()];
        let quoted = target.starts_with(['"', '\'']) && target.ends_with(['"', '\'']);
        assert_eq!(
            matches!(import.target, ImportTarget::File(_)),
            quoted,
            "{target}"
        );
    }
}

#[test]
fn imports_of_a_qml_document() {
    for (header, expected) in [
        ("import QtQuick", &["QtQuick @1"] as &[&str]),
        ("import My.Mod 2.0 as M", &["My.Mod 2.0 as M @1"]),
        ("import My.Mod 2", &["My.Mod 2 @1"]),
        ("import My . Mod 1.0", &["My.Mod 1.0 @1"]),
        ("import org.default.enum 1.0", &["org.default.enum 1.0 @1"]),
        ("import \"dir\" 1.0 as D", &["\"dir\" 1.0 as D @1"]),
        ("import 'x.js' as X;", &["\"x.js\" as X @1"]),
        (r#"import "a\"\u0062""#, &[r#""a\"b" @1"#]),
        (
            "import A 1.0; import \"b\" as B",
            &["A 1.0 @1", "\"b\" as B @1"],
        ),
        ("// c\n/* import X */ import A // import Y\n", &["A @2"]),
        (
            "import A /* c */ 1.0 /* d */ as /* e */ B",
            &["A 1.0 as B @1"],
        ),
        ("\u{feff}import A", &["A @1"]),
        ("import A\r\nimport B\r\n", &["A @1", "B @2"]),
        ("pragma Singleton\nimport A", &["A @2"]),
        ("#!/usr/bin/env qml\nimport A", &["A @2"]),
        (
            "import \"http://localhost:8080\" 1.0 as Remote",
            &["\"http://localhost:8080\" 1.0 as Remote @1"],
        ),
        ("import A\n@Deprecated { reason: \"{\" }", &["A @1"]),
        ("", &[]),
    ] {
        let right = format!("{header}\nItem {{\n}}\n");
        check_imports(Language::Qml, &right, expected);
        assert_eq!(parse(Language::Qml, &right).syntax_error, None, "{right}");
        // A mistake in the body does not touch the header.
        for body in [
            "Item {",
            "Item { x: }",
            "Item { import B }",
            "Item {} Item {}",
            "Item { \" }",
        ] {
            let wrong = format!("{header}\n{body}");
            check_imports(Language::Qml, &wrong, expected);
            assert!(
                parse(Language::Qml, &wrong).syntax_error.is_some(),
                "{wrong}"
            );
        }
    }
}

#[test]
fn a_header_in_error_is_marked() {
    for source in [
        "",
        "import QtQuick",
        "import QtQuick Item {}",
        "import \"a\nItem {}",
        "import A import B\nItem {}",
        "import A 1.x\nItem {}",
        "import A as\nItem {}",
        "import A;;\nItem {}",
        "impor A\nItem {}",
        ".pragma library\nItem {}",
        "{}",
        "/* Item {}",
    ] {
        let document = parse(Language::Qml, source);
        assert!(document.header_error, "{source}");
        assert!(document.syntax_error.is_some(), "{source}");
    }
    let document = parse(Language::Qml, "import A\nimport \"b\nItem {}");
    assert_eq!(described(&document), ["A @1"], "what can be read is read");
}

#[test]
fn pragmas_of_a_qml_document() {
    for (header, singleton) in [
        ("pragma Singleton", true),
        ("pragma Singleton;", true),
        ("// c\npragma Singleton // d", true),
        (
            "import A\npragma ComponentBehavior: Bound\npragma Singleton",
            true,
        ),
        ("pragma ComponentBehavior: Bound", false),
        ("pragma Translator: \"Singleton\"", false),
        ("// pragma Singleton", false),
        ("pragma library", false),
    ] {
        for body in ["Item {}", "Item { pragma Singleton }"] {
            let document = parse(Language::Qml, &format!("{header}\n{body}"));
            assert_eq!(document.singleton, singleton, "{header}");
            assert!(!document.library, "{header}");
        }
    }
}

#[test]
fn the_language_is_in_the_suffix() {
    for (path, expected) in [
        ("main.qml", Some(Language::Qml)),
        ("a/b.ui.qml", Some(Language::Qml)),
        ("a.js", Some(Language::Js)),
        ("a.b/c.mjs", Some(Language::Mjs)),
        ("qmldir", None),
        ("a.json", None),
        ("a.qml/b", None),
    ] {
        assert_eq!(Language::of(path), expected, "{path}");
    }
}

/// Real-world constructs, each the body of an `Item`, that Qt 6 accepts.
const BODIES: &[&str] = &[
    "required property int x",
    "default required property Item it",
    "default property alias content: inner.data",
    "readonly property var re: /[a-z\"{]+/gi",
    "final property int v: 3",
    "required x",
    "property list<Item> x: []",
    "property list<Item> x: [Item {}, Item {},]",
    "property list<string> names",
    "property date d: \"2020-01-01\"",
    "property var x",
    "property Ns.Type t: Ns.Type {}",
    "property Component c: Component { Item {} }",
    "property var o: ({ a: 1, b, c() {}, [d]: 2, get e() { return 1 } })",
    "property var o: { \"a\": 1 }",
    "property int from: 3; property int to: 2",
    "property int signal: 3\nproperty int component: 3\nproperty int required: 3",
    "property int type: 3\nproperty string module\nproperty int get\nproperty int as",
    "id: property",
    "id: on",
    "id: from",
    "component X: Item {}",
    "component X : Item { component: Y }",
    "enum E { A, B = 2, C = -1 }",
    "function f(a: int, b: list<Item>): string { return \"\" }",
    "function f(a: QtObject = null, ...b): void {}",
    "function* g() { yield 1 }",
    "signal s",
    "signal s()",
    "signal s(int a, string b)",
    "signal s(a: int, b: Ns.Type)",
    "x: (y as Item).z ?? w?.v",
    "x: y as Ns.Type",
    "x: `a${b + `n${c}`}\n{`",
    "x: \"a\nb\"",
    "x: 'a\"}'",
    "x: a < b > (c)",
    "x: a ** 017 + 0b11 + .5",
    "x: a / b / c",
    "x: a ? /}/ : /[/]{/",
    "x: a, b",
    "x: [1, 2,, ...a]",
    "x: {}",
    "x: ä + 日本",
    "x: { for (const [k, v] of Object.entries(a)) { continue } }",
    "x: { class A extends B { constructor() { super() } static s() {} } }",
    "x: { let { a, b: c = 2 } = o; with (a) { b } }",
    "x: if (a) 1; else 2",
    "x: switch (a) { case 1: break; default: 2 }",
    "x: try { a() } catch (e) { b() }",
    "x\n: 3",
    "x: a\n+ b\ny: c",
    "x: 3 // } {\ny: 4 /* } { */",
    "NumberAnimation on x { to: 3 }",
    "Ns.Animation on x.y {}",
    "Ns.Type {}",
    "onClicked: function(mouse) { mouse.accepted = true }",
    "onClicked: mouse => mouse.accepted",
    "onClicked: async()",
    "Keys.onPressed: (event) => { event.accepted = true }",
    "Component.onCompleted: console.log(1);",
    "Component.onCompleted: ;",
    "Connections { target: x; function onFoo(a) {} onBar: { a } }",
    "states: [ State { name: \"a\" }, State {} ]",
    "anchors { left: parent.left; right: parent.right }",
    "anchors.fill: parent; width: 3",
    "@Deprecated { reason: \"x\" } property int q",
    "@Deprecated {} Item {}",
];

#[test]
fn constructs_of_the_real_world_are_no_errors() {
    for body in BODIES {
        for newline in ["\n", "\r\n"] {
            let source = format!("import QtQuick\nItem {{\n{body}\n}}\n").replace('\n', newline);
            assert_eq!(parse(Language::Qml, &source).syntax_error, None, "{source}");
        }
    }
}

/// Qt accepts these, the grammar does not. Their imports are rewritten all the same. When one
/// of them begins to parse, move it up.
#[test]
fn constructs_that_are_known_not_to_be_understood() {
    for body in ["property int a: 3;;", "x: await"] {
        let document = parse(Language::Qml, &format!("import \"a\"\nItem {{ {body} }}"));
        assert!(document.syntax_error.is_some(), "{body}");
        assert!(!document.header_error, "{body}");
        assert_eq!(described(&document), ["\"a\" @1"]);
    }
    let document = parse(Language::Qml, "import A\n1.0\nas B\nItem {}");
    assert!(document.header_error, "an import over several lines");
}

#[test]
fn an_error_has_its_place() {
    for (language, source, line, column) in [
        (Language::Qml, "Item {\n    x: )\n}", 2, 5),
        (Language::Qml, "\u{feff})", 1, 1),
        (Language::Qml, "Item {}\n/* ü */ )", 2, 9),
        (Language::Js, "var a = 1\n  )", 2, 3),
        (Language::Js, ")", 1, 1),
        (Language::Js, "// c\n .pragma bibliothek", 2, 2),
    ] {
        assert_eq!(
            parse(language, source).syntax_error,
            Some(SyntaxError { line, column }),
            "{source}"
        );
    }
}

#[test]
fn directives_of_a_script() {
    for (source, library, expected) in [
        (
            ".import \"x.js\" as X\nX.f()",
            false,
            &["\"x.js\" as X @1"] as &[&str],
        ),
        (".import 'x.js' as X;", false, &["\"x.js\" as X @1"]),
        (".import My.Mod 1.0 as M", false, &["My.Mod 1.0 as M @1"]),
        (".import My.Mod as M", false, &["My.Mod as M @1"]),
        (".pragma library", true, &[]),
        (". pragma library // c\n", true, &[]),
        (
            "\u{feff}// c\r\n/* .import \"n.js\" as N\r\n */\r\n.pragma library\r\n\r\n.import \"x.js\" as X // d\r\nfunction f() {}\r\n",
            true,
            &["\"x.js\" as X @6"],
        ),
        (
            ".import /* c */ \"x.js\" as X",
            false,
            &["\"x.js\" as X @1"],
        ),
        // Only at the top.
        ("var a\n// .import \"x.js\" as X", false, &[]),
        (
            "/*\n.pragma library\n*/ var a = `\n.pragma library`",
            false,
            &[],
        ),
        ("", false, &[]),
    ] {
        check_imports(Language::Js, source, expected);
        let document = parse(Language::Js, source);
        assert_eq!(document.library, library, "{source}");
        assert_eq!(document.syntax_error, None, "{source}");
        check_imports(Language::Js, &format!("{source}\n)"), expected);
    }
}

#[test]
fn a_wrong_directive_is_marked() {
    for source in [
        ".import",
        ".import \"x.js\"",
        ".import \"x.js\" X",
        ".import \"x.js\" as",
        ".import \"x.js\nas X",
        ".import \"x.js\"\nas X",
        ".import \"x.js\" as X var a",
        ".pragma",
        ".pragma Library",
        ".include \"x.js\"",
    ] {
        let document = parse(Language::Js, source);
        assert!(document.header_error, "{source}");
        assert!(document.syntax_error.is_some(), "{source}");
    }
}

#[test]
fn imports_of_an_es_module() {
    for (source, expected) in [
        ("import x from \"./y.mjs\"", &["\"./y.mjs\" @1"] as &[&str]),
        ("import './y.mjs';", &["\"./y.mjs\" @1"]),
        ("import d, { a as b } from './y.mjs'\n", &["\"./y.mjs\" @1"]),
        ("import * as y from './y.mjs'", &["\"./y.mjs\" @1"]),
        ("export * from './y.mjs'", &["\"./y.mjs\" @1"]),
        ("export * as y from './y.mjs'", &["\"./y.mjs\" @1"]),
        ("export { a, b as c } from\n './y.mjs'", &["\"./y.mjs\" @2"]),
        ("export default 'y'; export const z = 'w'", &[]),
        (
            "// import './c.mjs'\nimport './a.mjs'\nexport async function f() { return (await import('./b.mjs')).x }",
            &["\"./a.mjs\" @2", "\"./b.mjs\" @3"],
        ),
        ("const y = import(name)", &[]),
        ("const y = import('./a' + b)", &[]),
        ("\u{feff}import './a.mjs'", &["\"./a.mjs\" @1"]),
    ] {
        check_imports(Language::Mjs, source, expected);
        assert_eq!(parse(Language::Mjs, source).syntax_error, None, "{source}");
        let wrong = parse(Language::Mjs, &format!("{source}\n)"));
        assert!(wrong.header_error, "{source}");
    }
}

#[test]
fn scripts_of_the_real_world_are_no_errors() {
    for source in [
        "return",
        "'use strict'\nvar a = { b: 1, 'c': [1,2] }, d\nfunction f(a, b) { return a < b }",
        "class A { constructor() {} get x() { return 1 } static y() {} }",
        "const f = async (a) => { for await (const b of a) {} }",
        "export default class {}",
        "export function* g() {}",
        "let x = a?.b ?? c, y = /[/]/.test(`}${z}`)",
        "Qt.include(\"other.js\")",
        "// only a comment",
        "if (a) b(); else { c() }\nlabel: while (1) break label",
        "var x = 1 // no line break at the end",
    ] {
        for language in [Language::Js, Language::Mjs] {
            assert_eq!(parse(language, source).syntax_error, None, "{source}");
        }
    }
}

/// Documents that someone is typing: truncated, and with pieces removed and doubled. A fixed
/// sequence, so that a failure can be repeated.
#[test]
fn no_input_is_too_odd() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % (below.max(1) as u64)).unwrap()
    };
    for body in BODIES {
        let original = format!(
            ".import \"s.js\" as S\nimport A 1.0; import \"b\" as B // ü\npragma Singleton\nItem {{ {body} }}"
        );
        for _ in 0..20 {
            let mut chars: Vec<char> = original.chars().collect();
            for _ in 0..=random(3) {
                let (at, to) = (random(chars.len()), random(chars.len()));
                match random(3) {
                    0 => drop(chars.drain(at.min(to)..at.max(to).min(at.min(to) + 5))),
                    1 if at < chars.len() && to < chars.len() => chars.swap(at, to),
                    _ => chars.truncate(at.max(chars.len() / 2)),
                }
            }
            let source: String = chars.into_iter().collect();
            for language in [Language::Qml, Language::Js, Language::Mjs] {
                let document = parse(language, &source);
                for import in &document.imports {
                    assert!(source.get(import.span.clone()).is_some(), "{source}");
                }
            }
        }
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let depth = 20_000;
    let source = format!("import A\n{}{}", "Item { ".repeat(depth), "}".repeat(depth));
    check_imports(Language::Qml, &source, &["A @1"]);
    let source = format!("x = {}{}", "[".repeat(depth), "]".repeat(depth - 1));
    assert!(parse(Language::Js, &source).syntax_error.is_some());
}

#[test]
fn what_is_too_much_work_is_open_and_its_header_counts() {
    let arrows = "()=>1;".repeat(200_000);
    let qml = format!("import QtQuick 2.12\nimport \"lib\"\nItem {{ onX: {{ {arrows} }} }}\n");
    let document = parse(Language::Qml, &qml);
    assert_eq!(document.imports.len(), 2);
    assert!(!document.header_error && document.syntax_error.is_none());
    assert_eq!(document.references, References::unreadable());
    let script = format!(".pragma library\n.import \"a.js\" as A\n{arrows}");
    let document = parse(Language::Js, &script);
    assert_eq!(document.imports.len(), 1);
    assert!(document.library && !document.header_error);
    assert_eq!(document.references, References::unreadable());
}

use super::super::document::parse;
use super::*;

fn moved(import: &Import) -> Resolved {
    match &import.target {
        ImportTarget::Module(uri) if uri == "Two" => Resolved::Paths(vec![
            Resolved::Path("../@1/a".into()),
            Resolved::Path("../@2/b".into()),
        ]),
        ImportTarget::Module(uri) if uri.starts_with("Both") => {
            Resolved::Beside(vec![Resolved::Path("./both".into())])
        }
        ImportTarget::Module(uri) if uri == "None" => Resolved::Paths(Vec::new()),
        ImportTarget::Module(uri) if uri.starts_with("Qt") => Resolved::Keep,
        ImportTarget::Module(uri) => Resolved::Path(format!("./{}", uri.replace('.', "/"))),
        ImportTarget::File(file) => Resolved::Path(format!("@/{file}")),
    }
}

#[track_caller]
fn check(language: Language, source: &str, expected: &str) {
    let document = parse(language, source);
    let result = rewrite(source, &document, None, moved, |_| None, |_| false);
    assert_eq!(result, expected);
    assert_eq!(result.lines().count(), source.lines().count(), "{result}");
    assert_eq!(matches!(result, Cow::Borrowed(_)), source == expected);
}

#[test]
fn targets_change_and_nothing_else_does() {
    for (header, expected) in [
        ("import My.Mod 2.0 as M", "import \"./My/Mod\" 2.0 as M"),
        (
            "import  My . Mod  2.0 // c",
            "import  \"./My/Mod\"  2.0 // c",
        ),
        (
            "import \"d\" as D;import 'e'",
            "import \"@/d\" as D;import \"@/e\"",
        ),
        ("import QtQuick 2.15", "import QtQuick 2.15"),
        (
            "import My .\r\n Mod 2.0 as M",
            "import \r\n\"./My/Mod\" 2.0 as M",
        ),
        ("import 'd\r' as D", "import \r\"@/d\\r\" as D"),
        (
            "\u{feff}import A\r\nimport QtQuick\r\nimport B\r",
            "\u{feff}import \"./A\"\r\nimport QtQuick\r\nimport \"./B\"\r",
        ),
        (r#"import "a\"b""#, r#"import "@/a\"b""#),
        ("import Two", "import \"../@1/a\"; import \"../@2/b\""),
        (
            "import Two 1.0 as T // c",
            "import \"../@1/a\" 1.0 as T; import \"../@2/b\" 1.0 as T // c",
        ),
        ("import None 1.0", "import None 1.0"),
        (
            "import Both 1.0 as B // c",
            "import Both 1.0 as B; import \"./both\" 1.0 as B // c",
        ),
        (
            "import Both .\n A 1.0",
            "import \nBoth.A 1.0; import \"./both\" 1.0",
        ),
        ("// import A", "// import A"),
    ] {
        for body in ["Item { x: \"import A\" }", "Item { x: }", "Item {"] {
            check(
                Language::Qml,
                &format!("{header}\n{body}\n"),
                &format!("{expected}\n{body}\n"),
            );
        }
    }
}

#[test]
fn a_rewritten_document_parses_to_the_rewritten_imports() {
    let source = "import Two 1.0 as T; import A\nimport \"x\\\\y\"\nItem {}";
    let document = parse(Language::Qml, source);
    let result = rewrite(source, &document, None, moved, |_| None, |_| false);
    let targets: Vec<_> = parse(Language::Qml, &result)
        .imports
        .into_iter()
        .map(|import| (import.target, import.version, import.qualifier))
        .collect();
    let file = |path: &str| ImportTarget::File(path.into());
    let one = || Some("1.0".to_owned());
    let t = || Some("T".to_owned());
    assert_eq!(
        targets,
        [
            (file("../@1/a"), one(), t()),
            (file("../@2/b"), one(), t()),
            (file("./A"), None, None),
            (file("@/x\\y"), None, None),
        ]
    );
}

#[test]
fn a_document_with_a_wrong_header_stays() {
    for source in [
        "import A\nimport\nItem {}",
        "import A",
        "",
        "import A B\nItem {}",
    ] {
        check(Language::Qml, source, source);
    }
    check(Language::Mjs, "import './a.mjs'\n)", "import './a.mjs'\n)");
}

#[test]
fn scripts_are_rewritten_too() {
    check(
        Language::Js,
        ".pragma library\n.import 'x.js' as X\n.import Two 1.0 as T\nf('x.js') )",
        ".pragma library\n.import \"@/x.js\" as X\n.import Two 1.0 as T\nf('x.js') )",
    );
    check(
        Language::Mjs,
        "import a from './a.mjs'; export * from './b.mjs'\nimport('./c.mjs')",
        "import a from \"@/./a.mjs\"; export * from \"@/./b.mjs\"\nimport(\"@/./c.mjs\")",
    );
}

#[test]
fn what_is_left_out_becomes_blanks_line_by_line() {
    let source = "import A\nItem {\n Q.Theme.set: {\r\n  \"qrc:/ü\" }\n Keys.onUp: 1; x: 2\n}";
    let document = parse(Language::Qml, source);
    let keep = |_: &Import| Resolved::Keep;
    let place = |_: &ResourceName| Some("moved".into());
    let result = rewrite(source, &document, None, keep, place, |attached| {
        &*attached.type_name == "Theme"
    });
    assert_eq!(
        result,
        "import A\nItem {\n               \r\n            \n Keys.onUp: 1; x: 2\n}"
    );
}

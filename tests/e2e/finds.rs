//! What was once stale, or broken for good: a tree, the edits that led there, and what a client
//! that lives through them has to show after each.

use crate::client::QtClient;
use crate::freshness::wait_for_error;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::TestServer;

in_each_runtime!(
    a_singleton_that_is_repaired_leaves_nothing_broken,
    a_script_of_a_directory_that_is_repaired_leaves_nothing_broken,
    a_type_becomes_a_singleton,
    a_directory_of_images_gets_a_type,
    a_module_whose_document_was_empty_is_there,
    a_module_comes_that_a_qmldir_imports,
    an_import_may_be_percent_encoded,
    a_script_imports_a_module_and_another_sees_what_its_document_imports,
    a_script_of_another_directory_sees_what_its_document_sees,
);

/// Files to write, `None` to remove, and what is shown then; `None` for an error.
type Step<'a> = (&'a [(&'a str, Option<&'a str>)], Option<&'a str>);

#[track_caller]
fn live_through(runtime: Runtime, first: &[(&str, &str)], shown: Option<&str>, steps: &[Step]) {
    let server = TestServer::start(first);
    let client = QtClient::remote(runtime, &server.announced);
    let check = |mark: usize, shown: Option<&str>| match shown {
        Some(state) => client.wait_to_show(mark, state),
        None => drop(wait_for_error(&server)),
    };
    check(0, shown);
    for (edits, shown) in steps {
        let mark = client.mark();
        for (path, content) in *edits {
            match content {
                Some(content) => server.write(path, content),
                None => server.folder.remove(path),
            }
        }
        check(mark, *shown);
    }
}

/// An entry that imports and uses what is given.
fn main(imports: &str, body: &str, state: &str) -> String {
    format!(
        "import QtQuick 2.12\n{imports}\nItem {{\n{body}\n\
         Component.onCompleted: console.log('SHOWS ' + {state})\n}}\n"
    )
}

fn value(value: &str) -> String {
    format!("import QtQuick 2.12\nItem {{ property string value: '{value}' }}\n")
}

fn singleton(value: &str) -> String {
    format!("pragma Singleton\nimport QtQuick 2.12\nQtObject {{ property string v: '{value}' }}\n")
}

fn a_singleton_that_is_repaired_leaves_nothing_broken(runtime: Runtime) {
    // Qt loads it with the directory, whatever uses it, and the engine remembers the failure of
    // each document that was new by then.
    let using = "import QtQuick 2.12\nItem { property string value: Theme.v }\n";
    live_through(
        runtime,
        &[
            (
                "main.qml",
                &main("", "A { id: a }\nB { id: b }", "a.value + b.value"),
            ),
            ("A.qml", &value("a1")),
            ("B.qml", using),
            ("qmldir", "singleton Theme 1.0 Theme.qml\n"),
            ("Theme.qml", &singleton("t1")),
        ],
        Some("a1t1"),
        &[
            (
                &[
                    ("A.qml", Some(&value("a2"))),
                    ("Theme.qml", Some("pragma Singleton\nQtObject { v: \n")),
                ],
                None,
            ),
            (&[("Theme.qml", Some(&singleton("t2")))], Some("a2t2")),
            (&[("Theme.qml", None)], None),
            (&[("Theme.qml", Some(&singleton("t3")))], Some("a2t3")),
        ],
    );
}

fn a_script_of_a_directory_that_is_repaired_leaves_nothing_broken(runtime: Runtime) {
    live_through(
        runtime,
        &[
            (
                "main.qml",
                &main("import 'lib' as Lib", "Lib.A { id: a }", "a.value"),
            ),
            ("lib/A.qml", &value("a1")),
            ("lib/qmldir", "A 1.0 A.qml\nLogic 1.0 logic.js\n"),
            ("lib/logic.js", "function ( {"),
        ],
        None,
        &[
            (
                &[("lib/logic.js", Some("function f() { return 1 }\n"))],
                Some("a1"),
            ),
            (&[("lib/A.qml", Some(&value("a2")))], Some("a2")),
        ],
    );
}

fn a_type_becomes_a_singleton(runtime: Runtime) {
    live_through(
        runtime,
        &[
            ("main.qml", &main("", "", "typeof Cfg.v")),
            ("qmldir", "Cfg 1.0 Cfg.qml\n"),
            ("Cfg.qml", &singleton("1")),
        ],
        Some("undefined"),
        &[
            (
                &[("qmldir", Some("singleton Cfg 1.0 Cfg.qml\n"))],
                Some("string"),
            ),
            (&[("qmldir", Some("Cfg 1.0 Cfg.qml\n"))], Some("undefined")),
        ],
    );
}

fn a_directory_of_images_gets_a_type(runtime: Runtime) {
    let using = main("import 'sub'", "A { id: a }", "a.value");
    live_through(
        runtime,
        &[
            ("main.qml", &main("import 'sub'", "", "'none'")),
            ("sub/a.png", "an image"),
        ],
        Some("none"),
        &[
            (
                &[
                    ("sub/A.qml", Some(&value("a1"))),
                    ("main.qml", Some(&using)),
                ],
                Some("a1"),
            ),
            (&[("sub/A.qml", None)], None),
            (&[("sub/A.qml", Some(&value("a2")))], Some("a2")),
        ],
    );
}

fn a_module_whose_document_was_empty_is_there(runtime: Runtime) {
    live_through(
        runtime,
        &[
            (
                "main.qml",
                &main("import My.Mod 1.0", "Foo { id: foo }", "foo.value"),
            ),
            ("My/Mod/Foo.qml", ""),
        ],
        None,
        &[
            (&[("My/Mod/Foo.qml", Some(&value("f1")))], Some("f1")),
            (&[("My/Mod/Foo.qml", Some(&value("f2")))], Some("f2")),
        ],
    );
}

fn a_module_comes_that_a_qmldir_imports(runtime: Runtime) {
    // Qt 5 knows no imports in a qmldir; what they bring is resolved here.
    let all = "module My.All\nimport My.Deep\nFoo 1.0 ../impl/Foo.qml\n";
    live_through(
        runtime,
        &[
            (
                "main.qml",
                &main("import My.All 1.0", "Foo { id: foo }", "foo.value"),
            ),
            ("My/All/qmldir", "module My.All\nFoo 1.0 ../impl/Foo.qml\n"),
            ("My/impl/Foo.qml", &value("f1")),
        ],
        Some("f1"),
        &[
            (
                &[
                    ("My/All/qmldir", Some(all)),
                    ("My/Deep/qmldir", Some("module My.Deep\nimport My.B\n")),
                    ("My/B/qmldir", Some("module My.B\nBar 1.0 Bar.qml\n")),
                    ("My/B/Bar.qml", Some(&value("b1"))),
                    (
                        "main.qml",
                        Some(&main(
                            "import My.All 1.0",
                            "Foo { id: foo }\nBar { id: bar }",
                            "foo.value + bar.value",
                        )),
                    ),
                ],
                Some("f1b1"),
            ),
            (&[("My/B/Bar.qml", Some(&value("b2")))], Some("f1b2")),
        ],
    );
}

fn an_import_may_be_percent_encoded(runtime: Runtime) {
    live_through(
        runtime,
        &[
            (
                "main.qml",
                &main(
                    "import 'my%20lib.js' as Lib\nimport 'my%20dir'",
                    "A { id: a }",
                    "Lib.text() + a.value",
                ),
            ),
            ("my lib.js", "function text() { return 'l1' }\n"),
            ("my dir/A.qml", &value("a1")),
        ],
        Some("l1a1"),
        &[
            (
                &[("my lib.js", Some("function text() { return 'l2' }\n"))],
                Some("l2a1"),
            ),
            (&[("my dir/A.qml", Some(&value("a2")))], Some("l2a2")),
        ],
    );
}

fn a_script_imports_a_module_and_another_sees_what_its_document_imports(runtime: Runtime) {
    // An engine refuses a script that imports a path which is none, with all that imports it. A
    // module that is nowhere installed is undefined, and the rest of the script works.
    let of_module = |text: &str| {
        format!(".import My.Mod 1.0 as M\nfunction text() {{ return '{text}' + M.S }}\n")
    };
    let imports = "import My.Mod 1.0\nimport \"of.js\" as Of\nimport \"plain.js\" as Plain\n";
    live_through(
        runtime,
        &[
            ("main.qml", &main(imports, "", "Of.text() + Plain.text()")),
            ("of.js", &of_module("a")),
            ("plain.js", "function text() { return '1' + S.v }\n"),
            ("My/Mod/qmldir", "module My.Mod\nsingleton S 1.0 S.qml\n"),
            ("My/Mod/S.qml", &singleton("x")),
        ],
        Some("aundefined1x"),
        &[
            (
                &[("My/Mod/S.qml", Some(&singleton("y")))],
                Some("aundefined1y"),
            ),
            (&[("of.js", Some(&of_module("b")))], Some("bundefined1y")),
            (
                &[("plain.js", Some("function text() { return '2' + S.v }\n"))],
                Some("bundefined2y"),
            ),
        ],
    );
}

fn a_script_of_another_directory_sees_what_its_document_sees(runtime: Runtime) {
    // An engine compiles a script once for its URL, and each name in it keeps what it was found
    // to be the first time: a singleton, a type with an enumeration, and what a name came to be.
    let kind =
        |values: &str| format!("import QtQuick 2.12\nQtObject {{ enum Value {{ {values} }} }}\n");
    let script = "function text() { return Theme.v + Kind.Value.B }\n";
    let state = "Script.text() + Mapped.text() + N.Mapped.text()";
    live_through(
        runtime,
        &[
            (
                "main.qml",
                &main(
                    "import \"js/script.js\" as Script\nimport \"lib\"\nimport \"lib\" as N",
                    "Kind {}",
                    state,
                ),
            ),
            ("qmldir", "singleton Theme 1.0 Theme.qml\n"),
            ("Theme.qml", &singleton("t")),
            ("Kind.qml", &kind("A, B")),
            ("js/script.js", script),
            ("lib/qmldir", "Mapped 1.0 mapped.js\n"),
            ("lib/mapped.js", script),
        ],
        Some("t1t1t1"),
        &[
            (&[("Theme.qml", Some(&singleton("u")))], Some("u1u1u1")),
            (&[("Kind.qml", Some(&kind("A, C, B")))], Some("u2u2u2")),
            (
                &[
                    ("qmldir", Some("singleton Theme 1.0 Other.qml\n")),
                    ("Other.qml", Some(&singleton("o"))),
                ],
                Some("o2o2o2"),
            ),
            (&[("Other.qml", Some(&singleton("p")))], Some("p2p2p2")),
        ],
    );
}

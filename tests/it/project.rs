//! Projects over HTTP: what CMake and .qrc files declare, and what becomes of it.

use crate::support::{Folder, Setup, TestServer, wait_until};

const ITEM: &str = "import QtQuick\nItem {}\n";

const CMAKE: &str = "qt_add_qml_module(demo URI Demo VERSION 1.0 QML_FILES Main.qml ui/Part.qml)\n";

fn demo() -> Setup {
    Setup::new().files(&[
        ("app/CMakeLists.txt", CMAKE),
        ("app/Main.qml", "import QtQuick\nPart {}\n"),
        ("app/ui/Part.qml", ITEM),
        ("app/Unlisted.qml", ITEM),
    ])
}

fn served(server: &TestServer, path: &str) -> String {
    let response = server.get(&format!("/@{}/{path}", server.version()));
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.text().to_owned()
}

#[test]
fn the_types_of_a_declared_module_are_those_of_its_list() {
    let server = demo().start();
    let list = "module Demo\nMain 1.0 Main.qml\nPart 1.0 ui/Part.qml\n";
    assert_eq!(server.get("/app/qmldir").text(), list);
    assert_eq!(served(&server, "app/qmldir"), list);

    let events = server.events();
    events.change();
    server.write("app/CMakeLists.txt", CMAKE.replace("ui/Part.qml", ""));
    events.until_changed("app/CMakeLists.txt");
    let list = "module Demo\nMain 1.0 Main.qml\n";
    assert_eq!(server.get("/app/qmldir").text(), list);
}

#[test]
fn two_modules_of_one_directory_have_one_list_each() {
    let two = "qt_add_qml_module(a URI One VERSION 1.0 QML_FILES A.qml)\n\
               qt_add_qml_module(b URI Two VERSION 2.0 QML_FILES B.qml OUTPUT_DIRECTORY two)\n";
    let server = Setup::new()
        .files(&[
            ("CMakeLists.txt", two),
            ("A.qml", ITEM),
            ("B.qml", ITEM),
            ("main.qml", "import One 1.0\nimport Two 2.0\nB {}\n"),
        ])
        .start();
    assert_eq!(
        served(&server, "@Two/qmldir"),
        "module Two\nB 2.0 ../B.qml\n"
    );
    assert_eq!(server.get("/@Two/qmldir").status, 200);
    assert!(served(&server, "main.qml").contains("import \"@Two\" 2.0"));
}

#[test]
fn what_a_build_made_does_not_stand_for_the_sources() {
    let built = "module Demo\nMain 1.0 Main.qml\n";
    let server = demo()
        .files(&[
            (
                "build/CMakeCache.txt",
                "CMAKE_HOME_DIRECTORY:INTERNAL=/nowhere\n",
            ),
            ("build/Demo/qmldir", built),
            ("build/Demo/Main.qml", "import QtQuick\nText {}\n"),
            ("tool.qml", "import Demo 1.0\nMain {}\n"),
        ])
        .start();
    assert_eq!(served(&server, "tool.qml"), "import \"app\" 1.0\nMain {}\n");
}

#[test]
fn names_of_what_is_compiled_in_lead_to_the_files() {
    let qrc = r#"<RCC><qresource prefix="/r">
        <file alias="a.txt">one.txt</file><file>ui/page.qml</file></qresource></RCC>"#;
    let main = "import QtQuick\nItem {\n property var a: [\"qrc:/r/a.txt\", \"qrc:/r/\", \"qrc:/none\"]\n}\n";
    let server = Setup::new()
        .files(&[
            ("app/all.qrc", qrc),
            ("app/one.txt", "one"),
            ("app/two.txt", "two"),
            ("app/ui/page.qml", ITEM),
            ("app/main.qml", main),
        ])
        .start();
    let version = server.version();
    let expected = format!(
        "import QtQuick\nItem {{\n property var a: [\"/@{version}/app/one.txt\", \
         \"/@{version}/app/@qrc/r/\", \"qrc:/none\"]\n}}\n"
    );
    assert_eq!(served(&server, "app/main.qml"), expected);
    assert_eq!(served(&server, "app/@qrc/r/a.txt"), "one");
    let page = served(&server, "app/@qrc/r/ui/page.qml");
    assert_eq!(
        page,
        "import \"../../../ui/@document/page.qml\"\nDocument {}\n"
    );
    assert_eq!(
        served(&server, "app/ui/@document/page.qml/qmldir"),
        "Document ../../page.qml\n"
    );
    assert_eq!(
        server.get(&format!("/@{version}/app/@qrc/none")).status,
        404
    );
    server.logged("app/main.qml:3: nothing declares \"qrc:/none\"");

    let events = server.events();
    events.change();
    server.write("app/all.qrc", qrc.replace("one.txt", "two.txt"));
    events.until_changed("app/all.qrc");
    assert_eq!(served(&server, "app/@qrc/r/a.txt"), "two");
    let earlier = server.get(&format!("/@{version}/app/@qrc/r/a.txt"));
    assert_eq!(earlier.text(), "one", "a version stays what it was");
}

#[test]
fn the_project_is_in_the_greeting_and_in_the_status() {
    let server = demo()
        .file("stubs/Backend/Api.qml", ITEM)
        .file("app/Tool.qml", "import Backend\nApi {}\n")
        .file("context.json", r#"{"appName": "Demo"}"#)
        .start();
    for line in [
        "  modules    Demo (app/CMakeLists.txt:1)\n",
        "  stand-ins  Backend (stubs/Backend)\n",
        "  context    appName\n",
    ] {
        wait_until(line, || server.stdout(), || server.stdout().contains(line));
    }
    let project = &server.status()["project"];
    assert_eq!(project["modules"][0]["uri"], "Demo");
    assert_eq!(project["modules"][0]["dir"], "app");
    assert_eq!(project["stand_ins"][0]["used"], true);
    assert_eq!(project["context"][0], "appName");
}

#[test]
fn the_entry_is_the_only_document_that_nobody_uses() {
    let server = Setup::new()
        .file("ui/App.qml", "import QtQuick\nPart {}\n")
        .file("ui/Part.qml", ITEM)
        .start();
    assert_eq!(server.status()["entry"], "ui/App.qml");
    let events = server.events();
    assert!(events.change().url.unwrap().contains("/ui/App.qml#"));
    let client = server.get("/@qmlserve/live.qml");
    assert!(client.text().contains("|| \"ui/App.qml\""));

    let named = Setup::on(Folder::new())
        .file("ui/App.qml", ITEM)
        .args(&["--document", "later.qml"])
        .start();
    assert_eq!(named.status()["entry"], "later.qml");
    assert_eq!(named.status()["choices"], serde_json::json!([]));
}

#[test]
fn a_context_in_error_is_told_and_the_last_good_one_stays() {
    let server = Setup::new()
        .file(
            "main.qml",
            "import QtQuick\nItem { property string title }\n",
        )
        .file("context.json", r#"{"title": "a", "appName": "b"}"#)
        .start();
    let events = server.events();
    let context = |title: &str, names: serde_json::Value| {
        Some(serde_json::json!({ "initial": { "title": title }, "names": names }))
    };
    let names = serde_json::json!({ "appName": "b" });
    let good = context("a", names);
    assert_eq!(events.change().context, good);
    server.write("context.json", "{\n\"title\": }");
    assert_eq!(events.until_changed("context.json").context, good);
    server.logged("context.json:2: ");
    server.write("context.json", r#"{"title": "c"}"#);
    let next = events.until_changed("context.json").context;
    assert_eq!(next, context("c", serde_json::json!({})));
}

//! A project as it lies in its sources: a module that CMake declares, resources, stand-ins and
//! names that a program gives. Nothing is built.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::attach_program::write_if_changed;
use crate::client::QtClient;
use crate::picture::{Picture, png_of};
use crate::runtime::{Runtime, in_each_runtime, is_missing, on_path, without_screen};
use crate::support::{Folder, Setup, TestServer};
use crate::tree::{FIXTURES, edit, serve, serve_with};

in_each_runtime!(
    a_project_is_shown_and_each_edit_of_it_arrives,
    a_document_is_chosen_where_nobody_has_said_which,
);

/// What is done to the tree, and which of the values is another one then.
type Row = (
    &'static str,
    fn(&Folder),
    &'static [(&'static str, &'static str)],
);

const ROWS: &[Row] = &[
    (
        "document of the module in a sub-directory",
        |tree| edit(tree, "app/ui/PartOne.qml", "\"1\"", "\"3\""),
        &[("part", "13")],
    ),
    (
        "CMakeLists.txt: another document for a type",
        |tree| {
            edit(
                tree,
                "app/CMakeLists.txt",
                "    ui/PartOne.qml\n",
                "    ui/PartTwo.qml\n",
            )
        },
        &[("part", "12")],
    ),
    (
        "singleton by CMake",
        |tree| edit(tree, "app/Theme.qml", "\"1\"", "\"2\""),
        &[("part", "22"), ("singleton", "2")],
    ),
    (
        ".qrc: another file for a path",
        |tree| edit(tree, "app/resources.qrc", "img/one.png", "img/two.png"),
        &[("image", "5")],
    ),
    (
        "file that is compiled in",
        |tree| tree.write("app/img/two.png", png_of(6, [0; 3])),
        &[("image", "6")],
    ),
    (
        "file under a name put together",
        |tree| tree.write("app/img/fixed.png", png_of(7, [0; 3])),
        &[("fixed", "7")],
    ),
    (
        "document under a name put together",
        |tree| edit(tree, "app/pages/page.qml", "\"1\"", "\"2\""),
        &[("loaded", "2")],
    ),
    (
        "script that is compiled in",
        |tree| edit(tree, "app/logic.js", "\"1\"", "\"2\""),
        &[("script", "2")],
    ),
    (
        "stand-in for a module",
        |tree| edit(tree, "stubs/Demo/Backend/Backend.qml", "\"1\"", "\"2\""),
        &[("backend", "2")],
    ),
    (
        "stand-in for a type of the own module",
        |tree| edit(tree, "stubs/Demo/Native.qml", "\"1\"", "\"2\""),
        &[("native", "2")],
    ),
    (
        "context.json: a context property",
        |tree| {
            edit(
                tree,
                "context.json",
                "\"appName\": \"1\"",
                "\"appName\": \"2\"",
            )
        },
        &[("context", "2")],
    ),
    (
        "context.json: an initial property",
        |tree| edit(tree, "context.json", "\"title\": \"1\"", "\"title\": \"2\""),
        &[("initial", "2")],
    ),
    (
        "context.json: a property of an object",
        |tree| edit(tree, "context.json", "false", "true"),
        &[("online", "1")],
    ),
    (
        "context.json: broken, and something else edited",
        |tree| {
            edit(
                tree,
                "context.json",
                "{\n    \"appName\"",
                "{,\n    \"appName\"",
            );
            edit(tree, "app/logic.js", "\"2\"", "\"3\"");
        },
        &[("script", "3")],
    ),
    (
        "context.json: mended",
        |tree| {
            edit(tree, "context.json", "{,", "{");
            edit(
                tree,
                "context.json",
                "\"appName\": \"2\"",
                "\"appName\": \"4\"",
            );
        },
        &[("context", "4")],
    ),
];

fn a_project_is_shown_and_each_edit_of_it_arrives(runtime: Runtime) {
    let server = serve_with("project", &["--document", "app/Main.qml"]);
    let tree = &server.folder;
    for (path, side) in [("one", 4), ("two", 5), ("fixed", 3)] {
        tree.write(&format!("app/img/{path}.png"), png_of(side, [0; 3]));
    }
    let ones = [
        "backend",
        "context",
        "initial",
        "loaded",
        "native",
        "script",
        "singleton",
    ];
    let mut expected: BTreeMap<&str, &str> = ones.map(|name| (name, "1")).into();
    expected.extend([
        ("fixed", "3"),
        ("image", "4"),
        ("online", "0"),
        ("part", "11"),
    ]);

    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, &line(&expected));
    for (kind, edit, changes) in ROWS {
        eprintln!("edit: {kind}");
        let mark = client.mark();
        edit(tree);
        expected.extend(changes.iter().copied());
        client.wait_to_show(mark, &line(&expected));
    }
    server.logged("context.json:1: ");
    let fresh = QtClient::remote(runtime, &server.announced);
    fresh.wait_to_show(0, &line(&expected));
}

fn line(values: &BTreeMap<&str, &str>) -> String {
    serde_json::to_string(values).unwrap()
}

fn a_document_is_chosen_where_nobody_has_said_which(runtime: Runtime) {
    let item = |shows: &str| {
        format!(
            "import QtQuick 2.12\nRectangle {{ width: 200; height: 100; \
             Component.onCompleted: console.log('SHOWS {shows}') }}\n"
        )
    };
    let server: TestServer = Setup::new()
        .file("one/First.qml", item("first"))
        .file("two/Second.qml", item("second"))
        .start();
    for how in ["keys", "mouse"] {
        let pictures = tempfile::tempdir().unwrap();
        let picture = pictures.path().join("chooser.png");
        let arguments = [
            format!("--server={}", server.announced),
            format!("--by={how}"),
            format!("--picture={}", picture.display()),
        ];
        let arguments = arguments.each_ref().map(String::as_str);
        let client = QtClient::open_file(runtime, "tests/e2e/qml/chooser.qml", &arguments, &[]);
        client.wait_for("CHOICES one/First.qml two/Second.qml");
        let drawn = Picture::read(&picture);
        assert!(drawn.colours() > 4, "the list is not drawn");
        client.wait_to_show(0, "second");
    }
    let command = "qml URL/@qmlserve/live.qml?document=two/Second.qml";
    let command = command.replace("URL", &server.announced);
    assert!(server.stdout().contains(&command), "{}", server.stdout());
}

/// What the program draws that Qt builds of the fixture, beside what a stock runtime draws of its
/// sources.
#[test]
fn a_built_program_and_its_sources_draw_the_same() {
    let Some(built) = build("drawn") else {
        return is_missing("what builds a C++ program with Qt 6", PACKAGES, "PATH");
    };
    if !Runtime::Qt6.is_available() {
        return;
    }
    let pictures = tempfile::tempdir().unwrap();
    let local = pictures.path().join("local.png");
    let output = without_screen(&built).arg(&local).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let local = Picture::read(&local);
    assert!(local.colours() > 4, "it draws nothing much");

    let server = serve("drawn");
    server.write("picture.png", png_of(8, [200, 60, 180]));
    server.logged("picture.png");
    let url = &server.announced;
    let job = json!([{ "server": url, "document": "Main.qml" }]);
    let arguments = [
        format!("--jobs={job}"),
        format!("--pictures={}", pictures.path().display()),
    ];
    let arguments = arguments.each_ref().map(String::as_str);
    let client = QtClient::open_file(Runtime::Qt6, "tests/e2e/qml/grab.qml", &arguments, &[]);
    client.wait_for("DONE");
    let remote = Picture::read(&pictures.path().join("0.png"));
    assert_eq!(local.difference(&remote), None);
    assert_eq!(server.status()["entry"], "Main.qml");
}

const PACKAGES: &str = "apt-get install cmake ninja-build g++ qt6-base-dev qt6-declarative-dev \
                        libgl-dev";

/// The program of a fixture, built where its sources changed since the last time.
fn build(fixture: &str) -> Option<PathBuf> {
    let cmake = on_path(Path::new("cmake"))?;
    on_path(Path::new("ninja"))?;
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join(fixture);
    let (source, build) = (work.join("source"), work.join("build"));
    write_all_changed(&Path::new(FIXTURES).join(fixture), &source);
    write_if_changed(&source.join("picture.png"), &png_of(8, [200, 60, 180]));
    let mut configure = Command::new(&cmake);
    configure.args(["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug"]);
    configure.arg("-S").arg(&source).arg("-B").arg(&build);
    let output = configure.output().unwrap();
    if !output.status.success() {
        // Qt's development files are missing.
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let output = Command::new(&cmake).arg("--build").arg(&build).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "it cannot be built:\n{said}");
    Some(build.join(fixture))
}

fn write_all_changed(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => write_all_changed(&entry.path(), &to),
            false => write_if_changed(&to, &fs::read(entry.path()).unwrap()),
        }
    }
}

//! `qmlserve stubs`: what it reads of a tree, what it writes, and that it never overwrites. What
//! the documents are worth in Qt is tested there.

use std::fs;

use crate::support::{Finished, Folder, command, run};

const CMAKE: &str = "qt_add_qml_module(app URI My.App VERSION 1.0 SOURCES src/backend.h)\n";

const HEADER: &str = "class Backend : public QObject {\n    Q_OBJECT\n    QML_ELEMENT\n    Q_PROPERTY(int count READ count)\n};\n";

fn stubs(folder: &Folder, args: &[&str]) -> Finished {
    let mut all = vec!["stubs", "tree"];
    all.extend(args);
    run(&mut command(&all, folder.around()))
}

fn project() -> Folder {
    let folder = Folder::new();
    folder.write("CMakeLists.txt", CMAKE);
    folder.write("src/backend.h", HEADER);
    folder.write("Main.qml", "import QtQuick 2.15\nItem { Backend {} }\n");
    folder
}

#[test]
fn it_writes_a_module_and_says_what() {
    let folder = project();
    folder.write(
        "main.py",
        "QML_IMPORT_NAME = \"Py.App\"\n@QmlElement\nclass Thing(QObject):\n    pass\nengine.rootContext().setContextProperty(\"title\", 1)\n",
    );
    folder.write(
        "lib/plugin.qmltypes",
        "Module { Component { name: \"L\"; exports: [\"Lib/Light 2.0\"] } }",
    );

    let finished = stubs(&folder, &[]);

    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let expected = [
        "stubs/Lib/Light.qml",
        "stubs/Lib/qmldir",
        "stubs/My/App/Backend.qml",
        "stubs/My/App/qmldir",
        "stubs/Py/App/Thing.qml",
        "stubs/Py/App/qmldir",
        "context.json",
    ];
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(lines, expected.map(|path| format!("wrote {path}")));
    for path in expected {
        assert!(folder.on_disk(path).is_file(), "{path}");
    }
    let qmldir = fs::read_to_string(folder.on_disk("stubs/Lib/qmldir")).unwrap();
    assert!(
        qmldir.ends_with("module Lib\nLight 2.0 Light.qml\n"),
        "{qmldir}"
    );
    assert_eq!(finished.stderr, "");
    let finished = stubs(&folder, &["--out", "mocks"]);
    assert!(
        finished
            .stderr
            .ends_with("serve with --stubs mocks to use them\n"),
        "{}",
        finished.stderr
    );
}

#[test]
fn what_is_there_is_kept() {
    let folder = project();
    folder.write("stubs/My/App/Backend.qml", "Mine {}");
    folder.write("stubs/My/App/qmldir", "module My.App\nOld 1.0 Old.qml\n");
    folder.write("context.json", "{}");

    let finished = stubs(&folder, &[]);

    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let kept = "kept stubs/My/App/Backend.qml, which is there\nkept stubs/My/App/qmldir, which is there; it has no line Backend 1.0 Backend.qml\n";
    assert_eq!(finished.stdout, kept);
    let text = fs::read_to_string(folder.on_disk("stubs/My/App/Backend.qml")).unwrap();
    assert_eq!(text, "Mine {}");
}

#[test]
fn printing_writes_nothing() {
    let folder = project();

    let finished = stubs(&folder, &["--print", "--out", "mocks/all"]);

    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let head = "==> mocks/all/My/App/Backend.qml <==\n// Written by `qmlserve stubs` from src/backend.h:1.\n";
    assert!(finished.stdout.starts_with(head), "{}", finished.stdout);
    assert!(finished.stdout.contains("property int count: 0"));
    assert!(!folder.on_disk("mocks").exists());
}

#[test]
fn a_type_of_no_module_is_told_and_can_be_given_one() {
    let folder = Folder::new();
    folder.write("src/backend.h", HEADER);

    let finished = stubs(&folder, &[]);

    assert_eq!(finished.code, Some(0));
    let told = "warning: src/backend.h:1: nothing says to which module Backend belongs: name it with --module";
    assert!(finished.stderr.contains(told), "{}", finished.stderr);
    assert!(finished.stderr.contains("there is nothing to stand in for"));
    assert_eq!(finished.stdout, "");

    let finished = stubs(&folder, &["--module", "Some.One"]);
    assert!(
        finished
            .stdout
            .contains("wrote stubs/Some/One/Backend.qml\n"),
        "{}",
        finished.stdout
    );
}

#[test]
fn bad_input_is_told_and_the_rest_is_written() {
    let folder = project();
    folder.write(
        "src/huge.h",
        "class A { Q_OBJECT QML_ELEMENT };\n".repeat(300_000),
    );
    folder.write("src/broken.h", "class Broken : public QObject { Q_OBJECT QML_ELEMENT\n Q_PROPERTY(int a READ a)\n int ( ;;; } }\n");
    folder.write(
        "src/deep.h",
        format!("class A {{ Q_OBJECT {} }};", "{(".repeat(100_000)),
    );
    folder.write(
        "src/latin.h",
        b"// \xe4\nclass Latin : public QObject { Q_OBJECT QML_ELEMENT };\n",
    );
    folder.write(
        "src/lost.cpp",
        "\nvoid f() { qmlRegisterType<A>(uri, 1, 0, \"A\"); }",
    );
    folder.write("build/CMakeCache.txt", "");
    folder.write(
        "build/stale.h",
        "class Stale : public QObject { Q_OBJECT QML_ELEMENT };\n",
    );
    folder.write(
        ".hidden/a.h",
        "class Hidden : public QObject { Q_OBJECT QML_ELEMENT };\n",
    );
    folder.write("Broken.qml", "Item {");

    let finished = stubs(&folder, &[]);

    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    for told in [
        "warning: src/huge.h: it has 9 MiB, too much",
        "warning: src/broken.h:1: Broken is not understood as a whole",
        "warning: src/deep.h: it is nested too deeply",
        "warning: src/lost.cpp:2: the module or the name under which A is registered",
        "warning: Broken.qml: ",
    ] {
        assert!(
            finished.stderr.contains(told),
            "{told}\n{}",
            finished.stderr
        );
    }
    let names: Vec<_> = finished
        .stdout
        .lines()
        .map(|line| line.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(names, ["Backend.qml", "Broken.qml", "Latin.qml", "qmldir"]);
}

#[test]
fn what_cannot_be_read_or_written_ends_it() {
    let folder = project();
    folder.write("stubs", "a file");

    let finished = stubs(&folder, &[]);

    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("cannot be written"),
        "{}",
        finished.stderr
    );

    let finished = run(&mut command(&["stubs", "nowhere"], folder.around()));
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("nowhere"), "{}", finished.stderr);
    let finished = run(&mut command(&["stubs", "--nonsense"], folder.around()));
    assert_eq!(finished.code, Some(2));
}

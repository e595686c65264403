//! `qmlserve snap`: what each Qt draws of a tree, and how it is compared with what is kept.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::picture::{Picture, png_of};
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Finished, Folder, command, run};

/// What `lrelease` makes of German for "blue" in main.qml, which is "yellow".
const GERMAN: &str = "PLhkGMrvnJXNIRy/YKG93acAAAAFZGVfREVCAAAAEAAGk7UAAAAoAE7DLwAAAABpAAAAUQMAAAAKAEgAYQBsAGwAbwgAAAAABgAAAAVIZWxsbwcAAAAEbWFpbgEDAAAADAB5AGUAbABsAG8AdwgAAAAABgAAAARibHVlBwAAAARtYWluAYgAAAACAQE=";

/// A square in a colour of a singleton, a picture, a width that only `context.json` has, and a
/// colour that tells whether the document was made once.
const MAIN: &str = "import QtQuick 2.12\nimport \"parts\"\nimport \"count.js\" as Count\nRectangle {\n    width: 60; height: 40\n    \
                    color: \"#ffffff\"\n    Square {}\n    \
                    Image { x: 40; source: \"blue.png\" }\n    \
                    Rectangle { y: 30; width: shownWidth; height: 10; color: \"#000000\" }\n    \
                    Rectangle { x: 50; y: 30; width: 10; height: 10; color: Count.next() === 1 ? \"#ffff00\" : \"#ff0000\" }\n}\n";

const SQUARE: &str =
    "import QtQuick 2.12\nRectangle { width: 20; height: 20; color: Theme.colour }\n";

fn theme(colour: &str) -> String {
    format!(
        "pragma Singleton\nimport QtQuick 2.12\nQtObject {{ property color colour: \"{colour}\" }}\n"
    )
}

fn tree() -> Folder {
    let folder = Folder::new();
    folder.write("main.qml", MAIN);
    folder.write("parts/Square.qml", SQUARE);
    folder.write("parts/Theme.qml", theme("#00ff00"));
    folder.write("parts/qmldir", "singleton Theme 1.0 Theme.qml\n");
    folder.write("blue.png", png_of(10, [0, 0, 255]));
    folder.write("context.json", "{\"shownWidth\": 30}");
    folder.write(
        "count.js",
        ".pragma library\nvar n = 0\nfunction next() { return ++n }\n",
    );
    folder
}

fn snap_by(program: &Path, folder: &Folder, args: &[&str]) -> Finished {
    let program = program.to_str().unwrap();
    let all = [&["snap", "tree", "--runtime", program][..], args].concat();
    run(&mut command(&all, folder.around()))
}

fn snap(runtime: Runtime, folder: &Folder, args: &[&str]) -> Finished {
    snap_by(runtime.program().unwrap(), folder, args)
}

/// What was drawn, as JSON.
fn drawn(ended: &Finished) -> Vec<Value> {
    let report: Result<Value, _> = serde_json::from_str(&ended.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    report["drawn"].as_array().unwrap().clone()
}

/// The pictures of a report, in their order.
fn pictures(report: &str, folder: &Folder) -> Vec<Picture> {
    let parts = report.split("base64,").skip(1);
    let pictures = parts.map(|part| {
        let data = part.split('"').next().unwrap();
        let file = folder.around().join("one.png");
        fs::write(&file, BASE64.decode(data).unwrap()).unwrap();
        Picture::read(&file)
    });
    pictures.collect()
}

fn keeps_and_compares(runtime: Runtime) {
    let folder = tree();
    let first = snap(runtime, &folder, &[]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.stdout.contains("--update keeps"), "{first:?}");
    assert!(!folder.on_disk("snapshots").exists(), "{first:?}");

    let kept = snap(runtime, &folder, &["--update"]);
    assert_eq!(kept.code, Some(0), "{kept:?}");
    let same = snap(runtime, &folder, &["--format", "json"]);
    assert_eq!(same.code, Some(0), "{same:?}");
    let [main] = drawn(&same).try_into().unwrap();
    assert_eq!(main["state"], "same");
    let file = folder.around().join(main["picture"].as_str().unwrap());
    let picture = Picture::read(&file);
    assert_eq!((picture.width, picture.height), (60, 40));
    for (x, y, colour) in [
        (5, 5, [0, 255, 0]),
        (45, 5, [0, 0, 255]),
        (25, 35, [0, 0, 0]),
        (35, 35, [255, 255, 255]),
        (55, 35, [255, 255, 0]),
    ] {
        assert_eq!(picture.at(x, y), colour, "{x}, {y} in {runtime:?}");
    }

    folder.write("parts/Theme.qml", theme("#00cc00"));
    let report = folder.around().join("report.html");
    let changed = snap(runtime, &folder, &["--report", "report.html"]);
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(
        changed.stdout.contains("400 pixels (16.7 %), by up to 51"),
        "{changed:?}"
    );
    let report = fs::read_to_string(report).unwrap();
    let [before, after, difference] = pictures(&report, &folder).try_into().ok().unwrap();
    assert_eq!(before.at(5, 5), [0, 255, 0]);
    assert_eq!(after.at(5, 5), [0, 204, 0]);
    let mark = difference.at(5, 5);
    for (x, y) in [(0, 0), (19, 19)] {
        assert_eq!(difference.at(x, y), mark);
    }
    for (x, y) in [(20, 5), (45, 5), (25, 35)] {
        assert_ne!(difference.at(x, y), mark, "{x}, {y} did not change");
    }

    let lenient = snap(runtime, &folder, &["--tolerance", "51"]);
    assert_eq!(lenient.code, Some(0), "{lenient:?}");
    let lenient = snap(runtime, &folder, &["--share", "17%"]);
    assert_eq!(lenient.code, Some(0), "{lenient:?}");
    let updated = snap(runtime, &folder, &["--update"]);
    assert_eq!(updated.code, Some(0), "{updated:?}");
    assert_eq!(Picture::read(&file).at(5, 5), [0, 204, 0]);
}

fn draws_sizes_schemes_and_languages(runtime: Runtime) {
    let folder = Folder::new();
    folder.write("i18n/app_de.qm", BASE64.decode(GERMAN).unwrap());
    // In the colour of a control, of a language, of a word that is translated.
    folder.write(
        "main.qml",
        "import QtQuick 2.12\nimport QtQuick.Controls 2.5\nApplicationWindow {\n    visible: true\n    \
         Rectangle { width: parent.width / 2; height: 10; color: field.palette.base }\n    \
         Rectangle { y: 10; width: 10; height: 10; color: Qt.locale().name === \"de_DE\" ? \"red\" : \"blue\" }\n    \
         Rectangle { y: 20; width: 10; height: 10; color: \"\" + qsTr(\"blue\") }\n    \
         TextField { id: field; visible: false }\n}\n",
    );
    let sizes = ["--size", "100x50", "--size", "200x80"];
    let others = [
        "--style",
        "Fusion",
        "--style",
        "Material",
        "--scheme",
        "light",
        "--scheme",
        "dark",
        "--language",
        "de_DE",
        "--language",
        "en_US",
        "--update",
        "--format",
        "json",
    ];
    let ended = snap(runtime, &folder, &[&sizes[..], &others].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let drawn = drawn(&ended);
    assert_eq!(drawn.len(), 16, "{ended:?}");
    for one in drawn {
        let setting = one["setting"].as_str().unwrap();
        let file = one["picture"].as_str().unwrap();
        let picture = Picture::read(&folder.around().join(file));
        let size = if setting.contains("100x50") {
            (100, 50)
        } else {
            (200, 80)
        };
        assert_eq!((picture.width, picture.height), size, "{one}");
        let red = if setting.ends_with("de_DE") { 255 } else { 0 };
        assert_eq!(picture.at(5, 15)[0], red, "{one}");
        let word = if red > 0 { [255, 255, 0] } else { [0, 0, 255] };
        assert_eq!(picture.at(5, 25), word, "{one}");
        let is_dark = picture.at(5, 5)[0] < 100;
        assert_eq!(is_dark, setting.contains("dark"), "{one}");
        assert!(
            setting.contains("Fusion") || setting.contains("Material"),
            "{one}"
        );
    }
}

fn what_is_wrong_with_one_is_no_matter_of_the_others(runtime: Runtime) {
    let folder = Folder::new();
    folder.write(
        "fine.qml",
        "import QtQuick 2.12\nRectangle { width: 20; height: 20 }\n",
    );
    folder.write("wrong.qml", "import QtQuick 2.12\nItem {\n    nix: 1\n}\n");
    let hang = "import QtQuick 2.12\nItem { Component.onCompleted: while (true) {} }\n";
    folder.write("hangs.qml", hang);
    folder.write("model.qml", "import QtQuick 2.12\nListModel {}\n");
    folder.write(
        "typing.qml",
        "import QtQuick 2.12\nTextInput { width: 50; height: 20; focus: true }\n",
    );
    folder.write(
        "moves.qml",
        "import QtQuick 2.12\nRectangle { width: 50; height: 50; color: \"red\"\n    \
         NumberAnimation on opacity { from: 0; to: 1; duration: 900; loops: -1 } }\n",
    );
    folder.write(
        "dice.qml",
        "import QtQuick 2.12\nRectangle { width: 50; height: 50; color: Qt.rgba(Math.random(), Math.random(), Math.random(), 1) }\n",
    );
    let args = ["--update", "--timeout", "6s", "--format", "json"];
    let ended = snap(runtime, &folder, &args);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let drawn = drawn(&ended);
    let state = |document: &str| {
        let mut all = drawn.iter();
        all.find(|one| one["document"] == document).unwrap()["state"].clone()
    };
    for (document, expected) in [
        ("fine.qml", "kept"),
        ("typing.qml", "kept"),
        ("wrong.qml", "failed"),
        ("hangs.qml", "failed"),
        ("model.qml", "skipped"),
        ("moves.qml", "unsteady"),
        ("dice.qml", "unsteady"),
    ] {
        assert_eq!(state(document), expected, "{document}: {ended:?}");
    }
    // A cursor blinks, so none is drawn: at none of the places where it would be.
    let typing = drawn.iter().find(|one| one["document"] == "typing.qml");
    let typing = typing.unwrap()["picture"].as_str().unwrap();
    let typing = Picture::read(&folder.around().join(typing));
    let cursor = (0..4).find(|x| typing.at(*x, 8) != [255; 3]);
    assert_eq!(cursor, None, "{ended:?}");
    let wrong = drawn.iter().find(|one| one["document"] == "wrong.qml");
    let problem = &wrong.unwrap()["problems"][0];
    assert_eq!(
        (&problem["file"], &problem["line"]),
        (&"wrong.qml".into(), &3.into())
    );

    let named = snap(
        runtime,
        &folder,
        &["model.qml", "wrong.qml", "--format", "github"],
    );
    assert_eq!(named.code, Some(1), "{named:?}");
    assert!(
        named.stdout.contains("::error file=tree/wrong.qml,line=3"),
        "{named:?}"
    );
    assert!(
        named.stdout.contains("neither an Item nor a Window"),
        "{named:?}"
    );
}

in_each_runtime!(
    keeps_and_compares,
    draws_sizes_schemes_and_languages,
    what_is_wrong_with_one_is_no_matter_of_the_others,
);

#[test]
fn what_is_kept_and_is_no_picture_of_it_is_told_of() {
    let runtime = Runtime::Qt6;
    if !runtime.is_available() {
        return;
    }
    let folder = tree();
    assert_eq!(snap(runtime, &folder, &["--update"]).code, Some(0));
    let dir = fs::read_dir(folder.on_disk("snapshots")).unwrap().next();
    let file = dir.unwrap().unwrap().path().join("main.png");

    fs::write(&file, "GIF89a").unwrap();
    let unreadable = snap(runtime, &folder, &[]);
    assert_eq!(unreadable.code, Some(1), "{unreadable:?}");
    assert!(unreadable.stdout.contains("it is no PNG"), "{unreadable:?}");
    assert!(unreadable.stdout.contains("--update"), "{unreadable:?}");

    fs::write(&file, png_of(70, [0, 0, 0])).unwrap();
    fs::write(file.with_file_name("gone.png"), "").unwrap();
    let resized = snap(runtime, &folder, &["--report", "r.html"]);
    assert_eq!(resized.code, Some(1), "{resized:?}");
    assert!(
        resized.stdout.contains("60 × 40 instead of 70 × 70"),
        "{resized:?}"
    );
    assert!(
        resized.stdout.contains("gone.png  is of no document"),
        "{resized:?}"
    );
    let report = fs::read_to_string(folder.around().join("r.html")).unwrap();
    let difference = pictures(&report, &folder).pop().unwrap();
    assert_eq!((difference.width, difference.height), (70, 70));

    assert_eq!(snap(runtime, &folder, &["--update"]).code, Some(0));
    assert_eq!(snap(runtime, &folder, &[]).code, Some(0));
}

#[test]
fn what_cannot_be_written_is_told_before_anything_is_drawn() {
    let runtime = Runtime::Qt6;
    if !runtime.is_available() {
        return;
    }
    let folder = tree();
    folder.write("file", "");
    for (args, said) in [
        (
            &["--update", "--pictures", "tree/file"][..],
            "name another folder: --pictures",
        ),
        (
            &["--report", "tree/file/r.html"],
            "the report cannot be written",
        ),
    ] {
        let ended = snap(runtime, &folder, args);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
        assert_eq!(ended.stdout, "", "{ended:?}");
    }
    let missing = snap(runtime, &folder, &["gone.qml"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(
        missing.stderr.contains("no QML document gone.qml"),
        "{missing:?}"
    );
}

#[test]
fn a_runtime_that_crashes_is_one_failed_picture() {
    let folder = tree();
    let program = folder.around().join("qml");
    fs::write(
        &program,
        "#!/bin/sh\necho almost there >&2\nkill -SEGV $$\n",
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let ended = snap_by(&program, &folder, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("signal 11"), "{ended:?}");
    assert!(ended.stdout.contains("almost there"), "{ended:?}");
}

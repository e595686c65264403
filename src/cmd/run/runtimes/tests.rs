//! Runtimes are found in folders made for each test. Linux asks `ldd` of a program, which says
//! of a script that it is no program, so that versions come from the names of folders here.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;

/// Folders with programs in them.
struct Machine {
    dir: TempDir,
    places: Places,
}

impl Machine {
    /// With these programs, each in a folder of its own; a Python says that it has this PySide6.
    fn with(programs: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut places = Places::default();
        for (path, text) in programs {
            let file = dir.path().join(path);
            let folder = file.parent().unwrap().to_owned();
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            if !places.folders.contains(&folder) {
                places.folders.push(folder);
            }
        }
        Self { dir, places }
    }

    fn choose(&self, wanted: Option<&str>) -> Result<String, String> {
        let chosen = choose(&self.places, wanted.map(OsStr::new));
        let text = chosen.map(|runtime| runtime.to_string());
        let dir = format!("{}/", self.dir.path().canonicalize().unwrap().display());
        text.map(|text| text.replace(&dir, ""))
            .map_err(|error| error.to_string())
    }
}

fn usual() -> Machine {
    Machine::with(&[
        ("Qt/5.15.2/gcc_64/bin/qmlscene", ""),
        ("Qt/6.4.2/gcc_64/bin/qml", ""),
        ("Qt/6.10.0/gcc_64/bin/qml", ""),
        ("Qt/6.10.0/gcc_64/bin/qmlscene", ""),
        ("venv/bin/python3", "echo PySide6.QtQuick 6.8.1"),
        ("other/bin/python3", "exit 1"),
    ])
}

#[test]
fn the_newest_is_taken_and_another_by_its_name() {
    let machine = usual();
    let check = |wanted, expected: &str| {
        assert_eq!(
            machine.choose(wanted),
            Ok(expected.to_owned()),
            "{wanted:?}"
        );
    };
    check(None, "qml 6.10.0 (Qt/6.10.0/gcc_64/bin/qml)");
    check(Some("qml6"), "qml 6.10.0 (Qt/6.10.0/gcc_64/bin/qml)");
    check(
        Some("qmlscene"),
        "qmlscene 6.10.0 (Qt/6.10.0/gcc_64/bin/qmlscene)",
    );
    check(
        Some("qmlscene5"),
        "qmlscene 5.15.2 (Qt/5.15.2/gcc_64/bin/qmlscene)",
    );
    check(Some("pyside6"), "pyside6 6.8.1 (venv/bin/python3)");
}

#[test]
fn the_environment_that_it_was_installed_into_goes_before_all() {
    let mut machine = usual();
    machine.places.own = Some(machine.dir.path().join("venv/bin"));
    let own = "pyside6 6.8.1 (venv/bin/python3)";
    assert_eq!(machine.choose(None), Ok(own.to_owned()));
    let other = machine.choose(Some("qml6")).unwrap();
    assert!(other.starts_with("qml 6.10.0"), "{other}");
    // One without PySide6 is as good as none.
    machine.places.own = Some(machine.dir.path().join("other/bin"));
    let newest = machine.choose(None).unwrap();
    assert!(newest.starts_with("qml 6.10.0"), "{newest}");
}

#[test]
fn what_is_missing_is_told_with_what_there_is_and_how_to_get_one() {
    let error = usual().choose(Some("qml5")).unwrap_err();
    assert!(
        error.contains("qml5 was not found; this machine has qml 6.4.2 ("),
        "{error}"
    );
    let nothing = Machine::with(&[("bin/python3", "exit 1")]);
    for wanted in [None, Some("qml")] {
        let error = nothing.choose(wanted).unwrap_err();
        assert!(error.contains("pip install PySide6-Essentials"), "{error}");
    }
    let error = nothing.choose(Some("./nowhere/qml")).unwrap_err();
    assert!(
        error.contains("there is no runtime ./nowhere/qml"),
        "{error}"
    );
}

#[test]
fn a_chooser_and_what_has_no_library_are_no_runtimes() {
    let machine = Machine::with(&[("bin/qtchooser", ""), ("old/bin/qmlscene", "")]);
    let qml = machine.dir.path().join("bin/qml");
    std::os::unix::fs::symlink("qtchooser", qml).unwrap();
    assert!(
        machine
            .choose(None)
            .unwrap_err()
            .contains("no QML runtime was found")
    );
}

#[test]
fn versions_are_read() {
    let check = |text: &str, expected| assert_eq!(Version::parse(text), expected, "{text}");
    check("6.4.2", Some(Version(6, 4, 2)));
    check("6.10", Some(Version(6, 10, 0)));
    check("6.8.0-beta1", Some(Version(6, 8, 0)));
    check("gcc_64", None);
    check("6", None);
    check("qt6", None);
}

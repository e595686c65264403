//! The projects of `tests/fixtures/builds`, against what Qt's own build says of them (6.4).
//!
//! All of them are one tree here, as they are one project for CMake. They are read here since
//! `project` opens no files, not even to be tested.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::path::TreePath;
use crate::project::tests::{Tree, findings};
use crate::qml::qmldir::{self, Entry, Qmldir};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/builds")
}

fn tree() -> Tree {
    let mut files = Vec::new();
    let mut dirs = vec![root()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    Tree::new(
        files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    )
}

/// The files of `expected` with this ending, by the name of their project.
fn expected(ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("expected")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|suffix| suffix == ending) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    assert!(found.len() >= 10, "{found:?}");
    found
}

/// One line of a list that maps a type, its file as a path of the tree.
type Line = (String, Option<String>, &'static str, String);

/// What a list says, in any order; `file` says where a file of it lies.
fn lines(qmldir: &Qmldir, file: impl Fn(&str) -> String) -> (BTreeSet<Line>, Vec<Entry>) {
    let mut types = BTreeSet::new();
    let mut others = Vec::new();
    for entry in &qmldir.entries {
        match entry {
            Entry::Type {
                name,
                version,
                file: of,
                singleton,
                internal,
                ..
            } => {
                let kind = match (singleton, internal) {
                    (true, _) => "singleton",
                    (_, true) => "internal",
                    _ => "type",
                };
                types.insert((name.clone(), version.clone(), kind, file(of)));
            }
            Entry::Script {
                name,
                version,
                file: of,
                ..
            } => {
                types.insert((name.clone(), version.clone(), "script", file(of)));
            }
            other => others.push(other.clone()),
        }
    }
    (types, others)
}

/// Qt 6.4 lists an internal type as a public one, too, which newer ones do not.
fn without_published(mut types: BTreeSet<Line>) -> BTreeSet<Line> {
    let internal: BTreeSet<_> = types
        .iter()
        .filter(|line| line.2 == "internal")
        .map(|line| line.0.clone())
        .collect();
    types.retain(|line| line.2 == "internal" || !internal.contains(&line.0));
    types
}

#[test]
fn every_list_of_types_is_what_qt_generates() {
    let project = tree().project();
    let mut compared = 0;
    for (name, text) in expected("qmldir") {
        let from = TreePath::parse(&name).unwrap();
        for text in text.split("module ").skip(1) {
            let generated = qmldir::parse(&format!("module {text}"));
            let prefix = text
                .lines()
                .find_map(|line| line.strip_prefix("prefer :"))
                .unwrap();
            let uri = generated.module.clone().unwrap();
            let module = project.modules.iter().find(|module| module.uri == uri);
            let module = module.unwrap_or_else(|| panic!("{uri}: {:#?}", findings(&project)));
            let ours = &project.qmldirs[&module.dir];

            let of_generated = |file: &str| {
                let resource = format!("{prefix}{file}");
                let file = project.resources.file(&from, &resource);
                file.map_or(resource, |file| file.as_str().to_owned())
            };
            let of_ours = |file: &str| module.dir.resolve(file).unwrap().as_str().to_owned();
            let (types, others) = lines(&generated, of_generated);
            let (our_types, our_others) = lines(ours, of_ours);
            assert_eq!(our_types, without_published(types), "{uri}");
            assert_eq!(our_others, others, "{uri}");
            compared += 1;
        }
    }
    assert!(compared >= 11, "only {compared} lists were compared");
}

#[test]
fn every_resource_is_the_file_that_rcc_takes() {
    let project = tree().project();
    let mut compared = 0;
    for (name, text) in expected("resources") {
        let from = TreePath::parse(&name).unwrap();
        for line in text.lines() {
            let (resource, file) = line.split_once(' ').unwrap();
            let ours = project.resources.file(&from, resource);
            assert_eq!(ours.map(TreePath::as_str), Some(file), "{name}: {resource}");
            compared += 1;
        }
    }
    assert!(compared >= 40, "only {compared} resources were compared");
}

#[test]
fn the_entries_of_the_fixtures_are_found() {
    let project = tree().project();
    let entries: BTreeSet<_> = project
        .entries
        .iter()
        .map(|entry| entry.document.as_str())
        .collect();
    let expected = [
        "alias/ui/Main.qml",
        "designer/content/App.qml",
        "plain/Main.qml",
        "prefix/direct/main.qml",
        "pyside/ui/Main.qml",
        "resources/ui/Main.qml",
        "subdirs/qml/Main.qml",
    ];
    assert_eq!(entries, expected.into());
    let told: Vec<_> = findings(&project);
    let unlisted = |name: &str| told.iter().any(|finding| finding.contains(name));
    assert!(unlisted("OnWindows.qml is in no QML_FILES"), "{told:#?}");
    assert!(unlisted("NotThis.qml is in no QML_FILES"), "{told:#?}");
    assert_eq!(told.len(), 2, "{told:#?}");
}

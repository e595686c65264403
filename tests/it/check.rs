//! `qmlserve check`: what it calls an error, in which forms, and that a tree that loads has none.

use std::fs;

use serde_json::Value;

use crate::support::{Finished, Folder, command, run};

/// Files by their paths.
type Files = &'static [(&'static str, &'static str)];

/// Trees with one fault each, and what is said of it.
const FAULTS: &[(Files, &str, u64, &str)] = &[
    (
        &[("main.qml", "import QtQuick\nItem {\n    width 10\n}\n")],
        "syntax",
        3,
        "main.qml",
    ),
    (
        &[(
            "main.qml",
            "import QtQuick\nimport \"sums.js\" as S\nItem {}\n",
        )],
        "import",
        2,
        "main.qml",
    ),
    (
        &[("main.qml", "import QtQuick\nItem {\n    Nix {}\n}\n")],
        "type",
        3,
        "main.qml",
    ),
    (
        &[
            ("main.qml", "import QtQuick\nItem {}\n"),
            ("qmldir", "singleton Theme 1.0 Theme.qml\n"),
        ],
        "qmldir",
        1,
        "qmldir",
    ),
];

fn check(files: &[(&str, &str)], args: &[&str]) -> Finished {
    let folder = Folder::new();
    for (path, text) in files {
        folder.write(path, text);
    }
    let args: Vec<_> = ["check", "tree"].iter().chain(args).copied().collect();
    run(&mut command(&args, folder.around()))
}

fn json(ended: &Finished) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[test]
fn each_kind_of_fault_is_an_error_with_its_place() {
    for (files, rule, line, file) in FAULTS {
        let ended = check(files, &["--format", "json"]);
        assert_eq!(ended.code, Some(1), "{rule}: {ended:?}");
        assert_eq!(ended.stderr, "", "{rule}");
        let report = json(&ended);
        assert_eq!(report["errors"], 1, "{rule}: {report}");
        let finding = &report["findings"][0];
        assert_eq!(finding["rule"], *rule, "{report}");
        assert_eq!(finding["line"], *line, "{report}");
        assert_eq!(finding["file"], *file, "{report}");
        assert_eq!(finding["severity"], "error", "{report}");
    }
}

#[test]
fn for_people_there_is_the_line_and_a_caret() {
    let main = "import QtQuick\nItem {\n    Buton {}\n    Image { source: \"gone.png\" }\n}\n";
    let ended = check(
        &[
            ("main.qml", main),
            ("Button.qml", "import QtQuick\nItem {}\n"),
        ],
        &[],
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for part in [
        "main.qml:3:5: error: Buton is not a type\n    3 |     Buton {}\n      |     ^\n      did you mean Button?\n",
        "main.qml:4:22: warning: gone.png is not there\n",
        "1 error, 1 warning in 2 documents of ",
    ] {
        assert!(ended.stdout.contains(part), "{part} is not in {ended:?}");
    }
}

#[test]
fn what_only_may_be_wrong_is_no_error() {
    let main =
        "import QtQuick\nimport My.Backend 1.0\nFromCpp { Image { source: \"gone.png\" } }\n";
    let ended = check(&[("main.qml", main)], &["--format", "json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let report = json(&ended);
    assert_eq!(
        (&report["errors"], &report["warnings"]),
        (&0.into(), &1.into()),
        "{report}"
    );
}

#[test]
fn annotations_name_the_file_from_where_the_command_runs() {
    let files: &[(&str, &str)] = &[("a, b.qml", "import QtQuick\nItem { Nix {} }\n")];
    let ended = check(files, &["--format", "github"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected =
        "::error file=tree/a%2C b.qml,line=2,col=8,title=qmlserve type::Nix is not a type\n";
    assert_eq!(ended.stdout, expected);
}

#[test]
fn sarif_has_a_place_for_each_result() {
    let files: &[(&str, &str)] = &[("my main.qml", "import QtQuick\nItem { Nix {} }\n")];
    let ended = check(files, &["--format", "sarif"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report = json(&ended);
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "qmlserve");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "type");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "type");
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "tree/my%20main.qml");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(place["region"]["startColumn"], 8);
}

#[test]
fn the_examples_of_this_project_have_no_error() {
    let around = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended = run(&mut command(&["check", "www"], around));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("0 errors, 0 warnings"), "{ended:?}");
}

#[test]
fn a_folder_that_is_not_there_is_told_of() {
    let folder = Folder::new();
    let ended = run(&mut command(&["check", "nowhere"], folder.around()));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("does not exist"), "{ended:?}");
    fs::create_dir(folder.around().join("empty")).unwrap();
    let ended = run(&mut command(&["check", "empty"], folder.around()));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .stdout
            .starts_with("0 errors, 0 warnings in 0 documents"),
        "{ended:?}"
    );
}

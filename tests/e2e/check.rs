//! `qmlserve check --client`: what each Qt runtime says of a tree, and that it says nothing of one
//! that loads.

use serde_json::Value;

use crate::runtime::Runtime;
use crate::support::{Folder, command, run};

const ALL: [Runtime; 3] = [Runtime::Qt5, Runtime::Qt6, Runtime::Newest];

/// Files by their paths.
type Files = &'static [(&'static str, &'static str)];

const ITEM: &str = "import QtQuick 2.12\nItem { property int size: 1 }\n";

/// The report of a check with a runtime, and the exit code.
fn check(runtime: Runtime, files: &[(&str, &str)]) -> (Value, Option<i32>) {
    let folder = Folder::new();
    for (path, text) in files {
        folder.write(path, text);
    }
    let client = format!("--client={}", runtime.program().unwrap().display());
    let args = ["check", "tree", "--format", "json", &client];
    let ended = run(&mut command(&args, folder.around()));
    let report = serde_json::from_str(&ended.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (report, ended.code)
}

#[test]
fn a_tree_that_loads_has_no_error_in_any_qt() {
    let main = "import QtQuick 2.12\nimport QtQuick.Controls 2.5\nimport My.Parts 1.0 as P\n\
                import \"logic/sums.js\" as Sums\nimport \"pages\"\nimport \"gone\"\n\
                ApplicationWindow {\n    property int sum: Sums.add(1, Theme.size)\n    \
                P.Knob {}\n    Page1 {}\n    Image { source: \"gone.png\" }\n}\n";
    let files = [
        ("main.qml", main),
        (
            "Theme.qml",
            "pragma Singleton\nimport QtQuick 2.12\nItem { property int size: 1 }\n",
        ),
        (
            "lib/qmldir",
            "module My.Parts\nKnob 1.0 Knob.qml\nUnused 1.0 Unused.qml\n",
        ),
        ("lib/Knob.qml", ITEM),
        (
            "logic/sums.js",
            ".pragma library\nfunction add(a, b) { return a + b }\n",
        ),
        (
            "pages/Page1.qml",
            "import QtQuick 2.12\nimport \"..\"\nItem { width: Theme.size }\n",
        ),
        ("web/app.js", "import x from 'y'; let = =\n"),
    ];
    for runtime in ALL.into_iter().filter(|runtime| runtime.is_available()) {
        let (report, code) = check(runtime, &files);
        assert_eq!(code, Some(0), "{runtime:?}: {report}");
        assert_eq!(report["errors"], 0, "{runtime:?}: {report}");
        assert_eq!(report["warnings"], 2, "{runtime:?}: {report}");
    }
}

#[test]
fn what_only_an_engine_finds_is_told_once_at_its_place() {
    let main = "import QtQuick 2.12\nItem {\n    Part {}\n    Part {}\n}\n";
    let part = "import QtQuick 2.12\nItem {\n    sise: 1\n}\n";
    let files = [("main.qml", main), ("other.qml", main), ("Part.qml", part)];
    for runtime in ALL.into_iter().filter(|runtime| runtime.is_available()) {
        let (report, code) = check(runtime, &files);
        assert_eq!(code, Some(1), "{runtime:?}: {report}");
        assert_eq!(report["errors"], 1, "{runtime:?}: {report}");
        let finding = &report["findings"][0];
        assert_eq!(finding["file"], "Part.qml", "{runtime:?}: {report}");
        assert_eq!(finding["line"], 3, "{runtime:?}: {report}");
        assert_eq!(finding["rule"], "client", "{runtime:?}: {report}");
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains("sise"), "{runtime:?}: {report}");
    }
}

#[test]
fn what_is_certain_to_us_is_an_error_to_every_qt() {
    let faults: [(Files, &str, u64); 4] = [
        (
            &[("main.qml", "import QtQuick 2.12\nItem {\n    width 10\n}\n")],
            "main.qml",
            3,
        ),
        (
            &[(
                "main.qml",
                "import QtQuick 2.12\nimport \"sums.js\" as S\nItem {}\n",
            )],
            "main.qml",
            2,
        ),
        (
            &[(
                "main.qml",
                "import QtQuick 2.12\nItem {\n    Button {}\n}\n",
            )],
            "main.qml",
            3,
        ),
        (
            &[
                (
                    "main.qml",
                    "import QtQuick 2.12\nimport \"sums.js\" as S\nItem {}\n",
                ),
                ("sums.js", "var a = = 1\n"),
            ],
            "sums.js",
            1,
        ),
    ];
    for runtime in ALL.into_iter().filter(|runtime| runtime.is_available()) {
        for (files, file, line) in faults {
            let (report, code) = check(runtime, files);
            assert_eq!(code, Some(1), "{runtime:?}: {report}");
            let finding = &report["findings"][0];
            assert_eq!(finding["rule"], "client", "{runtime:?}: {report}");
            assert_eq!(finding["file"], file, "{runtime:?}: {report}");
            assert_eq!(finding["line"], line, "{runtime:?}: {report}");
        }
    }
}

#[test]
fn a_singleton_of_a_qmldir_without_its_file_spoils_its_folder_in_every_qt() {
    let files = [
        (
            "main.qml",
            "import QtQuick 2.12\nimport \"parts\"\nItem {}\n",
        ),
        ("parts/qmldir", "singleton Theme 1.0 Theme.qml\n"),
        ("parts/Part.qml", ITEM),
    ];
    for runtime in ALL.into_iter().filter(|runtime| runtime.is_available()) {
        let (report, code) = check(runtime, &files);
        assert_eq!(code, Some(1), "{runtime:?}: {report}");
        let findings = report["findings"].as_array().unwrap();
        let by_client = findings.iter().any(|finding| finding["rule"] == "client");
        assert!(by_client, "{runtime:?} loads it: {report}");
    }
}

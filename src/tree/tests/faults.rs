//! What a client is sure to refuse, and what only seems wrong.

use super::*;
use crate::tree::faults::{Fault, Faults, missing_files};

const QUICK: &str = "import QtQuick 2.15\n";

fn described(faults: impl IntoIterator<Item = Fault>) -> Vec<String> {
    let faults = faults.into_iter().map(|fault| {
        let Fault {
            path,
            line,
            column,
            rule,
            message,
            hint,
        } = fault;
        let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
        format!("{path}:{line}:{column} {} {message}{hint}", rule.name())
    });
    faults.collect()
}

fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let tree = Tree::of(files, Project::default());
    described(Faults::of(tree.newest()).iter().cloned())
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(faults(files), expected, "{files:?}");
}

#[test]
fn documents_that_do_not_parse() {
    let expected = ["main.qml:3:5 syntax the document does not parse near \"width\""];
    check(
        &[("main.qml", "import QtQuick\nItem {\n    width 10\n}\n")],
        &expected,
    );
    let open = ["main.qml:1:6 syntax this { is never closed"];
    check(&[("main.qml", "Item {\n")], &open);
}

#[test]
fn a_script_is_judged_if_a_document_imports_it() {
    let main = "import QtQuick 2.15\nimport \"a.js\" as A\nItem {}\n";
    let wrong = "var x = = 1\n";
    check(&[("page.js", wrong)], &[]);
    let expected = ["a.js:1:7 syntax the document does not parse near \"=\""];
    check(&[("main.qml", main), ("a.js", wrong)], &expected);
    let further = ".import \"b.js\" as B\n";
    let expected = ["b.js:1:7 syntax the document does not parse near \"=\""];
    check(
        &[("main.qml", main), ("a.js", further), ("b.js", wrong)],
        &expected,
    );
}

#[test]
fn imports_that_lead_nowhere() {
    let check = |import: &str, expected: &[&str]| {
        let main = format!("{import}\nimport QtQuick 2.15\nItem {{}}\n");
        let other = format!("{QUICK}Item {{}}\n");
        let files = [
            ("ui/main.qml", main.as_str()),
            ("ui/parts/Button.qml", &other),
            ("logic/sums.js", "var x\n"),
        ];
        assert_eq!(faults(&files), expected, "{import}");
    };
    for fine in [
        "import \"parts\"",
        "import \"../logic/sums.js\" as S",
        "import \"..\"",
        "import \"/usr/share/qml\"",
        "import \"http://example.com/qml\"",
        "import \"qrc:/parts\"",
        "import My.Backend 1.0",
    ] {
        check(fine, &[]);
    }
    check(
        "import \"part\"",
        &["ui/main.qml:1:0 folder \"part\": there is no such folder \
             (did you mean \"parts\"?)"],
    );
    check(
        "import \"sums.js\" as S",
        &[
            "ui/main.qml:1:0 import \"sums.js\": there is no such script \
             (did you mean \"../logic/sums.js\"?)",
        ],
    );
    check(
        "import \"../../shared\"",
        &[
            "ui/main.qml:1:0 folder \"../../shared\": there is no such folder \
             (it leads out of the served folder: serve the folder that has both)",
        ],
    );
}

#[test]
fn types_that_nobody_has() {
    let check = |header: &str, body: &str, expected: &[&str]| {
        let main = format!("{header}\nItem {{ {body} }}\n");
        let panel = format!("{QUICK}Item {{ component Part: Item {{}} }}\n");
        let files = [
            ("main.qml", main.as_str()),
            ("Panel.qml", &panel),
            ("parts/Knob.qml", &panel),
            ("parts/qmldir", "Dial 1.0 Round.qml\n"),
            ("cpp/qmldir", "optional plugin cppplugin\n"),
        ];
        assert_eq!(faults(&files), expected, "{header} {body}");
    };
    let fine = [
        ("import QtQuick", "Rectangle { anchors { fill: parent } }"),
        ("import QtQuick 2.15", "Panel { Panel.Part {} }"),
        ("import QtQuick; import QtQuick.Controls", "Button {}"),
        (
            "import QtQuick; import QtQuick.Controls 1.4",
            "TableViewColumn {}",
        ),
        (
            "import QtQuick; import QtQuick.Controls as C",
            "C.Button {}",
        ),
        ("import QtQuick; import \"parts\"", "Knob {}"),
        ("import QtQuick; import \"parts\" as P", "P.Knob {}"),
        ("import QtQuick; import My.Backend", "Anything {}"),
        ("import QtQuick; import QtMultimedia", "Anything {}"),
        (
            "import QtQuick; import QtQuick.Particles 2.15",
            "CustomParticle {}",
        ),
        ("import QtQuick; import \"cpp\"", "FromPlugin {}"),
        ("import QtQuick", "component Own: Item {} Own {}"),
        ("import QtQuick", "NumberAnimation on x {}"),
        (
            "import QtQuick; import QtQuick.Layouts",
            "Layout.margins { }",
        ),
    ];
    for (header, body) in fine {
        check(header, body, &[]);
    }
    check(
        "import QtQuick",
        "Pannel {}",
        &["main.qml:2:8 type Pannel is not a type (did you mean Panel?)"],
    );
    check(
        "import QtQuick",
        "Button {}",
        &["main.qml:2:8 type Button is not a type (it is a type of Qt's: import QtQuick.Controls)"],
    );
    check(
        "import QtQuick",
        "Knob {} Knob {}",
        &["main.qml:2:8 type Knob is not a type \
             (parts/Knob.qml is in another folder: import \"parts\")"],
    );
    check(
        "import QtQuick; import QtQuick.Controls as C",
        "C.Buton {}",
        &["main.qml:2:8 type C.Buton is not a type (did you mean Button?)"],
    );
    check(
        "import QtQuick; import \"parts\" 1.0",
        "Dial {}",
        &["main.qml:2:8 type Dial is not a type \
             (its file, parts/Round.qml, is not there; see the qmldir)"],
    );
}

#[test]
fn what_a_program_may_have_in_a_module_is_no_fault() {
    let own = "import QtQuick\nItem { FromCpp {} }\n";
    check(
        &[("app/main.qml", own), ("app/qmldir", "module App\n")],
        &[],
    );
    check(
        &[
            ("+material/Button.qml", own),
            ("Button.qml", "import QtQuick\nItem {}\n"),
        ],
        &[],
    );
    let user = "import QtQuick\nimport App\nItem { FromCpp {} }\n";
    check(
        &[
            ("main.qml", user),
            ("App/qmldir", "module App\n"),
            ("App/A.qml", own),
        ],
        &[],
    );
}

#[test]
fn entries_of_a_qmldir_without_their_files() {
    let text = "Known 1.0 Known.qml\nUnused 1.0 Unused.qml\nsingleton Theme 1.0 Thema.qml\n\
                Sums 1.0 sums.js\n";
    let item = format!("{QUICK}Item {{}}\n");
    check(
        &[("qmldir", text), ("Known.qml", &item), ("Theme.qml", &item)],
        &[
            "qmldir:3:0 qmldir Thema.qml is not there, so no document can use this folder \
             (did you mean Theme.qml?)",
            "qmldir:4:0 qmldir sums.js is not there, so no document can use this folder",
        ],
    );
}

#[test]
fn pictures_that_are_not_there() {
    let main = "import QtQuick\nItem {\n    Image { source: \"img/logo.pgn\" }\n    \
                Image { source: \"img/logo.png\" }\n    Image { source: \"http://a/b.png\" }\n    \
                Image { source: \"data:image/png;base64,x\" }\n}\n";
    let files = [("main.qml", main), ("img/logo.png", "x")];
    let tree = Tree::of(&files, Project::default());
    let expected =
        ["main.qml:3:22 file img/logo.pgn is not there (did you mean \"img/logo.png\"?)"];
    assert_eq!(described(missing_files(tree.newest())), expected);
}

#[test]
fn the_next_state_has_what_looking_at_all_of_it_finds() {
    let main = format!("{QUICK}import \"a.js\" as A\nItem {{ Panel {{}} }}\n");
    let item = format!("{QUICK}Item {{}}\n");
    let files = [
        ("main.qml", main.as_str()),
        ("Panel.qml", &item),
        ("a.js", "var a\n"),
    ];
    let mut tree = Tree::of(&files, Project::default());
    let mut known = Faults::of(tree.newest());
    let steps: [(&str, Option<&str>, usize); 7] = [
        ("Panel.qml", Some("Item {"), 1),
        ("Panel.qml", Some(&item), 0),
        ("a.js", Some("var = 1"), 1),
        ("Panel.qml", None, 2),
        ("a.js", Some("var a"), 1),
        ("main.qml", Some(&item), 0),
        ("other.js", Some("var = 1"), 0),
    ];
    for (path, text, count) in steps {
        let former = tree.newest.clone().unwrap();
        match text {
            Some(text) => tree.write(path, text),
            None => fs::remove_file(tree.dir.path().join(path)).unwrap(),
        }
        tree.publish(Project::default());
        known = known.after(&former, tree.newest());
        let afresh = Faults::of(tree.newest());
        let all = |faults: &Faults| faults.iter().cloned().collect::<Vec<_>>();
        assert_eq!(all(&known), all(&afresh), "{path}: {text:?}");
        assert_eq!(known.iter().count(), count, "{path}: {text:?}: {known:?}");
    }
}

//! What a person did to an interface stays over a reload, where nothing else decides.

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::TestServer;

in_each_runtime!(
    what_a_person_did_stays,
    what_a_binding_or_an_edit_decides_shows,
    what_a_person_did_to_a_window_stays,
);

/// What a person does to something, and how to see that it was kept.
struct Case {
    name: &'static str,
    /// The QML of it. What it is asked by has the id `c`.
    control: &'static str,
    /// Does it, in JavaScript.
    act: &'static str,
    /// Tells the state.
    seen: &'static str,
    kept: &'static str,
}

const fn case(
    name: &'static str,
    control: &'static str,
    act: &'static str,
    seen: &'static str,
    kept: &'static str,
) -> Case {
    Case {
        name,
        control,
        act,
        seen,
        kept,
    }
}

const CASES: &[Case] = &[
    case(
        "text field",
        "TextField { id: c }",
        "c.text = 'typed'",
        "c.text",
        "typed",
    ),
    case(
        "cursor",
        "TextField { id: c }",
        "c.text = 'typed'; c.cursorPosition = 2",
        "c.cursorPosition",
        "2",
    ),
    case(
        "selection",
        "TextField { id: c; persistentSelection: true }",
        "c.text = 'typed'; c.select(4, 1)",
        "c.selectedText + ' ' + c.cursorPosition",
        "ype 1",
    ),
    case(
        "selection in a text area",
        "TextArea { id: c; persistentSelection: true }",
        "c.text = 'typed'; c.select(1, 3)",
        "c.selectedText + ' ' + c.cursorPosition",
        "yp 3",
    ),
    case(
        "sizes of a split view",
        "SplitView { width: 100; height: 50; Item { id: c; SplitView.preferredWidth: 20 } Item { SplitView.fillWidth: true } }",
        "c.SplitView.preferredWidth = 60",
        "c.width",
        "60",
    ),
    case(
        "text input",
        "TextInput { id: c; text: 'a' }",
        "c.text = 'typed'",
        "c.text",
        "typed",
    ),
    case(
        "text edit",
        "TextEdit { id: c }",
        "c.text = 'typed'",
        "c.text",
        "typed",
    ),
    case(
        "text area",
        "TextArea { id: c }",
        "c.text = 'typed'",
        "c.text",
        "typed",
    ),
    case(
        "check box",
        "CheckBox { id: c }",
        "c.checked = true",
        "c.checked",
        "true",
    ),
    case(
        "check box unchecked",
        "CheckBox { id: c; checked: true }",
        "c.checked = false",
        "c.checked",
        "false",
    ),
    case(
        "check box of three states",
        "CheckBox { id: c; tristate: true }",
        "c.checkState = Qt.PartiallyChecked",
        "c.checkState",
        "1",
    ),
    case(
        "switch",
        "Switch { id: c }",
        "c.checked = true",
        "c.checked",
        "true",
    ),
    case(
        "radio buttons",
        "Row { RadioButton { id: first; checked: true } RadioButton { id: c } }",
        "c.checked = true",
        "c.checked + ' ' + first.checked",
        "true false",
    ),
    case(
        "checkable button",
        "Button { id: c; checkable: true }",
        "c.checked = true",
        "c.checked",
        "true",
    ),
    case(
        "slider",
        "Slider { id: c; to: 10 }",
        "c.value = 7",
        "c.value",
        "7",
    ),
    case(
        "range slider",
        "RangeSlider { id: c; to: 10 }",
        "c.second.value = 4; c.first.value = 2",
        "c.first.value + ' ' + c.second.value",
        "2 4",
    ),
    case(
        "spin box",
        "SpinBox { id: c; value: 5 }",
        "c.value = 8",
        "c.value",
        "8",
    ),
    case(
        "dial",
        "Dial { id: c; to: 10 }",
        "c.value = 3",
        "c.value",
        "3",
    ),
    case(
        "combo box",
        "ComboBox { id: c; model: ['a', 'b', 'c'] }",
        "c.currentIndex = 2",
        "c.displayText",
        "c",
    ),
    case(
        "tabs",
        "TabBar { id: c; TabButton { text: 'a' } TabButton { text: 'b' } }",
        "c.currentIndex = 1",
        "c.currentIndex",
        "1",
    ),
    case(
        "pages of tabs",
        "Column { TabBar { id: bar; TabButton {} TabButton {} } StackLayout { id: c; currentIndex: bar.currentIndex; Item {} Item {} } }",
        "bar.currentIndex = 1",
        "c.currentIndex",
        "1",
    ),
    case(
        "swipe view",
        "SwipeView { id: c; width: 50; height: 50; Item {} Item {} Item {} }",
        "c.currentIndex = 2",
        "c.currentIndex",
        "2",
    ),
    case(
        "tumbler",
        "Tumbler { id: c; model: 5 }",
        "c.currentIndex = 2",
        "c.currentIndex",
        "2",
    ),
    case(
        "scrolled list",
        "ListView { id: c; width: 50; height: 50; model: 50; delegate: Text { height: 20; text: index } }",
        "c.contentY = 140",
        "c.contentY",
        "140",
    ),
    case(
        "current row",
        "ListView { id: c; width: 50; height: 50; model: 50; delegate: Text { height: 20; text: index } }",
        "c.currentIndex = 1",
        "c.currentIndex",
        "1",
    ),
    case(
        "current cell",
        "GridView { id: c; width: 50; height: 50; model: 9; delegate: Text { text: index } }",
        "c.currentIndex = 4",
        "c.currentIndex",
        "4",
    ),
    case(
        "place on a path",
        "PathView { id: c; width: 50; height: 50; model: 5; delegate: Text { text: index } path: Path { PathLine { x: 50; y: 0 } } }",
        "c.currentIndex = 3",
        "c.currentIndex",
        "3",
    ),
    case(
        "flickable",
        "Flickable { id: c; width: 50; height: 50; contentWidth: 500; contentHeight: 500 }",
        "c.contentX = 12; c.contentY = 34",
        "c.contentX + ' ' + c.contentY",
        "12 34",
    ),
    case(
        "scroll view",
        "ScrollView { id: c; width: 50; height: 50; Rectangle { implicitWidth: 50; implicitHeight: 900 } }",
        "c.contentItem.contentY = 70",
        "c.contentItem.contentY",
        "70",
    ),
    case(
        "open popup",
        "Popup { id: c; closePolicy: Popup.NoAutoClose }",
        "c.open()",
        "c.opened",
        "true",
    ),
    case(
        "field in a popup",
        "Popup { id: c; contentItem: TextField {} }",
        "c.contentItem.text = 'typed'",
        "c.contentItem.text",
        "typed",
    ),
    case(
        "field in a repeater",
        "Row { Repeater { id: c; model: 3; TextField {} } }",
        "c.itemAt(1).text = 'typed'",
        "c.itemAt(0).text + '-' + c.itemAt(1).text",
        "-typed",
    ),
    case(
        "field in a row",
        "ListView { id: c; width: 50; height: 50; model: 2; delegate: TextField { height: 20 } }",
        "c.itemAtIndex(1).text = 'typed'",
        "c.itemAtIndex(1) ? c.itemAtIndex(1).text : ''",
        "typed",
    ),
    case(
        "field on a page that is loaded when it is chosen",
        "Column { TabBar { id: bar; TabButton {} TabButton {} } Loader { id: c; active: bar.currentIndex === 1; sourceComponent: TextField {} } }",
        "bar.currentIndex = 1; late.start()",
        "c.item ? c.item.text : ''",
        "typed",
    ),
    case(
        "field in a component",
        "Field { id: c }",
        "c.inner.text = 'typed'",
        "c.inner.text",
        "typed",
    ),
    case(
        "one of two, told apart by its label",
        "Column { TextField { placeholderText: 'name' } TextField { id: c; placeholderText: 'town' } }",
        "c.text = 'typed'",
        "c.text",
        "typed",
    ),
    case(
        "focus",
        "Row { TextField {} TextField { id: c } }",
        "c.forceActiveFocus()",
        "c.activeFocus",
        "true",
    ),
];

/// A document with all cases, each in a document of its own; in the first `step` all is done.
fn files(step: u32, own: u32) -> Vec<(String, String)> {
    let mut main =
        String::from("import QtQuick 2.12\nItem { width: 400; height: 300\nSide { id: side }\n");
    let mut files = vec![
        ("Side.qml".to_owned(), format!("import QtQuick 2.12\nItem {{ property int step: {step} }}\n")),
        ("Field.qml".to_owned(), "import QtQuick 2.12\nimport QtQuick.Controls 2.5\nItem { property alias inner: field; TextField { id: field } }\n".to_owned()),
    ];
    for (at, case) in CASES.iter().enumerate() {
        let Case {
            control, act, seen, ..
        } = case;
        main.push_str(&format!("Case{at} {{ step: side.step }}\n"));
        let text = format!(
            "import QtQuick 2.12\nimport QtQuick.Controls 2.13\nimport QtQuick.Layouts 1.3\n\
             Item {{ property int step: 0; property int own: {own}; width: 100; height: 100\n{control}\n\
             Timer {{ id: late; interval: 100; onTriggered: c.item.text = 'typed' }}\n\
             Timer {{ interval: 500; running: true; onTriggered: {{ if (step === 1) {{ {act} }} ending.start() }} }}\n\
             Timer {{ id: ending; interval: 400; onTriggered: console.log('CASE ' + step + '.' + own + '.{at}=' + ({seen}) + ';') }} }}\n"
        );
        files.push((format!("Case{at}.qml"), text));
    }
    main.push_str("}\n");
    files.push(("main.qml".to_owned(), main));
    files
}

fn what_a_person_did_stays(runtime: Runtime) {
    let start = files(1, 1);
    let start: Vec<_> = start
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let server = TestServer::start(&start);
    let client = QtClient::remote(runtime, &server.announced);
    let check = |edit: &str, step: u32, own: u32| {
        let mut lost = Vec::new();
        for (at, case) in CASES.iter().enumerate() {
            let line = client.wait_for(&format!("CASE {step}.{own}.{at}="));
            if !line.contains(&format!("={};", case.kept)) {
                lost.push(format!("{}: {line}", case.name));
            }
        }
        assert!(
            lost.is_empty(),
            "{} {edit}:\n{}",
            runtime.name(),
            lost.join("\n")
        );
    };
    check("as it was done", 1, 1);
    // An edit elsewhere.
    server.write("Side.qml", &files(2, 1)[0].1);
    check("after an edit elsewhere", 2, 1);
    // One of the documents that have the controls, all at once.
    for (path, text) in files(2, 2)
        .iter()
        .filter(|(path, _)| path.starts_with("Case"))
    {
        server.write(path, text);
    }
    check("after an edit of its own document", 2, 2);
}

fn what_a_binding_or_an_edit_decides_shows(runtime: Runtime) {
    let version = |step: u32, default: f32, label: &str, act: &str| {
        format!(
            "import QtQuick 2.12\nimport QtQuick.Controls 2.5\n\
             Column {{ id: r; width: 200; height: 200; property real volume: 0.5\n\
             Slider {{ id: bound; value: r.volume }}\n\
             Slider {{ id: edited; value: {default} }}\n\
             ProgressBar {{ id: progress; value: r.volume }}\n\
             Text {{ id: counter; text: 'clicked 0' }}\n\
             TextField {{ id: field; placeholderText: '{label}' }}\n\
             Repeater {{ model: {step}; CheckBox {{}} }}\n\
             Timer {{ interval: 500; running: true; onTriggered: {{ {act} ending.start() }} }}\n\
             Timer {{ id: ending; interval: 300; onTriggered: console.log('CASE {step}=' + \
             [bound.value, edited.value, progress.value, counter.text, field.text] + ';') }} }}\n"
        )
    };
    let act = "bound.value = 0.75; edited.value = 0.75; progress.value = 0.75; counter.text = 'clicked 5'; field.text = 'typed';";
    let server = TestServer::start(&[("main.qml", &version(1, 0.0, "name", act))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_for("CASE 1=0.75,0.75,0.75,clicked 5,typed;");
    // The volume is 0.5 again, whatever the slider was moved to; its neighbour's default was
    // edited; what only the program changed is as it comes up; the field stays what it is,
    // whatever its label.
    server.write("main.qml", version(2, 0.25, "your name", ""));
    client.wait_for("CASE 2=0.5,0.25,0.5,clicked 0,typed;");
    // What cannot be told apart from something new is not guessed.
    let two = version(3, 0.25, "your name", "").replace(
        "TextField { id: field",
        "TextField { placeholderText: 'your name' } TextField { id: field",
    );
    server.write("main.qml", &two);
    client.wait_for("CASE 3=0.5,0.25,0.5,clicked 0,;");
}

fn what_a_person_did_to_a_window_stays(runtime: Runtime) {
    let version = |step: u32, act: &str| {
        format!(
            "import QtQuick 2.12\nimport QtQuick.Controls 2.5\n\
             ApplicationWindow {{ width: 200; height: 200; visible: true\n\
             header: TabBar {{ id: bar; TabButton {{}} TabButton {{}} }}\n\
             TextField {{ id: field }}\n\
             Drawer {{ id: drawer; width: 50; height: 200; CheckBox {{ id: box }} }}\n\
             Timer {{ interval: 500; running: true; onTriggered: {{ {act} ending.start() }} }}\n\
             Timer {{ id: ending; interval: 300; onTriggered: console.log('CASE {step}=' + \
             [bar.currentIndex, field.text, box.checked] + ';') }} }}\n"
        )
    };
    let act = "bar.currentIndex = 1; field.text = 'typed'; box.checked = true;";
    let server = TestServer::start(&[("main.qml", &version(1, act))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_for("CASE 1=1,typed,true;");
    server.write("main.qml", version(2, ""));
    client.wait_for("CASE 2=1,typed,true;");
}

/// Rows that were expanded, and what is selected in a tree. Only the newest Qt has a model of a tree
/// without C++.
#[test]
fn what_a_person_did_to_a_tree_stays() {
    let runtime = Runtime::Newest;
    if !runtime.is_available() {
        return;
    }
    let version = |step: u32, more: &str, act: &str| {
        format!(
            "import QtQuick\nimport QtQml.Models\nimport QtQuick.Controls\nimport Qt.labs.qmlmodels\n\
             Item {{ width: 300; height: 300\n\
             TreeView {{ id: tree; anchors.fill: parent; selectionModel: ItemSelectionModel {{}}\n\
             delegate: TreeViewDelegate {{}}\n\
             model: TreeModel {{ TableModelColumn {{ display: 'name' }}\n\
             rows: [{{ name: 'a', rows: [{{ name: 'b', rows: [{{ name: 'c' }}] }}] }}, {{ name: 'd' }}{more}] }} }}\n\
             Timer {{ interval: 500; running: true; onTriggered: {{ {act} ending.start() }} }}\n\
             Timer {{ id: ending; interval: 400; onTriggered: console.log('CASE {step}=' + tree.rows + ' ' \
             + tree.isExpanded(0) + ' ' + tree.isExpanded(1) + ' ' \
             + tree.selectionModel.selectedIndexes.map(index => tree.model.data(index, 'display')) + ';') }} }}\n"
        )
    };
    let act = "tree.expand(0); tree.expand(1); \
               tree.selectionModel.select(tree.index(3, 0), ItemSelectionModel.Select);";
    let server = TestServer::start(&[("main.qml", &version(1, "", act))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_for("CASE 1=4 true true d;");
    server.write("main.qml", version(2, "", ""));
    client.wait_for("CASE 2=4 true true d;");
    // Another row, and what the person closes.
    server.write(
        "main.qml",
        version(3, ", { name: 'e' }", "tree.collapse(1);"),
    );
    client.wait_for("CASE 3=4 true false d;");
    server.write("main.qml", version(4, ", { name: 'e' }", ""));
    client.wait_for("CASE 4=4 true false d;");
}

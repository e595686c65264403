//! The page for everybody: names that look like markup, keyboards, screen readers, narrow and dark
//! screens.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{no_faults, open};
use crate::client::QtClient;
use crate::devtools::Tab;
use crate::runtime::{Runtime, is_missing};
use crate::support::{Setup, TestServer};

const MAIN: &str = "import QtQuick 2.12
import \"parts\"

// A page with a list in it.
Rectangle {
    id: root

    property int count: 3
    readonly property string title: \"Readings\"

    width: 400; height: 300
    color: '#f4f7fb'
    Column {
        anchors { fill: parent; margins: 24 }
        spacing: 12
        Text { text: root.title; font.pixelSize: 28; color: '#1c2b3a' }
        Repeater {
            model: root.count
            Reading { width: 352; label: 'Sensor ' + (index + 1); value: 20 + 13 * index }
        }
    }
}
";

const READING: &str = "import QtQuick 2.12

Rectangle {
    property string label: ''
    property real value: 0

    height: 52; radius: 8; color: 'white'; border.color: '#d5dde6'
    Text { x: 16; anchors.verticalCenter: parent.verticalCenter; text: parent.label; font.pixelSize: 16; color: '#1c2b3a' }
    Rectangle { x: 130; width: 150; height: 8; radius: 4; anchors.verticalCenter: parent.verticalCenter; color: '#e5ebf1'
        Rectangle { width: parent.width * parent.parent.value / 100; height: 8; radius: 4; color: '#17684a' } }
    Text { anchors { right: parent.right; rightMargin: 16; verticalCenter: parent.verticalCenter } text: parent.value + ' °C'; font.pixelSize: 16; color: '#1c2b3a' }
}
";

/// A tree with something of everything.
fn furnished() -> TestServer {
    let setup = Setup::new()
        .file("main.qml", MAIN)
        .file("parts/Reading.qml", READING)
        .file(
            "parts/Dial.qml",
            "import QtQuick 2.12\nItem { width: 10; height: 10 }\n",
        )
        .file(
            "Settings.qml",
            "import QtQuick 2.12\nLoader { property string page; source: page + '.qml' }\n",
        )
        .file(
            "logic.js",
            "function round(value) { return Math.round(value) }\n",
        )
        .file(
            "images/logo.svg",
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
        );
    let data = setup.folder().around().join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("colors.json"), r#"[{"name": "red"}]"#).unwrap();
    setup.args(&["--host", "0.0.0.0"]).start()
}

#[test]
fn names_that_look_like_markup_stay_names() {
    let names = [
        "<img src=x onerror=document.title='owned'>.qml",
        "\"><script>document.title='owned'<",
        "a & b #1 50% ?.qml",
    ];
    let mut setup = Setup::new();
    for name in names {
        setup = setup.file(name, "Item { // <b>&amp;</b> }\n");
    }
    let server = setup.start();
    let Some(mut tab) = open(&server) else {
        return;
    };
    tab.until("document.querySelectorAll('.file').length >= 3");
    let shown =
        tab.eval("[...document.querySelectorAll('.file .name')].map(name => name.textContent)");
    for name in names {
        let name = name.rsplit('/').next().unwrap();
        let mut all = shown.as_array().unwrap().iter();
        assert!(all.any(|one| one == name), "{name}: {shown}");
    }
    for at in 0..3 {
        tab.eval(&format!(
            "document.querySelectorAll('.file .name')[{at}].click()"
        ));
        tab.until("document.querySelector('dialog[open] h2')");
        tab.until(&format!("document.querySelector('dialog h2').textContent.endsWith(document.querySelectorAll('.file .name')[{at}].textContent)"));
        tab.press("Escape");
        tab.until("!document.querySelector('dialog[open]')");
    }
    assert_eq!(
        tab.eval("document.querySelectorAll('img[onerror], #tree script').length"),
        0
    );
    no_faults(&mut tab);
}

#[test]
fn a_document_leads_to_what_it_uses_and_back() {
    let server = furnished();
    let Some(mut tab) = open(&server) else {
        return;
    };
    let title =
        |name: &str| format!("document.querySelector('dialog[open] h2')?.textContent === '{name}'");
    tab.until("document.querySelectorAll('.file').length >= 6");
    tab.click("#tree a[href='#file=main.qml']");
    tab.until(&title("main.qml"));
    tab.click("dialog .code a[href='#file=parts%2FReading.qml']");
    tab.until(&title("parts/Reading.qml"));
    tab.eval("history.back()");
    tab.until(&title("main.qml"));
    tab.click("dialog .code a[href='#folder=parts%2F']");
    tab.until("!document.querySelector('dialog[open]')");
    tab.until("document.querySelectorAll('#tree .file').length === 2");
    no_faults(&mut tab);
}

/// A collection's operations are there, and what is sent is answered.
#[test]
fn a_collection_is_tried_on_the_page() {
    let server = furnished();
    let Some(mut tab) = open(&server) else {
        return;
    };
    let operation = |what: &str| {
        format!(
            "[...document.querySelectorAll('#api .operation')].find(operation => \
             operation.querySelector('summary').innerText.replace(/\\s+/g, ' ').startsWith('{what}'))"
        )
    };
    let send = |tab: &mut Tab, what: &str, set: &str| {
        let operation = operation(what);
        tab.until(&format!("!!{operation}"));
        tab.eval(&format!("{operation}.open = true"));
        tab.until(&format!("!!{operation}.querySelector('form')"));
        tab.eval(&format!(
            "(() => {{ const form = {operation}.querySelector('form'); {set}; form.requestSubmit(); }})()"
        ));
    };
    let answers = |tab: &mut Tab, what: &str, text: &str| {
        let operation = operation(what);
        tab.until(&format!(
            "{operation}.querySelector('.answer').innerText.includes('{text}')"
        ));
    };
    send(&mut tab, "GET /colors ", "");
    answers(&mut tab, "GET /colors ", "200");
    answers(&mut tab, "GET /colors ", "\"red\"");
    send(
        &mut tab,
        "POST /colors ",
        r#"form.querySelector('textarea').value = '{"name": "blue"}'"#,
    );
    answers(&mut tab, "POST /colors ", "201");
    send(&mut tab, "GET /colors ", "form.elements.q.value = 'blu'");
    answers(&mut tab, "GET /colors ", "1 in all");
    assert!(server.get("/colors").text().contains("blue"));
    no_faults(&mut tab);
    // What is refused is an error to a browser, too.
    send(
        &mut tab,
        "DELETE /colors/{key} ",
        "form.elements.key.value = 'no such'",
    );
    answers(&mut tab, "DELETE /colors/{key} ", "404");
}

/// In each size and colour, with and without a document open.
#[test]
fn it_is_accessible() {
    let Some(axe) = axe() else {
        return;
    };
    let server = furnished();
    let Some(mut tab) = open(&server) else {
        return;
    };
    let runtimes = [Runtime::Qt5, Runtime::Qt6, Runtime::Newest];
    let runtimes = runtimes
        .into_iter()
        .filter(|runtime| runtime.is_available());
    let clients: Vec<_> = runtimes
        .map(|runtime| QtClient::remote(runtime, &server.announced))
        .collect();
    tab.until(&format!(
        "document.querySelectorAll('.has-picture').length === {}",
        clients.len()
    ));
    tab.screenshot(&pictures().join("page-fine.png"));
    // Something to tell of.
    server.write("main.qml", MAIN.replace("count: 3", "count: 4"));
    tab.until("document.querySelector('.plot')");
    server.write("parts/Dial.qml", "import QtQuick 2.12\nItem { width: }\n");
    server.write(
        "parts/Reading.qml",
        READING.replace("radius: 8;", "radios: 8;"),
    );
    tab.until("document.querySelectorAll('.problem').length >= 2");
    tab.until("!!document.querySelector('.operation')");
    tab.eval("document.querySelectorAll('.operation').forEach(one => { one.open = true; })");
    tab.until("document.querySelectorAll('.operation form').length > 5");
    tab.eval(&axe);
    for scheme in ["light", "dark"] {
        tab.prefer(scheme);
        for width in [1280_u32, 390] {
            tab.resize(width, 900);
            tab.screenshot(&pictures().join(format!("page-{width}-{scheme}.png")));
            assert_accessible(&mut tab);
            let wide = tab.eval("document.documentElement.scrollWidth");
            assert!(wide.as_u64() <= Some(width.into()), "it is {wide} wide");
            tab.eval("location.hash = '#file=parts%2FReading.qml&line=7'");
            tab.until("document.querySelector('dialog[open] .is-wrong')");
            tab.screenshot(&pictures().join(format!("source-{width}-{scheme}.png")));
            assert_accessible(&mut tab);
            tab.press("Escape");
            tab.until("!document.querySelector('dialog[open]')");
        }
    }
    no_faults(&mut tab);
}

/// Where pictures of the page are left, for people.
fn pictures() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn assert_accessible(tab: &mut Tab) {
    let violations = tab.eval(
        "axe.run().then(result => result.violations.filter(violation => violation.impact !== 'minor')\
         .map(violation => ({ id: violation.id, impact: violation.impact, help: violation.help, \
         nodes: violation.nodes.map(node => node.html + ' ' + node.failureSummary) })))",
    );
    assert_eq!(violations, Value::Array(Vec::new()), "{violations:#}");
}

/// The source of axe-core, which looks for what keeps people out.
fn axe() -> Option<String> {
    let modules = std::env::var_os("QMLSERVE_NODE_MODULES").map(PathBuf::from);
    let file = modules.map(|modules| modules.join("axe-core/axe.min.js"));
    let source = file.and_then(|file| std::fs::read_to_string(file).ok());
    if source.is_none() {
        is_missing(
            "axe-core",
            "npm install axe-core, and name that node_modules",
            "QMLSERVE_NODE_MODULES",
        );
    }
    source
}

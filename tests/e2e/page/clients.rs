//! Clients in the page: pictures, input, edits, errors, buttons.

use std::time::Instant;

use serde_json::json;

use super::proxy::Proxy;
use super::{no_faults, open, open_with, state_of, wait_for_colour};
use crate::attach_program::{Program, free_port, serve};
use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::TestServer;

in_each_runtime!(
    clicks_drags_and_text_reach_the_program,
    an_edit_moves_the_row_and_the_picture,
    an_error_comes_and_goes_at_its_line,
    the_buttons_work,
    a_window_is_seen_with_its_popups,
    a_client_that_nobody_looks_at_is_left_alone,
);

/// A button that turns red, a field that colours a strip, and something to drag.
const FORM: &str = "import QtQuick 2.12
Rectangle {
    width: 320; height: 200; color: 'white'
    Rectangle {
        id: button
        x: 20; y: 20; width: 80; height: 60; color: '#0000ff'
        MouseArea { anchors.fill: parent; onClicked: button.color = '#ff0000' }
    }
    Rectangle { id: strip; x: 120; y: 20; width: 80; height: 60; color: '#cccccc' }
    TextInput {
        x: 20; y: 150; width: 280; height: 40; font.pixelSize: 24
        onTextChanged: if (text === 'Hello, ä☃') strip.color = '#00ff00'
        Keys.onEscapePressed: strip.color = '#ff00ff'
        Keys.onPressed: function(event) {
            if (event.key !== Qt.Key_F2)
                return;
            for (var top = this; top.parent; top = top.parent) {}
            top.focus = false;
            strip.color = activeFocus ? '#000000' : '#0000ff';
        }
    }
    Rectangle {
        x: 220; y: 20; width: 80; height: 60; color: '#000000'
        Rectangle {
            id: knob
            width: 20; height: 60; color: '#ffff00'
            MouseArea { anchors.fill: parent; drag.target: parent; drag.threshold: 0 }
        }
    }
}
";

fn clicks_drags_and_text_reach_the_program(runtime: Runtime) {
    let server = TestServer::start(&[("main.qml", FORM)]);
    let Some((mut tab, _client)) = open_with(runtime, &server) else {
        return;
    };
    let button = (60.0 / 320.0, 50.0 / 200.0);
    wait_for_colour(&mut tab, button, "#0000ff");
    let at = |tab: &mut crate::devtools::Tab, (x, y): (f64, f64)| {
        tab.place_in(".has-picture canvas", x, y)
    };

    let place = at(&mut tab, button);
    let clicked = Instant::now();
    tab.click_at(place);
    wait_for_colour(&mut tab, button, "#ff0000");
    eprintln!(
        "{}: a click shows after {:?}",
        runtime.name(),
        clicked.elapsed()
    );

    let place = at(&mut tab, (100.0 / 320.0, 165.0 / 200.0));
    tab.click_at(place);
    let typed = Instant::now();
    tab.type_text("Hello, ä☃");
    wait_for_colour(&mut tab, (160.0 / 320.0, 50.0 / 200.0), "#00ff00");
    eprintln!("{}: text shows after {:?}", runtime.name(), typed.elapsed());
    // As if another program's window had become the active one.
    tab.press("F2");
    wait_for_colour(&mut tab, (160.0 / 320.0, 50.0 / 200.0), "#0000ff");
    tab.press("Escape");
    wait_for_colour(&mut tab, (160.0 / 320.0, 50.0 / 200.0), "#ff00ff");

    let (from, to) = ((230.0 / 320.0, 0.25), (280.0 / 320.0, 0.25));
    let (start, end) = (at(&mut tab, from), at(&mut tab, to));
    tab.mouse("mousePressed", start, 1);
    for step in 1..=10 {
        let part = f64::from(step) / 10.0;
        tab.mouse(
            "mouseMoved",
            (start.0 + part * (end.0 - start.0), start.1),
            1,
        );
    }
    tab.mouse("mouseReleased", end, 0);
    wait_for_colour(&mut tab, to, "#ffff00");
    wait_for_colour(&mut tab, from, "#000000");
    no_faults(&mut tab);
}

fn coloured(colour: &str) -> String {
    format!(
        "import QtQuick 2.12\nRectangle {{\n    width: 320; height: 200\n    color: '{colour}'\n}}\n"
    )
}

fn an_edit_moves_the_row_and_the_picture(runtime: Runtime) {
    let server = TestServer::start(&[
        ("main.qml", &coloured("#123456")),
        ("Other.qml", "import QtQuick 2.12\nItem {}\n"),
    ]);
    let Some((mut tab, _client)) = open_with(runtime, &server) else {
        return;
    };
    wait_for_colour(&mut tab, (0.5, 0.5), "#123456");
    assert_eq!(state_of(&mut tab, "main.qml"), "fine");
    assert_eq!(state_of(&mut tab, "Other.qml"), "unused");
    let saved = Instant::now();
    server.write("main.qml", coloured("#654321"));
    wait_for_colour(&mut tab, (0.5, 0.5), "#654321");
    eprintln!(
        "{}: an edit is in the picture after {:?}",
        runtime.name(),
        saved.elapsed()
    );
    tab.until("document.querySelector('.file.is-new .name')?.textContent === 'main.qml'");
    tab.until(
        "/main.qml.*Qt.* ms.* ms/s.test(document.querySelector('.plot tbody tr')?.innerText)",
    );
    tab.until("document.querySelector('.badge').textContent === 'newest'");
    no_faults(&mut tab);
}

fn an_error_comes_and_goes_at_its_line(runtime: Runtime) {
    let server = TestServer::start(&[("main.qml", &coloured("#123456"))]);
    let Some((mut tab, _client)) = open_with(runtime, &server) else {
        return;
    };
    server.write(
        "main.qml",
        coloured("#123456").replace("    color:", "    colour:"),
    );
    tab.until("document.querySelector('.problem .place')?.textContent.startsWith('main.qml:4')");
    tab.until("document.querySelector('.problem .message').textContent.includes('colour')");
    tab.until("document.querySelector('.badge').textContent === 'error'");
    assert_eq!(state_of(&mut tab, "main.qml"), "broken");
    tab.click(".problem .place");
    tab.until("document.querySelector('dialog[open] li.is-wrong')?.value === 4");
    tab.until("document.querySelector('dialog .at-line').textContent.includes('colour')");

    server.write("main.qml", coloured("#654321"));
    tab.until("document.querySelector('dialog[open] .code') && !document.querySelector('dialog .is-wrong')");
    tab.press("Escape");
    tab.until("!document.querySelector('dialog[open]')");
    tab.until("document.querySelector('#problems-list').innerText.includes('Nothing is wrong')");
    wait_for_colour(&mut tab, (0.5, 0.5), "#654321");
    assert_eq!(state_of(&mut tab, "main.qml"), "fine");
    no_faults(&mut tab);
}

fn the_buttons_work(runtime: Runtime) {
    let field = "import QtQuick 2.12
Rectangle {
    width: 320; height: 200; color: field.text === 'kept' ? '#00ff00' : '#cccccc'
    TextInput { id: field; x: 20; y: 150; width: 280; height: 40; font.pixelSize: 24; focus: true }
    Component.onCompleted: console.log('SHOWS new')
}
";
    let server = TestServer::start(&[("main.qml", field)]);
    let Some((mut tab, client)) = open_with(runtime, &server) else {
        return;
    };
    let corner = (0.9, 0.1);
    wait_for_colour(&mut tab, corner, "#cccccc");
    tab.eval("document.querySelector('.typing input').focus()");
    tab.type_text("kep");
    tab.click(".typing button");
    tab.click(".typing input");
    tab.type_text("t");
    tab.eval("document.querySelector('.typing').requestSubmit()");
    wait_for_colour(&mut tab, corner, "#00ff00");

    let mark = client.mark();
    tab.click(".card [data-kind=reload]");
    client.wait_for_since(mark, "SHOWS new");
    wait_for_colour(&mut tab, corner, "#00ff00");
    let mark = client.mark();
    tab.click("#all-clients [data-kind=reset]");
    client.wait_for_since(mark, "SHOWS new");
    wait_for_colour(&mut tab, corner, "#cccccc");
    tab.click(".card [data-kind=identify]");
    wait_for_colour(&mut tab, (0.005, 0.5), "#2f9e6e");
    wait_for_colour(&mut tab, (0.005, 0.5), "#cccccc");
    no_faults(&mut tab);
}

fn a_window_is_seen_with_its_popups(runtime: Runtime) {
    let window = |colour: &str| {
        format!(
            "import QtQuick 2.12\nimport QtQuick.Window 2.12\nimport QtQuick.Controls 2.12\n\
             ApplicationWindow {{ width: 320; height: 200; visible: true; color: '{colour}'\n\
             Popup {{ id: popup; x: 100; y: 80; width: 120; height: 80; padding: 0; modal: false\n\
             enter: null; background: Rectangle {{ color: '#ff8800' }} }}\n\
             MouseArea {{ anchors.fill: parent; onClicked: popup.open() }} }}\n"
        )
    };
    let server = TestServer::start(&[("main.qml", &window("#204060"))]);
    let Some((mut tab, _client)) = open_with(runtime, &server) else {
        return;
    };
    wait_for_colour(&mut tab, (0.1, 0.1), "#204060");
    let place = tab.place_in(".has-picture canvas", 0.1, 0.1);
    tab.click_at(place);
    wait_for_colour(&mut tab, (0.5, 0.6), "#ff8800");
    // Another window takes its place.
    server.write("main.qml", window("#602040"));
    wait_for_colour(&mut tab, (0.1, 0.1), "#602040");
    no_faults(&mut tab);
}

/// What is not looked at loads nothing for it, and is asked for nothing.
fn a_client_that_nobody_looks_at_is_left_alone(runtime: Runtime) {
    let shows = |colour: &str| {
        coloured(colour).replace(
            "width:",
            &format!("Component.onCompleted: console.log('SHOWS {colour}'); width:"),
        )
    };
    let server = TestServer::start(&[("main.qml", &shows("#123456"))]);
    let proxy = Proxy::to(server.address);
    let client = QtClient::open(runtime, &format!("{}/@qmlserve/live.qml", proxy.url));
    client.wait_to_show(0, "#123456");
    server.write("main.qml", shows("#654321"));
    client.wait_to_show(0, "#654321");
    let asks_for = |what: &str| proxy.asked().contains(what);
    assert!(asks_for("/@qmlserve/StateKeeper.qml"));
    for what in ["Remote", "/@qmlserve/picture"] {
        assert!(!asks_for(what), "{}", proxy.asked());
    }

    let Some(mut tab) = open(&server) else {
        return;
    };
    tab.until("document.querySelector('.has-picture')");
    assert!(asks_for("/@qmlserve/RemoteCamera.qml"));
    assert!(asks_for("POST /@qmlserve/picture?stream="));
}

/// A client of another kind, which cannot be clicked: the page says so, and what helps.
#[test]
fn a_client_without_the_module_says_so() {
    const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let server = TestServer::start(&[("main.qml", &coloured("#123456"))]);
    let client = server.events_at("/@qmlserve/events?client=board&name=board&qt=6.4&stream=1234");
    client.change();
    let Some(mut tab) = open(&server) else {
        return;
    };
    assert_eq!(client.command()["kind"], "picture");
    let answer = server.request(
        "POST",
        "/@qmlserve/picture?stream=1234&width=1&height=1&input=false",
        &[],
        PNG.as_bytes(),
    );
    assert_eq!(answer.status, 204);
    tab.until("document.querySelector('.note')?.textContent.includes('qml6-module-qttest')");
    tab.until("document.querySelector('canvas').getAttribute('role') === 'img'");
    assert_eq!(server.status()["clients"][0]["name"], json!("board"));
}

/// A program that is attached to is a client like any other, and what it logs is there with a link
/// on the line that it comes from.
#[test]
fn a_program_is_seen_and_heard() {
    let program = Program::Qt6;
    if !program.is_available() {
        return;
    }
    let port = free_port();
    let target = format!("127.0.0.1:{port}={}", program.document());
    let server = serve(&["--attach", &target]);
    server.logged("waiting for a program at 127.0.0.1");
    let _program = program.start(port, true);
    let Some(mut tab) = open(&server) else {
        return;
    };
    tab.until("document.querySelector('.has-picture')");
    tab.until("document.querySelector('.entry .text')?.textContent.includes('SHOWS')");
    tab.eval("document.querySelector('.entry a.place').click()");
    tab.until("document.querySelector('dialog[open] li.is-target')");
    no_faults(&mut tab);
}

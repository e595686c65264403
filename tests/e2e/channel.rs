//! The example of the web channel: a Qt program, and pages of it in a browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::browser::Browser;
use crate::client::QtClient;
use crate::devtools::Tab;
use crate::runtime::{Runtime, is_missing, without_screen};
use crate::support::{Setup, TestServer};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/examples/channel");

/// Qt's library for pages; says so if it is not there.
fn library() -> Option<PathBuf> {
    let modules = PathBuf::from(std::env::var_os("QMLSERVE_NODE_MODULES").unwrap_or_default());
    let library = modules.join("qwebchannel/qwebchannel.js");
    if !library.exists() {
        is_missing(
            "qwebchannel",
            "npm install qwebchannel",
            "QMLSERVE_NODE_MODULES",
        );
        return None;
    }
    Some(library)
}

/// The newest Qt's Python; says so if it lacks something.
fn python() -> Option<&'static Path> {
    let python = Runtime::Newest.program();
    let has_it = python.is_some_and(|python| {
        let mut trial = Command::new(python);
        trial.args(["-c", "import PySide6.QtWebChannel, PySide6.QtWebSockets"]);
        trial.output().is_ok_and(|output| output.status.success())
    });
    if !has_it {
        is_missing("PySide6", "pip install PySide6-Addons", "QMLSERVE_PYTHON");
        return None;
    }
    python
}

/// The program of the example, once it publishes.
fn program(python: &Path, server: &TestServer) -> QtClient {
    let mut command = without_screen(python);
    let url = format!(
        "ws://{}/channel/home?publish=only-for-this-example",
        server.address
    );
    command.arg(format!("{EXAMPLE}/thermostat.py")).arg(url);
    let program = QtClient::start("the thermostat", command);
    program.wait_for("published");
    program
}

#[test]
fn pages_in_a_browser_show_what_a_program_publishes() {
    let (Some(library), Some(python), Some(browser)) = (library(), python(), Browser::find())
    else {
        return;
    };
    let settings = std::fs::read(format!("{EXAMPLE}/qmlserve.toml")).unwrap();
    let page = std::fs::read(format!("{EXAMPLE}/index.html")).unwrap();
    let setup = Setup::new().file("examples/channel/index.html", page).file(
        "examples/channel/node_modules/qwebchannel/qwebchannel.js",
        std::fs::read(library).unwrap(),
    );
    std::fs::write(setup.folder().around().join("qmlserve.toml"), settings).unwrap();
    let server = setup.start();
    let running = program(python, &server);
    let url = server.url("/examples/channel/index.html");
    let mut tab = Tab::open(browser, &url, 600, 500);
    let shows = |tab: &mut Tab, text: &str| {
        tab.until(&format!("document.body?.innerText.includes({text:?})"));
    };
    shows(&mut tab, "20°");
    shows(&mut tab, "T-1");
    // Set as a property, and by a call.
    tab.click("#warmer");
    shows(&mut tab, "21°");
    tab.click("#warmer");
    shows(&mut tab, "22°");
    tab.click("#colder");
    shows(&mut tab, "21°");
    // What is served is told on the other channel.
    let events = server.events();
    events.change();
    server.write("main.qml", "import QtQuick\nItem {}\n");
    let version = events.change().version;
    shows(&mut tab, &version);
    // The program goes, and comes back as it was at first.
    drop(running);
    shows(&mut tab, "the program has left");
    let _running = program(python, &server);
    shows(&mut tab, "20°");
    tab.click("#warmer");
    shows(&mut tab, "21°");
    let faults = tab.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

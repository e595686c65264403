//! Qt's own library in Node, and Qt programs that publish. What is missing on a
//! machine is skipped, loudly; CI has it all.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::client::configured;
use crate::relay::{CONFIG, TOKEN};
use crate::support::{Running, Setup, TestServer, wait_until};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/channel")
        .join(name)
}

/// Where something cannot run here: says so, and fails where CI promises it.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn is_there(works: bool, how: &str) -> bool {
    assert!(
        works || std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{how}"
    );
    if !works {
        eprintln!("SKIPPED: {how}");
    }
    works
}

fn works(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn modules() -> String {
    std::env::var("QMLSERVE_NODE_MODULES").unwrap_or_default()
}

fn node() -> Option<Command> {
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules());
    let mut trial = Command::new("node");
    trial
        .args(["-e", "require('ws'); require('qwebchannel')"])
        .env("NODE_PATH", modules());
    let how = "npm install ws qwebchannel, and name that node_modules in QMLSERVE_NODE_MODULES";
    is_there(works(&mut trial), how).then_some(command)
}

fn python() -> Option<Command> {
    let python = std::env::var("QMLSERVE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut trial = Command::new(&python);
    trial.args(["-c", "from PySide6 import QtWebChannel, QtWebSockets"]);
    let how = "pip install PySide6-Essentials PySide6-Addons, and name that Python in \
               QMLSERVE_PYTHON";
    let mut command = Command::new(&python);
    command.env("QT_QPA_PLATFORM", "offscreen");
    is_there(works(&mut trial), how).then_some(command)
}

/// A Qt program that publishes, once its socket is open.
fn publisher(mut python: Command, server: &TestServer, token: &str) -> Running {
    let url = format!("ws://{}/channel/home?publish={token}", server.address);
    Running::spawn(python.arg(fixture("publisher.py")).arg(url))
}

/// Runs a script of pages to its end. At each line that it says, `step` does what it asks for.
#[track_caller]
fn passes(mut script: Running, mut step: impl FnMut(&str)) {
    for done in 0.. {
        let line = || script.stdout().lines().nth(done).map(str::to_owned);
        let moved = || line().is_some() || !script.stderr().is_empty();
        wait_until("the pages go on", || script.captured(), moved);
        let said = line();
        assert!(script.stderr().is_empty(), "{}", script.captured());
        match said.as_deref() {
            None | Some("PASSED") => break,
            Some(line) => step(line),
        }
    }
    script.wait();
    assert!(
        script.stdout().ends_with("PASSED\n"),
        "{}",
        script.captured()
    );
}

#[test]
fn the_servers_objects_in_node() {
    let Some(mut node) = node() else { return };
    let setup = Setup::new().file("main.qml", "import QtQuick\nItem {}\n");
    let around = setup.folder().around();
    std::fs::create_dir(around.join("data")).unwrap();
    std::fs::write(around.join("data/colors.json"), "[]").unwrap();
    let toml = "[collections.colors]\nkey = \"id\"\n[collections.fixed]\nreadonly = true\n";
    std::fs::write(around.join("qmlserve.toml"), toml).unwrap();
    let server = setup.start();
    let base = format!("ws://{}", server.address);
    let script = Running::spawn(node.arg(fixture("own.cjs")).arg(base));
    passes(script, |line| {
        if line == "EDIT" {
            server.write("main.qml", "import QtQuick\nItem {\n");
        }
    });
    let state = crate::client::state(&server);
    assert_eq!(state["totals"]["faulty"], 0, "{state}");
}

#[test]
fn pages_in_node_use_a_qt_program() {
    let (Some(mut node), Some(_)) = (node(), python()) else {
        return;
    };
    let server = configured(CONFIG);
    let url = format!("ws://{}/channel/home", server.address);
    let script = Running::spawn(node.arg(fixture("relay.cjs")).arg(url));
    let mut program = None;
    passes(script, |line| match line {
        "PUBLISH" => program = python().map(|python| publisher(python, &server, TOKEN)),
        "KILL" => program = None,
        _ => {}
    });
    let state = crate::client::state(&server);
    assert_eq!(state["totals"]["faulty"], 0, "{state}");
    assert_eq!(state["totals"]["slow"], 0, "{state}");
}

#[test]
fn a_program_that_may_not_publish_is_told_why() {
    let Some(program) = python() else { return };
    let server = configured(CONFIG);
    let refused = publisher(program, &server, "not-the-token");
    let line = refused.line();
    assert!(line.contains("403"), "{line}");
    server.logged("this is not the token of the web channel home");
}

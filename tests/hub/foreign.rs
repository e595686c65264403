//! Clients that others wrote: Qt's in three versions, Python's, Node's, a
//! browser's. What is missing on a machine is skipped, loudly; CI has it all.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::client::{Socket, configured, state};
use crate::support::{Running, TestServer};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/hub")
        .join(name)
}

/// Where a client cannot run here: says so, and fails where CI promises it.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn skip(what: &str, why: &str) {
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{what}: {why}"
    );
    eprintln!("SKIPPED: {what}: {why}");
}

/// Whether a command runs and succeeds.
fn works(command: &mut Command) -> bool {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// Runs a client until it says how it went.
#[track_caller]
fn passes(command: &mut Command) {
    let finished = Running::spawn(command).finish();
    let said = format!("{}\n{}", finished.stdout, finished.stderr);
    assert!(said.contains("PASSED"), "{command:?}\n{said}");
}

fn python() -> Command {
    Command::new(std::env::var("QMLSERVE_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

/// A process that ends with the test.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts the examples and the fixtures into the tree of a server.
fn with_examples(server: &TestServer) {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/examples");
    for example in ["chat", "todo"] {
        for entry in std::fs::read_dir(own.join(example)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("examples/{example}/{name}");
            server.write(&path, std::fs::read(entry.path()).unwrap());
        }
    }
    server.write(
        "clients.qml",
        std::fs::read(fixture("clients.qml")).unwrap(),
    );
    // The document's own directory has types of its own from here on.
    crate::support::wait_until(
        "the tree is there",
        || server.status().to_string(),
        || server.get("/examples/todo/qmldir").status == 200,
    );
}

/// A back end of somebody's own, which posts to the server's gateway; and its URL.
fn back_end(server: &TestServer) -> (Background, String) {
    let mut back_end = Command::new("python3")
        .arg(fixture("todo_backend.py"))
        .arg(server.url(""))
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let stdout = back_end.stdout.take().expect("its output");
    let mut url = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut url).unwrap();
    (Background(back_end), url.trim().to_owned())
}

fn qt(command: &mut Command) -> &mut Command {
    command
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QT_FORCE_STDERR_LOGGING", "1")
        .stdin(Stdio::null())
}

/// The book's clients, the examples and the talk's flow in one Qt: with a back end of somebody's
/// own, and with the collection that the to-do example has settings for.
fn runs_in(runtime: impl Fn() -> Command) {
    let server = TestServer::start(&[]);
    with_examples(&server);
    let (_back_end, url) = back_end(&server);
    // What follows is the document's, not the tool's.
    run(
        &server,
        &mut runtime(),
        &["--", &format!("--backend={url}")],
    );

    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/examples/todo/qmlserve.toml");
    let server = configured(&std::fs::read_to_string(settings).unwrap());
    with_examples(&server);
    run(&server, &mut runtime(), &[]);
    assert_eq!(server.get("/todos").json()["count"], 0);
}

#[track_caller]
fn run(server: &TestServer, runtime: &mut Command, arguments: &[&str]) {
    passes(qt(runtime).arg(server.url("/clients.qml")).args(arguments));
    let state = state(server);
    assert_eq!(state["totals"]["faulty"], 0, "{state}");
    assert_eq!(state["totals"]["slow"], 0, "{state}");
}

#[test]
fn qt_5() {
    if !Path::new("/usr/bin/qmlscene").exists() {
        return skip("qmlscene", "not installed");
    }
    runs_in(|| Command::new("qmlscene"));
    let server = TestServer::start(&[]);
    server.write("old.qml", std::fs::read(fixture("old_import.qml")).unwrap());
    passes(qt(&mut Command::new("qmlscene")).arg(server.url("/old.qml")));
}

#[test]
fn qt_6() {
    let qml = "/usr/lib/qt6/bin/qml";
    if !Path::new(qml).exists() {
        return skip(qml, "not installed");
    }
    runs_in(|| Command::new(qml));
}

#[test]
fn newest_qt() {
    if !works(python().args(["-c", "from PySide6 import QtQuick, QtWebSockets"])) {
        return skip(
            "PySide6",
            "pip install PySide6-Essentials PySide6-Addons, and name that Python in QMLSERVE_PYTHON",
        );
    }
    runs_in(|| {
        let mut runtime = python();
        runtime.arg(fixture("pyside_runtime.py"));
        runtime
    });
}

#[test]
fn websockets_of_python() {
    if !works(python().args(["-c", "import websockets"])) {
        return skip(
            "websockets",
            "pip install websockets, and name that Python in QMLSERVE_PYTHON",
        );
    }
    let server = TestServer::start(&[]);
    let base = format!("ws://{}", server.address);
    passes(python().arg(fixture("foreign.py")).arg(base));
}

#[test]
fn ws_of_node() {
    let modules = std::env::var("QMLSERVE_NODE_MODULES").unwrap_or_default();
    let has_ws = works(
        Command::new("node")
            .args(["-e", "require('ws')"])
            .env("NODE_PATH", &modules),
    );
    if !has_ws {
        return skip(
            "ws",
            "npm install ws, and name that node_modules in QMLSERVE_NODE_MODULES",
        );
    }
    let server = TestServer::start(&[]);
    let base = format!("ws://{}", server.address);
    passes(
        Command::new("node")
            .env("NODE_PATH", modules)
            .arg(fixture("foreign.cjs"))
            .arg(base),
    );
}

#[test]
fn a_page_in_a_browser() {
    let chromium = Path::new("/usr/bin/chromium");
    if !chromium.exists() {
        return skip("chromium", "not installed");
    }
    let server = TestServer::start(&[]);
    server.write("page.html", std::fs::read(fixture("page.html")).unwrap());
    let mut report = Socket::open(&server, "/rooms/report");
    let profile = tempfile::tempdir().unwrap();
    let browser = Command::new(chromium)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
        .args(["--remote-debugging-port=0", "--no-first-run"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(server.url("/page.html"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _browser = Background(browser.expect("chromium starts"));
    report.expect("from a browser");
}

//! Real Qt clients in front of the proxy. One that is not installed is left out and says so; with
//! CI=true that is a failure.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Running, Setup, TestServer, wait_until};
use crate::target::{Target, fixture, proxy};

/// The clients that there are, each with what shows a document.
#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn clients() -> Vec<(&'static str, Command)> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var("QMLSERVE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut newest = Command::new(&python);
    newest.arg(project.join("tests/fixtures/hub/pyside_runtime.py"));
    let has_pyside = Command::new(&python)
        .args(["-c", "import PySide6.QtWebSockets"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let (qt5, qt6) = ("/usr/bin/qmlscene", "/usr/lib/qt6/bin/qml");
    let all = [
        (
            "Qt 5 (qmlscene)",
            Path::new(qt5).exists(),
            Command::new(qt5),
        ),
        ("Qt 6 (qml)", Path::new(qt6).exists(), Command::new(qt6)),
        ("the newest Qt (PySide6)", has_pyside, newest),
    ];
    let there = all.into_iter().filter_map(|(name, is_there, command)| {
        if !is_there {
            let message = format!("LEFT OUT: there is no {name} with its QtWebSockets");
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
            eprintln!("{message}");
        }
        is_there.then_some((name, command))
    });
    there.collect()
}

/// Shows a document until it has said `word`.
#[track_caller]
fn shows(name: &str, mut command: Command, server: &TestServer, document: &str, word: &str) {
    command
        .arg(server.url(document))
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QML_DISABLE_DISK_CACHE", "1")
        .env("QT_FORCE_STDERR_LOGGING", "1");
    let running = Running::spawn(&mut command);
    let said = || running.captured();
    wait_until(&format!("{name} says {word}"), said, || {
        said().contains(word)
    });
}

#[test]
fn a_feed_and_a_socket_behind_the_proxy() {
    let target = Target::start();
    let server = proxy(&target, "");
    server.write("feed.qml", std::fs::read(fixture("feed.qml")).unwrap());
    wait_until(
        "it is served",
        || server.stderr(),
        || server.get("/feed.qml").status == 200,
    );
    for (name, command) in clients() {
        shows(name, command, &server, "/feed.qml", "PASSED");
    }
    assert_eq!(server.status()["proxies"][0]["failed"], 0);
}

#[test]
fn the_example_shows_its_photos_without_a_network() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/examples/photos");
    let setup = Setup::new();
    let around = setup.folder().around().to_owned();
    std::fs::create_dir(around.join("recordings")).unwrap();
    for entry in std::fs::read_dir(&example).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap_or_default();
        match path.extension().and_then(|suffix| suffix.to_str()) {
            Some("qml") => setup.folder().write(&name, bytes),
            Some("toml") => std::fs::write(around.join("qmlserve.toml"), bytes).unwrap(),
            _ => {}
        }
    }
    for name in ["recordings/flickr.har", "recordings/pictures.har"] {
        std::fs::copy(example.join(name), around.join(name)).unwrap();
    }
    let server = setup.args(&["--offline"]).start();
    for (name, command) in clients() {
        shows(name, command, &server, "/main.qml", "6 photos, 6 pictures");
    }
}

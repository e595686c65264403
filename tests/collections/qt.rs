//! The chapter's client in real Qt: the example of the tree, its buttons pressed one by one.
//!
//! Where a client is not installed, it is left out and says so; with CI=true that is a failure.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place::{Place, names};
use crate::support::{Running, TestServer, wait_until};

const DRIVER: &str = include_str!("qml/driver.qml");

/// A client that runs a document, with what installs it.
struct Client {
    name: &'static str,
    program: Option<PathBuf>,
    packages: &'static str,
}

fn clients() -> [Client; 2] {
    let found = |paths: &[&str]| paths.iter().map(PathBuf::from).find(|path| path.exists());
    [
        Client {
            name: "Qt 5",
            program: found(&["/usr/bin/qmlscene", "/usr/lib/qt5/bin/qmlscene"]),
            packages: "qmlscene qml-module-qtquick2 qml-module-qtquick-xmllistmodel",
        },
        Client {
            name: "Qt 6",
            program: found(&["/usr/lib/qt6/bin/qml"]),
            packages: "qml-qt6 qml6-module-qtquick qml6-module-qtqml-xmllistmodel",
        },
    ]
}

#[test]
#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn the_example_does_what_the_chapter_does() {
    for client in clients() {
        let Some(program) = client.program else {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            let message = format!("no {}; apt-get install {}", client.name, client.packages);
            assert!(!ci, "{message}");
            eprintln!("LEFT OUT: {message}");
            continue;
        };
        let server = server();
        let saw = drive(&program, &server);
        assert_flow(client.name, &saw);
        assert_eq!(
            names(&server, "/colors").len(),
            16,
            "{}: {saw:#?}",
            client.name
        );
    }
}

/// A server on the example and the colours that the project ships.
fn server() -> TestServer {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let colors = fs::read_to_string(project.join("data/colors.json")).unwrap();
    let mut place = Place::new()
        .beside("data/colors.json", &colors)
        .beside("data/broken.json", "[oops")
        .in_tree("driver.qml", DRIVER);
    for entry in fs::read_dir(project.join("www/examples/colors")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        place = place.in_tree(&format!("examples/colors/{name}"), &text);
    }
    place.start()
}

/// What the client told until its end.
fn drive(program: &Path, server: &TestServer) -> Vec<String> {
    let mut command = std::process::Command::new(program);
    command
        .arg(server.url("/driver.qml"))
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QML_DISABLE_DISK_CACHE", "1")
        .env("QT_LOGGING_RULES", "")
        .env("QT_ASSUME_STDERR_HAS_CONSOLE", "1");
    let running = Running::spawn(&mut command);
    let said = || format!("{}{}", running.stdout(), running.stderr());
    wait_until("the client is done", said, || said().contains("SAW end"));
    said()
        .lines()
        .filter_map(|line| Some(line.split_once("SAW ")?.1.to_owned()))
        .collect()
}

#[track_caller]
fn assert_flow(client: &str, saw: &[String]) {
    let expected_starts = [
        "tables 16 16",
        "readAll 16 white #fff | 16 colors",
        "create 17 color-16 #",
        "readLast 17 color-16 #",
        "updateLast 17 color-16 #",
        "deleteLast 16 white #fff | deleted color-16",
        "error POST /colors 400 true",
        "error POST /colors 422 true",
        "error GET /colors/none 404 true",
        "error PATCH /colors 405 true",
        "error PUT /colors/none 404 true",
        "error GET /colors?_page=0 400 true",
        "error GET /broken 503 true",
        "end",
    ];
    assert_eq!(saw.len(), expected_starts.len(), "{client}: {saw:#?}");
    for (line, start) in saw.iter().zip(expected_starts) {
        assert!(line.starts_with(start), "{client}: {line}, not {start}");
    }
    let value = |line: &String| {
        line.split([' ', '|'])
            .find(|word| word.starts_with('#'))
            .map(str::to_owned)
    };
    assert_eq!(
        value(&saw[2]),
        value(&saw[3]),
        "{client}: what was created is read"
    );
    assert_ne!(
        value(&saw[3]),
        value(&saw[4]),
        "{client}: the update is seen"
    );
    let told = saw[3].rsplit(' ').next().map(str::to_owned);
    assert_eq!(
        told,
        value(&saw[3]),
        "{client}: the value of the last color is told"
    );
}

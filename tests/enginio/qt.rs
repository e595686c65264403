//! The examples in real Qt: the list of things to do, whoever changes it, and the gallery. Where a
//! client is not installed, that is said, and a failure with CI=true.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::api::{Api, start};
use crate::support::{Running, TestServer, wait_until};

const DRIVER: &str = r#"
import QtQuick 2.12

Item {
    id: driver
    width: 400
    height: 500
    property string before: ''

    function tell() {
        if (!loader.item || !loader.item.todos.live)
            return
        var said = loader.item.todos.items.map(function (todo) {
            return todo.title + (todo.completed ? '+' : '-')
        }).join(' ')
        if (said === before)
            return
        before = said
        console.log('SAW [' + said + ']')
        if (said === 'first-')
            loader.item.add('second')
        else if (said === 'first- second-')
            loader.item.toggle(1)
        else if (said === 'first- second+')
            loader.item.todos.remove(0)
        else if (said === 'second+ third-')
            Qt.quit()
    }

    Loader {
        id: loader
        source: 'examples/enginio/main.qml'
    }
    Timer {
        interval: 20
        running: true
        repeat: true
        onTriggered: driver.tell()
    }
}
"#;

const GALLERY: &str = r#"
import QtQuick 2.12

Item {
    width: 480
    height: 480

    function loaded(item) {
        var found = item.status === Image.Ready && item.sourceSize.width > 0 ? [item] : []
        for (var i = 0; item.children && i < item.children.length; i++)
            found = found.concat(loaded(item.children[i]))
        return found
    }

    Loader {
        id: loader
        source: 'examples/enginio/gallery.qml'
    }
    Timer {
        interval: 20
        running: true
        repeat: true
        onTriggered: {
            var images = loader.item ? loaded(loader.item) : []
            if (images.length > 0) {
                console.log('SAW ' + images[0].sourceSize.width)
                Qt.quit()
            }
        }
    }
}
"#;

#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn clients() -> Vec<PathBuf> {
    let wanted = [
        (
            ["/usr/bin/qmlscene", "/usr/lib/qt5/bin/qmlscene"],
            "qmlscene qml-module-qtwebsockets",
        ),
        (
            ["/usr/lib/qt6/bin/qml", "/usr/bin/qml6"],
            "qml-qt6 qml6-module-qtwebsockets",
        ),
    ];
    let found = wanted.iter().filter_map(|(paths, packages)| {
        let found = paths.iter().map(PathBuf::from).find(|path| path.exists());
        if found.is_none() {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "apt-get install {packages}");
            eprintln!("LEFT OUT: apt-get install {packages}");
        }
        found
    });
    found.collect()
}

fn server() -> TestServer {
    let server = start("[enginio.main]\n", Some(":memory:"));
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/examples/enginio");
    for entry in std::fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        server.write(
            &format!("examples/enginio/{name}"),
            std::fs::read(&path).unwrap(),
        );
    }
    server.write("driver.qml", DRIVER);
    server.write("pictures.qml", GALLERY);
    let status = || server.status().to_string();
    wait_until("the tree is there", status, || {
        server.get("/pictures.qml").status == 200
            && server.get("/examples/enginio/qmldir").status == 200
    });
    server
}

fn show(program: &Path, server: &TestServer, document: &str) -> Running {
    let mut command = std::process::Command::new(program);
    command
        .arg(server.url(document))
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QML_DISABLE_DISK_CACHE", "1")
        .env("QT_LOGGING_RULES", "")
        .env("QT_ASSUME_STDERR_HAS_CONSOLE", "1");
    Running::spawn(&mut command)
}

#[test]
fn the_list_of_things_to_do_follows_whoever_changes_it() {
    for program in clients() {
        let server = server();
        let other = Api::nobody(&server);
        other.create(
            "/v1/objects/todos",
            &json!({"title": "first", "completed": false}),
        );
        let running = show(&program, &server, "/driver.qml");
        let said = || format!("{}{}", running.stdout(), running.stderr());
        wait_until("its own changes are shown", said, || {
            said().contains("SAW [second+]")
        });
        other.create(
            "/v1/objects/todos",
            &json!({"title": "third", "completed": false}),
        );
        wait_until("another's is shown", said, || {
            said().contains("SAW [second+ third-]")
        });
    }
}

#[test]
fn the_gallery_shows_small_pictures() {
    for program in clients() {
        let server = server();
        let nobody = Api::nobody(&server);
        let id = nobody.create("/v1/objects/image", &json!({"name": "sky"}));
        let target = json!({
            "targetFileProperty": {"objectType": "objects.image", "id": id, "propertyName": "file"},
        });
        let (status, file) = crate::files::upload(&nobody, &target, &crate::files::png(400, 300));
        assert_eq!(
            (status, &file["status"]),
            (201, &Value::from("complete")),
            "{file}"
        );
        let running = show(&program, &server, "/pictures.qml");
        let said = || format!("{}{}", running.stdout(), running.stderr());
        wait_until("a small picture is shown", said, || {
            said().contains("SAW 200")
        });
    }
}

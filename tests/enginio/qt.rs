//! The examples in real Qt: the list of things to do, whoever changes it, and the gallery. Where a
//! client is not installed, that is said, and a failure with CI=true.

use std::path::Path;
use std::process::ChildStdin;

use serde_json::{Value, json};

use crate::api::{Api, start};
use crate::runtime::{Runtime, in_each_runtime};
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

/// Draws something, saves it, and waits until it is shown small.
const DRAWER: &str = r#"
import QtQuick 2.12

Item {
    id: driver
    width: 480
    height: 480
    property int step: 0

    function shown(item) {
        var found = item.status === Image.Ready && item.sourceSize.width === 200 ? 1 : 0
        for (var i = 0; item.children && i < item.children.length; i++)
            found += shown(item.children[i])
        return found
    }

    Loader {
        id: loader
        anchors.fill: parent
        source: 'examples/enginio/gallery.qml'
    }
    Timer {
        interval: 50
        running: true
        repeat: true
        onTriggered: {
            var gallery = loader.item
            if (!gallery || !gallery.images.live)
                return
            if (step === 0) {
                gallery.drawing.open()
                gallery.drawing.add([{ x: 100, y: 100 }, { x: 300, y: 200 }, { x: 120, y: 300 }])
                step = 1
            } else if (step === 1 && gallery.drawing.painted) {
                gallery.drawing.save()
                step = 2
            } else if (step === 2 && shown(gallery) === 1) {
                console.log('SAW it')
                step = 3
            }
        }
    }
}
"#;

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
    server.write("drawer.qml", DRAWER);
    let status = || server.status().to_string();
    wait_until("the tree is there", status, || {
        server.get("/drawer.qml").status == 200
            && server.get("/examples/enginio/qmldir").status == 200
    });
    server
}

/// A client that shows a document, and what it listens to as long as it lives.
fn show(runtime: Runtime, server: &TestServer, document: &str) -> (Running, Option<ChildStdin>) {
    let mut command = runtime.command();
    command
        .arg(server.url(document))
        .env("QML_DISABLE_DISK_CACHE", "1");
    Running::spawn_reading(&mut command)
}

in_each_runtime!(
    the_list_of_things_to_do_follows_whoever_changes_it,
    the_gallery_shows_small_pictures,
    what_is_drawn_is_uploaded_and_shown,
);

fn the_list_of_things_to_do_follows_whoever_changes_it(runtime: Runtime) {
    let server = server();
    let other = Api::nobody(&server);
    other.create(
        "/v1/objects/todos",
        &json!({"title": "first", "completed": false}),
    );
    let (running, _stdin) = show(runtime, &server, "/driver.qml");
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

fn the_gallery_shows_small_pictures(runtime: Runtime) {
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
    let (running, _stdin) = show(runtime, &server, "/pictures.qml");
    let said = || format!("{}{}", running.stdout(), running.stderr());
    wait_until("a small picture is shown", said, || {
        said().contains("SAW 200")
    });
}

fn what_is_drawn_is_uploaded_and_shown(runtime: Runtime) {
    let server = server();
    let (running, _stdin) = show(runtime, &server, "/drawer.qml");
    let said = || format!("{}{}", running.stdout(), running.stderr());
    wait_until("it is shown", said, || said().contains("SAW it"));
    let nobody = Api::nobody(&server);
    let images = nobody.list("/v1/objects/image?include=%7B%22file%22%3A%7B%7D%7D");
    assert_eq!(images.len(), 1, "{images:?}");
    let file = &images[0]["file"];
    assert_eq!(file["fileName"], "drawing.png", "{file}");
    let id = file["id"].as_str().unwrap();
    let (_, url) = nobody.get(&format!("/v1/files/{id}/download_url"));
    let content = server.get(url["expiringUrl"].as_str().unwrap()).body;
    assert_eq!(file["fileSize"], content.len());
    // All of it arrived, and what was drawn is on it.
    let mut png = png::Decoder::new(std::io::Cursor::new(content))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; png.output_buffer_size().unwrap()];
    let info = png.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (480, 432));
    let dark = pixels
        .chunks(info.color_type.samples())
        .filter(|pixel| pixel[0] < 128);
    assert!(dark.count() > 500, "nothing is drawn on it");
}

//! `qmlserve export`: on web servers that know nothing of QML, shown by real Qt clients.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::client::QtClient;
use crate::mixed::picture;
use crate::runtime::{Runtime, is_missing};
use crate::support::{Finished, Folder, Running, command, run};

/// A tree with a module, a singleton, a folder, scripts and a picture.
const FILES: &[(&str, &str)] = &[
    (
        "main.qml",
        "import QtQuick 2.0\nimport QtQuick.Window 2.0\nimport \"ui\"\nimport Theme 1.0\n\
         import \"lib/sum.js\" as Sum\nWindow { visible: true; width: 32; height: 32\n\
         Button { id: button }\nImage { id: image; source: Theme.picture; \
         onStatusChanged: tell() }\nfunction tell() { if (image.status === Image.Ready)\n\
         console.log(\"SHOWS \" + button.text + \" \" + Theme.word + \" \" + Sum.of(1, 2) + \" \" \
         + image.sourceSize.width) }\nComponent.onCompleted: tell() }\n",
    ),
    (
        "ui/Button.qml",
        "import QtQuick 2.0\nText { text: \"pressed\" }\n",
    ),
    (
        "Theme/qmldir",
        "module Theme\nsingleton Theme 1.0 Theme.qml\n",
    ),
    (
        "Theme/Theme.qml",
        "pragma Singleton\nimport QtQuick 2.0\nQtObject { property string word: \"dark\"; property url picture: Qt.resolvedUrl(\"../img/a b.png\") }\n",
    ),
    (
        "lib/sum.js",
        ".import \"more.js\" as More\nfunction of(a, b) { return More.add(a, b) }\n",
    ),
    ("lib/more.js", "function add(a, b) { return a + b }\n"),
];

/// What a client shows that has all of it.
const SHOWN: &str = "pressed dark 3 7";

fn tree() -> Folder {
    let folder = Folder::new();
    for (path, content) in FILES {
        folder.write(path, content);
    }
    folder.write("img/a b.png", picture(7));
    folder
}

/// How many tokens an export has.
fn versions(out: &Path) -> usize {
    let entries = fs::read_dir(out).unwrap().flatten();
    let tokens = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with('@'));
    tokens.count()
}

fn export(folder: &Folder) -> Finished {
    run(&mut command(&["export", "tree", "out"], folder.around()))
}

/// A web server on a folder, on a port that nobody has.
fn serve(folder: &Path, start: impl Fn(u16) -> Command) -> (Running, u16) {
    for _ in 0..20 {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut running = Running::spawn(start(port).current_dir(folder));
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return (running, port);
            }
            thread::sleep(Duration::from_millis(20));
        }
        running.kill();
    }
    panic!("no web server");
}

/// Nginx with nothing but a root.
fn nginx(config: &Path, root: &Path, port: u16) -> Command {
    let at = config.display();
    let user = match rustix::process::geteuid().is_root() {
        true => "user root;",
        false => "",
    };
    let text = format!(
        "daemon off; pid {at}/pid; error_log {at}/error.log; {user} events {{}}\n\
         http {{ access_log off; client_body_temp_path {at}; proxy_temp_path {at};\n\
         fastcgi_temp_path {at}; uwsgi_temp_path {at}; scgi_temp_path {at};\n\
         server {{ listen 127.0.0.1:{port}; root {}; }} }}\n",
        root.display()
    );
    let file = config.join("nginx.conf");
    fs::write(&file, text).unwrap();
    let mut command = Command::new("nginx");
    command
        .env("PATH", "/usr/sbin:/usr/bin:/usr/local/bin")
        .arg("-c")
        .arg(file);
    command
}

fn shown_by_all(port: u16) {
    for runtime in [Runtime::Qt5, Runtime::Qt6, Runtime::Newest] {
        if runtime.is_available() {
            let url = format!("http://127.0.0.1:{port}/main.qml");
            QtClient::open(runtime, &url).wait_to_show(0, SHOWN);
        }
    }
}

#[test]
fn any_web_server_serves_it_to_any_client() {
    let folder = tree();
    let finished = export(&folder);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        finished.stdout.contains("live reload"),
        "{}",
        finished.stdout
    );
    // What a document names relatively is below the same token, whatever the document.
    assert_eq!(versions(&folder.around().join("out")), 1);
    let out = folder.around().join("out");
    let python = |port: u16| {
        let mut command = Command::new("python3");
        command.args([
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            &port.to_string(),
        ]);
        command
    };
    let (_python, port) = serve(&out, python);
    shown_by_all(port);
    if !["/usr/sbin/nginx", "/usr/bin/nginx"]
        .iter()
        .any(|path| Path::new(path).exists())
    {
        return is_missing("nginx", "apt-get install nginx-light", "PATH");
    }
    let config = tempfile::tempdir().unwrap();
    let (_nginx, port) = serve(&out, |port| nginx(config.path(), &out, port));
    shown_by_all(port);
}

#[test]
fn an_earlier_export_is_replaced_and_nothing_else() {
    let folder = tree();
    let out = folder.around().join("out");
    assert_eq!(export(&folder).code, Some(0));
    let mark = || fs::read_to_string(out.join("qmlserve-export.json")).unwrap();
    let first = mark();
    folder.write(
        "ui/Button.qml",
        "import QtQuick 2.0\nText { text: \"new\" }\n",
    );
    assert_eq!(export(&folder).code, Some(0));
    assert_ne!(mark(), first);
    // Of the first there is nothing left, and nothing beside.
    let count = |dir: &Path| fs::read_dir(dir).unwrap().count();
    assert_eq!(versions(&out), 1);
    assert_eq!(count(folder.around()), 2);

    let second = mark();
    folder.write("ui/Button.qml", "Text {");
    let finished = export(&folder);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("ui/Button.qml:1"),
        "{}",
        finished.stderr
    );
    assert_eq!(mark(), second);
    folder.remove("main.qml");
    assert!(export(&folder).stderr.contains("--document"));

    fs::remove_file(out.join("qmlserve-export.json")).unwrap();
    let finished = export(tree_at(&folder));
    assert!(
        finished.stderr.contains("that is no export"),
        "{}",
        finished.stderr
    );
    let inside = run(&mut command(
        &["export", "tree", "tree/out"],
        folder.around(),
    ));
    assert!(
        inside.stderr.contains("lies in the folder"),
        "{}",
        inside.stderr
    );
    fs::remove_dir_all(&out).unwrap();
    fs::create_dir(&out).unwrap();
    assert_eq!(export(&folder).code, Some(0));
}

/// The tree as it was.
fn tree_at(folder: &Folder) -> &Folder {
    for (path, content) in FILES {
        folder.write(path, content);
    }
    folder
}

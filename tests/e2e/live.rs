//! What a client does over its life: errors, restarts of the server, state, windows.

use std::net::TcpListener;
use std::path::PathBuf;

use crate::client::QtClient;
use crate::freshness::wait_for_error;
use crate::picture::Picture;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Setup, TestServer, wait_until};

in_each_runtime!(
    an_error_keeps_the_old_interface_under_an_overlay,
    an_error_can_be_put_aside,
    an_error_that_reads_like_the_networks_is_shown,
    another_server_that_does_not_answer_is_told_of,
    the_server_comes_back_with_the_same_version,
    the_server_comes_back_with_another_version,
    a_client_waits_for_a_server_that_is_not_there_yet,
    state_is_handed_from_version_to_version,
    a_window_takes_the_place_of_another,
    the_entry_may_come_later,
    the_newest_of_many_fast_edits_is_shown,
    clients_of_different_documents,
    a_loader_changes_its_document_as_often_as_it_likes,
);

/// A document that prints `SHOWS TEXT` when it is complete.
fn shows(text: &str) -> String {
    item(&format!(
        "color: 'navy'; Component.onCompleted: console.log('SHOWS {text}')"
    ))
}

fn item(body: &str) -> String {
    format!("import QtQuick 2.12\nRectangle {{\nwidth: 200; height: 100\n{body}\n}}\n")
}

/// An application of its own with a `LiveLoader` of the checkout in it.
struct Observer {
    client: QtClient,
    _pictures: tempfile::TempDir,
}

impl Observer {
    fn open(runtime: Runtime, server: &TestServer, arguments: &[&str]) -> Self {
        let pictures = tempfile::tempdir().unwrap();
        let mut all = vec![
            format!("--server={}", server.announced),
            format!("--pictures={}", pictures.path().display()),
        ];
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        Self {
            client: QtClient::open_file(runtime, "tests/e2e/qml/observer.qml", &all, &[]),
            _pictures: pictures,
        }
    }

    /// The picture of the first load after `mark` that ended as `outcome` says.
    fn picture(&self, mark: usize, outcome: &str) -> Picture {
        let start = format!("PICTURE {outcome} ");
        let line = self.client.wait_for_since(mark, &start);
        Picture::read(&PathBuf::from(line.trim_start_matches(&start)))
    }
}

fn an_error_keeps_the_old_interface_under_an_overlay(runtime: Runtime) {
    let ticking = |colour: &str| {
        item(&format!(
            "color: '{colour}'; Part {{}}\n\
             Timer {{ interval: 20; repeat: true; running: true; onTriggered: console.log('TICK {colour}') }}"
        ))
    };
    let part = "import QtQuick 2.12\nItem {\n}\n";
    // Beside a file that never changes, the newest version is not the token of every URL.
    let server = TestServer::start(&[
        ("main.qml", &ticking("#008000")),
        ("Part.qml", part),
        ("Other.qml", part),
    ]);
    let observer = Observer::open(runtime, &server, &[]);
    let client = &observer.client;
    let before = observer.picture(0, "loaded");
    assert_eq!(before.at(150, 100), [0, 128, 0]);

    let mark = client.mark();
    server.write("Part.qml", "import QtQuick 2.12\nItem {\n    widht: 3\n}\n");
    let failed = client.wait_for_since(mark, "FAILED");
    assert!(failed.contains("Part.qml"), "{failed}");
    let covered = observer.picture(mark, "failed");
    assert!(covered.difference(&before).is_some(), "no overlay is drawn");
    // Dimmed, and still showing through.
    let [red, green, blue] = covered.at(290, 190);
    assert!(
        green > red && green > blue && green < 128,
        "{red} {green} {blue}"
    );
    client.wait_for_since(client.mark(), "TICK #008000");

    let errors = wait_for_error(&server);
    let mut errors = errors.as_array().unwrap().iter();
    let of_part = errors.find(|error| error["file"] == "Part.qml");
    assert_eq!(of_part.unwrap()["line"], 3);
    server.logged("    widht: 3");
    // Older ones tell no column.
    if runtime == Runtime::Newest {
        server.logged("^");
    }

    let mark = client.mark();
    server.write("Part.qml", part);
    server.write("main.qml", ticking("#000080"));
    client.wait_for_since(mark, "TICK #000080");
    let last = client.mark();
    server.write("main.qml", ticking("#800000"));
    let after = observer.picture(last, "loaded");
    assert_eq!(after.colours(), 1, "something is left of the overlay");
    assert_eq!(after.at(150, 100), [128, 0, 0]);
}

/// Only the newest Qt's runtime can be clicked.
fn an_error_can_be_put_aside(runtime: Runtime) {
    let colour = |colour: &str, part: &str| {
        item(&format!(
            "color: '{colour}'; {part} {{}}\nComponent.onCompleted: console.log('SHOWS {colour}')"
        ))
    };
    let server = TestServer::start(&[("main.qml", &colour("#008000", "Item"))]);
    let mut client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "#008000");
    server.write("main.qml", colour("#000080", "Itme"));
    wait_for_error(&server);
    server.logged("did you mean Item?");
    if runtime == Runtime::Newest {
        let pictures = tempfile::tempdir().unwrap();
        let file = pictures.path().join("shown.png");
        let at_corner = |client: &mut QtClient| {
            client.ask(&format!("grab {}", file.display()));
            Picture::read(&file).at(190, 90)
        };
        let wait = |what: &str, is_covered: bool, client: &mut QtClient| {
            wait_until(what, String::new, || {
                (at_corner(client) != [0, 128, 0]) == is_covered
            });
        };
        wait("the error is shown", true, &mut client);
        client.ask("click 100 60");
        wait("the error is gone", false, &mut client);
        // The next one is shown again.
        server.write("main.qml", colour("#800000", "Itme"));
        wait("the next error is shown", true, &mut client);
    }
    let mark = client.mark();
    server.write("main.qml", colour("#400000", "Item"));
    client.wait_to_show(mark, "#400000");
}

fn an_error_that_reads_like_the_networks_is_shown(runtime: Runtime) {
    let server = TestServer::start(&[("main.qml", &shows("one"))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "one");

    server.write("main.qml", item("HostUnreachable {}"));
    let errors = wait_for_error(&server).to_string();
    assert!(errors.contains("HostUnreachable is not a type"), "{errors}");

    server.write("main.qml", item("Text {} connectionRefused: 'Timeout'"));
    server.logged("connectionRefused");

    server.write("main.qml", shows("two"));
    client.wait_to_show(0, "two");
}

fn another_server_that_does_not_answer_is_told_of(runtime: Runtime) {
    // A port that nobody listens at while it is held.
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    drop(held);
    let far = format!(
        "import 'http://127.0.0.1:{port}' 1.0 as Remote\n{}",
        item("Remote.Far {}")
    );
    let server = TestServer::start(&[("main.qml", &far)]);
    let client = QtClient::remote(runtime, &server.announced);

    let errors = wait_for_error(&server).to_string();
    assert!(errors.contains("Far"), "{errors}");

    server.write("main.qml", shows("one"));
    client.wait_to_show(0, "one");
}

fn the_server_comes_back_with_the_same_version(runtime: Runtime) {
    let mut server = TestServer::start(&[("main.qml", &shows("one"))]);
    let observer = Observer::open(runtime, &server, &[]);
    let client = &observer.client;
    client.wait_to_show(0, "one");

    let mark = client.mark();
    server.kill();
    client.wait_for_since(mark, "CONNECTED false");
    let mark = client.mark();
    server.restart();
    client.wait_for_since(mark, "CONNECTED true");
    server.write("main.qml", shows("two"));
    client.wait_to_show(mark, "two");
    // An edit that concerns nobody, and one that does.
    let version = server.version();
    server.write("Other.qml", shows("other"));
    wait_until("the other document is read", String::new, || {
        server.version() != version
    });
    server.write("main.qml", shows("three"));
    client.wait_to_show(mark, "three");
    assert_eq!(client.states(), ["one", "two", "three"]);
}

fn the_server_comes_back_with_another_version(runtime: Runtime) {
    let stateful = |name: &str| {
        item(&format!(
            "property int count: 0\n\
             function saveState() {{ return {{ count: count }} }}\n\
             function restoreState(state) {{ count = state.count + 1; console.log('SHOWS {name} ' + count) }}\n\
             Component.onCompleted: console.log('SHOWS {name}')"
        ))
    };
    let mut server = TestServer::start(&[("main.qml", &stateful("one"))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "one");
    server.kill();
    server.write("main.qml", stateful("two"));
    server.restart();
    client.wait_to_show(0, "two 1");
    server.write("main.qml", stateful("three"));
    client.wait_to_show(0, "three 2");
}

fn a_client_waits_for_a_server_that_is_not_there_yet(runtime: Runtime) {
    // `remote.qml` as a file: there is nobody to ask for it.
    let mut server = TestServer::start(&[("main.qml", &shows("one"))]);
    server.kill();
    let mut client = QtClient::remote_file(runtime, &server.announced);
    // Until it has tried in vain.
    let nobody = TcpListener::bind(server.address).unwrap();
    drop(nobody.accept().unwrap());
    drop(nobody);
    assert!(client.is_running());
    server.restart();
    client.wait_to_show(0, "one");
}

fn state_is_handed_from_version_to_version(runtime: Runtime) {
    // The example that the project serves by default, and a broken version in between.
    let version = |name: &str, broken: &str| {
        item(&format!(
            "property var seen: []\n\
             function saveState() {{ return {{ seen: seen.concat('{name}') }} }}\n\
             function restoreState(state) {{ seen = state.seen; console.log('SHOWS {name} after ' + seen.join(' ')) }}\n\
             {broken}"
        ))
    };
    let server = TestServer::start(&[(
        "main.qml",
        &version("a", "Component.onCompleted: console.log('SHOWS a')"),
    )]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "a");
    server.write("main.qml", version("b", ""));
    client.wait_to_show(0, "b after a");
    server.write("main.qml", version("c", "Nonsense {}"));
    wait_for_error(&server);
    server.write("main.qml", version("d", ""));
    client.wait_to_show(0, "d after a b");
    // A version without the functions does not lose it.
    server.write("main.qml", shows("e"));
    client.wait_to_show(0, "e");
    server.write("main.qml", version("f", ""));
    client.wait_to_show(0, "f after a b d");
}

/// The windows are counted in the newest Qt, whose runtime can tell.
fn a_window_takes_the_place_of_another(runtime: Runtime) {
    let window = |title: &str, width: u32| {
        format!(
            "import QtQuick 2.12\nimport QtQuick.Window 2.12\n\
             Window {{ width: {width}; height: 150; visible: true; title: '{title}'\n\
             Component.onCompleted: console.log('SHOWS {title}') }}\n"
        )
    };
    let server = TestServer::start(&[("main.qml", &window("one", 250))]);
    let mut client = QtClient::remote(runtime, &server.announced);
    let mut only_window = |title: &str, is: &str| {
        client.wait_to_show(0, title);
        assert!(client.is_running());
        if runtime == Runtime::Newest {
            client.ask_until("windows", |windows| windows == is);
        }
    };
    let one = |title: &str, width: u32, height: u32| {
        format!(r#"[{{"height": {height}, "title": "{title}", "width": {width}}}]"#)
    };
    only_window("one", &one("one", 250, 150));
    server.write("main.qml", window("two", 250));
    only_window("two", &one("two", 250, 150));
    server.write("main.qml", window("wider", 350));
    only_window("wider", &one("wider", 350, 150));
    server.write("main.qml", shows("an item"));
    only_window("an item", &one("", 200, 100));
    server.write("main.qml", window("again", 250));
    only_window("again", &one("again", 250, 150));
    server.write(
        "main.qml",
        "import QtQuick 2.12\nimport QtQuick.Window 2.12\nWindow { Nonsense {} }\n",
    );
    wait_for_error(&server);
    only_window("again", &one("again", 250, 150));
    server.write("main.qml", window("mended", 250));
    only_window("mended", &one("mended", 250, 150));
}

fn the_entry_may_come_later(runtime: Runtime) {
    let server = TestServer::start(&[("readme.txt", "nothing yet")]);
    let client = QtClient::remote(runtime, &server.announced);
    let clients = || server.status()["clients"].as_array().unwrap().len();
    crate::support::wait_until("it is connected", || server.stderr(), || clients() == 1);
    server.write("main.qml", shows("here"));
    client.wait_to_show(0, "here");
    // It may go again, and the interface stays.
    server.folder.remove("main.qml");
    server.write("Other.qml", shows("other"));
    server.write("main.qml", shows("back"));
    client.wait_to_show(0, "back");
}

fn the_newest_of_many_fast_edits_is_shown(runtime: Runtime) {
    let server = TestServer::start(&[("main.qml", &shows("0"))]);
    let client = QtClient::remote(runtime, &server.announced);
    client.wait_to_show(0, "0");
    for number in 1..=50 {
        server.write("main.qml", shows(&number.to_string()));
    }
    client.wait_to_show(0, "50");
    server.write("main.qml", shows("last"));
    client.wait_to_show(0, "last");
    let states = client.states();
    let fifty = states.iter().position(|state| state == "50");
    assert_eq!(fifty, Some(states.len() - 2), "{states:?}");
}

fn clients_of_different_documents(runtime: Runtime) {
    let server = Setup::new()
        .file("a.qml", shows("a1"))
        .file("pages/b.qml", shows("b1"))
        .start();
    let live = format!("{}/@qmlserve/live.qml?document=", server.announced);
    let a = QtClient::open(runtime, &format!("{live}a.qml"));
    let b = Observer::open(runtime, &server, &["--document=pages/b.qml"]);
    a.wait_to_show(0, "a1");
    b.client.wait_to_show(0, "b1");
    server.write("a.qml", shows("a2"));
    a.wait_to_show(0, "a2");
    server.write("pages/b.qml", shows("b2"));
    b.client.wait_to_show(0, "b2");
    let status = server.status();
    let clients = status["clients"].as_array().unwrap().iter();
    let mut documents: Vec<_> = clients.map(|client| &client["document"]).collect();
    documents.sort_by_key(|document| document.as_str());
    assert_eq!(documents, ["a.qml", "pages/b.qml"]);
}

/// `abort()` of QML's XMLHttpRequest does not close the connection, and Qt has six for a server:
/// an event stream that was given up has to be ended by the server.
fn a_loader_changes_its_document_as_often_as_it_likes(runtime: Runtime) {
    let server = TestServer::start(&[]);
    let names: Vec<_> = (0..9).map(|number| format!("page{number}.qml")).collect();
    for name in &names {
        server.write(name, shows(name));
    }
    let walk = format!("--walk={}", names.join(","));
    let document = format!("--document={}", names[0]);
    let observer = Observer::open(runtime, &server, &[&document, &walk]);
    observer.client.wait_to_show(0, &names[8]);
    assert_eq!(observer.client.states(), names);
}

//! The player for devices: it shows what is served, says what is wrong with an address, and finds
//! servers in the network.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use crate::attach_program::{CXX_PACKAGES, build_with_cmake};
use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime, is_missing, without_screen};
use crate::support::{Setup, TestServer};

const PLAYER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/player");

const TOKEN: &str = "correct-horse-battery";

fn document(value: u32) -> String {
    format!("import QtQuick 2.12\nItem {{ Component.onCompleted: console.log('SHOWS {value}') }}\n")
}

fn server() -> TestServer {
    let setup = Setup::new().file("main.qml", document(1));
    setup.env("QMLSERVE_TOKEN", TOKEN).start()
}

/// The player in Python.
fn python() -> Command {
    let python = Runtime::Newest.program().expect("is_available() was asked");
    let mut command = without_screen(python);
    command.arg(Path::new(PLAYER).join("player.py"));
    command
}

/// Starts a player; what it remembers goes where nobody looks for it.
fn play(mut command: Command, server: &TestServer, url: &str) -> QtClient {
    command
        .arg(url)
        .env("XDG_CONFIG_HOME", server.folder.around());
    QtClient::start("the player", command)
}

/// The first document and an edit of it.
fn follows(command: Command) {
    let server = server();
    assert!(server.announced.contains(TOKEN), "{}", server.announced);
    let url = format!("{}/remote.qml", server.announced);
    let player = play(command, &server, &url);
    player.wait_to_show(0, "1");
    server.write("main.qml", document(2));
    player.wait_to_show(0, "2");
}

in_each_runtime!(a_runtime_that_plays_it_follows_an_edit);

fn a_runtime_that_plays_it_follows_an_edit(runtime: Runtime) {
    let command = match runtime {
        Runtime::Newest => python(),
        Runtime::Qt5 | Runtime::Qt6 => {
            let mut command = runtime.command();
            command.arg(Path::new(PLAYER).join("Player.qml"));
            if runtime == Runtime::Qt6 {
                command.arg("--");
            }
            command
        }
    };
    follows(command);
}

#[test]
fn the_program_in_cpp_follows_an_edit() {
    // Another checkout may have built in the same folder.
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).join("player");
    if build_with_cmake(Path::new(PLAYER), &build, &["--fresh"]).is_none() {
        is_missing("what builds a C++ program with Qt 6", CXX_PACKAGES, "PATH");
        return;
    }
    follows(without_screen(&build.join("player")));
}

#[test]
fn what_is_wrong_with_an_address_is_said() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let server = server();
    let without_token = server.announced.replace(&format!("/~{TOKEN}"), "");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let other_url = format!("http://{}", other.local_addr().unwrap());
    thread::spawn(move || {
        while let Ok((mut stream, _)) = other.accept() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        }
    });
    for (url, said) in [
        (without_token.as_str(), "asks for a token"),
        (
            "http://127.0.0.1:1",
            "Nobody answers at http://127.0.0.1:1. Is it running with --host",
        ),
        (&other_url, "it is no qmlserve"),
        ("http://", "This is no address"),
    ] {
        let player = play(python(), &server, url);
        player.wait_for(said);
    }
}

/// Says the services of our type that are found while it is listened, and whether this network has
/// multicast at all: by a service of its own.
const BROWSER: &str = r#"
import socket, sys, threading
from zeroconf import ServiceBrowser, ServiceInfo, Zeroconf
wanted, own = sys.argv[1], threading.Event()
class Listener:
    def __init__(self, found): self.found = found
    def add_service(self, network, kind, name):
        service = network.get_service_info(kind, name)
        if service and str(service.port) == wanted or kind.startswith("_qmlprobe"):
            print("FOUND", service, flush=True)
            self.found.set()
    update_service = add_service
    def remove_service(self, *_): pass
here, there, found = Zeroconf(), Zeroconf(), threading.Event()
probe = ServiceInfo("_qmlprobe._tcp.local.", "p%s._qmlprobe._tcp.local." % wanted, port=1,
                    addresses=[socket.inet_aton("192.0.2.1")], server="qmlprobe.local.")
here.register_service(probe)
ServiceBrowser(there, "_qmlprobe._tcp.local.", Listener(own))
ServiceBrowser(there, "_qmlserve._tcp.local.", Listener(found))
print("MULTICAST", own.wait(10))
print("ANNOUNCED", found.wait(float(sys.argv[2])))
here.unregister_all_services(); here.close(); there.close()
"#;

/// What a resolver finds of a port within so many seconds; none without multicast.
fn resolved(port: u16, seconds: &str) -> Option<String> {
    let python = Runtime::Newest.program()?;
    let port = port.to_string();
    let ended = Command::new(python)
        .args(["-c", BROWSER, &port, seconds])
        .output();
    let Output { stdout, stderr, .. } = ended.unwrap();
    let said = String::from_utf8(stdout).unwrap();
    let errors = String::from_utf8_lossy(&stderr);
    if errors.contains("No module named 'zeroconf'") {
        is_missing("zeroconf", "pip install zeroconf", "QMLSERVE_PYTHON");
        return None;
    }
    if !said.contains("MULTICAST True") {
        // No package mends that: not a failure anywhere.
        eprintln!("SKIPPED: there is no multicast here: {said}{errors}");
        return None;
    }
    Some(said)
}

#[test]
fn a_server_that_others_reach_is_found_without_its_token() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let setup = Setup::new().file("main.qml", document(1));
    let server = setup.args(&["--host", "0.0.0.0"]).start();
    let Some(said) = resolved(server.port(), "20") else {
        return;
    };
    assert!(said.contains("ANNOUNCED True"), "{said}{}", server.stderr());
    for part in [
        "tree (",
        "/@qmlserve/live.qml",
        "main.qml",
        env!("CARGO_PKG_VERSION"),
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let token = server.folder.around().join(".qmlserve/token");
    let token = std::fs::read_to_string(token).unwrap();
    assert!(!said.contains(token.trim()), "{said}");

    let mut command = python();
    command.env("XDG_CONFIG_HOME", server.folder.around());
    let player = QtClient::start("the player", command);
    let line = player.wait_for(&format!(":{}", server.port()));
    assert!(line.contains("found http://"), "{line}");
}

#[test]
fn a_server_is_not_told_of_where_nobody_else_reaches_it_or_that_is_not_wanted() {
    if !Runtime::Newest.is_available() {
        return;
    }
    for args in [&[][..], &["--host", "0.0.0.0", "--mdns=false"]] {
        let server = Setup::new()
            .file("main.qml", document(1))
            .args(args)
            .start();
        let Some(said) = resolved(server.port(), "2") else {
            return;
        };
        assert!(said.contains("ANNOUNCED False"), "{said}");
    }
}

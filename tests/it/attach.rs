//! Attaching to what is no program, or a bad one: a debug port played by the test. What real
//! programs do is in the end-to-end tests.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::support::{DEADLINE, Setup, Signal, TestServer};

/// Something that listens on a port, and a server that attaches to it.
struct Played {
    listener: TcpListener,
    server: TestServer,
}

impl Played {
    fn new(flags: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let setup = Setup::new()
            .file("main.qml", "Item {}")
            .file("icons/a.png", "picture")
            .file("sub/main.qml", "Item { x: 1 }");
        let server = setup.args(&["--attach", &address]).args(flags).start();
        Self { listener, server }
    }

    /// The next connection.
    fn accept(&self) -> Peer {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Peer { stream }
    }

    /// The next connection, greeted by a program with both services.
    fn greet(&self) -> Peer {
        let mut peer = self.accept();
        let hello = peer.packet();
        assert!(hello.starts_with(&string("QDeclarativeDebugServer")));
        peer.send(&services(&["QmlPreview", "DebugMessages"]));
        peer
    }

    /// The same, with the client loaded.
    fn load(&self) -> Peer {
        let mut peer = self.greet();
        let url = self
            .server
            .url("/@qmlserve/live.qml?document=main.qml&attached=1");
        assert_eq!(peer.preview(), [&[1][..], &bytes(url.as_bytes())].concat());
        peer
    }
}

/// A connection as a program sees it.
struct Peer {
    stream: TcpStream,
}

impl Peer {
    fn packet(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut packet = vec![0; u32::from_le_bytes(length) as usize - 4];
        self.stream.read_exact(&mut packet).unwrap();
        packet
    }

    /// What is said to the service QmlPreview next.
    fn preview(&mut self) -> Vec<u8> {
        let packet = self.packet();
        let name = string("QmlPreview");
        assert!(packet.starts_with(&name), "{packet:?}");
        packet[name.len() + 4..].to_vec()
    }

    fn send(&mut self, packet: &[u8]) {
        let length = u32::try_from(packet.len() + 4).unwrap();
        let all = [&length.to_le_bytes()[..], packet].concat();
        self.stream.write_all(&all).unwrap();
    }

    fn say(&mut self, service: &str, message: &[u8]) {
        self.send(&[string(service), bytes(message)].concat());
    }

    /// Asks for a file, and says what comes.
    fn ask(&mut self, path: &str) -> Vec<u8> {
        self.say("QmlPreview", &[&[2][..], &string(path)].concat());
        self.preview()
    }
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [
        &u32::try_from(bytes.len()).unwrap().to_be_bytes()[..],
        bytes,
    ]
    .concat()
}

fn string(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    bytes(&units)
}

fn services(names: &[&str]) -> Vec<u8> {
    let count = u32::try_from(names.len()).unwrap().to_be_bytes();
    let names: Vec<u8> = names.iter().flat_map(|name| string(name)).collect();
    let numbers = [0, 0, 0, 0, 0, 0, 0, 1];
    [
        &string("QDeclarativeDebugClient")[..],
        &numbers,
        &count,
        &names,
    ]
    .concat()
}

fn message(text: &str, file: &str, line: i32) -> Vec<u8> {
    let warning = 1_i32.to_be_bytes();
    let mut message = [bytes(b"MESSAGE"), warning.to_vec()].concat();
    message.extend([bytes(text.as_bytes()), bytes(file.as_bytes())].concat());
    message.extend(line.to_be_bytes());
    message
}

#[test]
fn a_web_server_is_told_from_a_debug_port() {
    let played = Played::new(&[]);
    let mut peer = played.accept();
    peer.packet();
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    peer.stream.write_all(answer).unwrap();
    played
        .server
        .logged("this is an HTTP server, no QML debug port");
}

#[test]
fn a_port_where_nobody_is_is_waited_for_and_said_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let setup = Setup::new().file("main.qml", "Item {}");
    let server = setup.args(&["--attach", &address.to_string()]).start();
    let waiting = format!(
        "waiting for a program at {address}: start it with -qmljsdebugger=port:{},block,services:QmlPreview,DebugMessages",
        address.port()
    );
    server.logged(&waiting);
    let listener = TcpListener::bind(address).unwrap();
    let played = Played { listener, server };
    played.load();
    played.server.logged("attached to the program at");
    let said = played.server.stderr();
    assert_eq!(said.matches("waiting for a program").count(), 1, "{said}");
}

#[test]
fn garbage_and_a_closed_door_are_no_debug_port() {
    let played = Played::new(&[]);
    let mut peer = played.accept();
    peer.packet();
    peer.stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap();
    played
        .server
        .logged("does not speak the QML debug protocol");
    drop(peer);
    let mut peer = played.accept();
    peer.packet();
    drop(peer);
    played
        .server
        .logged("another debugger is attached to the program");
    let mut peer = played.accept();
    peer.packet();
    peer.send(b"\0\0\0\x02\0x");
    drop(peer);
    // And a good one after all that.
    played.load();
    played.server.logged("attached to the program at");
}

#[test]
fn a_program_that_ends_in_the_middle_is_waited_for() {
    let played = Played::new(&[]);
    let mut peer = played.load();
    // Half a packet.
    peer.stream.write_all(&[100, 0, 0, 0, 1, 2]).unwrap();
    drop(peer);
    played.server.logged("ended: waiting for it to come back");
    let mut peer = played.load();
    assert_eq!(peer.ask(":/a"), [&[3][..], &string(":/a")].concat());
}

#[test]
fn a_packet_too_large_or_broken_ends_the_connection_with_a_message() {
    let played = Played::new(&[]);
    let mut peer = played.load();
    peer.stream.write_all(&u32::MAX.to_le_bytes()).unwrap();
    played
        .server
        .logged("a packet of more than 16 MiB was announced");
    let mut end = [0];
    assert_eq!(peer.stream.read(&mut end).unwrap_or(0), 0, "it is closed");
    let mut peer = played.load();
    peer.say("QmlPreview", &[2, 0, 0, 0, 99]);
    played.server.logged("a packet ends too early");
    played.load();
}

#[test]
fn a_program_that_stops_reading_neither_keeps_the_others_nor_the_end() {
    let mut played = Played::new(&["--resources", "/big=."]);
    played.server.write("big.bin", vec![7; 8 << 20]);
    let mut peer = played.load();
    // It asks for more than the system buffers, and takes none of it.
    for _ in 0..20 {
        peer.say("QmlPreview", &[&[2][..], &string(":/big/big.bin")].concat());
    }
    assert_eq!(played.server.get("/main.qml").status, 200);
    let (code, took) = played.server.stop(Signal::Terminate);
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "it took {took:?}");
}

/// A thread of the program waits for each answer, for ever if need be.
#[test]
fn what_a_program_has_asked_is_answered_before_the_end() {
    const QUESTIONS: usize = 500;
    for flags in [&[][..], &["--in-place"]] {
        let mut played = Played::new(flags);
        let mut peer = played.greet();
        peer.preview();
        let question = bytes(&[&[2][..], &string(":/none")].concat());
        peer.send(&[string("QmlPreview"), question.repeat(QUESTIONS)].concat());
        let (code, _) = played.server.stop(Signal::Terminate);
        assert_eq!(code, Some(0));
        let mut heard = Vec::new();
        peer.stream.read_to_end(&mut heard).unwrap();
        let answer = [&[3][..], &string(":/none")].concat();
        let answers = heard.windows(answer.len()).filter(|part| *part == answer);
        assert_eq!(answers.count(), QUESTIONS, "{flags:?}");
    }
}

#[test]
fn only_files_of_the_tree_are_given_and_only_where_they_are_mapped() {
    let played = Played::new(&["--resources", "/qt/qml/My=., :/sub=sub"]);
    let outside = played.server.folder.around().join("secret.txt");
    std::fs::write(&outside, "secret").unwrap();
    played.server.write(".hidden", "secret");
    let mut peer = played.load();
    let file = |path: &str, contents: &[u8]| [&[0][..], &string(path), &bytes(contents)].concat();
    for (path, contents) in [
        (":/qt/qml/My/main.qml", &b"Item {}"[..]),
        (":/qt/qml/My/icons/a.png", b"picture"),
        (":/sub/main.qml", b"Item { x: 1 }"),
    ] {
        assert_eq!(peer.ask(path), file(path, contents), "{path}");
    }
    let local = played
        .server
        .folder
        .on_disk("main.qml")
        .display()
        .to_string();
    for path in [
        ":/qt/qml/My/../secret.txt",
        ":/qt/qml/My/.hidden",
        ":/qt/qml/My/icons",
        ":/qt/qml/My/gone.qml",
        ":/qt/qml/My/",
        ":/qt/qml/Mymain.qml",
        ":/main.qml",
        "/etc/passwd",
        &local,
        "",
    ] {
        assert_eq!(peer.ask(path), [&[3][..], &string(path)].concat(), "{path}");
    }
}

#[test]
fn a_program_without_the_service_is_told_how_to_get_it() {
    let played = Played::new(&[]);
    let mut peer = played.accept();
    peer.packet();
    peer.send(&services(&["DebugMessages"]));
    played.server.logged(
        "does not offer the service QmlPreview (it offers DebugMessages): start it with -qmljsdebugger=port:",
    );
    played.server.logged("qt6-qmltooling-plugins");
    // What it logs is heard all the same.
    peer.say("DebugMessages", &message("hello", "", 0));
    played.server.logged("hello");
}

#[test]
fn a_program_without_an_engine_is_asked_again_and_one_with_two_is_told() {
    let played = Played::new(&[]);
    let mut peer = played.load();
    let fails = |peer: &mut Peer, text: &str| {
        peer.say("QmlPreview", &[&[3][..], &string(text)].concat());
    };
    fails(&mut peer, "No QML engines found.");
    let load = peer.preview();
    assert_eq!(load[0], 1, "{load:?}");
    fails(
        &mut peer,
        "Multiple QQuickWindows available. We cannot decide which one to use.",
    );
    let load = String::from_utf8_lossy(&peer.preview()).into_owned();
    assert!(
        load.contains("/@qmlserve/window.qml?document=main.qml"),
        "{load}"
    );
    fails(
        &mut peer,
        "2 QML engines available. We cannot decide which one should load the component.",
    );
    played.server.logged("has several QML engines");
    played
        .server
        .logged("put LiveLoader into the one that is to be live");
}

#[test]
fn a_load_that_the_network_spoiled_is_repeated_under_another_url() {
    let played = Played::new(&[]);
    let mut peer = played.load();
    let text = "http://127.0.0.1/@qmlserve/live.qml: Network error";
    peer.say("QmlPreview", &[&[3][..], &string(text)].concat());
    let load = String::from_utf8_lossy(&peer.preview()).into_owned();
    assert!(load.contains("http://try1@127.0.0.1:"), "{load}");
    played.server.logged("Network error");
}

#[test]
fn messages_are_streamed_kept_and_harmless() {
    let played = Played::new(&[]);
    let mut peer = played.load();
    let version = played.server.version();
    let url = format!(
        "{}#{version}",
        played.server.url(&format!("/@{version}~My.App/main.qml"))
    );
    let text = format!("{url}:1:3: ReferenceError: Item is not defined");
    peer.say("DebugMessages", &message(&text, &url, 1));
    peer.say("DebugMessages", &message("a\nERROR b\u{1b}[2J", "", 0));
    played
        .server
        .logged("main.qml:1:3: ReferenceError: Item is not defined\n    1 | Item {}\n      |   ^");
    played.server.logged("a\n      ERROR b\\u{1b}[2J");
    assert!(!played.server.stderr().contains('\u{1b}'));
    let log = played.server.status()["log"].clone();
    assert_eq!(log[0]["file"], "main.qml");
    assert_eq!(log[0]["text"], "ReferenceError: Item is not defined");
    assert_eq!((&log[0]["line"], &log[0]["column"]), (&1.into(), &3.into()));
    assert_eq!(log[0]["level"], "warning");

    let mut stream = TcpStream::connect(played.server.address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request = format!(
        "GET /@qmlserve/log HTTP/1.1\r\nHost: {}\r\n\r\n",
        played.server.address
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut heard = String::new();
    while !heard.contains("[2J") {
        read_some(&mut stream, &mut heard);
    }
    peer.say("DebugMessages", &message("after that", "", 0));
    while !heard.contains("after that") {
        read_some(&mut stream, &mut heard);
    }
    assert!(heard.contains("text/event-stream"), "{heard}");
    assert_eq!(heard.matches("ReferenceError").count(), 1, "{heard}");
}

fn read_some(stream: &mut TcpStream, heard: &mut String) {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).unwrap();
    assert!(count > 0, "the stream ended: {heard}");
    heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
}

#[test]
fn a_module_that_the_client_has_is_imported_beside_the_trees() {
    let server = TestServer::start(&[
        (
            "main.qml",
            "import QtQuick 2.12\nimport My.App 1.0\nimport Plain 1.0 as P\nimport \".\"\nItem {}\n",
        ),
        ("app/qmldir", "module My.App\nA 1.0 A.qml\n"),
        ("app/A.qml", "import My.App\nItem {}\n"),
        ("app/C.qml", "import QtQuick\nItem {}\n"),
        ("Plain/B.qml", "Item {}\n"),
    ]);
    let version = server.version();
    let get = |token: &str, path: &str| server.get(&format!("/@{token}/{path}")).text().to_owned();
    let stock = get(&version, "main.qml");
    assert_eq!(
        stock,
        "import QtQuick 2.12\nimport \"app\" 1.0\nimport \"Plain\" as P\nimport \"@self\"\nItem {}\n"
    );
    let both = format!("{version}~My.App-1.0,Plain-1.0");
    assert_eq!(
        get(&both, "main.qml"),
        "import QtQuick 2.12\nimport My.App 1.0; import \"app\" 1.0\n\
         import Plain 1.0 as P; import \"Plain\" as P\nimport \"@self\"\nItem {}\n"
    );
    // A document sees its own module, as one does that lies in it (Qt 6.5 and later).
    let own = format!("{version}~My.App");
    assert_eq!(
        get(&own, "app/C.qml"),
        "import My.App; import \".\"; import QtQuick\nItem {}\n"
    );
    assert_eq!(
        get(&own, "app/A.qml"),
        "import My.App; import \"@self\"\nItem {}\n"
    );
    // Another version of the module is another import.
    assert_eq!(
        get(&format!("{version}~My.App-2.0,My.App"), "main.qml"),
        stock
    );
    assert_eq!(get(&both, "app/A.qml"), get(&version, "app/A.qml"));
    assert_eq!(get(&both, "app/qmldir"), get(&version, "app/qmldir"));
    for bad in ["~", "~a/b", "~a%20b", "~a,"] {
        let response = server.get(&format!("/@{version}{bad}/main.qml"));
        assert_eq!(response.status, 404, "{bad}");
    }
    // A generation of another version keeps the profile.
    server.write("main.qml", "import My.App 1.0\nItem { x: 1 }\n");
    server.logged("changed");
    let newest = server.events().change().url.unwrap();
    let token = newest
        .split("/@")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let main = get(&format!("{token}~My.App-1.0"), "main.qml");
    assert!(main.starts_with("import My.App 1.0; import \""), "{main}");
}

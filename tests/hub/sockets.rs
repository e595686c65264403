//! Echo, chat and rooms.

use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::client::{Socket, configured, state};
use crate::support::{TestServer, wait_until};

#[test]
fn echo_returns_text_and_binary() {
    let server = TestServer::start(&[]);
    let mut socket = Socket::open(&server, "/echo");
    for text in ["ping", "", "ü 🎉 \u{0}"] {
        socket.send(text);
        socket.expect(text);
    }
    let megabyte: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    for bytes in [vec![], vec![0, 255], megabyte] {
        socket.send(bytes.clone());
        assert_eq!(socket.read(), Message::binary(bytes));
    }
    let long = "ä".repeat(1 << 19);
    socket.send(long.as_str());
    socket.expect(&long);
}

#[test]
fn fragments_become_one_message_and_pings_pass_between_them() {
    let server = TestServer::start(&[]);
    let mut socket = Socket::open(&server, "/echo");
    let part = |content: &[u8], code, is_last| {
        Message::Frame(Frame::message(
            content.to_vec(),
            OpCode::Data(code),
            is_last,
        ))
    };
    // The character is divided between two frames.
    socket.send(part(b"frag\xc3", Data::Text, false));
    socket.send(Message::Ping(b"between"[..].into()));
    socket.send(part(b"\xbc", Data::Continue, false));
    socket.send(part(b"", Data::Continue, true));
    assert_eq!(socket.read(), Message::Pong(b"between"[..].into()));
    socket.expect("fragü");
}

#[test]
fn chat_greets_and_answers_as_the_books_server_does() {
    let server = TestServer::start(&[]);
    let mut socket = Socket::open(&server, "/chat");
    socket.expect("Welcome to Awesome Chat");
    socket.send("hello");
    socket.expect("hello");
}

#[test]
fn a_room_tells_everybody_else() {
    let server = TestServer::start(&[]);
    let mut a = Socket::open(&server, "/rooms/lobby");
    let mut b = Socket::open(&server, "/rooms/lobby");
    let mut other = Socket::open(&server, "/rooms/attic");
    let mut also_other = Socket::open(&server, "/rooms/attic/");
    a.send("from a");
    b.expect("from a");
    b.send(vec![1_u8, 2, 3]);
    assert_eq!(a.read(), Message::binary(vec![1, 2, 3]));
    other.nothing_before(&mut also_other, "only here");
    let rooms = state(&server)["rooms"].clone();
    assert_eq!(rooms, json!({"/rooms/attic": 2, "/rooms/lobby": 2}));
    drop((a, b, other, also_other));
    wait_until(
        "everybody has left",
        || state(&server).to_string(),
        || state(&server)["rooms"] == json!({}) && state(&server)["open"] == 0,
    );
}

#[test]
fn the_config_adds_notices_and_history() {
    let server = configured(
        "[[sockets]]\npath = \"/games/{name}\"\nkind = \"room\"\nnotices = true\nhistory = 2\n\
         [[sockets]]\npath = \"/chat\"\nkind = \"echo\"\ngreeting = \"hi\"\n",
    );
    let mut a = Socket::open(&server, "/games/1");
    let mut b = Socket::open(&server, "/games/1");
    let notice = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
    let joined = notice(a.text());
    assert_eq!(joined["type"], "join");
    for text in ["1", "2", "3"] {
        b.send(text);
        a.expect(text);
    }
    let mut c = Socket::open(&server, "/games/1");
    c.expect("2");
    c.expect("3");
    assert_eq!(notice(a.text())["type"], "join");
    b.inner.close(None).expect("closed");
    let left = notice(a.text());
    assert_eq!(left["type"], "leave");
    assert_eq!(left["socket"], joined["socket"]);
    // A declared route takes the place of the built-in one.
    Socket::open(&server, "/chat").expect("hi");
    Socket::open(&server, "/echo");
}

#[test]
fn history_never_closes_who_joins() {
    let server = configured(
        "[[sockets]]\npath = \"/games/{name}\"\nkind = \"room\"\nhistory = 50\n\
         [websockets]\nqueue = \"64KiB\"\n",
    );
    let mut a = Socket::open(&server, "/games/1");
    let said = |letter: char| letter.to_string().repeat(10_000);
    for letter in 'a'..='t' {
        a.send(said(letter));
    }
    // What has come back was said.
    a.send(Message::Ping(vec![].into()));
    assert_eq!(a.read(), Message::Pong(vec![].into()));
    let mut b = Socket::open(&server, "/games/1");
    for letter in 'r'..='t' {
        b.expect(&said(letter));
    }
    b.nothing_before(&mut a, "next");
}

#[test]
fn close_codes_go_both_ways() {
    let mut server = TestServer::start(&[]);
    for (sent, expected) in [
        (Some(4321), CloseCode::from(4321)),
        (Some(1000), CloseCode::Normal),
        (None, CloseCode::Status),
    ] {
        let mut socket = Socket::open(&server, "/echo");
        let frame = sent.map(|code: u16| CloseFrame {
            code: code.into(),
            reason: "bye".into(),
        });
        socket.inner.close(frame).expect("closed");
        assert_eq!(socket.closed().0, expected);
    }
    let mut socket = Socket::open(&server, "/echo");
    let stopped = std::thread::spawn(move || socket.closed());
    let (code, _) = server.stop(crate::support::Signal::Terminate);
    assert_eq!(code, Some(0));
    assert_eq!(stopped.join().expect("closed").0, CloseCode::Away);
}

#[test]
fn status_and_metrics_count() {
    let server = TestServer::start(&[]);
    let mut a = Socket::open(&server, "/rooms/x");
    let mut b = Socket::open(&server, "/rooms/x");
    a.send("one");
    b.expect("one");
    let state = state(&server);
    assert_eq!(state["open"], 2);
    assert_eq!(state["totals"]["received"], 1);
    assert_eq!(state["totals"]["sent"], 1);
    assert_eq!(state["bus"], "in-process");
    assert_eq!(server.status()["sockets"]["open"], 2);
    let metrics = server.get("/@qmlserve/metrics");
    assert!(
        metrics.text().contains("\nqmlserve_sockets_open 2\n"),
        "{}",
        metrics.text()
    );
    assert!(metrics.text().contains("\nqmlserve_sockets_sent_total 1\n"));
    for path in ["/@qmlserve/sockets", "/@qmlserve/metrics"] {
        let head = server.request("HEAD", path, &[], b"");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(
            head.header("content-type"),
            server.get(path).header("content-type")
        );
    }
    // What has a socket can still be a folder of the tree.
    server.write("chat/main.qml", "import QtQuick 2.0\nItem {}\n");
    assert_eq!(server.get("/chat/main.qml").status, 200);
}

#[test]
fn a_plain_request_for_a_socket_is_told_so() {
    let server = TestServer::start(&[("rooms/a.txt", "a file")]);
    let refused = |method: &str, path: &str| {
        let answer = server.request(method, path, &[], b"");
        assert_eq!(answer.status, 426, "{method} {path}");
        assert_eq!(answer.header("upgrade"), Some("websocket"));
        answer
    };
    for path in ["/echo", "/chat/", "/rooms/a%20b"] {
        let url = format!("open ws://{}{path}", server.address);
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = refused(method, path);
            assert!(answer.text().contains(&url), "{}", answer.text());
        }
        refused("HEAD", path);
    }
    let page = server.get_with("/echo", &[("Accept", "text/html")]);
    assert!(
        page.text().starts_with("<!doctype html>"),
        "{}",
        page.text()
    );
    // What the tree has is served as it is.
    assert_eq!(server.get("/rooms/a.txt").text(), "a file");
    assert_eq!(server.get("/rooms/qmldir").status, 200);
    assert_eq!(server.request("POST", "/rooms/a.txt", &[], b"").status, 405);
    server.write("echo/b.txt", "in a folder");
    assert_eq!(server.get("/echo").status, 200);
    assert_eq!(server.get("/nothing").status, 404);
    Socket::open(&server, "/rooms/a.txt");
}

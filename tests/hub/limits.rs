//! Bad input and limits: each has the protocol's own answer, and disturbs
//! nobody else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use socket2::{Domain, Type};
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::client::{Socket, configured, state};
use crate::frames::frame;
use crate::support::{DEADLINE, TestServer, connect, wait_until};

const LIMITS: &str = "[websockets]\nmessage = \"1kB\"\nframe = \"600B\"\nqueue = \"64KiB\"\n\
                      sockets = 5\nper_address = 4\nrate = 50\n";

#[test]
fn what_may_not_be_sent_closes_with_the_code_for_it() {
    let server = configured(LIMITS);
    let mut witness = Socket::open(&server, "/echo");
    let part = |content: Vec<u8>, code, is_last| {
        Message::Frame(Frame::message(content, OpCode::Data(code), is_last))
    };
    let cases: [(Vec<Message>, CloseCode); 6] = [
        (
            vec![part(vec![b'a'; 601], Data::Text, true)],
            CloseCode::Size,
        ),
        (
            vec![part(vec![b'a'; 300_000], Data::Binary, true)],
            CloseCode::Size,
        ),
        (
            vec![
                part(vec![b'a'; 600], Data::Text, false),
                part(vec![b'a'; 600], Data::Continue, true),
            ],
            CloseCode::Size,
        ),
        (
            vec![part(vec![0xff, 0xfe], Data::Text, true)],
            CloseCode::Invalid,
        ),
        (
            vec![part(vec![1], Data::Reserved(3), true)],
            CloseCode::Protocol,
        ),
        (
            vec![part(vec![1], Data::Continue, true)],
            CloseCode::Protocol,
        ),
    ];
    for (messages, expected) in cases {
        let mut socket = Socket::open(&server, "/echo");
        for message in messages {
            socket.send(message);
        }
        assert_eq!(socket.closed().0, expected);
        witness.send("still here");
        witness.expect("still here");
    }
    let log = server.stderr();
    assert_eq!(log.matches("closed with 1009").count(), 1, "{log}");
    assert_eq!(state(&server)["totals"]["faulty"], 6);
}

#[test]
fn a_frame_is_refused_by_its_header_alone() {
    let server = TestServer::start(&[]);
    let mut socket = Socket::open(&server, "/echo");
    let stream = socket.inner.get_mut();
    // Eight exbibytes are announced, nothing of them sent.
    let header = [
        0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    ];
    stream.write_all(&header).expect("sent");
    assert_eq!(socket.closed().0, CloseCode::Size);
}

#[test]
fn too_many_messages_and_too_many_sockets() {
    let server = configured(LIMITS);
    let mut fast = Socket::open(&server, "/rooms/x");
    for _ in 0..60 {
        fast.send("x");
    }
    assert_eq!(fast.closed().0, CloseCode::Policy);
    drop(fast);
    wait_until(
        "the place is free",
        || state(&server).to_string(),
        || state(&server)["open"] == 0,
    );
    let mut four: Vec<Socket> = (0..4).map(|_| Socket::open(&server, "/echo")).collect();
    let refused = Socket::try_open(server.address, "/echo", &[])
        .err()
        .expect("no fifth");
    assert_eq!(refused.status(), 429);
    four[0].send("x");
    four[0].expect("x");
    four.pop();
    wait_until(
        "the place is free",
        || state(&server).to_string(),
        || state(&server)["open"] == 3,
    );
    Socket::open(&server, "/echo");
}

#[test]
fn who_closes_without_reading_keeps_its_place() {
    let server = configured("[websockets]\nper_address = 2\nmessage = \"8MiB\"\n");
    let upgrade = format!(
        "GET /echo HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        server.address
    );
    // Far more than the buffers of the system hold.
    let length = 8_u64 << 20;
    let mut sent = upgrade.into_bytes();
    sent.extend([0x82, 0xff]);
    sent.extend(length.to_be_bytes());
    sent.extend(vec![0; 4 + (8 << 20)]);
    sent.extend(frame(0x88, b""));
    let unread: Vec<TcpStream> = (0..2)
        .map(|_| {
            let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            socket.set_recv_buffer_size(4096).expect("a small buffer");
            socket.connect(&server.address.into()).expect("connected");
            let mut stream = TcpStream::from(socket);
            stream.write_all(&sent).expect("sent");
            stream
        })
        .collect();
    wait_until(
        "both were heard",
        || state(&server).to_string(),
        || state(&server)["totals"]["received"] == 2,
    );
    // The closes are right behind; what was said is not taken.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let refused = Socket::try_open(server.address, "/echo", &[]).err();
    assert_eq!(refused.expect("no third").status(), 429);
    assert_eq!(state(&server)["open"], 2);
    drop(unread);
    wait_until(
        "the places are free",
        || state(&server).to_string(),
        || state(&server)["open"] == 0,
    );
}

#[test]
fn more_sockets_than_allowed_in_all() {
    let server = configured("[websockets]\nsockets = 2\n");
    let _two = [
        Socket::open(&server, "/echo"),
        Socket::open(&server, "/echo"),
    ];
    let refused = Socket::try_open(server.address, "/echo", &[])
        .err()
        .expect("no third");
    assert_eq!(refused.status(), 503);
    let body = String::from_utf8(refused.into_body().unwrap_or_default()).expect("text");
    assert!(body.contains("2 sockets already"), "{body}");
}

#[test]
fn a_socket_that_does_not_read_is_closed_and_nobody_waits_for_it() {
    let server = configured("[websockets]\nqueue = \"64KiB\"\nrate = 100000\n");
    let mut stuck = Socket::open(&server, "/rooms/x");
    let mut reader = Socket::open(&server, "/rooms/x");
    let mut writer = Socket::open(&server, "/rooms/x");
    let message = "x".repeat(32 << 10);
    // More than the buffers of the system hold.
    for _ in 0..1000 {
        writer.send(message.as_str());
        reader.expect(&message);
        if state_slow(&server) == 1 {
            break;
        }
    }
    assert_eq!(state_slow(&server), 1, "{}", server.stderr());
    writer.send("after");
    reader.expect("after");
    let (code, why) = stuck.closed();
    assert_eq!(code, CloseCode::Again);
    assert!(why.contains("slowly"), "{why}");
}

#[test]
fn a_burst_closes_nobody_who_reads() {
    // More than fits into a queue, if nothing is written before all is read.
    const MESSAGES: u32 = 30_000;
    let server = configured("[websockets]\nrate = 100000\nqueue = \"1MiB\"\n");
    // Enough for each thread of the server to have some.
    let listeners: Vec<Socket> = (0..8).map(|_| Socket::open(&server, "/rooms/b")).collect();
    let listening: Vec<_> = listeners
        .into_iter()
        .map(|mut socket| {
            std::thread::spawn(move || {
                for number in 0..MESSAGES {
                    socket.expect(&number.to_string());
                }
            })
        })
        .collect();
    let burst: Vec<u8> = (0..MESSAGES)
        .flat_map(|number| frame(0x81, number.to_string().as_bytes()))
        .collect();
    let mut sender = Socket::open(&server, "/rooms/b");
    sender.write(&burst);
    for listener in listening {
        listener.join().expect("everything was heard, in its order");
    }
    assert_eq!(state_slow(&server), 0);
}

fn state_slow(server: &TestServer) -> u64 {
    state(server)["totals"]["slow"].as_u64().unwrap_or_default()
}

#[test]
fn an_echo_that_is_not_read_makes_its_sender_wait() {
    let server = configured("[websockets]\nqueue = \"64KiB\"\nrate = 100000\n");
    let mut socket = Socket::open(&server, "/echo");
    // More than the queue may hold, with nothing read in between.
    for number in 0..500 {
        socket.send(format!("{number:0>1000}"));
    }
    for number in 0..500 {
        socket.expect(&format!("{number:0>1000}"));
    }
}

#[test]
fn a_peer_that_answers_no_ping_is_dropped() {
    let server = configured("[websockets]\nping = \"1s\"\n");
    let mut answering = Socket::open(&server, "/echo");
    let silent = Socket::open(&server, "/echo");
    assert_eq!(answering.read(), Message::Ping(vec![].into()));
    // The client's pong goes out with the next read.
    wait_until(
        "the silent one is dropped",
        || state(&server).to_string(),
        || {
            answering.send(Message::Pong(vec![].into()));
            std::thread::sleep(std::time::Duration::from_millis(20));
            state(&server)["totals"]["silent"] == 1
        },
    );
    wait_until(
        "its place is free",
        || state(&server).to_string(),
        || {
            answering.send(Message::Pong(vec![].into()));
            state(&server)["open"] == 1
        },
    );
    drop(silent);
}

#[test]
fn a_peer_that_sends_one_message_slowly_is_not_silent() {
    let server = configured("[websockets]\nping = \"1s\"\n");
    let mut slow = Socket::open(&server, "/echo");
    let text = "x".repeat(100);
    // No pong among it: nothing is read before all of it is sent.
    for byte in frame(0x81, text.as_bytes()).chunks(4) {
        slow.write(byte);
        std::thread::sleep(std::time::Duration::from_millis(120));
    }
    slow.expect(&text);
    assert_eq!(state(&server)["totals"]["silent"], 0);
}

#[test]
fn upgrades_that_are_none() {
    let server = TestServer::start(&[]);
    let host = server.address;
    let ask = |rest: &str| {
        let request = format!("GET /echo HTTP/1.1\r\nHost: {host}\r\n{rest}\r\n");
        server.raw(request.as_bytes())
    };
    const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const UP: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    let all = format!("{UP}{KEY}Sec-WebSocket-Version: 13\r\n");
    for (rest, status) in [
        (format!("{UP}{KEY}Sec-WebSocket-Version: 8\r\n"), 426),
        (format!("{UP}{KEY}"), 400),
        (format!("{UP}Sec-WebSocket-Version: 13\r\n"), 400),
        (
            format!("{UP}Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"),
            400,
        ),
        (
            format!("Upgrade: websocket\r\n{KEY}Sec-WebSocket-Version: 13\r\n"),
            400,
        ),
        (
            format!("Connection: Upgrade\r\n{KEY}Sec-WebSocket-Version: 13\r\n"),
            426,
        ),
        // What would go on as a socket, and should not.
        (format!("{all}{KEY}"), 400),
        (format!("{all}Content-Length: 2\r\n"), 400),
        (format!("{all}Transfer-Encoding: chunked\r\n"), 400),
        (all.replace("websocket", "websocket, foo"), 400),
        (format!("Upgrade: h2c\r\n{all}"), 400),
    ] {
        let answer = ask(&rest);
        assert_eq!(answer.status, status, "{rest}");
        if status == 400 {
            assert_eq!(answer.header("connection"), Some("close"), "{rest}");
        }
        if status == 426 {
            assert_eq!(answer.header("upgrade"), Some("websocket"));
            assert_eq!(answer.header("sec-websocket-version"), Some("13"));
        }
    }
    let old = format!("GET /echo HTTP/1.0\r\nHost: {host}\r\n{all}\r\n");
    assert_eq!(server.raw(old.as_bytes()).status, 400);
    // No body at all is none.
    let empty = [("Content-Length", "0")];
    assert!(Socket::try_open(host, "/echo", &empty).is_ok());
}

#[test]
fn an_unasked_or_unknown_protocol_is_not_answered_with() {
    let server = TestServer::start(&[]);
    let stream = &mut connect(server.address);
    let request = format!(
        "GET /echo HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: mqtt, chat\r\n\r\n",
        server.address
    );
    stream.write_all(request.as_bytes()).expect("sent");
    stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("read") == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(head.contains("connection: upgrade\r\n"), "{head}");
    assert!(!head.contains("sec-websocket-protocol"), "{head}");
}

#[test]
fn paths_and_names_that_lead_nowhere() {
    let server = TestServer::start(&[]);
    for (path, status) in [
        ("/rooms/..%2f..%2fx", 400),
        ("/rooms/a%00b", 400),
        ("/rooms/a%0d%0ab", 400),
        ("/rooms/%ff", 400),
        ("/rooms/", 404),
        ("/nothing", 404),
        ("/", 404),
        ("/@qmlserve/events", 404),
    ] {
        let refused = Socket::try_open(server.address, path, &[]).err();
        let refused = refused.unwrap_or_else(|| panic!("{path} was opened"));
        assert_eq!(refused.status(), status, "{path}");
    }
    // Strange, and a name all the same.
    Socket::open(&server, "/rooms/%C3%BC%20%3Cb%3E'%22");
    let log = server.stderr();
    assert_eq!(log.matches("was refused").count(), 1, "{log}");
}

#[test]
fn foreign_pages_open_no_sockets() {
    let server = TestServer::start(&[]);
    let own = format!("http://{}", server.address);
    for (origin, expected) in [
        (own.as_str(), 101),
        ("http://localhost:5173", 101),
        ("http://evil.example", 403),
        ("null", 403),
        ("", 403),
    ] {
        for path in ["/echo", "/?token=x"] {
            let outcome = Socket::try_open(server.address, path, &[("Origin", origin)]);
            let status = match outcome {
                Ok((_, response)) => response.status(),
                Err(response) => response.status(),
            };
            assert_eq!(status, expected, "{origin:?} at {path}");
        }
    }
}

#[test]
fn a_reason_is_answered_without_being_trusted() {
    let server = TestServer::start(&[]);
    let mut socket = Socket::open(&server, "/echo");
    let frame = CloseFrame {
        code: CloseCode::Normal,
        reason: "x".repeat(123).into(),
    };
    socket.inner.close(Some(frame)).expect("closed");
    assert_eq!(socket.closed(), (CloseCode::Normal, String::new()));
}

#[test]
fn messages_that_are_not_complete_are_bounded_together() {
    let server = configured("[limits]\nmemory = \"1MB\"\n");
    let begin = |length: usize| {
        let mut socket = Socket::open(&server, "/echo");
        let part = Frame::message(vec![b'a'; length], OpCode::Data(Data::Text), false);
        socket.send(Message::Frame(part));
        socket
    };
    let first = begin(600_000);
    wait_until(
        "the first message is counted",
        || server.status()["limits"].to_string(),
        || server.status()["limits"]["memory"].as_u64().unwrap() >= 600_000,
    );
    assert_eq!(begin(600_000).closed().0, CloseCode::Again);
    let mut small = Socket::open(&server, "/echo");
    small.send("small");
    small.expect("small");
    drop(first);
    wait_until(
        "the memory is given back",
        || server.status()["limits"].to_string(),
        || server.status()["limits"]["memory"] == 0,
    );
    let mut again = begin(600_000);
    let rest = Frame::message(vec![b'b'; 10], OpCode::Data(Data::Continue), true);
    again.send(Message::Frame(rest));
    assert_eq!(again.text().len(), 600_010);
}

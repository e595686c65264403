//! The stream of changes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::place::{Place, on_every_database, send};
use crate::support::{Signal, TestServer, connect, head};

/// Listens at this path, from after the first sign of life.
fn listen(server: &TestServer, path: &str) -> BufReader<TcpStream> {
    let mut stream = connect(server.address);
    let host = server.address;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    let (status, headers) = head(&mut reader);
    assert_eq!(status, 200);
    let media = headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .unwrap();
    assert_eq!(media.1, "text/event-stream; charset=utf-8");
    let mut line = String::new();
    while !line.starts_with("retry:") {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0);
    }
    reader
}

/// The next change.
#[track_caller]
fn next(reader: &mut BufReader<TcpStream>) -> Value {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(
            reader.read_line(&mut line).unwrap() > 0,
            "the stream has ended"
        );
        if let Some(data) = line.strip_prefix("data: ") {
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[test]
fn each_write_is_told_once_and_in_order() {
    on_every_database(|place| {
        let server = place.beside("data/other.json", "[]").start();
        let mut events = listen(&server, "/colors/events");
        send(&server, "POST", "/other", r#"{"id":1}"#);
        send(&server, "POST", "/colors", r#"{"name":"a","t":"1\n2"}"#);
        send(&server, "POST", "/colors", r#"{"name":"a"}"#);
        send(&server, "PUT", "/colors/a", r#"{"n":1.10}"#);
        send(&server, "PATCH", "/colors/a", r#"{"t":null}"#);
        send(&server, "DELETE", "/colors/a", "");
        send(&server, "DELETE", "/colors/a", "");
        send(&server, "DELETE", "/colors/red", "");
        for (event, key, object) in [
            ("create", "a", json!({"name": "a", "t": "1\n2"})),
            ("update", "a", json!({"name": "a", "t": "1\n2", "n": 1.1})),
            ("update", "a", json!({"name": "a", "n": 1.1})),
            ("delete", "a", json!({"name": "a", "n": 1.1})),
        ] {
            let expected =
                json!({"collection": "colors", "event": event, "key": key, "object": object});
            assert_eq!(next(&mut events), expected);
        }
        assert_eq!(next(&mut events)["key"], "red");
    });
}

#[test]
fn a_stream_does_not_keep_the_server_from_stopping() {
    let mut server = Place::colors().start();
    let mut events = listen(&server, "/colors/events/");
    let (code, _) = server.stop(Signal::Terminate);
    assert_eq!(code, Some(0));
    let mut rest = String::new();
    // Ended or cut off: not open any more.
    let _ = std::io::Read::read_to_string(&mut events, &mut rest);
}

#[test]
fn many_changes_end_in_a_renewal_and_none_is_lost_before_it() {
    let server = Place::colors().start();
    let mut events = listen(&server, "/colors/events");
    let large = "x".repeat(100_000);
    for n in 0..3 {
        let body = format!(r#"{{"name":"n{n}","v":"{large}"}}"#);
        assert_eq!(send(&server, "POST", "/colors", &body).0, 201);
    }
    for n in 0..3 {
        assert_eq!(next(&mut events)["key"], format!("n{n}"));
    }
    assert_eq!(next(&mut events), json!({}), "the event renew");
}

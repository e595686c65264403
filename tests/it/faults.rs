//! A fault of the server itself: it ends what it happened in, is counted, and floods nothing.

use std::io::{Read as _, Write as _};

use crate::support::{TestServer, connect, wait_until};

const ITEM: &str = "Item {}\n";

#[test]
fn a_fault_is_one_line_and_counted() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let events = server.events();
    events.change();
    let health = server.get("/@qmlserve/health").json();
    assert_eq!(
        (&health["status"], &health["faults"]),
        (&"ok".into(), &0.into())
    );
    let head = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\n{}: b\r\n\r\n",
        "a".repeat(65_536)
    );
    for _ in 0..20 {
        let mut stream = connect(server.address);
        stream.write_all(head.as_bytes()).unwrap();
        // It ends without an answer, by a reset maybe.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    wait_until(
        "all faults are counted",
        || server.stderr(),
        || server.get("/@qmlserve/health").json()["faults"] == 20,
    );
    let log = server.stderr();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("a fault of"))
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains("number 1 since it was started"), "{log}");
    assert!(!log.contains("panicked"), "{log}");

    // Nobody else noticed.
    server.write("main.qml", "Item { width: 1 }\n");
    events.until_changed("main.qml");
}

#[cfg(unix)]
#[test]
fn a_name_cannot_turn_a_line_of_the_log_around() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let path = server.folder.on_disk("a\u{202e}lmq.b\u{2066}");
    let status = std::process::Command::new("mkfifo").arg(path).status();
    assert!(status.unwrap().success());
    server.logged("a\\u202elmq.b\\u2066: it is neither a file nor a folder");
    server.report(&serde_json::json!({
        "client": "\u{202e}c", "kind": "error", "message": "no\u{202d}thing \u{200f}works",
    }));
    server.logged("no\\u202dthing \\u200fworks");
    let log = server.stderr();
    let turning = ['\u{202e}', '\u{2066}', '\u{202d}', '\u{200f}'];
    assert!(!log.contains(turning), "{log}");
}

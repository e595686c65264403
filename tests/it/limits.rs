//! What strangers can take of what is scarce, and that it comes back.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::support::{DEADLINE, Setup, TestServer, connect, head, own_address, wait_until};

const ITEM: &str = "Item {}\n";

/// A server with a collection, and these settings.
fn server(settings: &str, args: &[&str]) -> TestServer {
    let setup = Setup::new().file("main.qml", ITEM).args(args);
    let around = setup.folder().around();
    std::fs::create_dir(around.join("data")).unwrap();
    let large = format!(r#"[{{"id": 1, "text": "{}"}}]"#, "x".repeat(8 << 20));
    std::fs::write(around.join("data/large.json"), large).unwrap();
    std::fs::write(around.join("qmlserve.toml"), settings).unwrap();
    setup.start()
}

fn held(server: &TestServer) -> u64 {
    server.status()["limits"]["memory"].as_u64().unwrap()
}

#[track_caller]
fn waits_until_all_is_back(server: &TestServer) {
    wait_until(
        "the memory is given back",
        || server.status()["limits"].to_string(),
        || held(server) == 0,
    );
}

/// Begins a body that it does not end.
fn unfinished(address: SocketAddr, bytes: usize) -> TcpStream {
    let mut stream = connect(address);
    let begin = format!(
        "POST /large HTTP/1.1\r\nHost: {address}\r\nContent-Length: 900000\r\n\r\n{{{}",
        " ".repeat(bytes)
    );
    stream.write_all(begin.as_bytes()).unwrap();
    stream
}

fn status_of(stream: TcpStream) -> u16 {
    head(&mut std::io::BufReader::new(stream)).0
}

#[test]
fn bodies_that_are_not_complete_are_bounded_together() {
    let server = server("[limits]\nmemory = \"1MiB\"\n", &[]);
    let first = unfinished(server.address, 600_000);
    wait_until(
        "the first body is counted",
        || server.status()["limits"].to_string(),
        || held(&server) >= 600_000,
    );
    let refused = unfinished(server.address, 600_000);
    assert_eq!(status_of(refused), 503);
    assert!(held(&server) >= 600_000, "the first goes on");
    // What is small finds room.
    assert_eq!(server.request("POST", "/large", &[], b"{}").status, 201);
    drop(first);
    waits_until_all_is_back(&server);
    let status = server.status();
    assert_eq!(status["limits"]["memory_refused"], 1, "{status}");
}

#[test]
fn a_body_has_a_deadline() {
    let server = server("[limits]\nbody = \"1s\"\n", &[]);
    let slow = unfinished(server.address, 10);
    let mut reader = std::io::BufReader::new(slow);
    assert_eq!(head(&mut reader).0, 408);
    waits_until_all_is_back(&server);
    // A connection that asks nothing is none of that: Qt opens some ahead.
    let mut idle = connect(server.address);
    std::thread::sleep(std::time::Duration::from_millis(2500));
    idle.write_all(b"GET /main.qml HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    assert_eq!(status_of(idle), 200);
}

#[test]
fn answers_that_nobody_reads_are_bounded_together() {
    let server = server("[limits]\nmemory = \"20MiB\"\n", &[]);
    let ask = || {
        let mut stream = connect(server.address);
        let request = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = std::io::BufReader::new(stream);
        (head(&mut reader).0, reader)
    };
    // The list is 16 MiB: the book's envelope has it twice.
    let (status, mut unread) = ask();
    assert_eq!(status, 200);
    assert_eq!(ask().0, 503);
    assert_eq!(server.get("/main.qml").status, 200);
    let mut body = vec![0; 16 << 20];
    unread.read_exact(&mut body).unwrap();
    waits_until_all_is_back(&server);
    assert_eq!(ask().0, 200);
}

#[cfg(target_os = "linux")]
#[test]
fn files_are_kept_for_the_tree_however_many_connect() {
    let server = server("", &[]);
    let events = server.events();
    events.change();
    let before = server.limit_files(256);
    let mut open: Vec<TcpStream> = (0..300).map(|_| connect(server.address)).collect();
    let mut ended = 0;
    open.retain_mut(|stream| {
        stream.set_read_timeout(Some(DEADLINE / 100)).unwrap();
        // Ended, and not just silent.
        let is_open = match stream.read(&mut [0]) {
            Ok(_) => false,
            Err(error) => matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ),
        };
        ended += usize::from(!is_open);
        is_open
    });
    assert!(ended >= 300 - 128, "{ended} of 300 were refused");
    server.logged("connections are refused");
    // The tree is watched, also a folder that is new.
    server.write("sub/New.qml", ITEM);
    events.until_changed("sub/New.qml");
    // Who is in is served, from a file as well.
    server.write("a.png", "png");
    events.until_changed("a.png");
    let mut stream = open.pop().expect("some are in");
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
        .write_all(b"GET /a.png HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    assert_eq!(status_of(stream), 200);
    drop(open);
    wait_until(
        "there is room again",
        || server.stderr(),
        || {
            let mut stream = connect(server.address);
            let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            asked.is_ok() && stream.read(&mut [0; 1]).is_ok_and(|read| read == 1)
        },
    );
    server.restore_files(before);
}

#[test]
fn an_address_of_another_machine_has_a_share() {
    let Some(ip) = own_address() else {
        println!("SKIPPED: this machine has no address but loopback");
        return;
    };
    let settings = "[limits]\nmemory_per_address = \"1MiB\"\nconnections_per_address = 20\n\
                    streams_per_address = 2\n";
    let server = server(settings, &["--host", "0.0.0.0", "--no-token"]);
    let far = SocketAddr::new(ip, server.port());
    let first = unfinished(far, 600_000);
    wait_until(
        "the first body is counted",
        || server.status()["limits"].to_string(),
        || held(&server) >= 600_000,
    );
    assert_eq!(status_of(unfinished(far, 600_000)), 503);
    let near: Vec<TcpStream> = (0..3)
        .map(|_| unfinished(server.address, 600_000))
        .collect();
    wait_until(
        "this machine itself is bounded by the budget alone",
        || server.status()["limits"].to_string(),
        || held(&server) >= 2_400_000,
    );
    drop((first, near));
    waits_until_all_is_back(&server);

    for path in ["/large/events", "/@qmlserve/log", "/@qmlserve/events"] {
        let open = |address: SocketAddr| {
            let mut stream = connect(address);
            let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut reader = std::io::BufReader::new(stream);
            (head(&mut reader).0, reader)
        };
        let streams = [open(far), open(far), open(far), open(server.address)];
        let statuses = streams.each_ref().map(|(status, _)| *status);
        assert_eq!(statuses, [200, 200, 503, 200], "{path}");
        drop(streams);
        if path == "/@qmlserve/events" {
            // The server notices an end when it has something to say.
            wait_until(
                "the places are free again",
                || server.stderr(),
                || open(far).0 == 200,
            );
        }
    }

    wait_until(
        "all connections of that address have ended",
        || server.status()["limits"].to_string(),
        || server.status()["limits"]["connections"].as_u64().unwrap() <= 3,
    );
    let many: Vec<TcpStream> = (0..30).map(|_| connect(far)).collect();
    let ended = |mut stream: &TcpStream| {
        stream.set_read_timeout(Some(DEADLINE / 40)).unwrap();
        stream.read(&mut [0]).is_ok_and(|read| read == 0)
    };
    let ended = many.iter().filter(|stream| ended(stream)).count();
    assert!((10..=13).contains(&ended), "{ended} of 30 were refused");
    assert_eq!(server.get("/main.qml").status, 200);
}

//! A Unix socket in place of a port, and sockets that somebody else has bound.

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{
    DEADLINE, Finished, Folder, Response, Running, Signal, command, exchange, raw, run,
};

const ITEM: &str = "Item {}\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("main.qml", ITEM);
    folder
}

fn get(socket: &Path, path: &str, headers: &str) -> Response {
    let stream = UnixStream::connect(socket).expect("a connection");
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
    exchange(stream, request.as_bytes())
}

fn start(folder: &Folder, args: &[&str]) -> Running {
    let all: Vec<&str> = ["tree"].iter().chain(args).copied().collect();
    Running::spawn(&mut command(&all, folder.around()))
}

#[test]
fn a_unix_socket_is_served_and_gone_afterwards() {
    let folder = folder();
    let mut server = start(&folder, &["--host", "unix:qml.sock"]);
    let socket = folder.around().join("qml.sock");
    let line = server.line();
    assert_eq!(
        line,
        format!("qmlserve listening on unix:{}", socket.display())
    );
    assert_eq!(get(&socket, "/main.qml", "").text(), ITEM);
    // The rules are the same.
    let foreign = get(&socket, "/main.qml", "Host: evil.example\r\n");
    assert_eq!(foreign.status, 400, "there are two");
    let page = get(
        &socket,
        "/@qmlserve/status",
        "Origin: http://evil.example\r\n",
    );
    assert_eq!(page.status, 403);
    let proxied = get(&socket, "/remote.qml", "X-Forwarded-Proto: https\r\n");
    assert!(
        proxied.text().contains("\"https://localhost\""),
        "{}",
        proxied.text()
    );
    server.signal(Signal::Terminate);
    assert_eq!(server.wait().0.code(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn a_unix_socket_beside_a_port() {
    let folder = folder();
    let args = [
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--host",
        "unix:qml.sock",
        "--tls=false",
    ];
    let server = start(&folder, &args);
    let line = server.line();
    assert!(line.contains("http://localhost:"), "{line}");
    let socket = folder.around().join("qml.sock");
    assert_eq!(get(&socket, "/main.qml", "").text(), ITEM);
}

#[test]
fn everybody_is_asked_for_a_token_there_as_well() {
    let folder = folder();
    let mut command = command(&["tree", "--host", "unix:qml.sock"], folder.around());
    command.env("QMLSERVE_TOKEN", "correct-horse-battery");
    let server = Running::spawn(&mut command);
    server.line();
    let socket = folder.around().join("qml.sock");
    assert_eq!(get(&socket, "/main.qml", "").status, 401);
    let below = get(&socket, "/~correct-horse-battery/main.qml", "");
    assert_eq!(below.text(), ITEM);
}

#[test]
fn a_socket_that_a_crash_left_is_taken_over_and_nothing_else() {
    let folder = folder();
    let socket = folder.around().join("qml.sock");
    let args = ["--host", "unix:qml.sock"];
    let mut server = start(&folder, &args);
    server.line();
    let refused = |expected: &str| {
        let Finished { code, stderr, .. } = run(&mut command(
            &["tree", "--host", "unix:qml.sock"],
            folder.around(),
        ));
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    };
    refused("a server listens on");
    assert_eq!(get(&socket, "/main.qml", "").text(), ITEM, "it goes on");
    server.kill();
    assert!(
        fs::symlink_metadata(&socket)
            .unwrap()
            .file_type()
            .is_socket()
    );
    let server = start(&folder, &args);
    server.line();
    assert_eq!(get(&socket, "/main.qml", "").text(), ITEM);
    drop(server);
    fs::remove_file(&socket).unwrap();
    fs::write(&socket, "dear").unwrap();
    refused("is there and is no socket");
    assert_eq!(fs::read_to_string(&socket).unwrap(), "dear");
    fs::remove_file(&socket).unwrap();
    let Finished { code, stderr, .. } = run(&mut command(
        &["tree", "--host", "unix:nowhere/qml.sock"],
        folder.around(),
    ));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("--host unix:PATH"), "{stderr}");
}

/// A server that is handed this socket as systemd would.
fn activated(folder: &Folder, socket: OwnedFd) -> Running {
    // Descriptor 3, and the process id of what the shell becomes.
    let script = r#"LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 </dev/null"#;
    let server = command(&["tree"], folder.around());
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(server.get_program());
    shell.args(server.get_args()).current_dir(folder.around());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    Running::spawn_reading(shell.stdin(Stdio::from(socket))).0
}

#[test]
fn a_port_that_was_handed_over_is_served() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let request = format!("GET /main.qml HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut server = activated(&folder, listener.try_clone().unwrap().into());
    let line = server.line();
    let expected = format!("qmlserve listening on http://localhost:{}/", address.port());
    assert_eq!(line, expected);
    assert_eq!(raw(address, request.as_bytes()).text(), ITEM);
    // Whoever comes while it is started anew waits, and is not refused.
    server.signal(Signal::Terminate);
    assert_eq!(server.wait().0.code(), Some(0));
    let early = std::thread::spawn(move || raw(address, request.as_bytes()));
    let _again = activated(&folder, listener.into());
    assert_eq!(early.join().unwrap().text(), ITEM);
}

#[test]
fn a_unix_socket_that_was_handed_over_stays() {
    let folder = folder();
    let socket: PathBuf = folder.around().join("handed.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let mut server = activated(&folder, listener.into());
    assert_eq!(
        server.line(),
        format!("qmlserve listening on unix:{}", socket.display())
    );
    assert_eq!(get(&socket, "/main.qml", "").text(), ITEM);
    server.signal(Signal::Terminate);
    assert_eq!(server.wait().0.code(), Some(0));
    assert!(socket.exists(), "it is not ours");
}

//! Several processes on one NATS.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::client::{Socket, state};
use crate::support::{Setup, TestServer, wait_until};

/// A NATS server on a port of its own; killed on drop.
struct Nats {
    port: u16,
    child: Child,
}

impl Nats {
    /// None where there is no `nats-server`; a failure where CI promises one.
    fn start() -> Option<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("a port").port();
        drop(listener);
        Self::start_at(port)
    }

    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn start_at(port: u16) -> Option<Self> {
        let spawned = Command::new("nats-server")
            .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match spawned {
            Ok(child) => Some(Self { port, child }),
            Err(error) => {
                assert!(
                    std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                    "nats-server: {error}"
                );
                eprintln!("SKIPPED: no nats-server here: {error}");
                None
            }
        }
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it; the port that it had.
    fn stop(mut self) -> u16 {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
        self.port
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn process(url: &str) -> TestServer {
    Setup::new().args(&["--hub", url]).start()
}

fn has_bus(server: &TestServer, wanted: &str) {
    wait_until(
        &format!("the bus is {wanted}"),
        || format!("{}\n{}", state(server), server.stderr()),
        || state(server)["bus"] == wanted,
    );
}

/// Sends until it arrives: a subscription takes a moment after a connection.
fn say_until_heard(from: &mut Socket, to: &mut Socket, text: &str) {
    let stream = to.inner.get_ref();
    let soon = std::time::Duration::from_millis(50);
    stream.set_read_timeout(Some(soon)).expect("a deadline");
    wait_until(
        "a message arrives",
        || "nothing came".to_owned(),
        || {
            from.send(text);
            match to.inner.read() {
                Ok(message) => message.to_text().is_ok_and(|heard| heard == text),
                Err(_) => false,
            }
        },
    );
    let stream = to.inner.get_ref();
    stream
        .set_read_timeout(Some(crate::support::DEADLINE))
        .expect("a deadline");
}

/// The next text that is not one of those said too often.
fn skip(socket: &mut Socket, said: &str) -> String {
    loop {
        let text = socket.text();
        if text != said {
            return text;
        }
    }
}

#[test]
fn two_processes_share_rooms_and_gateways_over_a_nats_that_comes_and_goes() {
    let Some(nats) = Nats::start() else { return };
    let (one, two) = (process(&nats.url()), process(&nats.url()));
    has_bus(&one, "connected");
    has_bus(&two, "connected");

    let mut here = Socket::open(&one, "/rooms/x");
    let mut there = Socket::open(&two, "/rooms/x");
    let mut neighbour = Socket::open(&one, "/rooms/x");
    say_until_heard(&mut here, &mut there, "first");

    // A tagged socket at the other process.
    let created = two.request("POST", "/v1/sockets", &[], br#"{"tags": ["players"]}"#);
    let created = created.json();
    let mut player = Socket::open_uri(&two, created["uri"].as_str().expect("a URI"));
    let message = |data: &str| {
        let body = json!({"data": data, "receivers": {"sockets": null, "tags": ["players"]}});
        let sent = one.request("POST", "/v1/messages", &[], body.to_string().as_bytes());
        assert_eq!(sent.status, 201, "{}", sent.text());
    };
    message("before");
    player.expect("before");

    let port = nats.stop();
    has_bus(&one, "disconnected");
    has_bus(&two, "disconnected");
    one.logged("is lost; sockets of this process go on");
    // Those here still hear each other.
    here.send("alone");
    assert_eq!(skip(&mut neighbour, "first"), "alone");
    assert!(state(&one)["totals"]["lost"].as_u64() >= Some(1));

    let _nats = Nats::start_at(port).expect("it was there before");
    has_bus(&one, "connected");
    has_bus(&two, "connected");
    say_until_heard(&mut here, &mut there, "again");
    message("after");
    player.expect("after");
    // Nobody hears anything of their own back.
    there.send("the end");
    assert_eq!(here.text(), "the end");
}

#[test]
fn a_write_at_one_process_reaches_the_sockets_of_the_other() {
    let Some(nats) = Nats::start() else { return };
    let setup = Setup::new().args(&["--hub", &nats.url()]);
    let settings = "[collections.todos]\npush = \"gateway:main:team\"\n";
    std::fs::write(setup.folder().around().join("qmlserve.toml"), settings).expect("settings");
    let (one, two) = (setup.start(), process(&nats.url()));
    has_bus(&one, "connected");
    has_bus(&two, "connected");
    let (mut here, mut there) = (
        Socket::open(&one, "/rooms/x"),
        Socket::open(&two, "/rooms/x"),
    );
    say_until_heard(&mut here, &mut there, "first");

    let created = two.request("POST", "/v1/sockets", &[], br#"{"tags": ["team"]}"#);
    let created = created.json();
    let mut member = Socket::open_uri(&two, created["uri"].as_str().expect("a URI"));
    let written = one.request("POST", "/todos", &[], br#"{"id": "1", "text": "milk"}"#);
    assert_eq!(written.status, 201);
    let told: serde_json::Value = serde_json::from_str(&member.text()).expect("JSON");
    assert_eq!(told["object"]["text"], "milk");
    assert_eq!(told["meta"]["eventName"], "create");
}

#[test]
fn without_a_nats_the_server_starts_and_goes_on() {
    let server = process("nats://127.0.0.1:1");
    let mut a = Socket::open(&server, "/rooms/x");
    let mut b = Socket::open(&server, "/rooms/x");
    a.send("here");
    b.expect("here");
    assert_eq!(state(&server)["bus"], "disconnected");
    let mut server = server;
    let (code, _) = server.stop(crate::support::Signal::Terminate);
    assert_eq!(code, Some(0));
}

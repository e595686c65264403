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
        Self::start_at(port, &[])
    }

    /// One that asks for credentials, on the port of another one.
    fn restart_with(self, args: &[&str]) -> Option<Self> {
        Self::start_at(self.stop(), args)
    }

    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn start_at(port: u16, args: &[&str]) -> Option<Self> {
        let spawned = Command::new("nats-server")
            .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
            .args(args)
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

    /// A URL with what stands before the host.
    fn url_of(&self, who: &str) -> String {
        format!("nats://{who}@127.0.0.1:{}", self.port)
    }

    /// Makes it take and give nothing, or go on.
    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("a signal");
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
    let setup = Setup::new().args(&["--hub", url]);
    // What comes at once after a pause is not to close a test that reads slowly.
    let settings = "[websockets]\nqueue = \"64MiB\"\n";
    std::fs::write(setup.folder().around().join("qmlserve.toml"), settings).expect("settings");
    setup.start()
}

/// Two processes that hear each other.
fn joined(nats: &Nats) -> (TestServer, TestServer) {
    let (one, two) = (process(&nats.url()), process(&nats.url()));
    has_bus(&one, "connected");
    has_bus(&two, "connected");
    (one, two)
}

fn has_bus(server: &TestServer, wanted: &str) {
    wait_until(
        &format!("the bus is {wanted}"),
        || format!("{}\n{}", state(server), server.stderr()),
        || state(server)["bus"] == wanted,
    );
}

/// Sends until it arrives: a subscription takes a moment after a connection.
/// Tells how many others came before it.
fn say_until_heard(from: &mut Socket, to: &mut Socket, text: &str) -> usize {
    let mut others = 0;
    let stream = to.inner.get_ref();
    let soon = std::time::Duration::from_millis(50);
    stream.set_read_timeout(Some(soon)).expect("a deadline");
    wait_until(
        "a message arrives",
        || "nothing came".to_owned(),
        || {
            from.send(text);
            match to.inner.read() {
                Ok(message) if message.to_text().is_ok_and(|heard| heard == text) => true,
                Ok(_) => {
                    others += 1;
                    false
                }
                Err(_) => false,
            }
        },
    );
    let stream = to.inner.get_ref();
    stream
        .set_read_timeout(Some(crate::support::DEADLINE))
        .expect("a deadline");
    others
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
    let (one, two) = joined(&nats);

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
    // Counted after the delivery to those who are here.
    wait_until(
        "what is lost is counted",
        || state(&one).to_string(),
        || state(&one)["totals"]["lost"].as_u64() >= Some(1),
    );

    let _nats = Nats::start_at(port, &[]).expect("it was there before");
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
fn a_nats_that_asks_for_credentials() {
    let Some(nats) = Nats::start() else { return };
    let args = ["--user", "ann", "--pass", "p@:/w s3cret"];
    let nats = nats.restart_with(&args).expect("it was there before");
    let server = process(&nats.url_of("ann:p%40%3A%2Fw%20s3cret"));
    has_bus(&server, "connected");
    server.logged(&format!(
        "the hub at nats://127.0.0.1:{} is connected",
        nats.port
    ));

    let stranger = process(&nats.url_of("ann:wrong-s3cret"));
    stranger.logged("does not let this process in");
    stranger.logged("nats://USER:PASSWORD@HOST");
    // Tried a few times more, and said no more.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let log = stranger.stderr();
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    assert_eq!(state(&stranger)["bus"], "disconnected");

    let nats = nats
        .restart_with(&["--auth", "t/k s3cret"])
        .expect("it was there before");
    // Who was in is out now, and told so once, too.
    server.logged("does not let this process in");
    let third = process(&nats.url_of("t%2Fk%20s3cret"));
    has_bus(&third, "connected");
    for server in [&server, &stranger, &third] {
        let said = format!("{}{}{}", server.stderr(), server.stdout(), server.status());
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn what_is_too_large_for_nats_is_counted_and_said_once() {
    let Some(nats) = Nats::start() else { return };
    let one = process(&nats.url());
    has_bus(&one, "connected");
    let body = json!({"data": "x".repeat(2 << 20), "receivers": {"sockets": ["*"]}}).to_string();
    for _ in 0..3 {
        assert_eq!(
            one.request("POST", "/v1/messages", &[], body.as_bytes())
                .status,
            201
        );
    }
    wait_until(
        "they are counted",
        || state(&one).to_string(),
        || state(&one)["totals"]["lost"] == 3,
    );
    one.logged("max_payload");
    let log = one.stderr();
    assert_eq!(log.matches("max_payload").count(), 1, "{log}");
}

#[cfg(unix)]
#[test]
fn a_nats_that_stands_still_fills_no_memory_and_is_told_nothing_old() {
    use rustix::process::Signal;
    let Some(nats) = Nats::start() else { return };
    let (one, two) = joined(&nats);
    let mut here = Socket::open(&one, "/rooms/x");
    let mut there = Socket::open(&two, "/rooms/x");
    say_until_heard(&mut here, &mut there, "first");

    nats.signal(Signal::STOP);
    let large = vec![b'x'; 900_000];
    for _ in 0..100 {
        here.send(large.clone());
    }
    // More than what may wait at once, and then what is too old.
    let lost = || state(&one)["totals"]["lost"].as_u64().unwrap_or_default();
    wait_until("most is lost", || state(&one).to_string(), || lost() > 70);
    nats.signal(Signal::CONT);
    let late = say_until_heard(&mut here, &mut there, "again");
    assert!(late < 30, "{late} came late");
}

#[test]
fn a_nats_that_is_not_there_is_said_once() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    drop(listener);
    let server = process(&format!("nats://u:s3cret@127.0.0.1:{port}"));
    server.logged(&format!(
        "the hub at nats://127.0.0.1:{port} cannot be reached: "
    ));
    let Some(_nats) = Nats::start_at(port, &[]) else {
        return;
    };
    server.logged(&format!("the hub at nats://127.0.0.1:{port} is connected"));
    let log = server.stderr();
    assert_eq!(log.matches("cannot be reached").count(), 1, "{log}");
    assert!(log.contains("refused"), "{log}");
    assert!(!log.contains("s3cret"), "{log}");
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

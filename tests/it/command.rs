//! The contract of the command: what it prints where, how it starts, how it
//! stops, and with which code.

use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Folder, Running, Setup, Signal, TestServer, command, connect, head, run};

const ITEM: &[(&str, &str)] = &[("main.qml", "Item {}\n")];

#[test]
fn the_first_line_is_the_address_and_what_to_type_follows() {
    // Arrange, act
    let server = TestServer::start(ITEM);

    // Assert: `start` has read the first line while the server runs on, so it
    // was flushed.
    let base = &server.announced;
    assert_eq!(*base, format!("http://localhost:{}", server.port()));
    assert_eq!(server.get("/main.qml").text(), "Item {}\n");
    crate::support::wait_until(
        "the banner is complete",
        || server.stdout(),
        || server.stdout().contains("curl"),
    );
    let stdout = server.stdout();
    for line in [
        format!("qmlscene --resize-to-root {base}/remote.qml"),
        format!("qml {base}/remote.qml"),
        format!("curl {base}/main.qml"),
    ] {
        assert!(stdout.contains(&line), "{line} is not in\n{stdout}");
    }
    assert!(!stdout.contains("LAN"), "loopback only:\n{stdout}");
}

#[test]
fn both_loopbacks_are_listened_on_and_nothing_else() {
    let server = TestServer::start(ITEM);

    let port = server.port();
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let ipv6 = server.get(&format!("http://[::1]:{port}/main.qml"));
        assert_eq!(ipv6.status, 200);
    } else {
        println!("SKIPPED: this machine has no IPv6 loopback");
    }
    // All of 127.0.0.0/8 is this machine; only 127.0.0.1 was asked for.
    assert!(std::net::TcpStream::connect(("127.0.0.2", port)).is_err());
}

#[test]
fn without_a_port_the_first_free_one_is_taken() {
    // Other programs may have 8080, and other tests too.
    let first = Setup::new().files(ITEM).own_port().start();
    let second = Setup::new().files(ITEM).own_port().start();

    assert_ne!(first.port(), second.port());
    for server in [&first, &second] {
        let port = server.port();
        assert!((8080..8180).contains(&port), "{port}");
        assert_eq!(server.get("/main.qml").status, 200);
    }
}

#[test]
fn a_taken_port_that_was_asked_for_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = Folder::new();

    let ended = run(&mut command(&["tree", "--port", &port], folder.around()));

    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.stdout, "");
    let expected = format!("port {port} is taken");
    assert!(ended.stderr.contains(&expected), "{ended:?}");
    assert!(ended.stderr.contains("--port"), "{ended:?}");
}

#[test]
fn start_errors_are_1_and_usage_is_2_each_with_what_to_do() {
    let folder = Folder::new();
    folder.write("main.qml", "Item {}");
    folder.write("notes.txt", "");
    fs::write(folder.around().join("bad.toml"), "prot = 8081\n").unwrap();
    fs::write(folder.around().join("worse.toml"), "port = \n").unwrap();
    let file = "tree/notes.txt";
    for (args, code, expected) in [
        (vec!["nowhere"], 1, "does not exist; create it"),
        (vec![file], 1, "is a file, not a folder"),
        (vec![file], 1, "--document"),
        (
            vec!["--config", "bad.toml"],
            1,
            "bad.toml:1: unknown key \"prot\"; did you mean \"port\"?",
        ),
        (vec!["--config", "worse.toml"], 1, "worse.toml:1"),
        (vec!["--config", "no.toml"], 1, "no.toml"),
        (vec!["tree", "--host", "203.0.113.77"], 1, "203.0.113.77"),
        (vec!["tree", "--host", "no such host"], 2, "--host"),
        (vec!["--prot", "1"], 2, "--prot"),
        (vec!["--port", "70000"], 2, "0 to 65535"),
        (vec!["--document", "../x.qml"], 2, "below the tree"),
        (vec!["--document", "/etc/passwd"], 2, "below the tree"),
        (vec!["--log-format", "xml"], 2, "json"),
        (vec!["a", "b"], 2, "unexpected"),
    ] {
        let ended = run(&mut command(&args, folder.around()));

        assert_eq!(ended.code, Some(code), "{args:?}: {ended:?}");
        assert_eq!(ended.stdout, "", "{args:?}");
        assert!(ended.stderr.contains(expected), "{args:?}: {ended:?}");
    }
}

#[test]
fn help_and_version_are_answers_not_errors() {
    let folder = Folder::new();
    for (flag, expected) in [
        ("--help", "--document"),
        ("-h", "--port"),
        ("--version", env!("CARGO_PKG_VERSION")),
    ] {
        let ended = run(&mut command(&[flag], folder.around()));

        assert_eq!(ended.code, Some(0), "{flag}: {ended:?}");
        assert!(ended.stdout.contains(expected), "{flag}: {ended:?}");
        assert_eq!(ended.stderr, "", "{flag}");
    }
}

#[test]
fn print_config_tells_every_value_and_its_source() {
    let folder = Folder::new();
    let text = "document = \"app.qml\"\nport = 9000\nignore = [\"*.log\"]\n";
    fs::write(folder.around().join("qmlserve.toml"), text).unwrap();
    let mut command = command(&["tree", "--poll", "--print-config"], folder.around());
    command
        .env("PORT", "7000")
        .env("QMLSERVE_LOG_FORMAT", "json");

    let ended = run(&mut command);

    assert_eq!(ended.code, Some(0), "{ended:?}");
    for line in [
        "dir = \"tree\"  # from DIR",
        "port = 7000  # from PORT",
        "document = \"app.qml\"  # from qmlserve.toml:1",
        "ignore = [\"*.log\"]  # from qmlserve.toml:3",
        "poll = true  # from --poll",
        "log_format = \"json\"  # from QMLSERVE_LOG_FORMAT",
        "snapshots = \"64MiB\"  # default",
    ] {
        assert!(ended.stdout.contains(line), "{line} is not in {ended:?}");
    }
    // What is printed is itself a config file.
    fs::write(folder.around().join("qmlserve.toml"), &ended.stdout).unwrap();
    let mut again = crate::support::command(&["--print-config"], folder.around());
    let again = run(&mut again);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.contains("port = 7000"), "{again:?}");
}

#[test]
fn the_variables_are_read() {
    // A taken port shows which variable was read without any being guessed.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = Folder::new();
    for (name, other) in [("PORT", None), ("QMLSERVE_PORT", Some(("PORT", "0")))] {
        let mut command = command(&["tree"], folder.around());
        command.env(name, &port).envs(other);

        let ended = run(&mut command);

        assert_eq!(ended.code, Some(1), "{name}: {ended:?}");
        assert!(ended.stderr.contains(&port), "{name}: {ended:?}");
    }
}

#[test]
fn without_a_folder_www_is_served_and_without_www_the_current_one() {
    let folder = Folder::new();
    let here = folder.around().join("here.qml");
    fs::write(&here, "Item { /* here */ }").unwrap();
    let serves = |path: &str| {
        let running = Running::spawn(&mut command(&["--port", "0"], folder.around()));
        let line = running.line();
        let address = line.rsplit_once(':').unwrap().1.trim_end_matches('/');
        let address = ([127, 0, 0, 1], address.parse().unwrap()).into();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        crate::support::raw(address, request.as_bytes()).status
    };

    assert_eq!(serves("/here.qml"), 200);
    fs::create_dir(folder.around().join("www")).unwrap();
    fs::write(folder.around().join("www/there.qml"), "Item {}").unwrap();
    assert_eq!(serves("/here.qml"), 404);
    assert_eq!(serves("/there.qml"), 200);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_server_with_0_whatever_is_going_on() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        // Arrange
        let setup = Setup::new().files(ITEM);
        let film = fs::File::create(setup.folder().on_disk("film.mp4")).unwrap();
        film.set_len(256 << 20).unwrap();
        let mut server = setup.start();
        let streams: Vec<_> = (0..10).map(|_| server.events()).collect();
        for stream in &streams {
            stream.change();
        }
        // A connection that was used once and is kept.
        let mut idle = connect(server.address);
        idle.write_all(b"GET /main.qml HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut idle = BufReader::new(idle);
        let (status, _) = head(&mut idle);
        assert_eq!(status, 200);
        // One that never said anything, and one that stopped in mid-request.
        let _silent = connect(server.address);
        let mut half = connect(server.address);
        half.write_all(
            b"POST /@qmlserve/report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
        )
        .unwrap();
        // A download that nobody reads on.
        let mut stalled = connect(server.address);
        stalled
            .write_all(b"GET /film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut stalled = BufReader::new(stalled);
        let (status, _) = head(&mut stalled);
        assert_eq!(status, 200);
        let mut first = [0; 1000];
        stalled.read_exact(&mut first).unwrap();

        // Act
        let (code, took) = server.stop(signal);

        // Assert: the contract is a second; the machine may be busy.
        assert_eq!(code, Some(0), "{signal:?}");
        assert!(took < Duration::from_secs(3), "{signal:?} took {took:?}");
        assert!(server.stderr().contains("stopping"), "{}", server.stderr());
        for stream in streams {
            stream.ended();
        }
    }
}

#[cfg(unix)]
#[test]
fn an_idle_server_stops_at_once() {
    let mut server = TestServer::start(ITEM);

    let (code, took) = server.stop(Signal::Terminate);

    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn logs_go_to_standard_error_only() {
    let server = Setup::new().files(ITEM).args(&["-v"]).start();
    let events = server.events();
    events.change();

    server.write("main.qml", "Item { width: 1 }\n");
    events.until_changed("main.qml");

    server.logged("changed: main.qml");
    let stdout = server.stdout();
    assert!(!stdout.contains("changed"), "{stdout}");
    let stderr = server.stderr();
    assert!(!stderr.contains("listening on"), "{stderr}");
}

#[test]
fn quiet_logs_only_what_may_be_wrong() {
    let server = Setup::new().files(ITEM).args(&["-q"]).start();
    let events = server.events();
    events.change();

    server.write("main.qml", "Item { width: 1 }\n");
    events.until_changed("main.qml");
    server.write("qmldir", "singleton\n");
    server.logged("qmldir:1");

    assert!(!server.stderr().contains("changed"), "{}", server.stderr());
}

/// Text that tries to clear the screen, to forge a line, and to leave a JSON
/// string.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n2000-01-01T00:00:00Z  INFO forged\",\"level\":\"INFO\n\u{9b}31m\u{0}\u{8}end";

fn provoke_hostile_logs(server: &TestServer) {
    let version = server.version();
    for (client, message) in [
        ("honest", HOSTILE.to_owned()),
        (
            HOSTILE,
            format!("http://localhost:1/@{version}/main.qml:2:1: {HOSTILE}"),
        ),
        (
            "liar",
            "http://localhost:1/%1b%5b2J%0aforged.qml:1: x".to_owned(),
        ),
    ] {
        let report = json!({
            "client": client, "kind": "error", "version": version, "message": message,
        });
        assert_eq!(server.report(&report).status, 204);
    }
    // Refused, and logged once.
    server.raw(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    server.write(
        "qmldir",
        "singleton \u{1b}[31mforged\n\u{1b}]0;owned\u{7} 1.0\n",
    );
    server.logged("qmldir:2");
    server.logged("evil.example");
}

#[test]
fn hostile_text_gets_no_control_characters_and_no_line_of_its_own_into_the_log() {
    let document = "Item {\n  x: \u{1b}[2J\u{7}boom\n}\n";
    let server = TestServer::start(&[("main.qml", document)]);

    provoke_hostile_logs(&server);

    let stderr = server.stderr();
    let controls: Vec<_> = stderr
        .chars()
        .filter(|c| c.is_control() && *c != '\n')
        .collect();
    assert!(controls.is_empty(), "{controls:?}");
    assert!(stderr.contains("forged"), "the text itself is kept");
    for line in stderr.lines() {
        assert!(!line.starts_with("2000-01-01"), "a forged line: {line}");
        assert!(!line.trim_start().starts_with("forged"), "{line}");
    }
}

#[test]
fn json_logs_are_one_object_a_line() {
    let document = "Item {\n  x: \u{1b}[2J\u{7}boom\n}\n";
    let mut server = Setup::new()
        .file("main.qml", document)
        .args(&["--log-format", "json", "-v"])
        .start();
    provoke_hostile_logs(&server);
    #[cfg(unix)]
    server.stop(Signal::Terminate);

    let stderr = server.stderr();
    let mut levels = Vec::new();
    for line in stderr.lines() {
        let log: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(log["fields"]["message"].is_string(), "{line}");
        assert!(log["timestamp"].is_string(), "{line}");
        levels.push(log["level"].as_str().unwrap().to_owned());
        assert!(!line.contains('\u{1b}'), "{line}");
    }
    for level in ["ERROR", "WARN", "INFO"] {
        assert!(levels.iter().any(|l| l == level), "{level} in {levels:?}");
    }
    assert_eq!(
        server.stdout().lines().next(),
        Some(&*format!("qmlserve listening on {}/", server.announced))
    );
}

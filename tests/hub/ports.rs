//! Ports that show one route at their root.

use std::net::SocketAddr;

use crate::client::{Socket, configured};
use crate::support::{Finished, Setup, TestServer, command, run, wait_until};

/// The IPv4 address at which the server shows `prefix`, as it logged it.
pub fn shown_at(server: &TestServer, prefix: &str) -> SocketAddr {
    let wanted = format!("/ shows {prefix}");
    server.logged(&wanted);
    let log = server.stderr();
    let line = log
        .lines()
        .find(|line| line.ends_with(&wanted) && line.contains("127.0.0.1"));
    let line = line.unwrap_or_else(|| panic!("no such port\n{log}"));
    let (_, rest) = line.split_once("http://").expect("an address");
    let (address, _) = rest.split_once('/').expect("an address");
    address.parse().expect("an address")
}

const PORTS: &str = "[[listen]]\naddress = \"localhost:0\"\nmount = \"/chat\"\n\
                     [[listen]]\naddress = \"127.0.0.1:0\"\n\
                     [[listen]]\naddress = \"localhost:0\"\nmount = \"/sub/dir\"\n\
                     [[listen]]\naddress = \"127.0.0.1:0\"\nmount = \"/v1\"\n\
                     [[listen]]\naddress = \"127.0.0.1:0\"\nmount = \"/v1/gateways\"\n";

#[test]
fn a_port_shows_a_route_at_its_root() {
    let server = configured(PORTS);
    server.write("chat/a b.txt", "in chat");
    server.write("sub/dir/main.qml", "import QtQuick 2.0\nItem {}\n");
    server.write("top.txt", "top");

    let chat = shown_at(&server, "/chat/");
    Socket::open_at(chat, "").expect("Welcome to Awesome Chat");
    Socket::open_at(chat, "/").expect("Welcome to Awesome Chat");
    let text = |address: SocketAddr, path: &str| server.get(&format!("http://{address}{path}"));
    assert_eq!(text(chat, "/a%20b.txt").text(), "in chat");
    assert_eq!(text(chat, "/top.txt").status, 404);
    server.folder.remove("chat");
    let told = text(chat, "/").text().to_owned();
    assert!(told.contains(&format!("open ws://{chat}/\"")), "{told}");
    assert_eq!(text(chat, "/%2e%2e/top.txt").status, 400);
    assert_eq!(text(chat, "/@qmlserve/status").status, 404);

    let all = shown_at(&server, "/");
    assert_eq!(text(all, "/top.txt").text(), "top");
    Socket::open_at(all, "/chat").expect("Welcome to Awesome Chat");
    assert_eq!(text(all, "/@qmlserve/status").status, 200);

    // A URI leads to the port that it was asked of.
    for (prefix, path) in [
        ("/v1/", "/websocket_uri"),
        ("/v1/gateways/", "/x/websocket_uri"),
    ] {
        let gateway = shown_at(&server, prefix);
        let uri = text(gateway, path).json()["uri"].to_string();
        let uri = uri.trim_matches('"');
        assert!(uri.starts_with(&format!("ws://{gateway}/?token=")), "{uri}");
        let (_, path) = uri.rsplit_once('/').expect("a path");
        let mut socket = Socket::open_at(gateway, &format!("/{path}"));
        socket.inner.close(None).expect("open");
        assert_eq!(
            socket.closed().0,
            tungstenite::protocol::frame::coding::CloseCode::Status
        );
    }

    let dir = shown_at(&server, "/sub/dir/");
    assert_eq!(text(dir, "/main.qml").status, 200);
    // What the server makes itself comes with the next snapshot.
    wait_until(
        "the directory has a qmldir",
        || server.stderr(),
        || text(dir, "/qmldir").status == 200,
    );

    // The rules are those of the main port.
    let foreign = [("Origin", "http://evil.example")];
    let refused = Socket::try_open(chat, "/", &foreign)
        .err()
        .expect("refused");
    assert_eq!(refused.status(), 403);
    let url = format!("http://{chat}/a%20b.txt");
    assert_eq!(
        server.get_with(&url, &[("Host", "evil.example")]).status,
        403
    );
}

#[test]
fn the_ports_of_the_book() {
    // The ports are fixed: whoever has one is told so, and it is no failure
    // of this test.
    let setup = Setup::new().file("colors", "red").args(&["--book"]);
    let free = |port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    if !free(3000) || !free(5000) {
        let outcome: Finished = run(&mut command(
            &["tree", "--port", "0", "--book"],
            setup.folder().around(),
        ));
        assert_eq!(outcome.code, Some(1));
        assert!(outcome.stderr.contains("is taken"), "{}", outcome.stderr);
        return;
    }
    let server = setup.start();
    let colors = server.get("http://127.0.0.1:5000/colors");
    assert_eq!(colors.text(), "red");
    let chat = SocketAddr::from(([127, 0, 0, 1], 3000));
    Socket::open_at(chat, "").expect("Welcome to Awesome Chat");
}

#[test]
fn what_is_wrong_in_the_config_is_told_with_its_line() {
    for (toml, expected) in [
        (
            "[[sockets]]\npath = \"/a\"\nkind = \"echo\"\n[[sockets]]\npath = \"/b\"\nkind = \"eco\"\n",
            "qmlserve.toml:6: kind = \"eco\": expected \"echo\" or \"room\"",
        ),
        (
            "[[sockets]]\npath = \"/a\"\nkind = \"room\"\nhistroy = 3\n",
            "qmlserve.toml:4: unknown key \"histroy\" in [[sockets]]; did you mean \"history\"?",
        ),
        (
            "[[sockets]]\nkind = \"echo\"\n",
            "qmlserve.toml:1: [[sockets]] has no path: expected path = a path such as",
        ),
        (
            "# a\n[[sockets]]\npath = \"/a\"\nkind = \"echo\"\n\n[[sockets]]\npath = \"/b\"\n",
            "qmlserve.toml:6: [[sockets]] has no kind: expected kind = \"echo\" or \"room\"",
        ),
        (
            "port = 0\n[[listen]]\nmount = \"/chat\"\n",
            "qmlserve.toml:2: [[listen]] has no address: expected address = a host and a port",
        ),
        (
            "[[sockets]]\npath = \"/a\"\nkind = \"echo\"\n[[sockets]]\npath = \"/a\"\nkind = \"room\"\n",
            "qmlserve.toml:4: [[sockets]] = path = \"/a\": expected a path of its own: path = \"/a\" in line 1 takes",
        ),
        (
            "[[sockets]]\npath = \"/g/{name}\"\nkind = \"room\"\n[[sockets]]\npath = \"/g/e\"\nkind = \"echo\"\n",
            "qmlserve.toml:4: [[sockets]] = path = \"/g/e\": expected a path of its own: path = \"/g/{name}\" in line 1",
        ),
        (
            "[websockets]\nmessage = 0\n",
            "qmlserve.toml:2: message = 0: expected a size above zero",
        ),
        (
            "[websockets]\nqueue = \"0MiB\"\n",
            "qmlserve.toml:2: queue = \"0MiB\": expected a size above zero",
        ),
        (
            "[websockets]\nmessage = \"1KiB\"\nframe = \"1MiB\"\n",
            "qmlserve.toml:1: [websockets] = frame of 1048576 bytes: expected one that is not larger than message, which is 1024 bytes",
        ),
        (
            "[collections.sockets]\npath = \"/v1/sockets\"\n",
            "qmlserve.toml:2: [collections.sockets] path = \"/v1/sockets\": expected a path that leaves /v1/sockets to the gateway",
        ),
        (
            "[[listen]]\naddress = \"nowhere.invalid:0\"\n",
            "[[listen]] address = \"nowhere.invalid:0\": the host is not known",
        ),
        (
            "[[listen]]\naddress = \"192.0.2.1:0\"\n",
            "[[listen]] address = \"192.0.2.1:0\": cannot listen on 192.0.2.1:0",
        ),
        (
            "[websockets]\nsocket = 3\n",
            "qmlserve.toml:2: unknown key \"socket\" in [websockets]; did you mean \"sockets\"?",
        ),
        (
            "[websockets]\nping = \"2m\"\n",
            "qmlserve.toml:2: ping = \"2m\": expected a duration from 1s to 50s",
        ),
        (
            "[[listen]]\nadress = \"localhost:1\"\naddress = \"localhost:1\"\n",
            "qmlserve.toml:2: unknown key \"adress\" in [[listen]]; did you mean \"address\"?",
        ),
        (
            "[[listen]]\naddress = \"localhost:1\"\nmount = \"chat\"\n",
            "qmlserve.toml:3: mount = \"chat\": expected a path of the server",
        ),
        (
            "[[listen]]\naddress = \"localhost:1\"\nmount = \"/@qmlserve\"\n",
            "qmlserve.toml:3: mount = \"/@qmlserve\": expected a path of the server outside of /@…",
        ),
        (
            "\n[gateways.main]\naccess = \"custom\"\n",
            "qmlserve.toml:2: [gateways.main] = access = \"custom\": expected a token",
        ),
        (
            "[gateways.\"a/b\"]\n",
            "qmlserve.toml:1: [gateways.a/b] = a/b: expected 1 to 64 letters",
        ),
        (
            "sockets = 3\n",
            "qmlserve.toml:1: sockets = 3: expected tables",
        ),
        (
            "hub = \"redis://x\"\n",
            "qmlserve.toml:1: hub = \"redis://x\": expected \"in-process\"",
        ),
    ] {
        let setup = Setup::new();
        let around = setup.folder().around();
        std::fs::write(around.join("qmlserve.toml"), toml).expect("a config file");
        let outcome = run(&mut command(&["tree", "--port", "0"], around));
        assert_eq!(outcome.code, Some(1), "{toml}");
        assert!(
            outcome.stderr.contains(expected),
            "{toml}\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_port_that_this_server_has_itself_is_told_so() {
    let free = || {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.local_addr().expect("an address").port()
    };
    let (main, more) = (free(), free());
    let again = format!("[[listen]]\naddress = \"localhost:{more}\"\n");
    let main_again = format!("[[listen]]\naddress = \"127.0.0.1:{main}\"\n");
    for (toml, port) in [(format!("{again}{again}"), more), (main_again, main)] {
        let setup = Setup::new();
        let around = setup.folder().around();
        std::fs::write(around.join("qmlserve.toml"), toml).expect("a config file");
        let outcome = run(&mut command(&["tree", "--port", &main.to_string()], around));
        assert_eq!(outcome.code, Some(1));
        let expected = format!("this server listens on port {port} already");
        assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("[[listen]] address = "),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_mount_that_leads_nowhere_is_warned_of() {
    let mounts = [
        "/chat",
        "/rooms",
        "/v1/gateways/x",
        "/todos",
        "/dir",
        "/a%20b",
        "/nowhere",
        "/chatt",
    ];
    let listen =
        mounts.map(|mount| format!("[[listen]]\naddress = \"127.0.0.1:0\"\nmount = \"{mount}\"\n"));
    let setup = Setup::new().file("dir/a.txt", "a").file("a b/c.txt", "c");
    let settings = format!("{}[collections.todos]\n", listen.concat());
    std::fs::write(setup.folder().around().join("qmlserve.toml"), settings).expect("settings");
    let server = setup.start();
    for mount in ["/nowhere", "/chatt"] {
        server.logged(&format!("[[listen]] mount = \"{mount}\" leads nowhere yet"));
    }
    let log = server.stderr();
    assert_eq!(log.matches("leads nowhere").count(), 2, "{log}");
}

#[test]
fn what_is_printed_is_in_force() {
    let toml = format!(
        "{PORTS}[[sockets]]\npath = \"/a/{{name}}\"\nkind = \"room\"\nhistory = 3\n\
         [gateways.main]\ntoken = \"t\"\n[websockets]\nping = \"1500ms\"\n"
    );
    let setup = Setup::new();
    let around = setup.folder().around();
    let file = around.join("qmlserve.toml");
    std::fs::write(&file, toml).expect("a config file");
    let first = run(&mut command(&["tree", "--print-config"], around));
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    // All but secrets, which are not shown.
    assert!(!first.stdout.contains("token = \"t\""));
    let shown = first.stdout.replace("\"***\"", "\"t\"");
    std::fs::write(&file, shown).expect("a config file");
    let second = run(&mut command(&["tree", "--print-config"], around));
    let values = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| line.contains(" = ") || line.starts_with('['));
        lines
            .map(|line| {
                line.rsplit_once("  # ")
                    .map_or(line, |(value, _)| value)
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(values(&first.stdout), values(&second.stdout));
    assert!(
        first.stdout.contains("[gateways.\"main\"]\n"),
        "{}",
        first.stdout
    );
}

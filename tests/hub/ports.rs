//! Ports that show one route at their root.

use std::net::SocketAddr;

use crate::client::{Socket, configured};
use crate::support::{Finished, Setup, TestServer, command, run, wait_until};

/// The IPv4 address at which the server shows `prefix`, as it logged it.
fn shown_at(server: &TestServer, prefix: &str) -> SocketAddr {
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
                     [[listen]]\naddress = \"localhost:0\"\nmount = \"/sub/dir\"\n";

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
            "qmlserve.toml:1: [[sockets]] = no such key: expected path = a path such as",
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
    std::fs::write(&file, &first.stdout).expect("a config file");
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

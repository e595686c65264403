//! The Model Context Protocol without a client that shows anything: who may use it, what it answers
//! to bad input, and what it does where nobody answers.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Folder, Response, Running, Setup, TestServer, command};

const PATH: &str = "/@qmlserve/mcp";
const TOKEN: &str = "opensesame1";

const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[track_caller]
fn post(server: &TestServer, headers: &[(&str, &str)], body: &Value) -> Response {
    let headers = [&[ACCEPT, JSON], headers].concat();
    server.request("POST", PATH, &headers, body.to_string().as_bytes())
}

fn called(tool: &str, arguments: &Value) -> Value {
    let params = json!({"name": tool, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})
}

/// What a tool answers.
#[track_caller]
fn call(server: &TestServer, tool: &str, arguments: &Value) -> Value {
    let response = post(server, &[], &called(tool, arguments));
    assert_eq!(response.status, 200, "{}", response.text());
    let mut answer = response.json();
    assert_eq!(answer["id"], 7, "{answer}");
    answer["result"].take()
}

/// What a tool found out.
#[track_caller]
fn tool(server: &TestServer, name: &str, arguments: &Value) -> Value {
    let mut result = call(server, name, arguments);
    assert_eq!(result["isError"], false, "{result}");
    result["structuredContent"].take()
}

/// Why a tool came to nothing.
#[track_caller]
fn refusal(server: &TestServer, name: &str, arguments: &Value) -> String {
    let result = call(server, name, arguments);
    assert_eq!(result["isError"], true, "{result}");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[track_caller]
fn check_refusal(server: &TestServer, name: &str, arguments: &Value, parts: &[&str]) {
    let refused = refusal(server, name, arguments);
    for part in parts {
        assert!(refused.contains(part), "{name} {arguments}: {refused}");
    }
}

const MAIN: (&str, &str) = ("main.qml", "import QtQuick 2.12\nItem {}\n");

/// A client of Qt's kind that never says what it shows.
fn mute(server: &TestServer) -> crate::support::EventStream {
    let path = "/@qmlserve/events?client=board&name=Board&qt=6.4&stream=1234";
    let stream = server.events_as(path, "localhost", &[("User-Agent", "Mozilla/5.0")]);
    stream.change();
    stream
}

#[test]
fn strangers_are_kept_out_as_everywhere() {
    let setup = Setup::new()
        .file(MAIN.0, MAIN.1)
        .env("QMLSERVE_TOKEN", TOKEN);
    let server = setup.start();
    let list = called("list_documents", &json!({}));
    let status = |headers: &[(&str, &str)]| post(&server, headers, &list).status;
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(status(&[]), 401);
    assert_eq!(status(&[("Authorization", "Bearer opensesame2")]), 401);
    assert_eq!(status(&[("Authorization", &bearer)]), 200);
    let allowed = ("Authorization", bearer.as_str());
    assert_eq!(status(&[allowed, ("Origin", "http://evil.example")]), 403);
    assert_eq!(status(&[allowed, ("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(status(&[allowed, ("Host", "evil.example")]), 403);
    let below = format!("/~{TOKEN}{PATH}");
    let response = server.request("POST", &below, &[ACCEPT, JSON], list.to_string().as_bytes());
    assert_eq!(response.status, 200);
}

#[test]
fn requests_that_are_none() {
    let server = TestServer::start(&[MAIN]);
    assert_eq!(server.get(PATH).status, 405);
    assert_eq!(server.request("DELETE", PATH, &[], b"").status, 405);
    assert_eq!(server.request("POST", PATH, &[ACCEPT], b"{}").status, 415);
    assert_eq!(
        server
            .request("POST", PATH, &[ACCEPT, JSON], b"no JSON")
            .status,
        415
    );
    let long = called("read_items", &json!({"find": "x".repeat(300_000)}));
    let response = post(&server, &[], &long);
    assert_eq!(response.status, 413);
    assert!(
        response.text().contains("longer than"),
        "{}",
        response.text()
    );
    let unknown = post(&server, &[], &called("make_coffee", &json!({}))).json();
    let message = unknown["error"]["message"].as_str().unwrap();
    assert!(message.contains("list_documents"), "{unknown}");
}

#[test]
fn arguments_that_do_not_fit() {
    let server = TestServer::start(&[MAIN]);
    let _client = mute(&server);
    let check = |name, arguments: Value, parts: &[&str]| {
        check_refusal(&server, name, &arguments, parts);
    };
    check(
        "get_picture",
        json!({"client": "nobody"}),
        &["\"nobody\"", "1234 (Board, Qt 6.4"],
    );
    check("get_picture", json!({"width": 1}), &["16 to 2048"]);
    check(
        "get_picture",
        json!({"wide": 1}),
        &["unknown field", "input schema"],
    );
    check("read_items", json!({"depth": 101}), &["depth of 100"]);
    check("read_items", json!({"most": 0}), &["1 to 1000"]);
    check(
        "read_items",
        json!({"find": "x".repeat(1001)}),
        &["1000 characters"],
    );
    check("wait_until_shown", json!({"seconds": 61}), &["0 to 60"]);
    check(
        "wait_until_shown",
        json!({"version": "no"}),
        &["never in version", "none"],
    );
    check(
        "read_log",
        json!({"since": "0123456789abcdef"}),
        &["never in version"],
    );
    check(
        "list_documents",
        json!({"state": "odd"}),
        &["unknown variant"],
    );
    check(
        "list_documents",
        json!({"folder": "../x"}),
        &["name a folder"],
    );
    check(
        "set_entry",
        json!({"document": "../main.qml"}),
        &["name a .qml file"],
    );
    check(
        "set_entry",
        json!({"document": "Main.qml"}),
        &["main.qml is"],
    );
    check("type_text", json!({}), &["nothing to type"]);
    check(
        "type_text",
        json!({"keys": ["Any"]}),
        &["no key \"Any\"", "Ctrl+A"],
    );
    check("scroll", json!({"x": 1, "y": 1}), &["give down or right"]);
    check(
        "scroll",
        json!({"x": 1, "y": 1, "down": i32::MIN}),
        &["100 notches"],
    );
    check(
        "drag",
        json!({"from": {"x": 1, "y": 1, "z": 1}, "to": {}}),
        &["unknown field"],
    );
}

#[test]
fn nobody_is_there() {
    let server = TestServer::start(&[MAIN, ("Broken.qml", "Item {\n")]);
    for name in ["get_picture", "read_items", "click"] {
        check_refusal(
            &server,
            name,
            &json!({}),
            &["no client is connected", "remote.qml"],
        );
    }
    let clients = tool(&server, "list_clients", &json!({}));
    assert_eq!(clients["clients"], json!([]), "{clients}");
    assert!(
        clients["hint"].as_str().unwrap().contains("remote.qml"),
        "{clients}"
    );
    let shown = tool(&server, "wait_until_shown", &json!({}));
    assert_eq!(shown["shown_everywhere"], false, "{shown}");
    assert!(
        shown["summary"].as_str().unwrap().contains("no client"),
        "{shown}"
    );
    assert_eq!(shown["problems"][0]["file"], "Broken.qml", "{shown}");
}

#[test]
fn one_that_does_not_answer_is_named() {
    let server = TestServer::start(&[MAIN]);
    let _client = mute(&server);
    let shown = tool(&server, "wait_until_shown", &json!({"seconds": 0.2}));
    assert_eq!(shown["shown_everywhere"], false, "{shown}");
    assert_eq!(shown["waiting"][0]["client"], "1234", "{shown}");
    assert!(
        shown["summary"]
            .as_str()
            .unwrap()
            .contains("did not show it in time"),
        "{shown}"
    );
    check_refusal(
        &server,
        "read_items",
        &json!({}),
        &["did not answer in time", "1234"],
    );
    check_refusal(
        &server,
        "click",
        &json!({"x": 1, "y": 1}),
        &["did not answer in time"],
    );
}

/// It plays no input: what helps is said, for its version of Qt.
#[test]
fn one_that_cannot_be_clicked_says_what_helps() {
    let server = TestServer::start(&[MAIN]);
    let client = mute(&server);
    let url = server.url(PATH);
    let body = called("click", &json!({"x": 1, "y": 1})).to_string();
    let refused = std::thread::spawn(move || {
        let agent = ureq::agent();
        let request = agent
            .post(&url)
            .header(ACCEPT.0, ACCEPT.1)
            .content_type(JSON.1);
        let mut response = request.send(body).unwrap();
        response.body_mut().read_to_string().unwrap()
    });
    let asked = client.command();
    assert_eq!(asked["kind"], "items", "{asked}");
    let path = format!(
        "/@qmlserve/items?stream=1234&id={}&input=false",
        asked["id"]
    );
    let told = br#"{"width": 10, "height": 10, "items": []}"#;
    assert_eq!(server.request("POST", &path, &[], told).status, 204);
    // Once is enough.
    assert_eq!(server.request("POST", &path, &[], told).status, 403);
    let answering = refused.join().unwrap();
    assert!(answering.contains("qml6-module-qttest"), "{answering}");
}

/// What is on the disk is read before anything is said of it, by events and by polling.
#[test]
fn an_edit_is_known_when_it_is_asked_for() {
    for args in [&[][..], &["--poll", "--poll-interval", "10s"]] {
        let server = Setup::new().file(MAIN.0, MAIN.1).args(args).start();
        for number in 0..5 {
            let text = format!("import QtQuick 2.12\nItem {{ x: {number}; yy: 1 }}\n");
            server.write("main.qml", &text);
            server.write("New.qml", format!("Item {{ {number}\n"));
            let problems = tool(&server, "read_problems", &json!({}));
            assert_eq!(problems["everything_read"], true, "{problems}");
            assert_eq!(server.get("/main.qml").text(), text);
            let said = problems["problems"].to_string();
            assert!(said.contains(&format!("Item {{ {number}")), "{said}");
        }
    }
}

/// Without a server it is there all the same, and says what to start.
#[test]
fn the_command_without_a_server() {
    let folder = Folder::new();
    let mut command = command(&["mcp"], folder.around());
    let (running, stdin) = Running::spawn_reading(command.stdin(Stdio::piped()));
    let mut stdin = stdin.unwrap();
    let mut ask = |request: Value| writeln!(stdin, "{request}").unwrap();
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    ask(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}));
    let begun = running.line();
    assert!(begun.contains("wait_until_shown"), "{begun}");
    ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    ask(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    let tools = running.line();
    assert!(tools.contains("read_items"), "{tools}");
    ask(called("list_documents", &json!({})));
    let refused = running.line();
    assert!(refused.contains("no qmlserve server runs for"), "{refused}");
    assert!(refused.contains("start one with `qmlserve "), "{refused}");
    drop(stdin);
    assert_eq!(running.finish().code, Some(0));
}

//! The page for a browser, and the way from it to a client: who may, and what is refused.

use std::io::{BufRead as _, BufReader, Write as _};
use std::thread;

use serde_json::{Value, json};

use crate::support::{EventStream, Response, Setup, TestServer, connect, raw, wait_until};

const ITEM: &str = "Item {}\n";
const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const EVENTS: &str = "/@qmlserve/events?client=tablet&name=demo&qt=6.4&stream=0123456789abcdef";
const COMMAND: &str = "/@qmlserve/page/command?client=0123456789abcdef";
const PICTURE: &str = "/@qmlserve/page/picture?client=0123456789abcdef&width=640";
const SENT: &str = "/@qmlserve/picture?stream=0123456789abcdef&width=200.5&height=100&input=true";
/// One pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A server with one client.
fn with_client() -> (TestServer, EventStream) {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let client = server.events_at(EVENTS);
    client.change();
    (server, client)
}

fn post(server: &TestServer, path: &str, body: &Value) -> Response {
    let json = [("Content-Type", "application/json")];
    server.request("POST", path, &json, body.to_string().as_bytes())
}

/// The newest state of a section, as the page hears it.
#[track_caller]
fn section(server: &TestServer, name: &str) -> Value {
    section_when(server, name, |_| true)
}

/// A section, as soon as it is as it should be.
#[track_caller]
fn section_when(server: &TestServer, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut socket = connect(server.address);
    let head = format!(
        "GET /@qmlserve/page/state HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    let start = format!("event: {name}");
    loop {
        lines.find(|line| *line == start).unwrap();
        let data = lines.next().unwrap();
        let section = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        if wanted(&section) {
            return section;
        }
    }
}

#[test]
fn a_browser_gets_the_page_and_a_program_the_listing() {
    let server = TestServer::start(&[("main.qml", ITEM), ("sub/index.html", "mine")]);

    let page = server.get_with("/", &[BROWSER]);
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(server.get_with("/@qmlserve/", &[BROWSER]).body, page.body);
    // It is the same for whoever asks there.
    assert_eq!(server.get("/@qmlserve/").body, page.body);

    let mut files: Vec<_> = page.text().split('"').collect();
    files.retain(|text| text.starts_with("/@qmlserve/page/"));
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let answer = server.get(file);
        assert_eq!(answer.status, 200, "{file}");
        assert!(answer.header("content-security-policy").is_some(), "{file}");
    }
    assert_eq!(server.get("/").json()[0]["name"], "sub");
    assert_eq!(server.get("/@qmlserve/page/none.js").status, 404);

    // The tree's own page goes first, as soon as it is there.
    server.write("index.html", "mine, too");
    wait_until(
        "the tree's own page is at /",
        || server.stderr(),
        || server.get_with("/", &[BROWSER]).text() == "mine, too",
    );
    assert_eq!(server.get("/@qmlserve/").body, page.body);
}

#[test]
fn the_pass_is_in_the_urls_of_who_came_by_it_alone() {
    const TOKEN: &str = "correct-horse-battery";
    let server = Setup::new()
        .file("main.qml", ITEM)
        .env("QMLSERVE_TOKEN", TOKEN)
        .start();
    let page = server.get_with(&format!("/~{TOKEN}/"), &[BROWSER]);
    let script = format!("src=\"/~{TOKEN}/@qmlserve/page/main.js\"");
    assert!(page.text().contains(&script), "{}", page.text());
    let bearer = format!("Bearer {TOKEN}");
    let headers = [BROWSER, ("Authorization", bearer.as_str())];
    let page = server.get_with("/", &headers);
    assert_eq!(page.status, 200);
    assert!(!page.text().contains(TOKEN));
    for path in [
        "/",
        "/@qmlserve/",
        "/@qmlserve/page/main.js",
        "/@qmlserve/page/state",
    ] {
        assert_eq!(server.get_with(path, &[BROWSER]).status, 401, "{path}");
    }
    for path in [COMMAND, PICTURE, SENT] {
        assert_eq!(post(&server, path, &json!({})).status, 401, "{path}");
    }
}

#[test]
fn a_command_reaches_its_client() {
    let (server, client) = with_client();
    let input = json!({"kind": "input", "steps": [
        {"type": "press", "x": 1.5, "y": 2.0, "button": 1, "modifiers": 0},
        {"type": "text", "text": "ä\n"},
    ]});
    for command in [
        input,
        json!({"kind": "reload"}),
        json!({"kind": "identify", "label": "1"}),
    ] {
        assert_eq!(post(&server, COMMAND, &command).status, 204, "{command}");
        assert_eq!(client.command(), command);
    }
    // Without a client, all are meant.
    let other = server.events_at("/@qmlserve/events?client=phone&stream=fedcba9876543210");
    let reset = json!({"kind": "reset"});
    assert_eq!(post(&server, "/@qmlserve/page/command", &reset).status, 204);
    assert_eq!(client.command(), reset);
    assert_eq!(other.command(), reset);
}

#[test]
fn what_makes_no_sense_is_not_sent() {
    let (server, _client) = with_client();
    let moved = |x: f64| json!({"kind": "input", "steps": [{"type": "move", "x": x, "y": 0.0, "buttons": 0, "modifiers": 0}]});
    let many = json!({"kind": "input", "steps": vec![json!({"type": "text", "text": "a"}); 65]});
    for command in [
        json!({}),
        json!({"kind": "run"}),
        json!({"kind": "picture", "width": 100}),
        json!({"kind": "input", "steps": []}),
        many,
        moved(1e7),
    ] {
        let answer = post(&server, COMMAND, &command);
        assert_eq!(answer.status, 400, "{command}");
        let hint = answer.json()["error"]["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains("reload"), "{hint}");
    }
    let long = json!({"kind": "identify", "label": "x".repeat(40_000)});
    assert_eq!(post(&server, COMMAND, &long).status, 413);
    let nobody = COMMAND.replace("0123", "3210");
    assert_eq!(
        post(&server, &nobody, &json!({"kind": "reload"})).status,
        404
    );
    assert_eq!(
        post(&server, &PICTURE.replace("0123", "3210"), &json!({})).status,
        404
    );
    assert_eq!(
        post(&server, &PICTURE.replace("640", "1"), &json!({})).status,
        400
    );
    assert_eq!(server.get(PICTURE).status, 404);
}

#[test]
fn pages_of_other_origins_have_no_remote_control() {
    let (server, _client) = with_client();
    let reload = json!({"kind": "reload"}).to_string();
    for (name, value) in [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        for path in [COMMAND, PICTURE, SENT] {
            let answer = server.request("POST", path, &[(name, value)], reload.as_bytes());
            assert_eq!(answer.status, 403, "{name}: {value} {path}");
        }
        for path in [
            "/@qmlserve/page/state",
            "/@qmlserve/page/connect",
            "/@qmlserve/page/document?path=main.qml",
        ] {
            let answer = server.get_with(path, &[(name, value)]);
            assert_eq!(answer.status, 403, "{name}: {value} {path}");
        }
    }
}

#[test]
fn a_picture_goes_to_who_asked_and_nowhere_else() {
    let (server, client) = with_client();
    let sent = |body: &str| server.request("POST", SENT, &[], body.as_bytes());
    let url = format!("data:image/png;base64,{PNG}");
    // Nobody has asked.
    assert_eq!(sent(&url).status, 403);

    let shown = |body: &str| {
        let address = server.address;
        let look =
            format!("POST {PICTURE} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\r\n");
        let looking = thread::spawn(move || raw(address, look.as_bytes()));
        assert_eq!(client.command(), json!({"kind": "picture", "width": 640}));
        let taken = sent(body);
        (looking.join().unwrap(), taken)
    };
    let (picture, taken) = shown(&url);
    assert_eq!(taken.status, 204);
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert_eq!(picture.header("cache-control"), Some("no-store"));
    assert_eq!(picture.header("qmlserve-width"), Some("200.5"));
    assert_eq!(&picture.body[1..4], b"PNG");
    assert_eq!(sent(&url).status, 403);
    assert_eq!(section(&server, "clients")[0]["plays_input"], true);

    let (picture, taken) = shown("nothing is shown");
    assert_eq!((picture.status, taken.status), (200, 204));
    assert_eq!(picture.json()["none"], "nothing is shown");

    let (picture, taken) = shown("data:image/png;base64,PHNjcmlwdD4=");
    assert_eq!((picture.status, taken.status), (200, 400));
    assert!(picture.text().contains("neither PNG nor JPEG"));
    let (picture, _) = shown(&"x".repeat(3 << 20));
    assert!(picture.text().contains("more than"));
}

#[test]
fn the_state_names_files_clients_and_problems() {
    let (server, client) = with_client();
    server.write("Broken.qml", "Item {\n    x:\n}\n");
    let version = client.change().version;
    let tree = section(&server, "tree");
    assert_eq!(tree["entry"], "main.qml");
    assert_eq!(tree["version"], version);
    let state = |tree: &Value, path: &str| {
        let mut files = tree["files"].as_array().unwrap().iter();
        files.find(|file| file["path"] == path).unwrap()["state"].clone()
    };
    assert_eq!(state(&tree, "Broken.qml"), "broken");
    assert_eq!(state(&tree, "main.qml"), "fine");
    let problems = section(&server, "problems");
    assert_eq!(problems[0]["file"], "Broken.qml");
    assert_eq!(problems[0]["level"], "error");

    // What a client says counts as long as it does.
    let message = format!("http://{}/@{version}/main.qml:1:1: no", server.address);
    let failed =
        json!({"client": "tablet", "kind": "error", "version": version, "message": message});
    assert_eq!(server.report(&failed).status, 204);
    assert_eq!(state(&section(&server, "tree"), "main.qml"), "broken");
    let problems = section(&server, "problems");
    assert_eq!(problems[0]["message"], "no");
    assert_eq!(problems[0]["clients"], json!(["tablet"]));
    let shown = &section(&server, "clients")[0];
    assert_eq!(shown["name"], "demo");
    assert_eq!(shown["is_failing"], true);
    let changes = section(&server, "changes");
    assert_eq!(changes[0]["paths"], json!(["Broken.qml"]));
    assert_eq!(changes[0]["clients"][0]["failed"], true);

    let loaded = json!({"client": "tablet", "kind": "loaded", "version": version});
    assert_eq!(server.report(&loaded).status, 204);
    assert_eq!(state(&section(&server, "tree"), "main.qml"), "fine");
    drop(client);
    section_when(&server, "clients", |clients| {
        clients[0]["is_connected"] == false
    });
}

#[test]
fn a_document_is_shown_with_what_it_leads_to() {
    let server = Setup::new()
        .file(
            "main.qml",
            "import QtQuick 2.12\nimport \"sub\"\nPanel { Image { source: \"a.png\" } }\n",
        )
        .file("sub/Panel.qml", "import QtQuick 2.12\nItem {}\n")
        .file("a.png", "x")
        .env("QMLSERVE_GRANULARITY", "document")
        .start();
    let shown = |path: &str| server.get(&format!("/@qmlserve/page/document?path={path}"));
    let main = shown("main.qml").json();
    assert!(main["text"].as_str().unwrap().contains("Panel"));
    assert_eq!(main["imports"], json!([{"line": 2, "targets": ["sub"]}]));
    assert_eq!(main["types"], json!({"Panel": "sub/Panel.qml"}));
    assert_eq!(main["files"], json!(["a.png"]));
    assert_eq!(
        shown("sub/Panel.qml").json()["used_by"],
        json!(["main.qml"])
    );
    assert_eq!(shown("a.png").json()["text"], Value::Null);
    for path in ["none.qml", "../x", "", "a%00b", ".git/config"] {
        assert_eq!(shown(path).status, 404, "{path}");
    }
}

//! The server's own objects, message by message.

use serde_json::{Value, json};

use crate::client::{Socket, configured};
use crate::support::{Setup, TestServer};

/// A page of a channel that speaks the protocol itself.
pub struct Page {
    pub socket: Socket,
    pub objects: Value,
}

impl Page {
    /// Opens a channel and asks for its objects.
    #[track_caller]
    pub fn open(server: &TestServer, path: &str) -> Self {
        let mut socket = Socket::open(server, path);
        socket.send(json!({"type": 3, "id": 0}).to_string());
        let mut page = Self {
            socket,
            objects: Value::Null,
        };
        page.objects = page.answer(0)["data"].clone();
        page
    }

    #[track_caller]
    pub fn say(&mut self, message: Value) {
        self.socket.send(message.to_string());
    }

    #[track_caller]
    pub fn next(&mut self) -> Value {
        serde_json::from_str(&self.socket.text()).expect("JSON")
    }

    /// The next message, which has to be the answer of this id.
    #[track_caller]
    pub fn answer(&mut self, id: u64) -> Value {
        let message = self.next();
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!(10), &json!(id)),
            "{message}"
        );
        message
    }

    /// Calls, and says what is answered next.
    #[track_caller]
    pub fn call(&mut self, id: u64, object: &str, method: impl Into<Value>, args: Value) -> Value {
        let method = method.into();
        self.say(json!({"type": 6, "id": id, "object": object, "method": method, "args": args}));
        self.answer(id)
    }
}

/// A server with one collection of these names.
pub fn with_colors(toml: &str) -> TestServer {
    let setup = Setup::new().file("main.qml", "import QtQuick\nItem {}\n");
    let around = setup.folder().around();
    std::fs::create_dir(around.join("data")).unwrap();
    std::fs::write(
        around.join("data/colors.json"),
        r#"[{"id": "red", "v": 1.10}]"#,
    )
    .unwrap();
    std::fs::write(around.join("qmlserve.toml"), toml).unwrap();
    setup.start()
}

#[test]
fn what_a_page_is_told_of() {
    let server = with_colors("");
    let page = Page::open(&server, "/channel");
    let version = server.version();
    assert_eq!(
        page.objects,
        json!({
            "live": {
                "methods": [],
                "signals": [["changed", 3]],
                "properties": [
                    [0, "version", [1, 0], version],
                    [1, "entry", [1, 1], "main.qml"],
                    [2, "errors", [1, 2], []],
                ],
            },
            "rooms": {"methods": [["join", 0]], "signals": [], "properties": []},
            "collections.colors": {
                "methods": [["list", 0], ["get", 1], ["create", 2], ["update", 3], ["remove", 4]],
                "signals": [["created", 5], ["updated", 6], ["removed", 7], ["failed", 8]],
                "properties": [],
            },
        })
    );
    // With a slash, as some write it; and a room that somebody is in.
    let _member = Socket::open(&server, "/rooms/full");
    let page = Page::open(&server, "/channel/?room=asked&room=a%2Fb");
    let names: Vec<&String> = page.objects.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "live",
            "rooms",
            "collections.colors",
            "rooms.asked",
            "rooms.full"
        ]
    );
}

#[test]
fn properties_wait_until_the_page_can_take_them() {
    let server = with_colors("");
    let (mut quick, mut slow) = (
        Page::open(&server, "/channel"),
        Page::open(&server, "/channel"),
    );
    quick.say(json!({"type": 4}));
    let mut versions = Vec::new();
    for round in 0..3 {
        server.write(
            "main.qml",
            format!("import QtQuick\nItem {{ x: {round} }}\n"),
        );
        let update = quick.next();
        let version = update["data"][0]["properties"]["0"].clone();
        assert_eq!(
            update,
            json!({"type": 2, "data": [{
                "object": "live", "signals": {"0": [version]}, "properties": {"0": version},
            }]})
        );
        versions.push(version);
        quick.say(json!({"type": 4}));
    }
    assert_eq!(versions[2], json!(server.version()));
    // It is told of the last state alone.
    assert!(slow.call(1, "collections.colors", "get", json!(["red"]))["data"].is_object());
    slow.say(json!({"type": 4}));
    assert_eq!(slow.next()["data"][0]["properties"]["0"], versions[2]);
    assert!(slow.call(2, "collections.colors", "get", json!(["red"]))["data"].is_object());
}

#[test]
fn values_are_passed_on_to_the_digit() {
    let server = with_colors("");
    let mut page = Page::open(&server, "/channel");
    for signal in [5, 6] {
        page.say(json!({"type": 7, "object": "collections.colors", "signal": signal}));
    }
    let call = r#"{"type":6,"id":1,"object":"collections.colors","method":2,
        "args":[{"id":7,"v":1.10,"w":12345678901234567890123}]}"#;
    page.socket.send(call);
    let object = r#"{"id":7,"v":1.10,"w":12345678901234567890123}"#;
    let mut said = [page.socket.text(), page.socket.text()];
    said.sort();
    let signal =
        format!(r#"{{"type":1,"object":"collections.colors","signal":5,"args":[{object},"7"]}}"#);
    let answer = format!(r#"{{"type":10,"id":1,"data":{object}}}"#);
    assert_eq!(said, [signal, answer]);
    // By its number, and not heard any more.
    page.say(json!({"type": 8, "object": "collections.colors", "signal": 6}));
    let updated = page.call(2, "collections.colors", 3, json!([7, {"v": 2}]));
    assert_eq!(updated["data"]["v"], 2);
    let listed = page.call(
        3,
        "collections.colors",
        "list",
        json!(["_sort=id&_limit=1"]),
    );
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[test]
fn what_http_writes_is_told() {
    let server = with_colors("");
    let mut page = Page::open(&server, "/channel");
    for signal in 5..8 {
        page.say(json!({"type": 7, "object": "collections.colors", "signal": signal}));
    }
    page.call(1, "collections.colors", "list", json!([]));
    let body = r#"{"id": "blue"}"#.as_bytes();
    assert_eq!(server.request("POST", "/colors", &[], body).status, 201);
    assert_eq!(
        server
            .request("PUT", "/colors/blue", &[], b"{\"v\": 1}")
            .status,
        200
    );
    assert_eq!(
        server.request("DELETE", "/colors/blue", &[], b"").status,
        200
    );
    for (signal, object) in [
        (5, json!({"id": "blue"})),
        (6, json!({"id": "blue", "v": 1})),
        (7, json!({"id": "blue", "v": 1})),
    ] {
        let said = page.next();
        assert_eq!(
            (&said["signal"], &said["args"]),
            (&json!(signal), &json!([object, "blue"]))
        );
    }
}

#[test]
fn rooms_are_those_of_sockets() {
    let toml =
        "[[sockets]]\npath = \"/rooms/{name}\"\nkind = \"room\"\nhistory = 2\nnotices = true\n";
    let server = configured(toml);
    let mut socket = Socket::open(&server, "/rooms/x");
    let mut page = Page::open(&server, "/channel?room=x");
    page.say(json!({"type": 7, "object": "rooms.x", "signal": 1}));
    // It has joined: who is there is told, in the way of sockets.
    assert!(socket.text().contains(r#""join""#));
    assert_eq!(
        page.call(1, "rooms.x", "send", json!(["from a page"]))["data"],
        Value::Null
    );
    socket.expect("from a page");
    socket.send("from a socket");
    assert_eq!(page.next()["args"], json!(["from a socket"]));
    // One who comes late gets what was said last; binary messages are none of the channel's.
    socket.send(tungstenite::Message::Binary(vec![1, 2, 3].into()));
    let mut late = Page::open(&server, "/channel");
    late.say(json!({"type": 7, "object": "rooms.x", "signal": 1}));
    assert_eq!(late.next()["args"], json!(["from a socket"]));
    assert!(page.next()["args"][0].as_str().unwrap().contains("join"));
    // Who listens no more has left; to hear of its end is something else.
    page.say(json!({"type": 8, "object": "rooms.x", "signal": 2}));
    assert!(page.call(2, "rooms", "join", json!(["x"]))["data"].is_object());
    socket.send("still there");
    assert_eq!(page.next()["args"], json!(["still there"]));
    assert_eq!(late.next()["args"], json!(["still there"]));
    page.say(json!({"type": 8, "object": "rooms.x", "signal": 1}));
    assert!(late.next()["args"][0].as_str().unwrap().contains("leave"));
    late.socket.inner.close(None).unwrap();
    let mut told = String::new();
    while told.matches("leave").count() < 2 {
        if let tungstenite::Message::Text(text) = socket.read() {
            told += text.as_str();
        }
    }
}

#[test]
fn the_same_rules_as_for_all_sockets() {
    let server = with_colors("[websockets]\nmessage = \"1KiB\"\nsockets = 2\n");
    let foreign = [("Origin", "https://example.com")];
    let refused = Socket::try_open(server.address, "/channel", &foreign)
        .err()
        .unwrap();
    assert_eq!(refused.status(), 403);
    let own = [("Origin", "http://localhost:3000")];
    assert!(Socket::try_open(server.address, "/channel", &own).is_ok());
    assert_eq!(server.get("/channel").status, 426);
    let mut page = Page::open(&server, "/channel");
    let _other = Socket::open(&server, "/channel");
    let refused = Socket::try_open(server.address, "/channel", &[])
        .err()
        .unwrap();
    assert_eq!(refused.status(), 503);
    page.socket.send("x".repeat(2000));
    assert_eq!(u16::from(page.socket.closed().0), 1009);
}

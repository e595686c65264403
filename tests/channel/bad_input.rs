//! What nobody should send: each is answered with a word, and harms nobody else.

use serde_json::json;
use tungstenite::Message;

use crate::client::{Socket, configured};
use crate::own::{Page, with_colors};
use crate::relay::{CONFIG, Publisher, TOKEN, relay};
use crate::support::{Setup, TestServer, command, run};

/// What is no message: the socket is closed with 1008 and words.
const VIOLATIONS: [(&str, &str); 14] = [
    ("", "no JSON"),
    ("hello", "no JSON"),
    (r#"{"type":3,"id":0"#, "no JSON"),
    ("[]", "one JSON object"),
    ("7", "one JSON object"),
    ("{}", "\"type\""),
    (r#"{"type":"init","id":0}"#, "\"type\""),
    (r#"{"type":0}"#, "type 0"),
    (r#"{"type":10,"id":1,"data":1}"#, "type 10"),
    (r#"{"type":3}"#, "needs an id"),
    (
        r#"{"type":6,"object":"live","method":"x","args":[]}"#,
        "needs an id",
    ),
    (r#"{"type":6,"id":1,"method":"x"}"#, "the name of an object"),
    (r#"{"type":7,"object":"live"}"#, "the number of a signal"),
    (
        r#"{"type":9,"object":"live","property":"version","value":1}"#,
        "property's number",
    ),
];

#[track_caller]
fn is_closed(server: &TestServer, path: &str, message: impl Into<Message>, why: &str) {
    let mut socket = Socket::open(server, path);
    socket.send(message);
    let (code, words) = socket.closed();
    assert_eq!(u16::from(code), 1008, "{path}: {words}");
    assert!(words.contains(why), "{path}: {words}");
}

#[test]
fn what_is_no_message_ends_the_socket_with_words() {
    let server = configured(CONFIG);
    let deep = format!(r#"{{"type":5,"data":{}}}"#, "[".repeat(100_000));
    for path in ["/channel", "/channel/home"] {
        for (message, why) in VIOLATIONS {
            is_closed(&server, path, message, why);
        }
        is_closed(&server, path, deep.as_str(), "nested 100 deep");
        is_closed(&server, path, Message::Binary(vec![0].into()), "takes text");
    }
    let path = format!("/channel/home?publish={TOKEN}");
    for (message, why) in [
        ("x", "no JSON"),
        (r#"{"type":3,"id":1}"#, "type 3"),
        (r#"{"type":10}"#, "needs an id"),
        (
            r#"{"type":10,"id":1,"data":7}"#,
            "the objects cannot be read",
        ),
        (r#"{"type":10,"id":1}"#, "the objects cannot be read"),
        (
            r#"{"type":10,"id":1,"data":{"a":{"methods":[]}}}"#,
            "the object a cannot be read",
        ),
        (r#"{"type":2,"data":[{}]}"#, "needs what changed"),
    ] {
        // One publisher at a time, and each of its questions has a number of its own.
        let server = configured(CONFIG);
        is_closed(&server, &path, message, why);
    }
}

#[test]
fn what_is_not_there_is_refused_and_the_page_goes_on() {
    let toml = "[collections.colors]\nmax_body = 200\n[collections.fixed]\nreadonly = true\n";
    let server = with_colors(toml);
    let mut page = Page::open(&server, "/channel?room=a");
    let large = "x".repeat(300);
    let colors = "collections.colors";
    for (object, method, args, why) in [
        ("none", json!("list"), json!([]), "no object"),
        ("collections.none", json!("list"), json!([]), "no object"),
        ("rooms.none", json!("send"), json!(["x"]), "no object"),
        ("__proto__", json!("list"), json!([]), "no object"),
        (colors, json!("drop"), json!([]), "list, get, create"),
        (colors, json!(99), json!([]), "no such method"),
        (colors, json!(-1), json!([]), "no such method"),
        (colors, json!("get"), json!([]), "get(key) does not take 0"),
        (colors, json!("get"), json!([1, 2]), "does not take 2"),
        (colors, json!("get"), json!([null]), "a key is"),
        (
            colors,
            json!("get"),
            json!(["none"]),
            "no \"none\" in colors",
        ),
        (colors, json!("get"), json!(["a\0b"]), "in colors"),
        (colors, json!("list"), json!(["_page=x"]), "_page"),
        (colors, json!("list"), json!([[]]), "a query is"),
        (colors, json!("create"), json!([7]), "has to be an object"),
        (colors, json!("create"), json!([{"id": "red"}]), "already"),
        (
            colors,
            json!("create"),
            json!([{"id": "x", "v": large}]),
            "more than the 200 bytes",
        ),
        (
            colors,
            json!("update"),
            json!(["red", {"id": "x"}]),
            "cannot be changed",
        ),
        (colors, json!("remove"), json!(["none"]), "no \"none\""),
        (
            "collections.fixed",
            json!("create"),
            json!([{}]),
            "read-only",
        ),
        (
            "collections.fixed",
            json!("remove"),
            json!(["a"]),
            "read-only",
        ),
        ("rooms.a", json!("send"), json!([{}]), "has to be a text"),
        ("rooms", json!("join"), json!(["a/b"]), "cannot be the name"),
        ("rooms", json!("join"), json!([""]), "cannot be the name"),
        ("live", json!("deleteLater"), json!([]), "there are none"),
    ] {
        let refused = page.call(1, object, method, args);
        assert!(refused.get("data").is_none(), "{refused}");
        let words = refused["error"].as_str().unwrap();
        assert!(words.contains(why), "{object}: {words}");
    }
    // What has no answer in the protocol has none.
    for message in [
        json!({"type": 7, "object": "none", "signal": 5}),
        json!({"type": 7, "object": "collections.colors", "signal": 99}),
        json!({"type": 8, "object": "collections.colors", "signal": 5}),
        json!({"type": 9, "object": "collections.colors", "property": 0, "value": 1}),
        json!({"type": 9, "object": "live", "property": -1, "value": 1}),
        json!({"type": 5, "data": "a word"}),
    ] {
        page.say(message);
    }
    assert_eq!(
        page.call(2, colors, "get", json!(["red"]))["data"]["id"],
        "red"
    );
    assert_eq!(server.get("/colors/red").json()["v"], 1.1);
}

#[test]
fn a_page_has_no_more_than_its_share() {
    let server = configured(&format!("{CONFIG}[websockets]\nrate = 100000\n"));
    let mut publisher = Publisher::open(&server);
    let signals: Vec<_> = (0..1001)
        .map(|index| json!([format!("s{index}"), index]))
        .collect();
    let object = json!({"methods": [["f", 0]], "signals": signals, "properties": []});
    publisher.init(json!({"a": object}));
    let mut page = Socket::open(&server, "/channel/home");
    page.send(json!({"type": 3, "id": 0}).to_string());
    publisher.init(json!({"a": object}));
    page.text();
    // An answer for each call over the bound.
    for id in 0..257 {
        let call = json!({"type": 6, "id": id, "object": "a", "method": "f", "args": []});
        page.send(call.to_string());
    }
    let refused = page.text();
    assert!(
        refused.contains(r#""id":256,"error":"256 calls"#),
        "{refused}"
    );
    for index in 0..1001 {
        page.send(json!({"type": 7, "object": "a", "signal": index}).to_string());
    }
    let (code, why) = page.closed();
    assert_eq!(u16::from(code), 1008);
    assert!(why.contains("1000 signals"), "{why}");
}

#[test]
fn who_publishes_shows_the_token() {
    let server = configured(CONFIG);
    let opened = |path: &str, headers: &[(&str, &str)]| {
        let opened = Socket::try_open(server.address, path, headers);
        opened.map(|(socket, _)| socket).map_err(|answer| {
            let body = answer.body().clone().unwrap_or_default();
            (
                answer.status().as_u16(),
                String::from_utf8_lossy(&body).into_owned(),
            )
        })
    };
    let wrong = [("Authorization", "Bearer nothing-of-it")];
    for (path, headers) in [
        ("/channel/home?publish=", &[][..]),
        ("/channel/home?publish=wrong-token", &[]),
        ("/channel/home", &wrong),
    ] {
        let (status, words) = opened(path, headers).err().unwrap();
        assert_eq!(status, 403, "{path}");
        assert!(words.contains("publish=TOKEN"), "{words}");
        assert!(!words.contains(TOKEN), "{words}");
    }
    let (status, words) = opened("/channel/none", &[]).err().unwrap();
    assert_eq!(status, 404);
    assert!(words.contains("[channels.NAME]"), "{words}");

    let bearer = format!("Bearer {TOKEN}");
    let _first = opened("/channel/home", &[("Authorization", &bearer)]).unwrap();
    assert_eq!(relay(&server)["publisher"], true);
    let (status, words) = opened(&format!("/channel/home?publish={TOKEN}"), &[])
        .err()
        .unwrap();
    assert_eq!(status, 409);
    assert!(words.contains("has a publisher already"), "{words}");
    assert!(!server.stderr().contains(TOKEN));
}

#[test]
fn a_publisher_that_reads_nothing_holds_up_only_its_own_pages() {
    let server = configured(&format!("{CONFIG}[websockets]\nqueue = \"64KiB\"\n"));
    let mut publisher = Publisher::open(&server);
    let object = json!({"methods": [["f", 0]], "signals": [], "properties": []});
    publisher.init(json!({"a": object}));
    let mut page = Socket::open(&server, "/channel/home");
    page.send(json!({"type": 3, "id": 0}).to_string());
    publisher.init(json!({"a": object}));
    page.text();
    // Far more than there is room for, on the way and in the queue.
    let large = "x".repeat(1 << 20);
    let call = json!({"type": 6, "id": 1, "object": "a", "method": "f", "args": [large]});
    let call = call.to_string();
    page.inner
        .get_ref()
        .set_write_timeout(Some(std::time::Duration::from_millis(500)))
        .unwrap();
    let sent = (0..200).take_while(|_| page.inner.send(call.as_str().into()).is_ok());
    let sent = sent.count();
    assert!(sent < 200, "nothing held it up");
    // Others are served meanwhile, and the publisher was not closed for it.
    Page::open(&server, "/channel");
    assert_eq!(relay(&server)["publisher"], true);
    for _ in 0..sent {
        assert_eq!(
            publisher.hears(6)["args"][0].as_str().unwrap().len(),
            1 << 20
        );
    }
}

#[test]
fn a_short_token_or_a_bad_name_is_no_start() {
    for (toml, why) in [
        ("[channels.home]\n", "token"),
        ("[channels.home]\ntoken = \"short\"\n", "8 characters"),
        (
            "[channels.\"a/b\"]\ntoken = \"long-enough\"\n",
            "letters, digits",
        ),
        (
            "[channels.home]\ntoken = \"long-enough\"\nurl = \"x\"\n",
            "unknown key \"url\"",
        ),
    ] {
        let folder = Setup::new();
        let around = folder.folder().around();
        std::fs::write(around.join("qmlserve.toml"), toml).unwrap();
        let finished = run(&mut command(&["--print-config"], around));
        assert_ne!(finished.code, Some(0), "{toml}");
        assert!(finished.stderr.contains(why), "{}", finished.stderr);
        assert!(!finished.stderr.contains("short\""), "{}", finished.stderr);
    }
}

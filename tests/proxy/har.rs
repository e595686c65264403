//! Recordings that others wrote.

use std::fs;

use crate::support::{Setup, TestServer};
use crate::target::fixture;

fn replaying(har: &str, to: &str) -> TestServer {
    let setup = Setup::new();
    let around = setup.folder().around();
    fs::create_dir(around.join("recordings")).unwrap();
    fs::copy(fixture(har), around.join("recordings/feed.har")).unwrap();
    let toml = format!("[[proxy]]\npath = \"/feed\"\nto = \"{to}\"\nmode = \"replay\"\n");
    fs::write(around.join("qmlserve.toml"), toml).unwrap();
    setup.start()
}

#[test]
fn one_of_a_browser_is_replayed() {
    let server = replaying("chromium.har", "https://photos.example.com/services");
    let feed = server.get("/feed/feeds/public?tags=lake&format=json");
    assert_eq!(feed.status, 200);
    assert_eq!(feed.json()["items"][0]["title"], "Lake at dawn");
    assert_eq!(
        feed.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    // The browser saved what it had decoded.
    assert_eq!(feed.header("content-encoding"), None);
    assert_eq!(feed.header("set-cookie"), Some("seen=1"));
    let picture = server.get("/feed/thumb/1.png");
    assert!(picture.body.starts_with(b"\x89PNG\r\n"));
    let moved = server.get("/feed/old");
    assert_eq!(
        (moved.status, moved.header("location")),
        (302, Some("/feed/feeds/public"))
    );
    let posted = br#"{"stars":5,"id":1}"#;
    let posted = server.request("POST", "/feed/rate", &[], posted);
    assert_eq!(posted.status, 204);
    // What was blocked, or is of another site, is no answer.
    assert_eq!(server.get("/feed/blocked").status, 502);
    assert_eq!(server.get("/feed/stats").status, 502);
    server.logged("1 answers have no content");
}

#[test]
fn one_of_mitmproxy_is_replayed() {
    let server = replaying("mitmproxy.har", "http://localhost:7001/base");
    assert_eq!(server.get("/feed/text?n=1").text(), "GET 1 0 ü\n");
    let binary = server.get("/feed/binary?n=65500");
    assert_eq!((binary.body.len(), binary.body[35]), (36, 255));
    let posted = server.request("POST", "/feed/text?n=2", &[], b"{\"b\": 2, \"a\": 1}");
    assert_eq!(posted.text(), "POST 2 16 ü\n");
    let compressed = server.get("/feed/stubborn");
    assert_eq!(compressed.text(), "stubborn".repeat(100));
}

//! What pages of other sites, and callers without measure, can do to gateways.

use serde_json::json;

use crate::client::{Socket, configured, state};
use crate::gateway::{post, tagged};
use crate::support::{Setup, TestServer};

/// What a browser sends with a picture that a page of another site shows.
const PICTURE: &[(&str, &str)] = &[
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Mode", "no-cors"),
    ("Sec-Fetch-Dest", "image"),
];

#[test]
fn pages_of_other_sites_get_no_sockets_and_make_no_gateways() {
    let setup = Setup::new().args(&["--allowed-origin", "https://design.example"]);
    let settings = "[[listen]]\naddress = \"127.0.0.1:0\"\nmount = \"/v1\"\n";
    std::fs::write(setup.folder().around().join("qmlserve.toml"), settings).expect("settings");
    let server = setup.start();
    server.write("v1/a.png", "a picture");
    let mounted = crate::ports::shown_at(&server, "/v1/");
    let mounted = format!("http://{mounted}/websocket_uri");
    let cross_site = ("Sec-Fetch-Site", "cross-site");
    let evil = ("Origin", "http://evil.example");
    for (path, headers, status) in [
        ("/v1/gateways/z/websocket_uri", PICTURE, 403),
        ("/%76%31/websocket_uri", PICTURE, 403),
        (&mounted, PICTURE, 403),
        ("/v1/websocket_uri", &[evil], 403),
        (&mounted, &[evil], 403),
        ("/v1/sockets", &[cross_site], 403),
        ("/@qmlserve/status", PICTURE, 403),
        ("/%40qmlserve/status", &[evil], 403),
        (
            "/v1/websocket_uri",
            &[("Sec-Fetch-Site", "same-origin")],
            200,
        ),
        ("/v1/websocket_uri", &[("Sec-Fetch-Site", "none")], 200),
        (
            "/v1/websocket_uri",
            &[cross_site, ("Origin", "https://design.example")],
            200,
        ),
        ("/v1/websocket_uri", &[], 200),
        (&mounted, &[], 200),
        // Somebody follows a link.
        (
            "/@qmlserve/status",
            &[cross_site, ("Sec-Fetch-Dest", "document")],
            200,
        ),
        // What anybody may show.
        ("/v1/a.png", PICTURE, 200),
    ] {
        let answer = server.get_with(path, headers);
        assert_eq!(answer.status, status, "{path} {headers:?}");
    }
    assert_eq!(state(&server)["gateways"], json!({"main": 0}));
}

#[test]
fn a_gateway_comes_with_a_socket_to_be_and_not_with_a_look() {
    let server = TestServer::start(&[]);
    for number in 0..101 {
        let base = format!("/v1/gateways/z{number}");
        for path in ["sockets", "configuration", "sockets/x"] {
            server.get(&format!("{base}/{path}"));
        }
        let body = json!({"data": "x", "receivers": {"sockets": ["*"]}});
        assert_eq!(
            post(&server, &format!("{base}/messages"), &body).status,
            201
        );
    }
    assert_eq!(state(&server)["gateways"], json!({}));
    let uri = |name: &str| {
        let answer = server.get(&format!("/v1/gateways/{name}/websocket_uri"));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        answer.json()["uri"].as_str().expect("a URI").to_owned()
    };
    // Reservations alone keep nobody out.
    let lost = uri("first");
    let uris: Vec<_> = (0..100).map(|n| uri(&format!("z{n}"))).collect();
    assert!(
        Socket::open_uri(&server, &lost)
            .closed()
            .1
            .contains("unknown")
    );
    let _open: Vec<_> = uris
        .iter()
        .map(|uri| Socket::open_uri(&server, uri))
        .collect();
    let refused = server.get("/v1/gateways/mine/websocket_uri");
    assert_eq!(refused.status, 503);
    let why = refused.json()["error"]["message"].to_string();
    assert!(why.contains("100 gateways"), "{why}");
    assert!(why.contains("[gateways.NAME]"), "{why}");
    assert_eq!(server.get("/v1/websocket_uri").status, 200);
}

#[test]
fn whoever_asks_for_too_many_sockets_loses_the_oldest_of_their_own() {
    let server = TestServer::start(&[]);
    let mine = server.get("/v1/websocket_uri").json();
    let first = server.get("/v1/gateways/flood/websocket_uri").json();
    for _ in 0..2_000 {
        let answer = server.get("/v1/gateways/flood/websocket_uri");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let open = |uri: &serde_json::Value| Socket::open_uri(&server, uri["uri"].as_str().unwrap());
    assert!(open(&first).closed().1.contains("unknown"));
    let _mine = open(&mine);
    assert_eq!(state(&server)["gateways"]["main"], 1);
}

#[test]
fn bodies_without_a_message_are_small_and_so_are_tags() {
    let server = configured("[websockets]\nmessage = \"1MiB\"\n");
    let large = format!(r#"{{"identityProvider": [{}0]}}"#, "0,".repeat(40_000));
    for (method, path) in [
        ("PUT", "/v1/configuration"),
        ("POST", "/v1/sockets"),
        ("POST", "/v1/gateways/x/sockets"),
    ] {
        let refused = server.request(method, path, &[], large.as_bytes());
        assert_eq!(refused.status, 413, "{path}");
        let why = refused.json()["error"]["message"].to_string();
        assert!(why.contains("65536 bytes"), "{path}: {why}");
    }
    for (tags, rule) in [
        (vec!["x".repeat(256); 1], None),
        ((0..33).map(|n| format!("{n:0256}")).collect(), Some("8192")),
        (
            (0..1001).map(|n| format!("{n}")).collect(),
            Some("1000 at most"),
        ),
    ] {
        let answer = post(&server, "/v1/sockets", &json!({"tags": tags}));
        match rule {
            None => assert_eq!(answer.status, 201),
            Some(rule) => {
                assert_eq!(answer.status, 422);
                let why = answer.json()["errors"][0]["message"].to_string();
                assert!(why.contains(rule), "{why}");
            }
        }
    }
    let tags: Vec<String> = (0..1000).map(|n| format!("t{n}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let (mut socket, _) = tagged(&server, "/v1", &tags);
    let body = json!({"data": "x", "receivers": {"tags": tags}});
    assert_eq!(post(&server, "/v1/messages", &body).status, 201);
    socket.expect("x");
}

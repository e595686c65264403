//! The gateway, as clients of Managed WebSocket used it.

use serde_json::{Value, json};
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::{Socket, configured, state};
use crate::support::{Response, TestServer, wait_until};

pub fn post(server: &TestServer, path: &str, body: &Value) -> Response {
    server.request("POST", path, &[], body.to_string().as_bytes())
}

/// Asks for a URI with these tags and opens it; the socket and its id.
pub fn tagged(server: &TestServer, base: &str, tags: &[&str]) -> (Socket, String) {
    let created = post(server, &format!("{base}/sockets"), &json!({"tags": tags}));
    assert_eq!(created.status, 201, "{}", created.text());
    let created = created.json();
    let id = created["id"].as_str().expect("an id").to_owned();
    let uri = created["uri"].as_str().expect("a URI");
    assert!(
        uri.starts_with("ws://") && uri.ends_with(&format!("/?token={id}")),
        "{uri}"
    );
    (Socket::open_uri(server, uri), id)
}

pub fn send(server: &TestServer, base: &str, data: &str, receivers: Value) {
    let body = json!({"data": data, "receivers": receivers});
    let sent = post(server, &format!("{base}/messages"), &body);
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert_eq!(sent.json(), body);
}

#[test]
fn messages_reach_ids_and_tags_once() {
    let server = TestServer::start(&[]);
    for base in ["/v1", "/v1/gateways/games", "/v1/instances/old"] {
        let (mut red, red_id) = tagged(&server, base, &["red", "all"]);
        let (mut blue, _) = tagged(&server, base, &["blue", "all"]);
        let uri = server.get(&format!("{base}/websocket_uri")).json();
        assert_eq!(uri["tags"], json!([]));
        let mut plain = Socket::open_uri(&server, uri["uri"].as_str().expect("a URI"));

        send(
            &server,
            base,
            "to red",
            json!({"sockets": [red_id], "tags": ["red"]}),
        );
        send(
            &server,
            base,
            "to all tagged",
            json!({"sockets": null, "tags": ["red", "all"]}),
        );
        send(
            &server,
            base,
            "to everybody",
            json!({"sockets": ["*"], "tags": null}),
        );
        red.expect("to red");
        for socket in [&mut red, &mut blue] {
            socket.expect("to all tagged");
        }
        // Sockets only listen.
        plain.send("is ignored");
        for socket in [&mut red, &mut blue, &mut plain] {
            socket.expect("to everybody");
        }
    }
    let gateways = state(&server)["gateways"].clone();
    assert_eq!(gateways.as_object().map(serde_json::Map::len), Some(3));
}

#[test]
fn sockets_are_listed_read_and_deleted() {
    let server = TestServer::start(&[]);
    let reserved = server.get("/v1/websocket_uri").json();
    let (mut socket, id) = tagged(&server, "/v1", &["players"]);
    let list = server.get("/v1/sockets").json();
    // What is only reserved is not listed.
    assert_eq!(list["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["results"][0]["id"], json!(id));
    let one = server
        .get(&format!("/v1/gateways/main/sockets/{id}"))
        .json();
    assert_eq!(one["tags"], json!(["players"]));
    assert_eq!(one["connectedAt"].as_str().map(str::len), Some(24));
    let other = server.get(&format!("/v1/gateways/other/sockets/{id}"));
    assert_eq!((other.status, other.json()), (404, json!({})));
    let path = format!("/v1/sockets/{id}");
    let deleted = server.request("DELETE", &path, &[], b"");
    assert_eq!((deleted.status, deleted.json()), (200, json!({})));
    assert_eq!(socket.closed().0, CloseCode::Normal);
    assert_eq!(server.request("DELETE", &path, &[], b"").status, 404);
    assert!(
        reserved["expiresAt"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
}

#[test]
fn a_token_opens_one_socket() {
    let server = TestServer::start(&[]);
    let uri = server.get("/v1/websocket_uri").json();
    let uri = uri["uri"].as_str().expect("a URI");
    let _first = Socket::open_uri(&server, uri);
    for path in [uri, "/?token=unknown", "/?token="] {
        let (code, why) = Socket::open_uri(&server, path).closed();
        assert_eq!(code, CloseCode::Policy);
        assert!(why.contains("used or expired"), "{why}");
    }
    let log = server.stderr();
    assert_eq!(log.matches("unknown, used or expired").count(), 1, "{log}");
    wait_until(
        "only the first is open",
        || state(&server).to_string(),
        || state(&server)["gateways"]["main"] == 1,
    );
}

#[test]
fn the_web_hook_of_enginio() {
    let server = TestServer::start(&[]);
    let (mut ann, _) = tagged(&server, "/v1", &["users.1"]);
    let (mut bob, _) = tagged(&server, "/v1", &["users.2"]);
    let payload = json!({"object": {"id": "7", "text": "milk"}, "meta": {"eventName": "create"}});
    let hook = |payload: Value, id: &str, kind: &str| {
        let body = json!({"payload": payload, "receivers": [{"id": id, "objectType": kind}]});
        let sent = post(
            &server,
            "/v1/gateways/main/webhook_receivers/enginio",
            &body,
        );
        assert_eq!(sent.status, 201, "{}", sent.text());
    };
    hook(payload.clone(), "1", "users");
    hook(payload.to_string().into(), "2", "users");
    hook(payload.clone(), "*", "aclSubject");
    for _ in 0..2 {
        ann.expect(&payload.to_string());
        bob.expect(&payload.to_string());
    }
}

#[test]
fn bodies_that_are_refused() {
    let server = TestServer::start(&[]);
    let data = json!("x");
    for (path, body, property) in [
        ("/v1/messages", json!({"data": data}), "receivers"),
        (
            "/v1/messages",
            json!({"data": data, "receivers": "*"}),
            "receivers",
        ),
        (
            "/v1/messages",
            json!({"data": data, "receivers": {}}),
            "receivers",
        ),
        (
            "/v1/messages",
            json!({"data": data, "receivers": {"sockets": "*", "tags": null}}),
            "receivers.sockets",
        ),
        (
            "/v1/messages",
            json!({"data": {"a": 1}, "receivers": {"sockets": ["*"], "tags": []}}),
            "data",
        ),
        ("/v1/sockets", json!({"tags": "players"}), "tags"),
        (
            "/v1/webhook_receivers/enginio",
            json!({"payload": {}}),
            "receivers",
        ),
    ] {
        let refused = post(&server, path, &body);
        assert_eq!(refused.status, 422, "{path} {body}");
        assert_eq!(
            refused.json()["errors"][0]["property"],
            property,
            "{path} {body}"
        );
    }
    for body in ["", "{", "null", "data=x", "\u{feff}{}"] {
        let refused = server.request("POST", "/v1/messages", &[], body.as_bytes());
        assert_eq!(refused.status, 422, "{body:?}");
        assert_eq!(refused.json()["error"]["reason"], "InvalidJson", "{body:?}");
    }
    let huge = json!({"data": "x".repeat(25 << 20), "receivers": {"sockets": ["*"], "tags": null}});
    let refused = post(&server, "/v1/messages", &huge);
    assert_eq!(refused.status, 413);
    assert_eq!(refused.json()["error"]["reason"], "PayloadTooLarge");
    assert!(
        refused.text().contains("25231360 bytes"),
        "{}",
        refused.text()
    );
    let large = json!({"data": "x".repeat(5 << 20), "receivers": {"sockets": ["*"], "tags": null}});
    let refused = post(&server, "/v1/messages", &large);
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"][0]["property"], "data");
    let no_method = server.get("/v1/messages");
    assert_eq!(no_method.status, 405);
    assert_eq!(no_method.header("allow"), Some("POST"));
    assert_eq!(no_method.json()["error"]["reason"], "MethodNotAllowed");
    let bad_name = server.get("/v1/gateways/a%2Fb/websocket_uri");
    assert_eq!(bad_name.status, 404);
    assert!(
        bad_name.text().contains("1 to 64 letters"),
        "{}",
        bad_name.text()
    );
}

#[test]
fn a_message_may_be_escaped_throughout() {
    let server = TestServer::start(&[]);
    let (mut socket, _) = tagged(&server, "/v1", &[]);
    // 3 MiB, and 9 MiB with its escapes.
    let data = "\u{44f}".repeat(3 << 19);
    let escaped = "\\u044f".repeat(3 << 19);
    let body = format!(r#"{{"data": "{escaped}", "receivers": {{"sockets": ["*"]}}}}"#);
    let sent = server.request("POST", "/v1/messages", &[], body.as_bytes());
    assert_eq!(sent.status, 201);
    assert!(socket.text() == data);
}

#[test]
fn access_with_an_administrators_token() {
    let server = configured(
        "[gateways.main]\ntoken = \"s3cret\"\n\
         [gateways.closed]\naccess = \"custom\"\ntoken = \"s3cret\"\n",
    );
    let status = |path: &str, token: Option<&str>| {
        let headers: Vec<_> = token
            .iter()
            .map(|token| ("Authorization", *token))
            .collect();
        let answer = server.get_with(path, &headers);
        (answer.status, answer.json()["error"]["message"].clone())
    };
    let required = json!("Authorization header is required");
    let denied = json!("Access denied");
    for (path, token, expected) in [
        ("/v1/websocket_uri", None, (200, Value::Null)),
        ("/v1/sockets", None, (401, required.clone())),
        ("/v1/sockets", Some("Basic s3cret"), (401, required.clone())),
        ("/v1/sockets", Some("Bearer wrong"), (401, denied.clone())),
        ("/v1/sockets", Some("BEARER s3cret"), (200, Value::Null)),
        ("/v1/gateways/closed/websocket_uri", None, (401, required)),
        (
            "/v1/gateways/closed/websocket_uri",
            Some("Bearer x"),
            (401, denied),
        ),
        (
            "/v1/gateways/closed/websocket_uri",
            Some("bearer s3cret"),
            (200, Value::Null),
        ),
        ("/v1/gateways/other/sockets", None, (200, Value::Null)),
    ] {
        assert_eq!(status(path, token), expected, "{path} {token:?}");
    }
}

#[test]
fn a_configuration_is_kept_and_permissions_are_the_config_files() {
    let server = configured("[gateways.closed]\naccess = \"custom\"\ntoken = \"t\"\n");
    let path = "/v1/gateways/main/configuration";
    let put = |body: &str| server.request("PUT", path, &[], body.as_bytes());
    let standard = server.get(path).json();
    assert_eq!(
        standard["permissions"],
        json!({"read": ["*"], "write": ["*"]})
    );
    assert_eq!(standard["name"], "main");
    // Clients send back what they were told.
    assert_eq!(put(&standard.to_string()).status, 200);
    assert_eq!(
        put(r#"{"name": "Todo", "identityProvider": {"n": 1.10}}"#).status,
        200
    );
    let told = server.get(path);
    assert_eq!(told.json()["name"], "Todo");
    assert!(told.text().contains(r#"{"n": 1.10}"#), "{}", told.text());
    for (body, property) in [
        (r#"{"name": 1}"#, "name"),
        (r#"{"permissions": ["*"]}"#, "permissions"),
        (
            r#"{"permissions": {"read": [], "write": []}}"#,
            "permissions",
        ),
        (r#"{"permissions": {"read": ["*"]}}"#, "permissions"),
    ] {
        let refused = put(body);
        assert_eq!(refused.status, 422, "{body}");
        assert_eq!(refused.json()["errors"][0]["property"], property, "{body}");
    }
    let closed = "/v1/gateways/closed/configuration";
    let closed = server
        .get_with(closed, &[("Authorization", "Bearer t")])
        .json();
    assert_eq!(closed["permissions"], json!({"read": [], "write": []}));
}

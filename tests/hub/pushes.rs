//! Writes to collections, and what web hooks post, as sockets hear of them.

use serde_json::{Value, json};

use crate::client::{Socket, configured};
use crate::gateway::{post, send, tagged};

#[test]
fn a_collection_tells_the_tags_that_it_names_of_each_write() {
    let server = configured(
        "[collections.todos]\npush = \"gateway:lists:{owner},staff\"\n\
         [collections.notes]\npush = \"gateway:lists\"\n",
    );
    let base = "/v1/gateways/lists";
    let (mut ann, _) = tagged(&server, base, &["ann"]);
    let (mut bob, _) = tagged(&server, base, &["bob"]);
    let (mut staff, _) = tagged(&server, base, &["staff"]);
    let message = |collection: &str, event: &str, mut object: Value| {
        object["objectType"] = format!("objects.{collection}").into();
        json!({"object": object, "meta": {"backendId": "lists", "eventName": event}})
    };
    let next = |socket: &mut Socket| -> Value { serde_json::from_str(&socket.text()).unwrap() };

    let milk = json!({"id": "1", "text": "milk", "owner": "ann"});
    assert_eq!(post(&server, "/todos", &milk).status, 201);
    let created = message("todos", "create", milk);
    assert_eq!(next(&mut ann), created);
    assert_eq!(next(&mut staff), created);

    // Whose it became is told, and whose it was, too: for them it is gone.
    let change = json!({"owner": "bob"}).to_string();
    let updated = server.request("PUT", "/todos/1", &[], change.as_bytes());
    assert_eq!(updated.status, 200);
    let updated = message("todos", "update", updated.json());
    for socket in [&mut ann, &mut bob, &mut staff] {
        assert_eq!(next(socket), updated);
    }

    let deleted = server.request("DELETE", "/todos/1", &[], b"");
    assert_eq!(deleted.status, 200);
    assert_eq!(next(&mut bob)["meta"]["eventName"], "delete");
    assert_eq!(next(&mut staff)["object"]["text"], "milk");

    // To everybody; the first that Ann hears again.
    let note = json!({"id": "2", "text": "closed"});
    assert_eq!(post(&server, "/notes", &note).status, 201);
    for socket in [&mut ann, &mut bob, &mut staff] {
        assert_eq!(next(socket), message("notes", "create", note.clone()));
    }
    // What is refused, nobody is told of.
    assert_eq!(post(&server, "/notes", &note).status, 422);
    send(
        &server,
        base,
        "the end",
        json!({"sockets": ["*"], "tags": null}),
    );
    ann.expect("the end");
}

/// Numbers, escapes and an order that a float, or a map, would not keep.
const EXACT: &str = r#""price":1.10,"big":12345678901234567890123,"neg":-0,"e":1e2,"esc":"\u00fc","a":{"z":1.0,"b":2}"#;

#[test]
fn numbers_arrive_as_they_were_written() {
    let server = configured(
        "[collections.items]\npush = \"gateway:main\"\n\
         [collections.owned]\npush = \"gateway:main:{userId}\"\n",
    );
    let (mut socket, _) = tagged(&server, "/v1", &["12345678901234567890123", "1.10"]);
    let write = |path: &str, body: &str| {
        let written = server.request("POST", path, &[], body.as_bytes());
        assert_eq!(written.status, 201, "{}", written.text());
    };
    write("/items", &format!(r#"{{"id":"1",{EXACT}}}"#));
    let told = socket.text();
    assert!(told.contains(EXACT), "{told}");
    assert_eq!(
        server.get("/items/1").text(),
        format!(r#"{{"id":"1",{EXACT}}}"#)
    );

    // A tag is the digits, too.
    for number in ["12345678901234567890123", "1.10"] {
        write("/owned", &format!(r#"{{"userId":{number}}}"#));
        let told = socket.text();
        assert!(told.contains(&format!(r#""userId":{number}"#)), "{told}");
    }

    let hook = format!(
        r#"{{"payload":{{"object":{{{EXACT}}}}},"receivers":[{{"id":"*","objectType":"aclSubject"}}]}}"#
    );
    let sent = server.request(
        "POST",
        "/v1/webhook_receivers/enginio",
        &[],
        hook.as_bytes(),
    );
    assert_eq!(sent.status, 201, "{}", sent.text());
    socket.expect(&format!(r#"{{"object":{{{EXACT}}}}}"#));
}

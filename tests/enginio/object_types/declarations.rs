//! What is a declaration, who may declare, and when.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use serde_json::{Value, json};

use super::{PATH, declare, refused, todos};
use crate::api::{ADMIN, Api, CONFIG, encoded, on_every_database, start};

#[test]
fn what_is_no_declaration() {
    on_every_database(CONFIG, |server| {
        let admin = Api::admin(server);
        let property = |property: Value| json!({"name": "todos", "properties": [property]});
        for (body, of, known) in [
            (json!({}), "name", "needs a name"),
            (json!({"name": 1}), "name", "needs a name"),
            (json!({"name": "a.b"}), "name", "needs a name"),
            (json!({"name": "objects."}), "name", "needs a name"),
            (json!({"name": "files"}), "name", "needs a name"),
            (json!({"name": "x".repeat(65)}), "name", "needs a name"),
            (json!({"name": "todos", "id": "x"}), "id", "leave it out"),
            (
                json!({"name": "todos", "unique": true}),
                "unique",
                "settings",
            ),
            (
                json!({"name": "todos", "settings": true}),
                "settings",
                "websocket",
            ),
            (
                json!({"name": "todos", "settings": {"websocket": 1}}),
                "settings",
                "websocket",
            ),
            (
                json!({"name": "todos", "settings": {"socket": true}}),
                "settings",
                "websocket",
            ),
            (
                json!({"name": "todos", "properties": {}}),
                "properties",
                "list",
            ),
            (
                json!({"name": "todos", "properties": vec![1; 101]}),
                "properties",
                "100",
            ),
            (property(json!("title")), "properties", "name"),
            (property(json!({"type": "string"})), "properties", "name"),
            (
                property(json!({"name": "a.b", "type": "string"})),
                "a.b",
                "no name",
            ),
            (
                property(json!({"name": "title"})),
                "title",
                "string, number",
            ),
            (
                property(json!({"name": "title", "type": "text"})),
                "title",
                "\"text\"",
            ),
            (
                property(json!({"name": "title", "type": ["string"]})),
                "title",
                "string, number",
            ),
            (
                property(json!({"name": "id", "type": "string"})),
                "id",
                "the server says",
            ),
            (
                property(json!({"name": "creator", "type": "ref"})),
                "creator",
                "the server says",
            ),
            (
                property(json!({"name": "a", "type": "string", "unique": true})),
                "a",
                "unique",
            ),
            (
                property(json!({"name": "a", "type": "string", "indexed": "yes"})),
                "a",
                "indexed",
            ),
            (
                property(json!({"name": "a", "type": "ref", "objectType": "todos"})),
                "a",
                "objects.todos",
            ),
            (
                property(json!({"name": "a", "type": "string", "objectType": "users"})),
                "a",
                "ref",
            ),
            (
                json!({"name": "todos", "properties": [
                    {"name": "a", "type": "string"}, {"name": "a", "type": "number"},
                ]}),
                "a",
                "twice",
            ),
            (
                json!({"name": "users", "properties": [{"name": "username", "type": "number"}]}),
                "username",
                "the server says",
            ),
        ] {
            refused(admin.call("POST", PATH, &body), of, known);
        }
        for processors in [
            json!({}),
            json!(["image"]),
            json!([{"type": "image"}]),
            json!([{"type": "video", "variants": {"a": {"crop": "1x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "1x"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "0x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "+1x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "2049x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "99999999999x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "1x1", "fit": "1x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"turn": "1x1"}}}]),
            json!([{"type": "image", "variants": {"part": {"crop": "1x1"}}}]),
            json!([{"type": "image", "variants": {"../a": {"crop": "1x1"}}}]),
            json!([{"type": "image", "variants": {"a": {"crop": "1x1"}, "A": {"crop": "1x1"}}}]),
            json!([{"type": "image", "variants": (0..9).map(|n| (format!("v{n}"), json!({"crop": "1x1"}))).collect::<serde_json::Map<_, _>>()}]),
        ] {
            let file = json!({
                "name": "a", "type": "ref", "objectType": "files", "processors": processors,
            });
            refused(
                admin.call("POST", PATH, &property(file)),
                "a",
                "processors of",
            );
        }
        let good = json!([{"type": "image", "variants": {"a": {"crop": "1x1"}}}]);
        let no_file = json!({"name": "a", "type": "ref", "processors": good});
        refused(admin.call("POST", PATH, &property(no_file)), "a", "files");
        assert_eq!(admin.get(PATH).1, json!({"results": []}));
        assert_eq!(admin.get(&format!("{PATH}/todos")).0, 404);
        assert_eq!(admin.get(&format!("{PATH}/%27")).0, 404);
        assert_eq!(admin.call("PUT", &format!("{PATH}/todos"), &todos()).0, 404);
        assert_eq!(
            admin
                .call("DELETE", &format!("{PATH}/todos"), &Value::Null)
                .0,
            404
        );
    });
}

#[test]
fn a_declaration_that_objects_break_is_refused_and_changes_nothing() {
    on_every_database(CONFIG, |server| {
        let (admin, ann) = (Api::admin(server), Api::user(server, "ann"));
        // So long that objects are not looked at all at once.
        ann.create("/v1/objects/todos", &json!({"text": "x".repeat(900_000)}));
        for n in 0..120 {
            ann.create("/v1/objects/todos", &json!({"title": "x", "n": n}));
        }
        let broken = ann.create("/v1/objects/todos", &json!({"title": "x", "n": "many"}));
        refused(admin.call("POST", PATH, &todos()), "n", &broken);
        assert_eq!(admin.get(&format!("{PATH}/todos")).0, 404);
        let path = format!("/v1/objects/todos/{broken}");
        assert_eq!(ann.call("PUT", &path, &json!({"n": 7})).0, 200);
        declare(server, &todos());
        let seven = encoded(&json!({"n": 7}));
        let seven = format!("/v1/objects/todos?count&q={seven}");
        assert_eq!(
            ann.get(&seven).1["count"],
            2,
            "those of before are in the index"
        );

        // Another type for a property that has values.
        let other = json!({"properties": [{"name": "n", "type": "string"}]});
        refused(
            admin.call("PUT", &format!("{PATH}/objects.todos"), &other),
            "n",
            "breaks",
        );
        let (_, told) = admin.get(&format!("{PATH}/objects.todos"));
        assert_eq!(told["properties"][1]["type"], "number");
        assert_eq!(ann.get(&seven).1["count"], 2);
        refused(
            ann.call("PUT", &path, &json!({"n": "many"})),
            "n",
            "declared",
        );
        // A change that says nothing of the properties leaves them.
        let settings = json!({"settings": {"websocket": true}});
        let (status, changed) = admin.call("PUT", &format!("{PATH}/todos"), &settings);
        assert_eq!((status, &changed["properties"]), (200, &told["properties"]));
        let name = json!({"name": "lists"});
        refused(
            admin.call("PUT", &format!("{PATH}/todos"), &name),
            "name",
            "keeps its name",
        );
        // Who may not read a list learns nothing of it by its type, and the type has no readers.
        let ben = Api::user(server, "ben");
        assert_eq!(ben.get(&seven).1["count"], 0);
        for (api, status) in [(&ben, 403), (&Api::nobody(server), 403)] {
            assert_eq!(api.get(PATH).0, status);
            assert_eq!(api.get(&format!("{PATH}/todos")).0, status);
            assert_eq!(api.get(&format!("{PATH}/none")).0, status);
            assert_eq!(api.call("POST", PATH, &todos()).0, status);
            assert_eq!(api.call("PUT", &format!("{PATH}/todos"), &other).0, status);
            assert_eq!(
                api.call("DELETE", &format!("{PATH}/todos"), &Value::Null).0,
                status
            );
        }
        let of_another = Api::nobody(server).at("another").with(ADMIN);
        assert_eq!(of_another.get(PATH).0, 401);
    });
}

#[test]
fn the_master_key_is_a_header_of_its_own() {
    let server = start(CONFIG, Some(":memory:"));
    let ann = Api::user(&server, "ann");
    let key = "Enginio-Backend-MasterKey";
    let bearer = format!("BEARER {ADMIN}");
    let body = todos().to_string();
    for (api, value, status) in [
        (Api::nobody(&server), ADMIN, 200),
        (Api::nobody(&server), &bearer, 200),
        (ann.clone(), ADMIN, 200),
        (Api::admin(&server), ADMIN, 200),
        (Api::nobody(&server), "wrong", 401),
        (ann.clone(), "wrong", 401),
        (Api::nobody(&server), "", 403),
    ] {
        let response = api.send("POST", PATH, &[(key, value)], body.as_bytes());
        assert_eq!(response.status, status, "{value}: {}", response.text());
    }
    // Whoever is logged in stays who they are where it is about objects.
    let made = ann.send("POST", "/v1/objects/todos", &[(key, ADMIN)], b"{}");
    assert_eq!(made.json()["creator"]["id"], ann.id);
}

/// Declares a type, from any thread.
fn post(address: SocketAddr, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Enginio-Backend-Id: main\r\nEnginio-Backend-MasterKey: {ADMIN}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[test]
fn of_two_declarations_at_once_one_is_kept() {
    on_every_database(CONFIG, |server| {
        let declaration = |n: usize| json!({"name": "todos", "properties": [{"name": format!("p{n}"), "type": "string"}]});
        let address = server.address;
        let statuses = thread::scope(|scope| {
            let handles = (0..8).map(|n| {
                let declaration = declaration(n);
                scope.spawn(move || post(address, &declaration.to_string()))
            });
            let handles: Vec<_> = handles.collect();
            let answers = handles.into_iter().map(|handle| handle.join().unwrap());
            answers.collect::<Vec<(u16, Value)>>()
        });
        let kept: Vec<_> = statuses
            .iter()
            .filter(|(status, _)| *status == 200)
            .collect();
        assert_eq!(kept.len(), 1, "{statuses:?}");
        for other in statuses.iter().filter(|(status, _)| *status != 200) {
            refused(other.clone(), "name", "PUT /v1/object_types/objects.todos");
        }
        let (_, told) = Api::admin(server).get(&format!("{PATH}/todos"));
        assert_eq!(told, kept[0].1);
        // The same again is none.
        assert_eq!(Api::admin(server).call("POST", PATH, &told).0, 200);
    });
}

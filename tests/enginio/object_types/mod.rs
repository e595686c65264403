//! Declared types: what is declared is true of every object, whoever writes, and declarations are
//! for whoever has the token of the configuration.

mod declarations;
mod indexes;

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, encoded, on_every_database, start};
use crate::client::Socket;

const PATH: &str = "/v1/object_types";

fn todos() -> Value {
    json!({
        "name": "todos",
        "properties": [
            {"name": "title", "type": "string", "indexed": true},
            {"name": "n", "type": "number", "indexed": true},
            {"name": "done", "type": "boolean", "indexed": true},
            {"name": "list", "type": "ref", "objectType": "objects.lists", "indexed": true},
            {"name": "any", "type": "ref"},
            {"name": "due", "type": "time"},
            {"name": "place", "type": "geoloc"},
            {"name": "tags", "type": "array", "indexed": true},
            {"name": "more", "type": "object"},
        ],
    })
}

#[track_caller]
fn declare(server: &crate::support::TestServer, declaration: &Value) {
    let (status, told) = Api::admin(server).call("POST", PATH, declaration);
    assert_eq!(status, 200, "{told}");
}

#[track_caller]
fn refused(answer: (u16, Value), property: &str, known: &str) {
    let (status, answer) = answer;
    let error = &answer["errors"][0];
    let message = error["message"].as_str().unwrap_or_default();
    assert_eq!(status, 400, "{answer}");
    assert_eq!(error["reason"], "BadRequest", "{answer}");
    assert_eq!(error["property"], property, "{answer}");
    assert!(message.contains(known), "{known} is not in {message}");
}

#[test]
fn values_are_what_is_declared() {
    on_every_database(CONFIG, |server| {
        declare(server, &todos());
        let ann = Api::user(server, "ann");
        let id = "541df1c1e5bde554a805b213";
        let list = json!({"id": id, "objectType": "objects.lists"});
        let path = ann.create("/v1/objects/todos", &json!({"title": "milk"}));
        let path = format!("/v1/objects/todos/{path}");
        for (name, good, bad) in [
            (
                "title",
                vec![json!(""), json!("x")],
                vec![json!(1), json!(["x"])],
            ),
            (
                "n",
                vec![json!(1), json!(-1.5)],
                vec![json!("1"), json!(true)],
            ),
            ("done", vec![json!(true)], vec![json!("true"), json!(0)]),
            (
                "list",
                vec![list.clone(), json!({"$type": "ref", "$value": list})],
                vec![
                    json!({"id": id, "objectType": "users"}),
                    json!(id),
                    json!({}),
                ],
            ),
            (
                "any",
                vec![list.clone()],
                vec![json!({"id": id}), json!("x")],
            ),
            (
                "due",
                vec![
                    json!("2013-06-28T16:38:32.369Z"),
                    json!("2013-06-28T16:38:32+02:00"),
                ],
                vec![
                    json!("tomorrow"),
                    json!("2013-06-28"),
                    json!(1),
                    json!("2013-06-28T16:38:32 x"),
                ],
            ),
            (
                "place",
                vec![json!([1, 2.5]), json!({"longitude": 1, "latitude": 2.5})],
                vec![json!([1]), json!([1, 91]), json!("1,2")],
            ),
            ("tags", vec![json!([1, "x"])], vec![json!("x"), json!({})]),
            ("more", vec![json!({"a": 1})], vec![json!([]), json!("x")]),
            // Of this one nothing is said.
            ("else", vec![json!(1), json!("x"), json!([{}])], vec![]),
        ] {
            for good in good.into_iter().chain([Value::Null]) {
                let body = json!({name: good});
                assert_eq!(
                    ann.call("POST", "/v1/objects/todos", &body).0,
                    201,
                    "{body}"
                );
                assert_eq!(ann.call("PUT", &path, &body).0, 200, "{body}");
            }
            let before = ann.get(&path).1;
            for bad in bad {
                let body = json!({name: bad, "else": "changed"});
                refused(
                    ann.call("POST", "/v1/objects/todos", &body),
                    name,
                    "declared",
                );
                refused(ann.call("PUT", &path, &body), name, "declared");
                let set = json!({"$set": {name: bad}});
                refused(
                    ann.call("PUT", &format!("{path}/atomic"), &set),
                    name,
                    "declared",
                );
            }
            assert_eq!(
                ann.get(&path).1,
                before,
                "nothing of what is refused is there"
            );
        }
        let push = json!({"$push": {"else2": 1}, "$inc": {"n": 1}});
        assert_eq!(ann.call("PUT", &format!("{path}/atomic"), &push).0, 200);
        // A file is a reference, too, and refused before its content comes.
        let file = json!({
            "targetFileProperty": {
                "objectType": "objects.todos",
                "id": path.rsplit('/').next(),
                "propertyName": "title",
            },
        });
        refused(ann.call("POST", "/v1/files", &file), "title", "declared");
        refused(crate::files::upload(&ann, &file, b"x"), "title", "declared");
        assert_eq!(ann.list("/v1/files"), Vec::<Value>::new());
        // Once it is not declared any more, it may be anything.
        let admin = Api::admin(server);
        assert_eq!(
            admin
                .call("DELETE", &format!("{PATH}/todos"), &Value::Null)
                .0,
            200
        );
        assert_eq!(ann.call("PUT", &path, &json!({"title": 1})).0, 200);
    });
}

#[test]
fn a_type_without_a_websocket_is_told_to_no_stream() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let silent =
            |is_heard: bool| json!({"name": "silent", "settings": {"websocket": is_heard}});
        declare(server, &silent(false));
        let (_, stream) = ann.get("/v1/stream_url");
        let mut stream = Socket::open_uri(server, stream["expiringUrl"].as_str().unwrap());
        let mut next = || -> Value { serde_json::from_str(&stream.text()).unwrap() };
        let uri = server.get("/v1/gateways/changes/websocket_uri").json();
        let mut hook = Socket::open_uri(server, uri["uri"].as_str().unwrap());
        let all = json!({"read": [{"id": "*", "objectType": "aclSubject"}]});
        let id = ann.create("/v1/objects/silent", &json!({"title": "not told"}));
        let path = format!("/v1/objects/silent/{id}");
        assert_eq!(ann.call("PUT", &format!("{path}/access"), &all).0, 200);
        assert_eq!(ann.call("PUT", &path, &json!({"title": "told"})).0, 200);
        assert_eq!(ann.call("DELETE", &path, &Value::Null).0, 200);
        ann.create("/v1/objects/todos", &json!({"title": "heard"}));
        assert_eq!(next()["data"]["title"], "heard");
        // The gateway is what the configuration asks for.
        let told: Value = serde_json::from_str(&hook.text()).unwrap();
        assert_eq!(told["object"]["id"], id, "{told}");
        let heard = Api::admin(server).call("PUT", &format!("{PATH}/silent"), &silent(true));
        assert_eq!(heard.0, 200, "{}", heard.1);
        ann.create("/v1/objects/silent", &json!({"title": "heard, too"}));
        assert_eq!(next()["data"]["title"], "heard, too");
    });
}

#[test]
fn what_is_declared_outlives_the_server() {
    let mut server = start(CONFIG, None);
    declare(&server, &todos());
    let id = Api::nobody(&server).create("/v1/objects/todos", &json!({"title": "milk"}));
    let (_, before) = Api::admin(&server).get(PATH);
    server.kill();
    server.restart();
    assert_eq!(Api::admin(&server).get(PATH).1, before);
    let nobody = Api::nobody(&server);
    let bad = nobody.call(
        "PUT",
        &format!("/v1/objects/todos/{id}"),
        &json!({"title": 1}),
    );
    refused(bad, "title", "declared");
    let found = nobody.list(&format!(
        "/v1/objects/todos?q={}",
        encoded(&json!({"title": "milk"}))
    ));
    assert_eq!(found.len(), 1);
}

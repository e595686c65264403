//! Declared types: what is declared is true of every object, whoever writes, and declarations are
//! for whoever has the token of the configuration.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::api::{ADMIN, Api, CONFIG, encoded, on_every_database, start};
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

#[test]
fn lists_by_an_index_say_the_same_as_without() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let lists: Vec<String> = (0..3)
            .map(|n| ann.create("/v1/objects/lists", &json!({"n": n})))
            .collect();
        let list = |n: usize| json!({"id": lists[n], "objectType": "objects.lists"});
        let objects = [
            json!({"title": "milk", "n": 1, "done": true, "list": list(0), "tags": ["a"]}),
            json!({"title": "milk", "n": 1.0, "done": false, "list": list(1)}),
            json!({"title": "", "n": -0.0, "list": null}),
            json!({"title": "'1", "n": 9_007_199_254_740_993_u64, "done": null}),
            json!({"n": 9_007_199_254_740_992_u64, "list": list(1), "due": "2013-06-28T16:38:32Z"}),
            json!({"title": null, "n": 0, "tags": ["a", "b"]}),
            json!({"title": "x".repeat(20_000)}),
        ];
        let queries = [
            json!({"title": "milk"}),
            json!({"title": ""}),
            json!({"title": null}),
            json!({"title": "x".repeat(20_000)}),
            json!({"title": 1}),
            json!({"title": {"$ne": "milk"}}),
            json!({"title": {"$in": ["milk", "'1"]}}),
            json!({"title": {"$in": ["milk", null]}}),
            json!({"title": {"$in": []}}),
            json!({"title": {"$nin": ["milk"]}}),
            json!({"n": 1}),
            json!({"n": "1"}),
            json!({"n": 0}),
            json!({"n": 9_007_199_254_740_993_u64}),
            json!({"n": {"$gt": 0}}),
            json!({"done": true}),
            json!({"done": "true"}),
            json!({"list": list(1)}),
            json!({"list": {"id": lists[1]}}),
            json!({"list.id": lists[1]}),
            json!({"list": {"id": lists[1], "objectType": "users"}}),
            json!({"list": {"$in": [list(0), list(1)]}}),
            json!({"list": null}),
            json!({"tags": "a"}),
            json!({"title": "milk", "n": 1, "done": false}),
            json!({"$or": [{"title": "milk"}, {"n": 0}]}),
            json!({"$or": [{"title": "milk"}, {"title": "'1"}]}),
            json!({"$and": [{"title": "milk"}, {"$or": [{"done": true}, {"list": list(1)}]}]}),
            json!({"$nor": [{"title": "milk"}]}),
            json!({"title": {"$not": {"$eq": "milk"}}}),
        ];
        let ids: Vec<String> = objects
            .iter()
            .map(|object| ann.create("/v1/objects/todos", object))
            .collect();
        let ask = |query: &Value| {
            let query = encoded(query);
            let found = ann.list(&format!("/v1/objects/todos?q={query}"));
            let (_, count) = ann.get(&format!("/v1/objects/todos?count&q={query}"));
            assert_eq!(count["count"], found.len(), "{query}");
            let ids = found.into_iter().map(|object| object["id"].clone());
            ids.collect::<Vec<Value>>()
        };
        let without: Vec<_> = queries.iter().map(ask).collect();
        assert!(without.iter().filter(|found| !found.is_empty()).count() > 20);
        declare(server, &todos());
        let compare = |when: &str, expected: &[Vec<Value>]| {
            for (query, expected) in queries.iter().zip(expected) {
                assert_eq!(ask(query), *expected, "{when}: {query:.200}");
            }
        };
        compare("of objects that were there", &without);
        // The first two and the third change their places, and one goes and comes again.
        for (id, object) in ids.iter().zip([&objects[2], &objects[0], &objects[1]]) {
            let path = format!("/v1/objects/todos/{id}");
            let mut all = json!({"done": null, "tags": null});
            let all = all.as_object_mut().unwrap();
            all.extend(object.as_object().unwrap().clone());
            assert_eq!(ann.call("PUT", &path, &json!(all)).0, 200);
        }
        ann.call(
            "DELETE",
            &format!("/v1/objects/todos/{}", ids[3]),
            &Value::Null,
        );
        ann.create("/v1/objects/todos", &objects[3]);
        let changed: Vec<_> = queries.iter().map(ask).collect();
        let path = format!("{PATH}/todos");
        Api::admin(server).call("DELETE", &path, &Value::Null);
        compare("without the index again", &changed);
        assert_ne!(changed, without);
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

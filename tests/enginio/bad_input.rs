//! What cannot be understood, or is too much: each is refused with what to do about it, and the
//! server goes on.

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, encoded, on_every_database, start};

#[test]
fn bodies() {
    let server = start("[enginio.main]\nmax_body = \"1KiB\"\n", Some(":memory:"));
    let api = Api::nobody(&server);
    for (body, status) in [
        ("", 400),
        ("x", 400),
        ("[]", 400),
        ("1", 400),
        ("{\"a\":1", 400),
        ("\u{feff}{}", 400),
        (r#"{"$where":"x"}"#, 400),
        (r#"{"a.b":1}"#, 400),
        (r#"{"a\"b":1}"#, 400),
        (r#"{"a\\b":1}"#, 400),
        (r#"{"a":"\u0000"}"#, 400),
        (r#"{"":1}"#, 400),
        (r#"{"a":{"$type":"ref","$value":1}}"#, 400),
        (r#"{"objectType":"objects.others"}"#, 400),
        (r#"{"a":1e999}"#, 400),
        (r#"{"a'b":"'; DROP TABLE enginio_objects; --"}"#, 201),
        (
            &format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200)),
            400,
        ),
        (&format!("{{\"a\":\"{}\"}}", "x".repeat(2000)), 413),
    ] {
        let response = api.send("POST", "/v1/objects/todos", &[], body.as_bytes());
        assert_eq!(response.status, status, "{body}: {}", response.text());
        if status >= 400 {
            let message = response.json()["errors"][0]["message"].clone();
            assert!(
                message.as_str().is_some_and(|message| !message.is_empty()),
                "{body}"
            );
        }
    }
    let bytes = api.send("POST", "/v1/objects/todos", &[], b"{\"a\":\"\xff\"}");
    assert_eq!(bytes.status, 400);
    assert_eq!(api.list("/v1/objects/todos").len(), 1);
}

#[test]
fn an_object_does_not_grow_beyond_the_largest_body() {
    let server = start("[enginio.main]\nmax_body = \"8KiB\"\n", Some(":memory:"));
    let api = Api::nobody(&server);
    let id = api.create("/v1/objects/todos", &json!({"n": 0}));
    let path = format!("/v1/objects/todos/{id}");
    let statuses = (0..20).map(|n| {
        let more = json!({format!("p{n}"): "x".repeat(1000)});
        api.call("PUT", &path, &more).0
    });
    let statuses: Vec<u16> = statuses.collect();
    assert_eq!((statuses[0], statuses[19]), (200, 413));
    assert_eq!(api.call("PUT", &path, &json!({"n": 1})).0, 200);
}

#[test]
fn queries() {
    on_every_database(CONFIG, |server| {
        let api = Api::nobody(server);
        api.create(
            "/v1/objects/todos",
            &json!({"a'b": 1, "a": {"b": "x"}, "n": 1}),
        );
        for (query, known) in [
            ("q=x", "not JSON"),
            ("q=%7B", "not JSON"),
            ("q=[]", "no object"),
            (r#"q={"a":{"$nearly":[1,2]}}"#, "$gte"),
            (r#"q={"a":{"$near":[1]}}"#, "[longitude, latitude]"),
            (r#"q={"a":{"$near":[181,0]}}"#, "-180 to 180"),
            (r#"q={"a":{"$near":[0,90.5]}}"#, "-90 to 90"),
            (r#"q={"a":{"$near":["1","2"]}}"#, "in degrees"),
            (r#"q={"a":{"$near":{"longitude":1}}}"#, "in degrees"),
            (r#"q={"a":{"$near":[1,2],"$maxDistance":-1}}"#, "metres"),
            (r#"q={"a":{"$near":[1,2],"$maxDistance":"5km"}}"#, "metres"),
            (r#"q={"a":{"$maxDistance":1}}"#, "beside $near"),
            (r#"q={"$or":[{"a":{"$near":[1,2]}},{"n":1}]}"#, "once"),
            (r#"q={"a":{"$not":{"$near":[1,2]}}}"#, "once"),
            (r#"q={"a":{"$near":[1,2]},"b":{"$near":[1,2]}}"#, "once"),
            (r#"q={"$where":"1"}"#, "$or"),
            (r#"q={"a\"b":1}"#, "no name"),
            (r#"q={"a..b":1}"#, "no name"),
            (r#"q={"n":{"$gt":{}}}"#, "number or a text"),
            ("limit=1001", "1000"),
            ("limit=-1", "limit"),
            ("offset=x", "offset"),
            ("sort=n", "sortBy"),
            (r#"sort=[{"sortBy":"n","direction":"up"}]"#, "desc"),
            ("include=x", "include"),
            (r#"include={"a":{"b":{"c":{"d":{}}}}}"#, "3 deep"),
        ] {
            let (name, value) = query.split_once('=').unwrap();
            let value: String = match value {
                "%7B" => value.to_owned(),
                value => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
            };
            let (status, answer) = api.get(&format!("/v1/objects/todos?{name}={value}"));
            let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
            assert_eq!(status, 400, "{query}: {answer}");
            assert!(message.contains(known), "{query}: {message}");
        }
        let (status, answer) = api.get("/v1/stream_url?filter=[]");
        assert_eq!(status, 400, "{answer}");
        // What looks like SQL is a name or a value like any other.
        for (q, count) in [
            (json!({"a'b": 1}), 1),
            (json!({"a.b": "x"}), 1),
            (json!({"a') OR 1=1 --": 1}), 0),
            (json!({"n": "1) OR (1=1"}), 0),
            (json!({"a": {"b": "x' OR '1'='1"}}), 0),
            (json!({"$or": [{"x') --": null}]}), 1),
        ] {
            let (status, answer) = api.get(&format!("/v1/objects/todos?count&q={}", encoded(&q)));
            assert_eq!(
                (status, &answer["count"]),
                (200, &json!(count)),
                "{q}: {answer}"
            );
        }
        let sort = encoded(&json!([{"sortBy": "a'); DROP TABLE enginio_objects; --"}]));
        assert_eq!(api.list(&format!("/v1/objects/todos?sort={sort}")).len(), 1);
    });
}

#[test]
fn names_and_ids() {
    on_every_database(CONFIG, |server| {
        let api = Api::nobody(server);
        for path in [
            "/v1/objects/todos/'",
            "/v1/objects/todos/%00",
            "/v1/objects/todos/*",
            "/v1/objects/todos/..%2F..",
            "/v1/files/..%2F..%2Fobjects.db",
            "/v1/files/..%2F..%2Fobjects.db/download_url",
            "/v1/usergroups/%27/members",
        ] {
            let (status, answer) = api.get(path);
            assert_eq!(status, 404, "{path}: {answer}");
        }
        for path in [
            "/v1/objects/todos%00",
            "/v1/objects/a.b",
            "/v1/objects/%2e%2e",
        ] {
            assert_eq!(api.get(path).0, 404, "{path}");
        }
        let long = "x".repeat(129);
        for user in [
            json!({"username": "", "password": "x"}),
            json!({"username": "a\nb", "password": "x"}),
            json!({"username": long, "password": "x"}),
            json!({"username": "a", "password": ""}),
            json!({"username": "a", "password": "x".repeat(1025)}),
            json!({"username": 1, "password": "x"}),
            json!({"username": "a", "password": 1}),
        ] {
            let (status, answer) = api.call("POST", "/v1/users", &user);
            assert_eq!(status, 400, "{user}: {answer}");
        }
        assert_eq!(api.call("POST", "/v1/users", &Value::Null).0, 400);
    });
}

#[test]
fn settings_that_are_wrong_are_start_errors() {
    use crate::support::{command, run};
    for (config, known) in [
        ("[enginio.main]\ntypes = { todos = {} }\n", "objects.todos"),
        (
            "[enginio.main.types.\"objects.todos\"]\nread = [\"all\"]\n",
            "everybody",
        ),
        (
            "[enginio.main.types.\"objects.todos\"]\nwrite = [\"users\"]\n",
            "update",
        ),
        ("[enginio.\"a b\"]\n", "letters"),
        (
            "[enginio.a]\nid = \"x\"\n[enginio.b]\nid = \"x\"\n",
            "\"x\"",
        ),
    ] {
        let folder = crate::support::Folder::new();
        std::fs::write(folder.around().join("qmlserve.toml"), config).unwrap();
        let args = ["tree", "--port", "0", "--data=:memory:"];
        let finished = run(&mut command(&args, folder.around()));
        assert_eq!(finished.code, Some(1), "{config}: {}", finished.stderr);
        assert!(
            finished.stderr.contains(known),
            "{config}: {}",
            finished.stderr
        );
    }
}

#[test]
fn a_database_in_the_tree_is_not_served() {
    let server = start(CONFIG, Some("tree/own.db"));
    let ann = Api::user(&server, "ann");
    ann.create("/v1/objects/todos", &json!({"title": "secret"}));
    let folder = server.folder.around().join("tree/.own.enginio");
    assert!(
        folder.join("objects.db").exists(),
        "that is where it is kept"
    );
    for path in [
        "/.own.enginio/objects.db",
        "/%2Eown.enginio/objects.db",
        "/own.enginio/objects.db",
    ] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

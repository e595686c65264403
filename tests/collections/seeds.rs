//! Seeds: what is found, what fills, what is no good.

use serde_json::json;

use crate::place::{COLORS, Place, names, send};
use crate::support::{command, run};

#[test]
fn arrays_and_objects_with_one_array_are_found() {
    let server = Place::colors()
        .beside(
            "data/wrapped.json",
            r#"{"version": 1, "things": [{"id": 7}]}"#,
        )
        .beside("data/two.json", r#"{"a": [], "b": []}"#)
        .beside("data/none.json", r#"{"a": 1}"#)
        .beside("data/text.txt", "[]")
        .beside("data/two words.json", r#"[{"name":"x"}]"#)
        .beside("data/bom.json", "\u{feff}[{\"id\":1}]")
        .start();
    assert_eq!(server.get("/wrapped/7").status, 200);
    assert_eq!(server.get("/two%20words/x").status, 200);
    assert_eq!(server.get("/bom/1").status, 200);
    for path in ["/two", "/none", "/text"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn without_collections_there_is_no_database() {
    let server = Place::new().start();
    assert!(!server.folder.around().join(".qmlserve").exists());
}

#[test]
fn a_seed_that_is_no_good_is_told_in_every_answer() {
    for (seed, message) in [
        ("[{\"name\": \"red\"},\n {oops}]", "colors.json:2:3"),
        (
            r#"[{"name":"a"},{"name":"b"},{"name":"a"}]"#,
            "object 3: its key \"a\" is that of object 1",
        ),
        (r#"[{"name":"a"},{}]"#, "neither an id nor a name"),
        (r#"[{"name":"a"},7]"#, "object 2: it is a number"),
        ("", "colors.json:1:0"),
    ] {
        let server = Place::new().beside("data/colors.json", seed).start();
        for (method, path) in [
            ("GET", "/colors"),
            ("GET", "/colors/a"),
            ("POST", "/colors"),
        ] {
            let (status, body) = send(&server, method, path, r#"{"name":"x"}"#);
            assert_eq!(status, 503, "{seed}");
            let told = body["error"]["message"].as_str().unwrap();
            assert!(told.contains(message), "{seed} gave {told}");
        }
        server.logged(message);
    }
}

#[test]
fn a_seed_that_the_schema_refuses_is_no_good() {
    let server = Place::colors()
        .beside("s.json", r#"{"required": ["size"]}"#)
        .config("[collections.colors]\nschema = \"s.json\"\n")
        .start();
    let (status, body) = send(&server, "GET", "/colors", "");
    assert_eq!(status, 503);
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("object 1"),
        "{body}"
    );
}

#[test]
fn a_seed_fills_once() {
    let store = tempfile::tempdir().unwrap();
    let data = store.path().join("c.db").display().to_string();
    let server = Place::colors().data(&data).start();
    for name in ["red", "green", "blue"] {
        assert_eq!(
            send(&server, "DELETE", &format!("/colors/{name}"), "").0,
            200
        );
    }
    drop(server);
    let server = Place::colors().data(&data).start();
    assert!(
        names(&server, "/colors").is_empty(),
        "what was deleted is back"
    );
    drop(server);

    let changed = COLORS.replace("red", "crimson");
    let server = Place::new()
        .beside("data/colors.json", &changed)
        .data(&data)
        .start();
    server.logged("qmlserve data reset colors");
    assert!(names(&server, "/colors").is_empty());
}

#[test]
fn a_seed_that_comes_later_does_not_overwrite() {
    let store = tempfile::tempdir().unwrap();
    let data = store.path().join("c.db").display().to_string();
    let declared = "[collections.colors]\nkey = \"name\"\n";
    let server = Place::new().config(declared).data(&data).start();
    assert_eq!(
        send(&server, "POST", "/colors", r#"{"name":"mine"}"#).0,
        201
    );
    drop(server);
    let server = Place::colors().config(declared).data(&data).start();
    assert_eq!(names(&server, "/colors"), ["mine"]);
}

#[test]
fn another_key_is_taken_from_the_objects() {
    let store = tempfile::tempdir().unwrap();
    let data = store.path().join("c.db").display().to_string();
    drop(Place::colors().data(&data).start());
    let by_value = "[collections.colors]\nkey = \"value\"\n";
    let server = Place::colors().config(by_value).data(&data).start();
    assert_eq!(server.get("/colors/%23f00").json()["name"], "red");
    drop(server);
    let by_none = "[collections.colors]\nkey = \"none\"\n";
    let server = Place::colors().config(by_none).data(&data).start();
    assert_eq!(server.get("/colors").status, 503);
    drop(server);
    let server = Place::colors().data(&data).start();
    assert_eq!(names(&server, "/colors").len(), 3, "nothing was lost");
}

#[test]
fn two_collections_of_one_path_are_a_start_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("www")).unwrap();
    let config = "[collections.a]\npath = \"/x\"\n[collections.b]\npath = \"/x\"\n";
    std::fs::write(folder.path().join("qmlserve.toml"), config).unwrap();
    let ended = run(&mut command(&["--port", "0"], folder.path()));
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("a and b have the same path, /x"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_database_that_cannot_be_opened_is_a_start_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("www")).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/c.json"), json!([]).to_string()).unwrap();
    std::fs::write(
        folder.path().join("bad.db"),
        "this is no database, but long enough",
    )
    .unwrap();
    for (data, message) in [
        ("bad.db", "not a database"),
        ("data", "data"),
        ("postgres://nobody@127.0.0.1:1/x", "Connection refused"),
        (
            "postgres://u:secret@127.0.0.1:1/x?sslmode=require",
            "sslmode",
        ),
    ] {
        let ended = run(&mut command(&["--port=0", "--data", data], folder.path()));
        assert_eq!(ended.code, Some(1), "{data}");
        assert!(ended.stderr.contains(message), "{data}: {}", ended.stderr);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
}

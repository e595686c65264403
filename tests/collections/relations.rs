//! Objects told with those that they name, several collections in one file, what json-server's
//! users type.

use serde_json::{Value, json};

use crate::place::{Place, names, on_every_database, send};

const DB: &str = r#"{
    "posts": [
        {"id": 1, "title": "One", "authorId": "a"},
        {"id": 2, "title": "Two", "authorId": "nobody"},
        {"id": "x", "title": "Three"}
    ],
    "comments": [
        {"id": 1, "body": "first", "postId": 1},
        {"id": 2, "body": "second", "postId": "1"},
        {"id": 3, "body": "third", "postId": "x"}
    ],
    "authors": [{"id": "a", "name": "Ann"}],
    "profile": {"name": "typicode"}
}"#;

fn list(server: &crate::support::TestServer, path: &str) -> Value {
    let (status, body) = send(server, "GET", path, "");
    assert_eq!(status, 200, "{path}: {body}");
    body["data"].clone()
}

#[test]
fn one_file_has_several_collections() {
    let server = Place::new().beside("data/db.json", DB).start();
    assert_eq!(server.get("/posts/1").json()["title"], "One");
    assert_eq!(server.get("/comments").json()["count"], 3);
    assert_eq!(server.get("/profile").status, 404);
    assert_eq!(server.get("/db").status, 404);
    server.logged("\"profile\" is no array of objects");
}

#[test]
fn the_file_with_several_collections_can_be_named() {
    let server = Place::colors()
        .beside(
            "elsewhere/shop.json",
            r#"{"things": [{"id": 1}], "colors": [{"id": 2}]}"#,
        )
        .arg("--db=elsewhere/shop.json")
        .start();
    assert_eq!(server.get("/things/1").status, 200);
    assert_eq!(names(&server, "/colors"), ["red", "green", "blue"]);
    server.logged("comes before \"colors\"");
}

#[test]
fn a_part_of_a_file_keeps_its_own_objects() {
    let store = tempfile::tempdir().unwrap();
    let data = store.path().join("c.db").display().to_string();
    let server = Place::new().beside("data/db.json", DB).data(&data).start();
    assert_eq!(send(&server, "DELETE", "/posts/1", "").0, 200);
    drop(server);
    let changed = DB.replace("Ann", "Bea");
    let server = Place::new()
        .beside("data/db.json", &changed)
        .data(&data)
        .start();
    assert_eq!(server.get("/posts").json()["count"], 2);
    server.logged("qmlserve data reset authors");
    assert!(
        !server.stderr().contains("qmlserve data reset posts"),
        "{}",
        server.stderr()
    );
}

#[test]
fn others_are_told_with_an_object() {
    on_every_database(|place| {
        let server = place.beside("data/db.json", DB).start();
        let posts = list(&server, "/posts?_embed=comments&_sort=title");
        let bodies = |post: &Value| -> Vec<String> {
            let comments = post["comments"].as_array().unwrap().iter();
            comments
                .map(|c| c["body"].as_str().unwrap().to_owned())
                .collect()
        };
        let all: Vec<_> = posts.as_array().unwrap().iter().map(bodies).collect();
        assert_eq!(all, [vec!["first", "second"], vec!["third"], vec![]]);
        let posts = list(&server, "/posts?_expand=author");
        assert_eq!(posts[0]["author"], json!({"id": "a", "name": "Ann"}));
        assert_eq!(posts[1].get("author"), None);
        assert_eq!(posts[2].get("author"), None);
        let post = server
            .get("/posts/1?_embed=comments&_expand=author&_fields=title")
            .json();
        assert_eq!(post["author"]["name"], "Ann");
        assert_eq!(post["comments"][1]["body"], "second");
        assert_eq!(post.get("authorId"), None, "{post}");
        // The word that json-server 1 has for both.
        let comments = list(&server, "/comments?_embed=post&_limit=1");
        assert_eq!(comments[0]["post"]["title"], "One");
        for (path, message, hint) in [
            (
                "/posts?_embed=likes",
                "there is no collection \"likes\"",
                "posts",
            ),
            ("/comments?_expand=posts", "names many", "_embed=posts"),
            (
                "/posts/1?_expand=nobody",
                "there is no collection",
                "authors",
            ),
        ] {
            let (status, body) = send(&server, "GET", path, "");
            assert_eq!(status, 400, "{path}: {body}");
            let text = body["error"].to_string();
            assert!(
                text.contains(&message.replace('"', "\\\"")),
                "{path}: {text}"
            );
            assert!(text.contains(hint), "{path}: {text}");
        }
    });
}

#[test]
fn a_list_told_with_others_is_bounded() {
    let many: Vec<String> = (0..1_001)
        .map(|n| format!(r#"{{"id": {n}, "authorId": 1}}"#))
        .collect();
    let large = "x".repeat(900_000);
    let server = Place::new()
        .beside("data/posts.json", &format!("[{}]", many.join(",")))
        .beside(
            "data/authors.json",
            &format!(r#"[{{"id": 1, "text": "{large}"}}]"#),
        )
        .start();
    let (status, body) = send(&server, "GET", "/posts?_expand=author", "");
    assert_eq!(status, 400);
    assert!(
        body["error"]["hint"].as_str().unwrap().contains("_page=1"),
        "{body}"
    );
    assert_eq!(
        send(&server, "GET", "/posts?_expand=author&_limit=100", "").0,
        400
    );
    assert_eq!(
        send(&server, "GET", "/posts?_expand=author&_limit=20", "").0,
        200
    );
}

#[test]
fn what_users_of_json_server_type() {
    on_every_database(|place| {
        let server = place.beside("data/db.json", DB).start();
        let titles = |query: &str| -> Vec<String> {
            let posts = list(&server, &format!("/posts?{query}"));
            let posts = posts.as_array().unwrap().iter();
            posts
                .map(|post| post["title"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(titles("_sort=title&_order=desc"), ["Two", "Three", "One"]);
        assert_eq!(titles("title_like=T"), ["Two", "Three"]);
        assert_eq!(titles("id_gte=1&id_lte=1"), ["One"]);
        assert_eq!(titles("id_ne=1&_sort=id"), ["Two", "Three"]);
        assert_eq!(titles("q=thr"), ["Three"]);
        assert_eq!(titles("_page=2&_limit=2"), ["Three"]);
        assert_eq!(titles("_start=1&_end=2"), ["Two"]);
    });
}

#[test]
fn letters_beyond_ascii_are_alike_in_any_case() {
    let server = Place::new()
        .beside("data/things.json", r#"[{"id": 1, "name": "ÄPFEL"}]"#)
        .start();
    assert_eq!(names(&server, "/things?name_like=%C3%A4pf"), ["ÄPFEL"]);
}

#[test]
fn a_field_that_no_object_has_is_told() {
    on_every_database(|place| {
        let server = place
            .beside("data/empty.json", "[]")
            .beside("data/rare.json", r#"[{"id": 1}, {"id": 2, "note": "x"}]"#)
            .start();
        let warning = |path: &str| {
            let response = server.get(path);
            assert_eq!(response.status, 200, "{path}");
            response.header("warning").map(str::to_owned)
        };
        let told = warning("/colors?naem=red").unwrap();
        assert!(
            told.contains("no object of colors has 'naem'; did you mean 'name'?"),
            "{told}"
        );
        assert!(warning("/colors?_sort=-valu").unwrap().contains("'value'"));
        for path in [
            "/colors",
            "/colors?name=nobody",
            "/colors?tags.warm=true&_sort=n",
            "/empty?anything=1",
            "/rare?note=x&_sort=note",
        ] {
            assert_eq!(warning(path), None, "{path}");
        }
        server.logged("no object of colors has \"naem\"");
        // Written since, it is there.
        assert_eq!(
            send(&server, "POST", "/colors", r#"{"name": "new", "late": 1}"#).0,
            201
        );
        assert_eq!(warning("/colors?late=1"), None);
    });
}

//! Single answers.

use std::fs;

use crate::support::Setup;
use crate::target::{Target, configured, section};

#[test]
fn an_answer_is_given_for_what_it_says_and_nothing_else() {
    let setup = Setup::new();
    let around = setup.folder().around().to_owned();
    fs::write(around.join("users.json"), "[1]").unwrap();
    fs::write(
        around.join("qmlserve.toml"),
        r#"
        [[mock]]
        path = "/users/{id}"
        query = { full = "1" }
        status = 202
        headers = { X-A = "b", Content-Type = "application/vnd.api+json" }
        body = '{"id": "{id}", "full": true}'
        [[mock]]
        path = "/users/{id}"
        body = '{"id": "{id}"}'
        [[mock]]
        path = "/users"
        file = "users.json"
        [[mock]]
        path = "/users"
        method = "POST"
        status = 201
        [[mock]]
        path = "/gone"
        file = "gone.json"
        [[mock]]
        path = "/broken"
        fail = 1.0
        "#,
    )
    .unwrap();
    let server = setup.start();
    let full = server.get("/users/a%22b?x=y&full=1");
    assert_eq!(full.status, 202);
    assert_eq!(full.json()["id"], "a\"b");
    assert_eq!(
        full.header("content-type"),
        Some("application/vnd.api+json")
    );
    assert_eq!(full.header("x-a"), Some("b"));
    let one = server.get("/users/7");
    assert_eq!((one.status, one.json()["id"].as_str()), (200, Some("7")));
    assert_eq!(one.header("content-type"), Some("application/json"));
    let head = server.request("HEAD", "/users/7", &[], b"");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("11"))
    );
    assert_eq!(server.get("/users").text(), "[1]");
    fs::write(around.join("users.json"), "[2]").unwrap();
    assert_eq!(
        server.get("/users").text(),
        "[2]",
        "the file is read each time"
    );
    assert_eq!(server.request("POST", "/users", &[], b"{}").status, 201);
    assert!(server.request("DELETE", "/users", &[], b"").status >= 404);
    assert_eq!(server.get("/users/7/x").status, 404);
    let gone = server.get("/gone");
    assert_eq!(gone.status, 500);
    assert!(
        gone.text().contains("gone.json is not there"),
        "{}",
        gone.text()
    );
    assert!(!gone.text().contains(around.to_str().unwrap()));
    assert_eq!(server.get("/broken").status, 503);
    let foreign = server.get_with("/users", &[("Origin", "http://evil.example")]);
    assert_eq!(foreign.status, 403);
}

#[test]
fn a_mock_stands_in_for_one_answer_of_a_target() {
    let target = Target::start();
    let toml = section(&target, "") + "[[mock]]\npath = \"/x/text\"\nbody = \"mocked\"\n";
    let server = configured(&toml, &[]);
    assert_eq!(server.get("/x/text").text(), "mocked");
    assert_eq!(
        server.request("POST", "/x/text", &[], b"a").text(),
        "POST  1 ü\n"
    );
    assert_eq!(server.get("/x/chunked?n=1").text(), "piece 0\n");
}

//! What is refused: the right status, a message and a hint, and nothing written.

use serde_json::Value;

use crate::place::{Place, names, on_every_database, send_for};

/// The statuses that reach QML with their body in every Qt version.
const READABLE: [u16; 12] = [400, 401, 403, 404, 405, 412, 413, 415, 422, 429, 500, 503];

#[test]
fn requests() {
    let large = format!(r#"{{"name":"large","v":"{}"}}"#, "x".repeat(2000));
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(257));
    let deep = format!(
        r#"{{"name":"deep","v":{}{}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    let cases = [
        ("POST", "/colors", "", 400, "the body is empty"),
        (
            "POST",
            "/colors",
            "{\"name\":\n oops}",
            400,
            "line 2, column 2",
        ),
        ("POST", "/colors", "{\"name\":\"x\"", 400, "not JSON"),
        ("POST", "/colors", "name=x&value=y", 400, "line 1, column 2"),
        (
            "POST",
            "/colors",
            "[{\"name\":\"x\"}]",
            400,
            "an array, not an object",
        ),
        ("POST", "/colors", "\"x\"", 400, "a string, not an object"),
        ("POST", "/colors", "null", 400, "null, not an object"),
        (
            "POST",
            "/colors",
            "{\"name\":\"x\",\"n\":1e999}",
            400,
            "out of range",
        ),
        ("POST", "/colors", &deep, 400, "recursion"),
        ("POST", "/colors", "{\"value\":1}", 422, "no \"name\""),
        ("POST", "/colors", "{\"name\":\"\"}", 422, "cannot be \"\""),
        ("POST", "/colors", "{\"name\":null}", 422, "cannot be null"),
        ("POST", "/colors", "{\"name\":{}}", 422, "cannot be {}"),
        ("POST", "/colors", "{\"name\":1.5}", 422, "cannot be 1.5"),
        ("POST", "/colors", &long, 422, "cannot be"),
        (
            "POST",
            "/colors",
            "{\"name\":\"x\\u0000\"}",
            422,
            "cannot be",
        ),
        (
            "POST",
            "/colors",
            "{\"name\":\"red\"}",
            422,
            "there is a \"red\" in colors already",
        ),
        ("POST", "/colors", &large, 413, "1024 bytes"),
        (
            "PUT",
            "/colors/none",
            "{\"value\":1}",
            404,
            "there is no \"none\" in colors",
        ),
        (
            "PUT",
            "/colors/red",
            "{\"name\":\"green\"}",
            422,
            "cannot be changed to \"green\"",
        ),
        (
            "PUT",
            "/colors/red",
            "{\"name\":null}",
            422,
            "cannot be null",
        ),
        ("PUT", "/colors/red", "", 400, "empty"),
        ("PUT", "/colors/red", "[]", 400, "an array"),
        ("PUT", "/colors/red?replace=maybe", "{}", 400, "replace"),
        ("PUT", "/colors/red", &large, 413, "1024 bytes"),
        ("PATCH", "/colors/none", "{}", 404, "no \"none\""),
        (
            "PATCH",
            "/colors/red",
            "{\"name\":null}",
            422,
            "no \"name\"",
        ),
        ("PATCH", "/colors/red", "7", 400, "a number"),
        ("DELETE", "/colors/none", "", 404, "no \"none\""),
        ("GET", "/colors/none", "", 404, "no \"none\""),
        ("GET", "/colors/%FF", "", 404, "there is no"),
        ("GET", "/colors/%00", "", 404, "there is no"),
        ("GET", "/colors/red/value", "", 404, "nothing below"),
        ("GET", "/colors?value:foo=1", "", 400, "no operator \"foo\""),
        ("GET", "/colors?_page=0", "", 400, "_page is \"0\""),
        ("GET", "/colors?_per_page=x", "", 400, "_per_page"),
        ("GET", "/colors?_ordre=1", "", 400, "no parameter"),
        ("GET", "/colors?_sort=a..b", "", 400, "no name of a field"),
        ("GET", "/colors?name=%00", "", 400, "NUL"),
        (
            "GET",
            "/colors/red?_fields=a..b",
            "",
            400,
            "no name of a field",
        ),
        ("DELETE", "/colors", "", 405, "not for this path"),
        ("PUT", "/colors", "{}", 405, "not for this path"),
        ("POST", "/colors/red", "{}", 405, "not for this path"),
        ("POST", "/colors.xml", "{}", 405, "not for this path"),
        ("POST", "/colors/events", "{}", 405, "not for this path"),
    ];
    on_every_database(|place| {
        let server = place
            .config("[collections.colors]\nmax_body = \"1KiB\"\n")
            .start();
        let before = server.get("/colors").text().to_owned();
        for (method, path, body, status, message) in cases {
            let response = send_for(&server, method, path, body);
            let case = format!("{method} {path} {body:.60}: {}", response.text());
            assert_eq!(response.status, status, "{case}");
            assert_error(&response.json(), status, message, &case);
            assert!(READABLE.contains(&status), "{case}");
        }
        assert_eq!(
            server.get("/colors").text(),
            before,
            "something was written"
        );
    });
}

#[track_caller]
fn assert_error(body: &Value, status: u16, message: &str, case: &str) {
    let error = &body["error"];
    assert_eq!(error["status"], status, "{case}");
    let told = error["message"].as_str().unwrap();
    assert!(told.contains(message), "{case}");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "{case}");
}

#[test]
fn a_body_that_is_not_utf8() {
    let server = Place::colors().start();
    let response = server.request("POST", "/colors", &[], b"{\"name\":\"\xff\"}");
    assert_eq!(response.status, 400);
    assert!(
        response.text().contains("not UTF-8 from byte 9"),
        "{}",
        response.text()
    );
}

#[test]
fn a_body_that_says_no_length() {
    let server = Place::colors()
        .config("[collections.colors]\nmax_body = 100\n")
        .start();
    let host = server.address;
    let chunk = "x".repeat(200);
    let request = format!(
        "POST /colors HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n\
         c8\r\n{chunk}\r\n0\r\n\r\n"
    );
    assert_eq!(server.raw(request.as_bytes()).status, 413);
}

#[test]
fn a_page_of_another_origin_may_not_write() {
    let server = Place::colors().start();
    let origin = [
        ("Origin", "https://evil.example"),
        ("Content-Type", "text/plain"),
    ];
    let response = server.request("POST", "/colors", &origin, br#"{"name":"x"}"#);
    assert_eq!(response.status, 403);
    assert_eq!(names(&server, "/colors").len(), 3);
}

#[test]
fn what_the_schema_refuses() {
    on_every_database(|place| {
        let server = place
            .beside(
                "data/color.schema.json",
                r##"{"type": "object", "required": ["name", "value"],
                     "properties": {"value": {"type": "string", "pattern": "^#"}}}"##,
            )
            .config("[collections.colors]\nschema = \"color.schema.json\"\n")
            .start();
        for (method, path, body, place) in [
            ("POST", "/colors", r#"{"name":"x"}"#, "value"),
            (
                "POST",
                "/colors",
                r#"{"name":"x","value":7}"#,
                "/value: 7 is not of type",
            ),
            ("PUT", "/colors/red", r#"{"value":"none"}"#, "/value"),
            ("PATCH", "/colors/red", r#"{"value":null}"#, "value"),
            ("PUT", "/colors/red?replace=true", "{}", "value"),
        ] {
            let response = send_for(&server, method, path, body);
            assert_eq!(response.status, 422, "{body}: {}", response.text());
            assert!(response.text().contains(place), "{}", response.text());
        }
        assert_eq!(server.get("/colors/red").json()["value"], "#f00");
        let good = send_for(&server, "POST", "/colors", r##"{"name":"x","value":"#1"}"##);
        assert_eq!(good.status, 201);
    });
}

#[test]
fn a_read_only_collection() {
    let server = Place::colors()
        .config("[collections.colors]\nreadonly = true\n")
        .start();
    for (method, path) in [
        ("POST", "/colors"),
        ("PUT", "/colors/red"),
        ("PATCH", "/colors/red"),
        ("DELETE", "/colors/red"),
    ] {
        let response = send_for(&server, method, path, r#"{"name":"x"}"#);
        assert_eq!(response.status, 405, "{method}");
        assert_eq!(response.header("allow"), Some("GET, HEAD"));
        assert!(response.text().contains("read-only"), "{}", response.text());
    }
    assert_eq!(server.get("/colors/red").status, 200);
}

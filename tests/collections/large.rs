//! What grows with a request: refused beyond a bound that is told, and never in the way of others.

use std::fmt::Write as _;

use serde_json::Value;

use crate::place::{Place, on_every_database, send};

#[track_caller]
fn assert_refused((status, body): &(u16, Value), expected: u16, message: &str) {
    assert_eq!(*status, expected, "{body}");
    let told = body["error"]["message"].as_str().unwrap();
    assert!(told.contains(message), "{told}");
    assert!(!body["error"]["hint"].as_str().unwrap().is_empty());
}

/// An object of that many fields.
fn wide(fields: usize, value: u8) -> String {
    let mut json = "{".to_owned();
    for n in 0..fields {
        write!(json, "\"f{n}\":{value},").unwrap();
    }
    json.pop();
    json + "}"
}

#[test]
fn an_object_of_ninety_thousand_fields_is_merged_at_once() {
    on_every_database(|place| {
        let server = place.start();
        for (method, value) in [("PUT", 1), ("PUT", 2), ("PATCH", 3)] {
            let (status, object) = send(&server, method, "/colors/red", &wide(90_000, value));
            assert_eq!(status, 200, "{method}");
            assert_eq!(object["f89999"], value, "{method}");
            assert_eq!(object["value"], "#f00", "{method}");
        }
    });
}

#[test]
fn merging_grows_no_object_beyond_the_largest_body() {
    on_every_database(|place| {
        let server = place
            .config("[collections.colors]\nmax_body = \"1KiB\"\n")
            .start();
        let part = |name: &str| format!(r#"{{"{name}":"{}"}}"#, "x".repeat(600));
        for method in ["PUT", "PATCH"] {
            let path = "/colors/red";
            assert_eq!(send(&server, method, path, &part("a")).0, 200);
            let before = server.get(path).text().to_owned();
            let refused = send(&server, method, path, &part("b"));
            assert_refused(&refused, 413, "1024 bytes");
            let hint = refused.1["error"]["hint"].as_str().unwrap();
            assert!(hint.contains("max_body"), "{hint}");
            assert_eq!(server.get(path).text(), before, "it was written");
        }
    });
}

/// A seed is written by whoever runs the server, who may go beyond the bound.
#[test]
fn a_large_object_may_shrink() {
    let large = format!(r#"[{{"name":"red","a":"{}","b":1}}]"#, "x".repeat(2000));
    let server = Place::new()
        .beside("data/colors.json", &large)
        .config("[collections.colors]\nmax_body = \"1KiB\"\n")
        .start();
    let path = "/colors/red";
    assert_eq!(send(&server, "PATCH", path, r#"{"b":2}"#).0, 200);
    assert_refused(&send(&server, "PATCH", path, r#"{"b":20}"#), 413, "1024");
    assert_eq!(send(&server, "PATCH", path, r#"{"a":null}"#).0, 200);
}

#[test]
fn what_a_query_names_is_bounded() {
    let many = |join: &str, most| {
        let names: Vec<String> = (0..most).map(|n| format!("{n:x}")).collect();
        names.join(join)
    };
    on_every_database(|place| {
        let server = place.start();
        for (query, message) in [
            (
                format!("_fields={}", many(",", 9_000)),
                "200 fields to tell",
            ),
            (format!("_fields={}", many(".", 9_000)), "128 levels"),
            (format!("_sort={}", many(",", 9_000)), "200"),
            (format!("_sort={}", many(".", 9_000)), "128 levels"),
            (format!("{}=1", many(".", 9_000)), "128 levels"),
            (many("=1&", 9_000), "200 filters"),
            (format!("name:in={}", many(",", 12_000)), "10000 keys"),
        ] {
            let refused = send(&server, "GET", &format!("/colors?{query}"), "");
            assert_refused(&refused, 400, message);
        }
        let fields = format!("/colors/red?_fields={}", many(",", 9_000));
        assert_refused(
            &send(&server, "GET", &fields, ""),
            400,
            "200 fields to tell",
        );
        let path = format!("/colors?name:in=red,{}", many(",", 9_000));
        assert_eq!(send(&server, "GET", &path, "").1["count"], 1);
        let path = format!("/colors/red?_fields=name,{}", many(",", 199));
        assert_eq!(send(&server, "GET", &path, "").1["name"], "red");
    });
}

#[test]
fn nobody_is_told_where_on_this_machine_files_are() {
    let place = Place::colors()
        .beside("data/broken.json", "[{\"id\": 1}, {\"id\": 1}]")
        .beside("data/bad.schema.json", "{")
        .config("[collections.bad]\nschema = \"bad.schema.json\"\n[collections.gone]\nseed = \"no.json\"\n");
    let server = place.start();
    let around = server.folder.around().display().to_string();
    let file = server.folder.around().join(".qmlserve/tree.db");
    std::fs::rename(&file, server.folder.around().join("away.db")).unwrap();
    for (method, path, named) in [
        ("GET", "/broken", "broken.json"),
        ("GET", "/bad", "bad.schema.json"),
        ("GET", "/gone", "no.json"),
        ("POST", "/colors", "tree.db"),
    ] {
        let (status, body) = send(&server, method, path, r#"{"name":"x"}"#);
        assert_eq!(status, 503, "{path}: {body}");
        let text = body.to_string();
        assert!(text.contains(named) && !text.contains(&around), "{text}");
    }
    // Who runs the server is told.
    server.logged(&format!("{around}/data/broken.json"));
}

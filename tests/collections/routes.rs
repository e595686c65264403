//! What each route answers, the same in every database.

use serde_json::json;

use crate::place::{Place, names, on_every_database, send, send_for};

#[test]
fn the_list_has_the_shapes_that_the_book_reads() {
    on_every_database(|place| {
        let server = place.start();
        for path in ["/colors", "/colors/", "/colors?"] {
            let response = server.get(path);
            assert_eq!(response.status, 200);
            assert_eq!(response.header("content-type"), Some("application/json"));
            assert_eq!(response.header("x-total-count"), Some("3"));
            let list = response.json();
            assert_eq!(list["count"], 3);
            assert_eq!(list["colors"], list["data"]);
            assert_eq!(list["colors"][0]["name"], "red");
        }
        assert_eq!(names(&server, "/colors"), ["red", "green", "blue"]);
    });
}

#[test]
fn an_object_is_created_read_updated_and_deleted() {
    on_every_database(|place| {
        let server = place.start();
        let created = send_for(
            &server,
            "POST",
            "/colors",
            r##"{"name":"gray1","value":"#333"}"##,
        );
        assert_eq!(created.status, 201);
        assert_eq!(created.header("location"), Some("/colors/gray1"));
        assert_eq!(created.text(), r##"{"name":"gray1","value":"#333"}"##);
        assert_eq!(server.get("/colors/gray1").text(), created.text());
        assert_eq!(names(&server, "/colors"), ["red", "green", "blue", "gray1"]);

        let updated = send(&server, "PUT", "/colors/red/", r##"{"value":"#666"}"##);
        let expected = json!({"name": "red", "value": "#666", "n": 3, "tags": {"warm": true}});
        assert_eq!(updated, (200, expected.clone()));
        assert_eq!(server.get("/colors/red").json(), expected);
        assert_eq!(
            names(&server, "/colors")[0],
            "red",
            "an update changes no order"
        );

        let replaced = send(
            &server,
            "PUT",
            "/colors/red?replace=true",
            r#"{"value":"x"}"#,
        );
        assert_eq!(replaced, (200, json!({"name": "red", "value": "x"})));

        let patched = send(
            &server,
            "PATCH",
            "/colors/green",
            r#"{"n":null,"tags":{"new":1}}"#,
        );
        let expected = json!({"name": "green", "value": "#0f0", "tags": {"warm": false, "new": 1}});
        assert_eq!(patched, (200, expected));

        let deleted = send(&server, "DELETE", "/colors/red", "");
        assert_eq!(deleted, (200, json!({"result": true})));
        assert_eq!(send(&server, "DELETE", "/colors/red", "").0, 404);
        assert_eq!(server.get("/colors/red").status, 404);
        assert_eq!(names(&server, "/colors"), ["green", "blue", "gray1"]);
    });
}

#[test]
fn what_is_written_is_read_back_to_the_letter() {
    on_every_database(|place| {
        let server = place.start();
        let text = r#"{"z":1.10,"name":"k","big":12345678901234567890123,"e":1E5,"u":"\u00fc\u0000\\u0000","\u0000":"","a":[1,{"b":null}]}"#;
        assert_eq!(send_for(&server, "POST", "/colors", text).text(), text);
        assert_eq!(server.get("/colors/k").text(), text);
        let list = server.get("/colors?name=k");
        assert!(list.text().contains(text), "{}", list.text());
    });
}

#[test]
fn a_key_is_any_string() {
    on_every_database(|place| {
        let server = place.start();
        for (key, path) in [
            ("a b", "/colors/a%20b"),
            ("a/b", "/colors/a%2Fb"),
            ("ü?&#%", "/colors/%C3%BC%3F%26%23%25"),
            ("a+b", "/colors/a+b"),
            ("%2F", "/colors/%252F"),
            (
                "'; DROP TABLE objects; --",
                "/colors/'%3B%20DROP%20TABLE%20objects%3B%20--",
            ),
            ("events", "/colors/%65vents"),
            ("colors.xml", "/colors/colors.xml"),
            ("🎨", "/colors/%F0%9F%8E%A8"),
            ("7", "/colors/7"),
        ] {
            let object = json!({"name": key}).to_string();
            let created = send_for(&server, "POST", "/colors", &object);
            assert_eq!(created.status, 201, "{key}: {}", created.text());
            assert_eq!(server.get_as_is(path).text(), object, "{path}");
            let location = created.header("location").unwrap().to_owned();
            assert_eq!(server.get_as_is(&location).text(), object, "{location}");
            assert_eq!(
                send(&server, "PUT", &location, r#"{"x":1}"#).1["x"],
                1,
                "{location}"
            );
            assert_eq!(send(&server, "DELETE", &location, "").0, 200, "{location}");
        }
        assert_eq!(names(&server, "/colors"), ["red", "green", "blue"]);
        let number = send(&server, "POST", "/colors", r#"{"name":12}"#);
        assert_eq!(number, (201, json!({"name": 12})));
        assert_eq!(server.get("/colors/12").json(), json!({"name": 12}));
    });
}

#[test]
fn bodies_count_whatever_their_media_type() {
    let server = Place::colors().start();
    for (number, media) in [
        "application/json",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let headers = [("Content-Type", media)];
        let headers = if media.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let body = format!(r#"{{"name":"n{number}"}}"#);
        let response = server.request("POST", "/colors", headers, body.as_bytes());
        assert_eq!(response.status, 201, "{media}: {}", response.text());
    }
}

#[test]
fn head_and_options_say_what_there_is() {
    let server = Place::colors().start();
    let host = server.address;
    for (path, status) in [
        ("/colors", 200),
        ("/colors/red", 200),
        ("/colors/none", 404),
    ] {
        let head = server.raw(format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        assert_eq!((head.status, head.body.len()), (status, 0), "{path}");
    }
    let options = server.request("OPTIONS", "/colors", &[], b"");
    assert_eq!(options.status, 204);
    assert_eq!(options.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
}

#[test]
fn xml_for_models() {
    on_every_database(|place| {
        let server = place.start();
        let expected = "<color><name>red</name><value>#f00</value></color>";
        for (path, accept) in [
            ("/colors.xml?name=red&_fields=name,value", "*/*"),
            ("/colors.xml/?name=red&_fields=name,value", "*/*"),
            ("/colors?name=red&_fields=name,value", "application/xml"),
            (
                "/colors?name=red&_fields=name,value",
                "text/xml, application/json;q=0.5",
            ),
        ] {
            let response = server.get_with(path, &[("Accept", accept)]);
            let media = response.header("content-type");
            assert_eq!(media, Some("application/xml; charset=utf-8"), "{path}");
            let text = response.text();
            let list = format!("<colors>\n  {expected}\n</colors>\n");
            assert!(text.ends_with(&list), "{text}");
        }
        let one = server.get_with("/colors/red?_fields=name,value", &[("Accept", "text/xml")]);
        assert!(
            one.text().ends_with(&format!("{expected}\n")),
            "{}",
            one.text()
        );
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let page = server.get_with("/colors", &[("Accept", browser)]);
        assert_eq!(page.header("content-type"), Some("application/json"));
    });
}

#[test]
fn settings_of_a_collection() {
    let server = Place::new()
        .beside(
            "seeds/paint.json",
            r#"{"list": [{"id": 1, "t": "a"}], "note": "x"}"#,
        )
        .config(
            "[collections.paint]\nseed = \"seeds/paint.json\"\npath = \"/api/v1/paint\"\n\
             envelope = \"none\"\nitem = \"can\"\n\
             [collections.empty]\nkey = \"k\"\n",
        )
        .start();
    assert_eq!(server.get("/api/v1/paint").text(), r#"[{"id":1,"t":"a"}]"#);
    assert_eq!(server.get("/api/v1/paint/1").text(), r#"{"id":1,"t":"a"}"#);
    let xml = server.get("/api/v1/paint.xml");
    assert!(
        xml.text().contains("<paint>\n  <can><id>1</id>"),
        "{}",
        xml.text()
    );
    assert_eq!(server.get("/paint").status, 404);
    assert_eq!(server.get("/api/v1").status, 404);
    assert_eq!(
        server.get("/empty").text(),
        r#"{"empty":[],"data":[],"count":0}"#
    );
    assert_eq!(send(&server, "POST", "/empty", r#"{"k":"x"}"#).0, 201);
}

#[test]
fn a_found_collection_gives_way_to_the_tree_and_a_declared_one_does_not() {
    let server = Place::colors()
        .beside("data/shapes.json", r#"[{"id":1}]"#)
        .in_tree("colors/main.qml", "Item {}")
        .in_tree("shapes", "a file")
        .config("[collections.shapes]\n")
        .start();
    assert_eq!(server.get("/colors/main.qml").text(), "Item {}");
    assert_eq!(server.get("/shapes/1").text(), r#"{"id":1}"#);
    server.logged("the tree has a /colors of its own");

    let server = Place::colors().in_tree("colors.xml", "<own/>").start();
    assert_eq!(server.get("/colors.xml").text(), "<own/>");
    assert_eq!(server.get("/colors/red").status, 200);
}

#[test]
fn an_object_without_an_id_gets_one() {
    on_every_database(|place| {
        let server = place.config("[collections.todos]\n").start();
        let create = |body: &str| {
            let created = send_for(&server, "POST", "/todos", body);
            assert_eq!(created.status, 201, "{body}");
            created
        };
        let first = create(r#"{"text":"milk"}"#);
        let second = create(r#"{"text":"milk"}"#);
        let id = first.json()["id"].as_str().unwrap().to_owned();
        assert_ne!(second.json()["id"], *id);
        assert_eq!(first.text(), format!(r#"{{"id":"{id}","text":"milk"}}"#));
        let place = format!("/todos/{id}");
        assert_eq!(first.header("location"), Some(place.as_str()));
        assert_eq!(server.get(&place).text(), first.text());

        assert_eq!(create(r#"{"id":7,"text":"bread"}"#).json()["id"], 7);
        assert_eq!(send(&server, "POST", "/todos", r#"{"id":null}"#).0, 422);
        // A name is for somebody to give.
        assert_eq!(send(&server, "POST", "/colors", r#"{"value":"x"}"#).0, 422);
    });
}

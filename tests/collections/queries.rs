//! Filters, order, pages and fields, the same in every database.

use serde_json::json;

use crate::place::{Place, names, on_every_database, send};

const THINGS: &str = r#"[
    {"name": "a", "n": 3,    "s": "Zebra", "b": true,  "o": {"city": "Köln", "d": {"e": 1}}},
    {"name": "b", "n": 10,   "s": "apple", "b": false, "o": {"city": "Rom"}},
    {"name": "c", "n": 1.5,  "s": "Äpfel", "b": null,  "tags": ["red", "blue"]},
    {"name": "d", "n": "10", "s": "10% off_x", "2024-01-05": "d"},
    {"name": "e", "date": "2024-02-01", "first name": "Eve"}
]"#;

/// With a server on each kind of database, each query gives these names.
fn check(cases: &[(&str, &str)]) {
    on_every_database(|place| {
        let server = place.beside("data/things.json", THINGS).start();
        for (query, expected) in cases {
            let found = names(&server, &format!("/things?{query}")).join("");
            assert_eq!(found, *expected, "{query}");
        }
    });
}

#[test]
fn filters() {
    check(&[
        ("", "abcde"),
        ("name=b", "b"),
        ("name=b&name=d", "bd"),
        ("name=zzz", ""),
        ("nothing=1", ""),
        ("n=10", "bd"),
        ("n=3.0", "a"),
        ("n=1.5", "c"),
        ("b=true", "a"),
        ("b=null", "c"),
        ("o.city=K%C3%B6ln", "a"),
        ("o.d.e=1", "a"),
        ("first%20name=Eve", "e"),
        ("2024-01-05=d", "d"),
        ("n:ne=10", "ace"),
        ("b_ne=null", "abde"),
        // A text is compared with a text: "10" is less than "2".
        ("n:gt=2", "ab"),
        ("n_gte=3", "ab"),
        ("n:lt=3", "cd"),
        ("n:lte=3", "acd"),
        ("n:gt=2&n:lt=5", "a"),
        ("date:gte=2024-01-31", "e"),
        ("date:lt=2024-01-31", ""),
        ("name:in=a,e,x", "ae"),
        ("n:in=3,10", "abd"),
        ("s:contains=p", "bc"),
        ("s:contains=%25", "d"),
        ("s:contains=_", "d"),
        ("s:startsWith=%C3%84", "c"),
        ("s:startsWith=", "abcd"),
        ("s:endsWith=_x", "d"),
        ("s:endsWith=longer+than+all+of+them", ""),
        ("s=%27+OR+1%3D1+--", ""),
        ("name:gt=b", "cde"),
    ]);
}

#[test]
fn full_text() {
    check(&[
        ("q=ZEBRA", "a"),
        ("q=%C3%84PF", "c"),
        ("q=k%C3%B6ln", "a"),
        ("q=red", "c"),
        ("q=10", "bd"),
        ("q=%25", "d"),
        ("q=city", ""),
        ("q=apple&q=rom", "b"),
        ("q=", "abcde"),
    ]);
}

#[test]
fn order() {
    check(&[
        ("_sort=-name", "edcba"),
        // Numbers, then texts, then what has neither.
        ("_sort=n", "cabde"),
        ("_sort=-n", "dbace"),
        // By code points, in every database.
        ("_sort=s", "dabce"),
        ("_sort=-s", "cbade"),
        ("_sort=b,-name", "baedc"),
        ("_sort=o.city", "abcde"),
        ("_sort=nothing", "abcde"),
    ]);
}

#[test]
fn pages() {
    check(&[
        ("_page=1&_per_page=2", "ab"),
        ("_page=3&_per_page=2", "e"),
        ("_page=4&_per_page=2", ""),
        (
            "_page=9223372036854775807&_per_page=9223372036854775807",
            "",
        ),
        ("_page=2&_limit=2", "cd"),
        ("_start=1&_limit=2", "bc"),
        ("_start=1&_end=3", "bc"),
        ("_start=3", "de"),
        ("_limit=0", ""),
        ("_start=99", ""),
        ("_sort=-name&_limit=1", "e"),
        ("name:gt=b&_page=2&_per_page=2", "e"),
    ]);
}

#[test]
fn counts_and_links_are_of_the_whole_list() {
    on_every_database(|place| {
        let server = place.beside("data/things.json", THINGS).start();
        let page = server.get("/things?name:gt=b&_page=1&_per_page=2");
        assert_eq!(page.header("x-total-count"), Some("3"));
        assert_eq!(page.json()["count"], 3);
        assert_eq!(page.json()["data"].as_array().unwrap().len(), 2);
        let links = page.header("link").unwrap();
        let next = links
            .split(", ")
            .find(|link| link.ends_with("rel=\"next\""))
            .unwrap();
        let next = next.split_once('>').unwrap().0.trim_start_matches('<');
        assert_eq!(names(&server, next), ["e"]);
        let past = server.get("/things?_page=9");
        assert_eq!(past.header("x-total-count"), Some("5"));
    });
}

#[test]
fn fields() {
    on_every_database(|place| {
        let server = place.start();
        let list = server
            .get("/colors?_fields=value,tags.warm&_limit=1")
            .json();
        assert_eq!(
            list["data"],
            json!([{"value": "#f00", "tags": {"warm": true}}])
        );
        let one = server.get("/colors/red?_fields=n&_=12345").json();
        assert_eq!(one, json!({"n": 3}));
    });
}

#[test]
fn a_filter_looks_at_what_was_written_last() {
    on_every_database(|place| {
        let server = place.start();
        send(&server, "PUT", "/colors/red", r#"{"value":"new words"}"#);
        assert_eq!(names(&server, "/colors?value=new+words"), ["red"]);
        assert_eq!(names(&server, "/colors?q=WORDS"), ["red"]);
        assert!(names(&server, "/colors?q=f00").is_empty());
    });
}

#[test]
fn many_objects() {
    on_every_database(|place| {
        let many: Vec<String> = (0..5000)
            .map(|n| format!(r#"{{"id":{n},"name":"n{n}","even":{}}}"#, n % 2 == 0))
            .collect();
        let server = place
            .beside("data/many.json", &format!("[{}]", many.join(",")))
            .start();
        let page = server
            .get("/many?even=true&_sort=-id&_page=2&_per_page=3")
            .json();
        assert_eq!(page["count"], 2500);
        assert_eq!(page["data"][0]["id"], 4992);
    });
}

#[test]
fn parameters_of_the_cache_busting_kind_do_no_harm_to_an_object() {
    let server = Place::colors().start();
    assert_eq!(server.get("/colors/red?t=1700000000").json()["name"], "red");
}

#[test]
fn what_is_too_much_for_one_list_is_refused_and_what_is_just_enough_is_answered() {
    on_every_database(|place| {
        let server = place.beside("data/things.json", THINGS).start();
        let many = |what: &dyn Fn(usize) -> String, count: usize| {
            let all: Vec<_> = (0..count).map(what).collect();
            server.get(&format!("/things?{}", all.join("&"))).status
        };
        for (what, most) in [
            ((&|n| format!("value={n}")) as &dyn Fn(usize) -> String, 200),
            (&|n| format!("f{n}:lt={n}"), 200),
            (&|n| format!("q={n}"), 200),
        ] {
            assert_eq!(many(what, most), 200, "{}", what(0));
            assert_eq!(many(what, most + 1), 400, "{}", what(0));
        }
        assert_eq!(many(&|n| format!("name={n}"), 2000), 200);
        let fields: Vec<_> = (0..201).map(|n| format!("f{n}")).collect();
        let sorted = |count: usize| format!("/things?_sort={}", fields[..count].join(","));
        assert_eq!(server.get(&sorted(200)).status, 200);
        assert_eq!(server.get(&sorted(201)).status, 400);
    });
}

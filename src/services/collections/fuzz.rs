//! Whatever a body or a query has in it: nothing panics, and what is kept reads back as it was.
//! Seconds each; longer with `BOLERO_RANDOM_TEST_TIME_MS`.

use bolero::check;

use super::object::Object;
use super::query::Query;

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"id\"",
    "\"name\"",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"ü\"",
    "1",
    "-0",
    "1e400",
    "12345678901234567890123",
    "1.10",
    "true",
    "false",
    "null",
    " ",
    "\n",
    "{\"a\":{\"b\":[1,{\"c\":2}]}}",
    "\u{feff}",
    "\\",
    "\"",
    "NaN",
    "\"__proto__\"",
    "\u{2028}",
];

const QUERY: &[&str] = &[
    "name",
    "=",
    "&",
    "_page",
    "_limit",
    "_per_page",
    "_sort",
    "_order",
    "_fields",
    "_start",
    "_end",
    "q",
    ":",
    ".",
    ",",
    "-",
    "%20",
    "%00",
    "%ff",
    "%",
    "+",
    "lt",
    "gte",
    "in",
    "startsWith",
    "1",
    "99999999999999999999",
    "-1",
    "red",
    "'",
    "\"",
    ";",
    "\\",
    "?",
    "#",
    "ü",
    "_",
    "desc",
    "",
];

/// A text of these words, one for each byte.
fn text(words: &[&'static str], bytes: &[u8]) -> String {
    let word = |byte: &u8| words[usize::from(*byte) % words.len()];
    bytes.iter().map(word).collect()
}

#[test]
fn any_body_is_refused_or_kept_as_it_is() {
    check!().with_max_len(60).for_each(|bytes| {
        let Ok(object) = Object::parse(text(JSON, bytes).as_bytes()) else {
            return;
        };
        let kept = object.to_json();
        let again = Object::parse(kept.as_bytes()).expect("what was kept");
        assert_eq!(again.to_json(), kept);
        assert_eq!(object.updated(&again).to_json(), kept);
        let patched = object.patched(&again).expect("what was kept");
        assert!(patched.size() <= object.size() + again.size() + 1);
        object.words();
        object.to_value();
    });
}

#[test]
fn any_bytes_are_a_body() {
    check!().for_each(|bytes| {
        let _ = Object::parse(bytes);
    });
}

#[test]
fn any_query_is_read_or_refused() {
    check!().with_max_len(60).for_each(|bytes| {
        let Ok(query) = Query::parse(&text(QUERY, bytes)) else {
            return;
        };
        // Bounded twice, it is no other.
        let bounded = query.bounded("id");
        assert!(bounded.is_err() || bounded.is_ok_and(|query| query.bounded("id").is_ok()));
    });
}

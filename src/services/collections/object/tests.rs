//! What objects keep, merge and refuse.

use super::*;

fn object(text: &str) -> Object {
    Object::parse(text.as_bytes()).unwrap()
}

#[test]
fn what_was_written_is_kept() {
    for (text, kept) in [
        (r#"{"b":1,"a":2}"#, r#"{"b":1,"a":2}"#),
        (r#"{ "x" : 1.10 }"#, r#"{"x":1.10}"#),
        (
            r#"{"n":12345678901234567890123}"#,
            r#"{"n":12345678901234567890123}"#,
        ),
        (r#"{"n":1E5,"m":-0}"#, r#"{"n":1E5,"m":-0}"#),
        (
            "{\"in\": {\"b\": [1,\n 2, {\"c\" :3}], \"a\": \" x \"}}",
            r#"{"in":{"b":[1,2,{"c":3}],"a":" x "}}"#,
        ),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        (r#"{"o":{"a":1,"a":2}}"#, r#"{"o":{"a":2}}"#),
        ("\u{feff}{}", "{}"),
        (r#"{"e":"\u00fc"}"#, r#"{"e":"\u00fc"}"#),
        (r#"{"e":"\u0000"}"#, r#"{"e":"\u0000"}"#),
    ] {
        assert_eq!(object(text).to_json(), kept, "{text}");
    }
}

#[test]
fn what_is_no_object_is_refused() {
    let deep = format!(
        "{}{}",
        "{\"a\":".repeat(200),
        "1".to_owned() + &"}".repeat(200)
    );
    for (text, expected) in [
        ("", "the body is empty"),
        ("{\n \"a\": }", "line 2, column 7"),
        ("{\"a\": 1", "line 1, column 7"),
        ("[1]", "an array"),
        ("\"text\"", "a string"),
        ("null", "null"),
        ("{} {}", "line 1, column 4"),
        ("{\"a\": 1e999}", "number out of range"),
        (r#"{"a": "\ud800"}"#, "line 1"),
        (deep.as_str(), "recursion limit"),
    ] {
        let error = Object::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?} gave {error:?}");
    }
    let error = Object::parse(b"{\"a\":\"\xff\"}").unwrap_err();
    assert!(matches!(error, Refusal::NotUtf8 { offset: 6 }), "{error}");
}

#[test]
fn keys() {
    let long = format!(r#"{{"k":"{}"}}"#, "ü".repeat(LONGEST_KEY));
    let too_long = format!(r#"{{"k":"{}"}}"#, "ü".repeat(LONGEST_KEY + 1));
    for (text, expected) in [
        (r#"{"k":"red"}"#, Some("red")),
        (r#"{"k":"a/b ü\"?"}"#, Some("a/b ü\"?")),
        (r#"{"k":7}"#, Some("7")),
        (r#"{"k":-7}"#, Some("-7")),
        (r#"{"k":7.5}"#, None),
        (r#"{"k":1e3}"#, None),
        (r#"{"k":""}"#, None),
        (r#"{"k":"a\u0000"}"#, None),
        (r#"{"k":null}"#, None),
        (r#"{"k":true}"#, None),
        (r#"{"k":[1]}"#, None),
        (r#"{"other":1}"#, None),
        (too_long.as_str(), None),
    ] {
        assert_eq!(object(text).key("k").ok().as_deref(), expected, "{text}");
    }
    assert!(object(&long).key("k").is_ok());
}

#[test]
fn updates_keep_the_order_and_the_rest() {
    let red = object(r##"{"name":"red","value":"#f00","n":1}"##);
    let given = object(r##"{"extra":true,"value":"#e00"}"##);
    assert_eq!(
        red.updated(&given).to_json(),
        r##"{"name":"red","value":"#e00","n":1,"extra":true}"##
    );
}

/// The table of RFC 7396, appendix A, as far as both sides are objects.
#[test]
fn merge_patches() {
    for (target, patch, expected) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d","c":null}}"#,
            r#"{"a":{"b":"d"}}"#,
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        let patched = object(target).patched(&object(patch)).unwrap();
        assert_eq!(patched.to_json(), expected, "{target} with {patch}");
    }
}

#[test]
fn projections() {
    let object = object(r#"{"a":1,"b":{"c":2,"d":{"e":3}},"f":[1]}"#);
    for (fields, expected) in [
        ("a", r#"{"a":1}"#),
        ("f,a", r#"{"a":1,"f":[1]}"#),
        ("b.d.e,a", r#"{"a":1,"b":{"d":{"e":3}}}"#),
        ("b,b.c", r#"{"b":{"c":2,"d":{"e":3}}}"#),
        ("a.x,zzz", "{}"),
    ] {
        let paths: Vec<Vec<String>> = fields
            .split(',')
            .map(|path| path.split('.').map(str::to_owned).collect())
            .collect();
        assert_eq!(
            Selection::new(&paths).of(&object).unwrap().to_json(),
            expected
        );
    }
}

#[test]
fn words_are_what_a_person_sees() {
    let object = object(r##"{"name":"Rot","value":"#F00","n":[1.5,{"Deep":"ÜB"}],"t":true}"##);
    assert_eq!(object.words(), "rot\n#f00\n1.5\nüb\n");
}

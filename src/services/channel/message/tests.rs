//! Each kind of message, and what is none.

use super::*;

#[test]
fn requests() {
    let deep = "[".repeat(DEEPEST);
    let deep = format!(r#"{{"type":5,"data":{deep}{}}}"#, deep.replace('[', "]"));
    for (text, expected) in [
        (r#"{"type":3,"id":0}"#, "Init"),
        (r#"{"type":4}"#, "Idle"),
        (r#"{"type":5,"data":"[[["}"#, "Debug"),
        (
            r#"{"type":6,"id":1,"object":"a","method":"f","args":[1.10]}"#,
            "1.10",
        ),
        (r#"{"type":6,"id":"x","object":"a","method":7}"#, "Index(7)"),
        (r#"{"type":7,"object":"a","signal":5}"#, "Connect"),
        (r#"{"type":8,"object":"a","signal":5}"#, "Disconnect"),
        (
            r#"{"type":9,"object":"a","property":1,"value":null}"#,
            "null",
        ),
        ("", "no JSON"),
        ("{", "no JSON"),
        ("hello", "no JSON"),
        ("[]", "one JSON object"),
        ("3", "one JSON object"),
        ("{}", r#"a "type""#),
        (r#"{"type":"3","id":1}"#, r#"a "type""#),
        (r#"{"type":1}"#, "type 1 is no message that a page may send"),
        (r#"{"type":99}"#, "type 99"),
        (r#"{"type":3}"#, "type 3 needs an id"),
        (r#"{"type":3,"id":{}}"#, "type 3 needs an id"),
        (r#"{"type":6,"object":"a","method":"f"}"#, "needs an id"),
        (r#"{"type":6,"id":1,"method":"f"}"#, "the name of an object"),
        (r#"{"type":6,"id":1,"object":5}"#, "cannot be read"),
        (r#"{"type":6,"id":1,"object":"a"}"#, "needs a method"),
        (
            r#"{"type":6,"id":1,"object":"a","method":[]}"#,
            "needs a method",
        ),
        (
            r#"{"type":6,"id":1,"object":"a","method":"f","args":1}"#,
            "args as a list",
        ),
        (r#"{"type":7,"object":"a"}"#, "the number of a signal"),
        (
            r#"{"type":7,"object":"a","signal":"x"}"#,
            "the number of a signal",
        ),
        (
            r#"{"type":9,"object":"a","value":1}"#,
            "a property's number",
        ),
        (&deep, "nested 100 deep"),
    ] {
        let found = match Request::parse(text) {
            Ok(request) => format!("{request:?}"),
            Err(violation) => violation.to_string(),
        };
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn what_publishers_say() {
    for (text, expected) in [
        (
            r#"{"type":10,"id":7,"data":null}"#,
            "data: Some(RawValue(null))",
        ),
        (r#"{"type":10,"id":7}"#, "data: None"),
        (r#"{"type":10,"data":1}"#, "needs an id"),
        (r#"{"type":1,"object":"a","signal":5}"#, "RawValue([])"),
        (
            r#"{"type":2,"data":[{"object":"a","signals":{"4":[]},"properties":{"1":2.50}}]}"#,
            "2.50",
        ),
        (r#"{"type":2,"data":{}}"#, "needs what changed"),
        (
            r#"{"type":3,"id":1}"#,
            "no message that a publisher may send",
        ),
    ] {
        let found = match Said::parse(text) {
            Ok(said) => format!("{said:?}"),
            Err(violation) => violation.to_string(),
        };
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn answers() {
    let id = json(&5);
    assert_eq!(response(&id, &null()), r#"{"type":10,"id":5,"data":null}"#);
    assert_eq!(
        rejection(&id, "a \"b\""),
        r#"{"type":10,"id":5,"error":"a \"b\""}"#
    );
    let heard = Signal {
        object: "a".to_owned(),
        index: 3,
    };
    let expected = r#"{"type":1,"object":"a","signal":3,"args":[]}"#;
    assert_eq!(signal(&heard, &empty_list()), expected);
}

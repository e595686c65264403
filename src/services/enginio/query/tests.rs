//! What parameters mean, and what is refused.

use serde_json::json;

use super::condition::MOST_CONDITIONS;
use super::parameters::LONGEST;
use super::*;
use crate::database::sql::{Builder, Dialect};

fn parse(query: &str) -> Result<Query, Refusal> {
    Query::parse(&Parameters::parse(query)?)
}

fn q(value: &Value) -> Result<Query, Refusal> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    parse(&query.append_pair("q", &value.to_string()).finish())
}

#[test]
fn what_is_too_much_or_unknown_is_refused() {
    let nested =
        |levels: usize| (0..levels).fold(json!({"a": 1}), |inner, _| json!({"$or": [inner]}));
    assert!(q(&nested(DEEPEST - 1)).is_ok());
    for bad in [
        nested(DEEPEST),
        json!([]),
        json!(1),
        json!({"a": {"$where": "1"}}),
        json!({"$where": "1"}),
        json!({"a": {"$gt": true}}),
        json!({"a": {"$in": 1}}),
        json!({"a": {"$exists": 1}}),
        json!({"a": [1]}),
        json!({"$or": []}),
        json!({"$or": {"a": 1}}),
        json!({"a\"b": 1}),
        json!({"a..b": 1}),
        json!({"a.$b": 1}),
        json!({"": 1}),
        json!({"a": {"$in": vec![1; MOST_CONDITIONS]}}),
        json!({"a": "x\u{0}"}),
    ] {
        assert!(q(&bad).is_err(), "{bad}");
    }
    let message = q(&json!({"a": {"$close": [1, 2]}}))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("\"$close\"") && message.contains("$gte"),
        "{message}"
    );
    for bad in [
        "q=%7B",
        "limit=-1",
        "limit=1001",
        "limit=x",
        "offset=-1",
        "sort=a",
        "sort=[1]",
        r#"sort=[{"sortBy":"a","direction":"up"}]"#,
        r#"sort=[{"sortBy":"$a"}]"#,
        "include=[]",
        r#"include={"a":{"b":{"c":{"d":{}}}}}"#,
        "q=%00",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    assert!(parse(&format!("q={}", "x".repeat(LONGEST + 1))).is_err());
}

#[test]
fn what_is_asked_for() {
    let query = parse(r#"limit=5&offset=2&count=&sort=[{"sortBy":"a.b","direction":"desc"}]"#);
    let query = query.unwrap();
    assert_eq!((query.limit, query.offset, query.counts), (5, 2, true));
    assert_eq!(query.sort, [(vec!["a".to_owned(), "b".to_owned()], true)]);
    let query = parse("").unwrap();
    assert_eq!((query.limit, query.offset, query.counts), (100, 0, false));
    let nested = parse(r#"include={"list":{"include":{"creator":{}}}}"#).unwrap();
    assert_eq!(
        nested.include,
        parse(r#"include={"list":{"creator":{}}}"#).unwrap().include
    );
}

#[test]
fn nothing_of_a_request_is_a_part_of_a_statement() {
    const MARK: &str = "m4rk'); --";
    let asked = json!({
        MARK: {"$ne": MARK, "$in": [MARK, 1], "$gt": MARK, "$near": [1, 2], "$maxDistance": 3},
        "$or": [{"x": {MARK: MARK}}, {"y": {"$exists": true}}, {"z": null}, {"b": true}],
    });
    let query = q(&asked).unwrap();
    let search = json!({"phrase": MARK, "properties": [MARK]}).to_string();
    let parameters = Parameters(vec![
        ("search".to_owned(), search),
        ("objectTypes".to_owned(), "objects.a".to_owned()),
    ]);
    let search = Search::parse(&parameters).unwrap();
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let mut builder = Builder::new(dialect);
        let text = sql::condition(&mut builder, &query.condition)
            + &sql::search(&mut builder, &search)
            + &sql::order(&mut builder, &query, None);
        assert!(!text.contains("m4rk"), "{text}");
        assert!(builder.into_params().len() > 5);
    }
}

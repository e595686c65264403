//! The arguments of calls, and what is returned: between JSON and what collections and rooms take.
//! Pure.

use serde_json::Value;
use url::form_urlencoded;

use super::message::{Json, json};
use super::port::Call;

/// What `qwebchannel.js` knows an object of the channel by, in any value.
const MARKER: &str = "__QObject*__";

/// The call of a collection's method, whose number of arguments is right.
pub(super) fn call(method: &str, mut args: impl Iterator<Item = Json>) -> Result<Call, String> {
    let first = args.next();
    Ok(match method {
        "list" => Call::List(query(first)?),
        "get" => Call::Get(key(first)?),
        "create" => Call::Create(object(first)?),
        "update" => Call::Update(key(first)?, object(args.next())?),
        _ => Call::Remove(key(first)?),
    })
}

/// A text.
pub(super) fn text(given: Option<Json>) -> Result<String, String> {
    let text = given.and_then(|given| serde_json::from_str(given.get()).ok());
    text.ok_or_else(|| "the argument has to be a text".to_owned())
}

/// A key as it stands in a URL: a text, or a whole number to the digit.
fn key(given: Option<Json>) -> Result<String, String> {
    let raw = given.as_deref().map(serde_json::value::RawValue::get);
    let raw = raw.unwrap_or_default();
    if raw.starts_with('"') {
        return text(given);
    }
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        true => Ok(raw.to_owned()),
        false => Err("a key is a text or a whole number".to_owned()),
    }
}

fn object(given: Option<Json>) -> Result<Json, String> {
    let object = given.filter(|given| given.get().starts_with('{'));
    object.ok_or_else(|| "the argument has to be an object".to_owned())
}

/// A query as it stands in a URL, from a text or from an object: `{"_sort": "name", "id": [1, 2]}`.
fn query(given: Option<Json>) -> Result<String, String> {
    let wrong = || "a query is an object of texts, numbers and lists of them, or a text".to_owned();
    let value = given
        .as_deref()
        .map(|given| serde_json::from_str(given.get()));
    match value.transpose().map_err(|_| wrong())? {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.trim_start_matches('?').to_owned()),
        Some(Value::Object(fields)) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in fields {
                let values = match value {
                    Value::Array(values) => values,
                    value => vec![value],
                };
                for value in values {
                    let text = match value {
                        Value::String(text) => text,
                        Value::Number(number) => number.to_string(),
                        Value::Bool(flag) => flag.to_string(),
                        _ => return Err(wrong()),
                    };
                    query.append_pair(&name, &text);
                }
            }
            Ok(query.finish())
        }
        Some(_) => Err(wrong()),
    }
}

/// The value without what would make `qwebchannel.js` take a part of it for an object of the
/// channel: anybody may have stored it.
pub(super) fn unmarked(value: Json) -> Json {
    if !value.get().contains(MARKER) {
        return value;
    }
    let mut parsed = serde_json::from_str(value.get()).unwrap_or_default();
    unmark(&mut parsed);
    json(&parsed)
}

fn unmark(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != MARKER);
            fields.values_mut().for_each(unmark);
        }
        Value::Array(items) => items.iter_mut().for_each(unmark),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Json {
        Json::from(serde_json::value::RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn queries_and_keys() {
        for (given, expected) in [
            (None, Ok("")),
            (Some("null"), Ok("")),
            (Some(r#""?_sort=name""#), Ok("_sort=name")),
            (
                Some(r#"{"_sort":"-a b","id":[1,2],"on":true}"#),
                Ok("_sort=-a+b&id=1&id=2&on=true"),
            ),
            (Some("[]"), Err("a query is")),
            (Some(r#"{"a":{}}"#), Err("a query is")),
        ] {
            let found = query(given.map(raw));
            assert_eq!(found.as_deref().map_err(|why| &why[..10]), expected);
        }
        for (given, expected) in [
            ("\"a\"", Some("a")),
            ("12345678901234567890", Some("12345678901234567890")),
            ("-1", Some("-1")),
            ("1.5", None),
            ("null", None),
            ("{}", None),
        ] {
            assert_eq!(key(Some(raw(given))).ok().as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_stored_is_no_object_of_the_channel() {
        for (stored, passed) in [
            (r#"{"a":1.10}"#, r#"{"a":1.10}"#),
            (
                r#"[{"__QObject*__":true,"id":"live","b":[{"__QObject*__":1}]}]"#,
                r#"[{"id":"live","b":[{}]}]"#,
            ),
        ] {
            assert_eq!(unmarked(raw(stored)).get(), passed);
        }
    }
}

//! Objects as they come: which names and values they may have. Pure.

use serde_json::{Value, json};

use super::error::Refusal;
use super::rights::Fields;
use crate::database::collect_words;

/// How deep values may lie in each other.
const DEEPEST: usize = 16;

/// What the server says of an object, and nobody else.
pub(super) const OWN: [&str; 6] = [
    "id",
    "objectType",
    "createdAt",
    "updatedAt",
    "creator",
    "updater",
];

/// The object in a body, with typed values as they are told. What only the server says is left out
/// after it was held against `id` and `kind`.
pub(super) fn given(body: &[u8], kind: &str, id: Option<&str>) -> Result<Fields, Refusal> {
    let mut fields = json_object(body)?;
    for (name, own) in [("objectType", Some(kind)), ("id", id)] {
        if let (Some(given), Some(own)) = (fields.get(name), own)
            && given.as_str() != Some(own)
        {
            let message = format!("{name} is {given}, but the path says {own:?}; leave it out");
            return Err(Refusal::property(name, message));
        }
    }
    for name in OWN {
        fields.remove(name);
    }
    for (name, value) in &mut fields {
        check(name, value, 1)?;
    }
    Ok(fields)
}

/// The JSON object in a body, whatever its media type says.
pub(super) fn json_object(body: &[u8]) -> Result<Fields, Refusal> {
    let example = r#"send one JSON object, such as {"title": "milk"}"#;
    if body.is_empty() {
        return Err(Refusal::bad(format!("the body is empty; {example}")));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refusal::bad(format!("the body is no object; {example}"))),
        Err(error) => Err(Refusal::bad(format!(
            "the body is not JSON: {error}; {example}"
        ))),
    }
}

/// Refuses what cannot be a property, and turns typed values into what is told of them.
pub(super) fn check(name: &str, value: &mut Value, depth: usize) -> Result<(), Refusal> {
    is_name(name)?;
    if depth > DEEPEST {
        let message = format!("{name:?} lies more than {DEEPEST} levels deep");
        return Err(Refusal::property(name, message));
    }
    match value {
        Value::String(text) if text.contains('\0') => Err(Refusal::property(
            name,
            format!("{name:?} has a NUL in it, which no database keeps"),
        )),
        Value::Array(items) => {
            for item in items {
                check(name, item, depth + 1)?;
            }
            Ok(())
        }
        Value::Object(fields) if fields.contains_key("$type") => {
            *value = typed(name, fields)?;
            check(name, value, depth + 1)
        }
        Value::Object(fields) => {
            for (inner, value) in fields {
                check(inner, value, depth + 1)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether a property may be called so: what a query could not name is no name.
pub(super) fn is_name(name: &str) -> Result<(), Refusal> {
    let good = !name.is_empty()
        && name.len() <= 128
        && !name.starts_with('$')
        && !name.contains(['.', '"', '\\', '\0']);
    if good {
        return Ok(());
    }
    Err(Refusal::property(
        name,
        format!(
            "{name:?} is no name of a property: 1 to 128 bytes, without a $ in front and without \
             dots, quotation marks, backslashes and NUL"
        ),
    ))
}

/// `{"$type": "ref", "$value": {…}}` and the like.
fn typed(name: &str, fields: &Fields) -> Result<Value, Refusal> {
    let value = fields.get("$value").cloned().unwrap_or_default();
    let kind = fields.get("$type").and_then(Value::as_str).unwrap_or("");
    let fits = fields.len() == 2
        && match kind {
            "ref" => reference(&value).is_some(),
            "time" => value.is_string(),
            "geoloc" => value
                .as_array()
                .is_some_and(|place| place.len() == 2 && place.iter().all(Value::is_number)),
            _ => false,
        };
    if fits {
        return Ok(value);
    }
    Err(Refusal::property(
        name,
        format!(
            "{name:?} is no typed value: there are {{\"$type\": \"ref\", \"$value\": {{\"id\", \
             \"objectType\"}}}}, \"time\" with a text and \"geoloc\" with [longitude, latitude]"
        ),
    ))
}

/// The type and the id of a reference.
pub(super) fn reference(value: &Value) -> Option<(&str, &str)> {
    let kind = value.get("objectType")?.as_str()?;
    let id = value.get("id")?.as_str()?;
    super::id::is_id(id).then_some((kind, id))
}

/// A reference, as it is told.
pub(super) fn reference_to(kind: &str, id: &str) -> Value {
    json!({"id": id, "objectType": kind})
}

/// What a search looks at: all texts, in small letters.
pub(super) fn words(fields: &Fields) -> String {
    let mut words = String::new();
    for (name, value) in fields {
        if !OWN.contains(&name.as_str()) {
            collect_words(value, &mut words);
        }
    }
    words.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_query_could_name_are_refused() {
        for name in ["", "$set", "a.b", "a\"b", "a\\b", "a\0b"] {
            let body = json!({"x": {name: 1}}).to_string();
            assert!(
                given(body.as_bytes(), "objects.a", None).is_err(),
                "{name:?}"
            );
        }
        for name in [
            "a",
            "$".repeat(0).as_str().trim_end(),
            "a'b",
            "ü",
            "a b",
            "a$",
        ] {
            if !name.is_empty() {
                let body = json!({name: 1}).to_string();
                assert!(
                    given(body.as_bytes(), "objects.a", None).is_ok(),
                    "{name:?}"
                );
            }
        }
    }

    #[test]
    fn what_only_the_server_says_is_left_out() {
        let id = "541df1c1e5bde554a805b213";
        let body = json!({"id": id, "objectType": "objects.a", "creator": 1, "title": "x"});
        let fields = given(body.to_string().as_bytes(), "objects.a", Some(id)).unwrap();
        assert_eq!(Value::Object(fields), json!({"title": "x"}));
        for other in [json!({"id": "x"}), json!({"objectType": "objects.b"})] {
            let refused = given(other.to_string().as_bytes(), "objects.a", Some(id));
            assert!(matches!(refused, Err(Refusal::Property { .. })), "{other}");
        }
    }

    #[test]
    fn typed_values() {
        let place = json!({"p": {"$type": "geoloc", "$value": [1.5, 2]}});
        let fields = given(place.to_string().as_bytes(), "objects.a", None).unwrap();
        assert_eq!(fields["p"], json!([1.5, 2]));
        let wrong = json!({"p": {"$type": "geoloc", "$value": [1.5]}});
        assert!(given(wrong.to_string().as_bytes(), "objects.a", None).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(given(deep(DEEPEST).as_bytes(), "objects.a", None).is_ok());
        assert!(given(deep(DEEPEST + 1).as_bytes(), "objects.a", None).is_err());
    }
}

//! What a gateway is sent, taken apart. Pure.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::GatewayError;

/// The most tags of a socket, and receivers of a message.
const MOST_NAMES: usize = 1000;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 256;

/// Which sockets a message is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receivers {
    /// Ids of sockets; `*` is every socket of the gateway.
    pub sockets: Vec<String>,
    /// Tags: a socket with any of them.
    pub tags: Vec<String>,
}

impl Receivers {
    /// Every socket of the gateway.
    pub fn everybody() -> Self {
        Self {
            sockets: vec!["*".to_owned()],
            tags: Vec::new(),
        }
    }
}

/// A body as JSON, whatever its media type says.
pub fn parse(body: &[u8]) -> Result<Map<String, Value>, GatewayError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(GatewayError::NotJson),
    }
}

/// `{"data": "…", "receivers": {"sockets": […], "tags": […]}}`.
pub fn message(body: &Map<String, Value>) -> Result<(String, Receivers), GatewayError> {
    let Some(Value::String(data)) = body.get("data") else {
        return Err(GatewayError::invalid("data", "must be a string"));
    };
    let Some(Value::Object(receivers)) = body.get("receivers") else {
        return Err(GatewayError::invalid("receivers", "must be an object"));
    };
    if !receivers.contains_key("sockets") && !receivers.contains_key("tags") {
        return Err(GatewayError::invalid(
            "receivers",
            "must have sockets or tags",
        ));
    }
    let names = |key, property| {
        let value = receivers.get(key).unwrap_or(&Value::Null);
        strings(value, property)
    };
    let receivers = Receivers {
        sockets: names("sockets", "receivers.sockets")?,
        tags: names("tags", "receivers.tags")?,
    };
    Ok((data.clone(), receivers))
}

/// The tags of a socket to be; none where the body is empty.
pub fn tags(body: &[u8]) -> Result<Vec<String>, GatewayError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let body = parse(body)?;
    let mut tags = strings(body.get("tags").unwrap_or(&Value::Null), "tags")?;
    if tags
        .iter()
        .any(|tag| tag.is_empty() || tag.len() > LONGEST_TAG)
    {
        return Err(GatewayError::invalid(
            "tags",
            "must have between 1 and 256 bytes each",
        ));
    }
    tags.sort();
    tags.dedup();
    Ok(tags)
}

/// What Enginio's web hook posts: an object, or its JSON as a string, and who
/// may read it.
pub fn webhook(body: &Map<String, Value>) -> Result<(String, Receivers), GatewayError> {
    let data = match body.get("payload") {
        Some(Value::String(text)) => text.clone(),
        Some(object @ Value::Object(_)) => object.to_string(),
        _ => {
            return Err(GatewayError::invalid(
                "payload",
                "must be an object or a string",
            ));
        }
    };
    let wrong = || GatewayError::invalid("receivers", "must be an array of {id, objectType}");
    let Some(Value::Array(subjects)) = body.get("receivers") else {
        return Err(wrong());
    };
    let mut tags = Vec::new();
    for subject in subjects {
        let part = |key| subject.get(key).and_then(Value::as_str);
        let (Some(kind), Some(id)) = (part("objectType"), part("id")) else {
            return Err(wrong());
        };
        if (kind, id) == ("aclSubject", "*") {
            return Ok((data, Receivers::everybody()));
        }
        tags.push(format!("{kind}.{id}"));
    }
    let sockets = Vec::new();
    Ok((data, Receivers { sockets, tags }))
}

/// An array of strings; null is an empty one.
fn strings(value: &Value, property: &'static str) -> Result<Vec<String>, GatewayError> {
    let wrong = || GatewayError::invalid(property, "must be an array of strings, or null");
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) if items.len() <= MOST_NAMES => items,
        _ => return Err(wrong()),
    };
    let text = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(wrong);
    items.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data, the ids and the tags; or the error.
    type Expected = Result<
        (
            &'static str,
            &'static [&'static str],
            &'static [&'static str],
        ),
        &'static str,
    >;

    fn check(
        read: impl Fn(&Map<String, Value>) -> Result<(String, Receivers), GatewayError>,
        cases: &[(&str, Expected)],
    ) {
        for (text, expected) in cases {
            let got = parse(text.as_bytes()).and_then(|body| read(&body));
            let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
            let expected = expected.map(|(data, sockets, tags)| {
                let (sockets, tags) = (own(sockets), own(tags));
                (data.to_owned(), Receivers { sockets, tags })
            });
            let got = got.map_err(|error| error.to_string());
            assert_eq!(got, expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn messages() {
        const NAMES: &str = "receivers.tags must be an array of strings, or null";
        check(
            message,
            &[
                (
                    r#"{"data":"x","receivers":{"sockets":["*"],"tags":null}}"#,
                    Ok(("x", &["*"], &[])),
                ),
                (
                    r#"{"data":"","receivers":{"sockets":null,"tags":["a","b"]}}"#,
                    Ok(("", &[], &["a", "b"])),
                ),
                (
                    r#"{"data":"x","receivers":{"tags":["a"]}}"#,
                    Ok(("x", &[], &["a"])),
                ),
                (r#"{"data":"x","receivers":{"tags":"a"}}"#, Err(NAMES)),
                (r#"{"data":"x","receivers":{"tags":[1]}}"#, Err(NAMES)),
                (
                    r#"{"data":"x","receivers":{}}"#,
                    Err("receivers must have sockets or tags"),
                ),
                (r#"{"data":"x"}"#, Err("receivers must be an object")),
                (
                    r#"{"data":"x","receivers":["*"]}"#,
                    Err("receivers must be an object"),
                ),
                (
                    r#"{"data":{},"receivers":{"tags":null}}"#,
                    Err("data must be a string"),
                ),
                ("[]", Err("Invalid json")),
                ("data=x", Err("Invalid json")),
                ("", Err("Invalid json")),
            ],
        );
    }

    #[test]
    fn web_hooks() {
        const RECEIVERS: &str = "receivers must be an array of {id, objectType}";
        check(
            webhook,
            &[
                (
                    r#"{"payload":{"a":1},"receivers":[{"id":"*","objectType":"aclSubject"}]}"#,
                    Ok((r#"{"a":1}"#, &["*"], &[])),
                ),
                (
                    r#"{"payload":"{}","receivers":[{"id":"7","objectType":"users"}]}"#,
                    Ok(("{}", &[], &["users.7"])),
                ),
                (r#"{"payload":"x","receivers":[]}"#, Ok(("x", &[], &[]))),
                (
                    r#"{"payload":"x","receivers":[{"id":"7"}]}"#,
                    Err(RECEIVERS),
                ),
                (r#"{"payload":"x"}"#, Err(RECEIVERS)),
                (
                    r#"{"payload":1,"receivers":[]}"#,
                    Err("payload must be an object or a string"),
                ),
            ],
        );
    }

    #[test]
    fn tags_of_a_socket() {
        let read = |text: &str| tags(text.as_bytes()).map_err(|error| error.to_string());
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("{}"), Ok(vec![]));
        assert_eq!(
            read(r#"{"tags":["b","a","b"]}"#),
            Ok(vec!["a".to_owned(), "b".to_owned()])
        );
        assert!(read(r#"{"tags":[""]}"#).is_err());
        assert!(read(r#"{"tags":"a"}"#).is_err());
    }
}

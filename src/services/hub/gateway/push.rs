//! A change of a collection, as the message that Enginio's clients know. Pure.

use serde_json::{Value, json};

use super::message::Receivers;
use super::{DEFAULT, is_name};

/// What was written, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The collection.
    pub collection: String,
    /// `create`, `update` or `delete`.
    pub event: &'static str,
    /// The object's key.
    pub key: String,
    /// The object as it is now; what it was, when deleted.
    pub object: Value,
}

/// Which gateway a collection feeds, and which of its sockets: `gateway:main`
/// is all of them, `gateway:main:{userId},staff` those with either tag, where
/// `{userId}` is that property of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushTarget {
    /// The gateway.
    pub gateway: String,
    tags: Vec<String>,
}

impl PushTarget {
    /// The target as the config has it.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("gateway:")?;
        let (gateway, tags) = rest.split_once(':').unwrap_or((rest, ""));
        let gateway = if gateway.is_empty() { DEFAULT } else { gateway };
        let tags: Vec<String> = tags
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect();
        is_name(gateway).then(|| Self {
            gateway: gateway.to_owned(),
            tags,
        })
    }

    /// Whom a change of `object` is for.
    pub fn receivers(&self, object: &Value) -> Receivers {
        if self.tags.is_empty() {
            return Receivers::everybody();
        }
        let filled = |tag: &String| match tag.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            None => Some(tag.clone()),
            Some(property) => match object.get(property)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            },
        };
        Receivers {
            sockets: Vec::new(),
            tags: self.tags.iter().filter_map(filled).collect(),
        }
    }
}

impl Change {
    /// `{"object": …, "meta": {"backendId", "eventName"}}`; the object has at
    /// least its id and its type.
    pub fn message(&self, gateway: &str) -> String {
        let mut object = self.object.clone();
        if let Value::Object(fields) = &mut object {
            let id = || Value::from(self.key.as_str());
            fields.entry("id").or_insert_with(id);
            let kind = || Value::from(format!("objects.{}", self.collection));
            fields.entry("objectType").or_insert_with(kind);
        }
        let meta = json!({"backendId": gateway, "eventName": self.event});
        json!({"object": object, "meta": meta}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        let object = json!({"userId": "user:7", "team": 3, "done": false});
        for (text, expected) in [
            ("gateway:main", Some((vec!["*"], vec![]))),
            ("gateway:", Some((vec!["*"], vec![]))),
            ("gateway:main:{userId}", Some((vec![], vec!["user:7"]))),
            ("gateway:x:all, {team}", Some((vec![], vec!["all", "3"]))),
            ("gateway:x:{done},{none}", Some((vec![], vec![]))),
            ("gateway:a/b", None),
            ("main", None),
        ] {
            let receivers = PushTarget::parse(text).map(|target| target.receivers(&object));
            let own = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            let expected = expected.map(|(sockets, tags)| Receivers {
                sockets: own(sockets),
                tags: own(tags),
            });
            assert_eq!(receivers, expected, "{text}");
        }
    }

    #[test]
    fn messages_have_the_shape_of_enginio() {
        let change = Change {
            collection: "todos".to_owned(),
            event: "create",
            key: "1".to_owned(),
            object: json!({"text": "x"}),
        };
        assert_eq!(
            change.message("main"),
            r#"{"object":{"text":"x","id":"1","objectType":"objects.todos"},"meta":{"backendId":"main","eventName":"create"}}"#
        );
    }
}

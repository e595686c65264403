//! A change of a collection, as the message that Enginio's clients know. Pure.

use serde::Serialize;

use super::json::{Fields, word};
use super::message::Receivers;
use super::{DEFAULT, is_name};

/// What was written, and where.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The collection.
    pub collection: String,
    /// `create`, `update` or `delete`.
    pub event: &'static str,
    /// The object's key.
    pub key: String,
    /// The object as it is now; what it was, when deleted.
    pub object: Fields,
    /// The object as it was, when updated.
    pub before: Option<Fields>,
}

/// A message as it goes out.
#[derive(Serialize)]
struct Message<'a> {
    object: Fields,
    meta: Meta<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    backend_id: &'a str,
    event_name: &'a str,
}

/// Which gateway a collection feeds, and which of its sockets: `gateway:main`
/// is all of them, `gateway:main:{userId},staff` those with either tag, where
/// `{userId}` is that property of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushTarget {
    /// The gateway.
    pub gateway: String,
    tags: Vec<String>,
}

impl PushTarget {
    /// The target as the config has it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
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

    /// Whom a change is for: an object that moves from one tag to another is
    /// gone for the first.
    pub(crate) fn receivers(&self, change: &Change) -> Receivers {
        if self.tags.is_empty() {
            return Receivers::everybody();
        }
        let mut tags = self.filled(&change.object);
        if let Some(before) = &change.before {
            for tag in self.filled(before) {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        Receivers {
            sockets: Vec::new(),
            tags,
        }
    }

    fn filled(&self, object: &Fields) -> Vec<String> {
        let filled = |tag: &String| match tag.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            None => Some(tag.clone()),
            Some(property) => word(object.get(property)?),
        };
        self.tags.iter().filter_map(filled).collect()
    }
}

impl Change {
    /// `{"object": …, "meta": {"backendId", "eventName"}}`; the object has at
    /// least its id and its type.
    pub(crate) fn message(&self, gateway: &str) -> String {
        let mut object = self.object.clone();
        object.or_insert("id", &self.key);
        object.or_insert("objectType", &format!("objects.{}", self.collection));
        let meta = Meta {
            backend_id: gateway,
            event_name: self.event,
        };
        // Texts and what was JSON before always serialise.
        serde_json::to_string(&Message { object, meta }).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;

    fn fields(text: &str) -> Fields {
        let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap();
        let fields = fields.iter();
        fields
            .map(|(name, value)| (name.as_str(), &**value))
            .collect()
    }

    #[test]
    fn targets() {
        let object = fields(
            r#"{"userId": "user:\u0037", "team": 3, "done": false, "big": 12345678901234567890123}"#,
        );
        let mut change = Change {
            collection: "todos".to_owned(),
            event: "update",
            key: "1".to_owned(),
            object,
            before: None,
        };
        for (text, expected) in [
            ("gateway:main", Some((vec!["*"], vec![]))),
            ("gateway:", Some((vec!["*"], vec![]))),
            ("gateway:main:{userId}", Some((vec![], vec!["user:7"]))),
            ("gateway:x:all, {team}", Some((vec![], vec!["all", "3"]))),
            ("gateway:x:{done},{none}", Some((vec![], vec![]))),
            (
                "gateway:x:{big}",
                Some((vec![], vec!["12345678901234567890123"])),
            ),
            ("gateway:a/b", None),
            ("main", None),
        ] {
            let receivers = PushTarget::parse(text).map(|target| target.receivers(&change));
            let own = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            let expected = expected.map(|(sockets, tags)| Receivers {
                sockets: own(sockets),
                tags: own(tags),
            });
            assert_eq!(receivers, expected, "{text}");
        }
        change.before = Some(fields(r#"{"userId": 8, "team": 3}"#));
        let target = PushTarget::parse("gateway:x:{userId},{team},all").unwrap();
        assert_eq!(target.receivers(&change).tags, ["user:7", "3", "all", "8"]);
    }

    #[test]
    fn messages_have_the_shape_of_enginio() {
        let change = Change {
            collection: "todos".to_owned(),
            event: "create",
            key: "1".to_owned(),
            object: fields(r#"{"a": "\u00fc", "b": 1.10, "c": -0, "d": [1e2]}"#),
            before: None,
        };
        assert_eq!(
            change.message("main"),
            r#"{"object":{"a":"\u00fc","b":1.10,"c":-0,"d":[1e2],"id":"1","objectType":"objects.todos"},"meta":{"backendId":"main","eventName":"create"}}"#
        );
    }
}

//! A declared property: what its values may be. Pure.

use serde_json::{Map, Value};

use super::processors::{self, Variant};
use crate::database::earth::Position;
use crate::services::enginio::config::is_type;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::{OWN, is_name, reference};

/// What only accounts say of a user.
const OF_ACCOUNTS: [&str; 3] = ["username", "password", "usergroups"];

/// What the values of a property are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    String,
    Number,
    Boolean,
    Ref,
    Time,
    Geoloc,
    Array,
    Object,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::String,
        Self::Number,
        Self::Boolean,
        Self::Ref,
        Self::Time,
        Self::Geoloc,
        Self::Array,
        Self::Object,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Ref => "ref",
            Self::Time => "time",
            Self::Geoloc => "geoloc",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// What to send.
    fn example(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Ref => r#"{"id": ID, "objectType": TYPE}"#,
            Self::Time => "a text such as \"2013-06-28T16:38:32.369Z\"",
            Self::Geoloc => "[LONGITUDE, LATITUDE] in degrees",
            Self::Array => "a list",
            Self::Object => "an object",
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Ref => reference(value).is_some(),
            Self::Time => value.as_str().is_some_and(is_time),
            Self::Geoloc => Position::of(value).is_some(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

/// A declared property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: String,
    kind: Kind,
    /// Whether lists find its values by an index.
    pub(super) indexed: bool,
    /// The type that references are to; any, if there is none.
    object_type: Option<String>,
    /// What is made of pictures that it refers to.
    pub(super) variants: Vec<Variant>,
}

impl Property {
    /// The declaration of a property of this type.
    pub(super) fn parse(value: &Value, of: &str) -> Result<Self, Refusal> {
        let Value::Object(fields) = value else {
            let message = r#"a property is {"name": "title", "type": "string"}"#;
            return Err(Refusal::property("properties", message));
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let Some(name) = text("name") else {
            let message = r#"a property needs a name: {"name": "title", "type": "string"}"#;
            return Err(Refusal::property("properties", message));
        };
        let wrong = |message: String| Refusal::property(name, message);
        is_name(name)?;
        if OWN.contains(&name) || of == "users" && OF_ACCOUNTS.contains(&name) {
            return Err(wrong(format!(
                "{name:?} is what the server says; leave it out"
            )));
        }
        let known = ["name", "type", "indexed", "objectType", "processors"];
        if let Some(other) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            let known = known.join(", ");
            return Err(wrong(format!(
                "{name:?} has {other:?}; a property has {known}"
            )));
        }
        let kind = text("type").and_then(|word| Kind::ALL.into_iter().find(|k| k.word() == word));
        let kind = kind.ok_or_else(|| {
            let given = fields.get("type").unwrap_or(&Value::Null);
            let known = Kind::ALL.map(Kind::word).join(", ");
            wrong(format!("{name:?} has the type {given}; there are {known}"))
        })?;
        let indexed = match fields.get("indexed") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(indexed)) => *indexed,
            Some(_) => return Err(wrong(format!("indexed of {name:?} is true or false"))),
        };
        let object_type = match fields.get("objectType") {
            None | Some(Value::Null) => None,
            Some(Value::String(to)) if kind == Kind::Ref && is_type(to) => Some(to.clone()),
            Some(_) => {
                let message = format!(
                    "objectType of {name:?} is the type that a ref leads to: \"objects.todos\", \
                     \"users\", \"usergroups\" or \"files\""
                );
                return Err(wrong(message));
            }
        };
        let variants = processors::parse(fields.get("processors"), name)?;
        if !variants.is_empty() && object_type.as_deref() != Some("files") {
            let message = format!(
                "{name:?} has processors; those are for {{\"type\": \"ref\", \"objectType\": \
                 \"files\"}}"
            );
            return Err(wrong(message));
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            indexed,
            object_type,
            variants,
        })
    }

    /// The declaration as it is told.
    pub(super) fn told(&self) -> Value {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        tell("name", self.name.as_str().into());
        tell("type", self.kind.word().into());
        tell("indexed", self.indexed.into());
        if let Some(to) = &self.object_type {
            tell("objectType", to.as_str().into());
        }
        if !self.variants.is_empty() {
            tell("processors", processors::told(&self.variants));
        }
        Value::Object(told)
    }

    /// Refuses a value that is not as it is declared. Null says that there is none.
    pub(super) fn check(&self, value: &Value, of: &str) -> Result<(), Refusal> {
        let leads_there = || match (&self.object_type, reference(value)) {
            (Some(to), Some((kind, _))) => to == kind,
            _ => true,
        };
        if value.is_null() || self.kind.fits(value) && leads_there() {
            return Ok(());
        }
        let (name, kind) = (&self.name, self.kind.word());
        let to = self.object_type.iter().map(|to| format!(" to {to}"));
        let to: String = to.collect();
        let example = self.kind.example();
        let message =
            format!("{name:?} of {of} is declared as {kind}{to}; send {example}, or null");
        Err(Refusal::property(name, message))
    }

    /// Whether what this says of values, and of what is kept beside them, is what `other` says.
    pub(super) fn is_the_same_for_values(&self, other: &Self) -> bool {
        (&self.name, self.kind, self.indexed, &self.object_type)
            == (&other.name, other.kind, other.indexed, &other.object_type)
    }

    /// Whether there are entries of its values: no query compares with a list or an object.
    pub(super) fn has_entries(&self) -> bool {
        self.indexed && !matches!(self.kind, Kind::Array | Kind::Object | Kind::Geoloc)
    }

    /// The entry of a value; of a reference, of the id in it.
    pub(super) fn entry(&self, value: &Value) -> Option<String> {
        match self.kind {
            Kind::Ref => entry(value.get("id")?),
            _ => entry(value),
        }
    }

    /// Where a query looks for what the index has: `["who", "id"]` for a reference.
    pub(super) fn is_found_at(&self, place: &[String]) -> bool {
        match place {
            [name] => self.kind != Kind::Ref && *name == self.name,
            [name, id] => self.kind == Kind::Ref && *name == self.name && id == "id",
            _ => false,
        }
    }
}

/// The entry of a text, a number or a boolean: a short hash, as keys of an index are bounded. Values
/// may share one, as do numbers that are too near to each other for a double.
pub(super) fn entry(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => format!("t{text}"),
        Value::Bool(value) => format!("b{value}"),
        // The same however it is written; and minus nought is nought.
        Value::Number(number) => format!("n{:?}", number.as_f64()? + 0.0),
        _ => return None,
    };
    let hash = blake3::hash(text.as_bytes()).to_hex();
    Some(hash.chars().take(16).collect())
}

/// Whether this is a time as objects have it, `2013-06-28T16:38:32.369Z`, or with another zone.
fn is_time(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let Some((head, rest)) = text.as_bytes().split_at_checked(SHAPE.len()) else {
        return false;
    };
    let is_head = head.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == shape,
    });
    is_head
        && rest
            .iter()
            .all(|byte| byte.is_ascii_digit() || b".:+-Z".contains(byte))
}

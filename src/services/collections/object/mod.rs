//! A JSON object as it was written: fields in their order, numbers to the digit. Pure.
//!
//! Values stay text. To parse them into numbers of the machine and back would turn 1.10 into 1.1
//! and a long identifier into a rounded one.

mod merged;
mod selection;

use std::collections::HashMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::Refusal;
use crate::database::collect_words;
use merged::Merged;

pub(super) use selection::Selection;

/// The longest key, in characters; a database indexes no longer ones.
pub(super) const LONGEST_KEY: usize = 256;

/// An object of a collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    fields: Vec<(String, Box<RawValue>)>,
}

impl Object {
    /// The object that `bytes` are the JSON of.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|error| Refusal::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        // Some editors begin a file with a byte order mark, which JSON has no place for.
        let text = text.trim_start_matches('\u{feff}');
        // The first pass finds what the second, which keeps text, lets through: a number beyond
        // every range, a nesting too deep to be read again.
        let value: Value = serde_json::from_str(text).map_err(Refusal::json)?;
        if !value.is_object() {
            return Err(Refusal::NotAnObject {
                given: kind(&value),
            });
        }
        let object: Self = serde_json::from_str(text).map_err(Refusal::json)?;
        object.normal().map_err(Refusal::json)
    }

    /// The object that the store kept as this text.
    pub(crate) fn stored(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The fields in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.fields
            .iter()
            .map(|(name, raw)| (name.as_str(), &**raw))
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        self.fields().find(|(field, _)| *field == name).map(|f| f.1)
    }

    /// What the object is called: the value of the field `name`, a string or a whole number.
    pub(crate) fn key(&self, name: &str) -> Result<String, Refusal> {
        let raw = self.get(name).ok_or_else(|| Refusal::MissingKey {
            field: name.to_owned(),
        })?;
        let text = raw.get();
        let key = if text.starts_with('"') {
            serde_json::from_str(text).ok()
        } else {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            whole.then(|| text.to_owned())
        };
        let fits = |key: &String| {
            // Databases know no NUL in a text.
            !key.is_empty() && key.chars().count() <= LONGEST_KEY && !key.contains('\0')
        };
        key.filter(fits).ok_or_else(|| Refusal::BadKey {
            field: name.to_owned(),
            given: shortened(text),
        })
    }

    /// This object with the fields of `given` in place of its own; the others stay.
    #[must_use]
    pub(crate) fn updated(&self, given: &Self) -> Self {
        let mut merged = Merged::of(self);
        for (name, raw) in &given.fields {
            merged.set(name, raw.clone());
        }
        merged.into_object()
    }

    /// This object with `name` as it is in `other`, first where it is missing here.
    #[must_use]
    pub(crate) fn with_key_of(mut self, other: &Self, name: &str) -> Self {
        if self.get(name).is_none()
            && let Some(raw) = other.get(name)
        {
            self.fields.insert(0, (name.to_owned(), raw.to_owned()));
        }
        self
    }

    /// This object, called `key` if it is not called anything yet.
    #[must_use]
    pub(crate) fn or_called(mut self, name: &str, key: impl FnOnce() -> Option<String>) -> Self {
        if self.get(name).is_none()
            && let Some(key) = key()
            && let Ok(raw) = serde_json::value::to_raw_value(&key)
        {
            self.fields.insert(0, (name.to_owned(), raw));
        }
        self
    }

    /// This object after the merge patch `patch` (RFC 7396).
    pub(crate) fn patched(&self, patch: &Self) -> Result<Self, serde_json::Error> {
        let mut merged = Merged::of(self);
        for (name, raw) in &patch.fields {
            if raw.get() == "null" {
                merged.remove(name);
                continue;
            }
            let new = if raw.get().starts_with('{') {
                let inner = Self::stored(raw.get())?;
                let target = match merged.get(name) {
                    Some(old) if old.get().starts_with('{') => Self::stored(old.get())?,
                    _ => Self::default(),
                };
                RawValue::from_string(target.patched(&inner)?.to_json())?
            } else {
                raw.clone()
            };
            merged.set(name, new);
        }
        Ok(merged.into_object())
    }

    /// The JSON, on one line.
    pub(crate) fn to_json(&self) -> String {
        // Strings and checked JSON always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many bytes the JSON has, without writing names out: a name that needs escapes counts as
    /// it is.
    pub(crate) fn size(&self) -> u64 {
        let fields = self.fields.iter();
        // Quotation marks, a colon, a comma; and the braces.
        let sizes = fields.map(|(name, raw)| name.len() + raw.get().len() + 4);
        2 + sizes.sum::<usize>() as u64
    }

    /// Everything in the object that a person could look for, in lower case.
    pub(crate) fn words(&self) -> String {
        let mut words = String::new();
        for (_, raw) in &self.fields {
            if let Ok(value) = serde_json::from_str(raw.get()) {
                collect_words(&value, &mut words);
            }
        }
        // Databases know no NUL in a text.
        words.to_lowercase().replace('\0', "\u{fffd}")
    }

    /// For what checks values, such as a schema. Numbers may lose digits here.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::from_str(&self.to_json()).unwrap_or_default()
    }

    /// Without white space between tokens, and with each name once at every depth: the last one
    /// of a name counts, as in JavaScript.
    fn normal(self) -> Result<Self, serde_json::Error> {
        let mut object = Self::default();
        for (name, raw) in self.fields {
            object.fields.push((name, normal(raw)?));
        }
        Ok(object)
    }
}

fn normal(raw: Box<RawValue>) -> Result<Box<RawValue>, serde_json::Error> {
    match raw.get().as_bytes().first() {
        Some(b'{') => {
            let object: Object = serde_json::from_str(raw.get())?;
            serde_json::value::to_raw_value(&object.normal()?)
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(raw.get())?;
            let items = items.into_iter().map(normal);
            serde_json::value::to_raw_value(&items.collect::<Result<Vec<_>, _>>()?)
        }
        _ => Ok(raw),
    }
}

/// The items of an array, each as it is written.
pub(super) fn items(raw: &RawValue) -> Vec<Box<RawValue>> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// What a value is, in the words of JSON.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, raw) in &self.fields {
            map.serialize_entry(name, raw)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::new();
                let mut places = HashMap::new();
                while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
                    match places
                        .get(&name)
                        .and_then(|place: &usize| fields.get_mut(*place))
                    {
                        Some((_, old)) => *old = raw,
                        None => {
                            places.insert(name.clone(), fields.len());
                            fields.push((name, raw));
                        }
                    }
                }
                Ok(Object { fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests;

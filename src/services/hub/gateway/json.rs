//! JSON that is looked into and passed on as it was written: a number that
//! became one of the machine's would lose digits, and a body whose every part
//! became a value would take thirty times its size. Pure.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// The members of the object in `text` that have these names, as they are
/// written; the last one of a name counts, as in JavaScript. `None` where
/// `text` is not the JSON of an object.
pub(super) fn pick<'a, const N: usize>(
    text: &'a [u8],
    names: [&str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    // Members that nobody asks for are not looked into.
    let text = std::str::from_utf8(text).ok()?;
    let mut json = serde_json::Deserializer::from_str(text);
    let found = Members(names).deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(found)
}

struct Members<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(name) = map.next_key::<String>()? {
            let wanted = self.0.iter().position(|wanted| *wanted == name);
            match wanted.and_then(|place| found.get_mut(place)) {
                Some(place) => *place = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// At most so many items of an array; `TooMany` for a longer one, of which no
/// more is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UpTo<T, const MOST: usize> {
    /// All of them.
    All(Vec<T>),
    /// There are more.
    TooMany,
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for UpTo<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = UpTo<T, MOST>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MOST {
                    match seq.next_element()? {
                        Some(item) => items.push(item),
                        None => return Ok(UpTo::All(items)),
                    }
                }
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(UpTo::All(items));
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(UpTo::TooMany)
            }
        }
        from.deserialize_seq(Items(PhantomData))
    }
}

/// An object's members in their order, each value as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    /// The value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }

    /// Adds a text of this name at the end, unless there is a value of it.
    pub(crate) fn or_insert(&mut self, name: &str, text: &str) {
        // A text always is one in JSON.
        if self.get(name).is_none()
            && let Ok(text) = serde_json::value::to_raw_value(text)
        {
            self.0.push((name.to_owned(), text));
        }
    }
}

impl<'a> FromIterator<(&'a str, &'a RawValue)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a RawValue)>>(fields: I) -> Self {
        let own = |(name, value): (&str, &RawValue)| (name.to_owned(), value.to_owned());
        Self(fields.into_iter().map(own).collect())
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What a tag is made of: a text, or the digits of a number as they are
/// written.
pub(super) fn word(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_as_they_are_written() {
        for (text, expected) in [
            (
                r#"{"a": 1.10, "b": [ 1 ]}"#,
                Some((Some("1.10"), Some("[ 1 ]"))),
            ),
            (r#"{"c": {"a": 2}, "\u0061": -0}"#, Some((Some("-0"), None))),
            (r#"{"a": 1, "a": 2}"#, Some((Some("2"), None))),
            (" {} ", Some((None, None))),
            ("{} x", None),
            (r#"{"a": }"#, None),
            ("[]", None),
            ("null", None),
            ("", None),
            ("\u{feff}{}", None),
        ] {
            let found = pick(text.as_bytes(), ["a", "b"]);
            let found = found.map(|[a, b]| (a.map(RawValue::get), b.map(RawValue::get)));
            assert_eq!(found, expected, "{text}");
        }
        assert!(pick(b"{\"a\": \"\xff\"}", ["a"]).is_none());
        // Deeper than what is parsed into values may be.
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert!(pick(deep.as_bytes(), ["a"]).is_some());
    }

    #[test]
    fn only_so_many_items_are_kept() {
        let read = |text| serde_json::from_str::<UpTo<u8, 2>>(text).ok();
        assert_eq!(read("[]"), Some(UpTo::All(vec![])));
        assert_eq!(read("[1,2]"), Some(UpTo::All(vec![1, 2])));
        assert_eq!(read("[1,2,3]"), Some(UpTo::TooMany));
        assert_eq!(read("[1,2,3,{}]"), Some(UpTo::TooMany));
        assert_eq!(read("[1,2,3"), None);
        assert_eq!(read("[{}]"), None);
    }
}

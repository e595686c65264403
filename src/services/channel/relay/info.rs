//! What a publisher says of its objects: which numbers its methods, signals and properties have,
//! and the values of these. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::message::{Json, Method, json};

/// What an object that is a value is known by.
const MARKER: &str = "__QObject*__";

/// What is said of one object (qtwebchannel, `QMetaObjectPublisher::classInfoForObject`).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Info {
    methods: Vec<(String, i64)>,
    signals: Vec<(String, i64)>,
    properties: Vec<Property>,
}

/// A property: its number, its name, its notify signal, its value.
#[derive(Clone, Debug, Deserialize)]
struct Property(i64, String, Vec<Value>, Json);

/// What is different: notify signals with their arguments, and values, by number.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// The notify signals.
    pub signals: BTreeMap<i64, Json>,
    /// The values.
    pub properties: BTreeMap<i64, Json>,
}

impl Info {
    /// Whether a page can call this.
    pub(super) fn has_method(&self, method: &Method) -> bool {
        self.methods.iter().any(|(name, index)| match method {
            Method::Index(given) => given == index,
            Method::Name(given) => given == name,
        })
    }

    /// Whether a page can connect to this.
    pub(super) fn has_signal(&self, index: i64) -> bool {
        self.signals.iter().any(|(_, known)| *known == index)
    }

    /// Whether it has such a property.
    pub(super) fn has_property(&self, index: i64) -> bool {
        self.properties.iter().any(|property| property.0 == index)
    }

    /// The signal of its end, which every page hears that knows it.
    pub(super) fn destroyed(&self) -> Option<i64> {
        let found = self.signals.iter().find(|(name, _)| name == "destroyed");
        found.map(|(_, index)| *index)
    }

    /// Notes a value that changed.
    pub(super) fn set(&mut self, index: i64, value: &Json) {
        let mut properties = self.properties.iter_mut();
        if let Some(property) = properties.find(|property| property.0 == index) {
            property.3.clone_from(value);
        }
    }

    /// Whether a page that knows `self` can go on with `other`: only values are different.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let shape = |info: &Self| {
            let properties = info.properties.iter();
            properties
                .map(|property| (property.0, property.1.clone(), property.2.clone()))
                .collect::<Vec<_>>()
        };
        self.methods == other.methods
            && self.signals == other.signals
            && shape(self) == shape(other)
    }

    /// The values of `new` that are other ones than here.
    pub(super) fn difference(&self, new: &Self) -> Difference {
        let mut difference = Difference::default();
        for (old, new) in self.properties.iter().zip(&new.properties) {
            if old.3.get() == new.3.get() {
                continue;
            }
            difference.properties.insert(new.0, new.3.clone());
            if let Some(signal) = new.2.get(1).and_then(Value::as_i64) {
                let args = json(&[&new.3]);
                difference.signals.insert(signal, args);
            }
        }
        difference
    }
}

/// The objects that lie in a value, at any depth, each with what is said of it there.
pub(super) fn objects_in(value: &Json) -> Vec<(String, Info)> {
    let mut found = Vec::new();
    if value.get().contains(MARKER)
        && let Ok(value) = serde_json::from_str(value.get())
    {
        collect(&value, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut Vec<(String, Info)>) {
    match value {
        Value::Object(fields) => {
            let is_object = fields.get(MARKER).is_some_and(|marker| *marker == true);
            if is_object
                && let Some(Value::String(id)) = fields.get("id")
                && let Some(data) = fields.get("data")
                // What cannot be read here, a page cannot use.
                && let Ok(info) = serde_json::from_str(&data.to_string())
            {
                found.push((id.clone(), info));
            }
            fields.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(value: &str) -> Info {
        let text = format!(
            r#"{{"methods":[["f",2],["f(int)",2]],"signals":[["destroyed",0],["done",5]],
                "properties":[[0,"name",[1,3],{value}],[1,"fixed",[],7]],"enums":{{}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_an_object_has() {
        let one = info("\"x\"");
        assert!(one.has_method(&Method::Index(2)) && !one.has_method(&Method::Index(0)));
        assert!(one.has_method(&Method::Name("f(int)".to_owned())));
        assert!(one.has_signal(5) && !one.has_signal(3));
        assert!(one.has_property(1) && !one.has_property(2));
        assert_eq!(one.destroyed(), Some(0));
    }

    #[test]
    fn only_values_may_be_different() {
        let (one, other) = (info("1"), info("1.0"));
        assert!(one.is_like(&other));
        let difference = one.difference(&other);
        assert_eq!(difference.properties[&0].get(), "1.0");
        assert_eq!(difference.signals[&3].get(), "[1.0]");
        assert_eq!(difference.properties.len(), 1);
        let mut third = other;
        third.methods.pop();
        assert!(!one.is_like(&third));
    }

    #[test]
    fn objects_lie_in_values() {
        let data = r#"{"methods":[],"signals":[],"properties":[[0,"child",[],
            {"__QObject*__":true,"id":"b","data":{"methods":[],"signals":[],"properties":[]}}]]}"#;
        let text = format!(
            r#"[1,{{"x":{{"__QObject*__":true,"id":"a","data":{data}}}}},{{"__QObject*__":true,"id":"known"}}]"#
        );
        let value: Json = serde_json::from_str(&text).unwrap();
        let found: Vec<String> = objects_in(&value)
            .into_iter()
            .map(|found| found.0)
            .collect();
        assert_eq!(found, ["a", "b"]);
        assert!(objects_in(&json(&"nothing")).is_empty());
    }
}

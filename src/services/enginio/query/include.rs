//! Which references are answered as the objects that they lead to.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Refusal;

/// How deep references may be followed.
const DEEPEST: usize = 3;

/// The most properties to follow, at all depths together.
const MOST: usize = 20;

/// Properties to follow, each with what is followed from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::services::enginio) struct Include(
    pub(in crate::services::enginio) BTreeMap<String, Include>,
);

impl Include {
    /// The value of `include`.
    pub(super) fn parse(value: &Value) -> Result<Self, Refusal> {
        let mut left = MOST;
        Self::read(value, 1, &mut left)
    }

    fn read(value: &Value, depth: usize, left: &mut usize) -> Result<Self, Refusal> {
        let Value::Object(fields) = value else {
            return Err(Refusal::bad(
                r#"include is no object; write include={"creator":{}}"#,
            ));
        };
        // {"list": {"include": {"creator": {}}}} says the same as {"list": {"creator": {}}}.
        let fields = match (fields.len(), fields.get("include")) {
            (1, Some(Value::Object(inner))) if depth > 1 => inner,
            _ => fields,
        };
        if depth > DEEPEST && !fields.is_empty() {
            let message = format!("include follows references {DEEPEST} deep at most");
            return Err(Refusal::bad(message));
        }
        let mut include = BTreeMap::new();
        for (name, value) in fields {
            *left = left.checked_sub(1).ok_or_else(|| {
                Refusal::bad(format!("include follows {MOST} properties at most"))
            })?;
            super::super::object::is_name(name)?;
            include.insert(name.clone(), Self::read(value, depth + 1, left)?);
        }
        Ok(Self(include))
    }
}

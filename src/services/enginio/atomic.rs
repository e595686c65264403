//! Changes that are worked out where the object is: two clients that push to one list both find
//! their item in it. Pure.

use serde_json::{Number, Value};

use super::error::Refusal;
use super::object::{check, is_name};
use super::rights::Fields;

/// The operators.
const KNOWN: [&str; 6] = ["$push", "$pull", "$addToSet", "$inc", "$set", "$unset"];

/// The most items of a list that grows by an operator.
const LONGEST: usize = 10_000;

/// What is to be done: operators, each with properties.
#[derive(Clone, Debug)]
pub(super) struct Operations(Vec<(&'static str, String, Value)>);

impl Operations {
    /// The operations of a body.
    pub(super) fn parse(fields: Fields) -> Result<Self, Refusal> {
        let mut operations = Vec::new();
        for (operator, properties) in fields {
            let Some(known) = KNOWN.into_iter().find(|known| *known == operator) else {
                let known = KNOWN.join(", ");
                let message = format!("there is no operator {operator:?}; there are {known}");
                return Err(Refusal::bad(message));
            };
            let Value::Object(properties) = properties else {
                let message = format!("{known} needs an object: {{\"{known}\": {{\"list\": 1}}}}");
                return Err(Refusal::bad(message));
            };
            for (name, mut value) in properties {
                is_name(&name)?;
                check(&name, &mut value, 1)?;
                operations.push((known, name, value));
            }
        }
        match operations.is_empty() {
            true => Err(Refusal::bad(
                r#"nothing to do; write {"$push": {"list": "x"}}"#,
            )),
            false => Ok(Self(operations)),
        }
    }

    /// The properties that the object has after it: only those that change.
    pub(super) fn changes(self, object: &Fields) -> Result<Fields, Refusal> {
        let mut changes = Fields::new();
        for (operator, name, value) in self.0 {
            let now = changes.get(&name).or_else(|| object.get(&name)).cloned();
            let new = changed(operator, &name, now, value)?;
            changes.insert(name, new);
        }
        Ok(changes)
    }
}

fn changed(operator: &str, name: &str, now: Option<Value>, value: Value) -> Result<Value, Refusal> {
    let now = now.unwrap_or_default();
    let is_not = |what| Refusal::property(name, format!("{operator} needs {what} in {name:?}"));
    let list = |now| match now {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => Ok(items),
        _ => Err(is_not("a list")),
    };
    Ok(match operator {
        "$set" => value,
        "$unset" => Value::Null,
        "$inc" => {
            let sum = match (&now, &value) {
                (Value::Null, Value::Number(_)) => Some(value),
                (Value::Number(now), Value::Number(more)) => sum(now, more).map(Value::Number),
                _ => None,
            };
            sum.ok_or_else(|| is_not("numbers"))?
        }
        _ => {
            let mut items = list(now)?;
            match operator {
                "$pull" => items.retain(|item| *item != value),
                "$addToSet" if items.contains(&value) => {}
                _ if items.len() >= LONGEST => {
                    let message = format!("{name:?} has {LONGEST} items, which is the most");
                    return Err(Refusal::property(name, message));
                }
                _ => items.push(value),
            }
            Value::Array(items)
        }
    })
}

fn sum(now: &Number, more: &Number) -> Option<Number> {
    if let (Some(now), Some(more)) = (now.as_i64(), more.as_i64())
        && let Some(sum) = now.checked_add(more)
    {
        return Some(sum.into());
    }
    Number::from_f64(now.as_f64()? + more.as_f64()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operators() {
        let object = json!({"l": [1, 2], "n": 3, "t": "x"});
        let object = object.as_object().unwrap();
        for (operations, expected) in [
            (json!({"$push": {"l": 2}}), Some(json!({"l": [1, 2, 2]}))),
            (json!({"$push": {"new": 2}}), Some(json!({"new": [2]}))),
            (json!({"$pull": {"l": 2}}), Some(json!({"l": [1]}))),
            (json!({"$addToSet": {"l": 2}}), Some(json!({"l": [1, 2]}))),
            (json!({"$inc": {"n": -4}}), Some(json!({"n": -1}))),
            (json!({"$inc": {"n": 0.5}}), Some(json!({"n": 3.5}))),
            (json!({"$inc": {"t": 1}}), None),
            (json!({"$push": {"t": 1}}), None),
            (json!({"$push": {"a.b": 1}}), None),
            (json!({"$push": 1}), None),
            (json!({"$where": {"l": 1}}), None),
            (json!({}), None),
            (
                json!({"$set": {"t": "y"}, "$push": {"l": 3}}),
                Some(json!({"t": "y", "l": [1, 2, 3]})),
            ),
        ] {
            let parsed = Operations::parse(operations.as_object().unwrap().clone());
            let done = parsed.and_then(|operations| operations.changes(object));
            assert_eq!(done.ok().map(Value::Object), expected, "{operations}");
        }
    }
}

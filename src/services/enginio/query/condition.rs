//! The conditions of `q`, bounded.

use serde_json::{Number, Value};

use super::{DEEPEST, Near, Place, place};
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::is_name;

/// The operators of a condition on one property.
const OPERATORS: [&str; 10] = [
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$near",
];

/// Those that take a list of whole conditions.
const CONNECTIVES: [&str; 3] = ["$or", "$and", "$nor"];

/// The most conditions of a query, values of `$in` counted.
pub(super) const MOST_CONDITIONS: usize = 500;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::services::enginio) enum Condition {
    /// All of them hold.
    All(Vec<Condition>),
    /// Any of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The property is this, or a list with this in it.
    Equal(Place, Scalar),
    /// The property is less or more than this.
    Compare(Place, &'static str, Scalar),
    /// The property is there, be it null.
    Exists(Place),
    /// The property is a place that is near another one.
    Near(Near),
}

/// A value that a property is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::services::enginio) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
}

pub(super) fn unknown(operator: &str) -> Refusal {
    let known = [&OPERATORS[..], &CONNECTIVES, &["$not"]]
        .concat()
        .join(", ");
    Refusal::bad(format!(
        "there is no operator {operator:?}; there are {known}"
    ))
}

/// Reads conditions, and counts them.
#[derive(Default)]
pub(super) struct Parser {
    conditions: usize,
    /// How many conditions that need not hold lie around the next one.
    maybes: usize,
    /// The condition on a distance, of which there is one at most.
    pub(super) near: Option<Near>,
}

impl Parser {
    fn count(&mut self, more: usize) -> Result<(), Refusal> {
        self.conditions += more;
        if self.conditions > MOST_CONDITIONS {
            let message =
                format!("q has more than {MOST_CONDITIONS} conditions; ask several times");
            return Err(Refusal::bad(message));
        }
        Ok(())
    }

    /// A whole condition: properties, each with what it has to be.
    pub(super) fn object(&mut self, value: &Value, depth: usize) -> Result<Condition, Refusal> {
        if depth > DEEPEST {
            let message = format!("conditions of q lie more than {DEEPEST} levels deep");
            return Err(Refusal::bad(message));
        }
        let Value::Object(fields) = value else {
            return Err(Refusal::bad(
                r#"q is no object; write q={"completed":true}, or {"$or":[{…},{…}]}"#,
            ));
        };
        self.count(fields.len())?;
        let mut all = Vec::new();
        for (name, value) in fields {
            all.push(match name.as_str() {
                "$or" => Condition::Any(self.list(name, value, depth)?),
                "$and" => Condition::All(self.list(name, value, depth)?),
                "$nor" => Condition::Not(Box::new(Condition::Any(self.list(name, value, depth)?))),
                _ => self.property(place(name)?, value, depth)?,
            });
        }
        Ok(Condition::All(all))
    }

    fn list(&mut self, name: &str, value: &Value, depth: usize) -> Result<Vec<Condition>, Refusal> {
        let items = value.as_array().filter(|items| !items.is_empty());
        let Some(items) = items else {
            let message =
                format!("{name} needs a list of conditions: {{\"{name}\": [{{…}}, {{…}}]}}");
            return Err(Refusal::bad(message));
        };
        let is_maybe = usize::from(name != "$and");
        self.maybes += is_maybe;
        let all = items.iter().map(|item| self.object(item, depth + 1));
        let all = all.collect();
        self.maybes -= is_maybe;
        all
    }

    /// What a property has to be: a value, or operators.
    fn property(
        &mut self,
        place: Place,
        value: &Value,
        depth: usize,
    ) -> Result<Condition, Refusal> {
        let Value::Object(fields) = value else {
            return self.equal(place, value, depth);
        };
        if !fields.keys().any(|name| name.starts_with('$')) {
            return self.equal(place, value, depth);
        }
        if depth > DEEPEST {
            let message = format!("conditions of q lie more than {DEEPEST} levels deep");
            return Err(Refusal::bad(message));
        }
        self.count(fields.len())?;
        let all = fields.iter().map(|(operator, value)| {
            let place = place.clone();
            Ok(match operator.as_str() {
                "$eq" => self.equal(place, value, depth + 1)?,
                "$ne" => Condition::Not(Box::new(self.equal(place, value, depth + 1)?)),
                "$gt" => compare(place, ">", operator, value)?,
                "$gte" => compare(place, ">=", operator, value)?,
                "$lt" => compare(place, "<", operator, value)?,
                "$lte" => compare(place, "<=", operator, value)?,
                "$in" => self.any_of(place, operator, value, depth)?,
                "$nin" => Condition::Not(Box::new(self.any_of(place, operator, value, depth)?)),
                "$not" => {
                    self.maybes += 1;
                    let denied = self.property(place, value, depth + 1)?;
                    self.maybes -= 1;
                    Condition::Not(Box::new(denied))
                }
                "$near" => self.near(place, value, fields.get("$maxDistance"))?,
                // It is a part of that.
                "$maxDistance" if fields.contains_key("$near") => Condition::All(Vec::new()),
                "$maxDistance" => {
                    return Err(Refusal::bad("$maxDistance stands beside $near, in metres"));
                }
                "$exists" => match value.as_bool() {
                    Some(true) => Condition::Exists(place),
                    Some(false) => Condition::Not(Box::new(Condition::Exists(place))),
                    None => return Err(Refusal::bad("$exists needs true or false")),
                },
                _ => return Err(unknown(operator)),
            })
        });
        Ok(Condition::All(all.collect::<Result<_, Refusal>>()?))
    }

    fn near(
        &mut self,
        place: Place,
        value: &Value,
        most: Option<&Value>,
    ) -> Result<Condition, Refusal> {
        if self.maybes > 0 || self.near.is_some() {
            return Err(Refusal::bad(
                "$near stands once in a query, and not in $or, $nor or $not: what is nearest comes \
                 first",
            ));
        }
        let near = Near::parse(place, value, most)?;
        self.near = Some(near.clone());
        Ok(Condition::Near(near))
    }

    fn any_of(
        &mut self,
        place: Place,
        operator: &str,
        value: &Value,
        depth: usize,
    ) -> Result<Condition, Refusal> {
        let Some(items) = value.as_array() else {
            let message = format!("{operator} needs a list of values");
            return Err(Refusal::bad(message));
        };
        self.count(items.len())?;
        let any = items
            .iter()
            .map(|item| self.equal(place.clone(), item, depth + 1));
        Ok(Condition::Any(any.collect::<Result<_, _>>()?))
    }

    /// An object, such as a reference, is equal where all that it names is.
    fn equal(&mut self, place: Place, value: &Value, depth: usize) -> Result<Condition, Refusal> {
        let fields = match value {
            Value::Object(fields) => fields,
            value => return Ok(Condition::Equal(place, scalar(value)?)),
        };
        if depth > DEEPEST || place.len() > DEEPEST {
            let message = format!("conditions of q lie more than {DEEPEST} levels deep");
            return Err(Refusal::bad(message));
        }
        self.count(fields.len())?;
        let mut all = vec![Condition::Exists(place.clone())];
        for (name, value) in fields {
            is_name(name)?;
            let mut inner = place.clone();
            inner.push(name.clone());
            all.push(self.equal(inner, value, depth + 1)?);
        }
        Ok(Condition::All(all))
    }
}

fn compare(
    place: Place,
    sign: &'static str,
    operator: &str,
    value: &Value,
) -> Result<Condition, Refusal> {
    let value = match value {
        Value::Number(_) | Value::String(_) => scalar(value)?,
        _ => return Err(Refusal::bad(format!("{operator} needs a number or a text"))),
    };
    Ok(Condition::Compare(place, sign, value))
}

fn scalar(value: &Value) -> Result<Scalar, Refusal> {
    Ok(match value {
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Bool(*value),
        Value::Number(number) => Scalar::Number(number.clone()),
        Value::String(text) if text.contains('\0') => {
            return Err(Refusal::bad("q has a NUL in it, which no object has"));
        }
        Value::String(text) => Scalar::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => {
            return Err(Refusal::bad(
                "q compares with a list; a property that is a list is found by one of its items, \
                 and several values are {\"$in\": […]}",
            ));
        }
    })
}

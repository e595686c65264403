//! What a list asks for: `q`, `sort`, `limit`, `offset`, `count`, `include`. Pure; all of it is
//! bounded here, before anything is done.

mod include;
mod search;
pub(super) mod sql;
#[cfg(test)]
mod tests;

use serde_json::{Map, Number, Value};

use super::error::Refusal;
pub(super) use include::Include;
pub(super) use search::Search;

/// The operators of a condition on one property.
const OPERATORS: [&str; 9] = [
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists",
];

/// Those that take a list of whole conditions.
const CONNECTIVES: [&str; 3] = ["$or", "$and", "$nor"];

/// The most conditions of a query, values of `$in` counted.
const MOST_CONDITIONS: usize = 500;

/// How deep conditions may lie in each other.
const DEEPEST: usize = 8;

/// The most properties to sort by.
const MOST_SORTED: usize = 8;

/// Objects of a list where the request does not say.
const LIMIT: u64 = 100;

/// The most objects of a list.
const MOST_OBJECTS: u64 = 1000;

/// The longest parameter, in bytes.
const LONGEST: usize = 32 << 10;

/// A property, or one in an object in a property.
pub(super) type Place = Vec<String>;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
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
}

/// A value that a property is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) condition: Condition,
    /// Property, and whether the largest come first.
    pub(super) sort: Vec<(Place, bool)>,
    pub(super) limit: u64,
    pub(super) offset: u64,
    /// Whether only the number is wanted.
    pub(super) counts: bool,
    pub(super) include: Include,
    /// The parameters as they were understood, for the answer.
    pub(super) echo: Map<String, Value>,
}

/// The parameters of a URL, each name with its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Those of a query string.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.into_owned()));
        let pairs: Vec<(String, String)> = pairs.collect();
        for (name, value) in &pairs {
            if value.len() > LONGEST {
                let message = format!("{name} has more than {LONGEST} bytes; ask for less at once");
                return Err(Refusal::bad(message));
            }
            if value.contains('\0') {
                return Err(Refusal::bad(format!(
                    "{name} has a NUL in it, which no object has"
                )));
            }
        }
        Ok(Self(pairs))
    }

    /// The first value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// All values of this name.
    pub(super) fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// A value that is JSON.
    pub(super) fn json(&self, name: &str, example: &str) -> Result<Option<Value>, Refusal> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let value = serde_json::from_str(text).map_err(|error| {
            Refusal::bad(format!(
                "{name} is not JSON: {error}; write {name}={example}, encoded"
            ))
        })?;
        Ok(Some(value))
    }

    fn number(&self, name: &str, standard: u64, most: u64) -> Result<u64, Refusal> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(standard);
        };
        let number = text.parse().ok().filter(|number| *number <= most);
        number.ok_or_else(|| {
            Refusal::bad(format!(
                "{name} is {text:?}; write a whole number from 0 to {most}"
            ))
        })
    }
}

impl Query {
    /// What these parameters ask for.
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let mut echo = Map::new();
        let q = parameters.json("q", r#"{"completed":true}"#)?;
        let condition = match q {
            None => Condition::All(Vec::new()),
            Some(q) => {
                let condition = Parser::default().object(&q, 1)?;
                echo.insert("query".to_owned(), q);
                condition
            }
        };
        let limit = parameters.number("limit", LIMIT, MOST_OBJECTS)?;
        // Databases count in signed numbers.
        let offset = parameters.number("offset", 0, i64::MAX.unsigned_abs())?;
        echo.insert("limit".to_owned(), limit.into());
        echo.insert("offset".to_owned(), offset.into());
        let example = r#"[{"sortBy":"createdAt","direction":"desc"}]"#;
        let sort = match parameters.json("sort", example)? {
            None => Vec::new(),
            Some(value) => {
                let sort = sorting(&value, example)?;
                echo.insert("sort".to_owned(), value);
                sort
            }
        };
        let include = match parameters.json("include", r#"{"creator":{}}"#)? {
            None => Include::default(),
            Some(value) => {
                let include = Include::parse(&value)?;
                echo.insert("include".to_owned(), value);
                include
            }
        };
        Ok(Self {
            condition,
            sort,
            limit,
            offset,
            counts: parameters.get("count").is_some(),
            include,
            echo,
        })
    }
}

fn sorting(value: &Value, example: &str) -> Result<Vec<(Place, bool)>, Refusal> {
    let wrong = || {
        Refusal::bad(format!(
            "sort is no list of properties; write sort={example}"
        ))
    };
    let items = value.as_array().ok_or_else(wrong)?;
    if items.len() > MOST_SORTED {
        let message = format!("a list is sorted by {MOST_SORTED} properties at most");
        return Err(Refusal::bad(message));
    }
    let sort = items.iter().map(|item| {
        let name = item
            .get("sortBy")
            .and_then(Value::as_str)
            .ok_or_else(wrong)?;
        let direction = match item.get("direction") {
            None => Some(false),
            Some(direction) => match direction.as_str() {
                Some("asc") => Some(false),
                Some("desc") => Some(true),
                _ => None,
            },
        };
        let descending = direction.ok_or_else(|| {
            Refusal::bad(format!(
                "direction is \"asc\" or \"desc\", as in sort={example}"
            ))
        })?;
        Ok((place(name)?, descending))
    });
    sort.collect()
}

/// A property of a query: `title`, or `creator.id` for one inside.
pub(super) fn place(name: &str) -> Result<Place, Refusal> {
    let parts: Place = name.split('.').map(str::to_owned).collect();
    if parts.len() > DEEPEST {
        let message = format!("{name:?} lies more than {DEEPEST} levels deep");
        return Err(Refusal::bad(message));
    }
    for part in &parts {
        if part.starts_with('$') {
            return Err(unknown(part));
        }
        super::object::is_name(part)?;
    }
    Ok(parts)
}

fn unknown(operator: &str) -> Refusal {
    let known = [&OPERATORS[..], &CONNECTIVES, &["$not"]]
        .concat()
        .join(", ");
    Refusal::bad(format!(
        "there is no operator {operator:?}; there are {known}"
    ))
}

/// Reads conditions, and counts them.
#[derive(Default)]
struct Parser {
    conditions: usize,
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
    fn object(&mut self, value: &Value, depth: usize) -> Result<Condition, Refusal> {
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
        items
            .iter()
            .map(|item| self.object(item, depth + 1))
            .collect()
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
                "$not" => Condition::Not(Box::new(self.property(place, value, depth + 1)?)),
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
            super::object::is_name(name)?;
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

//! What a list asks for: `q`, `sort`, `limit`, `offset`, `count`, `include`. Pure; all of it is
//! bounded here, before anything is done.

mod condition;
#[cfg(test)]
mod fuzz;
mod include;
mod near;
mod parameters;
mod search;
pub(super) mod sql;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::error::Refusal;
pub(super) use condition::{Condition, Scalar};
use condition::{Parser, unknown};
pub(super) use include::Include;
pub(super) use near::Near;
pub(super) use parameters::Parameters;
pub(super) use search::Search;

/// How deep conditions may lie in each other.
const DEEPEST: usize = 8;

/// The most properties to sort by.
const MOST_SORTED: usize = 8;

/// Objects of a list where the request does not say.
const LIMIT: u64 = 100;

/// The most objects of a list.
const MOST_OBJECTS: u64 = 1000;

/// A property, or one in an object in a property.
pub(super) type Place = Vec<String>;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) condition: Condition,
    /// What is nearest comes first, unless `sort` says what does.
    pub(super) near: Option<Near>,
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

impl Query {
    /// What these parameters ask for.
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let mut echo = Map::new();
        let q = parameters.json("q", r#"{"completed":true}"#)?;
        let mut parser = Parser::default();
        let condition = match q {
            None => Condition::All(Vec::new()),
            Some(q) => {
                let condition = parser.object(&q, 1)?;
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
            near: parser.near,
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

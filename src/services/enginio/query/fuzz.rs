//! Whatever conditions a query has and whatever an object: what SQLite finds is what the conditions
//! say. Seconds each; longer with `BOLERO_RANDOM_TEST_TIME_MS`.

use std::cmp::Ordering;
use std::sync::Mutex;

use bolero::check;
use rusqlite::Connection;
use serde_json::{Map, Number, Value, json};

use super::{Condition, DEEPEST, Parser, Scalar, sql};
use crate::database::earth::Position;
use crate::database::sql::{Builder, Dialect, Param};
use crate::database::sqlite;

const NAMES: &[&str] = &[
    "a",
    "b",
    "ü",
    "a b",
    "a\nb",
    "0",
    "#",
    "]",
    "'",
    "A",
    "\u{1f600}",
];

const OPERATORS: &[&str] = &[
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$not", "$near", "$or",
    "$and", "$nor", "$other",
];

/// Makes values of bytes; of no bytes, the first of all there are.
struct Source<'b>(std::slice::Iter<'b, u8>);

impl Source<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % bound)
    }

    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.below(all.len())]
    }

    fn scalar(&mut self) -> Value {
        let all = [
            Value::Null,
            json!(true),
            json!(false),
            json!(0),
            json!(1),
            json!(-1),
            json!(1.0),
            json!(-0.0),
            json!(0.5),
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992.0),
            json!(i64::MAX),
            json!(9_223_372_036_854_775_808.0),
            json!(1e300),
            json!(""),
            json!("a"),
            json!("A"),
            json!("b"),
            json!("1"),
            json!("true"),
            json!("null"),
            json!("ü"),
            json!("a\n\"\\\u{7f}\u{1f600}"),
        ];
        let at = self.below(all.len());
        all[at].clone()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.below(6) {
            4 if depth > 0 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            5 if depth > 0 => Value::Object(self.object(depth - 1)),
            _ => self.scalar(),
        }
    }

    fn object(&mut self, depth: usize) -> Map<String, Value> {
        let length = 1 + self.below(3);
        let mut fields = Map::new();
        for _ in 0..length {
            fields.insert(self.one_of(NAMES).to_owned(), self.value(depth));
        }
        fields
    }

    /// A condition, or something close to one.
    fn condition(&mut self, depth: usize) -> Value {
        let length = 1 + self.below(2);
        let mut fields = Map::new();
        for _ in 0..length {
            let (name, value) = match self.below(5) {
                0 if depth > 0 => {
                    let list = (0..1 + self.below(3)).map(|_| self.condition(depth - 1));
                    let list = list.collect();
                    (self.one_of(&["$or", "$and", "$nor"]).to_owned(), list)
                }
                1 => (self.one_of(NAMES).to_owned(), self.value(2)),
                2 => {
                    let place = [self.one_of(NAMES), self.one_of(NAMES)].join(".");
                    (place, self.operators(depth))
                }
                _ => (self.one_of(NAMES).to_owned(), self.operators(depth)),
            };
            fields.insert(name, value);
        }
        Value::Object(fields)
    }

    fn operators(&mut self, depth: usize) -> Value {
        let length = 1 + self.below(2);
        let mut fields = Map::new();
        for _ in 0..length {
            let operator = self.one_of(OPERATORS);
            let value = match operator {
                "$in" | "$nin" => (0..self.below(4)).map(|_| self.value(1)).collect(),
                "$exists" => json!(self.below(2) == 1),
                "$not" if depth > 0 => self.operators(depth - 1),
                "$near" => {
                    fields.insert("$maxDistance".to_owned(), self.scalar());
                    json!([self.scalar(), self.scalar()])
                }
                _ => self.value(1),
            };
            fields.insert(operator.to_owned(), value);
        }
        Value::Object(fields)
    }
}

/// What the conditions say, without a database.
fn holds(condition: &Condition, object: &Value) -> bool {
    let at = |place: &[String]| {
        let mut steps = place.iter();
        steps.try_fold(object, |value, name| value.as_object()?.get(name))
    };
    match condition {
        Condition::All(all) => all.iter().all(|one| holds(one, object)),
        Condition::Any(any) => any.iter().any(|one| holds(one, object)),
        Condition::Not(one) => !holds(one, object),
        Condition::Exists(place) => at(place).is_some(),
        Condition::Equal(place, Scalar::Null) => at(place).is_none_or(Value::is_null),
        Condition::Equal(place, scalar) => match at(place) {
            Some(Value::Array(items)) => items.iter().any(|item| is_equal(item, scalar)),
            value => value.is_some_and(|value| is_equal(value, scalar)),
        },
        Condition::Compare(place, sign, scalar) => {
            let ordering = at(place).and_then(|value| ordering(value, scalar));
            ordering.is_some_and(|ordering| match *sign {
                "<" => ordering.is_lt(),
                "<=" => ordering.is_le(),
                ">" => ordering.is_gt(),
                _ => ordering.is_ge(),
            })
        }
        Condition::Near(near) => {
            let distance = at(&near.place).and_then(Position::of);
            let distance = distance.map(|place| near.from.metres_to(place));
            distance.is_some_and(|distance| near.most.is_none_or(|most| distance <= most))
        }
    }
}

fn is_equal(value: &Value, scalar: &Scalar) -> bool {
    match (value, scalar) {
        (Value::Bool(value), Scalar::Bool(scalar)) => value == scalar,
        (Value::Bool(_), _) => false,
        _ => ordering(value, scalar).is_some_and(Ordering::is_eq),
    }
}

fn ordering(value: &Value, scalar: &Scalar) -> Option<Ordering> {
    match (value, scalar) {
        (Value::Number(value), Scalar::Number(scalar)) => numbers(value, scalar),
        (Value::String(value), Scalar::Text(scalar)) => Some(value.cmp(scalar)),
        // As texts, booleans have an order.
        (Value::Bool(value), Scalar::Text(scalar)) => Some(value.to_string().cmp(scalar)),
        _ => None,
    }
}

/// Exactly, though not every whole number is one with a point.
#[allow(
    clippy::cast_possible_truncation,
    reason = "it is a whole number within the range"
)]
fn numbers(one: &Number, other: &Number) -> Option<Ordering> {
    let mixed = |whole: i64, real: f64| match real {
        real if real >= 9_223_372_036_854_775_808.0 => Ordering::Less,
        real if real < -9_223_372_036_854_775_808.0 => Ordering::Greater,
        real => whole
            .cmp(&(real.floor() as i64))
            .then(match real > real.floor() {
                true => Ordering::Less,
                false => Ordering::Equal,
            }),
    };
    Some(match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(one), None) => mixed(one, other.as_f64()?),
        (None, Some(other)) => mixed(other, one.as_f64()?).reverse(),
        (None, None) => one.as_f64()?.partial_cmp(&other.as_f64()?)?,
    })
}

#[test]
fn what_is_found_is_what_is_asked_for() {
    let database = Connection::open_in_memory().unwrap();
    sqlite::prepare(&database, "", "").unwrap();
    let database = Mutex::new(database);
    check!().with_max_len(60).for_each(|bytes: &[u8]| {
        let mut source = Source(bytes.iter());
        let object = Value::Object(source.object(3));
        let asked = source.condition(DEEPEST);
        let Ok(condition) = Parser::default().object(&asked, 1) else {
            return;
        };
        let mut builder = Builder::new(Dialect::Sqlite);
        let text = sql::condition(&mut builder, &condition);
        let doc = builder.bind(Param::Text(object.to_string()));
        let select = format!("SELECT {text} FROM (SELECT {doc} AS doc)");
        let database = database.lock().unwrap();
        let mut select = database.prepare(&select).expect("a statement");
        let values = sqlite::values(builder.params());
        let found: bool = select
            .query_one(values, |row| row.get(0))
            .expect("an answer");
        assert_eq!(found, holds(&condition, &object), "{asked} {object}");
    });
}

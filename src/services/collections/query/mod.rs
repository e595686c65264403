//! What a list request asks for: filters, order, page, fields. Pure; read from the query string.

mod filter;
pub(super) mod sql;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::error::Refusal;
use filter::{filter, path};

/// Objects on a page where the request does not say.
const PER_PAGE: u64 = 10;

/// A field, or one in an object in a field: `["address", "city"]`.
pub(super) type Path = Vec<String>;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Query {
    /// All of them hold for an object of the list.
    pub filters: Vec<Filter>,
    /// Each is somewhere in the object, in any case of letters.
    pub text: Vec<String>,
    /// By what the list is ordered, before the order of creation.
    pub sort: Vec<Sort>,
    /// Which part of the list.
    pub window: Window,
    /// The fields that are told; all, if none are named.
    pub fields: Vec<Path>,
    /// The collections whose objects name this one's; they are told with it.
    pub embed: Vec<String>,
    /// What this one's objects name by key, told in full.
    pub expand: Vec<String>,
}

/// What has to hold for a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Filter {
    /// The field.
    pub path: Path,
    /// How it is compared.
    pub op: Op,
    /// With what: exactly one, or any of several for [`Op::In`].
    pub values: Vec<String>,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// Equal to one of the values.
    In,
    /// Not equal, or not there.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// A text with this in it.
    Contains,
    /// A text that starts with this.
    StartsWith,
    /// A text that ends with this.
    EndsWith,
    /// A text with this in it, in any case of letters.
    Like,
}

/// The most filters of a list, fields to sort by, and fields to tell.
const MOST: usize = 200;

/// The most keys that are looked up at once: SQLite takes 32,766 values in one statement
/// (<https://www.sqlite.org/limits.html>).
const MOST_KEYS: usize = 10_000;

const CONTROLS: [&str; 10] = [
    "_sort",
    "_order",
    "_page",
    "_per_page",
    "_start",
    "_limit",
    "_fields",
    "_end",
    "_embed",
    "_expand",
];

/// One field of the order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sort {
    /// The field.
    pub path: Path,
    /// Greatest first.
    pub descending: bool,
}

/// Which part of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Window {
    /// The whole list.
    #[default]
    All,
    /// Pages are counted from 1.
    Page {
        /// Which.
        page: u64,
        /// How many objects are on one.
        per_page: u64,
    },
    /// A part of any place and length.
    Slice {
        /// How many objects come before it.
        start: u64,
        /// The most objects.
        limit: Option<u64>,
    },
}

impl Window {
    /// How many objects come before the part, and the most that are in it.
    pub(super) fn bounds(self) -> (u64, Option<u64>) {
        match self {
            Self::All => (0, None),
            Self::Page { page, per_page } => (
                (page.saturating_sub(1)).saturating_mul(per_page),
                Some(per_page),
            ),
            Self::Slice { start, limit } => (start, limit),
        }
    }
}

impl Filter {
    /// Whether this names objects by their key, the field `key`, for which there is an index.
    pub(super) fn is_lookup(&self, key: &str) -> bool {
        self.op == Op::In && self.path == [key]
    }
}

impl Query {
    /// What the query string asks for.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut query = Self::default();
        let mut controls: [Option<String>; CONTROLS.len()] = Default::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if value.contains('\0') || name.contains('\0') {
                return Err(refused("a NUL cannot be looked for".into(), "leave it out"));
            }
            if name == "q" {
                query.text.push(value.to_lowercase());
            } else if let Some(place) = CONTROLS.iter().position(|control| *control == name) {
                match controls.get_mut(place) {
                    // These may be there several times.
                    Some(Some(slot)) if place >= CONTROLS.len() - 2 => {
                        slot.push(',');
                        slot.push_str(&value);
                    }
                    Some(slot) => *slot = Some(value.into_owned()),
                    None => {}
                }
            } else if name.starts_with('_') && !name.contains(':') {
                return Err(unknown("parameter", &name, &CONTROLS));
            } else if !name.is_empty() {
                query.add(filter(&name, &value)?)?;
            }
        }
        let [
            sort,
            order,
            page,
            per_page,
            start,
            limit,
            fields,
            end,
            embed,
            expand,
        ] = controls;
        query.sort = ordered(sorting(sort.as_deref())?, order.as_deref())?;
        (query.embed, query.expand) = (names(embed)?, names(expand)?);
        query.fields = paths(fields.as_deref())?;
        let from_1 = |name, value: Option<String>| number(name, value, 1);
        let from_0 = |name, value: Option<String>| number(name, value, 0);
        let (page, per_page) = (from_1("_page", page)?, from_1("_per_page", per_page)?);
        let (start, limit) = (from_0("_start", start)?, from_0("_limit", limit)?);
        let end = from_0("_end", end)?;
        query.window = if page.is_some() || per_page.is_some() {
            Window::Page {
                page: page.unwrap_or(1),
                // json-server up to 0.17 calls it _limit.
                per_page: per_page.or(limit.filter(|n| *n > 0)).unwrap_or(PER_PAGE),
            }
        } else if start.is_some() || limit.is_some() || end.is_some() {
            let start = start.unwrap_or(0);
            let limit = limit.or(end.map(|end| end.saturating_sub(start)));
            Window::Slice { start, limit }
        } else {
            Window::All
        };
        Ok(query)
    }

    /// Refuses more than a database takes in one statement: SQLite nests expressions 1,000
    /// levels deep (<https://www.sqlite.org/limits.html>). The key is looked up in its index,
    /// and there may be many of it.
    ///
    /// # Errors
    /// There are too many filters or keys.
    pub(super) fn bounded(self, key: &str) -> Result<Self, Refusal> {
        let (mut filters, mut keys) = (self.text.len(), 0);
        for filter in &self.filters {
            if filter.is_lookup(key) {
                keys += filter.values.len();
                filters += 1;
            } else {
                filters += filter.values.len();
            }
        }
        if keys > MOST_KEYS {
            let message = format!("a list takes {MOST_KEYS} keys at most, not {keys}");
            return Err(refused(message, NARROWER));
        }
        most("filters", filters)?;
        Ok(self)
    }

    /// Several equalities of one field are alternatives, as in a form.
    fn add(&mut self, filter: Filter) -> Result<(), Refusal> {
        let same =
            |old: &&mut Filter| old.op == Op::In && filter.op == Op::In && old.path == filter.path;
        match self.filters.iter_mut().find(same) {
            Some(old) => old.values.extend(filter.values),
            None => self.filters.push(filter),
        }
        // Before the next one is compared with all of them.
        most("filters", self.filters.len())
    }
}

const NARROWER: &str = "ask several times, or for a wider list";

/// Refuses more than [`MOST`] of what a list takes.
fn most(what: &str, number: usize) -> Result<(), Refusal> {
    if number > MOST {
        let message = format!("a list takes {MOST} {what} at most");
        return Err(refused(message, NARROWER));
    }
    Ok(())
}

fn paths(text: Option<&str>) -> Result<Vec<Path>, Refusal> {
    let names = text.unwrap_or_default().split(',');
    let names = names.filter(|name| !name.is_empty());
    most("fields to tell", names.clone().count())?;
    names.map(path).collect()
}

fn sorting(text: Option<&str>) -> Result<Vec<Sort>, Refusal> {
    let names = text.unwrap_or_default().split(',');
    let names = names.filter(|name| !["", "-", "+", " "].contains(name));
    most("fields to sort by", names.clone().count())?;
    names
        .map(|name| {
            let (descending, name) = match name.strip_prefix('-') {
                Some(name) => (true, name),
                // A plus sign that is not encoded arrives as a space.
                None => (false, name.strip_prefix(['+', ' ']).unwrap_or(name)),
            };
            let path = path(name)?;
            Ok(Sort { path, descending })
        })
        .collect()
}

/// json-server's way to say which of them begin with the greatest: `_order=asc,desc`.
fn ordered(mut sort: Vec<Sort>, order: Option<&str>) -> Result<Vec<Sort>, Refusal> {
    let Some(order) = order.filter(|order| !order.is_empty()) else {
        return Ok(sort);
    };
    let orders: Vec<&str> = order.split(',').collect();
    if sort.len() < orders.len() {
        let message = format!("_order={order} has nothing to order");
        let hint = "name the fields as well: _sort=name&_order=desc, or _sort=-name";
        return Err(refused(message, hint));
    }
    for (sort, order) in sort.iter_mut().zip(orders) {
        sort.descending = match order.to_ascii_lowercase().as_str() {
            "asc" => sort.descending,
            "desc" => true,
            _ => {
                let message = format!("_order is {order:?}, which is neither asc nor desc");
                return Err(refused(
                    message,
                    "write _sort=name&_order=desc, or _sort=-name",
                ));
            }
        };
    }
    Ok(sort)
}

/// The most relations that are told with a list.
const MOST_RELATIONS: usize = 8;

fn names(text: Option<String>) -> Result<Vec<String>, Refusal> {
    let text = text.unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for name in text.split(',').filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    if names.len() > MOST_RELATIONS {
        let message = format!("a list takes {MOST_RELATIONS} relations at most");
        return Err(refused(message, "ask several times"));
    }
    Ok(names)
}

fn number(name: &str, value: Option<String>, least: u64) -> Result<Option<u64>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    // Databases count in signed numbers.
    let most = i64::MAX.unsigned_abs();
    let good = |number: &u64| (least..=most).contains(number);
    match value.parse().ok().filter(good) {
        Some(number) if value.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(number)),
        _ => {
            let message = format!("{name} is {value:?}, which is no number from {least} up");
            Err(refused(
                message,
                "write a whole number, such as _page=1&_per_page=20",
            ))
        }
    }
}

fn refused(message: String, hint: &str) -> Refusal {
    let hint = hint.to_owned();
    Refusal::Query { message, hint }
}

fn unknown(what: &str, given: &str, known: &[&str]) -> Refusal {
    let near = |name: &&&str| strsim::jaro_winkler(given, name);
    let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    let mut hint = match nearest {
        Some(name) if near(&name) >= 0.8 => format!("did you mean {name}?"),
        _ => format!("there are {}", known.join(", ")),
    };
    if what == "parameter" {
        // Writing into a String does not fail.
        let _ = write!(hint, " (a field of that name is {given}:eq)");
    }
    refused(format!("there is no {what} {given:?}"), &hint)
}

//! A list request for SQLite: by way of an index of the store where there is one of the field.
//!
//! The entries of such an index hold what a field is in each object (`value`): a number, a text, or
//! an empty blob where it is neither. SQLite orders numbers before texts before blobs
//! (<https://www.sqlite.org/datatype3.html#comparisons>), which is the order of a list.

use super::{Conditions as _, Filter, Op, Path, Query, Sort, number};
use crate::database::sql::{Builder, Dialect, Field, Param};

/// An index of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// Its number there.
    pub id: u32,
    /// The field.
    pub path: Path,
}

/// Which objects are looked at, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan<'a> {
    /// All of the collection.
    Scan,
    /// Those that this filter leaves.
    Filter(&'a Filter, &'a Index),
    /// All, in the order of what is sorted by first.
    Sort(&'a Index, &'a [Index]),
}

/// A statement with its values.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// Gives one column.
    pub text: String,
    /// The values of `?1` and so on.
    pub params: Vec<Param>,
}

impl<'a> Plan<'a> {
    /// The filter that an index answers, and what is likely to leave the fewest first.
    pub(crate) fn narrowest(
        query: &'a Query,
        indexes: &'a [Index],
    ) -> Option<(&'a Filter, &'a Index)> {
        let answered = query
            .filters
            .iter()
            .filter_map(|filter| Some((filter, indexed(filter, indexes)?)));
        answered.min_by_key(|(filter, _)| match filter.op {
            Op::In => 0,
            Op::Lt | Op::Lte | Op::Gt | Op::Gte => 1,
            _ => 2,
        })
    }

    /// The index that has the order of the list.
    pub(crate) fn ordering(query: &Query, indexes: &'a [Index]) -> Option<&'a Index> {
        let first = query.sort.first()?;
        indexes.iter().find(|index| index.path == first.path)
    }
}

impl Listing {
    /// Gives `column` of the objects in their order: `doc` or `seq`.
    pub(crate) fn new(
        column: &'static str,
        collection: &str,
        key: &str,
        query: &Query,
        plan: Plan<'_>,
    ) -> Self {
        let mut builder = Builder::new(Dialect::Sqlite);
        let mut conditions = Vec::new();
        // Whether anything of the objects themselves is asked for.
        let mut looks = column != "seq" || !query.text.is_empty();
        let (driver, indexes): (_, &[Index]) = match plan {
            Plan::Scan => {
                conditions.push(builder.within(collection));
                (None, &[])
            }
            Plan::Filter(_, index) => (Some(index), &[]),
            Plan::Sort(index, indexes) => (Some(index), indexes),
        };
        if let Some(index) = driver {
            conditions.push(builder.of(index, "driver"));
        }
        for filter in &query.filters {
            if driver.is_some_and(|index| index.path == filter.path) && is_answered(filter) {
                conditions.push(builder.found(filter, "driver.value"));
            } else if let Some(index) = indexed(filter, indexes) {
                let (of, found) = (builder.of(index, "e"), builder.found(filter, "e.value"));
                conditions.push(format!(
                    "driver.seq IN (SELECT e.seq FROM entries AS e WHERE {of} AND {found})"
                ));
            } else {
                looks = true;
                conditions.push(builder.condition(filter, key));
            }
        }
        conditions.extend(query.text.iter().map(|text| builder.has_word(text)));
        let mut order = Vec::new();
        for sort in &query.sort {
            match driver.filter(|index| index.path == sort.path) {
                Some(_) => order.push(in_index_order(sort)),
                None => {
                    looks = true;
                    order.push(builder.sorted(sort));
                }
            }
        }
        let (table, row) = match (driver, looks) {
            (None, _) => ("objects", "objects"),
            (Some(_), false) => ("entries AS driver", "driver"),
            // In this order, whatever the planner thinks of it.
            (Some(_), true) => (
                "entries AS driver CROSS JOIN objects ON objects.seq = driver.seq",
                "driver",
            ),
        };
        order.push(format!("{row}.seq"));
        let column = match column {
            "seq" => format!("{row}.seq"),
            other => other.to_owned(),
        };
        let (conditions, order) = (conditions.join(" AND "), order.join(", "));
        Self {
            text: format!("SELECT {column} FROM {table} WHERE {conditions} ORDER BY {order}"),
            params: builder.into_params(),
        }
    }

    /// Counts what a filter leaves, up to `most`.
    pub(crate) fn count_up_to(most: u32, filter: &Filter, index: &Index) -> Self {
        let mut builder = Builder::new(Dialect::Sqlite);
        let (of, found) = (builder.of(index, "e"), builder.found(filter, "e.value"));
        let most = builder.bind(Param::Count(most.into()));
        Self {
            text: format!(
                "SELECT count(*) FROM (SELECT 1 FROM entries AS e WHERE {of} AND {found} LIMIT {most})"
            ),
            params: builder.into_params(),
        }
    }
}

/// What has a list wait until all objects were looked at, were there an index of it.
pub(crate) fn is_answered(filter: &Filter) -> bool {
    // What is null and what is not there are one in an index.
    filter.op != Op::Ne && filter.values.iter().all(|value| value != "null")
}

fn indexed<'a>(filter: &Filter, indexes: &'a [Index]) -> Option<&'a Index> {
    let mut indexes = indexes.iter();
    indexes.find(|index| index.path == filter.path && is_answered(filter))
}

/// What `Conditions::sorted` says, of entries.
fn in_index_order(sort: &Sort) -> String {
    match sort.descending {
        false => "driver.value".to_owned(),
        true => "driver.value = x'', driver.value DESC".to_owned(),
    }
}

/// What indexes add to the builder of statements.
trait Entries {
    fn of(&mut self, index: &Index, entries: &str) -> String;
    /// What `Conditions::condition` says, of the values of an index, and so that they are found in
    /// their order.
    fn found(&mut self, filter: &Filter, value: &str) -> String;
}

impl Entries for Builder {
    fn of(&mut self, index: &Index, entries: &str) -> String {
        let id = self.bind(Param::Count(index.id.into()));
        format!("{entries}.field = {id}")
    }

    fn found(&mut self, filter: &Filter, value: &str) -> String {
        let operator = match filter.op {
            Op::In => {
                let mut all = Vec::new();
                for given in &filter.values {
                    all.push(self.bind(Param::Text(given.clone())));
                    all.extend(number(given).map(|number| self.bind(Param::Number(number))));
                }
                return format!("{value} IN ({})", all.join(", "));
            }
            Op::Lt => "<",
            Op::Lte => "<=",
            Op::Gt => ">",
            Op::Gte => ">=",
            Op::Ne | Op::Contains | Op::StartsWith | Op::EndsWith | Op::Like => {
                let is =
                    |types: &str| format!("CASE WHEN typeof({value}) {types} THEN {value} END");
                let field = Field {
                    number: is("IN ('integer', 'real')"),
                    text: is("= 'text'"),
                    null: "FALSE".to_owned(),
                };
                return self.holds(filter, &field);
            }
        };
        // Texts begin with the empty one; what is neither begins with the empty blob.
        let upwards = operator.starts_with('>');
        let (texts, numbers) = match upwards {
            true => (format!("{value} < x''"), format!("{value} < ''")),
            false => (format!("{value} >= ''"), format!("{value} < ''")),
        };
        let any = filter.values.iter().map(|given| {
            let text = self.bind(Param::Text(given.clone()));
            let text = format!("({value} {operator} {text} AND {texts})");
            let Some(digits) = number(given) else {
                return text;
            };
            let digits = self.bind(Param::Number(digits));
            format!("({value} {operator} {digits} AND {numbers} OR {text})")
        });
        format!("({})", any.collect::<Vec<_>>().join(" OR "))
    }
}

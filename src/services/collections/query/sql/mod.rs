//! A query as SQL. Whatever came from a request is a parameter, never a part of the text.

mod listing;

use super::{Filter, Op, Path, Query, Sort, Window};
use crate::database::sql::{Builder, Dialect, Field, Param};

pub(crate) use listing::{Index, Listing, Plan, is_answered};

/// A list request for PostgreSQL; for SQLite it is a [`Listing`].
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "postgres"),
    allow(dead_code, reason = "the builder of statements is one for both")
)]
pub(crate) struct Statement {
    /// Gives the objects, each as one text.
    pub select: String,
    /// Gives how many there are on all pages; takes only the first [`Statement::filters`].
    pub count: String,
    /// The values of `?1` or `$1` and so on.
    pub params: Vec<Param>,
    /// How many of them belong to the filters.
    pub filters: usize,
}

#[cfg_attr(
    not(feature = "postgres"),
    allow(dead_code, reason = "the builder of statements is one for both")
)]
impl Statement {
    /// The statement for a collection whose key is the field `key`.
    pub(crate) fn new(collection: &str, key: &str, query: &Query) -> Self {
        let mut builder = Builder::new(Dialect::Postgres);
        let mut conditions = vec![builder.within(collection)];
        conditions.extend(query.filters.iter().map(|f| builder.condition(f, key)));
        conditions.extend(query.text.iter().map(|text| builder.has_word(text)));
        let conditions = conditions.join(" AND ");
        let filters = builder.params().len();
        let count = format!("SELECT count(*) FROM qmlserve_objects WHERE {conditions}");
        let order = builder.in_order(query);
        let mut select =
            format!("SELECT body FROM qmlserve_objects WHERE {conditions} ORDER BY {order}");
        if query.window != Window::All {
            let (start, limit) = query.window.bounds();
            let limit = limit.unwrap_or(i64::MAX.unsigned_abs());
            let limit = builder.bind(Param::Count(limit));
            let start = builder.bind(Param::Count(start.min(i64::MAX.unsigned_abs())));
            select += &format!(" LIMIT {limit} OFFSET {start}");
        }
        Self {
            select,
            count,
            params: builder.into_params(),
            filters,
        }
    }
}

/// What a query adds to the builder of statements.
trait Conditions {
    fn within(&mut self, collection: &str) -> String;
    fn has_word(&mut self, text: &str) -> String;
    fn condition(&mut self, filter: &Filter, key: &str) -> String;
    /// That the filter holds for `field`.
    fn holds(&mut self, filter: &Filter, field: &Field) -> String;
    fn equal(&mut self, field: &Field, value: &str) -> String;
    fn compare(&mut self, field: &Field, operator: &str, value: &str) -> String;
    /// A number with a number, a text with a text.
    fn compare_both(&mut self, field: &Field, operator: &str, value: &str) -> Vec<String>;
    /// What a list is ordered by, at last the order of creation.
    fn in_order(&mut self, query: &Query) -> String;
    fn sorted(&mut self, sort: &Sort) -> String;
}

impl Conditions for Builder {
    fn within(&mut self, collection: &str) -> String {
        let collection = self.bind(Param::Text(collection.to_owned()));
        format!("collection = {collection}")
    }

    fn has_word(&mut self, text: &str) -> String {
        let text = self.bind(Param::Text(text.to_owned()));
        self.position("words", &text) + " > 0"
    }

    fn condition(&mut self, filter: &Filter, key: &str) -> String {
        if filter.is_lookup(key) {
            let keys = filter
                .values
                .iter()
                .map(|value| self.bind(Param::Text(value.clone())));
            return format!("key IN ({})", keys.collect::<Vec<_>>().join(", "));
        }
        let field = self.field(&filter.path);
        self.holds(filter, &field)
    }

    fn holds(&mut self, filter: &Filter, field: &Field) -> String {
        let any = filter.values.iter().map(|value| match filter.op {
            Op::In => self.equal(field, value),
            Op::Ne => format!("NOT {}", self.equal(field, value)),
            Op::Lt => self.compare(field, "<", value),
            Op::Lte => self.compare(field, "<=", value),
            Op::Gt => self.compare(field, ">", value),
            Op::Gte => self.compare(field, ">=", value),
            Op::Contains => {
                let value = self.bind(Param::Text(value.clone()));
                format!("{} > 0", self.position(&field.text, &value))
            }
            Op::Like => {
                let value = self.bind(Param::Text(value.to_lowercase()));
                let text = match self.dialect() {
                    Dialect::Sqlite => format!("lower_case({})", field.text),
                    Dialect::Postgres => format!("lower({} COLLATE \"default\")", field.text),
                };
                format!("{} > 0", self.position(&text, &value))
            }
            Op::StartsWith => {
                let value = self.bind(Param::Text(value.clone()));
                format!("substr({}, 1, length({value})) = {value}", field.text)
            }
            Op::EndsWith => {
                let value = self.bind(Param::Text(value.clone()));
                let text = &field.text;
                format!(
                    "(length({text}) >= length({value}) AND \
                     substr({text}, length({text}) - length({value}) + 1) = {value})"
                )
            }
        });
        format!("({})", any.collect::<Vec<_>>().join(" OR "))
    }

    fn equal(&mut self, field: &Field, value: &str) -> String {
        let mut same = self.compare_both(field, "=", value);
        if value == "null" {
            same.push(field.null.clone());
        }
        format!("COALESCE({}, FALSE)", same.join(" OR "))
    }

    fn compare(&mut self, field: &Field, operator: &str, value: &str) -> String {
        let both = self.compare_both(field, operator, value);
        format!("({})", both.join(" OR "))
    }

    fn compare_both(&mut self, field: &Field, operator: &str, value: &str) -> Vec<String> {
        let text = self.bind(Param::Text(value.to_owned()));
        let mut both = vec![format!("{} {operator} {text}", field.text)];
        if let Some(number) = number(value) {
            let number = self.bind(Param::Number(number));
            both.push(format!("{} {operator} {number}", field.number));
        }
        both
    }

    fn in_order(&mut self, query: &Query) -> String {
        let mut order = Vec::new();
        order.extend(query.sort.iter().map(|sort| self.sorted(sort)));
        order.push("seq".to_owned());
        order.join(", ")
    }

    fn sorted(&mut self, sort: &Sort) -> String {
        self.order(&sort.path, sort.descending)
    }
}

/// The number that a text is, in digits that every database reads.
fn number(text: &str) -> Option<String> {
    let number: serde_json::Number = serde_json::from_str(text).ok()?;
    if number.is_i64() {
        return Some(number.to_string());
    }
    let number = number.as_f64().filter(|number| number.is_finite())?;
    Some(number.to_string())
}

//! A query as SQL. Whatever came from a request is a parameter, never a part of the text.

use super::{Filter, Op, Query, Window};
use crate::database::sql::{Builder, Dialect, Field, Param};

/// A list request for a database.
#[derive(Clone, Debug)]
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

impl Statement {
    /// The statement for a collection whose key is the field `key`.
    pub(crate) fn new(dialect: Dialect, collection: &str, key: &str, query: &Query) -> Self {
        let mut builder = Builder::new(dialect);
        let (table, column) = match dialect {
            Dialect::Sqlite => ("objects", "doc"),
            Dialect::Postgres => ("qmlserve_objects", "body"),
        };
        let collection = builder.bind(Param::Text(collection.to_owned()));
        let mut conditions = vec![format!("collection = {collection}")];
        for filter in &query.filters {
            conditions.push(builder.condition(filter, key));
        }
        for text in &query.text {
            let text = builder.bind(Param::Text(text.clone()));
            conditions.push(builder.position("words", &text) + " > 0");
        }
        let conditions = conditions.join(" AND ");
        let filters = builder.params().len();
        let count = format!("SELECT count(*) FROM {table} WHERE {conditions}");
        let sort = query.sort.iter();
        let order = sort.map(|sort| builder.order(&sort.path, sort.descending));
        let order = order
            .chain(["seq".to_owned()])
            .collect::<Vec<_>>()
            .join(", ");
        let mut select =
            format!("SELECT {column} FROM {table} WHERE {conditions} ORDER BY {order}");
        if query.window != Window::All {
            let (start, limit) = query.window.bounds();
            // SQLite knows no OFFSET without a LIMIT.
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
    fn condition(&mut self, filter: &Filter, key: &str) -> String;
    fn equal(&mut self, field: &Field, value: &str) -> String;
    fn compare(&mut self, field: &Field, operator: &str, value: &str) -> String;
    fn compare_both(&mut self, field: &Field, operator: &str, value: &str) -> Vec<String>;
}

impl Conditions for Builder {
    fn condition(&mut self, filter: &Filter, key: &str) -> String {
        if filter.is_lookup(key) {
            let keys = filter
                .values
                .iter()
                .map(|value| self.bind(Param::Text(value.clone())));
            return format!("key IN ({})", keys.collect::<Vec<_>>().join(", "));
        }
        let field = self.field(&filter.path);
        let any = filter.values.iter().map(|value| match filter.op {
            Op::In => self.equal(&field, value),
            Op::Ne => format!("NOT {}", self.equal(&field, value)),
            Op::Lt => self.compare(&field, "<", value),
            Op::Lte => self.compare(&field, "<=", value),
            Op::Gt => self.compare(&field, ">", value),
            Op::Gte => self.compare(&field, ">=", value),
            Op::Contains => {
                let value = self.bind(Param::Text(value.clone()));
                format!("{} > 0", self.position(&field.text, &value))
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

    /// A number with a number, a text with a text.
    fn compare_both(&mut self, field: &Field, operator: &str, value: &str) -> Vec<String> {
        let text = self.bind(Param::Text(value.to_owned()));
        let mut both = vec![format!("{} {operator} {text}", field.text)];
        if let Some(number) = number(value) {
            let number = self.bind(Param::Number(number));
            both.push(format!("{} {operator} {number}", field.number));
        }
        both
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

//! What statements of every database are built of. Whatever came from a request is a parameter,
//! never a part of the text.

use std::collections::HashMap;

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite: `doc` is text.
    Sqlite,
    /// PostgreSQL: `doc` is jsonb, `body` the text as it was written.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(dead_code, reason = "the builder of statements is one for both")
    )]
    Postgres,
}

/// A value beside the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Param {
    /// A text.
    Text(String),
    /// A number, in digits.
    Number(String),
    /// A place in an object.
    Path(Vec<String>),
    /// A count of objects.
    Count(u64),
}

/// A statement as it is written: its values stand beside it.
#[derive(Debug)]
pub(crate) struct Builder {
    dialect: Dialect,
    params: Vec<Param>,
    /// Where each of them is.
    numbers: HashMap<Param, usize>,
}

impl Builder {
    /// An empty one.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            params: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// Whose SQL it writes.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The values until now.
    pub(crate) fn params(&self) -> &[Param] {
        &self.params
    }

    /// The values of `?1` or `$1` and so on.
    pub(crate) fn into_params(self) -> Vec<Param> {
        self.params
    }

    /// The place of a value in the text. PostgreSQL is told its type.
    pub(crate) fn bind(&mut self, param: Param) -> String {
        let known = self.numbers.get(&param).copied();
        let number = known.unwrap_or(self.params.len() + 1);
        let placeholder = match (self.dialect, &param) {
            (Dialect::Sqlite, _) => format!("?{number}"),
            (Dialect::Postgres, Param::Text(_)) => format!("${number}::text"),
            (Dialect::Postgres, Param::Number(_)) => format!("${number}::text::numeric"),
            (Dialect::Postgres, Param::Path(_)) => format!("${number}::text[]"),
            (Dialect::Postgres, Param::Count(_)) => format!("${number}::bigint"),
        };
        if known.is_none() {
            self.numbers.insert(param.clone(), number);
            self.params.push(param);
        }
        placeholder
    }

    /// The field as a number and as a text, each NULL where it is none; booleans are texts.
    pub(crate) fn field(&mut self, path: &[String]) -> Field {
        let path = self.bind(Param::Path(path.to_vec()));
        match self.dialect {
            Dialect::Sqlite => Field {
                number: format!(
                    "CASE WHEN json_type(doc, {path}) IN ('integer', 'real') \
                     THEN json_extract(doc, {path}) END"
                ),
                text: format!(
                    "CASE json_type(doc, {path}) WHEN 'text' THEN json_extract(doc, {path}) \
                     WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END"
                ),
                null: format!("json_type(doc, {path}) = 'null'"),
            },
            Dialect::Postgres => Field {
                number: format!(
                    "CASE WHEN jsonb_typeof(doc #> {path}) = 'number' \
                     THEN (doc #>> {path})::numeric END"
                ),
                // Like SQLite, by code points and not by a language.
                text: format!(
                    "(CASE WHEN jsonb_typeof(doc #> {path}) IN ('string', 'boolean') \
                     THEN doc #>> {path} END) COLLATE \"C\""
                ),
                null: format!("jsonb_typeof(doc #> {path}) = 'null'"),
            },
        }
    }

    /// Where `part` is in `text`, from 1; 0 where it is not.
    pub(crate) fn position(&self, text: &str, part: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("instr({text}, {part})"),
            Dialect::Postgres => format!("strpos({text}, {part})"),
        }
    }

    /// Numbers before texts, what is neither behind both.
    pub(crate) fn order(&mut self, path: &[String], descending: bool) -> String {
        let Field { number, text, .. } = self.field(path);
        let direction = if descending { "DESC" } else { "ASC" };
        format!(
            "(({number}) IS NULL AND ({text}) IS NULL) ASC, (({number}) IS NULL) {direction}, \
             {number} {direction} NULLS LAST, {text} {direction} NULLS LAST"
        )
    }
}

/// A field of an object, as expressions.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its number, or NULL.
    pub(crate) number: String,
    /// Its text, or NULL.
    pub(crate) text: String,
    /// Whether it is there and null.
    pub(crate) null: String,
}

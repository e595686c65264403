//! Objects and parameters as PostgreSQL takes them, and back.

use tokio_postgres::Row;

use crate::database::postgres::failure;
use crate::services::collections::error::Refusal;
use crate::services::collections::object::Object;
use crate::services::collections::store::StoreError;

/// The first column of each row.
pub(super) fn texts(rows: &[Row]) -> Result<Vec<String>, StoreError> {
    let texts = rows.iter().map(|row| row.try_get(0));
    texts.collect::<Result<_, _>>().map_err(failure)
}

/// The object of a row, if there is the row.
pub(super) fn stored(row: Option<&Row>, collection: &str, key: &str) -> Result<Object, Refusal> {
    let row = row.ok_or_else(|| Refusal::Unknown {
        collection: collection.to_owned(),
        key: key.to_owned(),
    })?;
    let text: &str = row.try_get(0).map_err(failure)?;
    Ok(Object::stored(text).map_err(|error| StoreError::Other(error.to_string()))?)
}

/// An object as the columns have it.
pub(super) struct Texts {
    /// As it was written.
    pub body: String,
    /// To search in.
    pub doc: String,
    /// What a full-text search looks at.
    pub words: String,
}

impl Texts {
    /// The columns of `object`.
    pub(super) fn of(object: &Object) -> Self {
        let body = object.to_json();
        Self {
            doc: without_nul(&body),
            body,
            words: object.words(),
        }
    }
}

/// JSON with another character for NUL, which jsonb does not take: the escape that stands for it
/// is replaced, and not a backslash with a u behind it.
fn without_nul(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = escape.strip_prefix("\\u0000") {
            text.push_str("\\ufffd");
            rest = after;
        } else {
            // What is escaped is one character of ASCII.
            let (pair, after) = escape.split_at_checked(2).unwrap_or((escape, ""));
            text.push_str(pair);
            rest = after;
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_replaced_where_it_is_one() {
        for (json, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (
                r#"{"a\u0000":"\u0000\u0001"}"#,
                r#"{"a\ufffd":"\ufffd\u0001"}"#,
            ),
            (r#"["\\u0000","\\\u0000"]"#, r#"["\\u0000","\\\ufffd"]"#),
            (r#"["ü\n\"\u0000ü"]"#, r#"["ü\n\"\ufffdü"]"#),
        ] {
            assert_eq!(without_nul(json), expected);
        }
    }
}

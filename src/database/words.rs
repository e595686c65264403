//! What a full-text search looks at.

use serde_json::Value;

/// Adds the texts and numbers of a value, each on a line.
pub(crate) fn collect_words(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => {
            words.push_str(text);
            words.push('\n');
        }
        Value::Number(number) => {
            words.push_str(&number.to_string());
            words.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| collect_words(item, words)),
        Value::Object(fields) => fields.values().for_each(|v| collect_words(v, words)),
        Value::Null | Value::Bool(_) => {}
    }
}

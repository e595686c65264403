//! What `context.json` at the top of a tree gives to its documents: the names that a program would
//! set as context properties, or as initial properties of the first document.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::snapshot::Snapshot;
use crate::path::TreePath;

/// Names with their values.
pub type Context = Map<String, Value>;

/// Largest file, in bytes: it travels in each event.
const LARGEST: usize = 64 * 1024;

/// Words of JavaScript that are no names.
const RESERVED: [&str; 46] = [
    "as",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "on",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
];

/// Why a `context.json` gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1; 0 for the whole file.
    pub line: u32,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Where it is.
pub(super) fn path() -> TreePath {
    TreePath::root().with("context.json")
}

/// Reads the file.
///
/// # Errors
/// It is no JSON object, too large, or has a name that no document can use.
pub(super) fn parse(bytes: &[u8]) -> Result<Arc<Context>, Wrong> {
    let wrong = |line: usize, message: String| Wrong {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        message: format!("{message}; until then the last good state counts"),
    };
    if bytes.len() > LARGEST {
        let message = format!("it has {} bytes; up to {LARGEST} count", bytes.len());
        return Err(wrong(0, message));
    }
    let context: Context = serde_json::from_slice(bytes).map_err(|error| {
        let form = r#"it is an object, such as {"appName": "Demo", "backend": {"online": true}}"#;
        wrong(error.line(), format!("{error}; {form}"))
    })?;
    if let Some(name) = context.keys().find(|name| !is_name(name)) {
        let message = format!(
            "{name:?} cannot be the name of a property, which begins lower-case; a name that begins \
             upper-case is a type: put a singleton into stubs"
        );
        return Err(wrong(0, message));
    }
    Ok(Arc::new(context))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
}

impl Snapshot {
    /// The names whose values the root of `document` takes as its own properties, and the others.
    pub fn context_of(&self, document: &TreePath) -> Option<(Context, Context)> {
        let context = self.context()?;
        let file = self.file(document);
        let document = file.and_then(|file| file.document());
        let declares = |name: &str| {
            let own = document.and_then(|document| document.references.shown.types.get(""));
            own.is_some_and(|own| own.properties.contains_key(name))
        };
        let pairs = context
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        Some(pairs.partition(|(name, _)| declares(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_names_of_properties_counts() {
        let context = parse(br#"{"appName": "Demo", "_b": {"Any": [1]}}"#).unwrap();
        assert_eq!(context.keys().collect::<Vec<_>>(), ["appName", "_b"]);
        for (text, line, said) in [
            ("{\n \"a\": 1,\n}", 3, "trailing comma"),
            ("[1]", 1, "object"),
            ("", 1, "EOF"),
            (r#"{"Backend": {}}"#, 0, "stubs"),
            (r#"{"a b": 1}"#, 0, "a b"),
            (r#"{"default": 1}"#, 0, "default"),
        ] {
            let wrong = parse(text.as_bytes()).unwrap_err();
            assert_eq!(wrong.line, line, "{text}: {}", wrong.message);
            assert!(wrong.message.contains(said), "{text}: {}", wrong.message);
        }
        assert!(parse(&vec![b' '; LARGEST + 1]).is_err());
    }
}

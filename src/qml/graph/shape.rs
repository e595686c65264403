//! Partly known names, as shapes that paths fit or do not.

use super::declared::locate;
use crate::path::name::{decoded, join, without_query};
use crate::qml::document::references::Pattern;

pub(super) fn unescaped(pattern: &Pattern) -> Pattern {
    let parts = pattern.parts.iter().map(|part| match decoded(part) {
        Some(decoded) => decoded.into(),
        None => part.clone(),
    });
    Pattern {
        parts: parts.collect(),
        ..pattern.clone()
    }
}

/// A pattern, seen from one directory.
pub(super) struct Shape {
    /// What every path begins with.
    pub(super) prefix: String,
    /// What follows, in this order.
    parts: Vec<String>,
    /// Whether the last part ends the path.
    complete: bool,
}

impl Shape {
    pub(super) fn of(directory: &str, pattern: &Pattern) -> Option<Self> {
        let mut parts = Vec::new();
        let mut complete = pattern.complete;
        for part in &pattern.parts {
            let path = without_query(part);
            parts.push(path.to_owned());
            if path.len() < part.len() {
                // What follows is no path any more. If nothing is left, a gap ends the path.
                complete = !path.is_empty();
                break;
            }
        }
        let mut prefix = String::new();
        if pattern.anchored && !parts.is_empty() {
            prefix = anchor(directory, &parts.remove(0))?;
        }
        Some(Self {
            prefix,
            parts,
            complete,
        })
    }

    pub(super) fn fits(&self, path: &str) -> bool {
        // A leading slash, because a part may begin with the one in front of the first name.
        let whole = ["/", path].concat();
        let mut rest = match self.prefix.as_str() {
            "" => whole.as_str(),
            prefix => path.get(prefix.len()..).unwrap_or_default(),
        };
        for (at, part) in self.parts.iter().enumerate() {
            if self.complete && at + 1 == self.parts.len() {
                return rest.ends_with(part.as_str());
            }
            let Some(found) = rest.find(part.as_str()) else {
                return false;
            };
            rest = rest.get(found + part.len()..).unwrap_or_default();
        }
        true
    }
}

/// Where the known beginning of a name leads. The address of a server alone leads anywhere.
fn anchor(directory: &str, beginning: &str) -> Option<String> {
    let is_address = beginning
        .split_once("://")
        .is_some_and(|(scheme, rest)| scheme.starts_with("http") && !rest.contains('/'));
    match is_address {
        true => Some(String::new()),
        false => match beginning.is_empty() {
            true => Some(join(directory, ".")),
            false => locate(directory, beginning),
        },
    }
}

//! Why a configuration is refused, in words that name the place and the way out.

use std::io;
use std::path::{Path, PathBuf};

use super::setting::Source;

/// A configuration that the server cannot start with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file that was named is not there, or may not be read.
    #[error("cannot read the config file {}{}", .path.display(), named_by(.named))]
    Unreadable {
        /// The file as it was named.
        path: PathBuf,
        /// What named it: a flag, a variable, or nothing for the one found by default.
        named: Source,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not UTF-8.
    #[error("{}:{line}: the file is not UTF-8 from here on; save it as UTF-8", .path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is not UTF-8, from 1.
        line: usize,
    },
    /// The file is not TOML.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the parser missed.
        message: String,
    },
    /// The file sets something that does not exist.
    #[error(
        "{}:{line}: unknown key {key:?}{}; {}",
        .path.display(), within(.section), suggestion(.key, .known)
    )]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
        /// The table that holds the key as its header is written, empty for the top.
        section: String,
        /// The key as it was written.
        key: String,
        /// The keys that the table may have.
        known: Vec<&'static str>,
    },
    /// A key that a table cannot do without.
    #[error("{}{section} has no {key}: expected {key} = {expected}", place_of(.at))]
    Missing {
        /// Where the table begins.
        at: Source,
        /// The table as its header is written.
        section: String,
        /// The key.
        key: &'static str,
        /// What it takes.
        expected: String,
    },
    /// A value of the wrong type, or out of bounds.
    #[error("{}: expected {expected}", value_at(.at, .key, .given))]
    Value {
        /// Where the value stands.
        at: Source,
        /// The key that it is for, as the file calls it.
        key: String,
        /// The value as it was written.
        given: String,
        /// What would have been accepted.
        expected: String,
    },
}

impl ConfigError {
    /// A value that `key` does not take.
    pub(super) fn value(at: Source, key: &str, given: &str, expected: String) -> Self {
        Self::Value {
            at,
            key: key.to_owned(),
            given: given.to_owned(),
            expected,
        }
    }

    /// A place in a text, from a byte offset to what an editor shows: line and column, from 1.
    pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The file is not TOML: `error` with its place.
    pub(super) fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let (line, column) = Self::position(text, error.span().map_or(0, |span| span.start));
        Self::Syntax {
            path: path.to_owned(),
            line,
            column,
            message: unquoted(text, error).unwrap_or_else(|| error.message().replace('\n', "; ")),
        }
    }
}

/// What is wrong with a value without quotes. The parser only speaks of texts, where a person may
/// have meant anything.
fn unquoted(text: &str, error: &toml::de::Error) -> Option<String> {
    if !error.message().contains("must be quoted") {
        return None;
    }
    let given = text.get(error.span()?)?.trim();
    Some(format!(
        "{} is no value: one is a text in quotes, \"{}\", a number, true or false, or a list in [ ]",
        shortened(given),
        shortened(given)
    ))
}

/// `file:line: key = given`, or `VARIABLE = given` with the variable in the key's place.
fn value_at(at: &Source, key: &str, given: &str) -> String {
    let given = shortened(given);
    match at {
        Source::Env(name) | Source::Flag(name) => format!("{name} = {given}"),
        Source::File { .. } | Source::Default => format!("{}{key} = {given}", place_of(at)),
    }
}

/// The first line of what was written, at most 60 characters, without control characters.
fn shortened(given: &str) -> String {
    const LONGEST: usize = 60;
    let line = given.lines().next().unwrap_or_default();
    let mut short: String = line
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    if short.len() < given.len() {
        short.push('…');
    }
    short
}

/// `file:line: `, where it is one.
fn place_of(at: &Source) -> String {
    match at {
        Source::File { path, line } => format!("{}:{line}: ", path.display()),
        Source::Env(_) | Source::Flag(_) | Source::Default => String::new(),
    }
}

fn named_by(source: &Source) -> String {
    match source {
        Source::Env(name) | Source::Flag(name) => format!(", named by {name}"),
        Source::Default | Source::File { .. } => String::new(),
    }
}

fn within(section: &str) -> String {
    if section.is_empty() {
        String::new()
    } else {
        format!(" in {section}")
    }
}

/// The nearest right key, or all of them where none is near.
fn suggestion(key: &str, known: &[&'static str]) -> String {
    /// Below it, Jaro-Winkler pairs words that have nothing to do with each other.
    const NEAR: f64 = 0.8;
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .filter(|(nearness, _)| *nearness >= NEAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((_, candidate)) => format!("did you mean {candidate:?}?"),
        None => format!("the keys are {}", known.join(", ")),
    }
}

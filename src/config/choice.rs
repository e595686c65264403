//! What is chosen from a few words, and the paths and patterns of the tree.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use ignore::gitignore::GitignoreBuilder;
use toml::Spanned;
use toml::de::DeValue;

use super::value::{Value, integer};
use crate::path::TreePath;
use crate::tree::generation::Granularity;

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Value for LogFormat {
    fn expected() -> String {
        r#""text" or "json""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let name = match self {
            Self::Text => "text",
            Self::Json => "json",
        };
        Some(name.into())
    }
}

impl Value for Granularity {
    fn expected() -> String {
        r#""document", "observed" or "tree""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "document" => Some(Self::Document),
            "observed" => Some(Self::Observed),
            "tree" => Some(Self::Tree),
            _ => None,
        }
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let name = match self {
            Self::Document => "document",
            Self::Observed => "observed",
            Self::Tree => "tree",
        };
        Some(name.into())
    }
}

/// How much is logged: each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only what failed.
    Error,
    /// Also what may be wrong.
    Warn,
    /// Also what happened.
    Info,
    /// Also how it came about.
    Debug,
    /// Everything.
    Trace,
}

impl Verbosity {
    const LEVELS: [(&'static str, Self); 5] = [
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];

    /// The level's name, as log filters write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// `steps` from [`Verbosity::Info`]: as many as there are `-v`, or as there are `-q` below zero.
    #[must_use]
    pub fn from_steps(steps: i64) -> Self {
        match steps {
            ..=-2 => Self::Error,
            -1 => Self::Warn,
            0 => Self::Info,
            1 => Self::Debug,
            2.. => Self::Trace,
        }
    }
}

/// A level's name, or a number: how many `-v` (or, below zero, `-q`) it stands for.
impl Value for Verbosity {
    fn expected() -> String {
        "error, warn, info, debug, trace, or a number from -2 (error) to 2 (trace)".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let named = Self::LEVELS.iter().find(|(name, _)| *name == text);
        named
            .map(|(_, level)| *level)
            .or_else(|| text.parse().ok().map(Self::from_steps))
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let level = match integer(value.get_ref()) {
            Some(steps) => Some(Self::from_steps(steps)),
            None => value.get_ref().as_str().and_then(Self::parse),
        };
        level.ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.name().into())
    }
}

impl Value for TreePath {
    fn expected() -> String {
        r#"a path below the tree, relative, without "..", "\" or ":""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let relative = !text.starts_with('/') && text.split('/').all(|part| part != "..");
        let path = relative.then(|| TreePath::parse(text).ok()).flatten();
        path.filter(|path| !path.is_root())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.as_str().into())
    }
}

/// A line of a `.gitignore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnorePattern(String);

impl IgnorePattern {
    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IgnorePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Value for IgnorePattern {
    fn expected() -> String {
        r#"a pattern as in a .gitignore, such as "*.tmp" or "/build/""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        // A blank line and a comment are good lines there, and here a mistake.
        let names_nothing = text.trim().is_empty() || text.starts_with('#');
        let one_line = !text.contains(['\n', '\r']);
        let compiles = GitignoreBuilder::new("").add_line(None, text).is_ok();
        (one_line && compiles && !names_nothing).then(|| Self(text.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_paths() {
        for (text, expected) in [
            ("main.qml", Some("main.qml")),
            ("./ui//main.qml", Some("ui/main.qml")),
            ("imports/", Some("imports")),
            ("a b#?%ü.qml", Some("a b#?%ü.qml")),
            ("..qml", Some("..qml")),
            ("/main.qml", None),
            ("../main.qml", None),
            ("ui/../../main.qml", None),
            ("..\\main.qml", None),
            ("C:main.qml", None),
            ("http://localhost/main.qml", None),
            ("a\0b", None),
            (".", None),
            ("", None),
        ] {
            let path = <TreePath as Value>::parse(text);
            assert_eq!(path.as_ref().map(TreePath::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn ignore_patterns() {
        for (text, good) in [
            ("*.tmp", true),
            ("/build/", true),
            ("!keep.tmp", true),
            ("\\#real", true),
            ("# nothing", false),
            (" ", false),
            ("a\nb", false),
            ("[z-a]", false),
        ] {
            assert_eq!(IgnorePattern::parse(text).is_some(), good, "{text:?}");
        }
    }

    #[test]
    fn levels() {
        for (text, expected) in [
            ("error", Some(Verbosity::Error)),
            ("WARN", Some(Verbosity::Warn)),
            ("0", Some(Verbosity::Info)),
            ("1", Some(Verbosity::Debug)),
            ("-1", Some(Verbosity::Warn)),
            ("99", Some(Verbosity::Trace)),
            ("-99", Some(Verbosity::Error)),
            ("loud", None),
            ("", None),
        ] {
            assert_eq!(Verbosity::parse(text), expected, "{text:?}");
        }
        for (name, level) in Verbosity::LEVELS {
            assert_eq!(level.name(), name);
        }
    }
}

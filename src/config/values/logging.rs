//! What is logged, and how.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::{Value, integer, words};

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

words!(LogFormat: "text" = Text, "json" = Json);

/// How much is logged: each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
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
    pub(crate) fn name(self) -> &'static str {
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
    pub(crate) fn from_steps(steps: i64) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

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

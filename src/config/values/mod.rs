//! What a setting can hold: read from text or from TOML, written back as TOML. Here is what any
//! setting may be made of; what only one section needs stands next to that section.

mod attach;
mod logging;
mod network;
mod quantities;
mod tree;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

pub(crate) use logging::{LogFormat, Verbosity};
pub(crate) use network::{Host, Port};
pub(crate) use quantities::ByteSize;
pub(super) use quantities::{Bounded, Size};
pub(crate) use tree::IgnorePattern;

/// A type of which a setting can be.
pub(crate) trait Value: Sized {
    /// Where [`Value::write`] gives nothing: what that means.
    const UNSET: &'static str = "not set";

    /// What is accepted, to follow the word "expected".
    fn expected() -> String;

    /// From the text of a flag or a variable.
    fn parse(text: &str) -> Option<Self>;

    /// From the file; the error is the span of the part that is wrong.
    ///
    /// # Errors
    /// The value is not one that [`Value::expected`] tells of.
    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let text = value.get_ref().as_str();
        text.and_then(Self::parse).ok_or_else(|| value.span())
    }

    /// As the file would have it if it lay in `folder`; nothing where only leaving it out says it.
    fn write(&self, folder: &Path) -> Option<toml::Value>;

    /// How a message quotes a text that is refused.
    fn quote(given: &str) -> &str {
        given
    }

    /// The same with relative paths taken as relative to `folder`.
    #[must_use]
    fn resolve(self, folder: &Path) -> Self {
        let _ = folder;
        self
    }
}

/// The parser of a flag, for clap.
///
/// # Errors
/// What would have been accepted.
pub(crate) fn parse_flag<T: Value>(text: &str) -> Result<T, String> {
    T::parse(text).ok_or_else(|| format!("expected {}", T::expected()))
}

/// An integer of the file, whatever its radix.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

impl Value for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        value.get_ref().as_bool().ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some((*self).into())
    }
}

/// What need not be set.
impl<T: Value> Value for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Some)
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        T::read(value).map(Some)
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        self.as_ref()?.write(folder)
    }

    fn resolve(self, folder: &Path) -> Self {
        self.map(|value| value.resolve(folder))
    }
}

/// A list: separated by commas in a variable, an array (or the only item by itself) in the file.
impl<T: Value> Value for Vec<T> {
    fn expected() -> String {
        format!("a list, each item of it {}", T::expected())
    }

    fn parse(text: &str) -> Option<Self> {
        let items = text.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty()).map(T::parse);
        items
            .collect::<Option<Self>>()
            .filter(|list| !list.is_empty())
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(T::read).collect(),
            _ => T::read(value).map(|item| vec![item]),
        }
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        let items: Option<Vec<_>> = self.iter().map(|item| item.write(folder)).collect();
        items.map(toml::Value::Array)
    }

    fn resolve(self, folder: &Path) -> Self {
        self.into_iter().map(|item| item.resolve(folder)).collect()
    }
}

/// A path of this machine. Absolute once it is resolved.
impl Value for PathBuf {
    const UNSET: &'static str = "a path that is not Unicode, which no file can name";

    fn expected() -> String {
        "a path".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let possible = !text.is_empty() && !text.contains('\0');
        possible.then(|| Self::from(text))
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        let short = self.strip_prefix(folder).unwrap_or(self);
        let text = short.to_str()?;
        Some(if text.is_empty() { "." } else { text }.into())
    }

    fn resolve(self, folder: &Path) -> Self {
        folder.join(self)
    }
}

/// Names and what they stand for: `name=value` separated by commas in a variable, a table in the
/// file.
impl<T: Value> Value for BTreeMap<String, T> {
    fn expected() -> String {
        format!("a table of names, each with {}", T::expected())
    }

    fn parse(text: &str) -> Option<Self> {
        let entries = text.split(',').map(|entry| {
            let (name, value) = entry.split_once('=')?;
            Some((name.trim().to_owned(), T::parse(value.trim())?))
        });
        entries.collect()
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let DeValue::Table(entries) = value.get_ref() else {
            return Err(value.span());
        };
        let entries = entries.iter().map(|(name, value)| {
            let value = T::read(value)?;
            Ok((name.get_ref().to_string(), value))
        });
        entries.collect()
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        let write = |(name, value): (&String, &T)| Some((name.clone(), value.write(folder)?));
        let entries: Option<toml::Table> = self.iter().map(write).collect();
        entries.map(toml::Value::Table)
    }

    fn resolve(self, folder: &Path) -> Self {
        let resolve = |(name, value): (_, T)| (name, value.resolve(folder));
        self.into_iter().map(resolve).collect()
    }

    fn quote(given: &str) -> &str {
        T::quote(given)
    }
}

/// What nobody is to see who only sees what is printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

/// What is printed in its place, and refused as one: a file made of what was printed would
/// otherwise have a secret that everybody knows.
pub(super) const MASK: &str = "***";

impl Value for Secret {
    fn expected() -> String {
        format!("text, and not the {MASK:?} that --print-config shows in its place")
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && text != MASK).then(|| Self(text.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(MASK.into())
    }

    fn quote(given: &str) -> &str {
        match given.trim_matches('"') {
            MASK => given,
            _ => "…",
        }
    }
}

/// Makes a setting of an enum: a word for each of its values.
macro_rules! words {
    ($type:ty: $($word:literal = $value:ident),+) => {
        impl $crate::config::Value for $type {
            fn expected() -> String {
                [$(concat!("\"", $word, "\"")),+].join(" or ")
            }

            fn parse(text: &str) -> Option<Self> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }

            fn write(&self, _: &std::path::Path) -> Option<toml::Value> {
                Some(match self { $(Self::$value => $word),+ }.into())
            }
        }
    };
}
pub(super) use words;

/// Makes a type of the texts that pass a check.
macro_rules! text {
    ($(#[$doc:meta])+ $name:ident, $expected:expr, $check:expr) => {
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(in $crate::config) struct $name(pub(in $crate::config) String);

        impl $crate::config::Value for $name {
            fn expected() -> String {
                $expected.to_owned()
            }

            fn parse(text: &str) -> Option<Self> {
                let check: fn(&str) -> bool = $check;
                check(text).then(|| Self(text.to_owned()))
            }

            fn write(&self, _: &std::path::Path) -> Option<toml::Value> {
                Some(self.0.as_str().into())
            }
        }
    };
}
pub(super) use text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_names() {
        type Table = BTreeMap<String, PathBuf>;
        let table = Table::parse("/qt/qml/App=ui, b=c").unwrap();
        let table = table.resolve(Path::new("/w"));
        assert_eq!(table["/qt/qml/App"], Path::new("/w/ui"));
        let written = table.write(Path::new("/w")).unwrap().to_string();
        assert_eq!(written, r#"{ "/qt/qml/App" = "ui", b = "c" }"#);
        assert!(Table::parse("a").is_none() && Table::parse("").is_none());
    }

    #[test]
    fn a_secret_is_masked_and_the_mask_is_none() {
        let secret = Secret::parse("s3cret").unwrap();
        assert_eq!(secret.write(Path::new("/")), Some(MASK.into()));
        assert!(Secret::parse(MASK).is_none() && Secret::parse("").is_none());
    }

    #[test]
    fn switches() {
        for (text, expected) in [
            ("1", Some(true)),
            ("True", Some(true)),
            ("on", Some(true)),
            ("no", Some(false)),
            ("0", Some(false)),
            ("maybe", None),
        ] {
            assert_eq!(bool::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn lists() {
        let paths = |text| <Vec<PathBuf>>::parse(text);
        assert_eq!(paths("a, b,"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(paths(" , "), None);
        assert_eq!(<Vec<bool>>::parse("on,maybe"), None);
    }
}

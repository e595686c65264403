//! What a setting can hold: read from text or from TOML, written back as TOML.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

/// A type of which a setting can be.
pub trait Value: Sized {
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
pub fn parse_flag<T: Value>(text: &str) -> Result<T, String> {
    T::parse(text).ok_or_else(|| format!("expected {}", T::expected()))
}

/// An integer of the file, whatever its radix.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A number and the unit behind it, `250ms` or `64 MiB`; no unit where the text is only a number.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
    Some((number.parse().ok()?, unit.trim()))
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

const DURATIONS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// In whole milliseconds and above zero: as an interval, zero would never rest.
impl Value for Duration {
    fn expected() -> String {
        r#"a duration above zero with its unit (ms, s, m, h), such as "250ms""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = number_and_unit(text)?;
        let (_, factor) = DURATIONS.iter().find(|(name, _)| *name == unit)?;
        let millis = number.checked_mul(*factor)?;
        (millis > 0).then(|| Self::from_millis(millis))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let millis = self.as_millis();
        let (unit, factor) = DURATIONS
            .into_iter()
            .find(|(_, factor)| millis.is_multiple_of(u128::from(*factor)))?;
        Some(format!("{}{unit}", millis / u128::from(factor)).into())
    }
}

/// An amount of memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

impl Value for ByteSize {
    fn expected() -> String {
        r#"a size such as "64MiB", "10MB" or 4096 (bytes)"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = number_and_unit(text)?;
        let known = SIZES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let factor = match known {
            Some((_, factor)) => *factor,
            None if unit.is_empty() => 1,
            None => return None,
        };
        number.checked_mul(factor).map(Self)
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let size = match integer(value.get_ref()) {
            Some(bytes) => u64::try_from(bytes).ok().map(Self),
            None => value.get_ref().as_str().and_then(Self::parse),
        };
        size.ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let fits = |(_, factor): &(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*factor);
        let (unit, factor) = SIZES.into_iter().find(fits).unwrap_or(("B", 1));
        Some(format!("{}{unit}", self.0 / factor).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Value + PartialEq + std::fmt::Debug>(cases: &[(&str, Option<T>, &str)]) {
        for (text, expected, written) in cases {
            let value = T::parse(text);
            assert_eq!(&value, expected, "{text:?}");
            if let Some(value) = value {
                let again = value.write(Path::new("/w")).unwrap();
                assert_eq!(again.as_str(), Some(*written), "{text:?}");
                assert_eq!(T::parse(written), Some(value), "{written:?}");
            }
        }
    }

    #[test]
    fn sizes() {
        check(&[
            ("64MiB", Some(ByteSize(67_108_864)), "64MiB"),
            ("10MB", Some(ByteSize(10_000_000)), "10MB"),
            ("4096", Some(ByteSize(4096)), "4KiB"),
            ("4097", Some(ByteSize(4097)), "4097B"),
            ("0", Some(ByteSize(0)), "0B"),
            (" 2 gib ", Some(ByteSize(2_147_483_648)), "2GiB"),
            ("1500kb", Some(ByteSize(1_500_000)), "1500kB"),
            (
                "18446744073709551615",
                Some(ByteSize(u64::MAX)),
                "18446744073709551615B",
            ),
            ("18446744073709551616", None, ""),
            ("99999999999GiB", None, ""),
            ("64M", None, ""),
            ("-1", None, ""),
            ("1.5GiB", None, ""),
            ("MiB", None, ""),
            ("", None, ""),
        ]);
    }

    #[test]
    fn durations() {
        check(&[
            ("250ms", Some(Duration::from_millis(250)), "250ms"),
            ("2000ms", Some(Duration::from_secs(2)), "2s"),
            (" 90 s ", Some(Duration::from_secs(90)), "90s"),
            ("2m", Some(Duration::from_secs(120)), "2m"),
            ("60m", Some(Duration::from_secs(3600)), "1h"),
            ("250", None, ""),
            ("0ms", None, ""),
            ("1.5s", None, ""),
            ("-1s", None, ""),
            ("18446744073709551615h", None, ""),
            ("", None, ""),
        ]);
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

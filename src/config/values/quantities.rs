//! Values with a unit, and numbers within bounds.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::{Value, integer};
use crate::http::Odds;

/// A number and the unit behind it, `250ms` or `64 MiB`; no unit where the text is only a number.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
    Some((number.parse().ok()?, unit.trim()))
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
pub(crate) struct ByteSize(pub u64);

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

/// A [`ByteSize`] above zero, as a bound of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) struct Size(pub(in crate::config) usize);

impl Size {
    fn of(size: ByteSize) -> Option<Self> {
        let bytes = usize::try_from(size.0).unwrap_or(usize::MAX);
        (bytes > 0).then_some(Self(bytes))
    }
}

impl Value for Size {
    fn expected() -> String {
        r#"a size above zero, such as "4MiB" or 4096 (bytes)"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        ByteSize::parse(text).and_then(Self::of)
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        Self::of(ByteSize::read(value)?).ok_or_else(|| value.span())
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        ByteSize(self.0 as u64).write(folder)
    }
}

/// A number from `MIN` to `MAX`; a `MAX` of 32 bits stands for no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) struct Bounded<const MIN: u32, const MAX: u32>(pub(in crate::config) u32);

impl<const MIN: u32, const MAX: u32> Value for Bounded<MIN, MAX> {
    fn expected() -> String {
        match (MIN, MAX) {
            (1, u32::MAX) => "a number above zero".to_owned(),
            (_, u32::MAX) => format!("a number from {MIN} on"),
            _ => format!("a number from {MIN} to {MAX}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let number = text.trim().parse().ok();
        number.filter(|n| (MIN..=MAX).contains(n)).map(Self)
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let number = integer(value.get_ref()).and_then(|n| u32::try_from(n).ok());
        let number = number.filter(|n| (MIN..=MAX).contains(n));
        number.map(Self).ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(i64::from(self.0).into())
    }
}

impl Value for Odds {
    fn expected() -> String {
        r#"a share from 0 to 1, such as 0.2 or "20%""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let share = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
            None => text.trim().parse().ok()?,
        };
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let share = match value.get_ref() {
            DeValue::Float(number) => Self::parse(number.as_str()),
            DeValue::Integer(number) => Self::parse(number.as_str()),
            other => other.as_str().and_then(Self::parse),
        };
        share.ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.into())
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
}

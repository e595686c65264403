//! The parameters of a URL, bounded.

use serde_json::Value;

use crate::services::enginio::error::Refusal;

/// The longest parameter, in bytes.
pub(super) const LONGEST: usize = 32 << 10;

/// The parameters of a URL, each name with its values.
#[derive(Clone, Debug, Default)]
pub(in crate::services::enginio) struct Parameters(pub(super) Vec<(String, String)>);

impl Parameters {
    /// Those of a query string.
    pub(in crate::services::enginio) fn parse(text: &str) -> Result<Self, Refusal> {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.into_owned()));
        let pairs: Vec<(String, String)> = pairs.collect();
        for (name, value) in &pairs {
            if value.len() > LONGEST {
                let message = format!("{name} has more than {LONGEST} bytes; ask for less at once");
                return Err(Refusal::bad(message));
            }
            if value.contains('\0') {
                return Err(Refusal::bad(format!(
                    "{name} has a NUL in it, which no object has"
                )));
            }
        }
        Ok(Self(pairs))
    }

    /// The first value of this name.
    pub(in crate::services::enginio) fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().find(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// All values of this name.
    pub(in crate::services::enginio) fn all<'p>(
        &'p self,
        name: &'p str,
    ) -> impl Iterator<Item = &'p str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// A value that is JSON.
    pub(in crate::services::enginio) fn json(
        &self,
        name: &str,
        example: &str,
    ) -> Result<Option<Value>, Refusal> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let value = serde_json::from_str(text).map_err(|error| {
            Refusal::bad(format!(
                "{name} is not JSON: {error}; write {name}={example}, encoded"
            ))
        })?;
        Ok(Some(value))
    }

    pub(super) fn number(&self, name: &str, standard: u64, most: u64) -> Result<u64, Refusal> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(standard);
        };
        let number = text.parse().ok().filter(|number| *number <= most);
        number.ok_or_else(|| {
            Refusal::bad(format!(
                "{name} is {text:?}; write a whole number from 0 to {most}"
            ))
        })
    }
}

//! The JSON Schema that the objects of a collection have to fit.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::error::Refusal;
use super::object::Object;

/// Mistakes of one object that are told.
const MOST_TOLD: usize = 5;

/// A schema that is ready to check with.
#[derive(Debug)]
pub(super) struct Schema {
    /// As it was written.
    pub value: Value,
    validator: jsonschema::Validator,
}

impl Schema {
    /// The schema in the file at `path`; where there is none, why.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let refused = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(|error| refused(&error))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| refused(&error))?;
        let validator = jsonschema::validator_for(&value).map_err(|error| refused(&error))?;
        Ok(Self { value, validator })
    }

    /// Refuses an object that does not fit.
    pub(super) fn check(&self, object: &Object) -> Result<(), Refusal> {
        let value = object.to_value();
        let mistakes = self.validator.iter_errors(&value).take(MOST_TOLD);
        let mistakes: Vec<String> = mistakes
            .map(|mistake| {
                let place = mistake.instance_path().to_string();
                if place.is_empty() {
                    mistake.to_string()
                } else {
                    format!("{place}: {mistake}")
                }
            })
            .collect();
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Schema(mistakes.join("; ")))
        }
    }
}

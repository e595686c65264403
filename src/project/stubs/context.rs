//! A first `context.json`: the names that the program gives to documents, with values that fit how
//! they are used.

use serde_json::{Map, Value};

use super::Stubs;
use super::survey::Survey;
use super::uses::{Member, Usage};
use crate::project::{ContextName, Finding};

impl Stubs {
    /// The text of the file; `None` if the program gives no names. What JSON cannot give becomes a
    /// finding.
    pub(crate) fn context(&mut self, names: &[ContextName], survey: &Survey) -> Option<String> {
        let mut values = Map::new();
        for known in names {
            let usage = survey.names.get(&known.name);
            if let Some(called) = usage.and_then(first_called) {
                self.findings.push(Finding {
                    place: known.given.clone(),
                    message: format!(
                        "{}.{called} is used by documents, but context.json can give values only; a singleton of a module could have it",
                        known.name
                    ),
                });
            }
            values.insert(known.name.clone(), usage.map_or(Value::from(""), value));
        }
        (!values.is_empty()).then(|| format!("{:#}\n", Value::Object(values)))
    }
}

fn first_called(usage: &Usage) -> Option<&String> {
    let mut members = usage.members.iter();
    members
        .find(|(_, member)| matches!(member, Member::Method(_) | Member::Signal))
        .map(|(name, _)| name)
}

fn value(usage: &Usage) -> Value {
    let fields = usage
        .members
        .iter()
        .filter_map(|(name, member)| match member {
            Member::Property(_) => Some((name.clone(), Value::from(""))),
            _ => None,
        });
    Value::Object(fields.collect())
}

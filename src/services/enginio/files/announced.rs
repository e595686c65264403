//! What is said of a file before its content comes: its name, and which object is to refer to it.

use serde_json::Value;

use crate::services::enginio::config::is_type;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::{is_name, json_object, reference};

/// The most bytes of a name.
const LONGEST_NAME: usize = 255;

/// What comes before the content of a file.
#[derive(Clone, Debug, Default)]
pub(in crate::services::enginio) struct Announced {
    /// What it is called.
    pub(super) name: String,
    /// The object and its property that are to refer to it: type, id, name.
    pub(super) target: Option<(String, String, String)>,
}

impl Announced {
    /// What a body, or the part `object` of a form, says.
    pub(in crate::services::enginio) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let fields = json_object(body)?;
        let text = |value: Option<&Value>, name: &str| {
            let value = value.and_then(|value| value.get(name));
            value.and_then(Value::as_str).map(str::to_owned)
        };
        let name = text(fields.get("file"), "fileName").unwrap_or_default();
        let target = match fields.get("targetFileProperty") {
            None | Some(Value::Null) => None,
            Some(target) => {
                let property = text(Some(target), "propertyName");
                let reference = reference(target).filter(|(kind, _)| is_type(kind));
                let (Some((kind, id)), Some(property)) = (reference, property) else {
                    let message = "targetFileProperty needs objectType, id and propertyName";
                    return Err(Refusal::property("targetFileProperty", message));
                };
                is_name(&property)?;
                Some((kind.to_owned(), id.to_owned(), property))
            }
        };
        Self { name, target }.checked()
    }

    /// The name of the form's file, where nothing else is said.
    pub(in crate::services::enginio) fn or_called(
        mut self,
        name: Option<String>,
    ) -> Result<Self, Refusal> {
        if self.name.is_empty() {
            self.name = name.unwrap_or_default();
        }
        self.checked()
    }

    fn checked(self) -> Result<Self, Refusal> {
        if self.name.len() > LONGEST_NAME || self.name.contains(char::is_control) {
            let message = format!("a file has a name of up to {LONGEST_NAME} bytes");
            return Err(Refusal::property("fileName", message));
        }
        Ok(self)
    }
}

//! A declared type: what it says of objects, and what is told of it. Pure.

use serde_json::{Value, json};

use super::processors::Variant;
use super::property::Property;
use crate::services::enginio::config::is_type;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::rights::Fields;

/// The most declared properties of a type.
const MOST: usize = 100;

/// What is declared of the objects of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::services::enginio) struct ObjectType {
    /// Such as `objects.todos`.
    pub(in crate::services::enginio) name: String,
    /// Whether streams are told of changes; they are, where it is not said.
    websocket: Option<bool>,
    /// What has a declaration; the others may be anything.
    properties: Vec<Property>,
}

impl ObjectType {
    /// A type that nothing is said of.
    pub(in crate::services::enginio) fn undeclared(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            websocket: None,
            properties: Vec::new(),
        }
    }

    /// The declaration in a body.
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let known = ["id", "name", "settings", "properties"];
        if let Some(other) = fields.keys().find(|name| !known.contains(&name.as_str())) {
            let message = format!(
                "a type has no {other:?}; it has {{\"name\", \"settings\", \"properties\"}}"
            );
            return Err(Refusal::property(other, message));
        }
        let name = fields.get("name").and_then(Value::as_str);
        let name = name.and_then(full_name).ok_or_else(|| {
            let message = "a type needs a name of up to 64 letters, digits, dashes and \
                 underscores, such as \"todos\" or \"objects.todos\"; or users, or usergroups";
            Refusal::property("name", message)
        })?;
        if fields.get("id").is_some_and(|id| *id != name.as_str()) {
            return Err(Refusal::property(
                "id",
                "the id of a type is its name; leave it out",
            ));
        }
        let websocket = websocket(fields.get("settings"))?;
        let properties = match fields.get("properties") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(properties)) if properties.len() <= MOST => properties.as_slice(),
            Some(_) => {
                let message = format!("properties is a list of up to {MOST} properties");
                return Err(Refusal::property("properties", message));
            }
        };
        let properties = properties.iter().map(|value| Property::parse(value, &name));
        let properties: Vec<Property> = properties.collect::<Result<_, _>>()?;
        for (at, property) in properties.iter().enumerate() {
            if properties
                .iter()
                .take(at)
                .any(|other| other.name == property.name)
            {
                let message = format!("{:?} is declared twice", property.name);
                return Err(Refusal::property(&property.name, message));
            }
        }
        Ok(Self {
            name,
            websocket,
            properties,
        })
    }

    /// The declaration as it is told, and kept.
    pub(super) fn told(&self) -> Value {
        let settings = match self.websocket {
            Some(websocket) => json!({"websocket": websocket}),
            None => json!({}),
        };
        let properties: Value = self.properties.iter().map(Property::told).collect();
        json!({"id": self.name, "name": self.name, "settings": settings, "properties": properties})
    }

    /// Whether streams are told of changes.
    pub(in crate::services::enginio) fn is_streamed(&self) -> bool {
        self.websocket != Some(false)
    }

    /// The variants that the pictures of a property have.
    pub(in crate::services::enginio) fn variants(&self, property: &str) -> &[Variant] {
        self.property(property)
            .map_or(&[], |property| property.variants.as_slice())
    }

    /// What is declared of this property.
    pub(super) fn property(&self, name: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.name == name)
    }

    /// The properties that have an index.
    pub(super) fn indexed(&self) -> impl Iterator<Item = &Property> {
        let properties = self.properties.iter();
        properties.filter(|property| property.has_entries())
    }

    /// Refuses properties that are not as they are declared.
    pub(in crate::services::enginio) fn check(&self, fields: &Fields) -> Result<(), Refusal> {
        for property in &self.properties {
            if let Some(value) = fields.get(&property.name) {
                property.check(value, &self.name)?;
            }
        }
        Ok(())
    }

    /// Whether objects of which `before` is true need not be looked at again: there is no new
    /// condition, and no other index.
    pub(super) fn promises_no_more_than(&self, before: &Self) -> bool {
        let is_known = |property: &Property| {
            let before = before.property(&property.name);
            before.is_some_and(|before| before.is_the_same_for_values(property))
        };
        self.properties.iter().all(is_known) && self.indexed().count() == before.indexed().count()
    }
}

/// The whole name of a type that may be declared; `todos` is `objects.todos`. Files are only what
/// the server says.
pub(super) fn full_name(name: &str) -> Option<String> {
    match name {
        "files" => None,
        name if is_type(name) => Some(name.to_owned()),
        name => Some(format!("objects.{name}")).filter(|name| is_type(name)),
    }
}

fn websocket(settings: Option<&Value>) -> Result<Option<bool>, Refusal> {
    let wrong = || Refusal::property("settings", r#"settings are {"websocket": true}, or false"#);
    match settings {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(settings)) => match (settings.len(), settings.get("websocket")) {
            (0, _) => Ok(None),
            (1, Some(Value::Bool(websocket))) => Ok(Some(*websocket)),
            _ => Err(wrong()),
        },
        Some(_) => Err(wrong()),
    }
}

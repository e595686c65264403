//! Values for a property that is named beside them: in bindings and animations.

use tree_sitter::Node;

use super::super::Receiver;
use super::super::enclosing::Object;
use super::strings::words;
use super::targets::{Destination, is_about_another};
use super::writes::Given;
use super::{Collector, field};
use crate::qml::literal;

impl<'a> Collector<'a> {
    /// A binding to `owners.value` in the innermost object.
    pub(super) fn bound_value(&mut self, owners: &[&'a str], value: Given<'a>) {
        let objects = self.around.objects.clone();
        let Some(object) = objects.last() else { return };
        let id = match owners {
            [] if object.type_name == "PropertyChanges" => field(self.syntax, object, "target"),
            [] => return self.named_value(&objects, value),
            [id] => Some(*id),
            _ => None,
        };
        if id.is_some_and(|id| self.is_value_for_another(id)) && self.worth_of(value).unknown {
            self.write_any(&Receiver::Anyone);
        }
    }

    /// Whether an id is that of a binding or an animation.
    pub(super) fn is_value_for_another(&self, id: &str) -> bool {
        let mut objects = self.scope.by_id(id).iter();
        objects.any(|object| is_about_another(object.type_name))
    }

    /// The value in `Binding { property: "source"; value: … }`, or in an animation: the last of
    /// `objects`, each of which is inside the one before.
    pub(super) fn named_value(&mut self, objects: &[Object<'a>], value: Given<'a>) {
        let Some(object) = objects.last() else {
            return;
        };
        let named = ["property", "properties"]
            .iter()
            .find_map(|name| field(self.syntax, object, name));
        let places = match named.map(literal::value) {
            Some(Some(names)) => words(&names)
                .flat_map(|name| {
                    let path = path_of(name);
                    let (property, owners) = path.split_last().unwrap_or((&name, &[]));
                    self.of_named_target(object, owners, property)
                })
                .collect(),
            Some(None) => vec![Destination::unknown(Receiver::Anyone, "source")],
            None => self.value_on(objects),
        };
        self.write(places, value);
    }

    /// The same for `Binding on source { value: … }`, and for an action of an animation on a
    /// property.
    fn value_on(&self, objects: &[Object<'a>]) -> Vec<Destination> {
        let is_on = |object: &Object<'a>| object.node.kind() == "ui_object_definition_binding";
        let (Some(object), Some(at)) = (objects.last(), objects.iter().rposition(is_on)) else {
            // The whole animation may be on a property, or named one, where it is used.
            let is_alone = objects
                .last()
                .is_some_and(|object| object.type_name == "PropertyAction");
            return is_alone
                .then(|| Destination::unknown(Receiver::Anyone, "source"))
                .into_iter()
                .collect();
        };
        let name = objects[at].node.child_by_field_name("name");
        let path = path_of(name.map_or("", |name| self.syntax.text(name)));
        let Some((property, owners)) = path.split_last() else {
            return Vec::new();
        };
        match field(self.syntax, object, "target") {
            Some(_) => self.of_named_target(object, owners, property),
            None => self.bound(&objects[..at], owners, property),
        }
    }

    /// `binding.value = …`, `binding.property = "source"` and the like.
    pub(super) fn changed_part(&mut self, object: Node<'a>, property: &str) {
        let is_part = is_value(property)
            || matches!(property, "property" | "properties" | "target" | "targets");
        if is_part && self.is_value_for_another(self.syntax.text(object)) {
            self.write_any(&Receiver::Anyone);
        }
    }
}

/// The properties of a binding or an animation that are a value for another property.
pub(super) fn is_value(property: &str) -> bool {
    matches!(property, "value" | "from" | "to")
}

pub(super) fn path_of(names: &str) -> Vec<&str> {
    names.split('.').map(str::trim).collect()
}

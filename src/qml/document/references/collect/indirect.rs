//! Values for a property that is named beside them: in bindings and animations.

use tree_sitter::Node;

use super::super::scope::Declared;
use super::super::surroundings::Object;
use super::super::{Computed, Receiver};
use super::strings::words;
use super::targets::{Place, alias_path, is_about_another};
use super::writes::Given;
use super::{Collector, field, last_part};
use crate::qml::literal;
use crate::qml::loading;

impl<'a> Collector<'a> {
    /// A binding to `owners.value` in the innermost object.
    pub(super) fn bound_value(&mut self, owners: &[&'a str], value: Given<'a>) {
        let objects = self.around.objects.clone();
        let Some(object) = objects.last() else { return };
        match owners {
            [] if object.type_name == "PropertyChanges" => {
                let target = field(self.syntax, object, "target");
                self.value_of(target.unwrap_or_default(), value);
            }
            [] => self.named_value(&objects, value),
            [id] => self.value_of(id, value),
            _ => {}
        }
    }

    /// The value in the binding or animation that has an id.
    fn value_of(&mut self, id: &str, value: Given<'a>) {
        for object in self.scope.by_id(id).to_vec() {
            let objects = self.objects_around(object);
            self.named_value(&objects, value);
        }
    }

    /// An alias for such a value, or for such an object, which can be set from outside.
    pub(super) fn alias_of_value(&mut self, alias: &Declared<'a>) {
        match alias_path(self.syntax, alias).as_slice() {
            [id, property] if is_value(property) => self.value_of(id, Given::Unknown),
            [id] => {
                let objects = self.scope.by_id(id).iter();
                if objects
                    .clone()
                    .any(|object| is_about_another(object.type_name))
                {
                    self.value_of(id, Given::Unknown);
                }
            }
            _ => {}
        }
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
            Some(None) => vec![Place::unknown(Receiver::Anyone, "source")],
            None => self.value_on(objects),
        };
        self.write(places, value);
    }

    /// The same for `Binding on source { value: … }`, and for an action of an animation on a
    /// property.
    fn value_on(&self, objects: &[Object<'a>]) -> Vec<Place> {
        let is_on = |object: &Object<'a>| object.node.kind() == "ui_object_definition_binding";
        let (Some(object), Some(at)) = (objects.last(), objects.iter().rposition(is_on)) else {
            // The whole animation may be on a property, or named one, where it is used.
            let is_alone = objects
                .last()
                .is_some_and(|object| object.type_name == "PropertyAction");
            return is_alone
                .then(|| Place::unknown(Receiver::Anyone, "source"))
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

    /// `binding.value = …` and `binding.property = "source"`
    pub(super) fn changed_part(&mut self, object: Node<'a>, property: &str, value: Given<'a>) {
        if is_value(property) {
            self.value_of(self.syntax.text(object), value);
        }
        let is_new_name = || match value {
            Given::Value(value) => {
                let worth = self.worth(value);
                let mut names = worth.literals().flat_map(words);
                names.any(|name| loading::by_property(last_part(name)) > Computed::No)
            }
            Given::Added(_) | Given::Unknown => false,
        };
        let is_changed = match property {
            "property" | "properties" => is_new_name(),
            "target" | "targets" => {
                let objects = self.scope.by_id(self.syntax.text(object)).iter();
                objects
                    .clone()
                    .any(|object| is_about_another(object.type_name))
            }
            _ => false,
        };
        if is_changed {
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

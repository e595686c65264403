//! Whose property a value is written to.

use tree_sitter::Node;

use super::super::Property;
use super::super::scope::{Declared, Object};
use super::strings::words;
use super::writes::Target;
use super::{Collector, starts_upper};
use crate::qml::literal;
use crate::qml::loading;

/// How often an alias may stand for an alias.
const MOST_ALIASES: usize = 16;

impl<'a> Collector<'a> {
    /// The properties that a binding to `owners.property` in the innermost object sets.
    pub(super) fn bound(&self, owners: &[&'a str], property: &str) -> Vec<Target> {
        let Some(innermost) = self.objects.last() else {
            return vec![Target::unknown(property)];
        };
        match (innermost.type_name, owners) {
            ("PropertyChanges", []) => self.of_target(innermost, property),
            ("PropertyChanges", [id, path @ ..]) => self.of_id(id, path, property),
            (type_name, []) if is_value_for_another(type_name) && is_value(property) => {
                self.named_beside(innermost)
            }
            _ => {
                // Around the innermost object may be grouped properties: `font { bold: true }`.
                let groups = self.objects.iter().rev();
                let groups = groups.take_while(|object| !starts_upper(object.type_name));
                let count = groups.clone().count();
                let names = groups.map(|group| group.type_name);
                let mut path: Vec<&str> = names.collect();
                path.reverse();
                path.extend(owners);
                match self.objects.iter().rev().nth(count) {
                    Some(object) => vec![self.of_object(object, &path, property)],
                    None => vec![Target::unknown(property)],
                }
            }
        }
    }

    /// The property that stands beside the value in `Binding { property: "source"; value: … }`, in
    /// an animation, or in `Binding on source { value: … }`, of whatever object.
    fn named_beside(&self, object: &Object<'a>) -> Vec<Target> {
        let named = ["property", "properties"];
        let named = named.iter().find_map(|name| self.field(object, name));
        let is_on = |object: &&Object<'a>| object.node.kind() == "ui_object_definition_binding";
        let on = self.objects.iter().rev().find(is_on);
        let on = on.and_then(|object| object.node.child_by_field_name("name"));
        let names = match (named.map(literal::value), on) {
            (Some(Some(names)), _) => names,
            (None, Some(name)) => self.syntax.text(name).to_owned(),
            // The whole animation may be on a property, or named one, where it is used.
            (None, None) if object.type_name != "PropertyAction" => return Vec::new(),
            _ => "source".to_owned(),
        };
        let paths = words(&names).map(|name| name.split('.').collect::<Vec<_>>());
        let targets = paths.filter_map(|path| {
            let (property, path) = path.split_last()?;
            Some(Target::behind(path, property))
        });
        targets.collect()
    }

    /// The property of what a `PropertyChanges` or the like is about.
    fn of_target(&self, object: &Object<'a>, property: &str) -> Vec<Target> {
        let target = match self.field(object, "targets") {
            None => self.field(object, "target").unwrap_or_default(),
            Some(_) => "",
        };
        let names: Vec<&str> = target.split('.').map(str::trim).collect();
        let is_name = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        match names.split_first() {
            Some((id, path)) if !id.is_empty() && names.iter().all(is_name) => {
                self.of_id(id, path, property)
            }
            _ => vec![Target::unknown(property)],
        }
    }

    /// The properties that `object.property` may be in JavaScript.
    pub(super) fn of_expression(&self, object: Node<'a>, property: &str) -> Vec<Target> {
        let mut names = Vec::new();
        let mut rest = object;
        while rest.kind() == "member_expression" {
            let field = |name| rest.child_by_field_name(name);
            let (Some(property), Some(object)) = (field("property"), field("object")) else {
                break;
            };
            names.push(self.syntax.text(property));
            rest = object;
        }
        names.reverse();
        let first = self.syntax.text(rest);
        match rest.kind() == "identifier" && !self.scope.is_variable(first) {
            true => self.of_id(first, &names, property),
            false => vec![Target::behind(&names, property)],
        }
    }

    /// The properties that are found from a name that is no variable: an id, a property of an
    /// object around, a singleton, or something of a document around this one.
    fn of_id(&self, name: &str, path: &[&str], property: &str) -> Vec<Target> {
        let objects = self.scope.objects(name);
        if objects.is_empty() {
            return match path {
                [] if starts_upper(name) => vec![Target::of(name, property, false)],
                _ => vec![self.around(&[&[name], path].concat(), property)],
            };
        }
        let about = ["property", "properties", "target", "targets"];
        let is_part = is_value(property) || about.contains(&property);
        let targets = objects.iter().map(|object| {
            // `binding.value = …`
            match path.is_empty() && is_part && is_value_for_another(object.type_name) {
                true => Target::Binding,
                false => self.of_object(object, path, property),
            }
        });
        targets.collect()
    }

    /// What is found from a bare name: the property itself, or the first of a path.
    pub(super) fn around(&self, path: &[&str], property: &str) -> Target {
        let first = path.first().copied().unwrap_or(property);
        let mut objects = self.objects.iter().rev();
        if let Some(object) = objects.find(|object| self.scope.declared(object, first).is_some()) {
            return self.of_object(object, path, property);
        }
        if !path.is_empty() {
            return Target::behind(path, property);
        }
        let types = self.objects.iter().map(|object| object.type_name);
        let has_it = |name: &str| loading::by_type(name, property) > Some(loading::Computed::No);
        Target::Property {
            own: types.clone().any(has_it),
            types: types.map(Box::from).collect(),
            property: property.into(),
        }
    }

    /// The property that a path leads to from an object of this document.
    fn of_object(&self, object: &Object<'a>, path: &[&str], property: &str) -> Target {
        let Some(last) = path.last() else {
            return match self.scope.declared(object, property) {
                Some(declared) if declared.type_name == "url" => Target::Url,
                // An alias is a write by itself.
                Some(_) => Target::String,
                None => Target::of(object.type_name, property, true),
            };
        };
        // `Drag.imageSource`: what is attached is an object of its own.
        let is_own_group = *last == "icon" && loading::most_of(object.type_name).is_some();
        match starts_upper(last) || is_own_group {
            true => Target::of(last, property, true),
            false => Target::behind(path, property),
        }
    }

    /// What a declared property is to others.
    pub(super) fn kind(&self, declared: &Declared<'a>) -> Property {
        self.kind_within(declared, MOST_ALIASES)
    }

    fn kind_within(&self, declared: &Declared<'a>, steps: usize) -> Property {
        match declared.type_name {
            "url" => return Property::Url,
            "alias" => {}
            _ => return Property::Other,
        }
        let text = declared.value.map_or("", |value| self.syntax.text(value));
        let names: Vec<&str> = text
            .trim_end_matches(';')
            .split('.')
            .map(str::trim)
            .collect();
        let (Some((id, [path @ .., property])), Some(steps)) =
            (names.split_first(), steps.checked_sub(1))
        else {
            return Property::Other;
        };
        let objects = self.scope.ids.get(id).map_or(&[][..], Vec::as_slice);
        let mut own = objects.iter().filter(|_| path.is_empty());
        if let Some(declared) = own.find_map(|object| self.scope.declared(object, property)) {
            return self.kind_within(declared, steps);
        }
        let types = match path.last() {
            None => objects
                .iter()
                .map(|object| object.type_name.into())
                .collect(),
            Some(&"icon") => vec!["icon".into()],
            Some(_) => Vec::new(),
        };
        Property::Alias {
            types,
            property: (*property).into(),
        }
    }

    /// Whether an alias lets others set the value of a binding.
    pub(super) fn is_about_binding(&self, declared: &Declared<'a>) -> bool {
        let text = declared.value.map_or("", |value| self.syntax.text(value));
        let id = text.split(['.', ';']).next().unwrap_or_default().trim();
        let mut objects = self.scope.ids.get(id).into_iter().flatten();
        declared.type_name == "alias"
            && objects.any(|object| is_value_for_another(object.type_name))
    }

    /// The source text of a property's value in an object's own bindings.
    fn field(&self, object: &Object<'a>, property: &str) -> Option<&'a str> {
        let members = object.node.child_by_field_name("initializer")?;
        let mut cursor = members.walk();
        let value = members.named_children(&mut cursor).find_map(|member| {
            let name = member.child_by_field_name("name")?;
            let is_it = member.kind() == "ui_binding" && self.syntax.text(name) == property;
            is_it.then(|| member.child_by_field_name("value")).flatten()
        })?;
        Some(self.syntax.text(value).trim_end_matches(';').trim())
    }
}

/// Types whose bindings are about the properties of another object.
fn is_value_for_another(type_name: &str) -> bool {
    matches!(
        type_name,
        "PropertyChanges" | "Binding" | "PropertyAction" | "PropertyAnimation"
    )
}

/// The properties of a binding or an animation that are a value for another property.
fn is_value(property: &str) -> bool {
    matches!(property, "value" | "from" | "to")
}

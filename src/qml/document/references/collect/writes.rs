//! What is written to properties: by bindings, by assignments, and as the first properties of an
//! object.

use tree_sitter::Node;

use super::super::values::{Values, named};
use super::super::{Computed, Receiver, Write};
use super::indirect::{is_value, path_of};
use super::strings::may_name_file;
use super::targets::Destination;
use super::{Collector, NO_STRINGS, is_handler, is_own};
use crate::qml::literal;
use crate::qml::loading;
use crate::qml::syntax::nodes;

/// What is written.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    Value(Node<'a>),
    /// This, after what has been there.
    Added(Node<'a>),
    /// An element of something, a part of something.
    Unknown,
}

impl<'a> Collector<'a> {
    pub(super) fn binding(&mut self, node: Node<'a>) {
        let (Some(name), Some(value)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("value"),
        ) else {
            return;
        };
        let path = path_of(self.syntax.text(name));
        let Some((property, owners)) = path.split_last() else {
            return;
        };
        if is_handler(property) {
            return;
        }
        if is_value(property) {
            self.bound_value(owners, Given::Value(value));
        }
        let places = self.bound(&self.around.objects, owners, property);
        self.write(places, Given::Value(value));
    }

    pub(super) fn property(&mut self, node: Node<'a>) {
        let text = |field| {
            node.child_by_field_name(field)
                .map(|node| self.syntax.text(node))
        };
        if let (Some("url"), Some(value)) = (text("type"), node.child_by_field_name("value")) {
            // Qt 5 resolves it here, whoever uses it.
            let worth = self.worth(value);
            self.found.literals.extend(named_files(&worth));
            if worth.unknown {
                self.compute(Computed::Anything);
            }
        }
    }

    pub(super) fn assignment(&mut self, node: Node<'a>) {
        if let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
        ) {
            self.assign(left, Given::Value(right));
        }
    }

    /// `source += suffix`, `source ??= other`
    pub(super) fn augmented(&mut self, node: Node<'a>) {
        let field = |name| node.child_by_field_name(name);
        if let (Some(left), Some(operator), Some(right)) =
            (field("left"), field("operator"), field("right"))
        {
            match self.syntax.text(operator) {
                "+=" => self.assign(left, Given::Added(right)),
                "??=" | "||=" | "&&=" => self.assign(left, Given::Value(right)),
                // A number.
                _ => {}
            }
        }
    }

    /// `for (image.source of list)`
    pub(super) fn loop_variable(&mut self, node: Node<'a>) {
        let declares = node.child_by_field_name("kind").is_some();
        if let Some(left) = node.child_by_field_name("left").filter(|_| !declares) {
            self.assign(left, Given::Unknown);
        }
    }

    fn assign(&mut self, left: Node<'a>, value: Given<'a>) {
        let field = |name| left.child_by_field_name(name);
        match left.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                let name = self.syntax.text(left);
                let at = left.start_byte();
                if self.scope.is_borrowed(at) {
                    self.write(vec![Destination::unknown(Receiver::Anyone, name)], value);
                } else if !self.scope.is_variable(name, at) {
                    self.write(self.around(&[], name), value);
                }
            }
            "member_expression" => {
                if let (Some(object), Some(property)) = (field("object"), field("property")) {
                    let property = self.syntax.text(property);
                    self.write(self.of_expression(object, property), value);
                    self.changed_part(object, property);
                }
            }
            "subscript_expression" => {
                if let (Some(object), Some(index)) = (field("object"), field("index")) {
                    self.keyed(object, index, value);
                }
            }
            "parenthesized_expression" | "non_null_expression" => {
                if let Some(inner) = left.named_child(0) {
                    self.assign(inner, value);
                }
            }
            "array_pattern" | "object_pattern" => self.assign_parts(left),
            _ => {}
        }
    }

    /// `[image.source, name] = list`
    fn assign_parts(&mut self, pattern: Node<'a>) {
        let mut end = 0;
        for node in nodes(pattern) {
            let is_part = matches!(
                node.kind(),
                "identifier"
                    | "shorthand_property_identifier_pattern"
                    | "member_expression"
                    | "subscript_expression"
            );
            if is_part && node.start_byte() >= end {
                end = node.end_byte();
                self.assign(node, Given::Unknown);
            }
        }
    }

    /// `object[key] = value`
    pub(super) fn keyed(&mut self, object: Node<'a>, key: Node<'a>, value: Given<'a>) {
        if key.kind() == "number" {
            return;
        }
        let keys = self.worth(key);
        for key in keys.literals() {
            let places = match key.contains('.') {
                // The object may be the first properties of a new one.
                true => vec![Destination::keyed(self.receiver(object), key)],
                false => self.of_expression(object, key),
            };
            self.write(places, value);
        }
        let is_known = !keys.unknown && keys.patterns().next().is_none();
        let may_be_any = !is_known || keys.literals().next().is_none();
        if may_be_any && !self.is_data(object) && self.worth_of(value).unknown {
            self.found.sent.keyed = true;
        }
    }

    /// In an object literal, which may be the first properties of a new object.
    pub(super) fn pair(&mut self, node: Node<'a>) {
        if let (Some(key), Some(value)) = (
            node.child_by_field_name("key"),
            node.child_by_field_name("value"),
        ) {
            self.entry(key, value, &Receiver::Root);
        }
    }

    /// `get source() { … }` in an object literal or class, or a field of a class.
    pub(super) fn member(&mut self, node: Node<'a>) {
        let mut cursor = node.walk();
        let is_value = node.kind() != "method_definition"
            || node
                .children(&mut cursor)
                .any(|child| self.syntax.text(child) == "get");
        let value = ["value", "body"]
            .iter()
            .find_map(|field| node.child_by_field_name(field));
        if let (Some(name), Some(value), true) = (node.child_by_field_name("name"), value, is_value)
        {
            self.entry(name, value, &Receiver::Root);
        }
    }

    /// A value under a key that is a name, a string, or computed: `[key]`.
    pub(super) fn entry(&mut self, key: Node<'a>, value: Node<'a>, receiver: &Receiver) {
        let value = Given::Value(value);
        let keys = match key.kind() {
            "computed_property_name" => key
                .named_child(0)
                .map_or_else(Values::unknown, |key| self.worth(key)),
            _ => {
                let text = self.syntax.text(key);
                let name = literal::value(text).unwrap_or_else(|| text.to_owned());
                return self.write(vec![Destination::keyed(receiver.clone(), &name)], value);
            }
        };
        for key in keys.literals() {
            self.write(vec![Destination::keyed(receiver.clone(), key)], value);
        }
        if keys.unknown {
            self.found.sent.keyed |= self.worth_of(value).unknown;
        }
    }

    pub(super) fn shorthand(&mut self, node: Node<'a>) {
        let name = self.syntax.text(node);
        let worth = match self.scope.is_variable(name, node.start_byte()) {
            true => named(self.syntax, &self.scope, node),
            false => Values::unknown(),
        };
        self.record(Destination::unknown(Receiver::Root, name), &worth, false);
    }

    /// Properties that are not known, some of which may name a file.
    pub(super) fn write_any(&mut self, receiver: &Receiver) {
        self.write(
            vec![Destination::unknown(receiver.clone(), "source")],
            Given::Unknown,
        );
    }

    pub(super) fn write(&mut self, places: Vec<Destination>, given: Given<'a>) {
        let value = match given {
            Given::Value(value) => Some(value),
            Given::Added(_) | Given::Unknown => None,
        };
        let is_item = value
            .and_then(|value| value.named_child(0))
            .is_some_and(|item| self.is_object(item));
        let mut places = places;
        places.retain(|place| !(is_item && place.is_initial_item()));
        if places.is_empty() {
            return;
        }
        let worth = self.worth_of(given);
        let resolved = match value.filter(|_| worth.unknown) {
            Some(value) => self.judged_here(value),
            None => Vec::new(),
        };
        for place in places {
            self.record(place, &worth, !resolved.is_empty());
        }
        self.resolved.extend(resolved);
    }

    pub(super) fn worth_of(&self, given: Given<'a>) -> Values {
        match given {
            Given::Value(value) => self.worth(value),
            Given::Added(value) => self.worth(value).after_unknown(),
            Given::Unknown => Values::unknown(),
        }
    }

    fn record(&mut self, place: Destination, worth: &Values, resolved: bool) {
        let (target, property) = match place {
            Destination::String if resolved => return self.compute(Computed::Anything),
            Destination::String => return,
            // Qt 5 resolves it here, whoever uses it.
            Destination::Url => {
                self.found.literals.extend(named_files(worth));
                if worth.unknown {
                    self.compute(Computed::Anything);
                }
                return;
            }
            Destination::Property { target, property } => (target, property),
        };
        if NO_STRINGS.contains(&property.as_ref()) {
            return;
        }
        if property.as_ref() == "baseUrl" {
            // Images in rich text are relative to it.
            self.compute(Computed::Assets);
        }
        if loading::by_property(&property) > Computed::No {
            self.found.patterns.extend(worth.patterns());
            self.found.literals.extend(named_files(worth));
            if !is_own(&target) {
                self.found.sent.patterns.extend(worth.patterns());
                self.found.sent.literals.extend(named_files(worth));
            }
        }
        if worth.unknown {
            self.found.writes.insert(Write {
                target,
                property,
                resolved,
            });
        }
    }
}

/// What is written where it names a file: any text at all.
fn named_files(worth: &Values) -> impl Iterator<Item = Box<str>> {
    let literals = worth.literals().filter(|text| may_name_file(text));
    literals.map(Box::from)
}

//! What is written to properties: by bindings, by assignments, and as the first properties of an
//! object.

use tree_sitter::Node;

use super::super::Write;
use super::super::values::{Values, last_name};
use super::strings::may_name_file;
use super::{Collector, Computed, key_text};
use crate::qml::loading;
use crate::qml::syntax::nodes;

/// Properties that every item has and no type can declare anew, so that no value of them is a
/// file name. Leaving them out keeps the lists short.
const NO_STRINGS: [&str; 10] = [
    "enabled", "focus", "height", "id", "opacity", "visible", "width", "x", "y", "z",
];

/// What becomes of a string that is written.
pub(super) enum Target {
    /// It stays a string, in a property that this document declares.
    String,
    /// It becomes a URL, in a property that this document declares.
    Url,
    /// It is, or decides, what a binding writes elsewhere.
    Binding,
    /// That is for the tree's types to say.
    Property {
        /// The types of the objects that it may be a property of; none if that cannot be told.
        types: Vec<Box<str>>,
        property: Box<str>,
        /// Whether the object is surely one that this document creates.
        own: bool,
    },
}

impl Target {
    pub(super) fn of(type_name: &str, property: &str, own: bool) -> Self {
        Self::Property {
            types: vec![type_name.into()],
            property: property.into(),
            own,
        }
    }

    /// The property of that name of an object that cannot be told.
    pub(super) fn unknown(property: &str) -> Self {
        Self::Property {
            types: Vec::new(),
            property: property.into(),
            own: false,
        }
    }

    /// The property that a path leads to, from an object that cannot be told. Of the groups of
    /// Qt's own types one has the name of a file inside.
    pub(super) fn behind(path: &[&str], property: &str) -> Self {
        match path.last() {
            Some(&"icon") => Self::of("icon", property, false),
            _ => Self::unknown(property),
        }
    }
}

impl<'a> Collector<'a> {
    pub(super) fn binding(&mut self, node: Node<'a>) {
        let (Some(name), Some(value)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("value"),
        ) else {
            return;
        };
        let path: Vec<&str> = self.syntax.text(name).split('.').map(str::trim).collect();
        let Some((property, owners)) = path.split_last() else {
            return;
        };
        // `onClicked`: the value is code to run, never a string.
        let is_handler = property
            .strip_prefix("on")
            .is_some_and(|name| name.starts_with(char::is_uppercase));
        if !is_handler {
            for target in self.bound(owners, property) {
                self.write(target, Some(value));
            }
        }
    }

    pub(super) fn property(&mut self, node: Node<'a>) {
        let kind = node.child_by_field_name("type");
        let is_url = kind.is_some_and(|kind| self.syntax.text(kind) == "url");
        if let Some(value) = node.child_by_field_name("value") {
            let target = if is_url { Target::Url } else { Target::String };
            self.write(target, Some(value));
        }
    }

    pub(super) fn assignment(&mut self, node: Node<'a>) {
        let field = |name| node.child_by_field_name(name);
        let (Some(left), Some(right)) = (field("left"), field("right")) else {
            return;
        };
        let operator = field("operator").map(|operator| self.syntax.text(operator));
        match (node.kind(), operator) {
            ("assignment_expression", _) | (_, Some("??=" | "||=" | "&&=")) => {
                self.assign(left, Some(right));
            }
            (_, Some("+=")) => {
                let worth = self.worth(right).after_unknown();
                for target in self.assigned(left) {
                    self.record(target, &worth, false);
                }
            }
            // `for (image.source of list)`
            ("for_in_statement", _) if field("kind").is_none() => self.assign(left, None),
            _ => {}
        }
    }

    fn assign(&mut self, left: Node<'a>, value: Option<Node<'a>>) {
        let field = |name| left.child_by_field_name(name);
        match left.kind() {
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
            // `[image.source, name] = list`
            "array_pattern" | "object_pattern" => {
                let mut end = 0;
                for part in nodes(left) {
                    let is_part = matches!(
                        part.kind(),
                        "identifier"
                            | "shorthand_property_identifier_pattern"
                            | "member_expression"
                            | "subscript_expression"
                    );
                    if is_part && part.start_byte() >= end {
                        end = part.end_byte();
                        self.assign(part, None);
                    }
                }
            }
            _ => {
                for target in self.assigned(left) {
                    self.write(target, value);
                }
            }
        }
    }

    /// The properties that a name or `object.name` may be on the left of an assignment.
    fn assigned(&self, left: Node<'a>) -> Vec<Target> {
        let field = |name| left.child_by_field_name(name);
        match left.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                let name = self.syntax.text(left);
                match self.scope.is_variable(name) {
                    true => Vec::new(),
                    false => vec![self.around(&[], name)],
                }
            }
            "member_expression" => match (field("object"), field("property")) {
                (Some(object), Some(property)) => {
                    self.of_expression(object, self.syntax.text(property))
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// `object[key] = value`
    pub(super) fn keyed(&mut self, object: Node<'a>, key: Node<'a>, value: Option<Node<'a>>) {
        if key.kind() == "number" {
            return;
        }
        let keys = self.worth(key);
        for key in keys.literals() {
            let targets = match key.rsplit_once('.') {
                // The object may be the first properties of a new one.
                Some((path, property)) => vec![Target::behind(&[last_part(path)], property)],
                None => self.of_expression(object, key),
            };
            for target in targets {
                self.write(target, value);
            }
        }
        if !keys.is_known() && !self.is_data(object) {
            self.write_under_any_name(value);
        }
    }

    /// A property under a name that is not known, of an object that cannot be told.
    pub(super) fn write_under_any_name(&mut self, value: Option<Node<'a>>) {
        if value.is_none_or(|value| self.worth(value).unknown) {
            self.found.indirect = true;
            self.found.shown.sent.computed.insert(loading::ANY.into());
        }
    }

    /// `key: value` in an object literal, which may be the first properties of a new object.
    pub(super) fn pair(&mut self, node: Node<'a>) {
        let field = |name| node.child_by_field_name(name);
        if let (Some(key), Some(value)) = (field("key"), field("value")) {
            self.entry(key, value);
        }
    }

    /// `get source() { … }` in an object literal or class, or a field of a class.
    pub(super) fn member(&mut self, node: Node<'a>) {
        let field = |name| node.child_by_field_name(name);
        let mut cursor = node.walk();
        let is_value = node.kind() != "method_definition"
            || node
                .children(&mut cursor)
                .any(|child| self.syntax.text(child) == "get");
        let value = field("value").or_else(|| field("body"));
        if let (Some(name), Some(value), true) = (field("name"), value, is_value) {
            self.entry(name, value);
        }
    }

    /// A value under a key that is a name, a string, or computed: `[key]`.
    fn entry(&mut self, key: Node<'a>, value: Node<'a>) {
        let computed = match key.kind() {
            "computed_property_name" => key.named_child(0),
            _ => None,
        };
        let Some(computed) = computed else {
            let name = key_text(self.syntax, key);
            return self.write(first_property(&name), Some(value));
        };
        let keys = self.worth(computed);
        for key in keys.literals() {
            self.write(first_property(key), Some(value));
        }
        if keys.unknown {
            self.write_under_any_name(Some(value));
        }
    }

    /// Writes a value to a property, or something unknown if there is none.
    pub(super) fn write(&mut self, target: Target, value: Option<Node<'a>>) {
        let item = value.and_then(|value| value.named_child(0));
        if let Target::Property { property, .. } = &target {
            let is_item = item.is_some_and(|item| self.is_object(item));
            if is_item && property.as_ref() == "initialItem" {
                return;
            }
        }
        let worth = value.map_or_else(Values::unknown, |value| self.worth(value));
        let urls = match value.filter(|_| worth.unknown) {
            Some(value) => self.urls(value),
            None => Vec::new(),
        };
        self.record(target, &worth, !urls.is_empty());
        self.resolved.extend(urls);
    }

    fn record(&mut self, target: Target, worth: &Values, resolved: bool) {
        let named_files = || {
            let literals = worth.literals().filter(|text| may_name_file(text));
            literals.map(Box::from)
        };
        let (types, property, own) = match target {
            Target::Binding => {
                return self.record(Target::unknown("source"), &Values::unknown(), false);
            }
            Target::String if resolved => return self.compute(Computed::Anything),
            Target::String => return,
            // Qt 5 resolves it here, whoever uses it.
            Target::Url => {
                self.found.literals.extend(named_files());
                if worth.unknown {
                    self.compute(Computed::Anything);
                }
                return;
            }
            Target::Property {
                types,
                property,
                own,
            } => (types, property, own),
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
            self.found.literals.extend(named_files());
            if !own {
                let sent = &mut self.found.shown.sent;
                sent.patterns.extend(worth.patterns());
                sent.literals.extend(named_files());
                if worth.unknown {
                    let is_icon = types.iter().any(|name| name.as_ref() == loading::ICON);
                    let name = if is_icon { loading::ICON } else { &property };
                    sent.computed.insert(name.into());
                }
            }
        }
        if worth.unknown {
            self.found.writes.insert(Write {
                types,
                property,
                resolved,
            });
        }
    }

    /// The calls of `Qt.resolvedUrl` that an expression may be worth: they are judged by where
    /// the expression goes.
    fn urls(&self, expression: Node<'a>) -> Vec<usize> {
        let mut found = Vec::new();
        let mut end = 0;
        for node in nodes(expression) {
            if node.start_byte() < end {
                continue;
            }
            match node.kind() {
                // What is inside goes elsewhere.
                "array"
                | "arrow_function"
                | "function_expression"
                | "object"
                | "variable_declarator" => end = node.end_byte(),
                "call_expression" => {
                    end = node.end_byte();
                    let function = node.child_by_field_name("function");
                    let name = function.map(|function| last_name(self.syntax, function));
                    found.extend((name == Some("resolvedUrl")).then_some(node.id()));
                }
                _ => {}
            }
        }
        found
    }
}

/// The property under a key of an object literal: `"icon.source"` leads on.
fn first_property(key: &str) -> Target {
    match key.rsplit_once('.') {
        Some((path, property)) => Target::behind(&[last_part(path)], property.trim()),
        None => Target::unknown(key),
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path).trim()
}

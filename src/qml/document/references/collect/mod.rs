//! The walk through a document that gathers its references.

mod calls;
mod indirect;
mod strings;
mod targets;
mod writes;

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::enclosing::{Enclosing, Object};
use super::scope::Scope;
use super::values::{Values, values};
use super::{Computed, Owner, Property, PropertyKind, References, Write, WriteTarget};
use crate::qml::literal;
use crate::qml::syntax::{Syntax, nodes};
use strings::is_image;

/// Properties that every item has and no type can declare anew, so that no value of them is a
/// file name. Leaving them out keeps the lists short.
const NO_STRINGS: [&str; 10] = [
    "enabled", "focus", "height", "id", "opacity", "visible", "width", "x", "y", "z",
];

/// The references in a document that parses.
pub(in crate::qml::document) fn collect(syntax: &Syntax) -> References {
    if syntax.is_monstrous() {
        return References {
            computed: Computed::Anything,
            ..References::default()
        };
    }
    let mut collector = Collector {
        syntax,
        scope: Scope::of(syntax),
        around: Enclosing::new(syntax.root(), syntax.is_script()),
        left_side: None,
        owners: HashMap::new(),
        qualifiers: qualifiers(syntax),
        resolved: Vec::new(),
        found: References::default(),
    };
    let root = match syntax.is_script() {
        true => Some(syntax.root()),
        false => syntax.root().child_by_field_name("root"),
    };
    for node in root.into_iter().flat_map(nodes) {
        collector.around.enter(syntax, node);
        collector.visit(node);
    }
    collector.declared_properties();
    collector.found
}

struct Collector<'a> {
    syntax: &'a Syntax,
    scope: Scope<'a>,
    around: Enclosing<'a>,
    /// The left side of the last `+`, which is visited next: a part of the same string.
    left_side: Option<usize>,
    /// The objects whose properties are seen from outside, by where they begin.
    owners: HashMap<usize, Owner>,
    /// The names after `as` in imports.
    qualifiers: HashSet<&'a str>,
    /// Calls of `Qt.resolvedUrl` whose value is judged where it is written.
    resolved: Vec<usize>,
    found: References,
}

impl<'a> Collector<'a> {
    fn visit(&mut self, node: Node<'a>) {
        let text = self.syntax.text(node);
        match node.kind() {
            "string" => self.string(node, &literal::value(text).unwrap_or_default()),
            "string_fragment" if is_image(text) => {
                self.found.rich_text.computed |= is_template(node)
            }
            "template_string" => self.concatenation(node),
            "binary_expression" => self.binary(node),
            "ui_object_definition" | "ui_object_definition_binding" => self.object(),
            "ui_inline_component" => self.inline_component(node),
            "ui_binding" => {
                self.hold(node);
                self.binding(node);
            }
            "ui_property" => {
                self.hold(node);
                self.property(node);
            }
            "assignment_expression" => self.assignment(node),
            "augmented_assignment_expression" => self.augmented(node),
            "for_in_statement" => self.loop_variable(node),
            "pair" => self.pair(node),
            "method_definition" | "public_field_definition" => self.member(node),
            "shorthand_property_identifier" => self.shorthand(node),
            "call_expression" => self.call(node),
            "new_expression" => self.construct(node),
            "identifier" if text == "eval" => self.compute(Computed::Anything),
            "subscript_expression" => self.name_by_key(node),
            "property_identifier" => self.function_as_value(node),
            "shorthand_property_identifier_pattern" => self.function_as_value(node),
            _ => {}
        }
        let is_name = node.child_count() == 0 && node.kind().ends_with("identifier");
        if is_name && text.starts_with(char::is_uppercase) {
            self.found.names.insert(text.into());
        }
    }

    /// `Module["Theme"]`. Which name a computed key is, nobody can tell.
    fn name_by_key(&mut self, node: Node<'a>) {
        let (Some(object), Some(key)) = (
            node.child_by_field_name("object"),
            node.child_by_field_name("index"),
        ) else {
            return;
        };
        if !self.qualifiers.contains(self.syntax.text(object)) {
            return;
        }
        let keys = self.worth(key);
        self.found.names.extend(keys.literals().map(Box::from));
        if keys.unknown || keys.patterns().next().is_some() {
            self.compute(Computed::Anything);
        }
    }

    fn worth(&self, node: Node<'a>) -> Values {
        values(self.syntax, &self.scope, node)
    }

    fn object(&mut self) {
        let is_document = !self.syntax.is_script() && self.found.root.is_none();
        match self.around.objects.as_slice() {
            [object] if is_document => {
                self.found.root = Some(object.type_name.into());
                self.owners.insert(object.node.start_byte(), Owner::Root);
            }
            [.., outer, object] if outer.type_name == "Component" => {
                self.found.held.insert(object.type_name.into());
            }
            _ => {}
        }
    }

    fn inline_component(&mut self, node: Node<'a>) {
        let (Some(name), Some(object)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("component"),
        ) else {
            return;
        };
        let name: Box<str> = self.syntax.text(name).into();
        if let Some(type_name) = self.type_name(object) {
            self.found.components.insert(name.clone(), type_name.into());
        }
        self.owners
            .insert(object.start_byte(), Owner::Component(name));
    }

    /// Objects that are the value of a property: pages, delegates, backgrounds.
    fn hold(&mut self, node: Node<'a>) {
        let Some(value) = node.child_by_field_name("value") else {
            return;
        };
        let mut cursor = value.walk();
        let objects: Vec<Node<'a>> = match value.kind() {
            "ui_object_definition" => vec![value],
            "ui_object_array" => value.named_children(&mut cursor).collect(),
            _ => Vec::new(),
        };
        for object in objects {
            self.found
                .held
                .extend(self.type_name(object).map(Box::from));
        }
    }

    fn type_name(&self, object: Node<'a>) -> Option<&'a str> {
        let name = object.child_by_field_name("type_name")?;
        Some(last_part(self.syntax.text(name)).trim())
    }

    fn compute(&mut self, computed: Computed) {
        self.found.computed = self.found.computed.max(computed);
    }

    fn declared_properties(&mut self) {
        for (id, object) in self.scope.ids() {
            let type_name = object.type_name.into();
            self.found.ids.insert((id.into(), type_name));
        }
        for declared in self.scope.properties() {
            let kind = targets::kind(self.syntax, &self.scope, declared);
            if let PropertyKind::Alias {
                type_name,
                path,
                property,
            } = &kind
            {
                // From outside, anything may be written through it.
                self.found.writes.insert(Write {
                    target: WriteTarget::Of {
                        type_name: type_name.clone(),
                        path: path.clone(),
                        receiver: None,
                    },
                    property: property.clone(),
                    resolved: false,
                });
            }
            let aliased = targets::alias_path(self.syntax, declared);
            let mut aliased = aliased.first().into_iter();
            self.found.indirect |=
                declared.type_name == "alias" && aliased.any(|id| self.is_value_for_another(id));
            self.found.properties.insert(Property {
                name: declared.name.into(),
                kind,
                owner: self
                    .owners
                    .get(&declared.owner.node.start_byte())
                    .cloned()
                    .unwrap_or(Owner::Inner),
            });
        }
    }
}

fn qualifiers(syntax: &Syntax) -> HashSet<&str> {
    let mut cursor = syntax.root().walk();
    let imports = syntax.root().named_children(&mut cursor);
    imports
        .filter_map(|import| import.child_by_field_name("alias"))
        .map(|name| syntax.text(name))
        .collect()
}

/// Whether a written name is resolved here in every version of Qt.
fn is_own(target: &WriteTarget) -> bool {
    matches!(target, WriteTarget::Of { path, receiver: None, .. } if path.is_empty())
}

/// The source text of a property's value in an object's own bindings.
fn field<'a>(syntax: &'a Syntax, object: &Object<'a>, property: &str) -> Option<&'a str> {
    let members = object.node.child_by_field_name("initializer")?;
    let mut cursor = members.walk();
    let value = members.named_children(&mut cursor).find_map(|member| {
        let name = member.child_by_field_name("name")?;
        let is_it = member.kind() == "ui_binding" && syntax.text(name) == property;
        is_it.then(|| member.child_by_field_name("value")).flatten()
    })?;
    Some(syntax.text(value).trim_end_matches(';').trim())
}

fn is_template(fragment: Node<'_>) -> bool {
    fragment
        .parent()
        .is_some_and(|parent| parent.kind() == "template_string")
}

/// `onClicked`: the value is code to run, never a string.
fn is_handler(property: &str) -> bool {
    property.strip_prefix("on").is_some_and(starts_upper)
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

//! The walk through a document that gathers its references.

mod calls;
mod strings;
mod targets;
mod writes;

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::scope::{Object, Scope, enter};
use super::values::{Values, last_name, values};
use super::{Computed, Property, References, Type, Write};
use crate::qml::literal;
use crate::qml::loading;
use crate::qml::syntax::{Syntax, nodes};
use strings::is_image;

/// Types of objects that something can be pushed onto under the name of a document.
const STACKS: [&str; 3] = ["PageRow", "PageStack", "StackView"];

/// The references in a document that parses.
pub(in crate::qml::document) fn collect(syntax: &Syntax) -> References {
    if syntax.is_monstrous() {
        return References::unreadable();
    }
    let mut collector = Collector {
        syntax,
        scope: Scope::of(syntax),
        objects: Vec::new(),
        left_side: None,
        roots: HashMap::new(),
        resolved: HashSet::new(),
        found: References::default(),
    };
    let root = match syntax.is_script() {
        true => Some(syntax.root()),
        false => syntax.root().child_by_field_name("root"),
    };
    for node in root.into_iter().flat_map(nodes) {
        enter(&mut collector.objects, syntax, node);
        collector.visit(node);
    }
    collector.declare();
    collector.found
}

struct Collector<'a> {
    syntax: &'a Syntax,
    scope: Scope<'a>,
    /// Those around the place, the innermost last.
    objects: Vec<Object<'a>>,
    /// The left side of the last `+`, which is visited next: a part of the same string.
    left_side: Option<usize>,
    /// The objects whose properties are seen from outside, with the name of the type.
    roots: HashMap<usize, &'a str>,
    /// Calls of `Qt.resolvedUrl` whose value is judged where it is written.
    resolved: HashSet<usize>,
    found: References,
}

impl<'a> Collector<'a> {
    fn visit(&mut self, node: Node<'a>) {
        let text = self.syntax.text(node);
        match node.kind() {
            "string" => {
                let value = literal::value(text).unwrap_or_default();
                self.function_as_value(node, &value);
                self.string(node, &value);
            }
            "string_fragment" if is_image(text) => {
                let parent = node.parent().map(|parent| parent.kind());
                if parent == Some("template_string") {
                    self.rich_text(text, true);
                }
            }
            "template_string" => self.concatenation(node),
            "binary_expression" => self.binary(node),
            "ui_object_definition" if self.objects.len() == 1 && !self.syntax.is_script() => {
                self.define("", node);
            }
            "ui_inline_component" => {
                let field = |name| node.child_by_field_name(name);
                if let (Some(name), Some(object)) = (field("name"), field("component")) {
                    self.define(self.syntax.text(name), object);
                }
            }
            "ui_binding" => self.binding(node),
            "ui_property" => self.property(node),
            "assignment_expression" | "augmented_assignment_expression" | "for_in_statement" => {
                self.assignment(node);
            }
            "pair" => self.pair(node),
            "method_definition" | "public_field_definition" => self.member(node),
            "shorthand_property_identifier" => {
                self.write(writes::Target::unknown(text), Some(node));
            }
            "call_expression" => self.call(node),
            "new_expression" => {
                let constructor = node.child_by_field_name("constructor");
                if constructor.is_some_and(|name| last_name(self.syntax, name) == "Function") {
                    self.compute(Computed::Anything);
                }
            }
            // Any name may mean anything.
            "with_statement" => {
                self.compute(Computed::Anything);
                let sent = &mut self.found.shown.sent;
                sent.computed.insert(loading::ANY.into());
            }
            "identifier" if text == "eval" => self.compute(Computed::Anything),
            "property_identifier" | "shorthand_property_identifier_pattern" => {
                self.function_as_value(node, text);
            }
            _ => {}
        }
        let is_name = node.child_count() == 0 && node.kind().ends_with("identifier");
        if is_name && starts_upper(text) {
            self.found.names.insert(text.into());
        }
    }

    fn worth(&self, node: Node<'a>) -> Values {
        values(self.syntax, &self.scope, node)
    }

    fn compute(&mut self, computed: Computed) {
        self.found.computed = self.found.computed.max(computed);
    }

    /// Notes a type of this document, by its root object.
    fn define(&mut self, name: &'a str, object: Node<'a>) {
        let root = Object::at(self.syntax, object).map_or("", |object| object.type_name);
        let defined = Type {
            root: root.into(),
            ..Type::default()
        };
        self.found.shown.types.insert(name.into(), defined);
        self.roots.insert(object.id(), name);
    }

    /// Notes what the objects of the document declare. From outside, anything may be written
    /// through an alias.
    fn declare(&mut self) {
        let names = &self.found.names;
        self.found.shown.has_stack = STACKS.iter().any(|stack| names.contains(*stack));
        let mut found = std::mem::take(&mut self.found);
        for (name, declared) in &self.scope.properties {
            for declared in declared {
                let kind = self.kind(declared);
                found.indirect |= self.is_about_binding(declared);
                if let Property::Alias { types, property } = &kind {
                    found.writes.insert(Write {
                        types: types.clone(),
                        property: property.clone(),
                        resolved: false,
                    });
                }
                if kind != Property::Other {
                    found.shown.urls.insert(((*name).into(), kind.clone()));
                }
                let defined = self.roots.get(&declared.owner.node.id());
                if let Some(defined) = defined.and_then(|name| found.shown.types.get_mut(*name)) {
                    defined.properties.insert((*name).into(), kind);
                }
            }
        }
        self.found = found;
    }
}

/// A key of an object literal, as a name.
fn key_text(syntax: &Syntax, key: Node<'_>) -> String {
    let text = syntax.text(key);
    literal::value(text).unwrap_or_else(|| text.to_owned())
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

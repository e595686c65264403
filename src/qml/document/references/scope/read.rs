//! Reading the names of a document, node by node.

use std::ops::Range;

use tree_sitter::Node;

use super::super::enclosing::Enclosing;
use super::{Declared, Initial, Scope, Variable};
use crate::qml::syntax::{Syntax, nodes};

impl<'a> Scope<'a> {
    pub(super) fn read(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Enclosing<'a>) {
        match node.kind() {
            "ui_binding" => self.read_id(syntax, node, around),
            "ui_property" => self.read_property(syntax, node, around),
            "variable_declarator" => self.read_variable(syntax, node, around),
            "formal_parameters" | "catch_clause" => {
                self.read_parameters(syntax, node, around.function());
            }
            "arrow_function" => {
                if let Some(parameter) = node.child_by_field_name("parameter") {
                    self.declare(syntax, parameter, node.byte_range(), Initial::Unknown);
                }
            }
            "for_in_statement" => self.read_loop(syntax, node, around),
            "with_statement" => self.borrowed.push(node.byte_range()),
            "assignment_expression" | "augmented_assignment_expression" | "update_expression" => {
                self.read_assignment(syntax, node);
            }
            _ => {}
        }
    }

    fn read_id(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Enclosing<'a>) {
        let name = node
            .child_by_field_name("name")
            .map(|name| syntax.text(name));
        let value = node
            .child_by_field_name("value")
            .and_then(|value| value.named_child(0));
        if let (Some("id"), Some(value), Some(object)) = (name, value, around.objects.last()) {
            let objects = self.ids.entry(syntax.text(value)).or_default();
            objects.push(*object);
        }
    }

    fn read_property(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Enclosing<'a>) {
        let text = |field| {
            node.child_by_field_name(field)
                .map(|node| syntax.text(node))
        };
        let (Some(name), Some(type_name), Some(owner)) =
            (text("name"), text("type"), around.objects.last())
        else {
            return;
        };
        let mut cursor = node.walk();
        let read_only = node.children(&mut cursor).any(|child| {
            child.kind() == "ui_property_modifier" && syntax.text(child) == "readonly"
        });
        self.properties.entry(name).or_default().push(Declared {
            name,
            type_name,
            read_only,
            value: node.child_by_field_name("value"),
            owner: *owner,
        });
    }

    fn read_variable(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Enclosing<'a>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let keyword = around.declaration;
        let value = match (name.kind(), node.child_by_field_name("value")) {
            // Whoever imports a script can set its variables.
            _ if around.is_top_of_script() && keyword != "const" => Initial::Unknown,
            ("identifier", Some(value)) => Initial::Value(value),
            ("identifier", None) => Initial::None,
            _ => Initial::Unknown,
        };
        let range = match keyword {
            "var" => around.function(),
            _ => around.block(),
        };
        self.declare(syntax, name, range, value);
    }

    /// The variable of `for (… of list)`, which may have been declared before.
    fn read_loop(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Enclosing<'a>) {
        let Some(left) = node.child_by_field_name("left") else {
            return;
        };
        let keyword = node.child_by_field_name("kind");
        match keyword.map(|keyword| syntax.text(keyword)) {
            None => self.assign(syntax, left, node.start_byte(), None),
            Some("var") => self.declare(syntax, left, around.function(), Initial::Unknown),
            Some(_) => self.declare(syntax, left, node.byte_range(), Initial::Unknown),
        }
    }

    fn read_parameters(&mut self, syntax: &'a Syntax, node: Node<'a>, range: Range<usize>) {
        // Defaults are read as parameters too, which only makes their names unknown.
        let parameters = match node.kind() {
            "catch_clause" => node.child_by_field_name("parameter"),
            _ => Some(node),
        };
        if let Some(parameters) = parameters {
            self.declare(syntax, parameters, range, Initial::Unknown);
        }
    }

    /// Declares every name in a pattern.
    fn declare(
        &mut self,
        syntax: &'a Syntax,
        pattern: Node<'a>,
        range: Range<usize>,
        value: Initial<'a>,
    ) {
        let names = nodes(pattern).filter(|node| {
            matches!(
                node.kind(),
                "identifier" | "shorthand_property_identifier_pattern"
            )
        });
        for name in names {
            self.variables
                .entry(syntax.text(name))
                .or_default()
                .push(Variable {
                    range: range.clone(),
                    value,
                });
        }
    }

    fn read_assignment(&mut self, syntax: &'a Syntax, node: Node<'a>) {
        let target = ["left", "argument"]
            .iter()
            .find_map(|field| node.child_by_field_name(field));
        let Some(target) = target else { return };
        let value = match (node.kind(), target.kind()) {
            ("assignment_expression", "identifier") => node.child_by_field_name("right"),
            _ => None,
        };
        self.assign(syntax, target, node.start_byte(), value);
    }

    /// In a destructuring assignment every name changes in an unknown way.
    fn assign(&mut self, syntax: &'a Syntax, target: Node<'a>, at: usize, value: Option<Node<'a>>) {
        let names = nodes(target).filter(|node| {
            matches!(
                node.kind(),
                "identifier" | "shorthand_property_identifier_pattern"
            )
        });
        if matches!(
            target.kind(),
            "identifier" | "array_pattern" | "object_pattern" | "parenthesized_expression"
        ) {
            for name in names {
                let assignments = self.assignments.entry(syntax.text(name)).or_default();
                assignments.push((at, value));
            }
        }
    }
}

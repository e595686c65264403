//! Walking an expression for the strings that it may be worth.

use std::cell::Cell;

use tree_sitter::Node;

use super::super::scope::{Meaning, Scope};
use super::{Values, last_name};
use crate::qml::literal;
use crate::qml::syntax::{Syntax, nodes};

/// How deep an expression is followed, and how many parts of it are looked at. What is beyond is
/// unknown.
const MOST_STEPS: usize = 40;
const MOST_PARTS: usize = 400;

pub(super) struct Evaluation<'s, 'a> {
    syntax: &'a Syntax,
    scope: &'s Scope<'a>,
    parts_left: Cell<usize>,
}

impl<'s, 'a> Evaluation<'s, 'a> {
    pub(super) fn new(syntax: &'a Syntax, scope: &'s Scope<'a>) -> Self {
        Self {
            syntax,
            scope,
            parts_left: Cell::new(MOST_PARTS),
        }
    }

    pub(super) fn of(&self, node: Node<'a>) -> Values {
        self.expression(node, MOST_STEPS)
    }

    fn expression(&self, node: Node<'a>, steps: usize) -> Values {
        let left = self.parts_left.get().checked_sub(1);
        let (Some(steps), Some(left)) = (steps.checked_sub(1), left) else {
            return Values::unknown();
        };
        self.parts_left.set(left);
        let child = |field| node.child_by_field_name(field);
        let worth = |node: Option<Node<'a>>| {
            node.map_or_else(Values::unknown, |node| self.expression(node, steps))
        };
        match node.kind() {
            "string" => {
                literal::value(self.syntax.text(node)).map_or_else(Values::unknown, Values::text)
            }
            "template_string" => self.template(node, steps),
            "binary_expression" => self.binary(node, steps),
            "ternary_expression" => worth(child("consequence")).or(worth(child("alternative"))),
            "assignment_expression" => worth(child("right")),
            "expression_statement"
            | "parenthesized_expression"
            | "non_null_expression"
            | "as_expression" => worth(first_named(node)),
            "call_expression" => self.call(node, steps),
            "identifier" | "shorthand_property_identifier" => {
                self.meaning(self.scope.variable(self.syntax.text(node)), steps)
            }
            "member_expression" => match (child("object"), child("property")) {
                (Some(object), Some(property)) => {
                    let (id, name) = (self.syntax.text(object), self.syntax.text(property));
                    self.meaning(self.scope.member(id, name), steps)
                }
                _ => Values::unknown(),
            },
            // `["a.png", "b.png"][i]`
            "subscript_expression" => match child("object") {
                Some(array) if array.kind() == "array" => {
                    let mut cursor = array.walk();
                    let elements = array.named_children(&mut cursor);
                    self.one_of(elements, steps)
                }
                _ => Values::unknown(),
            },
            "statement_block" | "if_statement" | "switch_statement" | "try_statement" => {
                self.one_of(results(node).into_iter(), steps / 2)
            }
            "number"
            | "true"
            | "false"
            | "null"
            | "undefined"
            | "regex"
            | "this"
            | "object"
            | "array"
            | "arrow_function"
            | "function_expression"
            | "unary_expression"
            | "update_expression"
            | "ui_object_definition"
            | "ui_object_array"
            | "comment" => Values::nothing(),
            _ => Values::unknown(),
        }
    }

    fn one_of(&self, values: impl Iterator<Item = Node<'a>>, steps: usize) -> Values {
        values
            .map(|value| self.expression(value, steps))
            .fold(Values::nothing(), Values::or)
    }

    fn template(&self, node: Node<'a>, steps: usize) -> Values {
        let mut whole = Values::text(String::new());
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            let part = match part.kind() {
                "template_substitution" => first_named(part)
                    .map_or_else(Values::unknown, |inner| self.expression(inner, steps)),
                _ => Values::text(literal::unescape(self.syntax.text(part))),
            };
            whole = whole.then(part);
        }
        whole.settled()
    }

    /// A chain of `+` leans to the left and may be long, so it is walked, not recursed into.
    fn binary(&self, node: Node<'a>, steps: usize) -> Values {
        let operator = |node: Node<'a>| {
            let operator = node.child_by_field_name("operator");
            operator.map_or("", |operator| self.syntax.text(operator))
        };
        let mut operands = Vec::new();
        let mut left = Some(node);
        while let Some(inner) = left.filter(|inner| {
            inner.kind() == "binary_expression" && operator(*inner) == operator(node)
        }) {
            operands.extend(inner.child_by_field_name("right"));
            left = inner.child_by_field_name("left");
        }
        operands.extend(left);
        let mut worth = operands
            .iter()
            .rev()
            .map(|operand| self.expression(*operand, steps));
        let first = worth.next().unwrap_or_default();
        match operator(node) {
            "+" => worth.fold(first, Values::then).settled(),
            "||" | "??" => worth.fold(first, Values::or),
            // The left side is the result only if it is false or empty.
            "&&" => worth.next_back().unwrap_or(first),
            _ => Values::nothing(),
        }
    }

    fn call(&self, node: Node<'a>, steps: usize) -> Values {
        let field = |node: Node<'a>, name| node.child_by_field_name(name);
        let Some(function) = field(node, "function") else {
            return Values::unknown();
        };
        let argument = field(node, "arguments").and_then(first_named);
        let object = field(function, "object");
        let worth = |node: Option<Node<'a>>| {
            node.map_or_else(Values::unknown, |node| self.expression(node, steps))
        };
        let receiver = object.map(|object| self.syntax.text(object));
        match (receiver, last_name(self.syntax, function)) {
            (Some("Qt"), "resolvedUrl" | "url") => worth(argument),
            (Some("Qt"), "binding") => worth(argument.and_then(|body| field(body, "body"))),
            (Some(_), "arg") => worth(object).with_gaps(),
            (None, "String") => worth(argument).made_string(),
            (Some(_), "toString") => worth(object).made_string(),
            _ => Values::unknown(),
        }
    }

    fn meaning(&self, meaning: Meaning<'a>, steps: usize) -> Values {
        match meaning {
            Meaning::Unknown => Values::unknown(),
            Meaning::NoString => Values::nothing(),
            Meaning::OneOf(values) => self.one_of(values.into_iter(), steps / 2),
        }
    }
}

/// What a block or a statement may be worth as a binding: what it returns and, unless it ends
/// with that, its other expressions.
fn results(block: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = block.walk();
    let statements = block.named_children(&mut cursor);
    let last = statements.filter(|node| node.kind() != "comment").last();
    let returns_only = last.is_some_and(|last| last.kind() == "return_statement");
    let mut found = Vec::new();
    let mut end_of_function = 0;
    for inner in nodes(block) {
        if inner.start_byte() < end_of_function {
            continue;
        }
        match inner.kind() {
            "arrow_function" | "function_expression" | "function_declaration" => {
                end_of_function = inner.end_byte();
            }
            "return_statement" => found.extend(first_named(inner)),
            "expression_statement" if !returns_only => found.push(inner),
            _ => {}
        }
    }
    found
}

fn first_named(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    let mut children = node.named_children(&mut cursor);
    children.find(|child| child.kind() != "comment")
}

//! Walking an expression for the strings that it may be worth.

use std::cell::Cell;

use tree_sitter::Node;

use super::super::scope::{Meaning, Scope};
use super::{MOST_PARTS, Values, last_name, with_gaps};
use crate::qml::literal;
use crate::qml::syntax::{Syntax, nodes};

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

    pub(super) fn expression(&self, node: Node<'a>, steps: usize) -> Values {
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
            "sequence_expression" => worth(last_named(node)),
            "expression_statement"
            | "parenthesized_expression"
            | "non_null_expression"
            | "as_expression" => worth(first_named(node)),
            "call_expression" => self.call(node, steps),
            "identifier" => self.meaning(
                self.scope
                    .meaning(self.syntax.text(node), node.start_byte()),
                steps,
            ),
            "member_expression" => self.member(node, steps),
            "subscript_expression" => self.element(node, steps),
            "statement_block" | "if_statement" | "switch_statement" | "try_statement"
            | "with_statement" => self.block(node, steps),
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
            | "generator_function"
            | "class"
            | "unary_expression"
            | "update_expression"
            | "empty_statement"
            | "ui_object_definition"
            | "ui_object_array"
            | "comment" => Values::nothing(),
            _ => Values::unknown(),
        }
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
        let mut operands = Vec::new();
        let mut left = Some(node);
        let operator = self.operator(node);
        while let Some(inner) = left.filter(|inner| {
            inner.kind() == "binary_expression" && self.operator(*inner) == operator
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
        match operator {
            "+" => worth.fold(first, Values::then).settled(),
            "||" | "??" => worth.fold(first, Values::or),
            // The left side is the result only if it is false or empty.
            "&&" => worth.next_back().unwrap_or(first),
            _ => Values::nothing(),
        }
    }

    fn operator(&self, node: Node<'a>) -> &'a str {
        node.child_by_field_name("operator")
            .map(|operator| self.syntax.text(operator))
            .unwrap_or_default()
    }

    fn call(&self, node: Node<'a>, steps: usize) -> Values {
        let Some(function) = node.child_by_field_name("function") else {
            return Values::unknown();
        };
        let argument = node.child_by_field_name("arguments").and_then(first_named);
        let object = function.child_by_field_name("object");
        let worth = |node: Option<Node<'a>>| {
            node.map_or_else(Values::unknown, |node| self.expression(node, steps))
        };
        match (
            object.map(|object| self.syntax.text(object)),
            last_name(self.syntax, function),
        ) {
            (Some("Qt"), "resolvedUrl" | "url") => worth(argument),
            (None, "String") => worth(argument).made_string(),
            (Some("Qt"), "binding") => {
                let body = argument.and_then(|function| function.child_by_field_name("body"));
                worth(body)
            }
            (Some(_), "arg") => with_gaps(worth(object)),
            (Some(_), "toString") => worth(object).made_string(),
            _ => Values::unknown(),
        }
    }

    fn member(&self, node: Node<'a>, steps: usize) -> Values {
        let (Some(object), Some(property)) = (
            node.child_by_field_name("object"),
            node.child_by_field_name("property"),
        ) else {
            return Values::unknown();
        };
        let (id, name) = (self.syntax.text(object), self.syntax.text(property));
        self.meaning(self.scope.member(id, name, node.start_byte()), steps)
    }

    pub(super) fn meaning(&self, meaning: Meaning<'a>, steps: usize) -> Values {
        match meaning {
            Meaning::Unknown => Values::unknown(),
            Meaning::NoString => Values::nothing(),
            Meaning::OneOf(values) => values
                .into_iter()
                .map(|value| self.expression(value, steps / 2))
                .fold(Values::nothing(), Values::or),
        }
    }

    /// `["a.png", "b.png"][i]`
    fn element(&self, node: Node<'a>, steps: usize) -> Values {
        let array = node
            .child_by_field_name("object")
            .filter(|object| object.kind() == "array");
        let Some(array) = array else {
            return Values::unknown();
        };
        let mut cursor = array.walk();
        array
            .named_children(&mut cursor)
            .map(|element| self.expression(element, steps))
            .fold(Values::nothing(), Values::or)
    }

    /// What a binding is worth that is a block or a statement: what it returns, or else what
    /// its last expression is worth, which may be any of them.
    fn block(&self, node: Node<'a>, steps: usize) -> Values {
        let statements = statements(node);
        let returns = statements
            .iter()
            .any(|statement| statement.kind() == "return_statement");
        let mut worth = Values::nothing();
        for statement in statements {
            let is_return = statement.kind() == "return_statement";
            let is_silent =
                |value: &Node<'a>| self.is_silent(*value, returns && !is_at_end(statement, node));
            let value = first_named(statement).filter(|value| is_return || !is_silent(value));
            if let Some(value) = value {
                worth = worth.or(self.expression(value, steps / 2));
            }
        }
        worth
    }

    /// Whether an expression is only there for its effect.
    fn is_silent(&self, expression: Node<'a>, goes_on: bool) -> bool {
        match expression.kind() {
            "call_expression" => goes_on || self.syntax.text(expression).starts_with("console."),
            "assignment_expression" | "augmented_assignment_expression" => goes_on,
            _ => false,
        }
    }
}

/// The statements of a block that may be its result, without those of functions inside it.
fn statements(block: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut end_of_function = 0;
    for inner in nodes(block) {
        if inner.start_byte() < end_of_function {
            continue;
        }
        match inner.kind() {
            "arrow_function"
            | "function_expression"
            | "function_declaration"
            | "generator_function"
            | "generator_function_declaration"
            | "method_definition" => end_of_function = inner.end_byte(),
            "return_statement" | "expression_statement" => found.push(inner),
            _ => {}
        }
    }
    found
}

/// Whether nothing is executed in a block after a statement, at least for all that can be told
/// of loops and the like.
fn is_at_end(statement: Node<'_>, block: Node<'_>) -> bool {
    let mut inner = statement;
    while inner != block {
        let Some(outer) = inner.parent() else {
            return true;
        };
        if outer.kind() == "statement_block" && last_named(outer) != Some(inner) {
            return false;
        }
        inner = outer;
    }
    true
}

fn first_named(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    let mut children = node.named_children(&mut cursor);
    children.find(|child| child.kind() != "comment")
}

fn last_named(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    let children = node.named_children(&mut cursor);
    children.filter(|child| child.kind() != "comment").last()
}

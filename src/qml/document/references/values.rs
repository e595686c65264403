//! Which strings an expression may be worth.

use tree_sitter::Node;

use super::Pattern;
use super::scope::{Meaning, Scope};
use crate::qml::literal;
use crate::qml::syntax::{Syntax, nodes};

/// How deep an expression is followed, and how many strings one is taken apart into.
const MOST_STEPS: usize = 40;
const MOST_ALTERNATIVES: usize = 16;

/// A string, in parts; `None` is a part that is not known.
type Text = Vec<Option<String>>;

/// What an expression may be worth. What is no string, an object or a number, is left out.
#[derive(Default)]
pub(super) struct Values {
    texts: Vec<Text>,
    /// Whether it may also be a string of which nothing is known.
    pub(super) unknown: bool,
}

impl Values {
    fn nothing() -> Self {
        Self::default()
    }

    pub(super) fn unknown() -> Self {
        Self {
            texts: Vec::new(),
            unknown: true,
        }
    }

    fn text(text: String) -> Self {
        Self {
            texts: vec![vec![Some(text)]],
            unknown: false,
        }
    }

    fn or(mut self, other: Self) -> Self {
        self.unknown |= other.unknown;
        self.texts.extend(other.texts);
        if self.texts.len() > MOST_ALTERNATIVES {
            return Self::unknown();
        }
        self
    }

    /// The alternatives as parts of a longer string, where a number or an object is a string
    /// too, but not one that is known.
    fn into_parts(self) -> Vec<Text> {
        let mut texts = self.texts;
        if self.unknown || texts.is_empty() {
            texts.push(vec![None]);
        }
        texts
    }

    /// This string followed by `other`; [`Values::settled`] has the last word.
    fn then(self, other: Self) -> Self {
        let (heads, tails) = (self.into_parts(), other.into_parts());
        if heads.len() * tails.len() > MOST_ALTERNATIVES {
            return Self::unknown();
        }
        let joined = heads.iter().flat_map(|head| {
            tails
                .iter()
                .map(move |tail| [head.as_slice(), tail].concat())
        });
        Self {
            texts: joined.collect(),
            unknown: false,
        }
    }

    /// Joins neighbouring parts; a string whose known parts say nothing is unknown.
    fn settled(self) -> Self {
        let (texts, vague): (Vec<Text>, Vec<Text>) = self
            .texts
            .into_iter()
            .map(joined)
            .partition(|text| text.iter().all(Option::is_some) || is_telling(text));
        Self {
            texts,
            unknown: self.unknown || !vague.is_empty(),
        }
    }

    /// The strings that are known as a whole.
    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().filter_map(|text| match text.as_slice() {
            [Some(whole)] => Some(whole.as_str()),
            _ => None,
        })
    }

    /// The strings that are known in part.
    pub(super) fn patterns(&self) -> impl Iterator<Item = Pattern> {
        let partial = self.texts.iter().filter(|text| text.len() > 1);
        partial.map(|text| Pattern {
            parts: text
                .iter()
                .flatten()
                .map(|part| part.as_str().into())
                .collect(),
            anchored: text.first().is_some_and(Option::is_some),
            complete: text.last().is_some_and(Option::is_some),
        })
    }
}

/// Whether the known parts narrow down the name of a file. A slash alone does not.
fn is_telling(text: &Text) -> bool {
    text.iter()
        .flatten()
        .any(|part| part.chars().any(char::is_alphanumeric))
}

fn joined(text: Text) -> Text {
    let mut out: Text = Vec::new();
    for part in text {
        match (out.last_mut(), part) {
            (Some(Some(last)), Some(part)) => last.push_str(&part),
            (Some(None), None) => {}
            (_, part) => out.push(part),
        }
    }
    out.retain(|part| part.as_deref() != Some(""));
    out
}

/// What `node` may be worth.
pub(super) fn values<'a>(syntax: &'a Syntax, scope: &Scope<'a>, node: Node<'a>) -> Values {
    Evaluation { syntax, scope }.expression(node, MOST_STEPS)
}

/// What the variable that `node` names may be worth: the shorthand `{ source }`.
pub(super) fn named<'a>(syntax: &'a Syntax, scope: &Scope<'a>, node: Node<'a>) -> Values {
    let meaning = scope.meaning(syntax.text(node), node.start_byte());
    Evaluation { syntax, scope }.meaning(meaning, MOST_STEPS)
}

struct Evaluation<'s, 'a> {
    syntax: &'a Syntax,
    scope: &'s Scope<'a>,
}

impl<'a> Evaluation<'_, 'a> {
    fn expression(&self, node: Node<'a>, steps: usize) -> Values {
        let Some(steps) = steps.checked_sub(1) else {
            return Values::unknown();
        };
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
            | "as_expression" => worth(node.named_child(0)),
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
                "template_substitution" => part
                    .named_child(0)
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
        let argument = node
            .child_by_field_name("arguments")
            .and_then(|arguments| arguments.named_child(0));
        let object = function.child_by_field_name("object");
        let worth = |node: Option<Node<'a>>| {
            node.map_or_else(Values::unknown, |node| self.expression(node, steps))
        };
        match (
            object.map(|object| self.syntax.text(object)),
            last_name(self.syntax, function),
        ) {
            (Some("Qt"), "resolvedUrl" | "url") | (None, "String") => worth(argument),
            (Some("Qt"), "binding") => {
                let body = argument.and_then(|function| function.child_by_field_name("body"));
                worth(body)
            }
            (Some(_), "arg") => with_gaps(worth(object)),
            (Some(_), "toString") => worth(object),
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

    fn meaning(&self, meaning: Meaning<'a>, steps: usize) -> Values {
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
        let mut worth = Values::nothing();
        let mut end_of_function = 0;
        let returns = nodes(node).any(|inner| inner.kind() == "return_statement");
        for inner in nodes(node) {
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
                "return_statement" | "expression_statement" => {
                    let is_return = inner.kind() == "return_statement";
                    let value = inner
                        .named_child(0)
                        .filter(|value| is_return || !self.is_silent(*value, returns));
                    if let Some(value) = value {
                        worth = worth.or(self.expression(value, steps / 2));
                    }
                }
                _ => {}
            }
        }
        worth
    }

    /// Whether an expression is only there for its effect.
    fn is_silent(&self, expression: Node<'a>, block_returns: bool) -> bool {
        match expression.kind() {
            "call_expression" => {
                block_returns || self.syntax.text(expression).starts_with("console.")
            }
            "assignment_expression" | "augmented_assignment_expression" => block_returns,
            _ => false,
        }
    }
}

/// The strings after `.arg(…)`: `%1` and its like stand for something unknown.
fn with_gaps(values: Values) -> Values {
    let texts = values.texts.into_iter().map(|text| {
        let parts = text.into_iter().flat_map(|part| match part {
            Some(part) => gaps(&part),
            None => vec![None],
        });
        parts.collect()
    });
    Values {
        texts: texts.collect(),
        unknown: values.unknown,
    }
    .settled()
}

fn gaps(part: &str) -> Text {
    let mut out = Vec::new();
    for (index, piece) in part.split('%').enumerate() {
        let rest = piece.trim_start_matches('L');
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        match index {
            0 => out.push(Some(piece.to_owned())),
            _ if after.len() < rest.len() => {
                out.push(None);
                // At most two digits belong to the marker; which ones is not worth telling.
                out.push(Some(after.to_owned()));
            }
            _ => out.push(Some(format!("%{piece}"))),
        }
    }
    out
}

fn last_named(node: Node<'_>) -> Option<Node<'_>> {
    let last = u32::try_from(node.named_child_count())
        .ok()?
        .checked_sub(1)?;
    node.named_child(last)
}

/// The name that a function is called by: `createComponent` for `Qt.createComponent`.
pub(super) fn last_name<'a>(syntax: &'a Syntax, function: Node<'a>) -> &'a str {
    let name = match function.kind() {
        "member_expression" => function.child_by_field_name("property"),
        _ => Some(function),
    };
    name.map(|name| syntax.text(name)).unwrap_or_default()
}

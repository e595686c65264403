//! Calls of functions that load files, and references hidden in their arguments.

use tree_sitter::Node;

use super::super::values::{last_name, values};
use super::super::{Computed, Pattern, Receiver, References};
use super::Collector;
use super::strings::is_path_like;
use crate::qml::document::{Language, parse};
use crate::qml::loading;

impl<'a> Collector<'a> {
    pub(super) fn call(&mut self, node: Node<'a>) {
        let Some(function) = node.child_by_field_name("function") else {
            return;
        };
        let arguments = arguments(node);
        let first = arguments.first().copied();
        match last_name(self.syntax, function) {
            "arg" => self.concatenation(node),
            "createQmlObject" => self.inner_document(first),
            "eval" | "Function" => self.compute(Computed::Anything),
            "push" | "replace" | "pushItem" | "replaceCurrentItem" => {
                self.push(function, &arguments);
            }
            // With a name in its place it finds the component in a module.
            "createComponent"
                if arguments
                    .get(1)
                    .is_some_and(|second| second.kind() == "string") =>
            {
                self.compute(Computed::Anything);
            }
            "resolvedUrl" if self.resolved.contains(&node.id()) => self.base(first),
            "resolvedUrl" => {
                self.load(first, Computed::Anything);
                self.base(first);
            }
            "open" => self.load(arguments.get(1).copied(), loading::by_function("open")),
            "import" => self.load(first, Computed::Anything),
            "drawImage" | "createPattern" if first.is_some_and(|first| self.is_object(first)) => {}
            name => self.load(first, loading::by_function(name)),
        }
    }

    fn load(&mut self, argument: Option<Node<'a>>, computed: Computed) {
        let Some(argument) = argument.filter(|_| computed > Computed::No) else {
            return;
        };
        let worth = self.worth(argument);
        self.found.patterns.extend(worth.patterns());
        if worth.unknown {
            self.compute(computed);
        }
    }

    /// `Qt.resolvedUrl("img")` may be the beginning of longer names, anywhere.
    fn base(&mut self, argument: Option<Node<'a>>) {
        let Some(argument) = argument else {
            return self.compute(Computed::Anything);
        };
        let worth = values(self.syntax, &self.scope, argument);
        for text in worth.literals() {
            let file = text.split(['?', '#']).next().unwrap_or(text);
            let has_suffix =
                is_path_like(file) && !file.ends_with('/') && last_segment(file).contains('.');
            match file.trim_start_matches(['.', '/']) {
                "" => self.found.computed = Computed::Anything,
                _ if has_suffix => {}
                _ => {
                    self.found.patterns.insert(Pattern {
                        parts: vec![file.into()],
                        anchored: true,
                        complete: false,
                    });
                }
            }
        }
    }

    /// Onto a `StackView`, or onto an array. The second argument of a known page holds its
    /// properties.
    fn push(&mut self, function: Node<'a>, arguments: &[Node<'a>]) {
        let receiver = function.child_by_field_name("object");
        if receiver.is_some_and(|receiver| self.is_data(receiver)) {
            return;
        }
        let receiver = receiver.map_or(Receiver::Root, |receiver| self.receiver(receiver));
        let replaces = last_name(self.syntax, function).starts_with("replace");
        let kind = |at: usize| arguments.get(at).map_or("", |argument| argument.kind());
        let properties = match (kind(0), kind(1)) {
            // `text.replace(/…/, by)` and `text.replace(what, found => by)`.
            ("regex", _) | (_, "arrow_function" | "function_expression") if replaces => return,
            // `text.replace(what, "by")`, or the item to replace before the page.
            (_, "string" | "template_string") if replaces => 0,
            ("string", _) => 1,
            _ if replaces => 2,
            _ => 1,
        };
        for (index, page) in arguments.iter().enumerate() {
            if index != properties {
                self.page(*page, &receiver);
            }
        }
    }

    pub(super) fn is_data(&self, receiver: Node<'a>) -> bool {
        let name = self.syntax.text(receiver);
        let at = receiver.start_byte();
        let own = match name.split_once('.') {
            Some((id, property)) if !self.scope.objects(id, at).is_empty() => property,
            _ => name,
        };
        self.scope.is_data(self.syntax, own, at)
    }

    fn page(&mut self, argument: Node<'a>, receiver: &Receiver) {
        match argument.kind() {
            "array" => {
                let mut cursor = argument.walk();
                let elements: Vec<_> = argument.named_children(&mut cursor).collect();
                elements
                    .into_iter()
                    .for_each(|element| self.page(element, receiver));
            }
            // The form of Qt Quick Controls 1: `{ item: …, properties: … }`.
            "object" => {
                let mut cursor = argument.walk();
                let item = argument.named_children(&mut cursor).find(|pair| {
                    pair.child_by_field_name("key")
                        .is_some_and(|key| self.syntax.text(key) == "item")
                });
                if let Some(value) = item.and_then(|pair| pair.child_by_field_name("value")) {
                    self.page(value, receiver);
                }
            }
            _ if self.is_object(argument) => {}
            _ => {
                let worth = self.worth(argument);
                self.found.patterns.extend(worth.patterns());
                if worth.unknown {
                    self.found.pushes.insert(receiver.clone());
                }
            }
        }
    }

    pub(super) fn is_object(&self, argument: Node<'a>) -> bool {
        argument.kind() == "identifier"
            && self
                .scope
                .is_object(self.syntax.text(argument), argument.start_byte())
    }

    /// The calls of `Qt.resolvedUrl` that an expression may be worth.
    pub(super) fn judged_here(&self, expression: Node<'a>) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![expression];
        while let Some(node) = open.pop() {
            match node.kind() {
                "call_expression" => {
                    let function = node.child_by_field_name("function");
                    let name = function.map(|function| last_name(self.syntax, function));
                    found.extend((name == Some("resolvedUrl")).then_some(node.id()));
                }
                "expression_statement"
                | "parenthesized_expression"
                | "ternary_expression"
                | "binary_expression"
                | "statement_block"
                | "if_statement"
                | "else_clause"
                | "switch_statement"
                | "switch_body"
                | "switch_case"
                | "switch_default"
                | "return_statement"
                | "as_expression" => {
                    let mut cursor = node.walk();
                    open.extend(node.named_children(&mut cursor));
                }
                _ => {}
            }
        }
        found
    }

    /// The text given to `Qt.createQmlObject`.
    fn inner_document(&mut self, text: Option<Node<'a>>) {
        let worth = text
            .map(|text| self.worth(text))
            .filter(|worth| !worth.unknown);
        let Some(worth) = worth.filter(|worth| worth.patterns().next().is_none()) else {
            return self.compute(Computed::Anything);
        };
        for text in worth.literals() {
            match references_inside(text) {
                Some(inner) => self.found.absorb(inner),
                None => self.compute(Computed::Anything),
            }
        }
    }

    /// `var make = Qt.createComponent`: from there on it may be called with anything.
    pub(super) fn function_as_value(&mut self, name: Node<'a>) {
        let text = self.syntax.text(name);
        let loads = matches!(
            text,
            "createComponent" | "createQmlObject" | "resolvedUrl" | "setSource"
        );
        if loads && !is_called(name) {
            self.compute(Computed::Anything);
        }
    }
}

/// Whether the member of that name is called on the spot. Looking upwards is slow, so it is
/// asked last.
fn is_called(name: Node<'_>) -> bool {
    let member = name.parent();
    let call = member.and_then(|member| member.parent());
    call.is_some_and(|call| {
        call.kind() == "call_expression" && call.child_by_field_name("function") == member
    })
}

fn references_inside(text: &str) -> Option<References> {
    let inner = parse(Language::Qml, text);
    inner.syntax_error.is_none().then_some(References {
        imports: inner.imports,
        ..inner.references
    })
}

fn arguments(call: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = call.child_by_field_name("arguments") else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter(|argument| argument.kind() != "comment")
        .collect()
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

//! Calls of functions that load files, and references hidden in their arguments.

use tree_sitter::Node;

use super::super::values::{last_name, values};
use super::super::{Computed, Pattern, Receiver};
use super::Collector;
use super::strings::{is_path_like, may_name_file};
use super::writes::Given;
use crate::qml::literal;
use crate::qml::loading;

impl<'a> Collector<'a> {
    pub(super) fn call(&mut self, node: Node<'a>) {
        let Some(function) = node.child_by_field_name("function") else {
            return;
        };
        let arguments = arguments(node);
        let first = nth(&arguments, 0);
        match last_name(self.syntax, function) {
            "" => self.call_by_key(function, &arguments),
            "arg" => self.concatenation(node),
            "assign" => self.assign_all(&arguments),
            // What stands in the text is left to observation.
            "createQmlObject" | "eval" | "Function" => self.compute(Computed::Anything),
            "push" | "replace" | "pushItem" | "pushItems" | "replaceCurrentItem" => {
                self.push(function, &arguments);
            }
            "createComponent" if self.is_of_module(&arguments) => self.compute(Computed::Anything),
            "resolvedUrl" if self.resolved.contains(&node.id()) => self.base(first),
            "resolvedUrl" => {
                self.load(first, Computed::Anything);
                self.base(first);
            }
            "open" => self.load(nth(&arguments, 1), loading::by_function("open")),
            "import" => self.load(first, Computed::Anything),
            "set" => self.reflect(function, &arguments),
            "drawImage" | "createPattern" if first.is_some_and(|first| self.is_object(first)) => {}
            name => self.load(first, loading::by_function(name)),
        }
    }

    /// `object[name](…)`, which may load a file under any name.
    fn call_by_key(&mut self, function: Node<'a>, arguments: &[Node<'a>]) {
        let field = |name| function.child_by_field_name(name);
        let (Some(object), Some(key)) = (field("object"), field("index")) else {
            return;
        };
        if self.syntax.text(object) == "Qt" {
            self.compute(Computed::Anything);
        } else if !arguments.is_empty() && key.kind() != "number" && !self.is_data(object) {
            self.found.indirect = true;
        }
    }

    /// `var make = Qt.createComponent`: from there on it may be called with anything.
    pub(super) fn function_as_value(&mut self, name: Node<'a>) {
        let text = self.syntax.text(name);
        let loads = is_loader(text);
        if !loads && !is_pusher(text) && loading::by_function(text) == Computed::No {
            return;
        }
        // Looking upwards is slow, so it is done last.
        let Some(parent) = name.parent() else { return };
        let is_pattern = name.kind() == "shorthand_property_identifier_pattern";
        if !is_pattern && !matches!(parent.kind(), "member_expression" | "pair_pattern") {
            return;
        }
        let call = parent.parent();
        let call = call.filter(|call| call.kind() == "call_expression");
        let is_called =
            call.is_some_and(|call| call.child_by_field_name("function") == Some(parent));
        match (is_called, loads) {
            (true, _) => {}
            (false, true) => self.compute(Computed::Anything),
            // Mostly a flag: `menu.open`.
            (false, false) => self.found.indirect = true,
        }
    }

    /// A literal that is the name of such a function, if it is no key that is looked at already.
    pub(super) fn function_in_string(&mut self, node: Node<'a>, value: &str) {
        let is_key = |parent: Node<'a>| matches!(parent.kind(), "subscript_expression" | "pair");
        if is_loader(value) && !node.parent().is_some_and(is_key) {
            self.compute(Computed::Anything);
        }
    }

    /// Whether `createComponent` is called with the name of a module and of a type in it, to
    /// which no file name leads.
    fn is_of_module(&self, arguments: &[Node<'a>]) -> bool {
        let (Some(first), Some(second)) = (nth(arguments, 0), nth(arguments, 1)) else {
            return false;
        };
        if second.kind() == "string" {
            return true;
        }
        let (module, second) = (self.worth(first), self.worth(second));
        let may_be_module = |name: &str| !name.contains('/') && !name.ends_with(".qml");
        module.literals().any(may_be_module)
            && (second.unknown || second.literals().next().is_some())
    }

    /// `Object.assign(image, { source: … })`
    fn assign_all(&mut self, arguments: &[Node<'a>]) {
        let Some((target, sources)) = arguments.split_first() else {
            return;
        };
        // What a script calls `this` is no object of QML.
        let is_this = self.syntax.is_script() && target.kind() == "this";
        if is_this || target.kind() == "object" || self.is_data(*target) {
            return;
        }
        let receiver = self.receiver(*target);
        for source in sources {
            if source.kind() != "object" {
                self.write_any(&receiver);
                continue;
            }
            let mut cursor = source.walk();
            for pair in source.named_children(&mut cursor) {
                let field = |name| pair.child_by_field_name(name);
                match (field("key"), field("value")) {
                    (Some(key), Some(value)) => self.entry(key, value, &receiver),
                    _ => self.write_any(&receiver),
                }
            }
        }
    }

    /// `Reflect.set(image, "source", …)`
    fn reflect(&mut self, function: Node<'a>, arguments: &[Node<'a>]) {
        let object = function.child_by_field_name("object");
        let is_it = object.is_some_and(|object| self.syntax.text(object) == "Reflect");
        if let ([target, key, value], true) = (arguments, is_it) {
            self.keyed(*target, *key, Given::Value(*value));
        }
    }

    /// `new Function(text)`
    pub(super) fn construct(&mut self, node: Node<'a>) {
        let constructor = node.child_by_field_name("constructor");
        if constructor.is_some_and(|name| last_name(self.syntax, name) == "Function") {
            self.compute(Computed::Anything);
        }
    }

    fn load(&mut self, argument: Option<Node<'a>>, computed: Computed) {
        let Some(argument) = argument.filter(|_| computed > Computed::No) else {
            return;
        };
        let worth = self.worth(argument);
        self.found.patterns.extend(worth.patterns());
        let literals = worth.literals().filter(|text| may_name_file(text));
        self.found.literals.extend(literals.map(Box::from));
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
            if index != properties || page.kind() == "spread_element" {
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
                let is_item = |pair: &Node<'a>| {
                    let key = pair.child_by_field_name("key").unwrap_or(*pair);
                    let text = self.syntax.text(key);
                    literal::value(text).as_deref().unwrap_or(text) == "item"
                };
                let item = argument.named_children(&mut cursor).find(is_item);
                match item.and_then(|pair| pair.child_by_field_name("value")) {
                    Some(value) => self.page(value, receiver),
                    None if item.is_some() => {
                        self.found.pushes.insert(receiver.clone());
                    }
                    None => {}
                }
            }
            _ if self.is_object(argument) => {}
            _ => {
                let worth = self.worth(argument);
                self.found.patterns.extend(worth.patterns());
                if worth.unknown || self.is_data(argument) {
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
}

/// An argument, or the `...list` that it may be in.
fn nth<'a>(arguments: &[Node<'a>], at: usize) -> Option<Node<'a>> {
    let mut before = arguments.iter().take(at + 1);
    let spread = before.find(|argument| argument.kind() == "spread_element");
    spread.or(arguments.get(at)).copied()
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

/// Functions that load files, or name them for others.
fn is_loader(name: &str) -> bool {
    matches!(
        name,
        "createComponent" | "createQmlObject" | "include" | "resolvedUrl" | "setSource"
    )
}

fn is_pusher(name: &str) -> bool {
    matches!(
        name,
        "push" | "pushItem" | "pushItems" | "replace" | "replaceCurrentItem"
    )
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

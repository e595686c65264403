//! Calls of functions that load files, and references hidden in their arguments.

use tree_sitter::Node;

use super::super::values::last_name;
use super::super::{Computed, Pattern};
use super::strings::{has_suffix, may_name_file};
use super::{Collector, key_text};
use crate::qml::loading;

/// Functions of a `StackView`, and of other stacks of pages.
const PUSHES: [&str; 5] = [
    "push",
    "pushItem",
    "pushItems",
    "replace",
    "replaceCurrentItem",
];

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
            // What stands in the text is left to observation.
            "createQmlObject" | "eval" | "Function" => self.compute(Computed::Anything),
            name if PUSHES.contains(&name) => self.push(function, &arguments),
            "createComponent" if self.is_of_module(&arguments) => self.compute(Computed::Anything),
            "resolvedUrl" => {
                if !self.resolved.contains(&node.id()) {
                    self.load(first, Computed::Anything);
                }
                self.base(first);
            }
            "import" => self.load(first, Computed::Anything),
            "open" => self.load(nth(&arguments, 1), loading::by_function("open")),
            "assign" => self.set_any(first),
            "set" => {
                let object = function.child_by_field_name("object");
                if object.is_some_and(|object| self.syntax.text(object) == "Reflect") {
                    self.set_any(first);
                }
            }
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

    /// A function that loads files, by its name and not called there: from then on it may be
    /// called with anything.
    pub(super) fn function_as_value(&mut self, node: Node<'a>, name: &str) {
        let computed = loading::by_function(name);
        if computed == Computed::No && !PUSHES.contains(&name) {
            return;
        }
        // Looking upwards is slow, so it is done last.
        let Some(parent) = node.parent() else { return };
        let is_value = match node.kind() {
            "string" => !matches!(parent.kind(), "subscript_expression" | "pair"),
            "property_identifier" => matches!(parent.kind(), "member_expression" | "pair_pattern"),
            _ => true,
        };
        let call = parent
            .parent()
            .filter(|call| call.kind() == "call_expression");
        let is_called =
            call.is_some_and(|call| call.child_by_field_name("function") == Some(parent));
        match computed {
            _ if is_called || !is_value => {}
            Computed::Anything => self.compute(Computed::Anything),
            // Mostly a flag, or a word: `menu.open`.
            _ => self.found.indirect |= node.kind() != "string",
        }
    }

    /// Whether `createComponent` is called with the name of a module and of a type in it, to
    /// which no file name leads.
    fn is_of_module(&self, arguments: &[Node<'a>]) -> bool {
        let module = arguments.first().map(|module| self.worth(*module));
        let may_be_module = |name: &str| !name.contains('/') && !name.ends_with(".qml");
        let is_named = module.is_some_and(|module| module.literals().any(may_be_module));
        is_named && arguments.len() > 1
    }

    /// `Object.assign(image, …)`, `Reflect.set(image, …)`
    fn set_any(&mut self, object: Option<Node<'a>>) {
        // What a script calls `this` is no object of QML.
        let is_data = object.is_none_or(|object| {
            let is_this = self.syntax.is_script() && object.kind() == "this";
            is_this || object.kind() == "object" || self.is_data(object)
        });
        if !is_data {
            self.compute(Computed::Anything);
            self.write_under_any_name(None);
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
        for text in self.worth(argument).literals() {
            let file = text.split(['?', '#']).next().unwrap_or(text);
            if file.trim_start_matches(['.', '/']).is_empty() {
                self.compute(Computed::Anything);
            } else if !has_suffix(file) {
                self.found.patterns.insert(Pattern {
                    parts: vec![file.into()],
                    anchored: true,
                    complete: false,
                });
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
                self.page(*page);
            }
        }
    }

    fn page(&mut self, argument: Node<'a>) {
        let mut cursor = argument.walk();
        match argument.kind() {
            "array" => {
                let elements: Vec<_> = argument.named_children(&mut cursor).collect();
                elements.into_iter().for_each(|element| self.page(element));
            }
            // The form of Qt Quick Controls 1: `{ item: …, properties: … }`.
            "object" => {
                let mut entries = argument.named_children(&mut cursor);
                self.found.pushes |= entries.any(|entry| {
                    let key = entry.child_by_field_name("key").unwrap_or(entry);
                    key_text(self.syntax, key) == "item"
                });
            }
            _ if self.is_object(argument) => {}
            _ => {
                let worth = self.worth(argument);
                self.found.patterns.extend(worth.patterns());
                self.found.pushes |= worth.unknown || self.is_data(argument);
            }
        }
    }

    pub(super) fn is_object(&self, argument: Node<'a>) -> bool {
        argument.kind() == "identifier" && self.scope.is_object(self.syntax.text(argument))
    }

    /// Whether something is an array or a map.
    pub(super) fn is_data(&self, receiver: Node<'a>) -> bool {
        let name = self.syntax.text(receiver);
        let own = match name.split_once('.') {
            Some((id, property)) if !self.scope.objects(id).is_empty() => property,
            _ => name,
        };
        self.scope.is_data(self.syntax, own)
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

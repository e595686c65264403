//! Calls of functions that load files, and references hidden in their arguments.

use tree_sitter::Node;

use super::super::values::{last_name, values};
use super::super::{Computed, Pattern, References};
use super::{Collector, is_path_like};
use crate::qml::document::{Document, Language, Target, parse};
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
        let is_array = receiver.is_some_and(|receiver| {
            let name = self.syntax.text(receiver);
            let own = name.split_once('.').map_or(name, |(id, property)| {
                match self.scope.object(id, receiver.start_byte()) {
                    Some(_) => property,
                    None => name,
                }
            });
            self.scope.is_array(own, receiver.start_byte())
        });
        // `text.replace(/…/, …)` and `text.replace("a", b)`.
        let is_text = last_name(self.syntax, function) == "replace"
            && arguments
                .first()
                .is_some_and(|first| first.kind() == "regex");
        if is_array || is_text {
            return;
        }
        let replaces = last_name(self.syntax, function).starts_with("replace");
        for (index, argument) in arguments.iter().enumerate() {
            let are_properties = index == 1 && !(replaces && self.is_page(arguments[0]));
            if !are_properties {
                self.page(*argument);
            }
        }
    }

    /// Whether the first argument of `replace` may be the item to replace.
    fn is_page(&self, argument: Node<'a>) -> bool {
        argument.kind() != "string"
    }

    fn page(&mut self, argument: Node<'a>) {
        match argument.kind() {
            "array" => {
                let mut cursor = argument.walk();
                let elements: Vec<_> = argument.named_children(&mut cursor).collect();
                elements.into_iter().for_each(|element| self.page(element));
            }
            // The form of Qt Quick Controls 1: `{ item: …, properties: … }`.
            "object" => {
                let mut cursor = argument.walk();
                let item = argument.named_children(&mut cursor).find(|pair| {
                    pair.child_by_field_name("key")
                        .is_some_and(|key| self.syntax.text(key) == "item")
                });
                if let Some(value) = item.and_then(|pair| pair.child_by_field_name("value")) {
                    self.page(value);
                }
            }
            _ if self.is_object(argument) => {}
            _ => {
                let worth = self.worth(argument);
                self.found.patterns.extend(worth.patterns());
                self.found.pushes |= worth.unknown;
            }
        }
    }

    pub(super) fn is_object(&self, argument: Node<'a>) -> bool {
        argument.kind() == "identifier"
            && self
                .scope
                .is_object(self.syntax.text(argument), argument.start_byte())
    }

    /// The text given to `Qt.createQmlObject`. Its imports have to be of Qt: those of the tree
    /// are not followed from here.
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
    let inner: Document = parse(Language::Qml, text);
    let of_qt = |target: &Target| matches!(target, Target::Module(uri) if uri.starts_with("Qt"));
    let clear =
        inner.syntax_error.is_none() && inner.imports.iter().all(|import| of_qt(&import.target));
    clear.then_some(inner.references)
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

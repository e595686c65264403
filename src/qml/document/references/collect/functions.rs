//! Functions that load files, handed on instead of called.

use tree_sitter::Node;

use super::super::Computed;
use super::Collector;
use crate::qml::loading;

impl<'a> Collector<'a> {
    /// `var make = Qt.createComponent`: from there on it may be called with anything.
    pub(super) fn function_as_value(&mut self, name: Node<'a>) {
        let text = self.syntax.text(name);
        let loads = is_loader(text);
        let pushes = is_pusher(text);
        let opens = !loads && loading::by_function(text) > Computed::No;
        // Looking upwards is slow, so it is done last.
        if !(loads || pushes || opens) {
            return;
        }
        let Some(parent) = name.parent() else { return };
        if parent.kind() == "pair_pattern" && loads {
            return self.compute(Computed::Anything);
        }
        if parent.kind() != "member_expression" || is_called(parent) {
            return;
        }
        if loads {
            self.compute(Computed::Anything);
        } else if opens && self.is_handed_on(parent) {
            self.compute(loading::by_function(text));
        } else if pushes {
            let object = parent.child_by_field_name("object");
            let object = object.filter(|object| object.kind() != "array" && !self.is_data(*object));
            let receiver = object.map(|object| self.receiver(object));
            self.found.pushes.extend(receiver);
        }
    }

    /// `const { createComponent } = Qt`
    pub(super) fn function_by_name(&mut self, name: Node<'a>) {
        if is_loader(self.syntax.text(name)) {
            self.compute(Computed::Anything);
        }
    }

    /// A literal that is the name of such a function, if it is no key that is looked at already.
    pub(super) fn function_in_string(&mut self, node: Node<'a>, value: &str) {
        let is_key = |parent: Node<'a>| matches!(parent.kind(), "subscript_expression" | "pair");
        if is_loader(value) && !node.parent().is_some_and(is_key) {
            self.compute(Computed::Anything);
        }
    }

    /// Whether a function is kept under another name or called by another one, rather than a
    /// property of that name read: `menu.open` is mostly a flag.
    fn is_handed_on(&self, function: Node<'a>) -> bool {
        let Some(parent) = function.parent() else {
            return false;
        };
        match parent.kind() {
            "variable_declarator" | "arguments" => true,
            "member_expression" => parent
                .child_by_field_name("property")
                .is_some_and(|name| matches!(self.syntax.text(name), "apply" | "bind" | "call")),
            _ => false,
        }
    }
}

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

/// Whether a member is called on the spot.
fn is_called(member: Node<'_>) -> bool {
    member.parent().is_some_and(|call| {
        call.kind() == "call_expression" && call.child_by_field_name("function") == Some(member)
    })
}

//! Where a node is: the objects, functions and blocks around it.

use std::ops::Range;

use tree_sitter::Node;

use crate::qml::syntax::Syntax;

/// An object of the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    /// The last part of its type's name. A grouped property, `font { … }`, has a lower-case one.
    pub(super) type_name: &'a str,
    pub(super) node: Node<'a>,
}

impl<'a> Object<'a> {
    /// The object that a node is.
    pub(super) fn at(syntax: &'a Syntax, node: Node<'a>) -> Option<Self> {
        let is_object = matches!(
            node.kind(),
            "ui_object_definition" | "ui_object_definition_binding" | "ui_annotation"
        );
        is_object.then(|| {
            let type_name = node.child_by_field_name("type_name");
            let name = type_name.map(|name| syntax.text(name)).unwrap_or_default();
            let type_name = name.rsplit('.').next().unwrap_or(name).trim();
            Self { type_name, node }
        })
    }

    /// The outermost object that is surely in the same component: the value of a property may
    /// be a component of its own.
    pub(super) fn component(&self, syntax: &'a Syntax) -> Node<'a> {
        let mut outermost = self.node;
        let mut node = self.node;
        while let Some(outer) = node.parent() {
            match outer.kind() {
                "ui_inline_component" | "ui_binding" | "ui_property" => break,
                _ => match Self::at(syntax, outer) {
                    Some(object) if object.type_name == "Component" => break,
                    Some(object) => outermost = object.node,
                    None => {}
                },
            }
            node = outer;
        }
        outermost
    }
}

/// The objects, functions and blocks around a node, while nodes are visited in order.
pub(super) struct Enclosing<'a> {
    root: Node<'a>,
    pub(super) objects: Vec<Object<'a>>,
    functions: Vec<Range<usize>>,
    blocks: Vec<Range<usize>>,
    /// The keyword of the last declaration: `var`, `let`, `const`.
    pub(super) declaration: &'a str,
    is_script: bool,
}

impl<'a> Enclosing<'a> {
    pub(super) fn new(root: Node<'a>, is_script: bool) -> Self {
        Self {
            root,
            objects: Vec::new(),
            functions: Vec::new(),
            blocks: Vec::new(),
            declaration: "",
            is_script,
        }
    }

    /// A script is parsed as the body of a function.
    pub(super) fn is_top_of_script(&self) -> bool {
        self.is_script && self.functions.len() == 1
    }

    pub(super) fn enter(&mut self, syntax: &'a Syntax, node: Node<'a>) {
        let at = node.start_byte();
        while self
            .objects
            .last()
            .is_some_and(|object| object.node.end_byte() <= at)
        {
            self.objects.pop();
        }
        leave(&mut self.functions, at);
        leave(&mut self.blocks, at);
        self.objects.extend(Object::at(syntax, node));
        match node.kind() {
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
            | "ui_binding"
            | "ui_property" => {
                self.functions.push(node.byte_range());
                self.blocks.push(node.byte_range());
            }
            "variable_declaration" | "lexical_declaration" => {
                self.declaration = node
                    .child(0)
                    .map(|word| syntax.text(word))
                    .unwrap_or_default();
            }
            "statement_block" | "for_statement" | "for_in_statement" | "switch_body"
            | "catch_clause" => self.blocks.push(node.byte_range()),
            _ => {}
        }
    }

    pub(super) fn function(&self) -> Range<usize> {
        self.functions
            .last()
            .cloned()
            .unwrap_or(self.root.byte_range())
    }

    pub(super) fn block(&self) -> Range<usize> {
        self.blocks
            .last()
            .cloned()
            .unwrap_or(self.root.byte_range())
    }
}

fn leave(ranges: &mut Vec<Range<usize>>, at: usize) {
    while ranges.last().is_some_and(|range| range.end <= at) {
        ranges.pop();
    }
}

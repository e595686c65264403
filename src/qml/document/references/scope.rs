//! What the names inside one document stand for, as far as that can be read off: ids,
//! declared properties, and the variables of its JavaScript.

use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::Node;

use crate::qml::syntax::{Syntax, nodes};

/// An object of the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    /// The last part of its type's name. A grouped property, `font { … }`, has a lower-case one.
    pub(super) type_name: &'a str,
    pub(super) node: Node<'a>,
}

/// A property that an object declares.
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    pub(super) type_name: &'a str,
    pub(super) read_only: bool,
    pub(super) value: Option<Node<'a>>,
    /// The object that declares it.
    owner: usize,
    pub(super) of_root: bool,
}

/// A variable or parameter, and the part of the source in which its name means it.
struct Variable<'a> {
    range: Range<usize>,
    value: Initial<'a>,
}

#[derive(Clone, Copy)]
enum Initial<'a> {
    /// Given by a caller, a loop or a pattern.
    Unknown,
    None,
    Value(Node<'a>),
}

#[derive(Default)]
pub(super) struct Scope<'a> {
    ids: HashMap<&'a str, Object<'a>>,
    properties: HashMap<&'a str, Vec<Declared<'a>>>,
    variables: HashMap<&'a str, Vec<Variable<'a>>>,
    /// Assignments to a bare name; `None` for one that is not a plain `=`.
    assignments: HashMap<&'a str, Vec<(usize, Option<Node<'a>>)>>,
}

/// What an unqualified name may be worth.
pub(super) enum Meaning<'a> {
    /// No string: an object, a component, a number.
    NoString,
    /// One of these.
    OneOf(Vec<Node<'a>>),
    Unknown,
}

impl<'a> Scope<'a> {
    pub(super) fn of(syntax: &'a Syntax) -> Self {
        let mut scope = Self::default();
        let mut surroundings = Surroundings::new(syntax.root(), syntax.is_script());
        for node in syntax.nodes() {
            surroundings.enter(syntax, node);
            scope.read(syntax, node, &surroundings);
        }
        scope
    }

    /// The object that `id` stands for at `at`.
    pub(super) fn object(&self, id: &str, at: usize) -> Option<Object<'a>> {
        self.ids
            .get(id)
            .filter(|_| self.variable(id, at).is_none())
            .copied()
    }

    pub(super) fn properties(&self) -> impl Iterator<Item = &Declared<'a>> {
        self.properties.values().flatten()
    }

    /// What a bare name means at `at`, if it is a variable. Any other name may be that of a
    /// model's role or of a property in a context outside this document.
    pub(super) fn meaning(&self, name: &str, at: usize) -> Meaning<'a> {
        match self.variable(name, at) {
            Some(variable) => self.worth(name, variable),
            None => Meaning::Unknown,
        }
    }

    /// Whether a bare name at `at` is that of an object or of a property that holds no string.
    pub(super) fn is_object(&self, name: &str, at: usize) -> bool {
        let no_string =
            |declared: &Vec<Declared<'a>>| matches!(meaning_of(declared), Meaning::NoString);
        self.variable(name, at).is_none()
            && (self.ids.contains_key(name) || self.properties.get(name).is_some_and(no_string))
    }

    /// What `id.name` means at `at`.
    pub(super) fn member(&self, id: &str, name: &str, at: usize) -> Meaning<'a> {
        let Some(object) = self.object(id, at) else {
            return Meaning::Unknown;
        };
        let owner = object.node.start_byte();
        let declared = self.properties.get(name).into_iter().flatten();
        meaning_of(declared.filter(|declared| declared.owner == owner))
    }

    pub(super) fn is_variable(&self, name: &str, at: usize) -> bool {
        self.variable(name, at).is_some()
    }

    /// Whether a variable or property of this name is an array from the start.
    pub(super) fn is_array(&self, name: &str, at: usize) -> bool {
        if let Some(variable) = self.variable(name, at) {
            return matches!(variable.value, Initial::Value(value) if is_array(value));
        }
        let declared = self.properties.get(name).map_or(&[][..], Vec::as_slice);
        !declared.is_empty()
            && declared
                .iter()
                .all(|declared| declared.value.is_some_and(is_array))
    }

    fn variable(&self, name: &str, at: usize) -> Option<&Variable<'a>> {
        let variables = self.variables.get(name)?;
        variables
            .iter()
            .filter(|variable| variable.range.contains(&at))
            .min_by_key(|variable| variable.range.len())
    }

    fn worth(&self, name: &str, variable: &Variable<'a>) -> Meaning<'a> {
        let mut values = match variable.value {
            Initial::Unknown => return Meaning::Unknown,
            Initial::None => Vec::new(),
            Initial::Value(value) => vec![value],
        };
        let assignments = self.assignments.get(name).into_iter().flatten();
        for (at, value) in assignments {
            match value {
                _ if !variable.range.contains(at) => {}
                Some(value) => values.push(*value),
                None => return Meaning::Unknown,
            }
        }
        Meaning::OneOf(values)
    }

    fn read(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Surroundings<'a>) {
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
            "for_in_statement" => {
                if let Some(left) = node.child_by_field_name("left") {
                    self.declare(syntax, left, node.byte_range(), Initial::Unknown);
                }
            }
            "assignment_expression" | "augmented_assignment_expression" | "update_expression" => {
                self.read_assignment(syntax, node);
            }
            _ => {}
        }
    }

    fn read_id(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Surroundings<'a>) {
        let name = node
            .child_by_field_name("name")
            .map(|name| syntax.text(name));
        let value = node
            .child_by_field_name("value")
            .and_then(|value| value.named_child(0));
        if let (Some("id"), Some(value), Some(object)) = (name, value, around.objects.last()) {
            self.ids.insert(syntax.text(value), *object);
        }
    }

    fn read_property(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Surroundings<'a>) {
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
            owner: owner.node.start_byte(),
            of_root: around.objects.len() == 1,
        });
    }

    fn read_variable(&mut self, syntax: &'a Syntax, node: Node<'a>, around: &Surroundings<'a>) {
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
        // In a destructuring assignment every name changes in an unknown way.
        let names = nodes(target).filter(|node| {
            matches!(
                node.kind(),
                "identifier" | "shorthand_property_identifier_pattern"
            )
        });
        if matches!(
            target.kind(),
            "identifier" | "array_pattern" | "object_pattern"
        ) {
            for name in names {
                let assignments = self.assignments.entry(syntax.text(name)).or_default();
                assignments.push((node.start_byte(), value));
            }
        }
    }
}

fn meaning_of<'s, 'a: 's>(declared: impl IntoIterator<Item = &'s Declared<'a>>) -> Meaning<'a> {
    let mut values = Vec::new();
    let mut any = false;
    for declared in declared {
        any = true;
        let may_be_string = matches!(
            declared.type_name,
            "string" | "url" | "var" | "variant" | "alias"
        );
        match declared.value {
            _ if !may_be_string => {}
            Some(value) if declared.read_only => values.push(value),
            _ => return Meaning::Unknown,
        }
    }
    match any {
        false => Meaning::Unknown,
        true if values.is_empty() => Meaning::NoString,
        true => Meaning::OneOf(values),
    }
}

fn is_array(value: Node<'_>) -> bool {
    match value.kind() {
        "array" | "ui_object_array" => true,
        "expression_statement" | "parenthesized_expression" => {
            value.named_child(0).is_some_and(is_array)
        }
        _ => false,
    }
}

/// The objects, functions and blocks around a node, while nodes are visited in order.
pub(super) struct Surroundings<'a> {
    root: Node<'a>,
    pub(super) objects: Vec<Object<'a>>,
    functions: Vec<Range<usize>>,
    blocks: Vec<Range<usize>>,
    /// The keyword of the last declaration: `var`, `let`, `const`.
    declaration: &'a str,
    is_script: bool,
}

impl<'a> Surroundings<'a> {
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
    fn is_top_of_script(&self) -> bool {
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
        match node.kind() {
            "ui_object_definition" | "ui_object_definition_binding" | "ui_annotation" => {
                let type_name = node.child_by_field_name("type_name");
                let name = type_name.map(|name| syntax.text(name)).unwrap_or_default();
                let type_name = name.rsplit('.').next().unwrap_or(name).trim();
                self.objects.push(Object { type_name, node });
            }
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

    fn function(&self) -> Range<usize> {
        self.functions
            .last()
            .cloned()
            .unwrap_or(self.root.byte_range())
    }

    fn block(&self) -> Range<usize> {
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

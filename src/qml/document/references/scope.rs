//! What the names inside one document stand for, as far as that can be read off: ids,
//! declared properties, and the variables of its JavaScript.

mod read;

use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::Node;

use super::surroundings::{Object, Surroundings};
use crate::qml::syntax::Syntax;

/// A property that an object declares.
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    pub(super) type_name: &'a str,
    pub(super) read_only: bool,
    pub(super) value: Option<Node<'a>>,
    /// The object that declares it.
    pub(super) owner: usize,
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

    /// The object that an id stands for, wherever it is.
    pub(super) fn by_id(&self, id: &str) -> Option<Object<'a>> {
        self.ids.get(id).copied()
    }

    /// What an object declares under a name.
    pub(super) fn declared(&self, object: &Object<'a>, name: &str) -> Option<&Declared<'a>> {
        let owner = object.node.start_byte();
        let declared = self.properties.get(name)?;
        declared.iter().find(|declared| declared.owner == owner)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = (&'a str, Object<'a>)> {
        self.ids.iter().map(|(id, object)| (*id, *object))
    }

    /// The value that a variable begins with.
    pub(super) fn initial(&self, name: &str, at: usize) -> Option<Node<'a>> {
        match self.variable(name, at)?.value {
            Initial::Value(value) => Some(value),
            Initial::Unknown | Initial::None => None,
        }
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

    /// Whether a variable or property of this name is a JavaScript object from the start, an array
    /// or a map: no object of QML.
    pub(super) fn is_data(&self, syntax: &Syntax, name: &str, at: usize) -> bool {
        if let Some(variable) = self.variable(name, at) {
            return matches!(variable.value, Initial::Value(value) if is_data(syntax, value));
        }
        let declared = self.properties.get(name).map_or(&[][..], Vec::as_slice);
        !declared.is_empty()
            && declared
                .iter()
                .all(|declared| declared.value.is_some_and(|value| is_data(syntax, value)))
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

fn is_data(syntax: &Syntax, value: Node<'_>) -> bool {
    match value.kind() {
        "array" | "object" | "new_expression" | "ui_object_array" => true,
        "call_expression" => value
            .child_by_field_name("function")
            .and_then(|function| function.child_by_field_name("property"))
            .is_some_and(|method| makes_array(syntax.text(method))),
        "expression_statement" | "parenthesized_expression" => value
            .named_child(0)
            .is_some_and(|value| is_data(syntax, value)),
        _ => false,
    }
}

/// Whether a method of this name gives an array, of strings and arrays alike.
fn makes_array(method: &str) -> bool {
    matches!(
        method,
        "concat"
            | "entries"
            | "filter"
            | "flat"
            | "from"
            | "keys"
            | "map"
            | "reverse"
            | "slice"
            | "sort"
            | "splice"
            | "split"
            | "values"
    )
}

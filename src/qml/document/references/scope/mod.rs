//! What the names inside one document stand for, as far as that can be read off: ids,
//! declared properties, and the variables of its JavaScript.

mod read;

use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::Node;

use super::enclosing::{Enclosing, Object};
use crate::qml::syntax::Syntax;

/// A property that an object declares.
#[derive(Clone)]
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    pub(super) type_name: &'a str,
    pub(super) read_only: bool,
    pub(super) value: Option<Node<'a>>,
    /// The object that declares it.
    pub(super) owner: Object<'a>,
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
    /// An id can be there once in every component.
    ids: HashMap<&'a str, Vec<Object<'a>>>,
    properties: HashMap<&'a str, Vec<Declared<'a>>>,
    variables: HashMap<&'a str, Vec<Variable<'a>>>,
    /// Assignments to a bare name; `None` for one that is not a plain `=`.
    assignments: HashMap<&'a str, Vec<(usize, Option<Node<'a>>)>>,
    /// The bodies of `with` statements.
    borrowed: Vec<Range<usize>>,
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
        let mut enclosing = Enclosing::new(syntax.root(), syntax.is_script());
        for node in syntax.nodes() {
            enclosing.enter(syntax, node);
            scope.read(syntax, node, &enclosing);
        }
        scope
    }

    /// The objects that `id` may stand for at `at`.
    pub(super) fn objects(&self, id: &str, at: usize) -> &[Object<'a>] {
        match self.is_variable(id, at) {
            true => &[],
            false => self.by_id(id),
        }
    }

    /// The objects that an id may stand for, wherever it is.
    pub(super) fn by_id(&self, id: &str) -> &[Object<'a>] {
        self.ids.get(id).map_or(&[], Vec::as_slice)
    }

    /// What an object declares under a name.
    pub(super) fn declared(&self, object: &Object<'a>, name: &str) -> Option<&Declared<'a>> {
        let declared = self.properties.get(name)?;
        declared
            .iter()
            .find(|declared| declared.owner.node == object.node)
    }

    pub(super) fn ids<'s>(&'s self) -> impl Iterator<Item = (&'a str, Object<'a>)> + 's {
        let each = |(id, objects): (&&'a str, &'s Vec<Object<'a>>)| {
            let id = *id;
            objects.iter().map(move |object| (id, *object))
        };
        self.ids.iter().flat_map(each)
    }

    /// The value that a variable has, from the beginning and for good.
    pub(super) fn constant(&self, name: &str, at: usize) -> Option<Node<'a>> {
        match self.meaning(name, at) {
            Meaning::OneOf(values) => match values.as_slice() {
                [value] => Some(*value),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn properties(&self) -> impl Iterator<Item = &Declared<'a>> {
        self.properties.values().flatten()
    }

    /// What a bare name means at `at`, if it is a variable. Any other name may be that of a
    /// model's role or of a property in a context outside this document.
    pub(super) fn meaning(&self, name: &str, at: usize) -> Meaning<'a> {
        if self.is_borrowed(at) {
            return Meaning::Unknown;
        }
        let worth = self
            .variables(name, at)
            .map(|variable| self.worth(name, variable));
        worth.reduce(Meaning::or).unwrap_or(Meaning::Unknown)
    }

    /// Whether a bare name at `at` is that of an object or of a property that holds no string.
    pub(super) fn is_object(&self, name: &str, at: usize) -> bool {
        let no_string =
            |declared: &Vec<Declared<'a>>| matches!(meaning_of(declared), Meaning::NoString);
        !self.is_borrowed(at)
            && !self.is_variable(name, at)
            && (self.ids.contains_key(name) || self.properties.get(name).is_some_and(no_string))
    }

    /// What `id.name` means at `at`.
    pub(super) fn member(&self, id: &str, name: &str, at: usize) -> Meaning<'a> {
        if self.is_borrowed(at) {
            return Meaning::Unknown;
        }
        let objects = self.objects(id, at).iter();
        let meanings = objects.map(|object| meaning_of(self.declared(object, name)));
        meanings.reduce(Meaning::or).unwrap_or(Meaning::Unknown)
    }

    pub(super) fn is_variable(&self, name: &str, at: usize) -> bool {
        self.variables(name, at).next().is_some()
    }

    /// Whether a bare name at `at` may be that of a property of anything: in a `with` statement.
    pub(super) fn is_borrowed(&self, at: usize) -> bool {
        self.borrowed.iter().any(|body| body.contains(&at))
    }

    /// Whether a variable or property of this name is a JavaScript object from the start, an array
    /// or a map: no object of QML.
    pub(super) fn is_data(&self, syntax: &Syntax, name: &str, at: usize) -> bool {
        if self.is_variable(name, at) {
            return match self.meaning(name, at) {
                Meaning::OneOf(values) if !values.is_empty() => {
                    values.into_iter().all(|value| is_data(syntax, value))
                }
                _ => false,
            };
        }
        let declared = self.properties.get(name).map_or(&[][..], Vec::as_slice);
        !declared.is_empty()
            && declared
                .iter()
                .all(|declared| declared.value.is_some_and(|value| is_data(syntax, value)))
    }

    /// The innermost variables of a name. There are several where one is declared again.
    fn variables(&self, name: &str, at: usize) -> impl Iterator<Item = &Variable<'a>> {
        let variables = self.variables.get(name).map_or(&[][..], Vec::as_slice);
        let around = variables
            .iter()
            .filter(move |variable| variable.range.contains(&at));
        let innermost = around.clone().map(|variable| variable.range.len()).min();
        around.filter(move |variable| Some(variable.range.len()) == innermost)
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

impl Meaning<'_> {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::NoString, other) => other,
            (one, Self::NoString) => one,
            (Self::OneOf(mut values), Self::OneOf(others)) => {
                values.extend(others);
                Self::OneOf(values)
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

//! What the names inside one document stand for, as far as that can be read off: ids, declared
//! properties, and the variables of its JavaScript. Things of one name are taken together,
//! wherever they are declared.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use crate::qml::syntax::{Syntax, nodes};

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
            let name = type_name.map_or("", |name| syntax.text(name));
            let type_name = name.rsplit('.').next().unwrap_or(name).trim();
            Self { type_name, node }
        })
    }
}

/// Keeps the objects around a node while nodes are visited in order.
pub(super) fn enter<'a>(objects: &mut Vec<Object<'a>>, syntax: &'a Syntax, node: Node<'a>) {
    while (objects.last()).is_some_and(|object| object.node.end_byte() <= node.start_byte()) {
        objects.pop();
    }
    objects.extend(Object::at(syntax, node));
}

/// A property that an object declares.
pub(super) struct Declared<'a> {
    pub(super) type_name: &'a str,
    pub(super) value: Option<Node<'a>>,
    /// The object that declares it.
    pub(super) owner: Object<'a>,
    read_only: bool,
}

#[derive(Default)]
pub(super) struct Scope<'a> {
    pub(super) ids: HashMap<&'a str, Vec<Object<'a>>>,
    pub(super) properties: HashMap<&'a str, Vec<Declared<'a>>>,
    variables: HashSet<&'a str>,
    /// What is assigned to a bare name; `None` for something unknown.
    assigned: HashMap<&'a str, Vec<Option<Node<'a>>>>,
}

/// What a name may be worth.
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
        let mut objects = Vec::new();
        for node in syntax.nodes() {
            enter(&mut objects, syntax, node);
            scope.read(syntax, node, objects.last());
        }
        scope
    }

    pub(super) fn is_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// The objects that `id` may stand for.
    pub(super) fn objects(&self, id: &str) -> &[Object<'a>] {
        match self.is_variable(id) {
            true => &[],
            false => self.ids.get(id).map_or(&[], Vec::as_slice),
        }
    }

    /// What an object declares under a name.
    pub(super) fn declared(&self, object: &Object<'a>, name: &str) -> Option<&Declared<'a>> {
        let mut declared = self.properties.get(name)?.iter();
        declared.find(|declared| declared.owner.node == object.node)
    }

    /// What a bare name means, if it is a variable. Any other may be that of a model's role, or
    /// of a property in a context outside this document.
    pub(super) fn variable(&self, name: &str) -> Meaning<'a> {
        let values = self.assigned.get(name).map_or(&[][..], Vec::as_slice);
        match values.iter().copied().collect::<Option<Vec<_>>>() {
            Some(values) if self.is_variable(name) => Meaning::OneOf(values),
            _ => Meaning::Unknown,
        }
    }

    /// What `id.name` means.
    pub(super) fn member(&self, id: &str, name: &str) -> Meaning<'a> {
        match self.objects(id) {
            [] => Meaning::Unknown,
            _ => self.property(name),
        }
    }

    /// Whether a bare name is that of an object or of a property that holds no string.
    pub(super) fn is_object(&self, name: &str) -> bool {
        let is_id = !self.objects(name).is_empty();
        !self.is_variable(name) && (is_id || matches!(self.property(name), Meaning::NoString))
    }

    /// Whether a variable or property of this name is a JavaScript object from the start, an
    /// array or a map: no object of QML.
    pub(super) fn is_data(&self, syntax: &Syntax, name: &str) -> bool {
        let values: Option<Vec<_>> = match self.variable(name) {
            Meaning::OneOf(values) => Some(values),
            _ if self.is_variable(name) => None,
            _ => {
                let declared = self.properties.get(name).into_iter().flatten();
                declared.map(|declared| declared.value).collect()
            }
        };
        values.is_some_and(|values| {
            !values.is_empty() && values.into_iter().all(|value| is_data(syntax, value))
        })
    }

    /// What the properties of a name are worth that the document declares.
    fn property(&self, name: &str) -> Meaning<'a> {
        let declared = self.properties.get(name).into_iter().flatten();
        let may_be_string = |declared: &&Declared<'a>| {
            let types = ["string", "url", "var", "variant", "alias"];
            types.contains(&declared.type_name)
        };
        let values: Option<Vec<_>> = declared
            .filter(may_be_string)
            .map(|declared| declared.value.filter(|_| declared.read_only))
            .collect();
        match values {
            _ if !self.properties.contains_key(name) => Meaning::Unknown,
            Some(values) if values.is_empty() => Meaning::NoString,
            Some(values) => Meaning::OneOf(values),
            None => Meaning::Unknown,
        }
    }

    fn read(&mut self, syntax: &'a Syntax, node: Node<'a>, object: Option<&Object<'a>>) {
        let field = |name| node.child_by_field_name(name);
        let text = |name| field(name).map(|node| syntax.text(node));
        match node.kind() {
            "ui_binding" if text("name") == Some("id") => {
                let id = field("value").and_then(|value| value.named_child(0));
                if let (Some(id), Some(object)) = (id, object) {
                    self.ids.entry(syntax.text(id)).or_default().push(*object);
                }
            }
            "ui_property" => {
                let (Some(name), Some(type_name), Some(owner)) =
                    (text("name"), text("type"), object)
                else {
                    return;
                };
                let mut cursor = node.walk();
                let read_only = node.children(&mut cursor).any(|child| {
                    child.kind() == "ui_property_modifier" && syntax.text(child) == "readonly"
                });
                self.properties.entry(name).or_default().push(Declared {
                    type_name,
                    value: field("value"),
                    owner: *owner,
                    read_only,
                });
            }
            "variable_declaration" | "lexical_declaration" => self.read_variables(syntax, node),
            "formal_parameters" => self.assign(syntax, node, None, true),
            "arrow_function" | "catch_clause" => {
                if let Some(parameter) = field("parameter") {
                    self.assign(syntax, parameter, None, true);
                }
            }
            "for_in_statement"
            | "assignment_expression"
            | "augmented_assignment_expression"
            | "update_expression" => {
                let target = field("left").or_else(|| field("argument"));
                let right = field("right").filter(|_| node.kind() == "assignment_expression");
                if let Some(target) = target.filter(|target| is_pattern(*target)) {
                    self.assign(syntax, target, right, field("kind").is_some());
                }
            }
            _ => {}
        }
    }

    fn read_variables(&mut self, syntax: &'a Syntax, declaration: Node<'a>) {
        let keyword = declaration.child(0).map(|keyword| syntax.text(keyword));
        // Whoever imports a script can set its variables.
        let is_open = syntax.is_script() && keyword != Some("const");
        let mut cursor = declaration.walk();
        for declarator in declaration.named_children(&mut cursor) {
            let Some(name) = declarator.child_by_field_name("name") else {
                continue;
            };
            let value = declarator.child_by_field_name("value");
            if name.kind() == "identifier" && value.is_none() && !is_open {
                self.variables.insert(syntax.text(name));
            } else {
                self.assign(syntax, name, value.filter(|_| !is_open), true);
            }
        }
    }

    /// Assigns to every name in a pattern; to more than one it is something unknown.
    fn assign(
        &mut self,
        syntax: &'a Syntax,
        to: Node<'a>,
        value: Option<Node<'a>>,
        declares: bool,
    ) {
        let value = value.filter(|_| to.kind() == "identifier");
        for node in nodes(to) {
            if matches!(
                node.kind(),
                "identifier" | "shorthand_property_identifier_pattern"
            ) {
                let name = syntax.text(node);
                self.assigned.entry(name).or_default().push(value);
                if declares {
                    self.variables.insert(name);
                }
            }
        }
    }
}

fn is_pattern(target: Node<'_>) -> bool {
    matches!(
        target.kind(),
        "identifier" | "array_pattern" | "object_pattern" | "parenthesized_expression"
    )
}

fn is_data(syntax: &Syntax, value: Node<'_>) -> bool {
    match value.kind() {
        "array" | "object" | "new_expression" | "ui_object_array" => true,
        "call_expression" => value
            .child_by_field_name("function")
            .and_then(|function| function.child_by_field_name("property"))
            .is_some_and(|method| ARRAY_METHODS.contains(&syntax.text(method))),
        "expression_statement" | "parenthesized_expression" => value
            .named_child(0)
            .is_some_and(|value| is_data(syntax, value)),
        _ => false,
    }
}

/// Methods that give an array, of strings and arrays alike.
const ARRAY_METHODS: [&str; 9] = [
    "concat", "filter", "from", "keys", "map", "slice", "sort", "split", "values",
];

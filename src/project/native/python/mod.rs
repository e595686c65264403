//! Python: the types that PySide6 registers by decorator, and PyQt and older PySide by call.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::{Class, Enum, Method, ModuleName, Property, Registration, Sheet, without_scope};
use crate::path::TreePath;
use crate::project::{Place, syntax};
use crate::qml::literal;
use crate::qml::syntax::nodes;

pub(super) fn read(path: &TreePath, text: &str) -> Sheet {
    let mut sheet = Sheet::default();
    let is_qml = ["Qml", "qmlRegister", "QObject", "pyqt"]
        .iter()
        .any(|word| text.contains(word));
    if !is_qml {
        return sheet;
    }
    let Some(tree) = syntax::parse(tree_sitter_python::LANGUAGE, text) else {
        return Sheet::of_finding(path, 0, "its classes cannot be read");
    };
    let mut reading = Reading {
        path,
        text,
        constants: BTreeMap::new(),
        sheet: &mut sheet,
    };
    for node in nodes(tree.root_node()) {
        match node.kind() {
            "assignment" => reading.constant(node),
            "class_definition" => reading.class(node),
            "call" => reading.call(node),
            _ => {}
        }
    }
    sheet
}

struct Reading<'a> {
    path: &'a TreePath,
    text: &'a str,
    /// Names that are assigned a literal, with its source text.
    constants: BTreeMap<String, String>,
    sheet: &'a mut Sheet,
}

impl<'a> Reading<'a> {
    fn text(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn place(&self, node: Node<'_>) -> Place {
        Place {
            path: self.path.clone(),
            line: syntax::line(node),
        }
    }

    /// `QML_IMPORT_NAME = "My.Module"`
    fn constant(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = sides(node) else {
            return;
        };
        if left.kind() == "identifier" && matches!(right.kind(), "string" | "integer") {
            let name = self.text(left).to_owned();
            let value = self.text(right).to_owned();
            self.constants.entry(name).or_insert(value);
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" => literal::value(self.text(node)),
            "identifier" => literal::value(self.constants.get(self.text(node))?),
            _ => None,
        }
    }

    fn number(&self, node: Node<'_>) -> Option<u32> {
        match node.kind() {
            "integer" => self.text(node).parse().ok(),
            "identifier" => self.constants.get(self.text(node))?.parse().ok(),
            _ => None,
        }
    }

    /// What the decorators of a definition say: their names, and their calls.
    fn decorators<'t>(&self, definition: Node<'t>) -> Vec<(&'a str, Option<Node<'t>>)> {
        let Some(around) = definition
            .parent()
            .filter(|node| node.kind() == "decorated_definition")
        else {
            return Vec::new();
        };
        let mut cursor = around.walk();
        let decorators = around.named_children(&mut cursor);
        let decorators = decorators.filter(|node| node.kind() == "decorator");
        decorators
            .filter_map(|node| {
                let inner = node.named_child(0)?;
                Some(match inner.child_by_field_name("function") {
                    Some(function) => (without_scope(self.text(function)), Some(inner)),
                    None => (without_scope(self.text(inner)), None),
                })
            })
            .collect()
    }

    fn class(&mut self, node: Node<'_>) {
        let (Some(name), Some(body)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("body"),
        ) else {
            return;
        };
        let mut class = Class {
            name: self.text(name).to_owned(),
            line: self.place(node).line,
            bases: self.bases(node),
            ..Class::default()
        };
        let mut cursor = body.walk();
        for member in body.named_children(&mut cursor) {
            self.member(&mut class, member);
        }
        let module = self
            .constants
            .get("QML_IMPORT_NAME")
            .and_then(|text| literal::value(text));
        let major = self.constants.get("QML_IMPORT_MAJOR_VERSION");
        let major = major.and_then(|text| text.parse().ok()).unwrap_or(1);
        let mut registration = Registration {
            class: class.name.clone(),
            place: self.place(node),
            module: module.map(|uri| ModuleName { uri, major }),
            name: None,
            singleton: false,
        };
        let mut is_registered = false;
        for (decorator, call) in self.decorators(node) {
            match decorator {
                "QmlElement" => {
                    is_registered = true;
                    registration.name = Some(class.name.clone());
                }
                "QmlNamedElement" => {
                    is_registered = true;
                    let name = call.and_then(|call| arguments(call).into_iter().next());
                    registration.name = name.and_then(|name| self.string(name));
                }
                "QmlAnonymous" => is_registered = true,
                "QmlSingleton" => registration.singleton = true,
                _ => {}
            }
        }
        if is_registered {
            self.sheet.registrations.push(registration);
        }
        let is_plain =
            class.properties.is_empty() && class.signals.is_empty() && class.methods.is_empty();
        if is_registered || !is_plain || class.bases.iter().any(|base| base.starts_with('Q')) {
            self.sheet.classes.push(class);
        }
    }

    fn bases(&self, class: Node<'_>) -> Vec<String> {
        let Some(list) = class.child_by_field_name("superclasses") else {
            return Vec::new();
        };
        let mut cursor = list.walk();
        let bases = list.named_children(&mut cursor);
        let bases = bases.filter(|base| matches!(base.kind(), "identifier" | "attribute"));
        bases
            .map(|base| without_scope(self.text(base)).to_owned())
            .collect()
    }

    fn member(&self, class: &mut Class, member: Node<'_>) {
        match member.kind() {
            "expression_statement" => {
                let assignment = member
                    .named_child(0)
                    .filter(|node| node.kind() == "assignment");
                let (Some(left), Some(right)) = assignment.map_or((None, None), sides) else {
                    return;
                };
                self.assigned(class, self.text(left), right);
            }
            "decorated_definition" => {
                if let Some(definition) = member.child_by_field_name("definition") {
                    self.decorated(class, definition);
                }
            }
            _ => {}
        }
    }

    /// `name = Property(str, …)`, `failed = Signal(str)`
    fn assigned(&self, class: &mut Class, name: &str, value: Node<'_>) {
        let Some(function) = value.child_by_field_name("function") else {
            return;
        };
        let keywords = self.keywords(value);
        match without_scope(self.text(function)) {
            "Property" | "pyqtProperty" => class.properties.push(Property {
                name: name.to_owned(),
                type_name: self.types(value).into_iter().next().unwrap_or_default(),
                initial: None,
                read: None,
                write: None,
                notify: keywords.get("notify").map(|value| (*value).to_owned()),
            }),
            "Signal" | "pyqtSignal" => {
                let names = keywords.get("arguments").copied().unwrap_or_default();
                let names = names
                    .split(',')
                    .map(|name| name.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'));
                let names = names
                    .map(str::to_owned)
                    .chain(std::iter::repeat(String::new()));
                class.signals.push(Method {
                    name: name.to_owned(),
                    type_name: String::new(),
                    parameters: names.zip(self.types(value)).collect(),
                });
            }
            _ => {}
        }
    }

    /// `@Slot(str, result=bool) def save(self, file): …`, `@Property(int) def count(self): …`
    fn decorated(&self, class: &mut Class, definition: Node<'_>) {
        let Some(name) = definition.child_by_field_name("name") else {
            return;
        };
        let name = self.text(name).to_owned();
        for (decorator, call) in self.decorators(definition) {
            let types = call.map(|call| self.types(call)).unwrap_or_default();
            let keywords = call.map(|call| self.keywords(call)).unwrap_or_default();
            match decorator {
                "Slot" | "pyqtSlot" => {
                    class.methods.push(Method {
                        name,
                        type_name: keywords
                            .get("result")
                            .map_or_else(String::new, |text| type_name(text)),
                        parameters: self.parameters(definition, types),
                    });
                    return;
                }
                "Property" | "pyqtProperty" => {
                    class.properties.push(Property {
                        name,
                        type_name: types.into_iter().next().unwrap_or_default(),
                        notify: keywords.get("notify").map(|value| (*value).to_owned()),
                        ..Property::default()
                    });
                    return;
                }
                "QEnum" | "QFlag" | "pyqtEnum" => {
                    class.enums.extend(self.enumeration(name, definition));
                    return;
                }
                _ => {}
            }
        }
    }

    /// The parameters of a method behind `self`, as far as their types are given.
    fn parameters(&self, definition: Node<'_>, types: Vec<String>) -> Vec<(String, String)> {
        let Some(list) = definition.child_by_field_name("parameters") else {
            return Vec::new();
        };
        let mut cursor = list.walk();
        let named = list.named_children(&mut cursor).skip(1);
        let names = named.map(|parameter| {
            let text = self.text(parameter);
            let name = text.split([':', '=']).next().unwrap_or_default();
            name.trim().to_owned()
        });
        let names = names.chain(std::iter::repeat(String::new()));
        names.zip(types).collect()
    }

    fn enumeration(&self, name: String, class: Node<'_>) -> Option<Enum> {
        let body = class.child_by_field_name("body")?;
        let mut values = Vec::new();
        let mut next = 0_i64;
        let mut cursor = body.walk();
        for member in body.named_children(&mut cursor) {
            let assignment = member
                .named_child(0)
                .filter(|node| node.kind() == "assignment");
            let (Some(left), Some(right)) = assignment.map_or((None, None), sides) else {
                continue;
            };
            let value = self.text(right).parse().unwrap_or(next);
            next = value.saturating_add(1);
            values.push((self.text(left).to_owned(), value));
        }
        (!values.is_empty()).then_some(Enum { name, values })
    }

    /// The types among the arguments of a call.
    fn types(&self, call: Node<'_>) -> Vec<String> {
        let types = arguments(call).into_iter();
        let types = types.take_while(|node| node.kind() != "keyword_argument");
        types
            .filter(|node| {
                matches!(
                    node.kind(),
                    "identifier" | "attribute" | "string" | "subscript"
                )
            })
            .map(|node| type_name(self.text(node)))
            .collect()
    }

    fn keywords(&self, call: Node<'_>) -> BTreeMap<&'a str, &'a str> {
        let keywords = arguments(call).into_iter();
        let keywords = keywords.filter(|node| node.kind() == "keyword_argument");
        keywords
            .filter_map(|node| {
                let name = node.child_by_field_name("name")?;
                let value = node.child_by_field_name("value")?;
                Some((self.text(name), self.text(value)))
            })
            .collect()
    }

    /// `qmlRegisterType(Backend, "My.Module", 1, 0, "Backend")`
    fn call(&mut self, node: Node<'_>) {
        let Some(function) = node.child_by_field_name("function") else {
            return;
        };
        let function = without_scope(self.text(function));
        if !function.starts_with("qmlRegister") {
            return;
        }
        let [class, uri, major, _, name, ..] = arguments(node)[..] else {
            return;
        };
        if !matches!(class.kind(), "identifier" | "attribute") {
            return;
        }
        let class = without_scope(self.text(class)).to_owned();
        let place = self.place(node);
        let (Some(uri), Some(name)) = (self.string(uri), self.string(name)) else {
            let message = format!(
                "the module or the name under which {class} is registered is not written here as a string; write the stand-in by hand"
            );
            return self.sheet.finding(self.path, place.line, message);
        };
        let major = self.number(major).unwrap_or(1);
        self.sheet.registrations.push(Registration {
            class,
            place,
            module: Some(ModuleName { uri, major }),
            name: Some(name),
            singleton: function.contains("Singleton"),
        });
    }
}

/// The two sides of an assignment.
fn sides(assignment: Node<'_>) -> (Option<Node<'_>>, Option<Node<'_>>) {
    (
        assignment.child_by_field_name("left"),
        assignment.child_by_field_name("right"),
    )
}

fn arguments(call: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = call.child_by_field_name("arguments") else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    let arguments = list.named_children(&mut cursor);
    arguments.filter(|node| node.kind() != "comment").collect()
}

/// The type as C++ calls it.
fn type_name(text: &str) -> String {
    let text = text.trim_matches(['"', '\'']);
    let plain = without_scope(text.split('[').next().unwrap_or(text));
    match plain {
        "str" => "QString".to_owned(),
        "float" => "double".to_owned(),
        "list" | "tuple" | "List" => "QVariantList".to_owned(),
        "dict" | "Dict" => "QVariantMap".to_owned(),
        "object" => "QVariant".to_owned(),
        "None" => String::new(),
        name if name.starts_with("QAbstract") || name == "QObject" => format!("{name}*"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;

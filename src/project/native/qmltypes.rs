//! `.qmltypes`: what Qt's build writes down of the types that C++ registers. It is QML.

use tree_sitter::Node;

use super::{
    Class, ClassKind, Enum, Method, ModuleName, Property, Registration, Sheet, without_scope,
};
use crate::path::TreePath;
use crate::project::Place;
use crate::qml::literal;
use crate::qml::syntax::{Syntax, nodes};

pub(super) fn read(path: &TreePath, text: &str) -> Sheet {
    let Some(syntax) = Syntax::of_document(text) else {
        return Sheet::of_finding(path, 0, "it cannot be read");
    };
    let mut sheet = Sheet::default();
    if let Some(at) = syntax.first_error() {
        let before = text.get(..at).unwrap_or_default();
        let line = u32::try_from(before.matches('\n').count()).map_or(0, |count| count + 1);
        sheet.finding(
            path,
            line,
            "it is not understood from here on; build it again",
        );
    }
    for node in syntax.nodes() {
        if let Some(object) = Object::of(&syntax, node)
            && object.type_name == "Component"
        {
            component(path, &object, &mut sheet);
        }
    }
    sheet
}

/// An object of the file.
struct Object<'a> {
    syntax: &'a Syntax,
    node: Node<'a>,
    type_name: &'a str,
}

impl<'a> Object<'a> {
    fn of(syntax: &'a Syntax, node: Node<'a>) -> Option<Self> {
        if node.kind() != "ui_object_definition" {
            return None;
        }
        let type_name = syntax.text(node.child_by_field_name("type_name")?);
        Some(Self {
            syntax,
            node,
            type_name,
        })
    }

    fn members(&self) -> Vec<Node<'a>> {
        let Some(body) = self.node.child_by_field_name("initializer") else {
            return Vec::new();
        };
        let mut cursor = body.walk();
        body.named_children(&mut cursor).collect()
    }

    fn children(&self) -> impl Iterator<Item = Self> {
        let members = self.members().into_iter();
        members.filter_map(|member| Self::of(self.syntax, member))
    }

    fn value(&self, name: &str) -> Option<Node<'a>> {
        self.members().into_iter().find_map(|member| {
            let is_it = member.kind() == "ui_binding"
                && self.syntax.text(member.child_by_field_name("name")?) == name;
            is_it.then(|| member.child_by_field_name("value")).flatten()
        })
    }

    /// The strings in the value of `name`, with the lines on which they stand.
    fn strings(&self, name: &str) -> Vec<(String, u32)> {
        let found = self.value(name).into_iter().flat_map(nodes);
        let found = found.filter(|node| node.kind() == "string");
        found
            .filter_map(|node| {
                let value = literal::value(self.syntax.text(node))?;
                Some((value, self.syntax.line(node)))
            })
            .collect()
    }

    fn string(&self, name: &str) -> Option<String> {
        self.strings(name)
            .into_iter()
            .next()
            .map(|(value, _)| value)
    }

    fn is(&self, name: &str) -> bool {
        self.value(name)
            .is_some_and(|value| self.syntax.text(value).trim_end_matches(';') == "true")
    }

    fn type_of(&self) -> String {
        let name = self.string("type").unwrap_or_default();
        match () {
            () if self.is("isList") => format!("QList<{name}>"),
            () if self.is("isPointer") && !name.ends_with('*') => format!("{name}*"),
            () if name == "void" => String::new(),
            () => name,
        }
    }
}

fn component(path: &TreePath, object: &Object<'_>, sheet: &mut Sheet) {
    // Types that are documents are described as well.
    let file = object.string("file");
    if object.is("isComposite") || file.is_some_and(|file| file.ends_with(".qml")) {
        return;
    }
    let Some(name) = object.string("name") else {
        return;
    };
    let mut class = Class {
        name: without_scope(&name).to_owned(),
        line: object.syntax.line(object.node),
        bases: object.string("prototype").into_iter().collect(),
        default_property: object.string("defaultProperty"),
        ..Class::default()
    };
    match object.string("accessSemantics").as_deref() {
        Some("value") => class.kind = ClassKind::Value,
        Some("none") => class.kind = ClassKind::Namespace,
        _ => {}
    }
    for child in object.children() {
        member(&mut class, &child);
    }
    for (export, line) in object.strings("exports") {
        let place = Place {
            path: path.clone(),
            line,
        };
        sheet.registrations.extend(registration(
            &class,
            &export,
            place,
            object.is("isSingleton"),
        ));
    }
    sheet.classes.push(class);
}

/// `My.Module/Name 1.0`; later versions of it are the same type.
fn registration(
    class: &Class,
    export: &str,
    place: Place,
    singleton: bool,
) -> Option<Registration> {
    let (name, version) = export.rsplit_once(' ')?;
    let (uri, name) = name.rsplit_once('/')?;
    let major = version.split('.').next()?.parse().ok()?;
    Some(Registration {
        class: class.name.clone(),
        place,
        module: Some(ModuleName {
            uri: uri.to_owned(),
            major,
        }),
        name: Some(name.to_owned()),
        singleton,
    })
}

fn member(class: &mut Class, member: &Object<'_>) {
    let Some(name) = member.string("name") else {
        return;
    };
    match member.type_name {
        "Property" => class.properties.push(Property {
            name,
            type_name: member.type_of(),
            initial: None,
            read: member.string("read"),
            write: member.string("write"),
            notify: member.string("notify"),
        }),
        "Method" => class.methods.push(method(name, member)),
        "Signal" => class.signals.push(method(name, member)),
        "Enum" => class.enums.push(enumeration(name, member)),
        _ => {}
    }
}

fn method(name: String, member: &Object<'_>) -> Method {
    let parameters = member
        .children()
        .filter(|child| child.type_name == "Parameter");
    Method {
        name,
        type_name: member.type_of(),
        parameters: parameters
            .map(|child| (child.string("name").unwrap_or_default(), child.type_of()))
            .collect(),
    }
}

/// `values: ["A", "B"]`, or `values: { "A": 0, "B": 4 }` as Qt 5 writes it.
fn enumeration(name: String, member: &Object<'_>) -> Enum {
    let name = member.string("alias").unwrap_or(name);
    let mut values = Vec::new();
    for (value, _) in member.strings("values") {
        let number = i64::try_from(values.len()).unwrap_or(i64::MAX);
        values.push((value, number));
    }
    let pairs = member.value("values").into_iter().flat_map(nodes);
    for pair in pairs.filter(|node| node.kind() == "pair") {
        let key = pair
            .child_by_field_name("key")
            .map(|key| member.syntax.text(key));
        let key = key.and_then(literal::value);
        let number = pair
            .child_by_field_name("value")
            .map(|value| member.syntax.text(value));
        let number = number.and_then(|number| number.parse().ok());
        let known = values
            .iter_mut()
            .find(|(name, _)| Some(name) == key.as_ref());
        if let (Some((_, value)), Some(number)) = (known, number) {
            *value = number;
        }
    }
    Enum { name, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = r#"
import QtQuick.tooling 1.2
Module {
    Component {
        file: "backend.h"
        name: "app::Backend"
        accessSemantics: "reference"
        prototype: "QObject"
        exports: ["My.App/Backend 1.0", "My.App/Backend 1.2"]
        isSingleton: true
        exportMetaObjectRevisions: [256]
        Enum { name: "Modes"; alias: "Mode"; isFlag: true; values: ["Idle", "Busy"] }
        Enum { name: "Old"; values: { "A": 1, "B": -4 } }
        Property { name: "name"; type: "QString"; read: "name"; write: "setName"; notify: "nameChanged"; index: 0 }
        Property { name: "other"; type: "Other"; isPointer: true; isReadonly: true }
        Property { name: "all"; type: "int"; isList: true }
        Signal { name: "failed"; Parameter { name: "message"; type: "QString" } }
        Method { name: "save"; type: "bool"; Parameter { type: "QUrl" } }
        Method { name: "go"; type: "void" }
    }
    Component { file: "Page.qml"; name: "Page"; exports: ["My.App/Page 1.0"] }
    Component { name: "Point"; accessSemantics: "value" }
}
"#;

    #[test]
    fn a_component_is_a_class_with_its_registrations() {
        let path = TreePath::parse("app.qmltypes").unwrap();
        let sheet = read(&path, TYPES);
        let [backend, point] = &sheet.classes[..] else {
            panic!("{sheet:?}");
        };
        assert_eq!((&*backend.name, backend.line), ("Backend", 4));
        assert_eq!(point.kind, ClassKind::Value);
        let properties: Vec<_> = backend
            .properties
            .iter()
            .map(|property| (&*property.name, &*property.type_name))
            .collect();
        assert_eq!(
            properties,
            [
                ("name", "QString"),
                ("other", "Other*"),
                ("all", "QList<int>")
            ]
        );
        let methods: Vec<_> = backend
            .methods
            .iter()
            .map(|method| (&*method.name, &*method.type_name, method.parameters.len()))
            .collect();
        assert_eq!(methods, [("save", "bool", 1), ("go", "", 0)]);
        assert_eq!(
            backend.signals[0].parameters,
            [("message".into(), "QString".into())]
        );
        assert_eq!(backend.enums[0].name, "Mode");
        assert_eq!(
            backend.enums[0].values,
            [("Idle".into(), 0), ("Busy".into(), 1)]
        );
        assert_eq!(backend.enums[1].values, [("A".into(), 1), ("B".into(), -4)]);
        assert_eq!(sheet.registrations.len(), 2);
        assert!(sheet.registrations[0].singleton);
        assert!(sheet.findings.is_empty());
    }

    #[test]
    fn a_broken_file_says_where() {
        let path = TreePath::parse("app.qmltypes").unwrap();
        let sheet = read(&path, "Module {\n Component { name: \"A\" }\n ] \n");
        assert_eq!(sheet.findings.len(), 1, "{sheet:?}");
        assert!(sheet.findings[0].place.line >= 1);
    }
}

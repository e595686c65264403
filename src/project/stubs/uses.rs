//! How documents use names that they do not have from themselves: which properties they set and
//! read, what they call, which signals they handle.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::path::{Language, TreePath};
use crate::project::Place;
use crate::qml::document::{self, ImportTarget, attached};
use crate::qml::literal;
use crate::qml::syntax::Syntax;

/// What a name is to those who use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Where it is used first.
    pub(crate) place: Option<Place>,
    /// Whether objects of it are made.
    pub(crate) created: bool,
    /// Whether objects stand inside its braces.
    pub(crate) has_children: bool,
    /// What is used of it, by name.
    pub(crate) members: BTreeMap<String, Member>,
}

/// What a member is to those who use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// A property, with the literal that it is set to first, if there is one.
    Property(Option<String>),
    /// A property that is set to a list of objects.
    List,
    /// A method, with the number of its arguments.
    Method(usize),
    /// A signal.
    Signal,
    /// A value of an enumeration, or a type.
    Value,
    /// A group of properties: `font.bold: true`.
    Group(BTreeSet<String>),
}

/// One document's uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DocumentUses {
    /// Imports of modules: name, major version if given, qualifier.
    pub(super) modules: Vec<(String, Option<u32>, Option<String>)>,
    /// Names that begin with a capital, with their qualifier as it is written.
    pub(super) types: BTreeMap<String, Usage>,
    /// Other names that the document does not declare.
    pub(super) names: BTreeMap<String, Usage>,
}

/// Reads a document; `None` if it does not parse.
pub(super) fn read(path: &TreePath, text: &str) -> Option<DocumentUses> {
    let syntax = Syntax::of_document(text)?;
    if syntax.has_error() || syntax.is_monstrous() {
        return None;
    }
    let mut reading = Reading {
        path,
        syntax: &syntax,
        uses: DocumentUses::default(),
        declared: BTreeMap::new(),
    };
    for import in document::parse(Language::Qml, text).imports {
        if let ImportTarget::Module(uri) = import.target {
            let version = import.version.as_deref();
            let major = version.and_then(|version| version.split('.').next()?.parse().ok());
            reading.uses.modules.push((uri, major, import.qualifier));
        }
    }
    for node in syntax.nodes() {
        reading.node(node);
    }
    Some(reading.finished())
}

impl Usage {
    pub(super) fn add(&mut self, name: &str, member: Member) {
        let known = self.members.get_mut(name);
        match (known, member) {
            (None, member) => {
                self.members.insert(name.to_owned(), member);
            }
            (Some(Member::Method(known)), Member::Method(count)) => *known = count.max(*known),
            (Some(Member::Group(known)), Member::Group(more)) => known.extend(more),
            // What is called or handled is sure of what it is.
            (Some(Member::Property(_)), Member::Property(None)) => {}
            (Some(known @ Member::Property(_)), member) => *known = member,
            _ => {}
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.created |= other.created;
        self.has_children |= other.has_children;
        self.place = self.place.take().or(other.place);
        for (name, member) in other.members {
            self.add(&name, member);
        }
    }
}

struct Reading<'a> {
    path: &'a TreePath,
    syntax: &'a Syntax,
    uses: DocumentUses,
    /// Ids with the types of their objects, and other names that the document declares.
    declared: BTreeMap<String, Option<String>>,
}

impl<'a> Reading<'a> {
    fn field(&self, node: Node<'a>, name: &str) -> Option<&'a str> {
        Some(self.syntax.text(node.child_by_field_name(name)?))
    }

    /// What is known of the object or type called `name`.
    fn usage(&mut self, name: &str, node: Node<'_>) -> &mut Usage {
        let is_type = name.rsplit('.').next().is_some_and(is_capital);
        let map = if is_type {
            &mut self.uses.types
        } else {
            &mut self.uses.names
        };
        let usage = map.entry(name.to_owned()).or_default();
        if usage.place.is_none() {
            usage.place = Some(Place {
                path: self.path.clone(),
                line: self.syntax.line(node),
            });
        }
        usage
    }

    fn declare(&mut self, name: Option<&str>, of_type: Option<&str>) {
        if let Some(name) = name {
            self.declared
                .insert(name.to_owned(), of_type.map(str::to_owned));
        }
    }

    fn node(&mut self, node: Node<'a>) {
        match node.kind() {
            "ui_object_definition" | "ui_object_definition_binding" => self.object(node),
            "ui_property" => {
                self.declare(self.field(node, "name"), None);
                if let Some(of_type) = self.field(node, "type").filter(|name| is_capital(name)) {
                    self.usage(of_type, node);
                }
            }
            "ui_inline_component"
            | "ui_signal"
            | "variable_declarator"
            | "function_declaration"
            | "ui_required" => {
                self.declare(self.field(node, "name"), None);
            }
            "formal_parameters" => {
                let mut cursor = node.walk();
                for parameter in node.named_children(&mut cursor) {
                    self.declare(Some(self.syntax.text(parameter)), None);
                }
            }
            "member_expression" => self.member(node),
            _ => {}
        }
    }

    fn object(&mut self, node: Node<'a>) {
        let Some(type_name) = self.field(node, "type_name") else {
            return;
        };
        if !type_name.rsplit('.').next().is_some_and(is_capital) {
            return;
        }
        self.usage(type_name, node).created = true;
        let Some(body) = node.child_by_field_name("initializer") else {
            return;
        };
        let mut cursor = body.walk();
        let mut members: Vec<_> = body.named_children(&mut cursor).collect();
        if type_name == "Connections" {
            self.connections(&members);
            members.retain(|member| member.kind() == "ui_binding");
        }
        for member in members {
            let value = member.child_by_field_name("value");
            match member.kind() {
                "ui_binding" => {
                    if let Some(name) = self.field(member, "name") {
                        self.binding(type_name, name, value, node);
                    }
                }
                "ui_object_definition" => match self.field(member, "type_name") {
                    Some(name) if is_capital(name) => {
                        self.usage(type_name, node).has_children = true
                    }
                    Some(group) => self.group(type_name, group, member),
                    None => {}
                },
                _ => {}
            }
        }
    }

    fn binding(&mut self, type_name: &str, name: &str, value: Option<Node<'a>>, node: Node<'a>) {
        if name == "id" {
            let id = value.map(|value| self.syntax.text(value).trim_end_matches(';').trim());
            return self.declare(id, Some(type_name));
        }
        let usage = self.usage(type_name, node);
        match name.split_once('.') {
            Some((head, _)) if is_capital(head) => self.attached(name, value, node),
            Some((group, rest)) => {
                let first = rest.split('.').next().unwrap_or(rest).to_owned();
                usage.add(group, Member::Group(BTreeSet::from([first])));
            }
            None => match signal(name) {
                Some(signal) => match signal.strip_suffix("Changed") {
                    Some(property) => usage.add(property, Member::Property(None)),
                    None => usage.add(&signal, Member::Signal),
                },
                None if value.is_some_and(|value| value.kind() == "ui_object_array") => {
                    usage.add(name, Member::List);
                }
                None => {
                    let literal = value.and_then(|value| plain(self.syntax, value));
                    let usage = self.usage(type_name, node);
                    usage.add(name, Member::Property(literal));
                }
            },
        }
    }

    /// `Theme.colorSet: Theme.Window`, `Q.Theme.font.bold: true`. Handlers tell nothing: no
    /// stand-in emits what they wait for.
    fn attached(&mut self, name: &str, value: Option<Node<'a>>, node: Node<'a>) {
        let Some((qualifier, type_name, rest)) = attached::type_of(name) else {
            return;
        };
        let written = match qualifier {
            Some(qualifier) => format!("{qualifier}.{type_name}"),
            None => type_name.to_owned(),
        };
        let literal = value.and_then(|value| plain(self.syntax, value));
        let usage = self.usage(&written, node);
        match rest.split_once('.') {
            Some((group, inner)) => {
                let inner = inner.split('.').next().unwrap_or(inner).to_owned();
                usage.add(group, Member::Group(BTreeSet::from([inner])));
            }
            None if signal(rest).is_none() => usage.add(rest, Member::Property(literal)),
            None => {}
        }
    }

    fn group(&mut self, type_name: &str, group: &str, node: Node<'a>) {
        let Some(body) = node.child_by_field_name("initializer") else {
            return;
        };
        let mut cursor = body.walk();
        let names = body.named_children(&mut cursor);
        let names = names.filter_map(|member| self.field(member, "name"));
        let names = names.map(|name| name.split('.').next().unwrap_or(name).to_owned());
        let names = names.collect();
        self.usage(type_name, node).add(group, Member::Group(names));
    }

    /// `Connections { target: backend; function onFailed() {} }`
    fn connections(&mut self, members: &[Node<'a>]) {
        let target = members
            .iter()
            .find(|member| self.field(**member, "name") == Some("target"));
        let Some((target, node)) =
            target.and_then(|member| Some((self.field(*member, "value")?, *member)))
        else {
            return;
        };
        let target = target.trim_end_matches(';').trim().to_owned();
        if !target
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        {
            return;
        }
        for member in members {
            if let Some(signal) = self.field(*member, "name").and_then(signal) {
                let (name, member) = match signal.strip_suffix("Changed") {
                    Some(property) => (property, Member::Property(None)),
                    None => (&*signal, Member::Signal),
                };
                self.usage(&target, node).add(name, member);
            }
        }
    }

    /// `Backend.name`, `backend.save(file)`, `Q.Backend.name`
    fn member(&mut self, node: Node<'a>) {
        let (Some(object), Some(name)) = (
            node.child_by_field_name("object"),
            self.field(node, "property"),
        ) else {
            return;
        };
        let of = self.syntax.text(object);
        let is_plain = of
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        let is_name = object.kind() == "identifier"
            || is_plain && of.split('.').all(is_capital) && of.split('.').count() == 2;
        if !is_name || of == "Qt" {
            return;
        }
        let parent = node.parent();
        let call = parent.filter(|parent| {
            parent.kind() == "call_expression"
                && parent.child_by_field_name("function") == Some(node)
        });
        let member = match call {
            Some(call) => {
                let arguments = call.child_by_field_name("arguments");
                Member::Method(arguments.map_or(0, |arguments| arguments.named_child_count()))
            }
            None if is_capital(name) => Member::Value,
            None => match name.strip_suffix("Changed") {
                _ if is_connected(self.syntax, node) => Member::Signal,
                Some(_) | None => Member::Property(None),
            },
        };
        self.usage(of, node).add(name, member);
    }

    /// The uses, those of an id with those of its type, and without other names of the document.
    fn finished(self) -> DocumentUses {
        let mut uses = self.uses;
        for (_, _, qualifier) in &uses.modules {
            if let Some(qualifier) = qualifier {
                uses.types.remove(qualifier);
            }
        }
        for (name, of_type) in self.declared {
            let usage = uses.names.remove(&name);
            if let (Some(usage), Some(of_type)) = (usage, of_type) {
                uses.types.entry(of_type).or_default().merge(usage);
            }
        }
        uses
    }
}

/// `backend.failed.connect(…)`
fn is_connected(syntax: &Syntax, node: Node<'_>) -> bool {
    let parent = node
        .parent()
        .filter(|parent| parent.kind() == "member_expression");
    let name = parent.and_then(|parent| parent.child_by_field_name("property"));
    name.is_some_and(|name| matches!(syntax.text(name), "connect" | "disconnect"))
}

fn is_capital(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// `failed` of `onFailed`.
fn signal(handler: &str) -> Option<String> {
    let name = handler.strip_prefix("on")?;
    let mut chars = name.chars();
    let first = chars.next().filter(|c| c.is_uppercase())?;
    Some(first.to_lowercase().chain(chars).collect())
}

/// The value as QML, if it is a literal.
fn plain(syntax: &Syntax, value: Node<'_>) -> Option<String> {
    let text = syntax.text(value).trim_end_matches(';').trim();
    let is_literal = matches!(text, "true" | "false")
        || text.parse::<f64>().is_ok()
        || literal::value(text).is_some() && !text.contains('\n');
    is_literal.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_tells_what_it_uses() {
        let path = TreePath::parse("main.qml").unwrap();
        let uses = read(
            &path,
            r#"import QtQuick 2.15
import My.App 2.1
import Other as O
Item {
    id: root
    property Held held
    Foo {
        id: foo
        name: "a"
        font.bold: true
        grid { size: 1; lines: 2 }
        onFailed: backend.save(1, 2)
        onCountChanged: foo.stop()
        Item {}
    }
    O.Bar { x: Backend.Busy }
    Connections { target: backend; function onDone(a) {} }
    Component.onCompleted: { let own = 1; own.x = Backend.name; backend.lost.connect(root.f); O.Only.y; Qt.quit() }
}"#,
        )
        .unwrap();
        assert_eq!(
            uses.modules,
            [
                ("QtQuick".into(), Some(2), None),
                ("My.App".into(), Some(2), None),
                ("Other".into(), None, Some("O".into())),
            ]
        );
        let foo = &uses.types["Foo"];
        let group =
            |names: &[&str]| Member::Group(names.iter().map(|name| (*name).into()).collect());
        let expected = [
            ("count", Member::Property(None)),
            ("failed", Member::Signal),
            ("font", group(&["bold"])),
            ("grid", group(&["lines", "size"])),
            ("name", Member::Property(Some("\"a\"".into()))),
            ("stop", Member::Method(0)),
        ];
        let expected: BTreeMap<_, _> = expected
            .map(|(name, member)| (name.to_owned(), member))
            .into();
        assert_eq!(foo.members, expected);
        assert!(foo.created && foo.has_children);
        assert!(!uses.types["Held"].created);
        assert!(uses.types["O.Bar"].created);
        assert!(uses.types["O.Only"].members.contains_key("y"));
        let backend = &uses.types["Backend"].members;
        assert_eq!(backend["Busy"], Member::Value);
        assert_eq!(backend["name"], Member::Property(None));
        let names: Vec<_> = uses.names.keys().map(String::as_str).collect();
        assert_eq!(names, ["backend"]);
        let backend = &uses.names["backend"].members;
        assert_eq!(backend["save"], Member::Method(2));
        assert_eq!(backend["done"], Member::Signal);
        assert_eq!(backend["lost"], Member::Signal);
        assert_eq!(read(&path, "Item {"), None);
    }
}

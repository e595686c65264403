//! A class: its bases, and its members by what moc would make of them.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::super::{Class, Method, without_scope};
use super::mask::{Mark, Said, Section};
use super::tokens::string;
use super::{Source, enums, macros};
use crate::project::syntax::line;
use crate::qml::literal;

/// Reads a class or namespace with these marks of its own; `None` if it has no name.
pub(super) fn read(source: &Source<'_>, scope: Node<'_>, marks: &[Mark]) -> Option<Class> {
    let name = without_scope(source.text(scope.child_by_field_name("name")?));
    let body = scope.child_by_field_name("body")?;
    let mut reading = Reading {
        source,
        marks,
        class: Class {
            name: name.to_owned(),
            line: line(scope),
            bases: bases(source, scope),
            ..Class::default()
        },
        sections: marks.iter().filter_map(section).collect(),
        initial: BTreeMap::new(),
    };
    let mut cursor = body.walk();
    let mut behind = body.start_byte();
    for member in body.named_children(&mut cursor) {
        reading.member(member, behind);
        behind = member.end_byte();
    }
    Some(reading.finished())
}

struct Reading<'a> {
    source: &'a Source<'a>,
    marks: &'a [Mark],
    class: Class,
    /// Where members of another kind begin.
    sections: Vec<(usize, Section)>,
    /// What fields begin with, as QML.
    initial: BTreeMap<String, String>,
}

fn section(mark: &Mark) -> Option<(usize, Section)> {
    match mark.said {
        Said::Section(section) => Some((mark.at, section)),
        Said::Macro(..) => None,
    }
}

/// `Base` of `class A : public ns::Base<B>`.
fn bases(source: &Source<'_>, class: Node<'_>) -> Vec<String> {
    let mut cursor = class.walk();
    let mut clauses = class.children(&mut cursor);
    let Some(clause) = clauses.find(|child| child.kind() == "base_class_clause") else {
        return Vec::new();
    };
    let mut cursor = clause.walk();
    let named = clause.named_children(&mut cursor);
    let types = named.filter(|child| {
        matches!(
            child.kind(),
            "type_identifier" | "qualified_identifier" | "template_type"
        )
    });
    let name = |node| {
        let text = source.text(node);
        let plain = text.split('<').next().unwrap_or(text);
        without_scope(plain).to_owned()
    };
    types.map(name).collect()
}

impl Reading<'_> {
    /// Reads a member, of which what stands behind the one before it is said.
    fn member(&mut self, member: Node<'_>, behind: usize) {
        if let Some(kind) = member.child_by_field_name("type")
            && kind.kind() == "enum_specifier"
        {
            self.class.enums.extend(enums::read(self.source, kind));
        } else if member.kind() == "enum_specifier" {
            self.class.enums.extend(enums::read(self.source, member));
        }
        let mut cursor = member.walk();
        let declarators = member.children_by_field_name("declarator", &mut cursor);
        for declarator in declarators {
            match function(declarator) {
                Some(function) => self.method(member, function, behind),
                None => self.field(member, declarator),
            }
        }
    }

    fn field(&mut self, member: Node<'_>, declarator: Node<'_>) {
        let value = member.child_by_field_name("default_value");
        if let Some(value) = value.and_then(|value| initial(self.source.text(value))) {
            let name = self.source.text(declarator).to_owned();
            self.initial.insert(name, value);
        }
    }

    fn method(&mut self, member: Node<'_>, function: Node<'_>, behind: usize) {
        let Some(name) = function.child_by_field_name("declarator") else {
            return;
        };
        if !matches!(name.kind(), "field_identifier" | "identifier") {
            return;
        }
        let from = self.marks.partition_point(|mark| mark.at < behind);
        let to = self
            .marks
            .partition_point(|mark| mark.at < name.start_byte());
        let before = self.marks.get(from..to).unwrap_or_default();
        let said = |wanted: &[&str]| {
            before.iter().any(|mark| {
                matches!(&mark.said, Said::Macro(name, _) if wanted.contains(&name.as_str()))
            })
        };
        let section = self.section(name.start_byte());
        let is_signal = section == Section::Signals || said(&["Q_SIGNAL"]);
        let is_callable =
            section == Section::Slots || said(&["Q_INVOKABLE", "Q_SLOT", "Q_SCRIPTABLE"]);
        if !is_signal && !is_callable {
            return;
        }
        let method = Method {
            name: self.source.text(name).to_owned(),
            type_name: self.return_type(member, name),
            parameters: parameters(self.source, function),
        };
        if is_signal {
            self.class.signals.push(method);
        } else {
            self.class.methods.push(method);
        }
    }

    /// The type before the name, pointers included: `Foo *` of `virtual Foo *make()`.
    fn return_type(&self, member: Node<'_>, name: Node<'_>) -> String {
        let Some(kind) = member.child_by_field_name("type") else {
            return String::new();
        };
        let between = self.source.text.get(kind.end_byte()..name.start_byte());
        let is_pointer = between.is_some_and(|between| between.contains('*'));
        let text = self.source.text(kind);
        match text {
            "void" if !is_pointer => String::new(),
            _ if is_pointer => format!("{text}*"),
            _ => text.to_owned(),
        }
    }

    fn section(&self, at: usize) -> Section {
        let before = self.sections.partition_point(|(from, _)| *from < at);
        let section = before
            .checked_sub(1)
            .and_then(|last| self.sections.get(last));
        section.map_or(Section::Plain, |(_, section)| *section)
    }

    /// The class with what only all of its members say together.
    fn finished(mut self) -> Class {
        let flags: BTreeMap<_, _> = args(self.marks, "Q_DECLARE_FLAGS")
            .filter_map(pair)
            .collect();
        let words = [
            "Q_ENUM",
            "Q_ENUMS",
            "Q_ENUM_NS",
            "Q_FLAG",
            "Q_FLAGS",
            "Q_FLAG_NS",
        ];
        let shown: BTreeSet<&str> = words
            .iter()
            .flat_map(|name| args(self.marks, name))
            .flat_map(str::split_whitespace)
            .map(|name| *flags.get(name).unwrap_or(&name))
            .collect();
        self.class
            .enums
            .retain(|known| shown.contains(&*known.name));
        let properties = args(self.marks, "Q_PROPERTY");
        let properties = properties.filter_map(|args| macros::property(args, &self.initial));
        self.class.properties = properties.collect();
        self.class
    }
}

fn args<'m>(marks: &'m [Mark], wanted: &'m str) -> impl Iterator<Item = &'m str> {
    marks.iter().filter_map(move |mark| match &mark.said {
        Said::Macro(name, args) if name == wanted => Some(args.as_str()),
        _ => None,
    })
}

/// `Options, Option`
fn pair(args: &str) -> Option<(&str, &str)> {
    let (flags, values) = args.split_once(',')?;
    Some((flags.trim(), values.trim()))
}

/// The declarator of a function, behind pointers and references to what it returns.
fn function(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut node = declarator;
    loop {
        node = match node.kind() {
            "function_declarator" => return Some(node),
            "pointer_declarator" => node.child_by_field_name("declarator")?,
            "reference_declarator" => node.named_child(0)?,
            _ => return None,
        };
    }
}

/// The names and types of parameters.
fn parameters(source: &Source<'_>, function: Node<'_>) -> Vec<(String, String)> {
    let Some(list) = function.child_by_field_name("parameters") else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    let declared = list.named_children(&mut cursor);
    let declared = declared.filter(|child| {
        matches!(
            child.kind(),
            "parameter_declaration" | "optional_parameter_declaration"
        )
    });
    let parameter = |node: Node<'_>| {
        let kind = node.child_by_field_name("type");
        let kind = kind.map_or("", |kind| source.text(kind));
        let declarator = node.child_by_field_name("declarator");
        let declarator = declarator.map_or("", |declarator| source.text(declarator));
        let star = if declarator.contains('*') { "*" } else { "" };
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let name = declarator.trim_start_matches(|c| !is_part(c));
        let name = name.split(|c| !is_part(c)).next().unwrap_or_default();
        (name.to_owned(), format!("{kind}{star}"))
    };
    let parameters: Vec<_> = declared.map(parameter).collect();
    // `f(void)`
    let is_none = matches!(&parameters[..], [(name, kind)] if name.is_empty() && kind == "void");
    if is_none { Vec::new() } else { parameters }
}

/// The QML for a literal that a field begins with: `5`, `"a"`, `QStringLiteral("a")`, `{true}`.
fn initial(value: &str) -> Option<String> {
    let value = value.trim_matches(['{', '}']).trim();
    let is_number =
        value.starts_with(|c: char| c.is_ascii_digit() || c == '-') && value.parse::<f64>().is_ok();
    if is_number || matches!(value, "true" | "false") {
        return Some(value.to_owned());
    }
    let inside = value.split_once('(').map_or(value, |(_, inside)| inside);
    let text = string(inside.trim_end_matches("_s").trim_end_matches(')').trim())?;
    Some(literal::quoted(&literal::unescape(text)))
}

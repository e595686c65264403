//! The text of a stand-in: one QML document, valid in Qt 5.15 and 6.

use std::collections::{BTreeMap, BTreeSet};

use super::base::Base;
use super::known;
use super::names::{capital, is_name, parameters};
use super::objects::Objects;
use super::uses::{Member, Usage};
use super::value::{self, Plain};
use crate::project::native::{Class, Enum, Exposed, Method, NativeType, Natives, Property};

/// What a `font` has.
const FONT: &str = "family bold weight italic underline overline strikeout pointSize pixelSize \
    letterSpacing wordSpacing capitalization hintingPreference kerning preferShaping styleName";

/// What all stand-ins are written from.
pub(super) struct Sources<'a> {
    pub(super) natives: &'a Natives,
    pub(super) objects: Objects<'a>,
}

/// A document under way.
struct Writing<'a> {
    sources: &'a Sources<'a>,
    native: &'a NativeType,
    base: Base,
    /// Modules to import besides QtQuick.
    imports: BTreeSet<(String, u32)>,
    /// The names of members so far.
    taken: BTreeSet<String>,
    /// The members, with an empty line after each part.
    parts: Vec<Vec<String>>,
    left_out: Vec<String>,
}

/// The text of the document for `native`, and the members that no document can have.
pub(super) fn write(
    sources: &Sources<'_>,
    native: &NativeType,
    usage: Option<&Usage>,
    base: Base,
    origin: &str,
) -> (String, Vec<String>) {
    let mut writing = Writing {
        sources,
        native,
        base,
        imports: BTreeSet::new(),
        taken: BTreeSet::new(),
        parts: vec![Vec::new()],
        left_out: Vec::new(),
    };
    if let Some(usage) = usage {
        writing.reserve(usage);
    }
    writing.class(&native.class);
    if let Some(usage) = usage {
        writing.used(usage);
    }
    let mut text = format!(
        "// Written by `qmlserve stubs` from {origin}.\n\
         // It stands in for what only the program has. It is yours to edit: an existing file is kept.\n"
    );
    if native.exposed == Exposed::Singleton {
        text.push_str("pragma Singleton\n");
    }
    text.push_str("import QtQuick 2.12\n");
    if base == Base::Window {
        text.push_str("import QtQuick.Window 2.12\n");
    }
    for (uri, major) in &writing.imports {
        text.push_str(&format!("import {uri} {major}.0\n"));
    }
    text.push_str(&format!("\n{} {{\n", base.name()));
    let parts = writing.parts.iter().filter(|part| !part.is_empty());
    for (index, part) in parts.enumerate() {
        if index > 0 {
            text.push('\n');
        }
        for line in part.iter().flat_map(|member| member.lines()) {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text.push_str("}\n");
    (text, writing.left_out)
}

impl Writing<'_> {
    fn line(&mut self, member: String) {
        if let Some(part) = self.parts.last_mut() {
            part.push(member);
        }
    }

    /// Puts an empty line between what is written so far and what follows.
    fn gap(&mut self) {
        self.parts.push(Vec::new());
    }

    /// Whether a member of this name can be declared; from then on it is.
    fn take(&mut self, name: &str) -> bool {
        if !is_name(name) {
            self.left_out.push(name.to_owned());
            return false;
        }
        self.taken.insert(name.to_owned())
    }

    /// Keeps the names of signals free that come with properties which only documents tell of: a
    /// macro of the project's own may declare them.
    fn reserve(&mut self, usage: &Usage) {
        for (name, member) in &usage.members {
            if matches!(
                member,
                Member::Property(_) | Member::List | Member::Group(_)
            ) {
                self.taken.insert(format!("{name}Changed"));
            }
        }
    }

    fn class(&mut self, class: &Class) {
        for known in &class.enums {
            self.enumeration(known);
        }
        self.gap();
        for property in &class.properties {
            self.property(property, class.default_property.as_deref());
        }
        self.gap();
        // A change of a property has its signal already.
        let of_properties: Vec<_> = self
            .taken
            .iter()
            .map(|name| format!("{name}Changed"))
            .collect();
        self.taken.extend(of_properties);
        for signal in &class.signals {
            self.signal(signal);
        }
        for property in &class.properties {
            self.notify(property, &class.signals);
        }
        self.gap();
        let mut methods: BTreeMap<&str, &Method> = BTreeMap::new();
        for method in &class.methods {
            let known = methods.entry(&method.name).or_insert(method);
            if known.parameters.len() < method.parameters.len() {
                *known = method;
            }
        }
        let mut written = BTreeSet::new();
        for method in &class.methods {
            if let Some(method) = methods.get(&*method.name)
                && written.insert(&method.name)
            {
                self.method(method, &class.properties);
            }
        }
    }

    fn enumeration(&mut self, known: &Enum) {
        let is_capital = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
        let seen = known.values.iter().filter(|(name, _)| is_capital(name));
        let mut values = Vec::new();
        let mut names = BTreeSet::new();
        let mut next = 0;
        let mut stand_in = i64::from(i32::MAX);
        for (name, value) in seen.filter(|(name, _)| names.insert(name)) {
            // An enumeration of a document takes no negative number in Qt 5.15 and 6.4 (6.12 does).
            let (number, comment) = if (0..=i64::from(i32::MAX)).contains(value) {
                (*value, String::new())
            } else {
                stand_in -= 1;
                (
                    stand_in,
                    format!(" // {value} in the program; QML takes no such number"),
                )
            };
            let number = if number == next {
                String::new()
            } else {
                format!(" = {number}")
            };
            next = number.trim_start_matches(" = ").parse().unwrap_or(next) + 1;
            values.push((format!("    {name}{number}"), comment));
        }
        if values.is_empty() || !is_capital(&known.name) || !self.taken.insert(known.name.clone()) {
            return;
        }
        let last = values.len() - 1;
        let mut text = format!("enum {} {{\n", known.name);
        for (index, (value, comment)) in values.iter().enumerate() {
            let comma = if index == last { "" } else { "," };
            text.push_str(&format!("{value}{comma}{comment}\n"));
        }
        self.line(text + "}");
    }

    fn property(&mut self, property: &Property, default: Option<&str>) {
        if self.base.has_property(&property.name) || !self.take(&property.name) {
            return;
        }
        let (mut of_type, initial) = self.value(&property.type_name);
        let given = property
            .initial
            .clone()
            .filter(|given| fits(of_type, given));
        let initial = given.unwrap_or(initial);
        // What only the program sets may be a group: `border { width: 1 }` needs its type.
        let object = initial.strip_suffix(" {}").unwrap_or_default();
        let is_default = default == Some(&property.name);
        if of_type == "var" && property.write.is_none() && !is_default && !object.is_empty() {
            of_type = object;
        }
        let head = if is_default {
            "default property"
        } else {
            "property"
        };
        let value = match &*initial {
            // Qt 5.15 does not parse the one beside the other.
            object if is_default && object.ends_with("{}") => String::new(),
            "" => String::new(),
            initial => format!(": {initial}"),
        };
        self.line(format!("{head} {of_type} {}{value}", property.name));
    }

    /// The type in QML for one of the source, and an expression to begin with.
    fn value(&mut self, type_name: &str) -> (&'static str, String) {
        let plain = Plain::of(type_name);
        if let Some(known) = self
            .sources
            .objects
            .of_class(plain.name, &self.native.uri)
            .filter(|_| plain.is_pointer)
        {
            return ("var", self.object(known));
        }
        match value::of_qt(plain) {
            Some(value) => (value.of_type, value.initial),
            None if plain.is_pointer => ("var", "null".to_owned()),
            None if self.sources.natives.enums.contains(plain.name) => ("int", "0".to_owned()),
            None => ("var", gadget(self.sources.natives, plain.name, 0)),
        }
    }

    fn object(&mut self, native: &NativeType) -> String {
        let is_one = native.exposed == Exposed::Singleton;
        let holder = &self.native.class.name;
        // A type of Qt's goes before one of the same name beside the document.
        let is_elsewhere = native.uri != self.native.uri;
        let is_hidden =
            known::is_known(&native.name) || is_elsewhere && native.exposed == Exposed::Internal;
        if is_hidden || !self.sources.objects.holds(holder, &native.class.name) {
            return "null".to_owned();
        }
        if is_elsewhere {
            let major = native.majors.first().copied().unwrap_or(1);
            self.imports.insert((native.uri.clone(), major));
        }
        if is_one {
            native.name.clone()
        } else {
            format!("{} {{}}", native.name)
        }
    }

    fn signal(&mut self, signal: &Method) {
        if self.base.has_signal(&signal.name) || !self.take(&signal.name) {
            return;
        }
        let types: Vec<_> = signal
            .parameters
            .iter()
            .map(|(_, type_name)| self.value(type_name).0)
            .collect();
        let names = parameters(&signal.parameters);
        let typed = names.iter().zip(types).map(|(name, of_type)| {
            let of_type = if of_type.contains('<') || of_type == "Component" {
                "var"
            } else {
                of_type
            };
            format!("{of_type} {name}")
        });
        let typed: Vec<_> = typed.collect();
        self.line(format!("signal {}({})", signal.name, typed.join(", ")));
    }

    /// A signal of another name that tells of a property's changes.
    fn notify(&mut self, property: &Property, signals: &[Method]) {
        let Some(notify) = &property.notify else {
            return;
        };
        let signal = signals.iter().find(|signal| signal.name == *notify);
        let is_bare = signal.is_some_and(|signal| signal.parameters.is_empty());
        let is_own = *notify != format!("{}Changed", property.name);
        let is_plain = property.name.starts_with(|c: char| c.is_ascii_lowercase());
        if is_bare
            && is_own
            && is_plain
            && self.taken.contains(notify)
            && self.taken.contains(&property.name)
        {
            self.line(format!("on{}Changed: {notify}()", capital(&property.name)));
        }
    }

    fn method(&mut self, method: &Method, properties: &[Property]) {
        if self.base.has_method(&method.name)
            || self.base.has_signal(&method.name)
            || !self.take(&method.name)
        {
            return;
        }
        let mut names = parameters(&method.parameters);
        let is_it = |name: &Option<String>| name.as_ref() == Some(&method.name);
        let declared = |property: &&Property| self.taken.contains(&property.name);
        let written = properties
            .iter()
            .filter(declared)
            .find(|property| is_it(&property.write));
        let read = properties
            .iter()
            .filter(declared)
            .find(|property| is_it(&property.read));
        let body = match (written, read, &mut names[..]) {
            (Some(property), _, [parameter]) => {
                // Not the parameter itself, which may be called as the property is.
                *parameter = if property.name == "value" {
                    "newValue"
                } else {
                    "value"
                }
                .to_owned();
                format!(" {} = {parameter} ", property.name)
            }
            (_, Some(property), []) => format!(" return {} ", property.name),
            _ => match &*self.returned(&method.type_name) {
                "" => String::new(),
                value => format!(" return {value} "),
            },
        };
        self.line(format!(
            "function {}({}) {{{body}}}",
            method.name,
            names.join(", ")
        ));
    }

    /// What a method returns. No objects are made for it.
    fn returned(&mut self, type_name: &str) -> String {
        let plain = Plain::of(type_name);
        if plain.name.is_empty() || plain.name == "void" {
            return String::new();
        }
        let of_class = self.sources.objects.of_class(plain.name, &self.native.uri);
        match of_class.filter(|_| plain.is_pointer) {
            Some(known) if known.exposed == Exposed::Singleton => self.object(known),
            Some(_) => "null".to_owned(),
            None => match self.value(type_name) {
                ("list<QtObject>", _) => "[]".to_owned(),
                ("font", _) => "Qt.font({ bold: false })".to_owned(),
                (_, initial) if initial.ends_with("{}") => "null".to_owned(),
                (_, initial) if initial == "undefined" => String::new(),
                (_, initial) => initial,
            },
        }
    }

    /// `font.bold: true`: what is in a group has to be known to its type.
    fn group(&mut self, name: &str, names: &BTreeSet<String>) {
        if name == "font"
            && names
                .iter()
                .all(|name| FONT.split_whitespace().any(|own| own == name))
        {
            return self.line("property font font".to_owned());
        }
        let of_type = format!("{}Group", capital(name));
        let names = names.iter().filter(|name| is_name(name));
        let inner: String = names
            .map(|name| format!("    property var {name}\n"))
            .collect();
        self.line(format!("component {of_type}: QtObject {{\n{inner}}}"));
        self.line(format!("property {of_type} {name}: {of_type} {{}}"));
    }

    /// What documents use besides.
    fn used(&mut self, usage: &Usage) {
        self.gap();
        let mut values = Vec::new();
        for (name, member) in &usage.members {
            let is_known = self.taken.contains(name)
                || self.base.has_property(name)
                || self.base.has_signal(name)
                || self.base.has_method(name);
            match member {
                Member::Value => values.push(name.clone()),
                _ if is_known || !is_name(name) => {}
                Member::Property(initial) => {
                    self.taken.extend([name.clone(), format!("{name}Changed")]);
                    let initial = initial.as_deref().unwrap_or("undefined");
                    self.line(format!("property var {name}: {initial}"));
                }
                Member::List => {
                    self.taken.extend([name.clone(), format!("{name}Changed")]);
                    self.line(format!("property list<QtObject> {name}"));
                }
                Member::Group(names) => {
                    self.taken.extend([name.clone(), format!("{name}Changed")]);
                    self.group(name, names);
                }
                Member::Method(count) => {
                    self.taken.insert(name.clone());
                    let names: Vec<_> = (0..*count).map(|number| format!("arg{number}")).collect();
                    self.line(format!("function {name}({}) {{}}", names.join(", ")));
                }
                Member::Signal => {
                    self.taken.insert(name.clone());
                    self.line(format!("signal {name}()"));
                }
            }
        }
        let known = self.native.class.enums.iter();
        let known: BTreeSet<_> = known
            .flat_map(|known| {
                known
                    .values
                    .iter()
                    .map(|(name, _)| name)
                    .chain([&known.name])
            })
            .collect();
        values.retain(|name| !known.contains(name));
        if !values.is_empty() && self.native.class.enums.is_empty() {
            let text = values.join(", ");
            self.line(format!("enum Used {{ {text} }}"));
        }
        let takes = self.base.takes_children() || self.native.class.default_property.is_some();
        if usage.has_children && !takes && self.take("contents") {
            self.line("default property list<QtObject> contents".to_owned());
        }
    }
}

/// The object that stands for a value of the program's.
fn gadget(natives: &Natives, name: &str, depth: usize) -> String {
    const DEEPEST: usize = 3;
    let Some(class) = natives.values.get(name).filter(|_| depth < DEEPEST) else {
        return "undefined".to_owned();
    };
    let fields = class
        .properties
        .iter()
        .filter(|property| is_name(&property.name));
    let fields = fields.map(|property| {
        let plain = Plain::of(&property.type_name);
        let value = match value::of_qt(plain) {
            Some(value) if value.initial.is_empty() || value.initial.ends_with("{}") => {
                "null".to_owned()
            }
            Some(value) => property
                .initial
                .clone()
                .filter(|given| fits(value.of_type, given))
                .unwrap_or(value.initial),
            None if natives.enums.contains(plain.name) => "0".to_owned(),
            None => gadget(natives, plain.name, depth + 1),
        };
        format!("{}: {value}", property.name)
    });
    format!("({{ {} }})", fields.collect::<Vec<_>>().join(", "))
}

/// Whether a literal can begin a property of this type.
fn fits(of_type: &str, literal: &str) -> bool {
    let is_text = literal.starts_with('"');
    match of_type {
        "string" | "url" | "color" => is_text,
        "bool" => matches!(literal, "true" | "false"),
        "int" => literal.parse::<i32>().is_ok(),
        "real" => literal.parse::<f64>().is_ok(),
        _ => false,
    }
}

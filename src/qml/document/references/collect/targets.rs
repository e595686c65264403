//! Whose property a value is written to.

use tree_sitter::Node;

use super::super::scope::{Declared, Scope};
use super::super::surroundings::Object;
use super::super::values::last_name;
use super::super::{PropertyKind, Receiver, Target};
use super::{Collector, field, starts_upper};
use crate::qml::syntax::Syntax;

/// How often an alias may stand for an alias.
const MOST_ALIASES: usize = 16;

/// What becomes of a string that is written.
pub(super) enum Place {
    /// It stays a string, in a property that this document declares.
    String,
    /// It becomes a URL, in a property that this document declares.
    Url,
    /// That is for the tree's types to say.
    Property { target: Target, property: Box<str> },
}

impl Place {
    /// The property of that name of an object that cannot be told.
    pub(super) fn unknown(receiver: Receiver, property: &str) -> Self {
        Self::Property {
            target: Target::Unknown(receiver),
            property: property.into(),
        }
    }

    fn of(type_name: &str, path: &[&str], property: &str, receiver: Option<Receiver>) -> Self {
        Self::Property {
            target: Target::Of {
                type_name: type_name.into(),
                path: boxed(path),
                receiver,
            },
            property: property.into(),
        }
    }
}

fn boxed(path: &[&str]) -> Vec<Box<str>> {
    path.iter().map(|name| (*name).into()).collect()
}

impl<'a> Collector<'a> {
    /// The place of a binding to `owners.property` in the innermost object.
    pub(super) fn bound(&self, owners: &[&'a str], property: &str) -> Place {
        let Some(innermost) = self.around.objects.last() else {
            return Place::unknown(Receiver::Anyone, property);
        };
        if is_about_another(innermost.type_name) {
            return match owners.split_first() {
                None => self.of_named_target(innermost, owners, property),
                Some((id, path)) => self.of_id(id, path, property),
            };
        }
        // Around the innermost object may be grouped properties: `font { bold: true }`.
        let groups = self.around.objects.iter().rev();
        let groups: Vec<_> = groups
            .take_while(|object| !starts_upper(object.type_name))
            .collect();
        let object = self.around.objects.iter().rev().nth(groups.len());
        let names = groups.iter().rev().map(|group| group.type_name);
        let path: Vec<&str> = names.chain(owners.iter().copied()).collect();
        match object {
            Some(object) => self.of_object(object, &path, property, MOST_ALIASES),
            None => Place::unknown(Receiver::Anyone, property),
        }
    }

    /// The place that a `PropertyChanges` or the like is about.
    pub(super) fn of_named_target(
        &self,
        object: &Object<'a>,
        path: &[&str],
        property: &str,
    ) -> Place {
        let target = field(self.syntax, object, "target").unwrap_or_default();
        let mut names: Vec<&str> = target.split('.').map(str::trim).collect();
        let is_path = names.iter().all(|name| is_identifier(name));
        names.extend(path);
        match names.split_first() {
            Some((id, path)) if is_path => self.of_id(id, path, property),
            _ => Place::unknown(Receiver::Anyone, property),
        }
    }

    /// The place that `object.property` is in JavaScript.
    pub(super) fn of_expression(&self, object: Node<'a>, property: &str) -> Place {
        let path = self.path(object).unwrap_or_default();
        let Some((first, rest)) = path.split_first() else {
            return Place::unknown(self.receiver(object), property);
        };
        if self.scope.is_variable(first, object.start_byte()) {
            return match rest.last() {
                Some(&"icon") => Place::of("icon", &[], property, Some(Receiver::Anyone)),
                _ => Place::unknown(self.receiver(object), property),
            };
        }
        self.of_id(first, rest, property)
    }

    /// Who may have created what an expression is worth.
    pub(super) fn receiver(&self, object: Node<'a>) -> Receiver {
        let created = |value: Node<'a>| {
            let function = value.child_by_field_name("function")?;
            (last_name(self.syntax, function) == "createObject").then_some(Receiver::Root)
        };
        match self.path(object).as_deref() {
            Some([name]) if self.scope.is_variable(name, object.start_byte()) => self
                .scope
                .initial(name, object.start_byte())
                .and_then(created)
                .unwrap_or(Receiver::Anyone),
            Some([.., name]) => Receiver::by_name(name),
            _ => created(object).unwrap_or(Receiver::Anyone),
        }
    }

    /// `a.b.c` as its names.
    fn path(&self, expression: Node<'a>) -> Option<Vec<&'a str>> {
        let mut names = Vec::new();
        let mut rest = expression;
        while rest.kind() == "member_expression" {
            names.push(self.syntax.text(rest.child_by_field_name("property")?));
            rest = rest.child_by_field_name("object")?;
        }
        let is_name = rest.kind() == "identifier";
        names.push(self.syntax.text(rest));
        names.reverse();
        is_name.then_some(names)
    }

    /// The place that is found from a name that is no variable: an id, a property of an
    /// object around, a singleton, or something of a document around this one.
    fn of_id(&self, name: &str, path: &[&str], property: &str) -> Place {
        if let Some(object) = self.scope.by_id(name) {
            return self.of_object(&object, path, property, MOST_ALIASES);
        }
        if starts_upper(name) {
            return Place::of(name, path, property, Some(Receiver::Root));
        }
        let path: Vec<&str> = std::iter::once(name).chain(path.iter().copied()).collect();
        self.around(&path, property)
    }

    /// The place that is found from a bare name: the property itself, or the first of a path.
    pub(super) fn around(&self, path: &[&str], property: &str) -> Place {
        let objects = self.around.objects.iter().rev();
        let first = path.first().copied().unwrap_or(property);
        let mut declaring = objects
            .clone()
            .filter(|object| self.scope.declared(object, first).is_some());
        match declaring.next() {
            Some(object) => self.of_object(object, path, property, MOST_ALIASES),
            None => Place::Property {
                target: Target::Around {
                    types: objects.map(|object| object.type_name.into()).collect(),
                    path: boxed(path),
                },
                property: property.into(),
            },
        }
    }

    /// The place that is found by following a path from an object of this document.
    fn of_object(
        &self,
        object: &Object<'a>,
        path: &[&str],
        property: &str,
        aliases: usize,
    ) -> Place {
        // `Drag.imageSource`: what is attached is an object of its own.
        if let Some(at) = path.iter().rposition(|name| starts_upper(name)) {
            return Place::of(path[at], &path[at + 1..], property, None);
        }
        let (first, rest) = path
            .split_first()
            .map_or((property, None), |(first, rest)| (*first, Some(rest)));
        let Some(declared) = self.scope.declared(object, first) else {
            return Place::of(object.type_name, path, property, None);
        };
        if declared.type_name == "alias" {
            return self.of_alias(declared, rest, property, aliases);
        }
        match (rest, declared.type_name) {
            (None, "url") => Place::Url,
            (None, _) => Place::String,
            (Some(rest), type_name) if starts_upper(type_name) => {
                Place::of(type_name, rest, property, Some(Receiver::Anyone))
            }
            (Some(_), _) => Place::unknown(Receiver::Anyone, property),
        }
    }

    /// The same, through an alias. Without a rest the alias is the property itself.
    fn of_alias(
        &self,
        alias: &Declared<'a>,
        rest: Option<&[&str]>,
        property: &str,
        aliases: usize,
    ) -> Place {
        let meant = alias_path(self.syntax, alias);
        let object = meant.first().and_then(|id| self.scope.by_id(id));
        let (Some(object), Some(aliases)) = (object, aliases.checked_sub(1)) else {
            return Place::unknown(Receiver::Anyone, property);
        };
        let mut whole: Vec<&str> = meant[1..].to_vec();
        if let Some(rest) = rest {
            whole.extend(rest);
            whole.push(property);
        }
        match whole.split_last() {
            Some((property, path)) => self.of_object(&object, path, property, aliases),
            // The alias for an object is no string.
            None => Place::String,
        }
    }
}

/// What a declared property is to others.
pub(super) fn kind<'a>(
    syntax: &'a Syntax,
    scope: &Scope<'a>,
    declared: &Declared<'a>,
) -> PropertyKind {
    match declared.type_name {
        "url" => PropertyKind::Url,
        "alias" => alias(syntax, scope, declared),
        "var" | "variant" => PropertyKind::Variable,
        type_name if starts_upper(type_name) => PropertyKind::Object {
            type_name: type_name.rsplit('.').next().unwrap_or(type_name).into(),
            own: false,
        },
        _ => PropertyKind::Other,
    }
}

fn alias<'a>(syntax: &'a Syntax, scope: &Scope<'a>, declared: &Declared<'a>) -> PropertyKind {
    let path = alias_path(syntax, declared);
    let object = path.first().and_then(|id| scope.by_id(id));
    let type_name: Box<str> = object.map_or("", |object| object.type_name).into();
    match path.get(1..).and_then(<[&str]>::split_last) {
        None => PropertyKind::Object {
            type_name,
            own: true,
        },
        Some((property, path)) => PropertyKind::Alias {
            type_name,
            path: boxed(path),
            property: (*property).into(),
        },
    }
}

/// `id.a.b` as its names.
fn alias_path<'a>(syntax: &'a Syntax, declared: &Declared<'a>) -> Vec<&'a str> {
    let text = declared.value.map_or("", |value| syntax.text(value));
    let names = text.trim_end_matches(';').split('.').map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

/// Types whose bindings are about the properties of another object.
fn is_about_another(type_name: &str) -> bool {
    matches!(
        type_name,
        "PropertyChanges" | "Binding" | "PropertyAction" | "PropertyAnimation"
    )
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

//! Whose property a value is written to.

use tree_sitter::Node;

use super::super::enclosing::Object;
use super::super::scope::{Declared, Scope};
use super::super::values::last_name;
use super::super::{PropertyKind, Receiver, WriteTarget};
use super::{Collector, field, starts_upper};
use crate::qml::syntax::Syntax;

/// How often an alias may stand for an alias.
const MOST_ALIASES: usize = 16;

/// What becomes of a string that is written.
pub(super) enum Destination {
    /// It stays a string, in a property that this document declares.
    String,
    /// It becomes a URL, in a property that this document declares.
    Url,
    /// That is for the tree's types to say.
    Property {
        target: WriteTarget,
        property: Box<str>,
    },
}

impl Destination {
    /// The property of that name of an object that cannot be told.
    pub(super) fn unknown(receiver: Receiver, property: &str) -> Self {
        Self::Property {
            target: WriteTarget::Unknown(receiver),
            property: property.into(),
        }
    }

    /// The property under a key of an object literal: `"icon.source"` leads on.
    pub(super) fn keyed(receiver: Receiver, key: &str) -> Self {
        let mut names = key.rsplit('.').map(str::trim);
        let property = names.next().unwrap_or(key);
        match names.next() {
            None => Self::unknown(receiver, property),
            Some("icon") => Self::of("icon", &[], property, Some(Receiver::Anyone)),
            Some(owner) => Self::unknown(Receiver::by_name(owner), property),
        }
    }

    pub(super) fn is_initial_item(&self) -> bool {
        matches!(self, Self::Property { property, .. } if property.as_ref() == "initialItem")
    }

    fn of(type_name: &str, path: &[&str], property: &str, receiver: Option<Receiver>) -> Self {
        Self::Property {
            target: WriteTarget::Of {
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
    /// The place of a binding to `owners.property` in the last of `objects`, each of which is
    /// inside the one before.
    pub(super) fn bound(
        &self,
        objects: &[Object<'a>],
        owners: &[&str],
        property: &str,
    ) -> Vec<Destination> {
        let Some(innermost) = objects.last() else {
            return vec![Destination::unknown(Receiver::Anyone, property)];
        };
        if is_about_another(innermost.type_name) {
            return match owners.split_first() {
                None => self.of_named_target(innermost, owners, property),
                Some((id, path)) => self.of_id(id, path, property),
            };
        }
        // Around the innermost object may be grouped properties: `font { bold: true }`.
        let groups = objects.iter().rev();
        let groups: Vec<_> = groups
            .take_while(|object| !starts_upper(object.type_name))
            .collect();
        let object = objects.iter().rev().nth(groups.len());
        let names = groups.iter().rev().map(|group| group.type_name);
        let path: Vec<&str> = names.chain(owners.iter().copied()).collect();
        match object {
            Some(object) => vec![self.of_object(object, &path, property, MOST_ALIASES)],
            None => vec![Destination::unknown(Receiver::Anyone, property)],
        }
    }

    /// The place that a `PropertyChanges` or the like is about.
    pub(super) fn of_named_target(
        &self,
        object: &Object<'a>,
        path: &[&str],
        property: &str,
    ) -> Vec<Destination> {
        let target = match field(self.syntax, object, "targets") {
            None => field(self.syntax, object, "target").unwrap_or_default(),
            Some(_) => "",
        };
        let mut names: Vec<&str> = target.split('.').map(str::trim).collect();
        let is_path = names.iter().all(|name| is_identifier(name));
        names.extend(path);
        match names.split_first() {
            Some((id, path)) if is_path => self.of_id(id, path, property),
            _ => vec![Destination::unknown(Receiver::Anyone, property)],
        }
    }

    /// The places that `object.property` may be in JavaScript.
    pub(super) fn of_expression(&self, object: Node<'a>, property: &str) -> Vec<Destination> {
        let path = self.path(object).unwrap_or_default();
        let Some((first, rest)) = path.split_first() else {
            return vec![Destination::unknown(self.receiver(object), property)];
        };
        let at = object.start_byte();
        if self.scope.is_variable(first, at) || self.scope.is_borrowed(at) {
            let place = match rest.last() {
                Some(&"icon") => Destination::of("icon", &[], property, Some(Receiver::Anyone)),
                _ => Destination::unknown(self.receiver(object), property),
            };
            return vec![place];
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
                .constant(name, object.start_byte())
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

    /// The places that are found from a name that is no variable: an id, a property of an
    /// object around, a singleton, or something of a document around this one.
    fn of_id(&self, name: &str, path: &[&str], property: &str) -> Vec<Destination> {
        let objects = self.scope.by_id(name).iter();
        let of_ids: Vec<_> = objects
            .map(|object| self.of_object(object, path, property, MOST_ALIASES))
            .collect();
        if !of_ids.is_empty() {
            return of_ids;
        }
        if starts_upper(name) {
            return vec![Destination::of(name, path, property, Some(Receiver::Root))];
        }
        let path: Vec<&str> = std::iter::once(name).chain(path.iter().copied()).collect();
        self.around(&path, property)
    }

    /// The place that is found from a bare name: the property itself, or the first of a path.
    pub(super) fn around(&self, path: &[&str], property: &str) -> Vec<Destination> {
        let objects = self.around.objects.iter().rev();
        let first = path.first().copied().unwrap_or(property);
        let mut declaring = objects
            .clone()
            .filter(|object| self.scope.declared(object, first).is_some());
        let place = match declaring.next() {
            Some(object) => self.of_object(object, path, property, MOST_ALIASES),
            None => Destination::Property {
                target: WriteTarget::Around {
                    types: objects.map(|object| object.type_name.into()).collect(),
                    path: boxed(path),
                },
                property: property.into(),
            },
        };
        vec![place]
    }

    /// The place that is found by following a path from an object of this document.
    fn of_object(
        &self,
        object: &Object<'a>,
        path: &[&str],
        property: &str,
        aliases: usize,
    ) -> Destination {
        // `Drag.imageSource`: what is attached is an object of its own.
        if let Some(at) = path.iter().rposition(|name| starts_upper(name)) {
            return Destination::of(path[at], &path[at + 1..], property, None);
        }
        let (first, rest) = path
            .split_first()
            .map_or((property, None), |(first, rest)| (*first, Some(rest)));
        let Some(declared) = self.scope.declared(object, first) else {
            return Destination::of(object.type_name, path, property, None);
        };
        if declared.type_name == "alias" {
            return self.of_alias(declared, rest, property, aliases);
        }
        match (rest, declared.type_name) {
            (None, "url") => Destination::Url,
            (None, _) => Destination::String,
            (Some(rest), type_name) if starts_upper(type_name) => {
                Destination::of(type_name, rest, property, Some(Receiver::Anyone))
            }
            (Some(_), _) => Destination::unknown(Receiver::Anyone, property),
        }
    }

    /// The same, through an alias. Without a rest the alias is the property itself.
    fn of_alias(
        &self,
        alias: &Declared<'a>,
        rest: Option<&[&str]>,
        property: &str,
        aliases: usize,
    ) -> Destination {
        let meant = alias_path(self.syntax, alias);
        let Some((id, inside)) = meant.split_first() else {
            return Destination::unknown(Receiver::Anyone, property);
        };
        let mut whole: Vec<&str> = inside.to_vec();
        if let Some(rest) = rest {
            whole.extend(rest);
            whole.push(property);
        }
        let object = aliased(self.syntax, &self.scope, alias, id);
        match (whole.split_last(), object, aliases.checked_sub(1)) {
            (Some((property, path)), Some(object), Some(aliases)) => {
                self.of_object(&object, path, property, aliases)
            }
            (Some((property, _)), ..) => Destination::unknown(Receiver::Anyone, property),
            // The alias for an object is no string.
            (None, ..) => Destination::String,
        }
    }
}

/// The object that an alias is about. If its id is there in several components, it is the one
/// of the alias's own; `None` if that cannot be told.
fn aliased<'a>(
    syntax: &'a Syntax,
    scope: &Scope<'a>,
    alias: &Declared<'a>,
    id: &str,
) -> Option<Object<'a>> {
    let objects = scope.by_id(id);
    if let [object] = objects {
        return Some(*object);
    }
    let component = alias.owner.component(syntax);
    let mut own = objects
        .iter()
        .filter(|object| object.component(syntax) == component);
    match (own.next(), own.next()) {
        (Some(object), None) => Some(*object),
        _ => None,
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
    let object = path
        .first()
        .and_then(|id| aliased(syntax, scope, declared, id));
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
pub(super) fn alias_path<'a>(syntax: &'a Syntax, declared: &Declared<'a>) -> Vec<&'a str> {
    let text = declared.value.map_or("", |value| syntax.text(value));
    let names = text.trim_end_matches(';').split('.').map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

/// Types whose bindings are about the properties of another object.
pub(super) fn is_about_another(type_name: &str) -> bool {
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

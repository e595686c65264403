//! The walk through a document that gathers its references.

mod calls;

use tree_sitter::Node;

use super::scope::{Object, Scope, Surroundings};
use super::values::{Values, values};
use super::{Computed, Property, PropertyKind, References, Write};
use crate::qml::literal;
use crate::qml::loading;
use crate::qml::syntax::{Syntax, nodes};

/// Properties that every item has and no type can declare anew, so that no value of them is a
/// file name. It keeps the lists short.
const NO_STRINGS: [&str; 16] = [
    "color", "data", "enabled", "focus", "height", "id", "model", "opacity", "radius", "scale",
    "spacing", "visible", "width", "x", "y", "z",
];

/// Longer literals are prose or data.
const LONGEST_NAME: usize = 300;

/// The references in a document that parses.
pub(in crate::qml::document) fn collect(syntax: &Syntax) -> References {
    if syntax.is_monstrous() {
        return References {
            computed: Computed::Anything,
            ..References::default()
        };
    }
    let mut collector = Collector {
        syntax,
        scope: Scope::of(syntax),
        around: Surroundings::new(syntax.root(), syntax.is_script()),
        left_side: None,
        found: References::default(),
    };
    let root = match syntax.is_script() {
        true => Some(syntax.root()),
        false => syntax.root().child_by_field_name("root"),
    };
    for node in root.into_iter().flat_map(nodes) {
        collector.around.enter(syntax, node);
        collector.visit(node);
    }
    collector.declared_properties();
    collector.found
}

struct Collector<'a> {
    syntax: &'a Syntax,
    scope: Scope<'a>,
    around: Surroundings<'a>,
    /// The left side of the last `+`, which is visited next: a part of the same string.
    left_side: Option<usize>,
    found: References,
}

/// Whose property is written.
enum Target<'a> {
    /// That of an object of this document, of this type.
    Here(&'a str),
    /// That of an object which may be of another document.
    Elsewhere,
}

impl<'a> Collector<'a> {
    fn visit(&mut self, node: Node<'a>) {
        let text = self.syntax.text(node);
        match node.kind() {
            "string" => self.string(node, &literal::value(text).unwrap_or_default()),
            "string_fragment" if is_image(text) => {
                self.found.rich_text.computed |= is_template(node)
            }
            "template_string" => self.concatenation(node),
            "binary_expression" => self.binary(node),
            "ui_object_definition" | "ui_object_definition_binding" => self.object(),
            "ui_inline_component" => self.inline_component(node),
            "ui_binding" => self.binding(node),
            "ui_property" => self.property(node),
            "assignment_expression" => self.assignment(node),
            "pair" => self.pair(node),
            "shorthand_property_identifier" => self.shorthand(node),
            "call_expression" => self.call(node),
            "property_identifier" => self.function_as_value(node),
            _ => {}
        }
        let is_name = node.child_count() == 0 && node.kind().ends_with("identifier");
        if is_name && text.starts_with(char::is_uppercase) {
            self.found.names.insert(text.into());
        }
    }

    fn worth(&self, node: Node<'a>) -> Values {
        values(self.syntax, &self.scope, node)
    }

    fn string(&mut self, node: Node<'a>, value: &str) {
        let found = &mut self.found;
        if is_image(value) {
            found.rich_text.literals.extend(words(value).map(Box::from));
            let is_part = node
                .parent()
                .is_some_and(|parent| parent.kind() == "binary_expression");
            found.rich_text.computed |= is_part || value.contains('%');
        }
        if is_file_name(value) {
            found.literals.insert(value.into());
        }
        if value.contains(|c: char| c.is_whitespace() || "<('\",".contains(c)) {
            let words = words(value).filter(|word| is_path_like(word));
            found.literals.extend(words.map(Box::from));
        }
        if loading::by_property(value) == Computed::Anything && !names_property(self.syntax, node) {
            self.found.sent.property_names = true;
        }
    }

    /// A string put together, wherever it goes: what is known of it limits what it can reach.
    fn concatenation(&mut self, node: Node<'a>) {
        let worth = self.worth(node);
        let patterns = worth
            .patterns()
            .filter(|pattern| pattern.parts.iter().any(|part| is_path_like(part)));
        self.found.patterns.extend(patterns);
        let literals = worth
            .literals()
            .filter(|text| is_file_name(text))
            .map(Box::from);
        self.found.literals.extend(literals);
    }

    fn binary(&mut self, node: Node<'a>) {
        let operator = node.child_by_field_name("operator");
        if operator.map(|operator| self.syntax.text(operator)) != Some("+") {
            return;
        }
        if self.left_side != Some(node.id()) {
            self.concatenation(node);
        }
        self.left_side = node.child_by_field_name("left").map(|left| left.id());
    }

    fn object(&mut self) {
        let is_document = !self.syntax.is_script() && self.found.root.is_none();
        if let ([object], true) = (self.around.objects.as_slice(), is_document) {
            self.found.root = Some(object.type_name.into());
        }
    }

    fn inline_component(&mut self, node: Node<'a>) {
        let object = node.child_by_field_name("component");
        let type_name = object.and_then(|object| object.child_by_field_name("type_name"));
        if let Some(type_name) = type_name {
            let name = last_part(self.syntax.text(type_name)).trim();
            self.found.component_roots.insert(name.into());
        }
    }

    fn binding(&mut self, node: Node<'a>) {
        let (Some(name), Some(value)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("value"),
        ) else {
            return;
        };
        let path: Vec<&str> = self.syntax.text(name).split('.').map(str::trim).collect();
        let Some((property, owners)) = path.split_last() else {
            return;
        };
        if is_handler(property) {
            return;
        }
        if matches!(*property, "value" | "from" | "to") {
            self.named_value(value);
        }
        let target = self.target(owners, node.start_byte());
        self.write(&target, property, value);
    }

    /// The object that a binding to `owners.property` writes to, in the innermost object.
    fn target(&self, owners: &[&'a str], at: usize) -> Target<'a> {
        let Some(object) = self.around.objects.last() else {
            return Target::Elsewhere;
        };
        match owners.last() {
            Some(owner) => match self.scope.object(owner, at) {
                Some(object) => Target::Here(object.type_name),
                None if starts_upper(owner) || *owner == "icon" => Target::Here(owner),
                None => Target::Elsewhere,
            },
            None if is_about_another(object.type_name) => self.named_target(object),
            None if starts_upper(object.type_name) || object.type_name == "icon" => {
                Target::Here(object.type_name)
            }
            // In a grouped property, which may be an alias for an object of another document.
            None => Target::Elsewhere,
        }
    }

    /// The object that a `PropertyChanges` or the like is about.
    fn named_target(&self, object: &Object<'a>) -> Target<'a> {
        let id = field(self.syntax, object, "target").unwrap_or_default();
        match self.scope.object(id, object.node.start_byte()) {
            Some(object) => Target::Here(object.type_name),
            None => Target::Elsewhere,
        }
    }

    /// The value in `Binding { property: "source"; value: … }`, or in an animation.
    fn named_value(&mut self, value: Node<'a>) {
        let Some(object) = self.around.objects.last().copied() else {
            return;
        };
        let named = ["property", "properties"]
            .iter()
            .find_map(|name| field(self.syntax, &object, name));
        let target = self.named_target(&object);
        match named.map(|named| (named, literal::value(named))) {
            None => {}
            Some((_, Some(names))) => {
                for name in words(&names) {
                    self.write(&target, last_part(name), value);
                }
            }
            Some(_) => self.write(&target, "source", value),
        }
    }

    fn property(&mut self, node: Node<'a>) {
        let text = |field| {
            node.child_by_field_name(field)
                .map(|node| self.syntax.text(node))
        };
        if let (Some("url"), Some(value)) = (text("type"), node.child_by_field_name("value")) {
            // Qt 5 resolves it here, whoever uses it.
            if self.worth(value).unknown {
                self.compute(Computed::Anything);
            }
        }
    }

    fn assignment(&mut self, node: Node<'a>) {
        let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
        ) else {
            return;
        };
        let field = |name| left.child_by_field_name(name);
        match left.kind() {
            "identifier" => {
                let name = self.syntax.text(left);
                if !self.scope.is_variable(name, left.start_byte()) {
                    self.write(&Target::Elsewhere, name, right);
                }
            }
            "member_expression" => {
                if let (Some(object), Some(property)) = (field("object"), field("property")) {
                    let target = self.object_of(object);
                    self.write(&target, self.syntax.text(property), right);
                }
            }
            "subscript_expression" => match field("index") {
                Some(index) if index.kind() == "string" => {
                    let name = literal::value(self.syntax.text(index)).unwrap_or_default();
                    self.write(&Target::Elsewhere, &name, right);
                }
                Some(index) if index.kind() == "number" => {}
                _ => self.found.sent.keyed |= self.worth(right).unknown,
            },
            _ => {}
        }
    }

    fn object_of(&self, expression: Node<'a>) -> Target<'a> {
        let name = self.syntax.text(expression);
        if name == "icon" || name.ends_with(".icon") {
            return Target::Here("icon");
        }
        match self.scope.object(name, expression.start_byte()) {
            Some(object) => Target::Here(object.type_name),
            None => Target::Elsewhere,
        }
    }

    /// In an object literal, which may be the first properties of a new object.
    fn pair(&mut self, node: Node<'a>) {
        if let (Some(key), Some(value)) = (
            node.child_by_field_name("key"),
            node.child_by_field_name("value"),
        ) {
            let text = self.syntax.text(key);
            let name = literal::value(text).unwrap_or_else(|| text.to_owned());
            self.write(&Target::Elsewhere, &name, value);
        }
    }

    fn shorthand(&mut self, node: Node<'a>) {
        let name = self.syntax.text(node);
        let worth = match self.scope.is_variable(name, node.start_byte()) {
            true => super::values::named(self.syntax, &self.scope, node),
            false => Values::unknown(),
        };
        self.record(&Target::Elsewhere, name, &worth);
    }

    fn write(&mut self, target: &Target<'a>, property: &str, value: Node<'a>) {
        if property == "initialItem"
            && value
                .named_child(0)
                .is_some_and(|item| self.is_object(item))
        {
            return;
        }
        let worth = self.worth(value);
        self.record(target, property, &worth);
    }

    fn record(&mut self, target: &Target<'a>, property: &str, worth: &Values) {
        if NO_STRINGS.contains(&property) {
            return;
        }
        let loads = loading::by_property(property);
        if loads > Computed::No {
            self.found.patterns.extend(worth.patterns());
            if matches!(target, Target::Elsewhere) {
                self.found.sent.patterns.extend(worth.patterns());
                let literals = worth.literals().filter(|text| is_file_name(text));
                self.found.sent.literals.extend(literals.map(Box::from));
            }
        }
        if !worth.unknown {
            return;
        }
        let type_name = match target {
            Target::Here(type_name) => Some((*type_name).into()),
            Target::Elsewhere => {
                self.send(loads);
                None
            }
        };
        self.found.writes.insert(Write {
            type_name,
            property: property.into(),
        });
    }

    fn send(&mut self, computed: Computed) {
        let sent = &mut self.found.sent.computed;
        *sent = computed.max(*sent);
        self.compute(computed);
    }

    fn compute(&mut self, computed: Computed) {
        self.found.computed = self.found.computed.max(computed);
    }

    fn declared_properties(&mut self) {
        for declared in self.scope.properties() {
            let kind = match declared.type_name {
                "url" => PropertyKind::Url,
                "alias" => alias(self.syntax, &self.scope, declared.value),
                _ => PropertyKind::Other,
            };
            if let PropertyKind::Alias {
                type_name,
                property,
            } = &kind
            {
                // From outside, anything may be written through it.
                self.found.writes.insert(Write {
                    type_name: Some(type_name.clone()),
                    property: property.clone(),
                });
            }
            self.found.properties.insert(Property {
                name: declared.name.into(),
                kind,
                of_root: declared.of_root,
            });
        }
    }
}

/// What `property alias p: id.a.b` stands for; an alias for an object is none for a property.
fn alias<'a>(syntax: &'a Syntax, scope: &Scope<'a>, value: Option<Node<'a>>) -> PropertyKind {
    let Some(value) = value else {
        return PropertyKind::Other;
    };
    let path: Vec<&str> = syntax
        .text(value)
        .trim_end_matches(';')
        .split('.')
        .map(str::trim)
        .collect();
    let [id, .., property] = path.as_slice() else {
        return PropertyKind::Other;
    };
    let object = scope.object(id, value.start_byte());
    let type_name = match path.as_slice() {
        [.., "icon", _] => "icon",
        [_, _] => object.map(|object| object.type_name).unwrap_or_default(),
        _ => "",
    };
    PropertyKind::Alias {
        type_name: type_name.into(),
        property: (*property).into(),
    }
}

/// The source text of a property's value in an object's own bindings.
fn field<'a>(syntax: &'a Syntax, object: &Object<'a>, property: &str) -> Option<&'a str> {
    let members = object.node.child_by_field_name("initializer")?;
    let mut cursor = members.walk();
    let value = members.named_children(&mut cursor).find_map(|member| {
        let name = member.child_by_field_name("name")?;
        let is_it = member.kind() == "ui_binding" && syntax.text(name) == property;
        is_it.then(|| member.child_by_field_name("value")).flatten()
    })?;
    Some(syntax.text(value).trim_end_matches(';').trim())
}

/// Types whose bindings are about the properties of another object.
fn is_about_another(type_name: &str) -> bool {
    matches!(
        type_name,
        "PropertyChanges" | "Binding" | "PropertyAction" | "PropertyAnimation"
    )
}

/// Whether a string is in a place where the name of a property is looked at already.
fn names_property(syntax: &Syntax, node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    match parent.kind() {
        "pair" => parent.child_by_field_name("key") == Some(node),
        "subscript_expression" => parent
            .parent()
            .is_some_and(|outer| outer.kind() == "assignment_expression"),
        "expression_statement" => parent
            .parent()
            .and_then(|binding| binding.child_by_field_name("name"))
            .is_some_and(|name| matches!(syntax.text(name), "property" | "properties")),
        _ => false,
    }
}

fn is_template(fragment: Node<'_>) -> bool {
    fragment
        .parent()
        .is_some_and(|parent| parent.kind() == "template_string")
}

/// `onClicked`: the value is code to run, never a string.
fn is_handler(property: &str) -> bool {
    property.strip_prefix("on").is_some_and(starts_upper)
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Whether rich text shows an image: HTML or Markdown.
fn is_image(text: &str) -> bool {
    text.contains("<img") || text.contains("![")
}

/// The words of a text, as HTML, Markdown and lists separate them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "\"'<>()=,;|".contains(c))
        .filter(|word| !word.is_empty() && word.len() <= LONGEST_NAME)
}

/// Whether a whole literal can be the name of a file. One without a dot or slash can, too, but
/// only if it is a single word.
fn is_file_name(text: &str) -> bool {
    let short = !text.is_empty() && text.len() <= LONGEST_NAME;
    let plain = !text.contains(|c: char| c.is_control());
    let single = !text.contains(char::is_whitespace) && text.contains(char::is_alphanumeric);
    short && plain && (single || is_path_like(text))
}

/// Whether a text looks like a path: a slash beside a name, or a suffix at the end.
fn is_path_like(text: &str) -> bool {
    let named = text.contains(char::is_alphanumeric);
    let path = text.split(['?', '#']).next().unwrap_or(text);
    let suffix = path.rsplit_once('.').is_some_and(|(_, suffix)| {
        (1..=8).contains(&suffix.len()) && suffix.chars().all(char::is_alphanumeric)
    });
    named && (suffix || text.contains('/'))
}

//! The outline of a document: all of it that decides which objects there are and what they have,
//! without the values that a living object can be given in place of its old ones.
//!
//! Left out are literal values, and the bodies of functions and of handlers; of those the nested
//! functions stay, with their parameters. Two documents of one outline differ in nothing that Qt
//! 6.12 cannot patch into living objects. Measured there with PySide6: a binding (an expression)
//! is often not evaluated again, an object or a property more makes all objects of the document
//! anew and may crash the program, and so does one nested function more.

use tree_sitter::Node;

use super::syntax::{Syntax, nodes};

/// Types whose values Qt reads by a parser of their own, so that nobody else can set them.
const OPAQUE: &[&str] = &["PropertyChanges", "ListElement", "ListModel"];

/// Types of declared properties whose literal values are set as they stand. A `date` is not.
const PLAIN: &[&str] = &[
    "bool", "int", "real", "double", "string", "color", "url", "var",
];

/// An outline, and where each part of it stands.
#[derive(Debug, Clone)]
pub struct Outline {
    parts: Vec<(String, u32)>,
    required: Option<u32>,
}

impl Outline {
    /// The outline of a QML document; `None` if it has a syntax error.
    #[must_use]
    pub fn of(source: &str) -> Option<Self> {
        let syntax = Syntax::of_document(source)?;
        if syntax.has_error() || syntax.is_monstrous() {
            return None;
        }
        let mut outline = Self {
            parts: Vec::new(),
            required: None,
        };
        outline.read(&syntax);
        Some(outline)
    }

    /// The line, from 1, of `newer` where it first is another outline; `None` if it is the same.
    #[must_use]
    pub fn departure(&self, newer: &Self) -> Option<u32> {
        let pairs = self.parts.iter().zip(&newer.parts);
        let differs = |((old, _), (new, _)): &(&(String, u32), &(String, u32))| old != new;
        let same = pairs.take_while(|pair| !differs(pair)).count();
        let at = newer.parts.get(same).or(newer.parts.last());
        (same < self.parts.len().max(newer.parts.len())).then(|| at.map_or(1, |(_, line)| *line))
    }

    /// The line of the first required property, if there is one. Once Qt 6.12 has patched such a
    /// document, a view cannot make new rows of it ("Required property … was not initialized").
    #[must_use]
    pub fn required(&self) -> Option<u32> {
        self.required
    }

    fn read(&mut self, syntax: &Syntax) {
        let mut cursor = syntax.root().walk();
        loop {
            let node = cursor.node();
            if self.required.is_none() && is_required(syntax, node) {
                self.required = Some(syntax.line(node));
            }
            let goes_deeper = match part(syntax, node) {
                Part::Left => false,
                Part::Whole(text) => {
                    self.parts.push((text, syntax.line(node)));
                    false
                }
                Part::Parts => true,
            };
            if goes_deeper && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }
}

/// `required property int index`, or `required index`.
fn is_required(syntax: &Syntax, node: Node<'_>) -> bool {
    node.kind() == "ui_required"
        || node.kind() == "ui_property" && has_modifier(syntax, node, "required")
}

fn has_modifier(syntax: &Syntax, property: Node<'_>, modifier: &str) -> bool {
    let mut cursor = property.walk();
    property
        .children(&mut cursor)
        .any(|child| child.kind() == "ui_property_modifier" && syntax.text(child) == modifier)
}

/// What a node adds to an outline.
enum Part {
    /// Nothing.
    Left,
    /// This text.
    Whole(String),
    /// What its children add.
    Parts,
}

fn part(syntax: &Syntax, node: Node<'_>) -> Part {
    let whole = match node.kind() {
        "comment" => return Part::Left,
        "ui_object_definition" if OPAQUE.contains(&type_of(syntax, node)) => {
            Some(syntax.text(node).to_owned())
        }
        "ui_binding" => binding(syntax, node),
        "ui_property" => property(syntax, node),
        "function_declaration" if is_member(node) => function(syntax, node),
        _ if node.child_count() == 0 => Some(syntax.text(node).to_owned()),
        _ => None,
    };
    whole.map_or(Part::Parts, Part::Whole)
}

/// `name: value`.
fn binding(syntax: &Syntax, node: Node<'_>) -> Option<String> {
    let name = syntax.text(node.child_by_field_name("name")?);
    let value = node.child_by_field_name("value")?;
    let last = name.rsplit('.').next().unwrap_or(name);
    if last == "id" {
        return None;
    }
    let stand_in = if is_handler(last) && !is_in_connections(syntax, node) {
        body(syntax, value)?
    } else {
        literal(value)?.to_owned()
    };
    Some(format!("{name}: {stand_in}"))
}

/// `property int name: value`.
fn property(syntax: &Syntax, node: Node<'_>) -> Option<String> {
    let value = node.child_by_field_name("value")?;
    let of_type = syntax.text(node.child_by_field_name("type")?);
    let literal = literal(value).filter(|_| PLAIN.contains(&of_type))?;
    let head = text_between(syntax, node, value);
    (!has_modifier(syntax, node, "readonly")).then(|| format!("{head} {literal}"))
}

/// `function name(parameters) { … }`, as a member of an object.
fn function(syntax: &Syntax, node: Node<'_>) -> Option<String> {
    let inner = node.child_by_field_name("body")?;
    let head = text_between(syntax, node, inner);
    Some(format!("{head} {}", body(syntax, inner)?))
}

/// What stands for code: the functions in it. `None` for code with a class or a generator in it,
/// of which nothing is known.
fn body(syntax: &Syntax, code: Node<'_>) -> Option<String> {
    let mut functions = String::from("{");
    for node in nodes(code) {
        match node.kind() {
            "arrow_function" | "function_expression" | "function_declaration" => {
                let parameters = node.child_by_field_name("parameters");
                let parameters = parameters.or(node.child_by_field_name("parameter"));
                functions.push_str(parameters.map_or("()", |parameters| syntax.text(parameters)));
            }
            "method_definition"
            | "class_body"
            | "generator_function"
            | "generator_function_declaration" => return None,
            _ => {}
        }
    }
    Some(functions + "}")
}

/// What stands for a literal value: its kind.
fn literal(value: Node<'_>) -> Option<&'static str> {
    let mut value = value;
    if value.kind() == "expression_statement" {
        value = value.named_child(0)?;
    }
    if value.kind() == "unary_expression" {
        value = value.child_by_field_name("argument")?;
        return (value.kind() == "number").then_some("number");
    }
    match value.kind() {
        "number" => Some("number"),
        "string" => Some("string"),
        "true" | "false" => Some("bool"),
        _ => None,
    }
}

/// `onClicked`, the last part of a handler's name.
fn is_handler(name: &str) -> bool {
    let rest = name.strip_prefix("on");
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase()))
}

/// The handlers of a `Connections` are read by a parser of its own; its functions are not.
fn is_in_connections(syntax: &Syntax, node: Node<'_>) -> bool {
    let object = node.parent().and_then(|initializer| initializer.parent());
    object.is_some_and(|object| type_of(syntax, object) == "Connections")
}

/// The type of an object, without a qualifier.
fn type_of<'a>(syntax: &'a Syntax, object: Node<'_>) -> &'a str {
    let name = object.child_by_field_name("type_name");
    let name = name.map_or("", |name| syntax.text(name));
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether a function is declared by an object, and not within code.
fn is_member(node: Node<'_>) -> bool {
    node.parent()
        .is_some_and(|parent| parent.kind().starts_with("ui_"))
}

/// The words of `node` before `inner`, which is in it, however they are spaced.
fn text_between(syntax: &Syntax, node: Node<'_>, inner: Node<'_>) -> String {
    let len = inner.start_byte() - node.start_byte();
    let text = syntax.text(node).get(..len).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_living_object_can_be_given_is_left_out_and_all_else_is_not() {
        let check = |old: &str, new: &str, same: bool| {
            let outline = |text: &str| Outline::of(&format!("A {{\n{text}\n}}")).unwrap();
            let departure = outline(old).departure(&outline(new));
            assert_eq!(departure.is_none(), same, "{old} → {new}");
            let departure = outline(new).departure(&outline(old));
            assert_eq!(departure.is_none(), same, "{new} → {old}");
        };
        for (old, new) in [
            ("width: 1", "width:   -2.5 // wider"),
            ("text: 'a'", "text: \"b\""),
            ("visible: true", "visible: false;"),
            ("font.pixelSize: 1", "font.pixelSize: 2"),
            ("font { bold: true }", "font { bold: false }"),
            ("property int n: 1", "property int  n: 2"),
            ("property var v: 1", "property var v: 2"),
            (
                "function f(a) { return 1 }",
                "function f(a) { let b = a; return b }",
            ),
            ("onClicked: f(1)", "onClicked: { g(); h() }"),
            ("onPoked: (n) => { f(n) }", "onPoked: (n) => g(n + 1)"),
            ("Keys.onPressed: f()", "Keys.onPressed: g()"),
            ("B { x: 1 } C { y: 1 }", "B { x: 2 }\n\nC { y: 3 }"),
            ("delegate: B { x: 1 }", "delegate: B { x: 2 }"),
            (
                "states: [State { name: \"a\" }]",
                "states: [State { name: \"b\" }]",
            ),
            ("component I: B { x: 1 }", "component I: B { x: 2 }"),
            (
                "Connections { function onA() { f() } }",
                "Connections { function onA() { g() } }",
            ),
            (
                "NumberAnimation on x { to: 1 }",
                "NumberAnimation on x { to: 2 }",
            ),
        ] {
            check(old, new, true);
        }
        for (old, new) in [
            ("width: 1", "width: \"1\""),
            ("width: 1", "width: a"),
            ("width: a", "width: b"),
            ("width: -a", "width: -b"),
            ("width: 1", "height: 1"),
            ("width: 1", "width: 1; height: 1"),
            ("x: 1; y: 1", "y: 1; x: 1"),
            ("text: qsTr(\"a\")", "text: qsTr(\"b\")"),
            ("text: `a`", "text: `b`"),
            ("id: a", "id: b"),
            ("B {}", "C {}"),
            ("B {}", "B {} B {}"),
            ("B {}", "B { C {} }"),
            ("property int n: 1", "property real n: 1"),
            ("property int n: 1", "property int m: 1"),
            ("readonly property int n: 1", "readonly property int n: 2"),
            (
                "property date d: \"2020-01-01\"",
                "property date d: \"2020-01-02\"",
            ),
            ("property alias a: b.c", "property alias a: b.d"),
            ("function f(a) {}", "function f(b) {}"),
            ("function f() {}", "function g() {}"),
            (
                "function f() { return 1 }",
                "function f() { return (() => 1)() }",
            ),
            ("function f() { h(a => 1) }", "function f() { h(b => 1) }"),
            ("function f() { class A {} }", "function f() { class B {} }"),
            ("onPoked: f()", "onPoked: () => f()"),
            ("signal a(int b)", "signal a(int c)"),
            ("enum E { A }", "enum E { A, B }"),
            ("PropertyChanges { x: 1 }", "PropertyChanges { x: 2 }"),
            (
                "PropertyChanges { b { x: 1 } }",
                "PropertyChanges { b { x: 2 } }",
            ),
            (
                "ListModel { ListElement { x: 1 } }",
                "ListModel { ListElement { x: 2 } }",
            ),
            ("Connections { onA: f() }", "Connections { onA: g() }"),
            ("component I: B {}", "component I: C {}"),
            ("v: { return 1 }", "v: { return 2 }"),
        ] {
            check(old, new, false);
        }
    }

    #[test]
    fn the_header_belongs_to_it_and_the_line_of_the_departure_is_told() {
        let outline = |text: &str| Outline::of(text).unwrap();
        let old = outline("import QtQuick\nA {\n  x: 1\n  B {}\n}\n");
        let departure = |text: &str| old.departure(&outline(text));
        assert_eq!(
            departure("// new\nimport QtQuick\n\nA { x: 2; B {} }"),
            None
        );
        assert_eq!(
            departure("import QtQuick\nA {\n  x: 1\n  C {}\n}\n"),
            Some(4)
        );
        assert_eq!(departure("import QtQml\nA {\n  x: 1\n  B {}\n}\n"), Some(1));
        assert_eq!(
            departure("import QtQuick\nA {\n  x: 1\n  B {}\n  B {}\n}\n"),
            Some(5)
        );
        assert!(departure("pragma Singleton\nimport QtQuick\nA { x: 2; B {} }").is_some());
        assert!(Outline::of("A { x: 1").is_none());
        assert_eq!(old.required(), None);
        for text in ["required property int index", "required index"] {
            let outline = outline(&format!("A {{\n  B {{\n {text}\n}} }}"));
            assert_eq!(outline.required(), Some(3), "{text}");
        }
    }
}

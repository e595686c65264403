//! Python: calls of PySide's and PyQt's functions, with the text that their arguments are.

use std::collections::HashMap;

use tree_sitter::Node;

use super::{Call, Program};
use crate::project::syntax::{self, line};

pub(super) fn parse(text: &str) -> Option<Program> {
    let tree = syntax::parse(tree_sitter_python::LANGUAGE, text)?;
    let mut reader = Reader {
        text,
        variables: HashMap::new(),
        program: Program::default(),
    };
    syntax::walk(tree.root_node(), |node| {
        reader.read(node);
        true
    });
    (!reader.program.is_empty()).then_some(reader.program)
}

struct Reader<'a> {
    text: &'a str,
    /// The texts that variables were last given.
    variables: HashMap<&'a str, String>,
    program: Program,
}

impl<'a> Reader<'a> {
    fn read(&mut self, node: Node<'_>) {
        match node.kind() {
            "call" => self.read_call(node),
            "assignment" => {
                let (Some(left), Some(right)) = (
                    node.child_by_field_name("left"),
                    node.child_by_field_name("right"),
                ) else {
                    return;
                };
                let name = self.text.get(left.byte_range()).unwrap_or_default();
                match self.value(right) {
                    Some(value) => drop(self.variables.insert(name, value)),
                    None => drop(self.variables.remove(name)),
                }
            }
            _ => {}
        }
    }

    fn read_call(&mut self, node: Node<'_>) {
        let function = node
            .child_by_field_name("function")
            .and_then(|function| self.text.get(function.byte_range()))
            .and_then(|function| function.rsplit('.').next());
        let arguments = node.child_by_field_name("arguments");
        let (Some(call), Some(arguments)) = (function.and_then(Call::of), arguments) else {
            return;
        };
        let line = line(node);
        let mut cursor = arguments.walk();
        let all: Vec<_> = arguments.named_children(&mut cursor).collect();
        if matches!(call, Call::Names) {
            for name in all.first().map(|map| self.keys(*map)).unwrap_or_default() {
                self.program.note_name(name, line);
            }
            return;
        }
        let values = all.iter().map(|argument| self.value(*argument)).collect();
        self.program.note(&call, values, line);
    }

    /// The text that an expression is: its literals, whatever they are wrapped into, with the
    /// values of variables that were given one. What is joined as a path has slashes in between.
    fn value(&self, node: Node<'_>) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut is_path = false;
        syntax::walk(node, |node| {
            let text = self.text.get(node.byte_range()).unwrap_or_default();
            match node.kind() {
                "string" => {
                    parts.extend(literal(self.text, node));
                    false
                }
                kind @ ("identifier" | "attribute") => {
                    parts.extend(self.variables.get(text).cloned());
                    kind == "attribute"
                }
                "binary_operator" => {
                    let operator = node.child_by_field_name("operator");
                    is_path |= operator.is_some_and(|operator| operator.kind() == "/");
                    true
                }
                "call" => {
                    let function = node.child_by_field_name("function");
                    let function = function.and_then(|node| self.text.get(node.byte_range()));
                    is_path |= function
                        .is_some_and(|name| name.ends_with(".join") || name.ends_with(".joinpath"));
                    true
                }
                kind => kind != "lambda",
            }
        });
        let glue = if is_path { "/" } else { "" };
        (!parts.is_empty()).then(|| parts.join(glue))
    }

    /// The keys of `{"a": …}`.
    fn keys(&self, map: Node<'_>) -> Vec<String> {
        let mut cursor = map.walk();
        let pairs = map.named_children(&mut cursor);
        let keys = pairs.filter_map(|pair| pair.child_by_field_name("key"));
        keys.filter_map(|key| self.value(key)).collect()
    }
}

/// The inside of a string; `None` if something is computed in it.
fn literal(text: &str, node: Node<'_>) -> Option<String> {
    let mut inside = String::new();
    let mut cursor = node.walk();
    for part in node.named_children(&mut cursor) {
        match part.kind() {
            "string_content" => inside.push_str(text.get(part.byte_range())?),
            "interpolation" => return None,
            _ => {}
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    #[test]
    fn what_a_program_loads_and_names() {
        for (text, expected) in [
            ("engine.loadFromModule('App', \"Main\")", "App Main"),
            ("engine.load(QUrl('qrc:/main.qml'))", "qrc:/main.qml"),
            ("engine.load('main.qml')", "main.qml"),
            (
                "qml = Path(__file__).resolve().parent / 'ui' / 'view.qml'\nengine.load(qml)",
                "ui/view.qml",
            ),
            (
                "engine.load(os.fspath(Path(__file__).parent / \"a.qml\"))",
                "a.qml",
            ),
            (
                "engine.load(os.path.join(os.path.dirname(__file__), 'qml', 'a.qml'))",
                "qml/a.qml",
            ),
            ("view.setSource(QUrl.fromLocalFile('a.qml'))", "a.qml"),
            ("self.url = 'a.qml'\nself.engine.load(self.url)", "a.qml"),
            ("engine.load(f'{name}.qml')", ""),
            ("json.load(open('a.json'))", ""),
        ] {
            let program = parse(text).unwrap_or_default();
            let load = |(load, _): &(Load, u32)| match load {
                Load::Type { uri, name } => format!("{uri} {name}"),
                Load::Url(url) => url.clone(),
            };
            let loads: Vec<_> = program.loads.iter().map(load).collect();
            assert_eq!(loads.join(";"), expected, "{text}");
        }
        let text = "e.rootContext().setContextProperty('backend', b)\n\
                    v.setInitialProperties({'model': m, \"n\": 1})";
        let names: Vec<_> = parse(text).unwrap().names;
        let expected = [("backend", 1), ("model", 2), ("n", 2)];
        assert_eq!(names, expected.map(|(name, line)| (name.to_owned(), line)));
    }
}

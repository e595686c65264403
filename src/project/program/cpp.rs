//! C++: calls of Qt's functions, with the text that their arguments are.

use std::collections::HashMap;

use tree_sitter::Node;

use super::{Call, Program};
use crate::project::native;
use crate::project::syntax::{self, line};

pub(super) fn parse(text: &str) -> Option<Program> {
    let text = native::plain_cpp(text)?;
    let tree = syntax::parse(tree_sitter_cpp::LANGUAGE, &text)?;
    let mut reader = Reader {
        text: &text,
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
            "call_expression" => self.read_call(node),
            "init_declarator" => self.read_variable(node),
            _ => {}
        }
    }

    fn read_call(&mut self, node: Node<'_>) {
        let function = node
            .child_by_field_name("function")
            .map(|node| self.last_name(node));
        let arguments = node.child_by_field_name("arguments");
        if let (Some(call), Some(arguments)) = (function.and_then(Call::of), arguments) {
            self.note(&call, arguments);
        }
    }

    fn note(&mut self, call: &Call, arguments: Node<'_>) {
        let line = line(arguments);
        let mut cursor = arguments.walk();
        let all = arguments.named_children(&mut cursor);
        let all: Vec<_> = all.filter(|node| node.kind() != "comment").collect();
        if matches!(call, Call::Names) {
            for name in all.first().map(|map| self.keys(*map)).unwrap_or_default() {
                self.program.note_name(name, line);
            }
            return;
        }
        let values = all.iter().map(|argument| self.value(*argument)).collect();
        self.program.note(call, values, line);
    }

    /// `QUrl url(u"qrc:/main.qml"_s)`, `QString path = "…"`, `QQuickView view(QUrl("…"))`
    fn read_variable(&mut self, node: Node<'_>) {
        let declared = node.child_by_field_name("declarator");
        let (Some(declared), Some(value)) = (declared, node.child_by_field_name("value")) else {
            return;
        };
        let name = self.last_name(declared);
        let given = self.value(value);
        let of_type = node
            .parent()
            .and_then(|parent| parent.child_by_field_name("type"))
            .map(|of_type| self.last_name(of_type));
        if let Some(call) = of_type.and_then(Call::of)
            && value.kind() == "argument_list"
        {
            self.note(&call, value);
        }
        match given {
            Some(given) => drop(self.variables.insert(name, given)),
            None => drop(self.variables.remove(name)),
        }
    }

    /// The last name of `a.b`, `a->b`, `A::b`.
    fn last_name(&self, node: Node<'_>) -> &'a str {
        let text = self.text.get(node.byte_range()).unwrap_or_default();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let end = text.trim_end();
        let start = end.rfind(|c: char| !is_name(c)).map_or(0, |at| at + 1);
        end.get(start..).unwrap_or_default()
    }

    /// The text that an expression is: a literal in it, whatever it is wrapped into, or a variable
    /// that was given one.
    fn value(&self, node: Node<'_>) -> Option<String> {
        let mut value: Option<String> = None;
        syntax::walk(node, |node| {
            let text = self.text.get(node.byte_range()).unwrap_or_default();
            match node.kind() {
                "string_literal" | "raw_string_literal" => {
                    let part = literal(text).unwrap_or_default();
                    value.get_or_insert_default().push_str(part);
                    false
                }
                "identifier" if value.is_none() => {
                    value = self.variables.get(text).cloned();
                    false
                }
                // Of what a function in the arguments does, nothing is known.
                kind => kind != "lambda_expression",
            }
        });
        value
    }

    /// The keys of `{{"a", …}, {"b", …}}`.
    fn keys(&self, map: Node<'_>) -> Vec<String> {
        let mut keys = Vec::new();
        syntax::walk(map, |node| {
            let first = node.named_child(0);
            let is_pair = node.kind() == "initializer_list"
                && first.is_some_and(|first| first.kind() != "initializer_list");
            if is_pair {
                keys.extend(first.and_then(|first| self.value(first)));
            }
            !is_pair
        });
        keys
    }
}

/// The inside of `u"…"`, `R"(…)"`. Escapes are left as they are: names have none.
fn literal(text: &str) -> Option<&str> {
    let inner = text.get(text.find('"')? + 1..text.rfind('"')?)?;
    let raw = inner
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'));
    Some(if text.contains('R') {
        raw.unwrap_or(inner)
    } else {
        inner
    })
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    #[track_caller]
    fn loads(text: &str) -> Vec<String> {
        let program = parse(text).unwrap_or_default();
        let load = |(load, line): &(Load, u32)| match load {
            Load::Type { uri, name } => format!("{line} {uri} {name}"),
            Load::Url(url) => format!("{line} {url}"),
        };
        program.loads.iter().map(load).collect()
    }

    #[test]
    fn what_a_program_loads() {
        for (text, expected) in [
            (
                "engine.loadFromModule(\"My.App\", \"Main\");",
                "1 My.App Main",
            ),
            (
                "engine->loadFromModule(u\"A\"_s,\n u\"Main\"_s);",
                "1 A Main",
            ),
            (
                "engine.load(QUrl(QStringLiteral(\"qrc:/main.qml\")));",
                "1 qrc:/main.qml",
            ),
            (
                "engine.load(QUrl(u\"qrc:/x/Main.qml\"_qs));",
                "1 qrc:/x/Main.qml",
            ),
            (
                "const QUrl url(u\"qrc:/a.qml\"_qs);\nengine.load(url);",
                "2 qrc:/a.qml",
            ),
            (
                "auto url = QUrl(\"qrc:/a.qml\");\nview->setSource(url);",
                "2 qrc:/a.qml",
            ),
            (
                "const QUrl url{\"qrc:/a.qml\"_L1};\nengine.load(url);",
                "2 qrc:/a.qml",
            ),
            (
                "view.setSource(QUrl::fromLocalFile(\"ui/a.qml\"));",
                "1 ui/a.qml",
            ),
            (
                "QQmlApplicationEngine engine(\"qrc:/a.qml\");",
                "1 qrc:/a.qml",
            ),
            ("QQuickView view(QUrl(\"qrc:/a.qml\"));", "1 qrc:/a.qml"),
            ("auto *v = new QQuickView(&engine, nullptr);", ""),
            ("translator.load(\"app_de.qm\");", ""),
            ("// engine.load(\"a.qml\");", ""),
            ("engine.load(unknown);", ""),
            (
                "class A : public QObject {\n Q_OBJECT\n QML_ELEMENT\n signals:\n void a();\n \
                 public slots:\n void go() { engine.load(\"a.qml\"); emit a(); }\n};",
                "7 a.qml",
            ),
        ] {
            let text = format!("int main() {{\n#line\n{text}\n}}");
            let text = text.replacen("\n#line\n", " ", 1);
            assert_eq!(loads(&text).join(";"), expected, "{text}");
        }
    }

    #[test]
    fn what_nobody_wrote_by_hand_is_not_read() {
        let nested = |depth: usize| {
            let (open, close) = ("(".repeat(depth), ")".repeat(depth));
            loads(&format!(
                "void f() {{ engine.load({open}\"a.qml\"{close}); }}"
            ))
        };
        assert_eq!(nested(100), ["1 a.qml"]);
        assert!(nested(1_000).is_empty());
    }

    #[test]
    fn what_a_program_names() {
        let text = "void f() {
            engine.rootContext()->setContextProperty(\"backend\", &backend);
            ctx->setContextProperty(QStringLiteral(\"theme\"), theme);
            ctx->setContextProperty(&object);
            view.setInitialProperties({{\"model\", QVariant::fromValue(m)}, {\"size\", 3}});
            engine.setInitialProperties(QVariantMap{{\"one\", 1}});
            engine.addImportPath(\"qrc:/imports\");
        }";
        let program = parse(text).unwrap();
        let names: Vec<_> = program
            .names
            .iter()
            .map(|(name, line)| (name.as_str(), *line))
            .collect();
        assert_eq!(
            names,
            [
                ("backend", 2),
                ("theme", 3),
                ("model", 5),
                ("size", 5),
                ("one", 6)
            ]
        );
        assert_eq!(program.import_paths, [("qrc:/imports".to_owned(), 7)]);
    }
}

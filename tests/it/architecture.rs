//! What the sources promise about themselves: the order in which the parts may
//! know each other, and the size at which a file has to explain itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the one that knows nobody to the one that knows everybody.
const ORDER: &[&str] = &[
    "path",
    "qml",
    "project",
    "tree",
    "http",
    "access",
    "documents",
    "live",
    "attach",
    "database",
    "services",
    "page",
    "mcp",
    "config",
    "server",
    "cmd",
    "main",
];

/// A file longer than this says why in its header.
const LONG: usize = 500;

/// A source file below `src`.
struct Source {
    /// Its path below `src`.
    path: PathBuf,
    text: String,
}

impl Source {
    /// The part of the crate that it belongs to: the first component.
    fn part(&self) -> String {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Whether it is there for tests alone.
    fn is_of_tests(&self) -> bool {
        let mut parts = self.path.iter();
        parts.any(|part| part == "tests.rs" || part == "tests")
    }

    /// The text without comments, so that a link in a comment is no use.
    fn code(&self) -> String {
        let lines = self.text.lines();
        lines
            .map(|line| line.split("//").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The paths below `prefix::` that the code names, each as its first name;
    /// `prefix::{a::b, c}` is taken apart.
    fn names_below(&self, prefix: &str) -> BTreeSet<String> {
        let code = self.code();
        let mut names = BTreeSet::new();
        for (at, _) in code.match_indices(&format!("{prefix}::")) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &code[at + prefix.len() + 2..];
            names.extend(first_names(rest));
        }
        names
    }
}

/// `a` of `a::b`, or `a` and `c` of `{a::{b, d}, c}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        text.chars().take_while(|c| is_name(*c)).collect()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut dirs = vec![root.clone()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "rs") {
                sources.push(Source {
                    text: fs::read_to_string(&path).unwrap(),
                    path: path.strip_prefix(&root).unwrap().to_owned(),
                });
            }
        }
    }
    assert!(sources.len() > 10, "the sources are not where they were");
    sources
}

#[test]
fn every_part_sees_only_those_before_it() {
    let place = |part: &str| ORDER.iter().position(|known| *known == part);
    let mut wrong = Vec::new();
    for source in sources() {
        let part = source.part();
        if part == "lib" {
            continue;
        }
        let Some(own) = place(&part) else {
            wrong.push(format!("{part} has no place in the order"));
            continue;
        };
        // The binary names the library by its name.
        for prefix in ["crate", "qmlserve"] {
            for name in source.names_below(prefix) {
                if place(&name).is_some_and(|other| other > own) {
                    let path = source.path.display();
                    wrong.push(format!("{path}: {part} must not know {name}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_part_of_the_library_has_its_place() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: Vec<_> = lib
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .filter_map(|line| line.strip_suffix(';'))
        .collect();

    assert!(!modules.is_empty());
    for module in modules {
        assert!(ORDER.contains(&module), "{module}");
    }
}

#[test]
fn siblings_in_services_do_not_see_each_other() {
    let sources = sources();
    let sibling = |source: &Source| {
        let mut parts = source.path.iter();
        let (first, second) = (parts.next()?, parts.next()?);
        let second = second.to_str()?.trim_end_matches(".rs");
        (first == "services" && second != "mod").then(|| second.to_owned())
    };
    let siblings: BTreeSet<_> = sources.iter().filter_map(sibling).collect();
    let mut wrong = Vec::new();
    for source in &sources {
        let Some(own) = sibling(source) else { continue };
        let mut named = source.names_below("crate::services");
        named.extend(source.names_below("super"));
        named.extend(source.names_below("super::super"));
        for other in &siblings {
            if *other != own && named.contains(other) && !is_local(&sources, &own, other) {
                let path = source.path.display();
                wrong.push(format!("{path}: {own} must not know {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether `services/OWN/NAME` is a module of its own, so that `super::NAME`
/// in there means it and not the sibling.
fn is_local(sources: &[Source], own: &str, name: &str) -> bool {
    let below = Path::new("services").join(own).join(name);
    sources
        .iter()
        .any(|source| source.path.starts_with(&below) || source.path == below.with_extension("rs"))
}

#[test]
fn the_pure_parts_do_not_know_http() {
    for source in sources() {
        if ["path", "qml", "project", "tree"].contains(&source.part().as_str()) {
            assert!(
                !source.code().contains("actix"),
                "{} names actix",
                source.path.display()
            );
        }
    }
}

#[test]
fn the_documents_parser_does_no_io() {
    for source in sources() {
        // Their tests may read fixtures.
        if ["path", "qml", "project"].contains(&source.part().as_str()) && !source.is_of_tests() {
            for name in ["std::fs", "std::net", "tokio", "std::process"] {
                assert!(
                    !source.code().contains(name),
                    "{} names {name}",
                    source.path.display()
                );
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is_and_a_long_one_why_it_is_long() {
    for source in sources() {
        let path = source.path.display();
        let header: String = source
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        assert!(
            source.is_of_tests() || !header.is_empty(),
            "{path} has no header"
        );
        let lines = source.text.lines().count();
        assert!(
            lines <= LONG || header.contains("long because"),
            "{path} has {lines} lines; its header has to say why: \"long because …\""
        );
    }
}

#[test]
fn uses_are_found() {
    let source = |text: &str| Source {
        path: "x.rs".into(),
        text: text.to_owned(),
    };
    for (text, expected) in [
        ("use crate::tree::root::Root;", vec!["tree"]),
        (
            "use crate::{live, tree::{Tree, x}, server::run};",
            vec!["live", "server", "tree"],
        ),
        (
            "// crate::server\nlet x = crate::qml::parse();",
            vec!["qml"],
        ),
        ("use mycrate::server;", vec![]),
    ] {
        let found: Vec<_> = source(text).names_below("crate").into_iter().collect();
        assert_eq!(found, expected, "{text}");
    }
}

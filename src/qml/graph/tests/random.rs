//! Random trees under random edits, from fixed seeds. `QMLSERVE_SEEDS=500` tries that many.

use std::collections::BTreeSet;

use super::*;

#[path = "../../../../tests/support/random.rs"]
mod numbers;

use numbers::Random;

impl Random {
    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const DIRECTORIES: [&str; 4] = ["", "lib/", "lib/deep/", "pages/"];
const TYPES: [&str; 6] = ["Alpha", "Beta", "Gamma", "Delta", "Image", "Loader"];

fn path(random: &mut Random) -> String {
    let directory = random.of(&DIRECTORIES);
    let name = match random.below(12) {
        0..=6 => format!("{}.qml", random.of(&TYPES)),
        7 | 8 => random.of(&["a.js", "b.js", "m.mjs"]).to_owned(),
        9 => "qmldir".to_owned(),
        _ => random.of(&["a.png", "b.png", "c.json"]).to_owned(),
    };
    directory.to_owned() + &name
}

fn existing(tree: &Tree, random: &mut Random) -> Option<String> {
    let at = random.below(tree.files.len().max(1));
    tree.files.keys().nth(at).cloned()
}

fn content(path: &str, random: &mut Random) -> String {
    let number = random.below(1000);
    match path.rsplit(['/', '.']).next() {
        Some("qml") => document(random, number),
        Some("js") => format!(
            "{}\nfunction f() {{ return {}.x{number} }}",
            random.of(&[
                "",
                ".pragma library",
                ".import \"b.js\" as B",
                ".import \"../a.js\" as A"
            ]),
            random.of(&TYPES)
        ),
        Some("mjs") => format!(
            "{}; export var x = {number}",
            random.of(&["import './m.mjs'", "export * from '../m.mjs'", ""])
        ),
        Some("qmldir") => {
            (0..3)
                .map(|_| {
                    let (name, version, file) = (
                        random.of(&TYPES),
                        random.of(&["", "1.0", "2.0"]),
                        random.of(&TYPES),
                    );
                    format!(
                        "{} {name} {version} {file}.qml\n",
                        random.of(&["", "", "singleton"])
                    )
                })
                .collect::<String>()
                + random.of(&["", "module My.Lib", "import My.Lib auto", "Logic 1.0 a.js"])
        }
        _ => format!("{number}"),
    }
}

fn document(random: &mut Random, number: usize) -> String {
    let mut header = String::new();
    for _ in 0..random.below(3) {
        header += random.of(&[
            "import \"lib\"\n",
            "import \"..\"\n",
            "import \"deep\" as D\n",
            "import My.Lib 1.0\n",
            "import \"a.js\" as A\n",
            "import \"../pages\"\n",
            "import \"m.mjs\" as M\n",
        ]);
    }
    let mut body = format!("id: r\nproperty int x{number}\n");
    for _ in 0..random.below(4) {
        let (name, other) = (random.of(&TYPES), random.of(&TYPES));
        body += &match random.below(18) {
            0..=3 => format!("{name} {{}}\n"),
            4 => format!("Loader {{ source: \"{name}.qml\" }}\n"),
            5 => format!(
                "Image {{ source: \"{}a.png\" }}\n",
                random.of(&["", "../", "lib/", "pages/"])
            ),
            6 => format!(
                "Image {{ source: \"{}\" + n + \".png\" }}\n",
                random.of(&["", "lib/", "../pages/"])
            ),
            7 => format!("{name} {{ source: page }}\n"),
            8 => format!(
                "property {} page\n",
                random.of(&["url", "var", "string", "Image", "Alpha"])
            ),
            9 => format!(
                "property alias page: i{}\n{name} {{ id: i }}\n",
                random.of(&["", ".source", ".page", ".page.source"])
            ),
            10 => format!(
                "{name} {{ {}: {} }}\n",
                random.of(&["page", "page.source", "icon.source"]),
                random.of(&["n", "\"a.png\"", "Qt.resolvedUrl(n)"])
            ),
            11 => format!(
                "component {}: {name} {{ property url page }}\n",
                random.of(&["Inner", "Other"])
            ),
            12 => format!(
                "{}.{} {{ page: n }}\n",
                name,
                random.of(&["Inner", "Other"])
            ),
            13 => format!(
                "{} {{ id: {} }}\n",
                random.of(&["StackView", "Loader", "Image", name]),
                random.of(&["s", "a", "i"])
            ),
            14 => format!(
                "State {{ PropertyChanges {{ target: {}; source: n }} }}\n",
                random.of(&["a", "i", "page", "a.page"])
            ),
            15 => format!(
                "Text {{ text: {} }}\n",
                random.of(&["n", "\"<img src='a.png'>\"", "\"<img src='\" + n"])
            ),
            16 => format!("Component {{ {name} {{ {other} {{}} }} }}\n"),
            _ => {
                let code = random.of(&[
                    "a.source = \"a.png\"",
                    "a.source = b",
                    "s.push(p)",
                    "source = p",
                    "i.page.source = p",
                    "c.createObject(r, { source: p })",
                    "a[k] = p",
                    "f(\"source\")",
                    "Qt.createComponent(p)",
                ]);
                format!("onFoo: {{ {code} }}\n{other} {{}}\n")
            }
        };
    }
    let end = if random.below(15) == 0 { "" } else { "}" };
    format!("{header}{} {{\n{body}{end}", random.of(&TYPES))
}

/// What can be reached from a document, by the edges alone.
fn reachable<'g>(graph: &'g Graph, path: &'g str) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut open = vec![path];
    while let Some(path) = open.pop() {
        if found.insert(path) {
            open.extend(graph.references(path));
        }
    }
    found
}

#[test]
fn after_any_edits_a_graph_is_as_if_built_anew() {
    let seeds = std::env::var("QMLSERVE_SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(6);
    for seed in 1..=seeds {
        let mut random = Random::new(seed);
        let mut tree = Tree::default();
        let mut graph = tree.graph(None);
        for step in 0..40 {
            let mut next = tree.clone();
            for _ in 0..=random.below(if step == 0 { 40 } else { 2 }) {
                let path = match random.below(4) {
                    _ if step == 0 => path(&mut random),
                    0 => path(&mut random),
                    _ => existing(&next, &mut random).unwrap_or_else(|| path(&mut random)),
                };
                let content = match random.below(15) {
                    0 => String::new(),
                    _ => content(&path, &mut random),
                };
                next = next.with(&path, &content);
            }
            let updated = next.graph(Some(&graph));
            let fresh = next.graph(None);
            let context = format!("seed {seed}, step {step}");
            assert_eq!(changed(&fresh, &updated), [""; 0], "{context}");
            for (path, closure) in updated.closures() {
                assert_eq!(
                    updated.references(path),
                    fresh.references(path),
                    "{path}, {context}"
                );
                let is_same = graph.closure(path) == Some(closure);
                let reaches = reachable(&updated, path);
                let differs = reaches
                    .iter()
                    .any(|file| tree.files.get(*file) != next.files.get(*file));
                assert!(
                    !(is_same && differs),
                    "{path} did not notice a change, {context}"
                );
            }
            (tree, graph) = (next, updated);
        }
    }
}

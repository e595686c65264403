//! Random trees under random edits, from fixed seeds.

use std::collections::BTreeSet;

use super::*;

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

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
                + random.of(&["", "module My.Lib", "import My.Lib auto"])
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
    let mut body = format!("property int x{number}\n");
    for _ in 0..random.below(4) {
        let (name, other) = (random.of(&TYPES), random.of(&TYPES));
        body += &match random.below(12) {
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
            8 => "property url page\n".to_owned(),
            9 => format!("property alias page: i.source\n{name} {{ id: i }}\n"),
            10 => format!("{name} {{ page: {} }}\n", random.of(&["n", "\"a.png\""])),
            _ => format!(
                "onFoo: {{ {} }} {other} {{}}\n",
                random.of(&["a.source = \"a.png\"", "a.source = b", "s.push(p)"])
            ),
        };
    }
    let end = if random.below(15) == 0 { "" } else { "}" };
    format!("{header}{} {{\n{body}{end}", random.of(&TYPES))
}

/// What can be reached from a document, by the edges alone.
fn reachable<'g>(graph: &'g Graph, tree: &'g Tree, path: &'g str) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut open = vec![path];
    while let Some(path) = open.pop() {
        if !found.insert(path) {
            continue;
        }
        open.extend(graph.references(path));
        let all = tree.files.keys().map(String::as_str);
        match graph.computed(path) {
            Some(Computed::Anything) => open.extend(all),
            Some(Computed::Assets) => {
                open.extend(all.filter(|path| path.ends_with(".png") || path.ends_with(".json")))
            }
            _ => {}
        }
    }
    found
}

#[test]
fn after_any_edits_a_graph_is_as_if_built_anew() {
    for seed in 1..=6 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut tree = Tree::default();
        let mut graph = tree.graph(None);
        for step in 0..40 {
            let mut next = tree.clone();
            for _ in 0..=random.below(if step == 0 { 40 } else { 3 }) {
                let path = path(&mut random);
                let content = if random.below(6) == 0 {
                    String::new()
                } else {
                    content(&path, &mut random)
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
                let reaches = reachable(&updated, &next, path);
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

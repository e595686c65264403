//! A program's own documents are patched in place (`--in-place`): what arrives, what keeps its
//! state, what has the program started again, and that nothing crashes it.

use std::path::{Path, PathBuf};

use crate::picture::png_of;
use crate::run::{program_of, run};
use crate::runtime::Runtime;
use crate::support::{Folder, Random, Running, wait_until};
use crate::tree::{FIXTURES, copy, edited, read};

/// Everything that the program has by way of state.
pub const ALL: &str = "counter flag text card theme row scroll";

/// A program that is patched, and its documents.
struct Patched {
    folder: Folder,
    server: Running,
}

/// What the program showed last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    /// The process.
    pid: u32,
    facts: String,
    kept: String,
}

/// The documents of a program.
pub fn documents() -> Folder {
    let folder = Folder::new();
    copy(&Path::new(FIXTURES).join("in_place/tree"), "", &folder, "");
    folder.write("picture.png", png_of(2, [200, 0, 0]));
    folder
}

/// The program.
pub fn script() -> PathBuf {
    Path::new(FIXTURES).join("in_place/program.py")
}

impl Patched {
    fn start() -> Self {
        let folder = documents();
        let program = script();
        let document = folder.on_disk("main.qml");
        let python = program_of(Runtime::Newest);
        let command = [
            python,
            program.to_str().unwrap(),
            document.to_str().unwrap(),
        ];
        let server = run(&folder, &["--in-place"], &command);
        let patched = Self { folder, server };
        patched.until("it shows its own documents", |state| state.kept == ALL);
        patched.said("is patched in place");
        patched
    }

    fn state(&self) -> Option<State> {
        let stdout = self.server.stdout();
        let shown = stdout
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("SHOWS "))?;
        let (pid, rest) = shown.split_once(' ')?;
        let (facts, kept) = rest.split_once(" | ")?;
        Some(State {
            pid: pid.parse().ok()?,
            facts: facts.to_owned(),
            kept: kept.to_owned(),
        })
    }

    /// Waits until what it shows is `right`.
    #[track_caller]
    fn until(&self, what: &str, right: impl Fn(&State) -> bool) -> State {
        wait_until(
            what,
            || self.server.captured(),
            || self.state().as_ref().is_some_and(&right),
        );
        self.state().unwrap()
    }

    #[track_caller]
    fn said(&self, text: &str) {
        let found = || self.server.stderr().contains(text);
        wait_until(
            &format!("{text:?} is said"),
            || self.server.captured(),
            found,
        );
    }

    /// Writes these files, waits for the facts, and says whether the process is still the same
    /// and what it kept.
    #[track_caller]
    fn edit(&self, name: &str, files: &[(&str, Option<Vec<u8>>)], facts: &str) -> (bool, String) {
        let before = self.state().unwrap();
        for (path, contents) in files {
            match contents {
                Some(contents) => self.folder.write(path, contents),
                None => std::fs::remove_file(self.folder.on_disk(path)).unwrap(),
            }
        }
        let shown = self.until(name, |state| state.facts == facts);
        (shown.pid == before.pid, shown.kept)
    }
}

/// What is expected of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is patched in, and this state is kept.
    Patched(&'static str),
    /// The program is started again.
    Restarted,
}

/// Its name, the file, what is replaced there by what, what shows in the place of what, and how it
/// arrives.
type Edit = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
    Way,
);

/// What it shows at first.
pub const FACTS: &str = "one 300 #102030 5 heard-1 said-1 card 42 1 blue row 9 2 word-1";

#[test]
fn every_kind_of_edit_arrives_and_the_safe_ones_keep_all_state() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let program = Patched::start();
    let patched = Way::Patched(ALL);
    let restarted = Way::Restarted;
    let main = "main.qml";
    let edits: &[Edit] = &[
        (
            "a text",
            main,
            "\"one\"",
            "\"two\"",
            ("one", "two"),
            patched,
        ),
        (
            "a number",
            main,
            "width: 300",
            "width: 310",
            ("300", "310"),
            patched,
        ),
        (
            "a colour",
            main,
            "#102030",
            "#405060",
            ("#102030", "#405060"),
            patched,
        ),
        (
            "a handler",
            main,
            "heard-1",
            "heard-2",
            ("heard-1", "heard-2"),
            patched,
        ),
        (
            "a function",
            main,
            "said-1",
            "said-2",
            ("said-1", "said-2"),
            patched,
        ),
        (
            "a component's value",
            "Card.qml",
            "\"card\"",
            "\"tile\"",
            ("card", "tile"),
            patched,
        ),
        (
            "a component's function",
            "Card.qml",
            "42",
            "6 * 9",
            ("42", "54"),
            patched,
        ),
        (
            "an inline component",
            main,
            "level: 1",
            "level: 2",
            ("1 blue", "2 blue"),
            patched,
        ),
        (
            "a singleton's value",
            "Theme.qml",
            "blue",
            "green",
            ("blue", "green"),
            restarted,
        ),
        (
            "a delegate's value",
            "Row1.qml",
            "\"row\"",
            "\"line\"",
            ("row 9", "line 9"),
            patched,
        ),
        // Qt makes the rows anew.
        (
            "a model",
            main,
            "model: 9",
            "model: 8",
            ("row 9", "row 8"),
            Way::Patched("counter flag text card theme"),
        ),
        (
            "a binding",
            main,
            "0 + 5",
            "0 + 6",
            ("5 heard", "6 heard"),
            restarted,
        ),
        (
            "a child",
            "Card.qml",
            "42 }",
            "43 }\n    Item {}",
            ("42", "43"),
            restarted,
        ),
        (
            "a child less",
            "Card.qml",
            "    Rectangle { width: 10; height: 10; color: \"red\" }\n",
            "",
            ("card", "card"),
            restarted,
        ),
        (
            "a property",
            "Card.qml",
            "\"card\"",
            "\"new\"; property int more: 1",
            ("card", "new"),
            restarted,
        ),
        (
            "the root's type",
            "Card.qml",
            "Item {\n    property int count: 0",
            "Rectangle {\n    property int count: 0; property int x1",
            ("card", "card"),
            restarted,
        ),
        (
            "an import",
            main,
            "import QtQuick\n",
            "import QtQuick\nimport QtQml\n",
            ("one", "one"),
            restarted,
        ),
        ("an id", main, "badge", "medal", ("one", "one"), restarted),
        (
            "an enum",
            "Card.qml",
            "return 42",
            "return Card.B } enum Kind { A, B } function unused() { return 0",
            ("42", "1"),
            restarted,
        ),
        (
            "a nested function",
            main,
            "return \"said-1\"",
            "return (() => \"said-3\")()",
            ("said-1", "said-3"),
            restarted,
        ),
        (
            "a document with a required property",
            "Needy.qml",
            "needy",
            "other",
            ("one", "one"),
            restarted,
        ),
        (
            "a script",
            "logic.js",
            "word-1",
            "word-2",
            ("word-1", "word-2"),
            restarted,
        ),
    ];
    for (name, file, from, to, (shown, instead), expected) in edits {
        let old = read(&program.folder, file);
        let new = edited(&program.folder, file, from, to);
        let before = program.state().unwrap();
        let way = |(same, kept): (bool, String)| if same { kept } else { "restarted".to_owned() };
        let facts = FACTS.replacen(shown, instead, 1);
        let Way::Patched(state) = expected else {
            program.folder.write(file, &new);
            program.until(name, |state| {
                state.pid != before.pid && state.facts == facts && state.kept == ALL
            });
            let again = program.state().unwrap();
            program.folder.write(file, &old);
            program.until(name, |state| {
                state.pid != again.pid && state.facts == FACTS && state.kept == ALL
            });
            continue;
        };
        let done = program.edit(name, &[(file, Some(new.into_bytes()))], &facts);
        assert_eq!(way(done), *state, "{name}");
        let done = program.edit(name, &[(file, Some(old.into_bytes()))], FACTS);
        assert_eq!(way(done), *state, "{name}, back");
        if *state != ALL {
            // With all its state again.
            program.folder.write(
                "logic.js",
                ".pragma library\nfunction word() { return \"word-9\" }\n",
            );
            program.until("anew", |state| state.facts.ends_with("word-9"));
            program.folder.write(
                "logic.js",
                ".pragma library\nfunction word() { return \"word-1\" }\n",
            );
            program.until("anew", |state| state.facts == FACTS && state.kept == ALL);
        }
    }

    // A new type is used, a picture is another, a break is waited out.
    let card = read(&program.folder, "Card.qml");
    let with_new = card
        .replace("42", "fresh.answer")
        .replace("    Rectangle", "    Fresh { id: fresh }\n    Rectangle");
    let fresh = "import QtQuick\nItem { property int answer: 7 }\n";
    let files = [
        ("Fresh.qml", Some(fresh.into())),
        ("Card.qml", Some(with_new.into_bytes())),
    ];
    let (same, _) = program.edit("a new type", &files, &FACTS.replace("42", "7"));
    assert!(!same);
    let files = [
        ("Card.qml", Some(card.clone().into_bytes())),
        ("Fresh.qml", None),
    ];
    let (same, _) = program.edit("a type less", &files, FACTS);
    assert!(!same);
    let picture = [("picture.png", Some(png_of(3, [0, 200, 0])))];
    let (same, _) = program.edit("a picture", &picture, &FACTS.replace("9 2", "9 3"));
    assert!(!same);
    let facts = FACTS.replace("9 2", "9 3");

    program.until("all its state", |state| state.kept == ALL);
    let before = program.state().unwrap();
    program.folder.write("Card.qml", card.replacen("{", "", 1));
    program.said("Card.qml has a syntax error");
    let repaired = card.replace("\"card\"", "\"whole\"");
    program.folder.write("Card.qml", repaired);
    let facts = facts.replace("card", "whole");
    let shown = program.until("the repair", |state| state.facts == facts);
    assert_eq!(
        (shown.pid, shown.kept.as_str()),
        (before.pid, ALL),
        "a break ends nothing"
    );

    // Nobody uses it.
    program
        .folder
        .write("Unused.qml", "import QtQuick\nRectangle {}\n");
    program.said("changed: Unused.qml");
    program.folder.write(
        main,
        read(&program.folder, main).replace("\"one\"", "\"end\""),
    );
    let shown = program.until("the end", |state| {
        state.facts == facts.replacen("one", "end", 1)
    });
    assert_eq!((shown.pid, shown.kept.as_str()), (before.pid, ALL));
}

/// A place in a document where something may be changed: the text around it, and whether what is
/// there is a text, a number or code.
struct Slot {
    file: &'static str,
    before: &'static str,
    after: &'static str,
    /// Its place among the facts.
    fact: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Code,
}

const SLOTS: &[Slot] = &[
    Slot {
        file: "main.qml",
        before: "property string title: ",
        after: "\n",
        fact: 0,
        kind: Kind::Text,
    },
    Slot {
        file: "main.qml",
        before: "    width: ",
        after: "\n",
        fact: 1,
        kind: Kind::Number,
    },
    Slot {
        file: "main.qml",
        before: "onPoked: heard = ",
        after: "\n",
        fact: 4,
        kind: Kind::Code,
    },
    Slot {
        file: "main.qml",
        before: "function said() { return ",
        after: " }",
        fact: 5,
        kind: Kind::Code,
    },
    Slot {
        file: "Card.qml",
        before: "property string label: ",
        after: "\n",
        fact: 6,
        kind: Kind::Text,
    },
    Slot {
        file: "Card.qml",
        before: "function answer() { return ",
        after: " }",
        fact: 7,
        kind: Kind::Code,
    },
    Slot {
        file: "main.qml",
        before: "property int level: ",
        after: " }",
        fact: 8,
        kind: Kind::Number,
    },
    Slot {
        file: "Row1.qml",
        before: "property string tag: ",
        after: "\n",
        fact: 10,
        kind: Kind::Text,
    },
];

impl Kind {
    /// A new content, and what shows of it.
    fn make(self, random: &mut Random) -> (String, String) {
        let n = random.below(900) + 100;
        match self {
            Self::Text => (format!("\"t{n}\""), format!("t{n}")),
            Self::Number => (n.to_string(), n.to_string()),
            Self::Code => {
                let forms = [
                    format!("{n}"),
                    format!("{n} - 1 + 1"),
                    format!("Math.max({n}, 3)"),
                    format!("[{n}, 7][0]"),
                    format!("({{a: {n}}}).a"),
                    format!("`${{{n}}}`"),
                    format!("counter < 0 ? 1 : {n}"),
                    format!("String({n}).trim()"),
                ];
                let at = random.below(forms.len());
                // Not everybody has a counter.
                let code = forms[at].replace("counter", "width");
                (code, n.to_string())
            }
        }
    }
}

/// `QMLSERVE_EDITS` edits (40 without it): values and code, alone and several at once, some of
/// them saved before the last arrived, now and then one that starts the program again.
#[test]
fn random_edits_crash_nothing_and_what_shows_is_what_was_saved() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let edits = std::env::var("QMLSERVE_EDITS").ok();
    let edits: usize = edits.map_or(40, |text| text.parse().unwrap());
    let program = Patched::start();
    let mut random = Random::new(1);
    let mut facts: Vec<String> = FACTS.split(' ').map(str::to_owned).collect();
    let mut expected = program.state().unwrap();
    let mut restarts = 0;
    for number in 0..edits {
        for _ in 0..=random.below(3) {
            let slot = &SLOTS[random.below(SLOTS.len())];
            let (text, shows) = slot.kind.make(&mut random);
            let old = read(&program.folder, slot.file);
            let start = old.find(slot.before).unwrap() + slot.before.len();
            let end = start + old[start..].find(slot.after).unwrap();
            program
                .folder
                .write(slot.file, format!("{}{text}{}", &old[..start], &old[end..]));
            facts[slot.fact] = shows;
        }
        let restart = random.below(25) == 0;
        if restart {
            let old = read(&program.folder, "Card.qml");
            program.folder.write(
                "Card.qml",
                old.replacen("    Rectangle", "    Item {}\n    Rectangle", 1),
            );
            restarts += 1;
        }
        if !restart && random.below(4) == 0 && number + 1 < edits {
            continue;
        }
        let wanted = facts.join(" ");
        let what = format!("edit {number} of {edits} shows");
        let shown = program.until(&what, |state| {
            state.facts == wanted && state.kept == ALL && (state.pid == expected.pid) != restart
        });
        expected = shown;
    }
    let stderr = program.server.stderr();
    assert!(!stderr.contains("signal"), "it crashed:\n{stderr}");
    assert!(
        stderr.matches("is started again").count() >= restarts,
        "{stderr}"
    );
    eprintln!("{edits} edits, {restarts} of them with a start of the program");
}

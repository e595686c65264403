//! Wherever the imports of a document are led: whoever reads what is served finds these imports,
//! each on its line, and the rest of the document as it was. Seconds; longer with
//! `BOLERO_RANDOM_TEST_TIME_MS`.

use bolero::check;

use super::super::document::{ImportTarget, parse};
use super::*;

const WORDS: &[&str] = &[
    "import ",
    "QtQuick",
    ".",
    " 2.15",
    " as ",
    "M",
    "\"dir\"",
    "'a.js'",
    "\"qrc:/a.png\"",
    "'<img src=\"qrc:b c\">'",
    "`qrc:/${",
    "}`",
    "\n",
    "\r\n",
    "\r",
    "\u{2028}",
    ";",
    "{",
    "}",
    "(",
    ")",
    ":",
    ",",
    " ",
    "/* */",
    "/*\n*/",
    "// c\n",
    "\\",
    "\"",
    "'",
    "`",
    "qrc:",
    "pragma Singleton\n",
    ".pragma library\n",
    ".import ",
    "export ",
    "from ",
    "Item ",
    "\nItem {",
    "Keys.enabled: ",
    "Q.Theme.a.b: ",
    "\nx: ",
    "property var a: ",
    "on",
    "function f",
    "return ",
    "if",
    "1",
    "a",
    "ü",
    "\u{feff}",
    "\0",
];

/// What an import says: its target, its version, and its name.
type Said = (ImportTarget, Option<String>, Option<String>);

fn said(import: &Import) -> Said {
    let Import {
        target,
        version,
        qualifier,
        ..
    } = import.clone();
    (target, version, qualifier)
}

fn path(name: &str) -> Resolved {
    Resolved::Path(format!("../@1/{name} \"\\\n\u{2028}"))
}

/// Where an import is led, in each way that there is. A script names files, and one at a time.
fn led(choice: u8, language: Language, import: &Import) -> Resolved {
    let is_module = matches!(import.target, ImportTarget::Module(_));
    match (choice % 6, language) {
        (0, _) => Resolved::Keep,
        (_, Language::Js | Language::Mjs) if is_module => Resolved::Keep,
        (1, _) | (_, Language::Js | Language::Mjs) => path("a"),
        (2, Language::Qml) => Resolved::Unversioned("./b".to_owned()),
        (3, Language::Qml) => Resolved::Paths(Vec::new()),
        (4, Language::Qml) => {
            Resolved::Paths(vec![path("c"), Resolved::Unversioned("d".to_owned())])
        }
        (_, Language::Qml) => {
            Resolved::Beside(vec![Resolved::Unversioned("e".to_owned()), path("f")])
        }
    }
}

/// What an import says once it is led there.
fn meant(import: &Import, resolved: &Resolved) -> Vec<Said> {
    let (target, version, qualifier) = said(import);
    let of = |path: &str, version| {
        (
            ImportTarget::File(path.to_owned()),
            version,
            qualifier.clone(),
        )
    };
    let all = |all: &[Resolved]| all.iter().flat_map(|one| meant(import, one)).collect();
    match resolved {
        Resolved::Keep => vec![(target, version, qualifier)],
        Resolved::Path(path) => vec![of(path, version)],
        Resolved::Unversioned(path) => vec![of(path, None)],
        Resolved::Paths(paths) if paths.is_empty() => vec![said(import)],
        Resolved::Paths(paths) => all(paths),
        Resolved::Beside(paths) => [vec![said(import)], all(paths)].concat(),
    }
}

fn rewritten(language: Language, source: &str, choices: &[u8]) {
    let document = parse(language, source);
    let is_placed = choices.first().is_some_and(|choice| choice % 2 == 1);
    let leaves_out = choices.first().is_some_and(|choice| choice % 4 > 1);
    let choices = choices.iter().copied().cycle().chain(std::iter::repeat(1));
    let imports = choices.zip(&document.imports);
    let led: Vec<_> = imports
        .map(|(choice, import)| led(choice, language, import))
        .collect();
    let mut next = led.iter().cloned();
    let served = rewrite(
        source,
        &document,
        None,
        |_| next.next().unwrap(),
        |_| is_placed.then(|| "../@1/c".to_owned()),
        |_| leaves_out,
    );
    if document.header_error {
        assert_eq!(served, source);
        return;
    }
    let meant = document
        .imports
        .iter()
        .zip(&led)
        .flat_map(|(import, resolved)| {
            let meant = meant(import, resolved);
            meant.into_iter().map(|said| (import.line, said))
        });
    let again = parse(language, &served);
    let found = again
        .imports
        .iter()
        .map(|import| (import.line, said(import)));
    let (meant, found): (Vec<_>, Vec<_>) = (meant.collect(), found.collect());
    assert_eq!(found, meant, "{source:?}\n{served:?}");
    assert!(!again.header_error, "{source:?}\n{served:?}");
    if document.syntax_error.is_some() {
        return;
    }
    assert_eq!(again.syntax_error, None, "{source:?}\n{served:?}");
    let resources = if is_placed {
        0
    } else {
        document.resources.len()
    };
    let attached = if leaves_out {
        0
    } else {
        document.attached.len()
    };
    let is_left = (again.resources.len(), again.attached.len());
    // A name in what is left out is gone with it.
    assert!(
        leaves_out || is_left.0 == resources,
        "{source:?}\n{served:?}"
    );
    assert_eq!(is_left.1, attached, "{source:?}\n{served:?}");
    let made = |document: &Document| -> Vec<_> {
        let made = document.made.iter();
        made.map(|one| (one.name.clone(), one.line)).collect()
    };
    assert!(
        leaves_out || made(&again) == made(&document),
        "{source:?}\n{served:?}"
    );
}

#[test]
fn any_words_are_rewritten() {
    check!().with_max_len(120).for_each(|bytes| {
        let (choices, words) = bytes.split_at(bytes.len().min(4));
        let word = |byte: &u8| WORDS[usize::from(*byte) % WORDS.len()];
        let source: String = words.iter().map(word).collect();
        for language in [Language::Qml, Language::Js, Language::Mjs] {
            rewritten(language, &source, choices);
        }
    });
}

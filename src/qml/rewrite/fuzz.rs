//! Wherever the imports of a document are led: whoever reads what is served finds these imports,
//! each on its line, and the rest of the document as it was. Seconds; longer with
//! `BOLERO_RANDOM_TEST_TIME_MS`.

use std::iter::repeat;

use bolero::check;

use super::super::document::parse;
use super::super::fuzz::text;
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

/// Checks one document, led as the choices say.
fn rewritten(language: Language, source: &str, choices: &[u8]) {
    let document = parse(language, source);
    let is_placed = choices.first().is_some_and(|choice| choice % 2 == 1);
    let leaves_out = choices.first().is_some_and(|choice| choice % 4 > 1);
    let choices = choices.iter().copied().cycle().chain(repeat(1));
    let imports = choices.zip(&document.imports);
    let led = imports.map(|(choice, import)| led(choice, language, import));
    let led: Vec<_> = led.collect();
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
    let again = parse(language, &served);
    let shown = format!("{source:?}\n{served:?}");
    let ends = |text: &str| text.matches(ends_line).count();
    assert_eq!(ends(&served), ends(source), "{shown}");

    let imports = document.imports.iter().zip(&led);
    let expected = imports.flat_map(|(import, resolved)| {
        let line = import.line as usize + breaks(source, import, resolved);
        let meant = meant(import, resolved).into_iter();
        meant.map(move |said| (line, said))
    });
    let found = again.imports.iter();
    let found = found.map(|import| (import.line as usize, said(import)));
    let (found, expected): (Vec<_>, Vec<_>) = (found.collect(), expected.collect());
    assert_eq!(found, expected, "{shown}");
    assert!(!again.header_error, "{shown}");
    if document.syntax_error.is_none() {
        assert_eq!(again.syntax_error, None, "{shown}");
        let names = (again.resources.len(), document.resources.len());
        let attached = (again.attached.len(), document.attached.len());
        match leaves_out {
            true => assert_eq!(attached.0, 0, "{shown}"),
            false => {
                assert_eq!(names.0, if is_placed { 0 } else { names.1 }, "{shown}");
                assert_eq!(attached.0, attached.1, "{shown}");
                assert_eq!(made(&again), made(&document), "{shown}");
            }
        }
    }
}

/// How many lines below its own an import comes to stand that goes over lines.
fn breaks(source: &str, import: &Import, resolved: &Resolved) -> usize {
    let stays = match resolved {
        Resolved::Keep => true,
        Resolved::Paths(paths) => paths.is_empty(),
        _ => false,
    };
    let target = &source[import.span.clone()];
    if stays {
        0
    } else {
        target.matches('\n').count()
    }
}

fn made(document: &Document) -> Vec<(&str, u32)> {
    let made = document.made.iter();
    made.map(|one| (&*one.name, one.line)).collect()
}

#[test]
fn any_words_are_rewritten() {
    check!().with_max_len(120).for_each(|bytes| {
        let (choices, words) = bytes.split_at(bytes.len().min(4));
        let source = text(WORDS, words);
        for language in [Language::Qml, Language::Js, Language::Mjs] {
            rewritten(language, &source, choices);
        }
    });
}

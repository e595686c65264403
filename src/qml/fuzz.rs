//! Whatever a document or a qmldir has in it: nothing panics, no place lies outside of the text, and
//! what is served keeps its lines. Seconds each; longer with `BOLERO_RANDOM_TEST_TIME_MS`.

use bolero::check;

use super::document::{Document, Language, parse};
use super::qmldir;
use super::rewrite::{Resolved, rewrite};

/// What documents and scripts are made of, and what has no business in them.
const WORDS: &[&str] = &[
    "import ",
    "QtQuick",
    ".",
    " 2.15",
    " as ",
    "M",
    "\"dir\"",
    "'a.js'",
    "\"../@1/x\"",
    "\n",
    "\r\n",
    "\r",
    ";",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    ",",
    "=>",
    "=",
    "+",
    "+=",
    " ",
    "\t",
    "/*",
    "*/",
    "//",
    "`",
    "${",
    "\\",
    "\"",
    "'",
    "pragma Singleton",
    ".pragma library",
    ".import ",
    "export ",
    "from ",
    "Item ",
    "Loader ",
    "source",
    "Qt.createComponent",
    "Qt.resolvedUrl",
    "Qt.include",
    "baseUrl",
    "property ",
    "var ",
    "string ",
    "alias ",
    "required ",
    "readonly ",
    "on",
    "onX",
    "component C: ",
    "function f",
    "return ",
    "if",
    "else ",
    "for",
    "switch",
    "case ",
    "async ",
    "class A ",
    "id: a",
    "a.b",
    "a?.b",
    "...",
    "?",
    "0x1",
    "1e9",
    "/a[/]b/g",
    "ü",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "\u{10ffff}",
    "<img src='a.png'>",
    "qrc:/qt/qml/App/a.png",
    "http://h/@1/a",
    "enum E ",
    "signal s",
    "Behavior on x",
    "states: ",
    "@1",
    "import",
    "as",
    "module App\n",
    "singleton ",
    "internal ",
    "C 1.0 C.qml\n",
    "C 255.255 C.qml\n",
    "depends QtQuick 2.0\n",
    "optional import auto\n",
    "plugin p .\n",
    "prefer :/x\n",
    "#",
    "typeinfo x\n",
];

/// A text of these words, one for each byte.
pub(super) fn text(words: &[&'static str], bytes: &[u8]) -> String {
    let word = |byte: &u8| words[usize::from(*byte) % words.len()];
    bytes.iter().map(word).collect()
}

const LANGUAGES: [Language; 3] = [Language::Qml, Language::Js, Language::Mjs];

fn is_within(document: &Document, source: &str) {
    let lines = u32::try_from(source.split(['\n', '\r']).count()).unwrap();
    for import in &document.imports {
        assert!(source.get(import.span.clone()).is_some(), "{import:?}");
        assert!((1..=lines).contains(&import.line), "{import:?}");
        if let Some(version) = &import.version_span {
            assert!(source.get(version.clone()).is_some(), "{import:?}");
            assert!(version.start >= import.span.end, "{import:?}");
        }
    }
    if let Some(error) = &document.syntax_error {
        assert!((1..=lines).contains(&error.line), "{error:?}");
    }
}

/// Every import is led elsewhere.
fn rewritten(source: &str, language: Language) {
    let document = parse(language, source);
    is_within(&document, source);
    let led = |_: &_| Resolved::Path("../@0123456789abcdef/x".to_owned());
    let served = rewrite(source, &document, None, led, |_| None, |_| true);
    let ends = |text: &str| text.matches(['\n', '\r', '\u{2028}', '\u{2029}']).count();
    assert_eq!(ends(&served), ends(source), "{source:?}\n{served:?}");
    // What is served is read again by the client: it has as many imports.
    let again = parse(language, &served);
    is_within(&again, &served);
    if !document.header_error {
        assert_eq!(again.imports.len(), document.imports.len(), "{served:?}");
        assert!(!again.header_error, "{source:?}\n{served:?}");
    }
}

#[test]
fn any_words_are_a_document() {
    check!().with_max_len(200).for_each(|bytes| {
        let source = text(WORDS, bytes);
        for language in LANGUAGES {
            rewritten(&source, language);
        }
    });
}

#[test]
fn any_text_is_a_document() {
    check!().with_type::<String>().for_each(|source| {
        for language in LANGUAGES {
            rewritten(source, language);
        }
    });
}

#[test]
fn any_words_are_a_qmldir() {
    check!().with_max_len(200).for_each(|bytes| {
        let source = text(WORDS, bytes);
        let own = qmldir::parse(&source);
        let merged = qmldir::merge(Some(&own), [], str::to_owned);
        // What a client is told is a qmldir, and says the same again. What the own one says twice
        // it may say twice, too.
        let again = qmldir::parse(&merged);
        let twice = |problem: &qmldir::Problem| problem.message.contains("is mapped already");
        assert!(again.problems.iter().all(twice), "{source:?}\n{merged}");
        assert_eq!(qmldir::merge(Some(&again), [], str::to_owned), merged);
    });
}

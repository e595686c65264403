//! What a document is drawn in: a runtime, a size, a style, light or dark, a language; and the
//! folder that is named after all of these.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use clap::ValueEnum;

use crate::cmd::run::runtimes::Runtime;

/// The longest side of a picture, in pixels.
const LONGEST: u32 = 8192;

/// The language of a run that names none.
const LANGUAGE: &str = "en_US";

/// Width and height, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size(pub(super) u32, pub(super) u32);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (width, height) = text.split_once(['x', '×']).ok_or("write it as 800x480")?;
        let number = |text: &str| {
            let number = text.trim().parse().ok();
            let number = number.filter(|number| (1..=LONGEST).contains(number));
            number.ok_or_else(|| format!("width and height are whole numbers from 1 to {LONGEST}"))
        };
        Ok(Self(number(width)?, number(height)?))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.0, self.1)
    }
}

/// Whether controls are light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scheme {
    Light,
    Dark,
}

/// A word that becomes part of a folder's name: a style, a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word(String);

impl FromStr for Word {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || "._".contains(c);
        let is_word = !text.is_empty() && !text.starts_with('.') && text.chars().all(is_fine);
        let word = is_word.then(|| Self(text.to_owned()));
        word.ok_or("write a name of letters, digits and underscores, such as Material or de_DE")
    }
}

impl Word {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// All that a run is to draw in, as it was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) sizes: &'a [Size],
    pub(super) styles: &'a [Word],
    pub(super) schemes: &'a [Scheme],
    pub(super) languages: &'a [Word],
}

/// One of these.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) runtime: Arc<Runtime>,
    /// The document's own where there is none.
    pub(super) size: Option<Size>,
    /// The runtime's own where there is none.
    pub(super) style: Option<Word>,
    pub(super) scheme: Option<Scheme>,
    language: Option<Word>,
}

impl Setting {
    /// Every combination, in the order in which they were asked for.
    pub(super) fn all(runtimes: &[Arc<Runtime>], asked: Asked<'_>) -> Vec<Self> {
        let mut all = Vec::new();
        for runtime in runtimes {
            for size in or_none(asked.sizes) {
                for style in or_none(asked.styles) {
                    for scheme in or_none(asked.schemes) {
                        for language in or_none(asked.languages) {
                            all.push(Self {
                                runtime: Arc::clone(runtime),
                                size: size.copied(),
                                style: style.cloned(),
                                scheme: scheme.copied(),
                                language: language.cloned(),
                            });
                        }
                    }
                }
            }
        }
        all
    }

    /// The language, as the variable `LANG` has it without its encoding.
    pub(super) fn language(&self) -> &str {
        self.language.as_ref().map_or(LANGUAGE, Word::as_str)
    }

    /// Whether the language was asked for.
    pub(super) fn names_language(&self) -> bool {
        self.language.is_some()
    }

    /// The folder: the version of Qt, without its patch level, and what was asked for.
    pub(super) fn folder(&self) -> String {
        let mut name = label(&self.runtime);
        let parts = [
            self.size.map(|size| size.to_string()),
            self.style.as_ref().map(|style| style.0.clone()),
            self.scheme.map(|scheme| match scheme {
                Scheme::Light => "light".to_owned(),
                Scheme::Dark => "dark".to_owned(),
            }),
            self.language.as_ref().map(|language| language.0.clone()),
        ];
        for part in parts.into_iter().flatten() {
            name.push('-');
            name.push_str(&part);
        }
        name
    }
}

/// What a runtime's pictures are called by: what draws is its Qt, not its program.
pub(super) fn label(runtime: &Runtime) -> String {
    match runtime.minor() {
        Some((major, minor)) => format!("qt{major}.{minor}"),
        None => runtime.name.clone(),
    }
}

/// Each, or nothing once.
fn or_none<T>(all: &[T]) -> Vec<Option<&T>> {
    match all {
        [] => vec![None],
        all => all.iter().map(Some).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_numbers() {
        assert_eq!("800x480".parse(), Ok(Size(800, 480)));
        assert_eq!("1 × 8192".parse(), Ok(Size(1, 8192)));
        for text in ["800", "800x", "x", "0x5", "5x8193", "-1x5", "1.5x2", "axb"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn words_are_fit_for_the_name_of_a_folder() {
        for text in ["Material", "de_DE", "zh_Hans_CN", "My.Style"] {
            assert!(text.parse::<Word>().is_ok(), "{text}");
        }
        for text in ["", "..", ".", "a/b", "a\\b", "a-b", "ä", "a b", "a@b"] {
            assert!(text.parse::<Word>().is_err(), "{text}");
        }
    }
}

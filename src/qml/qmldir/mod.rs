//! `qmldir` files: what one says, and the text that a remote client gets instead of it.
//!
//! A remote directory has no other type look-up than its `qmldir`, so the served one also
//! lists what a local engine would find by looking at the files. Lines that only a client
//! with local files can use (`plugin`, `classname`, `prefer`, `typeinfo`, …) are dropped.
//!
//! Tolerant where the engine is, and a little more: comments after a line, lines that begin
//! with `//`, a byte order mark, either line ending. A line that cannot be understood becomes
//! a [`Problem`] and the rest counts. Whether a mapped file exists is for the caller to check,
//! against [`Qmldir::files`].

mod line;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

/// What a `qmldir` says, in the order of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qmldir {
    /// The module that it declares: `My.Module`.
    pub module: Option<String>,
    /// The lines that mean something to a remote client.
    pub entries: Vec<Entry>,
    /// The lines that are wrong.
    pub problems: Vec<Problem>,
}

/// One line of a `qmldir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `module My.Module`
    Module {
        /// The dotted name.
        uri: String,
    },
    /// `[singleton|internal] Button 1.0 Button.qml`
    Type {
        /// The type's name.
        name: String,
        /// The version that brought it; without one it is in every version and in none.
        version: Option<String>,
        /// The file column: a path, relative to the directory.
        file: String,
        /// Whether it is a singleton.
        singleton: bool,
        /// Whether only documents of the same directory see it.
        internal: bool,
        /// The line, from 1.
        line: u32,
    },
    /// `Logic 1.0 logic.js`
    Script {
        /// The name under which importers see the script.
        name: String,
        /// The version that brought it.
        version: Option<String>,
        /// The file column: a path, relative to the directory.
        file: String,
        /// The line, from 1.
        line: u32,
    },
    /// `[optional|default] import Other.Module auto`
    Import {
        /// The word in front of `import`, if any.
        modifier: Option<String>,
        /// The dotted name.
        uri: String,
        /// A version, or `auto`.
        version: Option<String>,
    },
    /// `depends Other.Module 1.0`
    Depends {
        /// The dotted name.
        uri: String,
        /// The version depended on.
        version: Option<String>,
    },
}

/// A line that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong with it, and what a right one looks like.
    pub message: String,
}

/// A document in the directory of a `qmldir`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local<'a> {
    /// Its file name: `Button.qml`, `Form.ui.qml`.
    pub file: &'a str,
    /// Whether it has `pragma Singleton`.
    pub singleton: bool,
}

/// Parses a `qmldir`. Never fails: what is wrong is in [`Qmldir::problems`].
pub fn parse(source: &str) -> Qmldir {
    let mut qmldir = Qmldir::default();
    let source = source.trim_start_matches('\u{feff}');
    for (number, text) in (1..).zip(source.lines()) {
        match line::parse(text, number) {
            Ok(Some(entry)) => qmldir.add(entry, number),
            Ok(None) => {}
            Err(message) => qmldir.problem(number, message),
        }
    }
    qmldir
}

/// The type that a document of this name is, where nothing else maps it: `Button` for
/// `Button.qml` and for `Button.ui.qml`. `None` where the name cannot be that of a type.
pub fn type_name(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".qml")?;
    let name = stem.strip_suffix(".ui").unwrap_or(stem);
    line::is_type_name(name).then_some(name)
}

/// The text of the `qmldir` that a remote client gets: the lines of the user's `own`, then
/// the documents among `files` that it does not map. `place` says what to write for a file.
///
/// A type that `own` maps in any way, under whatever version, gets no second entry. One
/// without a version behaves exactly like a file that no `qmldir` lists.
pub fn merge<'a>(
    own: Option<&Qmldir>,
    files: impl IntoIterator<Item = Local<'a>>,
    mut place: impl FnMut(&str) -> String,
) -> String {
    let mut text = String::new();
    let mut mapped = HashSet::new();
    for entry in own.iter().flat_map(|own| &own.entries) {
        if let Entry::Type { name, .. } | Entry::Script { name, .. } = entry {
            mapped.insert(name.as_str());
        }
        push_line(&mut text, &entry.words(&mut place));
    }
    let mut files: Vec<_> = files.into_iter().collect();
    // In byte order `Form.qml` comes before `Form.ui.qml`; the engine, too, prefers it.
    files.sort_unstable_by_key(|local| local.file);
    for local in files {
        if let Some(name) = type_name(local.file)
            && mapped.insert(name)
        {
            let modifier = if local.singleton { "singleton" } else { "" };
            push_line(&mut text, &[modifier, name, &place(local.file)]);
        }
    }
    if mapped.is_empty() {
        // To Qt a remote directory whose qmldir maps nothing is not there. Locally, one of
        // images or scripts can be imported.
        push_line(&mut text, NOTHING);
    }
    text
}

/// An entry that nobody outside sees, and nobody looks for.
const NOTHING: &[&str] = &["internal", "QmlserveNothing", "nothing.qml"];

fn push_line<S: AsRef<str>>(text: &mut String, words: &[S]) {
    for word in words.iter().map(AsRef::as_ref).filter(|w| !w.is_empty()) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(word);
    }
    text.push('\n');
}

impl Qmldir {
    /// The modules that it imports for whoever imports its directory, each with the version; none
    /// where that is the version that the directory itself is imported in (`auto`). An `optional
    /// import` brings nobody anything, as locally (measured in Qt 6.4 and 6.12).
    pub fn imports(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Import {
                uri,
                version,
                modifier,
            } if modifier.as_deref() != Some("optional") => {
                let version = version.as_deref().filter(|version| *version != "auto");
                Some((uri.as_str(), version))
            }
            _ => None,
        })
    }

    /// The file columns with their lines, for a caller who knows which files there are.
    pub fn files(&self) -> impl Iterator<Item = (u32, &str)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Type { file, line, .. } | Entry::Script { file, line, .. } => {
                Some((*line, file.as_str()))
            }
            Entry::Module { .. } | Entry::Import { .. } | Entry::Depends { .. } => None,
        })
    }

    fn add(&mut self, entry: Entry, line: u32) {
        match &entry {
            Entry::Module { uri } if self.module.is_none() => self.module = Some(uri.clone()),
            Entry::Module { .. } => {
                self.problem(
                    line,
                    "a qmldir has one `module` line; this is another".into(),
                );
                return;
            }
            Entry::Type { name, version, .. } | Entry::Script { name, version, .. } => {
                let (name, version) = (name.clone(), version.clone());
                self.check_twice(&name, version.as_deref(), line);
            }
            Entry::Import { .. } | Entry::Depends { .. } => {}
        }
        self.entries.push(entry);
    }

    /// Which of two equal entries a client takes differs between versions of Qt.
    fn check_twice(&mut self, name: &str, version: Option<&str>, line: u32) {
        let first = self.entries.iter().find_map(|entry| match entry {
            Entry::Type {
                name: n,
                version: v,
                line,
                ..
            }
            | Entry::Script {
                name: n,
                version: v,
                line,
                ..
            } if n == name && v.as_deref() == version => Some(*line),
            _ => None,
        });
        if let Some(first) = first {
            let version = version.map_or(String::new(), |version| format!(" {version}"));
            self.problem(
                line,
                format!(
                    "`{name}{version}` is mapped already in line {first}; remove one of the two"
                ),
            );
        }
    }

    fn problem(&mut self, line: u32, message: String) {
        self.problems.push(Problem { line, message });
    }
}

impl Entry {
    /// The columns of the line; an empty one is left out.
    fn words(&self, place: &mut impl FnMut(&str) -> String) -> Vec<String> {
        let owned = |word: &Option<String>| word.clone().unwrap_or_default();
        match self {
            Self::Module { uri } => vec!["module".into(), uri.clone()],
            Self::Type {
                name,
                version,
                file,
                singleton,
                internal,
                ..
            } => vec![
                modifier(*singleton, *internal).into(),
                name.clone(),
                owned(version),
                place(file),
            ],
            Self::Script {
                name,
                version,
                file,
                ..
            } => vec![name.clone(), owned(version), place(file)],
            Self::Import {
                modifier,
                uri,
                version,
            } => vec![
                owned(modifier),
                "import".into(),
                uri.clone(),
                owned(version),
            ],
            Self::Depends { uri, version } => {
                vec!["depends".into(), uri.clone(), owned(version)]
            }
        }
    }
}

fn modifier(singleton: bool, internal: bool) -> &'static str {
    match (singleton, internal) {
        (true, _) => "singleton",
        (_, true) => "internal",
        _ => "",
    }
}

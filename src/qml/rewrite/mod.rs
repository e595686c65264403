//! A document with the targets of its imports replaced, for the URL that it is served under, and
//! with the names of what programs have compiled in.
//!
//! Only the target of an import changes, on its own line, a `qrc:` name inside its literal, and a
//! binding that is left out: version, qualifier, comments, line numbers and every other byte stay.
//! A document whose header is in error stays as it is. So does a module that a script imports: an
//! engine takes it from where modules are installed, and refuses a path that names no script
//! (Qt 5.15, 6.4, 6.12: "Imported file must be a script").
//!
//! A path is written as a string literal. It is a relative URL to the engine, so whoever
//! makes it has percent-encoded what a URL reserves.

use std::borrow::Cow;
use std::ops::Range;

use super::document::attached::Attached;
use super::document::resources::ResourceName;
use super::document::{Document, Import, ImportTarget, Language};
use super::literal::ends_line;
pub(crate) use super::literal::quoted;

/// What becomes of the target of one import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// It stays byte for byte.
    Keep,
    /// This relative path is written instead.
    Path(String),
    /// This relative path is written instead, and the version is left out: that is how a
    /// directory is imported of which no `qmldir` says versions.
    Unversioned(String),
    /// Several directories take the place of a module: an import each, on the same line, with the
    /// qualifier of the original.
    Paths(Vec<Self>),
    /// These directories are imported behind the module that stands there, which stays.
    Beside(Vec<Self>),
}

impl Resolved {
    /// The path that is written, if it is one, and whether the version stays.
    fn one(&self) -> Option<(&str, bool)> {
        match self {
            Self::Path(path) => Some((path, true)),
            Self::Unversioned(path) => Some((path, false)),
            Self::Keep | Self::Paths(_) | Self::Beside(_) => None,
        }
    }
}

/// `source` with each import's target replaced by what `resolve` says, and with `first` written
/// before the first of them; with each name of what is compiled in replaced by what `place` says,
/// which has to be in no need of quoting; and with blanks in place of the bindings of which
/// `leaves_out` says so.
pub fn rewrite<'a>(
    source: &'a str,
    document: &Document,
    first: Option<&str>,
    mut resolve: impl FnMut(&Import) -> Resolved,
    place: impl Fn(&ResourceName) -> Option<String>,
    leaves_out: impl Fn(&Attached) -> bool,
) -> Cow<'a, str> {
    if document.header_error {
        return Cow::Borrowed(source);
    }
    let mut edits = Vec::new();
    if let (Some(first), Some(import)) = (first, document.imports.first()) {
        edits.push((import.span.start..import.span.start, first.to_owned()));
    }
    for import in &document.imports {
        let original = source.get(import.span.clone()).unwrap_or_default();
        let replacement = replacement(document.language, import, resolve(import));
        let Some((target, versioned)) = replacement else {
            continue;
        };
        // A name, or a string of QML, may go over lines. What follows it stays on its last one.
        let target = line_ends(original).chain(target.chars());
        edits.push((import.span.clone(), target.collect()));
        if let (false, Some(version)) = (versioned, &import.version_span) {
            let between = source.get(import.span.end..version.start);
            // A comment stays, mere space goes with the version.
            let is_space = between.is_some_and(|between| between.trim().is_empty());
            let start = match is_space {
                true => import.span.end,
                false => version.start,
            };
            let removed = source.get(start..version.end).unwrap_or_default();
            edits.push((start..version.end, line_ends(removed).collect()));
        }
    }
    let names = document.resources.iter();
    edits.extend(names.filter_map(|name| Some((name.span.clone(), place(name)?))));
    let left_out = document.attached.iter().filter(|one| leaves_out(one));
    edits.extend(left_out.filter_map(|one| {
        let text = source.get(one.span.clone())?;
        let blank = |c: char| if ends_line(c) { c } else { ' ' };
        Some((one.span.clone(), text.chars().map(blank).collect()))
    }));
    edits.sort_by_key(|(span, _)| span.start);
    applied(source, &edits)
}

/// The ends of its lines, without those that some parsers do not take for one.
fn line_ends(text: &str) -> impl Iterator<Item = char> {
    let ends = text.chars().filter(|c| ends_line(*c));
    ends.map(|c| if c == '\r' { c } else { '\n' })
}

/// `source` with the spans replaced, which are in order.
fn applied<'a>(source: &'a str, edits: &[(Range<usize>, String)]) -> Cow<'a, str> {
    if edits.is_empty() {
        return Cow::Borrowed(source);
    }
    let mut out = String::new();
    let mut copied = 0;
    for (span, text) in edits {
        let Some(between) = source.get(copied..span.start) else {
            continue;
        };
        out.push_str(between);
        out.push_str(text);
        copied = span.end;
    }
    out.push_str(source.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// What takes the place of the target, and whether the version behind it stays.
fn replacement(language: Language, import: &Import, resolved: Resolved) -> Option<(String, bool)> {
    let is_module = matches!(import.target, ImportTarget::Module(_));
    let (all, stays) = match resolved {
        _ if is_module && language != Language::Qml => return None,
        Resolved::Keep => return None,
        Resolved::Paths(all) => (all, false),
        Resolved::Beside(all) => (all, true),
        one => (vec![one], false),
    };
    let paths: Vec<_> = all.iter().filter_map(Resolved::one).collect();
    // All but the last get a statement of their own; what follows the target in the source
    // completes the last one.
    let (last, others) = paths.split_last()?;
    let mut out = String::new();
    if stays {
        match &import.target {
            ImportTarget::Module(uri) => statement(&mut out, uri, true, import),
            ImportTarget::File(file) => statement(&mut out, &quoted(file), true, import),
        }
    }
    for (path, versioned) in others {
        statement(&mut out, &quoted(path), *versioned, import);
    }
    out.push_str(&quoted(last.0));
    Some((out, last.1))
}

/// Adds a whole import of `target`, and the beginning of the next.
fn statement(out: &mut String, target: &str, versioned: bool, import: &Import) {
    out.push_str(target);
    if let Some(version) = import.version.as_ref().filter(|_| versioned) {
        out.push(' ');
        out.push_str(version);
    }
    if let Some(qualifier) = &import.qualifier {
        out.push_str(" as ");
        out.push_str(qualifier);
    }
    out.push_str("; import ");
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

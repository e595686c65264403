//! A document with the targets of its imports replaced, for the URL that it is served under.
//!
//! Only the target of an import changes, on its own line: version, qualifier, comments, line
//! numbers and every other byte stay. A document whose header is in error stays as it is.
//!
//! A path is written as a string literal. It is a relative URL to the engine, so whoever
//! makes it has percent-encoded what a URL reserves.

use std::borrow::Cow;

use super::document::{Document, Import, Language};
use super::literal::quoted;

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
    /// Several directories take the place of one: an import each, on the same line, with the
    /// qualifier of the original. A script names one file, so there only the first counts.
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
/// before the first of them.
pub fn rewrite<'a>(
    source: &'a str,
    document: &Document,
    mut first: Option<&str>,
    mut resolve: impl FnMut(&Import) -> Resolved,
) -> Cow<'a, str> {
    if document.header_error {
        return Cow::Borrowed(source);
    }
    let mut out = String::new();
    let mut copied = 0;
    for import in &document.imports {
        if let Some(first) = first.take()
            && let Some(between) = source.get(copied..import.span.start)
        {
            out.push_str(between);
            out.push_str(first);
            copied = import.span.start;
        }
        let Some((target, versioned)) = replacement(
            document.language,
            import,
            source.get(import.span.clone()).unwrap_or_default(),
            resolve(import),
        ) else {
            continue;
        };
        let Some(between) = source.get(copied..import.span.start) else {
            continue;
        };
        out.push_str(between);
        out.push_str(&target);
        copied = import.span.end;
        if let (false, Some(version)) = (versioned, &import.version_span) {
            let between = source.get(copied..version.start).unwrap_or_default();
            // A comment stays, mere space goes with the version.
            if !between.trim().is_empty() {
                out.push_str(between);
            }
            copied = version.end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(source);
    }
    out.push_str(source.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// What takes the place of the target, and whether the version behind it stays.
fn replacement(
    language: Language,
    import: &Import,
    original: &str,
    resolved: Resolved,
) -> Option<(String, bool)> {
    let (all, stays) = match resolved {
        Resolved::Keep => return None,
        Resolved::Paths(all) => (all, false),
        Resolved::Beside(all) => (all, true),
        one => (vec![one], false),
    };
    let mut paths: Vec<_> = all.iter().filter_map(Resolved::one).collect();
    if language != Language::Qml {
        paths.truncate(1);
    }
    // All but the last get a statement of their own; what follows the target in the source
    // completes the last one.
    let (last, others) = paths.split_last()?;
    let mut out = String::new();
    if stays && language == Language::Qml {
        statement(&mut out, original, true, import);
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
mod tests;

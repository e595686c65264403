//! The error texts of QML clients, read back into file, line and column.

use serde::Serialize;
use url::Url;

use crate::path::{TreePath, split_token};
use crate::tree::version::{Token, Version};

/// Longest message, in characters: nobody reads more, and anybody may send it.
const LONGEST: usize = 1000;

/// One line of what `Component.errorString()` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Diagnostic {
    /// The file, without the version; absent where the text names none.
    pub file: Option<TreePath>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// The version that the file was loaded from.
    #[serde(skip)]
    pub version: Option<Version>,
}

impl Diagnostic {
    /// Whether both tell of the same mistake. The column does not count: Qt 5
    /// and 6.4 know none where 6.12 does.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.file, self.line, &self.message) == (&other.file, other.line, &other.message)
    }
}

/// Takes a client's error text apart. Qt writes one error a line, as
/// `URL:LINE[:COLUMN][:] MESSAGE` (QQmlError::toString).
pub(crate) fn parse(text: &str) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match (located(line), diagnostics.last_mut()) {
            (Some(diagnostic), _) => diagnostics.push(diagnostic),
            // A message may have line breaks of its own.
            (None, Some(before)) => {
                before.message.push(' ');
                before.message.push_str(line);
            }
            (None, None) => diagnostics.push(Diagnostic {
                file: None,
                line: None,
                column: None,
                message: line.to_owned(),
                version: None,
            }),
        }
    }
    for diagnostic in &mut diagnostics {
        if let Some((end, _)) = diagnostic.message.char_indices().nth(LONGEST) {
            diagnostic.message.truncate(end);
            diagnostic.message.push('…');
        }
    }
    diagnostics
}

fn located(text: &str) -> Option<Diagnostic> {
    let (place, message) = match text.split_once(' ') {
        Some((place, message)) => (place, message),
        None => (text, ""),
    };
    if !place.starts_with("http://") && !place.starts_with("https://") {
        return None;
    }
    // The numbers stand at the end, and the port, with its colon, in front.
    let mut numbers = Vec::new();
    let mut rest = place.trim_end_matches(':');
    while numbers.len() < 2
        && let Some((before, last)) = rest.rsplit_once(':')
        && let Ok(number) = last.parse::<i64>()
        && Url::parse(before).is_ok_and(|url| url.path() != "/")
    {
        numbers.insert(0, number);
        rest = before;
    }
    let url = Url::parse(rest).ok()?;
    let (version, path) = split(url.path());
    let mut numbers = numbers.into_iter();
    Some(Diagnostic {
        file: TreePath::from_url(path).ok(),
        line: numbers.next().and_then(position),
        column: numbers.next().and_then(position),
        message: message.trim_start_matches(':').trim().to_owned(),
        version,
    })
}

/// Qt counts from 1; it writes -1 or 0 where it does not know.
fn position(number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

fn split(path: &str) -> (Option<Version>, &str) {
    let versioned = split_token(path);
    let versioned = versioned.and_then(|(token, rest)| Some((token.parse::<Token>().ok()?, rest)));
    match versioned {
        Some((token, rest)) => (Some(token.version), rest),
        None => (None, path),
    }
}

/// The file of the tree that an `http` URL means, and the version in it.
pub(crate) fn of_url(url: &str) -> Option<(TreePath, Option<Version>)> {
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let (version, path) = split(url.path());
    Some((TreePath::from_url(path).ok()?, version))
}

/// The source line with a caret below the column, for a terminal. Where the column is not known,
/// the caret is below what the message speaks of, if it is on the line once.
pub(crate) fn excerpt(
    source: &str,
    line: u32,
    column: Option<u32>,
    message: &str,
) -> Option<String> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let text = source.lines().nth(index)?.replace('\t', " ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(160).collect();
    let mut excerpt = format!("{line:>5} | {text}");
    let spaces = match column {
        Some(column) => Some(usize::try_from(column).ok()?.saturating_sub(1)),
        None => place_of_subject(&text, message),
    };
    if let Some(spaces) = spaces.filter(|spaces| *spaces <= text.chars().count()) {
        excerpt.push_str(&format!("\n      | {}^", " ".repeat(spaces)));
    }
    Some(excerpt)
}

/// Where the name stands that a JavaScript error is about, in characters from 0: `x is not
/// defined`, `Cannot read property 'y' of null`, `Property 'z' of object …`.
fn place_of_subject(line: &str, message: &str) -> Option<usize> {
    let quoted = message.split('\'').nth(1);
    let before_is = message
        .split_once(" is not ")
        .and_then(|(before, _)| before.rsplit(' ').next());
    let subject = quoted.or(before_is)?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut places = line.match_indices(subject).filter(|(at, _)| {
        let after = line[at + subject.len()..].chars().next();
        let before = line[..*at].chars().next_back();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    let (at, _) = places.next().filter(|_| !subject.is_empty())?;
    places.next().is_none().then(|| line[..at].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_texts() {
        let check = |text: &str, file: Option<&str>, line, column, message: &str| {
            let [diagnostic] = parse(text).try_into().unwrap();
            let Diagnostic {
                file: f,
                line: l,
                column: c,
                message: m,
                ..
            } = diagnostic;
            assert_eq!(
                (f.as_ref().map(TreePath::as_str), l, c, m.as_str()),
                (file, line, column, message),
                "{text}"
            );
        };
        check(
            "http://localhost:8080/@0123456789abcdef/main.qml:11:5: Button is not a type",
            Some("main.qml"),
            Some(11),
            Some(5),
            "Button is not a type",
        );
        check(
            "http://localhost:8080/@0123456789abcdef/sub/My%20File.qml:3 Expected token `:'",
            Some("sub/My File.qml"),
            Some(3),
            None,
            "Expected token `:'",
        );
        check(
            "http://[::1]:8080/main.qml:7: ReferenceError",
            Some("main.qml"),
            Some(7),
            None,
            "ReferenceError",
        );
        check(
            "http://localhost:8080/gone.qml: File not found",
            Some("gone.qml"),
            None,
            None,
            "File not found",
        );
        check(
            "http://localhost:8080/x.qml:-1 File not found",
            Some("x.qml"),
            None,
            None,
            "File not found",
        );
        check(
            "Something went wrong",
            None,
            None,
            None,
            "Something went wrong",
        );
    }

    #[test]
    fn a_message_of_several_lines_is_one_error() {
        let text = "http://h:1/a.qml:1:1: cannot be used:\nat all\nhttp://h:1/b.qml:2: no\n";
        let messages: Vec<_> = parse(text).into_iter().map(|error| error.message).collect();
        assert_eq!(messages, ["cannot be used: at all", "no"]);
    }

    #[test]
    fn excerpts_point_at_the_column() {
        let source = "import QtQuick\nItem {\n\twidth; 10\n}\n";
        assert_eq!(
            excerpt(source, 3, Some(7), "").unwrap(),
            "    3 |  width; 10\n      |       ^"
        );
        assert_eq!(excerpt(source, 9, Some(1), ""), None);
    }

    #[test]
    fn without_a_column_they_point_at_what_the_message_speaks_of() {
        let check = |line: &str, message: &str, caret: Option<usize>| {
            let text = excerpt(line, 1, None, message).unwrap();
            let found = text
                .split_once("\n      | ")
                .map(|(_, below)| below.len() - 1);
            assert_eq!(found, caret, "{text}");
        };
        check(
            "a: ä + nix.x",
            "ReferenceError: nix is not defined",
            Some(7),
        );
        check("a: nix + nix", "ReferenceError: nix is not defined", None);
        check("a: phoenix", "ReferenceError: nix is not defined", None);
        check(
            "b: a.y",
            "TypeError: Cannot read property 'y' of null",
            Some(5),
        );
        check("b: a.y", "something else", None);
    }
}

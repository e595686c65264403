//! The text of a program's message: where it says that it comes from, and what is fit to be
//! shown of it. Pure.

/// Longest text that is kept of one message, in characters.
const LONGEST: usize = 4000;

/// A message taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// The URL or path; may be empty.
    pub file: &'a str,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// What is said.
    pub message: &'a str,
    /// Whether the text itself began with the place. What the engine finds wrong does
    /// (QQmlError::toString); what documents print does not.
    pub is_located: bool,
}

impl<'a> Said<'a> {
    /// Takes `URL:LINE[:COLUMN]: MESSAGE` apart. `file` and `line` are what is known besides.
    pub(super) fn read(text: &'a str, file: &'a str, line: Option<u32>) -> Self {
        let plain = Self {
            file,
            line,
            column: None,
            message: text,
            is_located: false,
        };
        let place_end = if !file.is_empty() && text.starts_with(file) {
            file.len()
        } else {
            match end_of_url(text) {
                Some(end) => end,
                None => return plain,
            }
        };
        let (place, mut rest) = text.split_at(place_end);
        let mut numbers = [None; 2];
        for number in &mut numbers {
            let Some(digits) = rest.strip_prefix(':') else {
                break;
            };
            let end = digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(digits.len());
            let Ok(parsed) = digits[..end].parse::<u32>() else {
                break;
            };
            *number = Some(parsed).filter(|number| *number > 0);
            rest = &digits[end..];
        }
        let [own_line, column] = numbers;
        // Qt 5 writes a colon behind the place only sometimes.
        let Some(message) = rest.strip_prefix(':').or(Some(rest)) else {
            return plain;
        };
        if own_line.is_none() || !message.starts_with(' ') {
            return plain;
        }
        Self {
            file: place,
            line: own_line,
            column,
            message: message.trim_start(),
            is_located: true,
        }
    }
}

/// Where the URL ends with which a text begins: before the colon of the line number.
fn end_of_url(text: &str) -> Option<usize> {
    let is_url = ["http://", "https://", "file:///", "qrc:/"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    let first = text.split(' ').next().filter(|_| is_url)?;
    let without_numbers =
        first.trim_end_matches([':', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    // A URL may itself end in digits, and its port has a colon.
    let end = match first[without_numbers.len()..].find(':') {
        Some(at) => without_numbers.len() + at,
        None => first.len(),
    };
    text[..end].rfind('/').filter(|slash| *slash > 7)?;
    Some(end)
}

/// The text with the server and the version taken out of every URL that has a version.
pub(crate) fn without_versions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let (before, url) = rest.split_at(at);
        out.push_str(before);
        match behind_version(url) {
            Some(path) => rest = path,
            None => {
                out.push_str("http");
                rest = &url[4..];
            }
        }
    }
    out + rest
}

/// Whether Qt says that a file under a version was not there (QNetworkReply). Only this server has
/// such URLs.
pub(super) fn is_of_missing_file(message: &str) -> bool {
    let url = message.split_once("Error transferring ");
    let url = url.and_then(|(_, rest)| rest.split_once(" - server replied"));
    url.is_some_and(|(url, reply)| {
        let is_missing = reply.contains("Not Found") || reply.contains("404");
        is_missing && behind_version(url).is_some()
    })
}

/// What follows `http://HOST/@TOKEN/` at the start of a text.
fn behind_version(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("http://")
        .or(url.strip_prefix("https://"))?;
    let (host, rest) = rest.split_once("/@")?;
    let (token, rest) = rest.split_once('/')?;
    let is_word = |text: &str| !text.contains(|c: char| c.is_whitespace() || c == '/');
    let is_token = token.len() >= 16 && token.as_bytes()[..16].iter().all(u8::is_ascii_hexdigit);
    (is_word(host) && is_word(token) && is_token).then_some(rest)
}

/// The beginning of a text, as much as is kept of it.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text for the terminal: nothing in it moves the cursor or looks like a line of its own.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => out.push_str("\n      "),
            '\t' => out.push_str("    "),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_taken_off_what_the_engine_says() {
        let url = "http://127.0.0.1:8080/@0123456789abcdef/main.qml";
        let check =
            |text: &str, file: &str, line, place: (&str, Option<u32>, Option<u32>), rest| {
                let said = Said::read(text, file, line);
                assert_eq!(
                    ((said.file, said.line, said.column), said.message),
                    (place, rest),
                    "{text:?}"
                );
            };
        let text = format!("{url}:12: ReferenceError: x is not defined");
        let rest = "ReferenceError: x is not defined";
        check(&text, url, Some(12), (url, Some(12), None), rest);
        check(&text, "", None, (url, Some(12), None), rest);
        let text = format!("{url}:12:5: Unable to assign [undefined] to int");
        let rest = "Unable to assign [undefined] to int";
        check(&text, "", None, (url, Some(12), Some(5)), rest);
        check(&text, url, Some(12), (url, Some(12), Some(5)), rest);
        let text = "qrc:/qt/qml/My/Main.qml:7:1: QML Image: Cannot open";
        let file = "qrc:/qt/qml/My/Main.qml";
        check(
            text,
            "",
            None,
            (file, Some(7), Some(1)),
            "QML Image: Cannot open",
        );
        check("clicked", url, Some(3), (url, Some(3), None), "clicked");
        check("http://h/x", "", None, ("", None, None), "http://h/x");
        check(
            "http://h:80 is up",
            "",
            None,
            ("", None, None),
            "http://h:80 is up",
        );
        check("", "", None, ("", None, None), "");
    }

    #[test]
    fn versions_are_taken_out_of_urls() {
        let check = |text: &str, expected: &str| assert_eq!(without_versions(text), expected);
        check(
            "at f (http://h:1/@0123456789abcdef/a/b.js:3) http",
            "at f (a/b.js:3) http",
        );
        check("http://h/@0123456789abcdef~1f/a.qml", "a.qml");
        check("http://h/@me/a.qml", "http://h/@me/a.qml");
        check("http://h and http://h/", "http://h and http://h/");
    }

    #[test]
    fn a_text_cannot_take_the_terminal_over() {
        assert_eq!(
            escaped("a\nERROR b\u{1b}[2J\n"),
            "a\n      ERROR b\\u{1b}[2J"
        );
        assert_eq!(
            bounded(&"ä".repeat(LONGEST + 9)).chars().count(),
            LONGEST + 1
        );
    }
}

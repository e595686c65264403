//! String literals of QML and JavaScript: from source text to value, and back.
//!
//! Both languages share one syntax for them; QML also allows a literal over several lines.

use std::iter::Peekable;
use std::str::Chars;

/// What ends a line in QML and JavaScript (ECMA-262, LineTerminator).
pub(crate) fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// The value of a string literal, given its source text with the quotes.
///
/// `None` if the text is not one literal. A lone surrogate, which Rust cannot hold, becomes
/// the replacement character; no file name has one.
pub(crate) fn value(literal: &str) -> Option<String> {
    let quote = literal.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(unescape(inner))
}

/// `value` as a double-quoted literal on one line.
pub(crate) fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // The line terminators of ECMAScript: as they are, they would end a line.
            '\u{2028}' | '\u{2029}' => push_unicode_escape(&mut out, c),
            c if c.is_control() => push_unicode_escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn push_unicode_escape(out: &mut String, c: char) {
    out.push_str(&format!("\\u{:04x}", u32::from(c)));
}

/// `text` with its escape sequences resolved: the inside of a literal, or a fragment of a
/// template.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            escape(&mut chars, &mut out);
        } else {
            out.push(c);
        }
    }
    out
}

fn escape(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let Some(c) = chars.next() else { return };
    match c {
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'v' => out.push('\u{b}'),
        '0' => out.push('\0'),
        // A line continuation stands for nothing.
        '\r' => {
            chars.next_if_eq(&'\n');
        }
        '\n' | '\u{2028}' | '\u{2029}' => {}
        'x' => out.push(character(hex(chars, 2))),
        'u' => out.push(unicode(chars)),
        other => out.push(other),
    }
}

fn unicode(chars: &mut Peekable<Chars<'_>>) -> char {
    if chars.next_if_eq(&'{').is_some() {
        let code = hex(chars, 8);
        chars.next_if_eq(&'}');
        return character(code);
    }
    let first = hex(chars, 4);
    let mut ahead = chars.clone();
    let is_pair = matches!(first, Some(0xd800..=0xdbff))
        && ahead.next() == Some('\\')
        && ahead.next() == Some('u');
    if !is_pair {
        return character(first);
    }
    match (first, hex(&mut ahead, 4)) {
        (Some(high), Some(low @ 0xdc00..=0xdfff)) => {
            *chars = ahead;
            character(Some(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)))
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Up to `most` hexadecimal digits.
fn hex(chars: &mut Peekable<Chars<'_>>, most: usize) -> Option<u32> {
    let mut code = None;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) else {
            break;
        };
        chars.next();
        code = Some((code.unwrap_or(0_u32) << 4) | digit);
    }
    code
}

fn character(code: Option<u32>) -> char {
    code.and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_has_the_value_that_the_engine_sees() {
        for (literal, expected) in [
            (r#""plain""#, "plain"),
            ("'single'", "single"),
            (r#""a\"b""#, "a\"b"),
            (r#""it's""#, "it's"),
            (r#""a\\b\/c""#, "a\\b/c"),
            (r#""\x41\u0042\u{43}""#, "ABC"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83dx""#, "\u{fffd}x"),
            ("\"one\\\ntwo\"", "onetwo"),
            ("\"one\\\r\ntwo\"", "onetwo"),
            ("\"one\ntwo\"", "one\ntwo"),
            ("\"\"", ""),
        ] {
            assert_eq!(value(literal).as_deref(), Some(expected), "{literal}");
        }
    }

    #[test]
    fn what_is_not_a_literal_has_no_value() {
        for text in ["", "x", "\"", "\"a'", "`a`"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn a_quoted_value_reads_back_on_one_line() {
        for text in [
            "dir",
            "a\"b",
            "a\\b",
            "a\nb\r\u{2028}\u{7}",
            "näme",
            "😀",
            "",
        ] {
            let literal = quoted(text);
            assert_eq!(literal.lines().count(), 1, "{literal}");
            assert_eq!(value(&literal).as_deref(), Some(text), "{literal}");
        }
    }
}

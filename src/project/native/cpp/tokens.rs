//! The words of a C++ source, without its comments: enough to find Qt's macros and calls, which
//! mean nothing to a grammar of C++.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or a keyword.
    Word,
    /// A string or character literal, with its quotes and prefix.
    Text,
    /// A number.
    Number,
    /// `::`, or one other sign.
    Sign,
    /// A line for the preprocessor, with those that continue it.
    Directive,
}

/// A token, and where it stands in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// The tokens of `source`. What is not closed goes to the end.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        bytes: source.as_bytes(),
        at: 0,
    };
    let mut tokens = Vec::new();
    while let Some(token) = scanner.next() {
        tokens.push(token);
    }
    tokens
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn next(&mut self) -> Option<Token> {
        let begins_line = self.skip_blanks();
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let kind = match first {
            b'#' if begins_line => {
                self.directive();
                Kind::Directive
            }
            b'"' | b'\'' => {
                self.text(first);
                Kind::Text
            }
            b'0'..=b'9' => {
                // 1'000, 0x1F, 1e-3 (whose sign becomes one of its own)
                self.skip_while(|c| is_word(c) || c == b'.' || c == b'\'');
                Kind::Number
            }
            c if is_word(c) => {
                self.skip_while(is_word);
                self.literal_after(start).unwrap_or(Kind::Word)
            }
            b':' if self.peek(1) == b':' => {
                self.at += 2;
                Kind::Sign
            }
            _ => {
                self.at += 1;
                Kind::Sign
            }
        };
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }

    /// Skips blanks and comments; tells whether a line began since.
    fn skip_blanks(&mut self) -> bool {
        let mut begins_line = self.at == 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (b'\n', _) => {
                    begins_line = true;
                    self.at += 1;
                }
                (b' ' | b'\t' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                (b'/', b'/') => self.skip_while(|c| c != b'\n'),
                (b'/', b'*') => self.skip_past(b"*/"),
                _ => return begins_line,
            }
        }
    }

    fn skip_while(&mut self, is_part: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|c| is_part(**c)).count();
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|part| part == end);
        self.at += found.map_or(rest.len(), |at| at + end.len());
    }

    fn directive(&mut self) {
        loop {
            let line = self.at;
            self.skip_while(|c| c != b'\n');
            let text = self.bytes.get(line..self.at).unwrap_or_default();
            if self.at >= self.bytes.len() || text.trim_ascii_end().last() != Some(&b'\\') {
                return;
            }
            self.at += 1;
        }
    }

    fn text(&mut self, quote: u8) {
        self.at += 1;
        loop {
            match self.peek(0) {
                b'\\' => self.at += 2,
                // A quote that nobody closes ends with its line.
                b'\n' => break,
                c if c == quote => {
                    self.at += 1;
                    break;
                }
                _ if self.at >= self.bytes.len() => break,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// The rest of a literal whose prefix has just been passed: `u"…"`, `R"x(…)x"`.
    fn literal_after(&mut self, start: usize) -> Option<Kind> {
        let prefix = self.bytes.get(start..self.at)?;
        if self.peek(0) != b'"' || !matches!(prefix, [b'u' | b'U' | b'L' | b'R'] | b"u8" | b"uR") {
            return None;
        }
        if !prefix.ends_with(b"R") {
            self.text(b'"');
            return Some(Kind::Text);
        }
        let from = self.at + 1;
        self.skip_while(|c| c != b'(' && c != b'\n');
        let delimiter = self.bytes.get(from..self.at)?;
        let end = [b")", delimiter, b"\""].concat();
        self.skip_past(&end);
        Some(Kind::Text)
    }
}

/// Letters beyond ASCII count as parts of words.
fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80
}

/// The value of a string literal without escapes: `"a"`, `u"a"`, `"a"_s` by its first token.
pub(super) fn string(literal: &str) -> Option<&str> {
    let from = literal.find('"')?;
    literal.get(from + 1..)?.strip_suffix('"')
}

/// The index behind the bracket that closes the one at `open`; the end, if nothing does.
pub(super) fn behind(tokens: &[Token], source: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text(source) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// How deep brackets are inside brackets.
pub(super) fn depth(tokens: &[Token], source: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for token in tokens.iter().filter(|token| token.kind == Kind::Sign) {
        match token.text(source) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_skipped_and_literals_are_one_word() {
        for (source, expected) in [
            ("a::b // c\n d", vec!["a", "::", "b", "d"]),
            ("a/* \" */b", vec!["a", "b"]),
            ("\"a//b\" 'c'", vec!["\"a//b\"", "'c'"]),
            ("\"a\\\"b\" c", vec!["\"a\\\"b\"", "c"]),
            ("R\"x(a)\"b)x\" c", vec!["R\"x(a)\"b)x\"", "c"]),
            ("u\"ä\" ü", vec!["u\"ä\"", "ü"]),
            ("#define A \\\n B\nc", vec!["#define A \\\n B", "c"]),
            ("a # b", vec!["a", "#", "b"]),
            ("1'000 0x1F", vec!["1'000", "0x1F"]),
            ("\"open\nb", vec!["\"open", "b"]),
            ("/* open", vec![]),
            ("R\"(open", vec!["R\"(open"]),
            ("\"\\", vec!["\"\\"]),
        ] {
            let tokens = tokens(source);
            let texts: Vec<_> = tokens.iter().map(|token| token.text(source)).collect();
            assert_eq!(texts, expected, "{source}");
        }
    }
}

//! Qt's words in C++ taken out, so that a grammar of C++ can read the rest: each becomes blanks of
//! its own length, and what it said is kept with its place.

use super::tokens::{Kind, Token, behind};

/// A source without Qt's words.
pub(super) struct Masked {
    /// As long as the source, line by line.
    pub(super) text: String,
    /// What was taken out, in its order.
    pub(super) marks: Vec<Mark>,
}

/// What was taken out, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The byte where it began.
    pub(super) at: usize,
    /// What it said.
    pub(super) said: Said,
}

/// What a word of Qt's says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A macro, and what stands in its parentheses.
    Macro(String, String),
    /// From here on the members are of this kind.
    Section(Section),
}

/// Kinds of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Only C++ sees them.
    Plain,
    /// Signals.
    Signals,
    /// Slots that QML can call.
    Slots,
}

/// Takes Qt's words out of `source`, which has these tokens.
pub(super) fn mask(source: &str, tokens: &[Token]) -> Masked {
    let mut masking = Masking {
        source,
        tokens,
        bytes: source.as_bytes().to_vec(),
        marks: Vec::new(),
    };
    let mut index = 0;
    while index < tokens.len() {
        index = masking.step(index).max(index + 1);
    }
    Masked {
        text: String::from_utf8_lossy(&masking.bytes).into_owned(),
        marks: masking.marks,
    }
}

struct Masking<'a> {
    source: &'a str,
    tokens: &'a [Token],
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

impl Masking<'_> {
    fn text(&self, index: usize) -> &str {
        let token = self.tokens.get(index);
        token.map_or("", |token| token.text(self.source))
    }

    fn is_word(&self, index: usize) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.kind == Kind::Word)
    }

    /// Looks at one token; the index at which to go on.
    fn step(&mut self, index: usize) -> usize {
        let Some(token) = self.tokens.get(index) else {
            return index;
        };
        match token.kind {
            Kind::Directive => self.blank(index, index + 1),
            Kind::Word => self.word(index),
            _ => index + 1,
        }
    }

    fn word(&mut self, index: usize) -> usize {
        let next = self.text(index + 1);
        match self.text(index) {
            "signals" | "Q_SIGNALS" if next == ":" => {
                self.mark(index, Said::Section(Section::Signals));
                self.blank(index, index + 2)
            }
            access @ ("public" | "protected" | "private") => {
                let is_private = access == "private";
                let is_slots = matches!(next, "slots" | "Q_SLOTS");
                let colon = if is_slots { index + 2 } else { index + 1 };
                if self.text(colon) != ":" {
                    return index + 1;
                }
                let section = if is_slots && !is_private {
                    Section::Slots
                } else {
                    Section::Plain
                };
                self.mark(index, Said::Section(section));
                self.blank(index + 1, colon);
                colon + 1
            }
            "class" | "struct" if self.is_word(index + 2) && is_shouted(next) => {
                self.blank(index + 1, index + 2)
            }
            word if is_macro(word) => {
                let word = word.to_owned();
                let end = if next == "(" {
                    behind(self.tokens, self.source, index + 1)
                } else {
                    index + 1
                };
                let inside = self.between(index + 1, end);
                self.mark(index, Said::Macro(word, inside));
                self.blank(index, end)
            }
            _ => index + 1,
        }
    }

    /// The text inside the parentheses that begin at a token and end before another.
    fn between(&self, open: usize, end: usize) -> String {
        let (Some(first), Some(last)) =
            (self.tokens.get(open), self.tokens.get(end.wrapping_sub(1)))
        else {
            return String::new();
        };
        let inside = self.source.get(first.end..last.start).unwrap_or_default();
        inside.trim().to_owned()
    }

    fn mark(&mut self, index: usize, said: Said) {
        let at = self.tokens.get(index).map_or(0, |token| token.start);
        self.marks.push(Mark { at, said });
    }

    fn blank(&mut self, from: usize, to: usize) -> usize {
        let start = self.tokens.get(from).map(|token| token.start);
        let end = self.tokens.get(to.wrapping_sub(1)).map(|token| token.end);
        if let (Some(start), Some(end), true) = (start, end, from < to) {
            let bytes = self.bytes.get_mut(start..end).unwrap_or_default();
            for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
                *byte = b' ';
            }
        }
        to
    }
}

/// `MYLIB_EXPORT`
fn is_shouted(word: &str) -> bool {
    word.len() > 2
        && word
            .bytes()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_')
}

/// Whether a word is a macro of Qt's that stands by itself. Those that stand for a value stay:
/// they look like calls.
fn is_macro(word: &str) -> bool {
    let is_ours = ["Q_", "QML_", "QT_"]
        .iter()
        .any(|head| word.starts_with(head));
    is_ours && is_shouted(word) && !word.starts_with("QT_TR") && !word.ends_with("_C")
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn what_qt_says_is_kept_and_blanked_in_its_length() {
        let source = "class LIB_EXPORT A : public QObject {\n  Q_OBJECT QML_ELEMENT\n  Q_PROPERTY(int a\n READ a)\npublic slots:\n  void go();\nsignals:\n  void gone();\n};\n#define X(y) \\\n  y\n";
        let masked = mask(source, &tokens(source));
        assert_eq!(masked.text.len(), source.len());
        assert_eq!(masked.text.lines().count(), source.lines().count());
        let words: Vec<_> = masked.text.split_whitespace().collect();
        assert_eq!(
            words.join(" "),
            "class A : public QObject { public : void go(); void gone(); };"
        );
        let said: Vec<_> = masked.marks.into_iter().map(|mark| mark.said).collect();
        let macro_ = |name: &str, args: &str| Said::Macro(name.into(), args.into());
        assert_eq!(
            said,
            [
                macro_("Q_OBJECT", ""),
                macro_("QML_ELEMENT", ""),
                macro_("Q_PROPERTY", "int a\n READ a"),
                Said::Section(Section::Slots),
                Said::Section(Section::Signals),
            ]
        );
    }
}

//! What is wrong with a document that does not parse, in words. The grammar only knows a place, so
//! this is read off the text: the word that stands there, and brackets that have no partner.

use super::SyntaxError;

/// A mistake for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

/// The mistake in `source` at `error`; `None` where an engine may well take what the grammar
/// refuses.
pub fn mistake(source: &str, error: SyntaxError) -> Option<Mistake> {
    let line = source.lines().nth(index(error.line)).unwrap_or_default();
    if is_doubtful(source, line, error) {
        return None;
    }
    if let Some(unpaired) = unpaired(source) {
        return Some(unpaired);
    }
    let word = word_at(line, index(error.column));
    let message = match word.as_str() {
        "" => "the document does not parse here".to_owned(),
        // Here, or in what follows: the grammar names the statement.
        word => format!("the document does not parse near \"{word}\""),
    };
    Some(Mistake {
        line: error.line,
        column: error.column,
        message,
    })
}

fn index(from_one: u32) -> usize {
    usize::try_from(from_one.saturating_sub(1)).unwrap_or(usize::MAX)
}

/// Whether this is one of the constructs that an engine takes and the grammar does not: a second
/// semicolon after a property, `await` as a name, an import over several lines, and in newer Qt a
/// signal with a `list<int>`.
fn is_doubtful(source: &str, line: &str, error: SyntaxError) -> bool {
    let words = line.split(|c: char| !c.is_alphanumeric());
    if words.into_iter().any(|word| word == "await") {
        return true;
    }
    if line.trim_start().starts_with("signal ") && line.contains('<') {
        return true;
    }
    let closes_twice = |line: &str| {
        let plain: String = line.split_whitespace().collect();
        plain.contains(";;") || plain.starts_with(';')
    };
    let before = source.lines().take(index(error.line));
    if closes_twice(line) || before.clone().last().is_some_and(closes_twice) {
        return true;
    }
    let is_of_import =
        |line: &str| line.starts_with(|c: char| c.is_ascii_digit()) || line.starts_with("as ");
    let in_header = !before.into_iter().any(|line| line.contains('{'));
    in_header && (is_of_import(line.trim_start()) || line.trim() == "import")
}

/// The word, or the sign, that stands there.
fn word_at(line: &str, column: usize) -> String {
    let rest = line.chars().skip(column);
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '$';
    let word: String = rest.clone().take_while(is_part).take(40).collect();
    match word.is_empty() {
        false => word,
        true => rest.take(1).filter(|c| !c.is_whitespace()).collect(),
    }
}

/// A bracket that was opened.
struct Opened {
    bracket: char,
    line: u32,
    column: u32,
    /// How far the line is indented.
    indented: usize,
}

impl Opened {
    fn unclosed(&self) -> Mistake {
        Mistake {
            line: self.line,
            column: self.column,
            message: format!("this {} is never closed", self.bracket),
        }
    }
}

/// The first bracket that has no partner, or where it seems to be: in a document that is indented,
/// the one whose partner stands further to the left than its line begins.
fn unpaired(source: &str) -> Option<Mistake> {
    let mut open: Vec<Opened> = Vec::new();
    let mut suspect = None;
    for (place, bracket) in brackets(source) {
        let Place {
            line,
            column,
            indented,
            is_first,
        } = place;
        let partner = match bracket {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            bracket => {
                open.push(Opened {
                    bracket,
                    line,
                    column,
                    indented,
                });
                continue;
            }
        };
        match open.pop() {
            // A document has more braces than it has mistakes in them.
            Some(opened) if opened.bracket != partner && opened.bracket != '{' => {
                return Some(opened.unclosed());
            }
            opened
                if opened
                    .as_ref()
                    .is_none_or(|opened| opened.bracket != partner) =>
            {
                let message = format!("this {bracket} closes nothing");
                return Some(Mistake {
                    line,
                    column,
                    message,
                });
            }
            Some(opened) if is_first && indented < opened.indented => {
                suspect.get_or_insert(opened);
            }
            _ => {}
        }
    }
    let last = open.pop()?;
    Some(suspect.unwrap_or(last).unclosed())
}

/// Where a bracket is.
#[derive(Clone, Copy, Default)]
struct Place {
    line: u32,
    column: u32,
    indented: usize,
    /// Whether nothing stands in front of it on its line.
    is_first: bool,
}

/// The brackets outside strings, comments and regular expressions.
fn brackets(source: &str) -> Vec<(Place, char)> {
    let mut found = Vec::new();
    let mut place = Place {
        line: 1,
        is_first: true,
        ..Place::default()
    };
    let mut before = '\n';
    let mut chars = source.chars().peekable();
    let mut within = Within::Code;
    while let Some(c) = chars.next() {
        place.column += 1;
        let next = chars.peek().copied();
        within = match within {
            Within::Code => match c {
                '/' if next == Some('/') => Within::Line,
                '/' if next == Some('*') => Within::Block,
                '/' if "(,=:[!&|?{};\n".contains(before) => Within::Quoted('/', false),
                '"' | '\'' | '`' => Within::Quoted(c, false),
                _ => {
                    if "(){}[]".contains(c) {
                        found.push((place, c));
                    }
                    Within::Code
                }
            },
            Within::Line if c == '\n' => Within::Code,
            Within::Block if c == '/' && before == '*' => Within::Code,
            Within::Quoted(_, true) => match within {
                Within::Quoted(quote, _) => Within::Quoted(quote, false),
                other => other,
            },
            Within::Quoted(quote, _) if c == '\\' => Within::Quoted(quote, true),
            // Only a template goes over several lines.
            Within::Quoted(quote, _) if c == quote || c == '\n' && quote != '`' => Within::Code,
            other => other,
        };
        if c == '\n' {
            place = Place {
                line: place.line.saturating_add(1),
                column: 0,
                indented: 0,
                is_first: true,
            };
        } else if place.is_first && c.is_whitespace() {
            place.indented += 1;
        } else {
            place.is_first = false;
        }
        if !c.is_whitespace() || within == Within::Block {
            before = c;
        }
    }
    found
}

/// What the place is in.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Code,
    /// A comment until the end of the line.
    Line,
    Block,
    /// A string or a regular expression, and whether the next character is escaped.
    Quoted(char, bool),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qml::document::{Language, parse};

    fn check(source: &str, expected: Option<(u32, u32, &str)>) {
        let error = parse(Language::Qml, source).syntax_error.unwrap();
        let found = mistake(source, error);
        let found = found
            .as_ref()
            .map(|found| (found.line, found.column, found.message.as_str()));
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn brackets_without_a_partner_are_found() {
        let never = Some((2, 10, "this { is never closed"));
        check("Item {\n    Item {\n    x: 1\n}\n", never);
        check("Item {\n}\n}\n", Some((3, 1, "this } closes nothing")));
        let call = Some((2, 11, "this ( is never closed"));
        check("Item {\n    x: foo(1\n}\n", call);
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let source = "Item {\n  // {\n  /* ( */\n  y: \"[\" + '{'\n  z: /[{]/.test(y)\n  x: )\n}\n";
        check(source, Some((6, 6, "this ) closes nothing")));
    }

    #[test]
    fn what_stands_there_is_named() {
        let expected = "the document does not parse near \"width\"";
        check("Item {\n    width 10\n}\n", Some((2, 5, expected)));
    }

    #[test]
    fn what_an_engine_may_take_is_no_mistake() {
        check("Item { property int a: 3;; }", None);
        check("Item { property int a: await }", None);
        check("Item {\n    signal ended(list<int> all)\n}", None);
        check("import A\n1.0\nas B\nItem {}", None);
    }
}

//! The conditions of `if`, `elseif` and `while`: yes, no, or not known.

use super::value::{is_unknown, items};

/// Parentheses and `NOT` nested deeper than this are not looked into.
const DEEPEST: u32 = 50;

/// A word of a condition, resolved.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether it was quoted: it is then neither an operator nor the name of a variable.
    pub(super) quoted: bool,
}

/// What a condition asks for besides text.
pub(super) trait Facts {
    /// The value of a variable. `Err` if it may have one that is not known here.
    fn variable(&self, name: &str) -> Result<Option<String>, ()>;
    /// Whether the pattern is found in the text, if it is one.
    fn matches(&self, text: &str, pattern: &str) -> Option<bool>;
    /// Whether there is such a target, if that is known.
    fn is_target(&self, name: &str) -> Option<bool>;
    /// Whether there is such a command.
    fn is_command(&self, name: &str) -> Option<bool>;
    /// Whether there is such a file.
    fn exists(&self, path: &str) -> Option<bool>;
    /// Whether there is such a directory.
    fn is_directory(&self, path: &str) -> Option<bool>;
}

/// Whether the condition holds; `None` if that is not known.
pub(super) fn holds(words: &[Word], facts: &dyn Facts) -> Option<bool> {
    let mut parser = Parser {
        words,
        at: 0,
        facts,
    };
    let value = parser.or(0);
    (parser.at == words.len()).then_some(value).flatten()
}

struct Parser<'a> {
    words: &'a [Word],
    at: usize,
    facts: &'a dyn Facts,
}

impl Parser<'_> {
    fn or(&mut self, depth: u32) -> Option<bool> {
        let mut value = self.and(depth);
        while self.take("OR") {
            value = match (value, self.and(depth)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        value
    }

    fn and(&mut self, depth: u32) -> Option<bool> {
        let mut value = self.not(depth);
        while self.take("AND") {
            value = match (value, self.not(depth)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        value
    }

    fn not(&mut self, depth: u32) -> Option<bool> {
        if depth > DEEPEST {
            return None;
        }
        if self.take("NOT") {
            return self.not(depth + 1).map(|value| !value);
        }
        if self.take("(") {
            let value = self.or(depth + 1);
            self.take(")");
            return value;
        }
        self.test()
    }

    fn test(&mut self) -> Option<bool> {
        let word = self.next()?;
        if !word.quoted
            && let Some(operand) = self.words.get(self.at)
            && let Some(value) = self.unary(&word.text, &operand.text)
        {
            self.at += 1;
            return value;
        }
        let operator = self.words.get(self.at).filter(|word| !word.quoted);
        if let Some(operator) = operator.filter(|word| is_comparison(&word.text)) {
            self.at += 1;
            let right = self.next()?;
            return self.compare(&word, &operator.text, &right);
        }
        self.truth(&word)
    }

    /// `None` if `name` is no test.
    fn unary(&self, name: &str, operand: &str) -> Option<Option<bool>> {
        if is_unknown(operand) {
            let is_test = ["DEFINED", "TARGET", "COMMAND", "EXISTS", "IS_DIRECTORY"];
            return is_test.contains(&name).then_some(None);
        }
        Some(match name {
            "DEFINED" => match self.facts.variable(operand) {
                Ok(value) => Some(value.is_some()),
                // What somebody sets from outside is mostly left alone.
                Err(()) => Some(false),
            },
            "TARGET" => self.facts.is_target(operand),
            "COMMAND" => self.facts.is_command(operand),
            "EXISTS" => self.facts.exists(operand),
            "IS_DIRECTORY" => self.facts.is_directory(operand),
            "IS_ABSOLUTE" => Some(operand.starts_with('/')),
            "POLICY" => Some(true),
            "TEST" => None,
            _ => return None,
        })
    }

    fn truth(&self, word: &Word) -> Option<bool> {
        if is_unknown(&word.text) {
            return None;
        }
        if let Some(value) = constant(&word.text) {
            return Some(value);
        }
        if word.quoted {
            return Some(false);
        }
        match self.facts.variable(&word.text) {
            Ok(Some(value)) if is_unknown(&value) => None,
            Ok(Some(value)) => Some(constant(&value).unwrap_or(true)),
            Ok(None) => Some(false),
            Err(()) => None,
        }
    }

    fn compare(&self, left: &Word, operator: &str, right: &Word) -> Option<bool> {
        if operator == "IN_LIST" {
            let list = self.facts.variable(&right.text).ok()?.unwrap_or_default();
            let item = self.operand(left)?;
            return Some(items(&list).contains(&item));
        }
        let left = self.operand(left)?;
        if operator == "MATCHES" {
            let is_known = !is_unknown(&right.text);
            return is_known.then(|| self.facts.matches(&left, &right.text))?;
        }
        let right = self.operand(right)?;
        let (kind, relation) = operator
            .strip_prefix("VERSION_")
            .map(|relation| ("version", relation))
            .or_else(|| operator.strip_prefix("STR").map(|rest| ("text", rest)))
            .unwrap_or(("number", operator));
        let order = match kind {
            "version" => version(&left).cmp(&version(&right)),
            "text" => left.cmp(&right),
            _ => match (left.parse::<f64>(), right.parse::<f64>()) {
                (Ok(left), Ok(right)) => left.total_cmp(&right),
                _ => return Some(false),
            },
        };
        Some(match relation {
            "EQUAL" => order.is_eq(),
            "LESS" => order.is_lt(),
            "GREATER" => order.is_gt(),
            "LESS_EQUAL" => order.is_le(),
            "GREATER_EQUAL" => order.is_ge(),
            _ => return None,
        })
    }

    /// The side of a comparison: the value of the variable of this name, else the text itself.
    fn operand(&self, word: &Word) -> Option<String> {
        let value = match self.facts.variable(&word.text) {
            Ok(Some(value)) if !word.quoted => value,
            _ => word.text.clone(),
        };
        (!is_unknown(&value)).then_some(value)
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.words.get(self.at)?.clone();
        self.at += 1;
        Some(word)
    }

    fn take(&mut self, keyword: &str) -> bool {
        let word = self.words.get(self.at);
        let is_there = word.is_some_and(|word| !word.quoted && word.text == keyword);
        self.at += usize::from(is_there);
        is_there
    }
}

fn is_comparison(word: &str) -> bool {
    const RELATIONS: [&str; 5] = ["EQUAL", "LESS", "GREATER", "LESS_EQUAL", "GREATER_EQUAL"];
    let relation = word
        .strip_prefix("VERSION_")
        .or_else(|| word.strip_prefix("STR"))
        .unwrap_or(word);
    RELATIONS.contains(&relation) || matches!(word, "MATCHES" | "IN_LIST")
}

/// Whether a value counts as true or false by itself.
pub(super) fn constant(value: &str) -> Option<bool> {
    let upper = value.to_ascii_uppercase();
    match upper.as_str() {
        "1" | "ON" | "YES" | "TRUE" | "Y" => Some(true),
        "" | "0" | "OFF" | "NO" | "FALSE" | "N" | "IGNORE" | "NOTFOUND" => Some(false),
        other if other.ends_with("-NOTFOUND") => Some(false),
        other => other.parse::<f64>().ok().map(|number| number != 0.0),
    }
}

/// The numbers of a version, without those zeros at its end that say nothing.
fn version(text: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = text
        .split('.')
        .map(|part| {
            let end = part.find(|c: char| !c.is_ascii_digit());
            part.get(..end.unwrap_or(part.len()))
                .and_then(|digits| digits.parse().ok())
                .unwrap_or(0)
        })
        .collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given;

    impl Facts for Given {
        fn variable(&self, name: &str) -> Result<Option<String>, ()> {
            match name {
                "YES_VAR" => Ok(Some("ON".into())),
                "V" => Ok(Some("6.5.2".into())),
                "L" => Ok(Some("a;b".into())),
                "EMPTY" => Ok(Some(String::new())),
                "NEVER" => Ok(None),
                "OUTSIDE" => Err(()),
                name if name.chars().any(|c| c.is_ascii_lowercase()) => Ok(None),
                _ => Err(()),
            }
        }
        fn matches(&self, text: &str, pattern: &str) -> Option<bool> {
            Some(regex::Regex::new(pattern).ok()?.is_match(text))
        }
        fn is_target(&self, name: &str) -> Option<bool> {
            (name == "app").then_some(true)
        }
        fn is_command(&self, _: &str) -> Option<bool> {
            Some(false)
        }
        fn exists(&self, _: &str) -> Option<bool> {
            Some(true)
        }
        fn is_directory(&self, _: &str) -> Option<bool> {
            Some(false)
        }
    }

    #[test]
    fn conditions_are_yes_no_or_not_known() {
        for (condition, expected) in [
            ("YES_VAR", Some(true)),
            ("NOT YES_VAR", Some(false)),
            ("EMPTY", Some(false)),
            ("NEVER", Some(false)),
            ("OUTSIDE", None),
            ("OUTSIDE AND EMPTY", Some(false)),
            ("OUTSIDE OR YES_VAR", Some(true)),
            ("( OUTSIDE OR EMPTY ) AND YES_VAR", None),
            ("NOT ( EMPTY OR NEVER )", Some(true)),
            ("DEFINED V AND NOT DEFINED OUTSIDE", Some(true)),
            ("V VERSION_GREATER_EQUAL 6.5", Some(true)),
            ("V VERSION_LESS 6.5.2.0", Some(false)),
            ("6.10 VERSION_GREATER 6.9", Some(true)),
            ("V MATCHES ^6\\.", Some(true)),
            ("a IN_LIST L", Some(true)),
            ("c IN_LIST L", Some(false)),
            ("x STREQUAL x", Some(true)),
            ("2 LESS 10", Some(true)),
            ("x LESS 10", Some(false)),
            ("TARGET app", Some(true)),
            ("TARGET Qt6::Quick", None),
            ("${UNSET} STREQUAL x", None),
            ("EXISTS file", Some(true)),
            ("STREQUAL", None),
            ("", None),
        ] {
            let word = |text: &str| Word {
                text: text.to_owned(),
                quoted: false,
            };
            let words: Vec<_> = condition.split_whitespace().map(word).collect();
            assert_eq!(holds(&words, &Given), expected, "{condition}");
        }
    }
}

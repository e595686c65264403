//! Which strings an expression may be worth.

mod evaluation;
mod gaps;

use tree_sitter::Node;

use self::evaluation::Evaluation;
use self::gaps::resolved;
use super::Pattern;
use super::scope::Scope;
use crate::qml::syntax::Syntax;

/// How deep an expression is followed, how many parts of it are looked at, and how many strings
/// it is taken apart into. What is beyond is unknown.
const MOST_STEPS: usize = 40;
const MOST_PARTS: usize = 400;
const MOST_ALTERNATIVES: usize = 16;

/// A string, in parts; `None` is a part that is not known.
type Text = Vec<Option<String>>;

/// What an expression may be worth. What is no string, an object or a number, is left out.
#[derive(Default)]
pub(super) struct Values {
    texts: Vec<Text>,
    /// Whether it may also be a string of which nothing is known.
    pub(super) unknown: bool,
}

impl Values {
    fn nothing() -> Self {
        Self::default()
    }

    pub(super) fn unknown() -> Self {
        Self {
            texts: Vec::new(),
            unknown: true,
        }
    }

    fn text(text: String) -> Self {
        Self {
            texts: vec![vec![Some(text)]],
            unknown: false,
        }
    }

    fn or(mut self, other: Self) -> Self {
        self.unknown |= other.unknown;
        self.texts.extend(other.texts);
        if self.texts.len() > MOST_ALTERNATIVES {
            return Self::unknown();
        }
        self
    }

    /// The alternatives as parts of a longer string, where a number or an object is a string
    /// too, but not one that is known.
    fn into_parts(self) -> Vec<Text> {
        let mut texts = self.texts;
        if self.unknown || texts.is_empty() {
            texts.push(vec![None]);
        }
        texts
    }

    /// This string followed by `other`; [`Values::settled`] has the last word.
    fn then(self, other: Self) -> Self {
        let (heads, tails) = (self.into_parts(), other.into_parts());
        if heads.len() * tails.len() > MOST_ALTERNATIVES {
            return Self::unknown();
        }
        let joined = heads.iter().flat_map(|head| {
            tails
                .iter()
                .map(move |tail| [head.as_slice(), tail].concat())
        });
        Self {
            texts: joined.collect(),
            unknown: false,
        }
    }

    /// The same made a string, which what is none can be, too.
    fn made_string(mut self) -> Self {
        self.unknown |= self.texts.is_empty();
        self
    }

    /// The same after something that is not known.
    pub(super) fn after_unknown(self) -> Self {
        Self::unknown().then(self).settled()
    }

    /// Joins neighbouring parts; a string whose known parts say nothing is unknown.
    fn settled(self) -> Self {
        let (texts, vague): (Vec<Text>, Vec<Text>) = self
            .texts
            .into_iter()
            .map(joined)
            .partition(|text| text.iter().all(Option::is_some) || is_telling(&resolved(text)));
        Self {
            texts,
            unknown: self.unknown || !vague.is_empty(),
        }
    }

    /// The strings that are known as a whole.
    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().filter_map(|text| match text.as_slice() {
            [Some(whole)] => Some(whole.as_str()),
            _ => None,
        })
    }

    /// The strings that are known in part.
    pub(super) fn patterns(&self) -> impl Iterator<Item = Pattern> {
        let partial = self.texts.iter().filter(|text| text.len() > 1);
        let resolved = partial.map(resolved).filter(|text| text.len() > 1);
        resolved.map(|text| Pattern {
            parts: text
                .iter()
                .flatten()
                .map(|part| part.as_str().into())
                .collect(),
            anchored: text.first().is_some_and(Option::is_some),
            complete: text.last().is_some_and(Option::is_some),
        })
    }
}

/// Whether the known parts narrow down the name of a file: its beginning, its end, or the name
/// of a directory inside. A slash alone does not, nor does what follows a `?` or `#`.
fn is_telling(text: &Text) -> bool {
    let mut path = Vec::new();
    for part in text {
        let plain = part
            .as_deref()
            .map(|part| part.split(['?', '#']).next().unwrap_or(part));
        path.push(plain);
        if plain.map(str::len) < part.as_ref().map(String::len) {
            break;
        }
    }
    let is_name = |part: &str| part.chars().any(char::is_alphanumeric);
    let ends = path.first().into_iter().chain(path.last()).flatten();
    ends.copied().any(is_name)
        || path
            .iter()
            .flatten()
            .any(|part| is_name(part) && part.contains('/'))
}

fn joined(text: Text) -> Text {
    let mut out: Text = Vec::new();
    for part in text {
        match (out.last_mut(), part) {
            (_, Some(part)) if part.is_empty() => {}
            (Some(Some(last)), Some(part)) => last.push_str(&part),
            (Some(None), None) => {}
            (_, part) => out.push(part),
        }
    }
    out
}

/// What `node` may be worth.
pub(super) fn values<'a>(syntax: &'a Syntax, scope: &Scope<'a>, node: Node<'a>) -> Values {
    Evaluation::new(syntax, scope).expression(node, MOST_STEPS)
}

/// What the variable that `node` names may be worth: the shorthand `{ source }`.
pub(super) fn named<'a>(syntax: &'a Syntax, scope: &Scope<'a>, node: Node<'a>) -> Values {
    let meaning = scope.meaning(syntax.text(node), node.start_byte());
    Evaluation::new(syntax, scope).meaning(meaning, MOST_STEPS)
}

/// The strings after `.arg(…)`: `%1` and its like stand for something unknown.
fn with_gaps(values: Values) -> Values {
    let texts = values.texts.into_iter().map(|text| {
        let parts = text.into_iter().flat_map(|part| match part {
            Some(part) => gaps(&part),
            None => vec![None],
        });
        parts.collect()
    });
    Values {
        texts: texts.collect(),
        unknown: values.unknown,
    }
    .settled()
}

fn gaps(part: &str) -> Text {
    let mut out = Vec::new();
    for (index, piece) in part.split('%').enumerate() {
        let rest = piece.trim_start_matches('L');
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        match index {
            0 => out.push(Some(piece.to_owned())),
            _ if after.len() < rest.len() => {
                out.push(None);
                // At most two digits belong to the marker; which ones is not worth telling.
                out.push(Some(after.to_owned()));
            }
            _ => out.push(Some(format!("%{piece}"))),
        }
    }
    out
}

/// The name that a function is called by: `createComponent` for `Qt.createComponent`.
pub(super) fn last_name<'a>(syntax: &'a Syntax, function: Node<'a>) -> &'a str {
    let name = match function.kind() {
        "member_expression" => function.child_by_field_name("property"),
        // `Qt["createComponent"]`
        "subscript_expression" => function
            .child_by_field_name("index")
            .filter(|index| index.kind() == "string"),
        _ => Some(function),
    };
    let name = name.map(|name| syntax.text(name)).unwrap_or_default();
    name.trim_matches(['"', '\''])
}

//! Which strings an expression may be worth.

mod evaluation;
mod text;

use tree_sitter::Node;

use self::evaluation::Evaluation;
use self::text::{Text, is_telling, joined, path, pattern, with_gaps};
use super::Pattern;
use super::scope::Scope;
use crate::qml::syntax::Syntax;

/// How many strings an expression is taken apart into. What is beyond is unknown.
const MOST_ALTERNATIVES: usize = 16;

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
        match self.texts.len() > MOST_ALTERNATIVES {
            true => Self::unknown(),
            false => self,
        }
    }

    /// The alternatives as parts of a longer string, where a number or an object is a string
    /// too, but not one that is known.
    fn into_parts(mut self) -> Vec<Text> {
        if self.unknown || self.texts.is_empty() {
            self.texts.push(vec![None]);
        }
        self.texts
    }

    /// This string followed by `other`; [`Values::settled`] has the last word.
    fn then(self, other: Self) -> Self {
        let (heads, tails) = (self.into_parts(), other.into_parts());
        if heads.len() * tails.len() > MOST_ALTERNATIVES {
            return Self::unknown();
        }
        let after = |head: &Text| {
            let head = head.clone();
            tails
                .iter()
                .map(move |tail| [head.as_slice(), tail].concat())
                .collect::<Vec<_>>()
        };
        Self {
            texts: heads.iter().flat_map(after).collect(),
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

    fn with_gaps(mut self) -> Self {
        self.texts = self.texts.into_iter().map(with_gaps).collect();
        self.settled()
    }

    /// Joins neighbouring parts; a string whose known parts say nothing is unknown.
    fn settled(mut self) -> Self {
        let texts = self.texts.into_iter().map(joined);
        let is_known = |text: &Text| text.iter().all(Option::is_some) || is_telling(&path(text));
        let (texts, vague): (_, Vec<Text>) = texts.partition(is_known);
        self.unknown |= !vague.is_empty();
        Self { texts, ..self }
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
        partial.filter_map(|text| pattern(&path(text)))
    }

    /// Whether it is a string that is known as a whole, and nothing else.
    pub(super) fn is_known(&self) -> bool {
        !self.unknown && !self.texts.is_empty() && self.texts.iter().all(|text| text.len() < 2)
    }
}

/// What `node` may be worth.
pub(super) fn values<'a>(syntax: &'a Syntax, scope: &Scope<'a>, node: Node<'a>) -> Values {
    Evaluation::new(syntax, scope).of(node)
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
    let name = name.map_or("", |name| syntax.text(name));
    name.trim_matches(['"', '\''])
}

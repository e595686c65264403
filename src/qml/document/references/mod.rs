//! What a document refers to besides its imports: names of types, and strings that may name
//! files.
//!
//! The rule behind it is that of the engine, measured in Qt 5.15, 6.4 and 6.12: a relative
//! name is resolved against the document that writes it to a property or hands it to a
//! function (Qt 5, and every function in Qt 6), or against the document in which the object
//! with that property was created (properties in Qt 6). Therefore:
//!
//! - every string literal counts, wherever it stands;
//! - a name put together from literals and unknown parts is a [`Pattern`]: it can reach only
//!   paths that fit;
//! - a name of which nothing is known, used where Qt loads a file, makes the document
//!   [`Computed`]; whether a property names a file may depend on the types of the tree, so that
//!   is kept as a [`Write`] for the graph to judge;
//! - what may be written to objects of other documents is [`Sent`]: every document that has
//!   objects which load files has to reckon with it.
//!
//! Scopes are not told apart: a variable is worth whatever is assigned to any variable of its
//! name in the document, and so is a property. A parameter or the like is worth anything.
//!
//! What is named in ways that are not followed, a property or a method under a name from data,
//! `..` inside the unknown part of a pattern, HTML from data, is left to observation; see
//! [`graph::Observations`](crate::qml::graph::Observations).

mod collect;
mod scope;
#[cfg(test)]
mod tests;
mod values;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

pub use crate::qml::loading::Computed;
use crate::qml::syntax::Syntax;
pub(super) use collect::collect;
use scope::Scope;

/// What the values in a document may be worth. What its names mean is looked up once it matters.
pub(super) struct Strings<'a> {
    syntax: &'a Syntax,
    scope: LazyCell<Scope<'a>, Box<dyn FnOnce() -> Scope<'a> + 'a>>,
}

impl<'a> Strings<'a> {
    pub(super) fn of(syntax: &'a Syntax) -> Self {
        let scope = LazyCell::new(Box::new(|| Scope::of(syntax)) as Box<dyn FnOnce() -> _>);
        Self { syntax, scope }
    }

    /// The strings that are known as a whole, among those that the value may be.
    pub(super) fn literals(&self, value: Node<'a>) -> Vec<String> {
        let values = values::values(self.syntax, &self.scope, value);
        values.literals().map(str::to_owned).collect()
    }
}

/// Names and strings of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Every capitalised identifier: types, singletons, qualifiers, and enumeration values.
    pub names: BTreeSet<Box<str>>,
    /// String literals, and words inside them, that can be the name of a file.
    pub literals: BTreeSet<Box<str>>,
    /// Strings that are known in part.
    pub patterns: BTreeSet<Pattern>,
    /// What is loaded under names of which nothing is known, as far as that is clear without
    /// knowing the types of the tree.
    pub computed: Computed,
    /// Values of which nothing is known, and the properties that they are written to.
    pub writes: BTreeSet<Write>,
    /// Whether it does what may load a file in ways that are not followed: calls a function by a
    /// key, hands one on, or lets others set the value of a binding.
    pub indirect: bool,
    /// Whether something unknown is pushed onto what may be a `StackView`.
    pub pushes: bool,
    /// What counts for other documents.
    pub shown: Shown,
}

/// What one document shows to the others. While it stays, so does what is known of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The types that it defines, by the names of its inline components; its own is `""`.
    pub types: BTreeMap<Box<str>, Type>,
    /// The properties that may make a URL of what is written to them, whichever object declares
    /// them.
    pub urls: BTreeSet<(Box<str>, Property)>,
    /// Whether it has a `StackView`.
    pub has_stack: bool,
    /// What it writes to objects of other documents.
    pub sent: Sent,
}

/// A type that a document defines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Type {
    /// The type of its root object.
    pub root: Box<str>,
    /// The properties that its root object declares.
    pub properties: BTreeMap<Box<str>, Property>,
}

/// What a declared property is to a string that is written to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// A `url`: Qt 5 resolves the string on the spot.
    Url,
    /// An alias for a property of an object of this document.
    Alias {
        /// The types that this object may have; none if that cannot be told.
        types: Vec<Box<str>>,
        /// The property.
        property: Box<str>,
    },
    /// Anything else: a string stays as it is.
    Other,
}

/// A string with gaps: its known parts, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// The parts that are known; never empty.
    pub parts: Vec<Box<str>>,
    /// Whether the first part begins the string.
    pub anchored: bool,
    /// Whether the last part ends it.
    pub complete: bool,
}

/// An unknown value, written to a property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Write {
    /// The types of the objects that it may be a property of; none if that cannot be told.
    pub types: Vec<Box<str>>,
    /// The property.
    pub property: Box<str>,
    /// Whether the value has been resolved against this document: a URL, wherever it goes.
    pub resolved: bool,
}

/// What a document may write to file-naming properties of objects that it did not create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Names that are known.
    pub literals: BTreeSet<Box<str>>,
    /// Names that are known in part.
    pub patterns: BTreeSet<Pattern>,
    /// The properties to which names are written of which nothing is known; see
    /// [`by_anyone`](crate::qml::loading::by_anyone).
    pub computed: BTreeSet<Box<str>>,
    /// Images inside rich text, which whoever shows the text loads.
    pub in_text: BTreeSet<Box<str>>,
    /// Whether there is one whose name is put together.
    pub computed_in_text: bool,
}

impl References {
    /// What is known of a document that does not parse: nothing.
    pub(super) fn unreadable() -> Self {
        Self {
            computed: Computed::Anything,
            ..Self::default()
        }
    }
}

//! What a document refers to besides its imports: names of types, and strings that may name
//! files.
//!
//! The rule behind it is that of the engine, measured in Qt 5.15, 6.4 and 6.12: a relative
//! name is resolved against the document that writes it to a property or hands it to a
//! function (Qt 5, and every function in Qt 6), or against the document in which the object
//! with that property was created (properties in Qt 6). Therefore:
//!
//! - every string literal counts, since it may be handed around inside the document;
//! - a name put together from literals and unknown parts is a [`Pattern`]: it can reach only
//!   paths that fit;
//! - a name of which nothing is known, written where it names a file, makes the document's
//!   references [`Computed`]; whether that place names a file may depend on the types of the
//!   tree, so it is kept as a [`Write`] for the graph to judge;
//! - what a document writes to objects that it did not create is [`Sent`]: those who create
//!   such objects have to reckon with it.
//!
//! Names read from data at run time arrive as unknown values, so they are covered wherever
//! they are used as the name of a file. Not covered: a property set under a name that comes
//! from data (`item[key] = …`); `..` inside the unknown part of a pattern; HTML with images that
//! comes from data; the text of a document read by XMLHttpRequest under a computed name; a page
//! in a variable, pushed onto a `StackView` as the second of two; names in escape sequences.

mod collect;
mod scope;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;

pub use crate::qml::loading::Computed;
pub(super) use collect::collect;

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
    /// What is written to objects of other documents.
    pub sent: Sent,
    /// Images inside rich text.
    pub rich_text: RichText,
    /// Whether something unknown is pushed, onto a `StackView` or onto an array.
    pub pushes: bool,
    /// The type of the root object.
    pub root: Option<Box<str>>,
    /// The types of the root objects of its inline components.
    pub component_roots: BTreeSet<Box<str>>,
    /// The properties that its objects declare.
    pub properties: BTreeSet<Property>,
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
    /// The type of the object, if this document creates it.
    pub type_name: Option<Box<str>>,
    /// The property.
    pub property: Box<str>,
}

/// What a document writes to file-naming properties of objects that it may not have created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Names that are known.
    pub literals: BTreeSet<Box<str>>,
    /// Names that are known in part.
    pub patterns: BTreeSet<Pattern>,
    /// What names of which nothing is known may load.
    pub computed: Computed,
    /// Whether there is a literal that is the name of such a property, where it may go to a
    /// place that sets properties by name.
    pub property_names: bool,
    /// Whether there is such a place: `item[key] = value`.
    pub keyed: bool,
}

/// What a document says of images inside rich text, which whoever shows the text loads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    /// Words of literals that hold an image.
    pub literals: BTreeSet<Box<str>>,
    /// Whether there is an image whose name is put together.
    pub computed: bool,
}

/// A property that an object of the document declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Property {
    /// Its name.
    pub name: Box<str>,
    /// What it is to a string that is written to it.
    pub kind: PropertyKind,
    /// Whether the root object declares it, so that users of the document see it.
    pub of_root: bool,
}

/// What a declared property is to a string that is written to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertyKind {
    /// A `url`: Qt 5 resolves the string on the spot.
    Url,
    /// An alias for a property of an object of this document.
    Alias {
        /// The type of that object.
        type_name: Box<str>,
        /// The property of it.
        property: Box<str>,
    },
    /// Anything else: the string stays as it is.
    Other,
}

impl References {
    /// What is known of a document that does not parse: nothing.
    pub(super) fn unreadable() -> Self {
        Self {
            computed: Computed::Anything,
            ..Self::default()
        }
    }

    /// Takes in what a piece of QML inside this document refers to.
    fn absorb(&mut self, inner: Self) {
        self.names.extend(inner.names);
        self.literals.extend(inner.literals);
        self.patterns.extend(inner.patterns);
        self.writes.extend(inner.writes);
        self.computed = self.computed.max(inner.computed);
        self.sent.literals.extend(inner.sent.literals);
        self.sent.patterns.extend(inner.sent.patterns);
        self.sent.computed = self.sent.computed.max(inner.sent.computed);
        self.sent.property_names |= inner.sent.property_names;
        self.sent.keyed |= inner.sent.keyed;
        self.rich_text.literals.extend(inner.rich_text.literals);
        self.rich_text.computed |= inner.rich_text.computed;
        self.pushes |= inner.pushes;
    }
}

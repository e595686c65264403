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
//! - of a name that several variables or ids have, all count, and a variable that is changed in
//!   any way that is not a plain `=` is worth anything;
//! - a name of which nothing is known, written where it names a file, makes the document's
//!   references [`Computed`]; whether that place names a file may depend on the types of the
//!   tree, so it is kept as a [`Write`] for the graph to judge;
//! - what a document writes to objects that it did not create is [`Sent`]: those who create
//!   such objects have to reckon with it.
//!
//! Names read from data at run time arrive as unknown values, so they are covered wherever
//! they are used as the name of a file. What is named in ways that are not followed, a property
//! or a method under a name from data, `..` inside the unknown part of a pattern, HTML from
//! data, is left to observation; see [`graph::Observations`](crate::qml::graph::Observations).

mod collect;
mod enclosing;
mod scope;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};

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
    /// Whether it does what may load a file in ways that are not followed: calls a function by a
    /// key, hands one on, or lets others set the value of a binding.
    pub indirect: bool,
    /// Images inside rich text.
    pub rich_text: RichText,
    /// What something unknown is pushed onto: a `StackView`, or an array.
    pub pushes: BTreeSet<Receiver>,
    /// The type of the root object.
    pub root: Option<Box<str>>,
    /// Its inline components, with the types of their root objects.
    pub components: BTreeMap<Box<str>, Box<str>>,
    /// The types of objects that are created for a component or held by a property.
    pub held: BTreeSet<Box<str>>,
    /// Its ids, with the types of their objects.
    pub ids: BTreeSet<(Box<str>, Box<str>)>,
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
    /// Whose property it is.
    pub target: WriteTarget,
    /// The property.
    pub property: Box<str>,
    /// Whether the value has been resolved against this document: a URL, wherever it goes.
    pub resolved: bool,
}

/// The object that something is written to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WriteTarget {
    /// An object of a type that can be told, or one that its properties lead to.
    Of {
        /// The type where the path begins.
        type_name: Box<str>,
        /// The properties to follow; usually none.
        path: Vec<Box<str>>,
        /// Who created the object of that type; `None` for this document.
        receiver: Option<Receiver>,
    },
    /// An object around the place, or one that a path leads to from it. If none of them has
    /// the property, it is of an object outside the document.
    Around {
        /// Their types, innermost first.
        types: Vec<Box<str>>,
        /// The properties to follow; none for a bare name.
        path: Vec<Box<str>>,
    },
    /// Any object.
    Unknown(Receiver),
}

/// Which objects of other documents something may be written to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receiver {
    /// One that was created for a component, or is held by a property: something that code
    /// elsewhere gets hold of by itself.
    Root,
    /// One that has this id, or is found in a property of this name.
    Named(Box<str>),
    /// Any.
    Anyone,
}

/// What a document writes to file-naming properties of objects that it may not have created,
/// as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Names that are known.
    pub literals: BTreeSet<Box<str>>,
    /// Names that are known in part.
    pub patterns: BTreeSet<Pattern>,
    /// Whether a property is written under a name that is not known: `item[key] = value`.
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
    /// Who declares it.
    pub owner: Owner,
}

/// The object that declares a property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The root object, so that users of the document see it.
    Root,
    /// The root object of this inline component.
    Component(Box<str>),
    /// Another one, known inside the document.
    Inner,
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
        /// The properties to follow from it; usually none.
        path: Vec<Box<str>>,
        /// The property.
        property: Box<str>,
    },
    /// An object, to which a path can lead on.
    Object {
        /// The type of the object.
        type_name: Box<str>,
        /// Whether it is an object of this document: the property is an alias for it.
        own: bool,
    },
    /// A `var`, which may hold an object, too.
    Variable,
    /// Anything else: a string stays as it is.
    Other,
}

impl Receiver {
    /// Those that are found under a name. Some names are of properties of Qt's.
    pub(in crate::qml) fn by_name(name: &str) -> Self {
        match name {
            "parent" | "target" | "this" => Self::Anyone,
            "item" | "currentItem" | "view" => Self::Root,
            name => Self::Named(name.into()),
        }
    }
}

impl References {
    /// What is known of a document that does not parse: nothing.
    pub(super) fn unreadable() -> Self {
        Self {
            computed: Computed::Anything,
            ..Self::default()
        }
    }

    /// The objects of the document that have a name, with their types: its ids, and its aliases
    /// for objects.
    pub(in crate::qml) fn named_objects(&self) -> impl Iterator<Item = (&Box<str>, &Box<str>)> {
        let ids = self.ids.iter().map(|(id, type_name)| (id, type_name));
        let aliases = self
            .properties
            .iter()
            .filter_map(|property| match &property.kind {
                PropertyKind::Object {
                    type_name,
                    own: true,
                } => Some((&property.name, type_name)),
                _ => None,
            });
        ids.chain(aliases)
    }
}

//! What the documents of a tree show to each other apart from their names: what they write
//! into each other's objects, and which of their properties are URLs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Node;
use crate::qml::document::references::{Computed, Pattern, Property, PropertyKind, RichText, Sent};
use crate::qml::loading;

/// Types of objects that something can be pushed onto under the name of a document.
const STACKS: [&str; 3] = ["PageRow", "PageStack", "StackView"];

/// What counts in a whole tree.
#[derive(Default)]
pub(super) struct Climate {
    /// What is written to objects of other documents.
    pub(super) literals: BTreeSet<Box<str>>,
    pub(super) patterns: BTreeSet<Pattern>,
    pub(super) sent: Computed,
    /// Images in rich text.
    pub(super) rich_text: RichText,
    /// Whether there is a `StackView`.
    pub(super) has_stack: bool,
    /// The names of properties that resolve a string to a URL, or pass it on to one that does,
    /// and what can be behind it.
    urls: HashMap<Box<str>, Computed>,
    /// The names among them of properties that are not of a root object.
    nested: HashSet<Box<str>>,
}

/// Whether two states of a document leave everything as it is for all the others.
pub(super) fn shows_the_same(before: &Node, after: &Node) -> bool {
    let (old, new) = (&before.document.references, &after.document.references);
    old.root == new.root
        && old.properties == new.properties
        && old.sent == new.sent
        && old.rich_text == new.rich_text
        && has_stack(before) == has_stack(after)
        && old.component_roots == new.component_roots
        && before.direct.visible == after.direct.visible
}

fn has_stack(node: &Node) -> bool {
    STACKS
        .iter()
        .any(|stack| node.document.references.names.contains(*stack))
}

impl Climate {
    pub(super) fn of(nodes: &[Option<Node>]) -> Self {
        let mut climate = Self::default();
        let (mut property_names, mut keyed) = (false, false);
        for node in nodes.iter().flatten() {
            let references = &node.document.references;
            climate.add(&references.sent, &references.rich_text);
            climate.has_stack |= has_stack(node);
            property_names |= references.sent.property_names;
            keyed |= references.sent.keyed;
        }
        if property_names && keyed {
            climate.sent = Computed::Anything;
        }
        climate.find_urls(nodes);
        climate
    }

    fn add(&mut self, sent: &Sent, rich_text: &RichText) {
        self.literals.extend(sent.literals.iter().cloned());
        self.patterns.extend(sent.patterns.iter().cloned());
        self.sent = self.sent.max(sent.computed);
        self.rich_text
            .literals
            .extend(rich_text.literals.iter().cloned());
        self.rich_text.computed |= rich_text.computed;
    }

    fn find_urls(&mut self, nodes: &[Option<Node>]) {
        let declared = nodes
            .iter()
            .flatten()
            .flat_map(|node| &node.document.references.properties);
        let properties: Vec<_> = declared
            .filter(|property| property.kind != PropertyKind::Other)
            .collect();
        // An alias may stand for an alias: again until nothing is found any more.
        let mut found = true;
        while found {
            found = false;
            for property in &properties {
                found |= self.find_url(property);
            }
        }
    }

    fn find_url(&mut self, property: &Property) -> bool {
        let computed = match &property.kind {
            PropertyKind::Url => Computed::Anything,
            PropertyKind::Alias {
                type_name,
                property,
            } => loading::by_type(type_name, property).max(self.url(property)),
            PropertyKind::Other => Computed::No,
        };
        let is_more = computed > self.url(&property.name);
        if is_more {
            self.urls.insert(property.name.clone(), computed);
        }
        let is_nested = computed > Computed::No && !property.of_root;
        is_more | (is_nested && self.nested.insert(property.name.clone()))
    }

    /// What can be behind a value of a property of this name, whoever declares it.
    pub(super) fn url(&self, property: &str) -> Computed {
        self.urls.get(property).copied().unwrap_or_default()
    }

    /// The same, for an object that no document of the tree is the type of.
    pub(super) fn nested_url(&self, property: &str) -> Computed {
        match self.nested.contains(property) {
            true => self.url(property),
            false => Computed::No,
        }
    }

    /// Whether nothing goes from one document into objects of another.
    pub(super) fn is_quiet(&self) -> bool {
        self.sent == Computed::No
            && self.literals.is_empty()
            && self.patterns.is_empty()
            && self.rich_text == RichText::default()
    }
}

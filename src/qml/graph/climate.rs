//! What the documents of a tree show to each other apart from their names: what they write
//! into each other's objects, and which of their properties are URLs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Node;
use super::index::FileId;
use super::outcome::Outcome;
use crate::qml::document::references::{Computed, Pattern, PropertyKind, Receiver, RichText, Sent};

/// Types of objects that something can be pushed onto under the name of a document.
const STACKS: [&str; 3] = ["PageRow", "PageStack", "StackView"];

/// What counts in a whole tree.
#[derive(Default)]
pub(super) struct Climate {
    /// What is written to objects of other documents, whichever these are.
    pub(super) literals: BTreeSet<Box<str>>,
    pub(super) patterns: BTreeSet<Pattern>,
    pub(super) sent: BTreeMap<Receiver, Computed>,
    /// What is written to the objects of one document.
    pub(super) received: HashMap<FileId, Computed>,
    /// Images in rich text.
    pub(super) rich_text: RichText,
    /// Whether properties of any objects are written under names that are not known.
    pub(super) is_keyed: bool,
    /// Whether there is a `StackView`.
    has_stack: bool,
    /// The ids and aliases that may be those of one.
    stacks: BTreeSet<Box<str>>,
    /// The names under which any object may be found: properties that hold objects.
    holders: BTreeSet<Box<str>>,
}

/// Whether two states of a document leave the types of the tree as they are for all the others,
/// and what is known of what it sends.
pub(super) fn shows_the_same(before: &Node, after: &Node) -> bool {
    let (old, new) = (&before.document.references, &after.document.references);
    old.root == new.root
        && old.components == new.components
        && old.properties == new.properties
        && old.sent == new.sent
        && old.rich_text == new.rich_text
        && stacks(before).eq(stacks(after))
        && has_stack(before) == has_stack(after)
        && before.direct.visible == after.direct.visible
}

/// Whether two states of a document write the same to the others.
pub(super) fn sends_the_same(before: &Node, after: &Node) -> bool {
    before.outcome.sent == after.outcome.sent && before.outcome.received == after.outcome.received
}

fn has_stack(node: &Node) -> bool {
    STACKS
        .iter()
        .any(|stack| node.document.references.names.contains(*stack))
}

/// The names of objects of a document that may be stacks: their type is one, or one of the
/// tree, which may turn out to be one.
fn stacks(node: &Node) -> impl Iterator<Item = &Box<str>> {
    let may_be =
        |type_name: &str| STACKS.contains(&type_name) || !node.names.files(type_name).is_empty();
    let objects = node.document.references.named_objects();
    objects
        .filter(move |(_, type_name)| may_be(type_name))
        .map(|(name, _)| name)
}

/// Whether a property may hold an object of any document.
fn holds_any(kind: &PropertyKind) -> bool {
    matches!(
        kind,
        PropertyKind::Variable | PropertyKind::Object { own: false, .. }
    )
}

impl Climate {
    pub(super) fn of(nodes: &[Option<Node>]) -> Self {
        let mut climate = Self::default();
        for node in nodes.iter().flatten() {
            let references = &node.document.references;
            climate.add(&references.sent, &references.rich_text);
            let holders = references
                .properties
                .iter()
                .filter(|property| holds_any(&property.kind));
            climate
                .holders
                .extend(holders.map(|property| property.name.clone()));
            climate.has_stack |= has_stack(node);
            climate.stacks.extend(stacks(node).cloned());
            climate.is_keyed |= references.sent.keyed;
        }
        for node in nodes.iter().flatten() {
            climate.add_outcome(&node.outcome);
        }
        climate
    }

    fn send(&mut self, receiver: Receiver, computed: Computed) {
        let receiver = match receiver {
            Receiver::Named(name) if self.holders.contains(&name) => Receiver::Anyone,
            receiver => receiver,
        };
        let sent = self.sent.entry(receiver).or_default();
        *sent = computed.max(*sent);
    }

    /// What objects get that are found in one of these ways.
    pub(super) fn sent_to(&self, receiver: &Receiver) -> Computed {
        self.sent.get(receiver).copied().unwrap_or_default()
    }

    /// Whether something pushed onto a receiver may be pushed onto a `StackView`.
    pub(super) fn is_stack(&self, receiver: &Receiver) -> bool {
        self.has_stack
            && match receiver {
                Receiver::Named(name) => self.holders.contains(name) || self.stacks.contains(name),
                Receiver::Root | Receiver::Anyone => true,
            }
    }

    fn add(&mut self, sent: &Sent, rich_text: &RichText) {
        self.literals.extend(sent.literals.iter().cloned());
        self.patterns.extend(sent.patterns.iter().cloned());
        self.rich_text
            .literals
            .extend(rich_text.literals.iter().cloned());
        self.rich_text.computed |= rich_text.computed;
    }

    fn add_outcome(&mut self, outcome: &Outcome) {
        for (receiver, computed) in &outcome.sent {
            self.send(receiver.clone(), *computed);
        }
        for (file, computed) in &outcome.received {
            let received = self.received.entry(*file).or_default();
            *received = computed.max(received).to_owned();
        }
    }

    /// Whether nothing goes from one document into objects of another, unless
    /// [`Climate::received`] says so.
    pub(super) fn is_quiet(&self) -> bool {
        self.sent.is_empty()
            && self.literals.is_empty()
            && self.patterns.is_empty()
            && self.rich_text == RichText::default()
    }
}

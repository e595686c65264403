//! What the documents of a tree show to each other apart from their names: what they write
//! into each other's objects, and which of their properties are URLs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Node;
use super::flow::Written;
use super::index::{DirectoryId, FileId};
use crate::qml::document::references::{
    Computed, Pattern, Property, PropertyKind, Receiver, RichText, Sent,
};

/// Types of objects that something can be pushed onto under the name of a document.
const STACKS: [&str; 3] = ["PageRow", "PageStack", "StackView"];

/// What counts in a whole tree.
#[derive(Default)]
pub(super) struct Shared {
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

/// What one document shows to the others. While none shows anything else, what has been found out
/// about the others stands.
#[derive(PartialEq)]
pub(super) struct Shown<'n> {
    /// The types that it defines.
    root: Option<&'n str>,
    components: &'n BTreeMap<Box<str>, Box<str>>,
    properties: &'n BTreeSet<Property>,
    /// What it is known to write into their objects.
    sent: &'n Sent,
    rich_text: &'n RichText,
    /// What may be a `StackView` in it.
    has_stack: bool,
    stacks: Vec<&'n str>,
    /// What it sees of them decides what its types are.
    visible: &'n [DirectoryId],
}

impl<'n> Shown<'n> {
    pub(super) fn of(node: &'n Node) -> Self {
        let references = &node.document.references;
        let mut stacks = STACKS.iter();
        Self {
            root: references.root.as_deref(),
            components: &references.components,
            properties: &references.properties,
            sent: &references.sent,
            rich_text: &references.rich_text,
            has_stack: stacks.any(|stack| references.names.contains(*stack)),
            stacks: self::stacks(node).map(AsRef::as_ref).collect(),
            visible: &node.direct.visible,
        }
    }
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

impl Shared {
    pub(super) fn of(nodes: &[Option<Node>]) -> Self {
        let mut shared = Self::default();
        for node in nodes.iter().flatten() {
            let shown = Shown::of(node);
            shared.add(shown.sent, shown.rich_text);
            let holders = shown.properties.iter();
            let holders = holders.filter(|property| holds_any(&property.kind));
            shared
                .holders
                .extend(holders.map(|property| property.name.clone()));
            shared.has_stack |= shown.has_stack;
            shared
                .stacks
                .extend(shown.stacks.into_iter().map(Box::from));
            shared.is_keyed |= shown.sent.keyed;
        }
        for node in nodes.iter().flatten() {
            shared.add_written(&node.flow.written);
        }
        shared
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

    fn add_written(&mut self, written: &Written) {
        for (receiver, computed) in &written.sent {
            self.send(receiver.clone(), *computed);
        }
        for (file, computed) in &written.received {
            let received = self.received.entry(*file).or_default();
            *received = computed.max(received).to_owned();
        }
    }

    /// Whether nothing goes from one document into objects of another, unless
    /// [`Shared::received`] says so.
    pub(super) fn is_quiet(&self) -> bool {
        self.sent.is_empty()
            && self.literals.is_empty()
            && self.patterns.is_empty()
            && self.rich_text == RichText::default()
    }
}

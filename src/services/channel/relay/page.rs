//! One page at a relay, as the relay sees it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::super::message::{Json, Signal, json};
use super::super::port::Socket;
use super::super::updates::{Shared, Updates};
use super::info::Difference;

/// The object that every page finds beside the publisher's.
pub(super) const RELAY: &str = "relay";

/// Its one property, and the notify signal of it.
const CONNECTED: i64 = 0;
const CONNECTED_CHANGED: i64 = 1;

/// What a page is told of [`RELAY`].
pub(super) fn relay_info() -> Json {
    json(&serde_json::json!({
        "methods": [],
        "signals": [],
        "properties": [[CONNECTED, "connected", [1, CONNECTED_CHANGED], true]],
    }))
}

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) socket: Arc<dyn Socket>,
    pub(super) updates: Updates,
    /// What it wants to hear.
    pub(super) subscriptions: BTreeSet<Signal>,
    /// The objects that it has been told of.
    pub(super) known: HashSet<String>,
    /// It waits to be told of all objects, in an answer of this id.
    pub(super) waits: Option<Json>,
    /// Its calls that are not answered.
    pub(super) calls: usize,
}

impl Page {
    /// A page that knows nothing yet.
    pub(super) fn new(socket: Arc<dyn Socket>) -> Self {
        Self {
            socket,
            updates: Updates::default(),
            subscriptions: BTreeSet::new(),
            known: HashSet::new(),
            waits: None,
            calls: 0,
        }
    }

    /// Whether it has been told of the objects.
    pub(super) fn is_inited(&self) -> bool {
        self.known.contains(RELAY)
    }

    /// Notes what is different of an object.
    pub(super) fn add(&mut self, object: &str, difference: Difference) {
        let shared = |(index, value): (i64, Json)| (index, Shared::from(value));
        self.updates.add(
            object,
            difference.signals.into_iter().map(shared),
            difference.properties.into_iter().map(shared),
        );
    }

    /// Notes whether the publisher is there.
    pub(super) fn add_connected(&mut self, connected: bool) {
        let difference = Difference {
            signals: [(CONNECTED_CHANGED, json(&[connected]))].into(),
            properties: [(CONNECTED, json(&connected))].into(),
        };
        self.add(RELAY, difference);
    }

    /// Sends what waits, if it can take it.
    pub(super) fn flush(&mut self) {
        if let Some(text) = self.updates.take() {
            self.socket.send(&text);
        }
    }
}

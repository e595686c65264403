//! What a page is told of without asking. It and what the page asks for share one state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::message::{self, Json, Signal, json};
use super::super::objects::{CHANGED, Kind, LIVE_PROPERTIES, live_value, signal_of};
use super::super::port::{Change, Changes, Listening, Socket};
use super::super::updates::Updates;
use super::super::{Channels, argument, live};

/// One page, for what it asks and for what it is told of.
#[derive(Debug)]
pub(super) struct Shared {
    /// Its end.
    pub(super) socket: Arc<dyn Socket>,
    /// What it has and wants.
    pub(super) state: Mutex<State>,
}

/// What a page has and wants.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What it is still to be told of properties.
    pub(super) updates: Updates,
    /// What it wants to hear.
    pub(super) subscriptions: BTreeSet<Signal>,
    /// The rooms that are objects of the page.
    pub(super) rooms: BTreeSet<String>,
    /// Those that it hears.
    pub(super) listening: BTreeMap<String, Box<dyn Listening>>,
    /// What it was told of `live`; nothing before it asked.
    pub(super) told: Option<live::State>,
}

impl Shared {
    /// Its state.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what waits, if the page can take it.
    pub(super) fn flush(&self, state: &mut State) {
        if let Some(text) = state.updates.take() {
            self.socket.send(&text);
        }
    }

    /// Sends what the page waits for.
    pub(super) async fn answer(&self, text: &str) {
        if !self.socket.send_patiently(text).await {
            let why = "this socket does not read what it is answered";
            self.socket.close(1013, why);
        }
    }

    /// Sends a signal if the page wants to hear it.
    pub(super) fn signal(&self, state: &State, object: String, index: i64, args: &Json) {
        let signal = Signal { object, index };
        if state.subscriptions.contains(&signal) {
            self.socket.send(&message::signal(&signal, args));
        }
    }

    fn live_changed(&self, new: &live::State) {
        let mut state = self.lock();
        let Some(told) = state.told.replace(new.clone()) else {
            state.told = None;
            return;
        };
        for index in 0..LIVE_PROPERTIES.len() {
            let value = live_value(new, index);
            if value != live_value(&told, index) {
                state.add_live(index, &value);
            }
        }
        self.flush(&mut state);
        if told.version != new.version {
            let args = json(&[&new.version]);
            self.signal(&state, "live".to_owned(), CHANGED, &args);
        }
    }

    fn collection_changed(&self, change: Change) {
        let object = format!("collections.{}", change.collection);
        let index = signal_of(change.event);
        let state = self.lock();
        let signal = Signal { object, index };
        if state.subscriptions.contains(&signal) {
            let args = json(&(argument::unmarked(change.object), change.key));
            self.socket.send(&message::signal(&signal, &args));
        }
    }

    fn hears_collections(&self) -> bool {
        let state = self.lock();
        let mut objects = state.subscriptions.iter().map(|signal| &signal.object);
        objects.any(|object| matches!(Kind::of(object), Some(Kind::Collection(_))))
    }
}

impl State {
    /// Notes a property of `live`, by its place in the list.
    pub(super) fn add_live(&mut self, index: usize, value: &serde_json::Value) {
        let number = i64::try_from(index).unwrap_or_default();
        let args = json(&[value]).into();
        self.updates
            .add("live", [(number, args)], [(number, json(value).into())]);
    }
}

/// Tells the page of what happens.
pub(super) async fn follow(
    channels: Arc<Channels>,
    shared: Arc<Shared>,
    mut live: watch::Receiver<live::State>,
) {
    let mut changes: Box<dyn Changes> = channels.collections.changes();
    loop {
        tokio::select! {
            changed = live.changed() => {
                if changed.is_err() {
                    return;
                }
                let new = live.borrow_and_update().clone();
                shared.live_changed(&new);
            }
            change = changes.next() => match change {
                Some(change) => shared.collection_changed(change),
                None if shared.hears_collections() => {
                    let why = "changes of collections were missed; open the channel again";
                    return shared.socket.close(1013, why);
                }
                None => changes = channels.collections.changes(),
            },
        }
    }
}

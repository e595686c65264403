//! The snapshots that can be asked for: the newest one, and older ones as far
//! as the budget goes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::snapshot::Snapshot;
use super::version::Version;

/// Keeps the newest snapshot and a bounded past.
#[derive(Debug)]
pub struct Store {
    newest: watch::Sender<Arc<Snapshot>>,
    past: Mutex<Past>,
    /// Memory for the past, in bytes.
    budget: usize,
}

#[derive(Debug, Default)]
struct Past {
    /// Oldest first, each with the memory that it takes beside its successor.
    snapshots: VecDeque<(Arc<Snapshot>, usize)>,
    weight: usize,
}

impl Store {
    /// A store that starts with `first` and spends `budget` bytes on the past.
    pub fn new(first: Arc<Snapshot>, budget: usize) -> Self {
        Self {
            newest: watch::Sender::new(first),
            past: Mutex::default(),
            budget,
        }
    }

    /// The newest snapshot.
    pub fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.newest.borrow())
    }

    /// Follows the newest snapshot. Only the latest value is kept for a slow
    /// reader, so nobody ever has to catch up.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.newest.subscribe()
    }

    /// The snapshot of `version`, if it is still there.
    pub fn at(&self, version: Version) -> Option<Arc<Snapshot>> {
        let newest = self.newest.borrow();
        if newest.version() == version {
            return Some(Arc::clone(&newest));
        }
        drop(newest);
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let mut newest_first = past.snapshots.iter().rev();
        newest_first
            .find(|(snapshot, _)| snapshot.version() == version)
            .map(|(snapshot, _)| Arc::clone(snapshot))
    }

    /// Makes `snapshot` the newest one. Readers are woken only if its version
    /// is another; says whether it is.
    pub fn publish(&self, snapshot: Arc<Snapshot>) -> bool {
        let former = self.newest();
        let changed = former.version() != snapshot.version();
        if changed {
            self.keep(former, &snapshot);
        }
        self.newest.send_if_modified(|newest| {
            *newest = snapshot;
            changed
        });
        changed
    }

    fn keep(&self, former: Arc<Snapshot>, newer: &Snapshot) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        // Back to a state that was there before: one copy is enough.
        if let Some(at) = past
            .snapshots
            .iter()
            .position(|(snapshot, _)| snapshot.version() == former.version())
            && let Some((_, weight)) = past.snapshots.remove(at)
        {
            past.weight -= weight;
        }
        let weight = former.weight_beside(newer);
        past.weight += weight;
        past.snapshots.push_back((former, weight));
        // The one just left is kept whatever it weighs: clients are loading it.
        while past.weight > self.budget && past.snapshots.len() > 1 {
            if let Some((_, weight)) = past.snapshots.pop_front() {
                past.weight -= weight;
            }
        }
    }
}

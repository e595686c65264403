//! The snapshots that can be asked for: the newest one, and older ones as far
//! as the budget goes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;

use super::file::QMLDIR;
use super::path::TreePath;
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
    /// Dropped, oldest first, but still held by a client that shows them.
    over_budget: Vec<Weak<Snapshot>>,
}

/// Whether `path`, or the directory of a qmldir, has this generation.
fn has_generation(snapshot: &Snapshot, path: &TreePath, token: Version) -> bool {
    let generations = snapshot.generations();
    let generation = if path.name() == QMLDIR {
        generations.dir(&path.parent())
    } else {
        generations.document(path)
    };
    generation == Some(token)
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

    /// The snapshot to answer `/@TOKEN/PATH` from. The token is the one that a
    /// snapshot gave to what was new in it, or a version.
    ///
    /// If that snapshot is gone, any one serves in which the path still has
    /// that generation: its closure is the same. What a document of that
    /// generation names relatively, an image say, lies under the same token
    /// and is taken from the nearest snapshot in which the token is in use.
    pub fn serving(&self, token: Version, path: &TreePath) -> Option<Arc<Snapshot>> {
        let newest = self.newest();
        if newest.generations().own() == token {
            return Some(newest);
        }
        let mut all = self.kept();
        all.push(newest);
        let newest_first = || all.iter().rev();
        let found = newest_first()
            .find(|snapshot| snapshot.generations().own() == token)
            .or_else(|| newest_first().find(|snapshot| snapshot.version() == token))
            .or_else(|| newest_first().find(|snapshot| has_generation(snapshot, path, token)))
            .or_else(|| {
                all.iter()
                    .find(|snapshot| snapshot.generations().uses(token))
            });
        found.cloned()
    }

    /// The newest snapshot of this version.
    pub fn at(&self, version: Version) -> Option<Arc<Snapshot>> {
        let newest = self.newest();
        if newest.version() == version {
            return Some(newest);
        }
        let kept = self.kept();
        kept.into_iter()
            .rev()
            .find(|snapshot| snapshot.version() == version)
    }

    /// All snapshots but the newest, oldest first.
    fn kept(&self) -> Vec<Arc<Snapshot>> {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let pinned = past.over_budget.iter().filter_map(Weak::upgrade);
        let within = past
            .snapshots
            .iter()
            .map(|(snapshot, _)| Arc::clone(snapshot));
        pinned.chain(within).collect()
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
        let weight = former.weight_beside(newer);
        past.weight += weight;
        past.snapshots.push_back((former, weight));
        // The one just left is kept whatever it weighs: clients are loading it.
        while past.weight > self.budget && past.snapshots.len() > 1 {
            if let Some((dropped, weight)) = past.snapshots.pop_front() {
                past.weight -= weight;
                past.over_budget.push(Arc::downgrade(&dropped));
            }
        }
        past.over_budget
            .retain(|snapshot| snapshot.strong_count() > 0);
    }
}

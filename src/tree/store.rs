//! The snapshots that can be asked for: the newest one, and older ones as far
//! as the budget goes.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;

use super::file::QMLDIR;
use super::snapshot::Snapshot;
use super::version::Version;
use crate::path::TreePath;

/// Keeps the newest snapshot and a bounded past.
#[derive(Debug)]
pub struct Store {
    newest: watch::Sender<Arc<Snapshot>>,
    past: Mutex<Past>,
    /// Memory for the past, in bytes.
    budget: usize,
}

/// What the register has to forget.
#[derive(Debug, PartialEq, Eq)]
pub enum Forget {
    /// Nothing.
    Nothing,
    /// These generations.
    Some(Vec<Version>),
    /// All of them.
    Everything,
}

#[derive(Debug, Default)]
struct Past {
    /// Oldest first, each with the memory that it takes beside its successor.
    snapshots: VecDeque<(Arc<Snapshot>, usize)>,
    weight: usize,
    /// Dropped, oldest first, but still held by a client that shows them.
    over_budget: Vec<Weak<Snapshot>>,
}

impl Past {
    /// Drops snapshots, oldest first, until the past fits into the budget, and says what the
    /// register has to forget: a token may be given only as long as all that a client may have
    /// found below it is known.
    ///
    /// A snapshot stays as long as the newest leads to it, through the generations of its
    /// documents, or through those of another one. If too much stays by that, everything is
    /// forgotten: clients fetch the whole tree once, and nothing old is led to any more. The one
    /// just left stays in any case: clients are loading it.
    fn shrink(&mut self, budget: usize, newest: &Snapshot) -> Forget {
        if self.weight <= budget {
            return Forget::Nothing;
        }
        // Not at each change.
        let target = budget / 4 * 3;
        let pinned = self.pinned(newest);
        let mut gone = HashSet::new();
        let mut at = 0;
        while self.weight > target && at + 1 < self.snapshots.len() {
            let Some((snapshot, _)) = self.snapshots.get(at) else {
                break;
            };
            if pinned.contains(&snapshot.generations().own()) {
                at += 1;
            } else if let Some((dropped, weight)) = self.snapshots.remove(at) {
                self.weight -= weight;
                self.weigh_again(at);
                gone.insert(dropped.generations().own());
                self.over_budget.push(Arc::downgrade(&dropped));
            }
        }
        if self.weight > budget && self.snapshots.len() > 1 {
            return Forget::Everything;
        }
        // What is left leads to what is gone only where it is not pinned itself.
        let leads_there = |snapshot: &Snapshot| {
            let mut used = snapshot.generations().tokens();
            used.any(|token| gone.contains(&token))
        };
        let left = self.snapshots.iter().map(|(snapshot, _)| snapshot);
        let cut_off: Vec<_> = left
            .filter(|snapshot| leads_there(snapshot))
            .map(|snapshot| snapshot.generations().own())
            .collect();
        Forget::Some(gone.into_iter().chain(cut_off).collect())
    }

    /// The tokens that the newest snapshot leads to.
    fn pinned(&self, newest: &Snapshot) -> HashSet<Version> {
        let mut pinned: HashSet<_> = newest.generations().tokens().collect();
        // A snapshot leads to older ones only.
        for (snapshot, _) in self.snapshots.iter().rev() {
            if pinned.contains(&snapshot.generations().own()) {
                pinned.extend(snapshot.generations().tokens());
            }
        }
        pinned
    }

    /// What the snapshot before place `at` takes beside the one that is there now.
    fn weigh_again(&mut self, at: usize) {
        let Some(before) = at.checked_sub(1) else {
            return;
        };
        let weight = match (self.snapshots.get(before), self.snapshots.get(at)) {
            (Some((snapshot, _)), Some((successor, _))) => snapshot.weight_beside(successor),
            _ => return,
        };
        if let Some((_, old)) = self.snapshots.get_mut(before) {
            self.weight = self.weight + weight - *old;
            *old = weight;
        }
    }
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
    /// is another; else the answer is `None`. It tells which generations
    /// nothing may have from the next snapshot on, for lack of memory.
    pub fn publish(&self, snapshot: Arc<Snapshot>) -> Option<Forget> {
        let former = self.newest();
        let changed = former.version() != snapshot.version();
        let forget = if changed {
            self.keep(former, &snapshot)
        } else {
            Forget::Nothing
        };
        self.newest.send_if_modified(|newest| {
            *newest = snapshot;
            changed
        });
        changed.then_some(forget)
    }

    fn keep(&self, former: Arc<Snapshot>, newer: &Snapshot) -> Forget {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let weight = former.weight_beside(newer);
        past.weight += weight;
        past.snapshots.push_back((former, weight));
        let forget = past.shrink(self.budget, newer);
        past.over_budget
            .retain(|snapshot| snapshot.strong_count() > 0);
        forget
    }
}

//! How long the last changes took: from the save to the event, and on to the moment at which each
//! client showed it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// Changes that are remembered.
const KEPT: usize = 20;

/// Clients that are remembered of one change.
const MOST_CLIENTS: usize = 50;

/// Paths that are remembered of one change.
const MOST_PATHS: usize = 5;

/// A file that was last written longer ago than this was moved here, or its time was set: when it
/// was saved is not known.
const LONGEST: Duration = Duration::from_secs(10);

/// One change.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Change {
    /// The version that it made.
    pub version: Version,
    /// Some of what changed.
    pub paths: Vec<TreePath>,
    /// How many files changed, as far as it was counted.
    pub count: usize,
    /// When the first client was told, in milliseconds since 1970.
    pub at: f64,
    /// From the save to then, in milliseconds, as the times of files tell it: those of Linux are
    /// up to 4 ms old. Absent where nothing was saved, but removed, say.
    pub saved: Option<f64>,
    /// The clients that were told.
    pub clients: Vec<Showing>,
    #[serde(skip)]
    told: Option<SystemTime>,
}

/// What became of a change in one client; times in milliseconds after [`Change::at`].
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Showing {
    /// What the client calls itself.
    pub client: String,
    /// When it was told.
    pub told: f64,
    /// When the server heard that it shows it.
    pub shown: Option<f64>,
    /// Whether it could not be shown.
    pub failed: bool,
}

/// The last changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    last: Mutex<VecDeque<Change>>,
}

impl Changes {
    /// A client is told of a new state, in which these paths changed.
    pub(super) fn told(&self, snapshot: &Snapshot, changed: &[TreePath], client: String) {
        let now = SystemTime::now();
        let mut last = self.lock();
        let version = snapshot.version();
        if last.back().is_none_or(|change| change.version != version) {
            last.push_back(Change {
                version,
                paths: changed.iter().take(MOST_PATHS).cloned().collect(),
                count: changed.len(),
                at: between(SystemTime::UNIX_EPOCH, now),
                saved: saved(snapshot, changed, now),
                clients: Vec::new(),
                told: Some(now),
            });
            if last.len() > KEPT {
                last.pop_front();
            }
        }
        if let Some(change) = last.back_mut()
            && change.clients.len() < MOST_CLIENTS
        {
            let told = change.since(now);
            change.clients.push(Showing {
                client,
                told,
                shown: None,
                failed: false,
            });
        }
    }

    /// A client tells how it went.
    pub(super) fn ended(&self, client: &str, version: Version, failed: bool) {
        let now = SystemTime::now();
        let mut last = self.lock();
        let mut newest_first = last.iter_mut().rev();
        let Some(change) = newest_first.find(|change| change.version == version) else {
            return;
        };
        let at = change.since(now);
        let mut showing = change.clients.iter_mut();
        let showing = showing.find(|showing| showing.client == client && showing.shown.is_none());
        if let Some(showing) = showing {
            showing.shown = Some(at);
            showing.failed = failed;
        }
    }

    /// The last changes, oldest first.
    pub(super) fn last(&self) -> Vec<Change> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Change>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change {
    fn since(&self, now: SystemTime) -> f64 {
        self.told.map_or(0.0, |told| between(told, now))
    }
}

/// How long ago the last of these files was saved.
fn saved(snapshot: &Snapshot, changed: &[TreePath], now: SystemTime) -> Option<f64> {
    let files = changed.iter().filter_map(|path| snapshot.file(path));
    let last = files.map(|file| file.stat.modified).max()?;
    let age = now.duration_since(last).ok()?;
    (age < LONGEST).then(|| between(last, now))
}

/// In milliseconds; 0 if the clock was set back meanwhile.
fn between(earlier: SystemTime, later: SystemTime) -> f64 {
    let time = later.duration_since(earlier).unwrap_or_default();
    // To the hundredth, which is all that anybody reads.
    (time.as_secs_f64() * 1e5).round() / 100.0
}

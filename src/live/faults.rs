//! Tells, in the terminal, of what a client is sure to refuse, without waiting for one: at the
//! start and at each save, each fault once as long as it is there. Where clients are connected,
//! their words come first.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use actix_web::web::{self, Data};
use tracing::{error, warn};

use super::Live;
use super::diagnostic::Diagnostic;
use crate::tree::faults::{Fault, Faults, Rule};
use crate::tree::snapshot::Snapshot;

/// How long clients have to tell of a fault before it is told without them.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Faults told at once: of more, nobody reads each.
const MOST: usize = 20;

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<BTreeSet<Fault>>);

/// What was told, while nobody else tells anything.
pub(super) struct Telling<'a>(MutexGuard<'a, BTreeSet<Fault>>);

impl Telling<'_> {
    /// Whether a client's error was told, so that it needs no telling again. Of types it is said in
    /// the same words; what does not parse has others, and there is only one of it.
    pub(super) fn has(&self, error: &Diagnostic) -> bool {
        let mut of_file = self
            .0
            .iter()
            .filter(|fault| Some(&fault.path) == error.file.as_ref());
        of_file.any(|fault| {
            let is_same = match fault.rule {
                Rule::Type => error.message.starts_with(&fault.message),
                _ => true,
            };
            is_same && Some(fault.line) == error.line
        })
    }
}

impl Told {
    /// To find out who tells: whoever notes first that there is an error, is to tell of it. So the
    /// two go together, or each could leave it to the other.
    pub(super) fn decide(&self) -> Telling<'_> {
        Telling(self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells of faults for as long as the server runs.
pub(crate) async fn follow(live: Data<Live>) {
    let mut snapshots = live.tree.store().subscribe();
    let mut stopping = live.stopping.clone();
    // The past is the store's to keep.
    let mut known: Option<(Weak<Snapshot>, Faults)> = None;
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        if !live.clients.list().is_empty() {
            // They also get the change before it is looked through.
            tokio::select! {
                () = tokio::time::sleep(PATIENCE) => {}
                changed = snapshots.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
        let looked_at = Arc::clone(&snapshot);
        let known_before = known
            .take()
            .and_then(|(former, faults)| Some((former.upgrade()?, faults)));
        let faults = web::block(move || match known_before {
            Some((former, faults)) => faults.after(&former, &looked_at),
            None => Faults::of(&looked_at),
        });
        // It fails only where the server is about to end.
        let Ok(faults) = faults.await else { return };
        live.tell(live.untold(&faults), &snapshot);
        known = Some((Arc::downgrade(&snapshot), faults));
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() { return },
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

impl Live {
    /// Those that were not told yet. What is mended is forgotten.
    fn untold(&self, faults: &Faults) -> Vec<Fault> {
        let mut told = self.told.lock();
        let all: BTreeSet<&Fault> = faults.iter().collect();
        told.retain(|fault| all.contains(fault));
        let news = all.into_iter().filter(|fault| !told.contains(fault));
        news.cloned().collect()
    }

    fn tell(&self, news: Vec<Fault>, snapshot: &Snapshot) {
        let version = snapshot.version();
        // What a client said of a file is nearer to the truth.
        let is_reported = |fault: &Fault| self.has_failed(&fault.path, version);
        let mut told = self.told.decide();
        let (reported, news): (Vec<_>, Vec<_>) = news.into_iter().partition(is_reported);
        told.0.extend(reported.iter().chain(&news).cloned());
        drop(told);
        for fault in news.iter().take(MOST) {
            let number = |n: u32| Some(n).filter(|n| *n > 0);
            let diagnostic = Diagnostic {
                file: Some(fault.path.clone()),
                line: number(fault.line),
                column: number(fault.column),
                message: fault.message.clone(),
                version: Some(version),
            };
            let text = self.describe_with(&diagnostic, Some(version), fault.hint.clone());
            match fault.rule.is_error() {
                true => error!("{text}"),
                false => warn!("{text}"),
            }
        }
        if let Some(more) = news.len().checked_sub(MOST).filter(|more| *more > 0) {
            error!("and {more} more: qmlserve check has them all");
        }
    }
}

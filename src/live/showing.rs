//! Who shows what: waited for, within bounds; and the entry that somebody sets while the server
//! runs.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::remote::Command;
use super::{Client, Live};
use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;

/// What became of a state in the clients that are connected.
#[derive(Debug)]
pub(crate) struct Showing {
    /// The state: all that was on the disk when it was asked for, or newer.
    pub snapshot: Arc<Snapshot>,
    /// Whether all that was on the disk then is known to be in it.
    pub is_read: bool,
    /// Those that show it.
    pub shown: Vec<Client>,
    /// Those that said that they cannot.
    pub failed: Vec<Client>,
    /// Those that have said nothing yet.
    pub waiting: Vec<Client>,
}

impl Showing {
    /// Whether all clients that there are show all that was asked for.
    pub(crate) fn is_everywhere(&self) -> bool {
        let is_lacking =
            self.shown.is_empty() || !self.failed.is_empty() || !self.waiting.is_empty();
        self.is_read && !is_lacking
    }
}

impl Live {
    /// Waits until all clients show what is on the disk now, or have said that they cannot.
    pub(crate) async fn shown_everywhere(&self, within: Duration) -> Showing {
        let end = Instant::now() + within;
        let mut news = self.subscribe();
        let mut snapshots = self.tree.store().subscribe();
        let mut stopping = self.stopping.clone();
        let is_read = self.tree.is_read(within).await;
        loop {
            news.borrow_and_update();
            let snapshot = Arc::clone(&snapshots.borrow_and_update());
            let showing = self.showing(snapshot, is_read);
            if showing.waiting.is_empty() {
                return showing;
            }
            let woken = async {
                tokio::select! {
                    changed = news.changed() => changed.is_ok(),
                    changed = snapshots.changed() => changed.is_ok(),
                    _ = stopping.wait_for(|stopping| *stopping) => false,
                }
            };
            if timeout_at(end, woken).await != Ok(true) {
                return showing;
            }
        }
    }

    /// From now on clients that name no document are to show this one, and those that show the
    /// entry of before go over to it; waits until they ask for it.
    pub(crate) async fn set_entry(&self, document: &TreePath, within: Duration) {
        let before = self.entry(&self.tree.store().newest());
        self.name(document);
        if before == *document {
            return;
        }
        let command = Command::Show {
            document: document.to_string(),
        };
        let mut streams = Vec::new();
        for client in self.clients.list() {
            // One that reads too slowly to be told stays where it is.
            if client.document == before && client.line.send(&command).is_ok() {
                streams.extend(client.stream);
            }
        }
        let is_there = |clients: &[Client]| {
            let mut left = clients.iter().filter(|client| client.document == before);
            !left.any(|client| {
                client
                    .stream
                    .as_ref()
                    .is_some_and(|one| streams.contains(one))
            })
        };
        self.until(is_there, within).await;
    }

    fn name(&self, document: &TreePath) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        *named = Some(document.clone());
        drop(named);
        self.clients.tell();
    }

    /// Waits until each of these clients has said once more what it shows, or that it cannot.
    pub(crate) async fn reported(&self, clients: &[Client], within: Duration) {
        let has_reported = |now: &[Client]| {
            clients.iter().all(|before| {
                let mut same = now.iter().filter(|client| client.stream == before.stream);
                same.all(|client| client.reports > before.reports)
            })
        };
        self.until(has_reported, within).await;
    }

    async fn until(&self, is_over: impl Fn(&[Client]) -> bool, within: Duration) {
        let mut news = self.subscribe();
        let woken = news.wait_for(|()| is_over(&self.clients.list()));
        // Whoever is late is told of by who looks next.
        let _ = tokio::time::timeout(within, woken).await;
    }

    fn showing(&self, snapshot: Arc<Snapshot>, is_read: bool) -> Showing {
        let (mut shown, mut failed, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        // Others than Qt listen, but do not tell.
        let clients = self.clients.list().into_iter();
        for client in clients.filter(|client| client.kind == "qt") {
            let of = match () {
                () if self.fails(&client, &snapshot) => &mut failed,
                () if client.shows(&snapshot) => &mut shown,
                () => &mut waiting,
            };
            of.push(client);
        }
        Showing {
            snapshot,
            is_read,
            shown,
            failed,
            waiting,
        }
    }

    /// Whether the client said that it cannot show its document as it is in this snapshot, or it
    /// is not there.
    fn fails(&self, client: &Client, snapshot: &Snapshot) -> bool {
        if snapshot.file(&client.document).is_none() {
            return true;
        }
        let version = client.failed.as_ref().and_then(|failure| failure.version);
        let failed = version.and_then(|version| self.tree.store().at(version));
        failed.is_some_and(|failed| {
            let of = |snapshot: &Snapshot| snapshot.generations().document(&client.document);
            of(&failed) == of(snapshot)
        })
    }
}

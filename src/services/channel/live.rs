//! The object `live`: what is served now, and what is wrong with it. Looked up once for all pages.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Data;
use serde::Serialize;
use tokio::sync::watch;

use crate::live::{Diagnostic, Live};
use crate::path::TreePath;
use crate::tree::Tree;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// The most errors that are told: the first ones are those to repair.
const MOST_ERRORS: usize = 50;

/// What the object says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct State {
    /// The version that is served.
    pub version: Version,
    /// The document that clients show.
    pub entry: TreePath,
    /// What is wrong now.
    pub errors: Vec<Diagnostic>,
}

/// Follows what is served, for as long as anybody wants to know.
#[derive(Debug)]
pub(super) struct Follower {
    tree: Arc<Tree>,
    live: Data<Live>,
    state: watch::Sender<State>,
    /// What does not parse in the version looked at last: clients come and go more often.
    files: Mutex<Option<(Version, Vec<Diagnostic>)>>,
}

impl Follower {
    /// Follows from now on, until `stopping` says true.
    pub(super) fn start(
        tree: Arc<Tree>,
        live: Data<Live>,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let snapshot = tree.store().newest();
        let state = State {
            version: snapshot.version(),
            entry: live.entry(&snapshot),
            errors: Vec::new(),
        };
        let follower = Arc::new(Self {
            tree,
            live,
            state: watch::Sender::new(state),
            files: Mutex::default(),
        });
        actix_web::rt::spawn(follow(Arc::clone(&follower), stopping));
        follower
    }

    /// The state now, and whenever it changes.
    pub(super) fn subscribe(&self) -> watch::Receiver<State> {
        let receiver = self.state.subscribe();
        self.renew();
        receiver
    }

    fn renew(&self) {
        let new = self.look(&self.tree.store().newest());
        self.state.send_if_modified(|state| {
            let is_news = *state != new;
            *state = new;
            is_news
        });
    }

    /// What is served, with what clients cannot show and what does not parse.
    fn look(&self, snapshot: &Snapshot) -> State {
        let mut errors: Vec<Diagnostic> = Vec::new();
        let clients = self.live.clients();
        let failed = clients.iter().filter_map(|client| client.failed.as_ref());
        for error in failed.flat_map(|failure| &failure.errors) {
            if !errors.iter().any(|known| known.is_same(error)) {
                errors.push(error.clone());
            }
        }
        let version = snapshot.version();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let known = files.take().filter(|(known, _)| *known == version);
        let (_, of_files) = files.insert(known.unwrap_or_else(|| (version, of_files(snapshot))));
        for error in of_files {
            // A client says it better.
            if errors.iter().all(|known| known.file != error.file) {
                errors.push(error.clone());
            }
        }
        errors.truncate(MOST_ERRORS);
        State {
            version,
            entry: self.live.entry(snapshot),
            errors,
        }
    }
}

async fn follow(follower: Arc<Follower>, mut stopping: watch::Receiver<bool>) {
    let mut snapshots = follower.tree.store().subscribe();
    let mut clients = follower.live.subscribe();
    loop {
        let changed = tokio::select! {
            changed = snapshots.changed() => changed,
            changed = clients.changed() => changed,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        if changed.is_err() {
            return;
        }
        if follower.state.receiver_count() > 0 {
            follower.renew();
        }
    }
}

/// The files that do not parse.
fn of_files(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let found = snapshot.files().filter_map(|(path, file)| {
        let error = file.document().and_then(|document| document.syntax_error)?;
        Some(Diagnostic {
            file: Some(path),
            line: Some(error.line),
            column: Some(error.column),
            message: "this does not parse".to_owned(),
            version: None,
        })
    });
    found.take(MOST_ERRORS).collect()
}

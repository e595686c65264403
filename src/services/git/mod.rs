//! Deploying by push: a repository at `/@qmlserve/git`, and the served folder as a checkout of it
//! that is exchanged as a whole. Git's own `http-backend` speaks the protocol (`cgi`), its hooks
//! ask the server (`hook`, `answers`), `push` decides what is let in and served, `folder` has the
//! files. Never merges, and never touches a folder in which somebody else has written.

mod answers;
mod cgi;
mod changes;
mod commit;
pub(crate) mod config;
mod folder;
pub(crate) mod hook;
mod prepare;
mod push;
mod repository;
mod routes;
mod told;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Shared, MutexGuard, PoisonError};

use actix_web::web::{self, Data, ServiceConfig};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tracing::warn;

use crate::http::Budget;
use crate::live::Live;
use crate::tree::{Tree, TreeConfig};
use config::GitConfig;
use folder::{Checkout, Folder};
pub(crate) use prepare::{Prepared, StartError};
use repository::{GitError, Quarantine, Repository};

/// The hooks that git has to run.
const HOOKS: [&str; 3] = ["pre-receive", "update", "post-receive"];

/// Pushes and clones at a time, of all and of one address of another machine.
const MOST: [u64; 2] = [16, 8];

/// What the server knows of pushes.
pub(crate) struct Deploy {
    repository: Repository,
    config: GitConfig,
    tree: Arc<Tree>,
    tree_config: TreeConfig,
    live: Data<Live>,
    state: Mutex<State>,
    /// The commit that is served, as the status tells it.
    shown: Shared<Option<String>>,
    pushes: Shared<Pushes>,
    next: AtomicU64,
    places: Arc<Budget>,
    /// What git writes to its standard error.
    in_use: File,
    /// Has the socket at which hooks ask, and goes with this.
    socket: tempfile::TempDir,
}

/// Who pushes.
#[derive(Debug, Default)]
struct Pushes {
    /// Requests that may write to the repository.
    running: u64,
    /// The one that is being let in; others are turned away meanwhile.
    current: Option<u64>,
}

/// What the folder is, and is about to be.
#[derive(Debug)]
struct State {
    folder: Folder,
    served: Option<String>,
    /// What the push that is let in is going to be.
    staged: Option<Checkout>,
}

impl Deploy {
    /// Takes pushes from now on, to the folder of `tree`.
    ///
    /// # Errors
    /// The system gives no socket.
    pub(crate) fn start(
        prepared: Prepared,
        tree: Arc<Tree>,
        tree_config: TreeConfig,
        live: Data<Live>,
    ) -> io::Result<Arc<Self>> {
        let in_use = prepared.folder.in_use()?;
        let deploy = Arc::new(Self {
            in_use,
            repository: prepared.repository,
            config: prepared.config,
            tree,
            tree_config,
            live,
            shown: Shared::new(prepared.served.clone()),
            state: Mutex::new(State {
                folder: prepared.folder,
                served: prepared.served,
                staged: None,
            }),
            pushes: Shared::default(),
            next: AtomicU64::new(1),
            places: Budget::new(MOST[0], MOST[1]),
            socket: tempfile::Builder::new().prefix("qmlserve-").tempdir()?,
        });
        answers::listen(&deploy)?;
        Ok(deploy)
    }

    /// For the status: the branch, and the commit that is served.
    pub(crate) fn status(&self) -> Value {
        let commit = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        json!({"branch": self.config.branch, "commit": *commit})
    }

    fn socket_path(&self) -> PathBuf {
        self.socket.path().join("hooks")
    }

    fn pushes(&self) -> MutexGuard<'_, Pushes> {
        self.pushes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody begins to push: gives a number to it.
    fn began(&self) -> u64 {
        self.pushes().running += 1;
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether this push may go on: no other one is being let in.
    fn enter(&self, push: u64) -> bool {
        *self.pushes().current.get_or_insert(push) == push
    }

    /// The push has ended, however it did: what it left half done is brought to an end.
    async fn ended(&self, push: u64) {
        let is_current = self.pushes().current == Some(push);
        if is_current {
            if let Err(error) = self.settle().await {
                warn!("what was pushed cannot be served: {error}");
            }
            if let Some(staged) = self.state.lock().await.staged.take() {
                staged.discard();
            }
        }
        let mut pushes = self.pushes();
        pushes.running -= 1;
        if is_current {
            pushes.current = None;
        }
        // Under the lock, so that nobody begins meanwhile.
        if pushes.running == 0
            && let Err(error) = self.repository.tidy()
        {
            warn!("{error}");
        }
    }
}

/// Adds the routes. Without a [`Deploy`] they say how there is one.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/@qmlserve/git", web::get().to(routes::about))
        .route("/@qmlserve/git/", web::get().to(routes::about))
        .route("/@qmlserve/git/info/refs", web::get().to(routes::refs))
        .route(
            "/@qmlserve/git/git-upload-pack",
            web::post().to(routes::upload),
        )
        .route(
            "/@qmlserve/git/git-receive-pack",
            web::post().to(routes::receive),
        );
}

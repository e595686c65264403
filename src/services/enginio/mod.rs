//! Data storage as Enginio had it: objects of any type, users, groups, access lists, files and
//! notifications, below `/v1`, each request for the backend that its `Enginio-Backend-Id` names.
//!
//! Its shape, from the outside to the inside:
//! - `http` says what a path means (`route`) and what of a request goes where;
//! - `objects`, `access`, `accounts`, `files` do it, each function a part of one transaction
//!   ([`asked::Asked`]), in which it is also looked up who asks;
//! - `rights` writes who may do what into the statements themselves; `query` the conditions that
//!   a request names, bounded and with every value beside the text;
//! - `store` is the two databases, of which nothing above knows;
//! - `streams` tells of what is on the disk, to those who may read it (`readers`), also where only
//!   rights changed (`affected`); `webhooks` tells URLs.
//!
//! It does not share the store of the collections, only the room that opens databases: there an
//! object has a key and no owner, here a write touches objects, rights, members, tokens and files
//! at once, and every statement has a reader. Nothing here knows of sockets or gateways: who gives
//! those is a [`Sockets`].

mod access;
mod accounts;
mod affected;
mod asked;
mod atomic;
mod backend;
mod change;
pub(crate) mod config;
mod error;
mod files;
mod http;
mod id;
mod include;
mod object;
mod objects;
mod query;
mod readers;
mod rights;
mod route;
mod store;
mod streams;
mod webhooks;

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use serde_json::{Value, json};
use tokio::sync::watch;
use tracing::info;

use crate::database::{Location, StoreError};
use accounts::{Guesses, Passwords};
use backend::Backend;
use config::EnginioConfig;
use error::Refusal;
use files::{Disk, Files, Signer};
use store::{Effects, Store, Tx};
use streams::Streams;
use webhooks::WebHooks;

pub(crate) use streams::Sockets;

/// All backends.
#[derive(Debug)]
pub(crate) struct Enginio {
    backends: Vec<Arc<Backend>>,
    takes_any_id: bool,
    running: Option<Running>,
}

/// What backends are kept with.
#[derive(Debug)]
struct Running {
    store: Arc<Store>,
    files: Files,
    streams: Arc<Streams>,
    webhooks: Arc<WebHooks>,
    passwords: Passwords,
    guesses: Guesses,
    signer: Signer,
}

/// Why there is no data storage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnginioError {
    /// The database cannot be opened.
    #[error("the data storage cannot be kept in {location}: {error}; {}", .error.hint())]
    Store {
        /// The database.
        location: Location,
        /// Why.
        error: StoreError,
    },
    /// The folder of the files cannot be used.
    #[error(
        "the files of the data storage cannot be kept in {0}: {1}; check its permissions, or name another place with --data"
    )]
    Files(String, std::io::Error),
    /// Two backends of one id.
    #[error("two of [enginio.NAME] have the id {0:?}; give one of them another: id = \"…\"")]
    SameId(String),
    /// Anything else.
    #[error("the data storage does not start: {0}")]
    Other(String),
}

impl Enginio {
    /// Opens the database and the folder of the files, if there are any backends. Web hooks are
    /// told until `stopping` says true.
    ///
    /// # Errors
    /// They cannot be opened, or two backends have one id.
    pub(crate) async fn open(
        config: EnginioConfig,
        sockets: Arc<dyn Sockets>,
        stopping: &watch::Receiver<bool>,
    ) -> Result<Self, EnginioError> {
        let backends = config.backends.into_iter();
        let backends: Vec<_> = backends
            .map(|config| Arc::new(Backend::new(config)))
            .collect();
        let mut ids = HashSet::new();
        if let Some(twice) = backends.iter().find(|backend| !ids.insert(&backend.id)) {
            return Err(EnginioError::SameId(twice.id.clone()));
        }
        let mut enginio = Self {
            backends,
            takes_any_id: config.takes_any_id,
            running: None,
        };
        if enginio.backends.is_empty() {
            return Ok(enginio);
        }
        let folder = &config.folder;
        let disk = match config.location {
            Location::Memory => Disk::temporary(),
            _ => Disk::open(&folder.join("files")),
        };
        let disk =
            disk.map_err(|error| EnginioError::Files(folder.display().to_string(), error))?;
        let disk = Arc::new(disk);
        let streams = Arc::new(Streams::new(sockets));
        let backends = enginio.backends.clone();
        let webhooks = Arc::new(WebHooks::start(&backends, stopping));
        let (told, posted, dropped) = (
            Arc::clone(&streams),
            Arc::clone(&webhooks),
            Arc::clone(&disk),
        );
        let tell = Arc::new(move |effects: &Effects| {
            told.tell(&backends, effects);
            posted.tell(&backends, effects);
            effects.dropped.iter().for_each(|id| dropped.remove(id));
        });
        let store = Store::open(&config.location, folder, tell).await;
        let store = store.map_err(|error| EnginioError::Store {
            location: config.location.clone(),
            error,
        })?;
        let store = Arc::new(store);
        let other = |error: Refusal| EnginioError::Other(error.to_string());
        let known = store.read(async |tx: &Tx<'_>| {
            let rows = tx.rows("SELECT id FROM enginio_files", &[]).await?;
            Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
        });
        // Several servers may share a database, but not a folder.
        disk.sweep(&known.await.map_err(other)?);
        let files = Files {
            store: Arc::clone(&store),
            disk,
        };
        for backend in &enginio.backends {
            info!(
                "data storage {} at /v1, as Enginio-Backend-Id {}",
                backend.name, backend.id
            );
        }
        enginio.running = Some(Running {
            store,
            files,
            streams,
            webhooks,
            passwords: Passwords::new().map_err(other)?,
            guesses: Guesses::default(),
            signer: Signer::new().map_err(other)?,
        });
        Ok(enginio)
    }

    /// Whether data storage answers at this path, as it stands in a request.
    pub(crate) fn claims(&self, path: &str) -> bool {
        !self.backends.is_empty() && route::is_below(path)
    }

    /// The names of the backends and the ids by which they are asked.
    pub(crate) fn described(&self) -> impl Iterator<Item = (&str, &str)> {
        let backends = self.backends.iter();
        backends.map(|backend| (backend.name.as_str(), backend.id.as_str()))
    }

    /// The section of the status.
    pub(crate) fn status(&self) -> Value {
        let webhooks = self
            .running
            .as_ref()
            .map(|running| running.webhooks.status());
        json!({"webhooks": webhooks.unwrap_or_else(|| json!([]))})
    }

    /// The backend of this id.
    fn backend(&self, id: Option<&str>) -> Result<&Arc<Backend>, Refusal> {
        let named = self
            .backends
            .iter()
            .find(|backend| Some(backend.id.as_str()) == id);
        let any = self.backends.first().filter(|_| self.takes_any_id);
        named
            .or(any)
            .ok_or_else(|| Refusal::Backend(id.unwrap_or_default().to_owned()))
    }
}

/// Adds the routes, at any path.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(http::answer));
}

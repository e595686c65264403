//! REST collections: JSON objects in a database, under paths of their own, without any code.
//!
//! A collection is declared in the configuration or found as a file in the folder of data. This
//! part knows nothing of WebSockets: who wants to pass its events on subscribes to
//! [`Collections::subscribe`].

mod aside;
mod body;
mod call;
mod collection;
mod config;
mod error;
mod event;
#[cfg(test)]
mod fuzz;
mod http;
mod list;
mod object;
mod openapi;
mod query;
mod schema;
mod seed;
mod store;
mod stream;
mod xml;

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use tokio::sync::{broadcast, watch};
use tracing::{info, warn};

use crate::http::Budget;
use collection::Collection;
use seed::Objects;

pub(crate) use call::Call;
pub(crate) use collection::Unready;
pub(crate) use config::{CollectionConfig, CollectionsConfig, Envelope, Location, Seed};
pub(crate) use event::{Change, Event};
pub(crate) use object::Object;
pub(crate) use store::StoreError;

/// Changes that a slow listener may be behind before it misses some.
const BACKLOG: usize = 1024;

/// All collections.
#[derive(Debug)]
pub(crate) struct Collections {
    all: Vec<Collection>,
    changes: broadcast::Sender<Arc<Change>>,
    /// Becomes true when the server stops: streams end then.
    stopping: watch::Receiver<bool>,
    streams: Arc<Budget>,
}

/// Why there are no collections.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CollectionsError {
    /// The database cannot be opened.
    #[error("the collections cannot be kept in {location}: {error}; {}", .error.hint())]
    Store {
        /// The database.
        location: Location,
        /// Why.
        error: StoreError,
    },
    /// Two collections of one path.
    #[error(
        "the collections {first} and {second} have the same path, /{path}; give one another: path in [collections.{second}]"
    )]
    SamePath {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// Without the slash in front.
        path: String,
    },
    /// There is no such collection.
    #[error("there is no collection {name:?}; {}", what_there_is(.known))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// What it is to be filled with is not usable, or the database does not take it.
    #[error("{0}")]
    Unready(#[from] Unready),
    /// The objects to import are not usable.
    #[error("{0}")]
    Import(String),
}

fn what_there_is(names: &[String]) -> String {
    if names.is_empty() {
        "none is declared in qmlserve.toml, and none lies in data".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}

impl Collections {
    /// Opens the database and all collections. `taken` tells which paths, without the slash in
    /// front, the tree has something of its own for; what is only found gives way there. `streams`
    /// are the places for those who listen to changes.
    ///
    /// # Errors
    /// The database cannot be opened, or two collections have the same path. A collection whose
    /// seed is no good is there, and says so.
    pub(crate) async fn open(
        config: &CollectionsConfig,
        taken: &dyn Fn(&str) -> bool,
        streams: Arc<Budget>,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, CollectionsError> {
        let (changes, _) = broadcast::channel(BACKLOG);
        let mut all: Vec<Collection> = Vec::new();
        let sources = sources(config, taken);
        if !sources.is_empty() {
            let failed = |error| CollectionsError::Store {
                location: config.location.clone(),
                error,
            };
            let store = store::open(&config.location, changes.clone())
                .await
                .map_err(failed)?;
            for Source {
                config: settings,
                seed,
                found,
            } in sources
            {
                let schema = settings
                    .schema
                    .as_ref()
                    .map(|file| file.locate(&config.data));
                let opened = Collection::open(&settings, seed, schema, Arc::clone(&store));
                let mut collection = opened.await.map_err(failed)?;
                let path = collection.segments.join("/");
                collection.without_xml = found && taken(&format!("{path}.xml"));
                if let Some(other) = all.iter().find(|c| c.segments == collection.segments) {
                    return Err(CollectionsError::SamePath {
                        first: other.name.clone(),
                        second: collection.name,
                        path,
                    });
                }
                info!("collection {} at /{path}", collection.name);
                all.push(collection);
            }
            info!("collections are kept in {}", config.location);
        }
        Ok(Self {
            all,
            changes,
            stopping,
            streams,
        })
    }

    /// Each change from now on, once it is on the disk, in the order of the commits.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Change>> {
        self.changes.subscribe()
    }

    /// The names and the paths of all collections.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&str, String)> {
        self.all
            .iter()
            .map(|collection| (collection.name.as_str(), list::path_of(collection)))
    }

    /// Whether a collection answers at this path, as it stands in a request.
    pub(crate) fn claims(&self, path: &str) -> bool {
        http::find(self, path).is_some()
    }

    fn named(&self, name: &str) -> Result<&Collection, CollectionsError> {
        let found = self.all.iter().find(|collection| collection.name == name);
        found.ok_or_else(|| CollectionsError::Unknown {
            name: name.to_owned(),
            known: self
                .all
                .iter()
                .map(|collection| collection.name.clone())
                .collect(),
        })
    }

    /// All objects of a collection, as a JSON array with one object a line.
    ///
    /// # Errors
    /// There is no such collection, or the database does not answer.
    pub(crate) async fn export(&self, name: &str) -> Result<String, CollectionsError> {
        let objects = self.named(name)?.export().await.map_err(Unready::from)?;
        let lines: Vec<String> = objects
            .iter()
            .map(|object| format!("  {}", object.to_json()))
            .collect();
        Ok(match lines.len() {
            0 => "[]\n".to_owned(),
            _ => format!("[\n{}\n]\n", lines.join(",\n")),
        })
    }

    /// Puts the objects in `bytes`, which messages call `path`, in the place of all others, or
    /// leaves all as it is. Tells how many they are.
    ///
    /// # Errors
    /// They are no objects of this collection, or the database does not take them.
    pub(crate) async fn import(
        &self,
        name: &str,
        path: PathBuf,
        bytes: &[u8],
    ) -> Result<usize, CollectionsError> {
        let collection = self.named(name)?;
        let objects = Objects::parse(&path, bytes)
            .map_err(|error| CollectionsError::Import(error.to_string()))?;
        Ok(collection.import(objects, &path).await?)
    }

    /// Puts the seed in the place of all objects, and tells how many they are.
    ///
    /// # Errors
    /// The seed is not usable, or the database does not take it.
    pub(crate) async fn reset(&self, name: &str) -> Result<usize, CollectionsError> {
        Ok(self.named(name)?.reset().await?)
    }
}

/// Adds the route of what describes the collections.
pub(crate) fn openapi_route(config: &mut ServiceConfig) {
    config.route("/@qmlserve/openapi.json", web::get().to(openapi::document));
}

/// Adds the route of the collections, at any path.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(http::answer));
}

/// A collection to be, with where its first objects are.
struct Source {
    config: CollectionConfig,
    seed: Option<PathBuf>,
    /// Not declared.
    found: bool,
}

fn sources(config: &CollectionsConfig, taken: &dyn Fn(&str) -> bool) -> Vec<Source> {
    let files = seed::find(&config.data);
    let mut sources: Vec<Source> = Vec::new();
    for declared in &config.declared {
        let seed = match &declared.seed {
            Some(seed) => Some(seed.locate(&config.data)),
            None => files
                .iter()
                .find(|(name, _)| *name == declared.name)
                .map(|(_, path)| path.clone()),
        };
        let config = declared.clone();
        sources.push(Source {
            config,
            seed,
            found: false,
        });
    }
    for (name, path) in files {
        let used =
            |source: &Source| source.config.name == name || source.seed.as_ref() == Some(&path);
        if sources.iter().any(used) {
            continue;
        }
        if taken(&name) {
            warn!(
                "{} is no collection: the tree has a /{name} of its own; to have both, declare \
                 [collections.{name}] with another path in qmlserve.toml",
                path.display()
            );
            continue;
        }
        if let Err(error @ seed::SeedError::Shape { .. }) = Objects::read(&path) {
            info!("{} is no collection: {error}", path.display());
            continue;
        }
        sources.push(Source {
            config: CollectionConfig {
                name,
                ..CollectionConfig::default()
            },
            seed: Some(path),
            found: true,
        });
    }
    sources
}

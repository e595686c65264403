//! Where objects are kept: one trait, implemented for each database.
//!
//! A write is on the disk before it is answered, and published to listeners after that, in the
//! order of the commits.

#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;

use super::error::Refusal;
use super::event::Change;
use super::object::Object;
use super::query::{Path, Query};
use crate::database::Location;
pub(super) use crate::database::StoreError;

/// How an object becomes another one, inside the transaction that writes it.
pub(super) type Edit = Box<dyn FnOnce(&Object) -> Result<Object, Refusal> + Send>;

/// An object with its key, about to be kept.
pub(super) type Keyed = (String, Object);

/// Listeners to what is written.
pub(super) type Changes = broadcast::Sender<Arc<Change>>;

/// What a list request finds.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The objects of the page, as JSON.
    pub objects: Vec<String>,
    /// How many there are on all pages.
    pub total: u64,
}

impl Page {
    /// With this object alone.
    pub(super) fn of(object: String) -> Self {
        Self {
            objects: vec![object],
            total: 1,
        }
    }

    /// How many bytes its objects have.
    pub(super) fn size(&self) -> usize {
        self.objects.iter().map(String::len).sum()
    }
}

/// What is known about a collection beside its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The field that was the key when the objects were written.
    pub key: String,
    /// The hash of the seed that they began with; empty where there was none.
    pub seed: String,
}

/// A database.
#[async_trait]
pub(super) trait Store: Send + Sync + std::fmt::Debug {
    /// What is known about the collection; nothing before it was first filled.
    async fn origin(&self, collection: &str) -> Result<Option<Origin>, StoreError>;

    /// The objects that `query` asks for. `key` is the field that is the key.
    async fn list(&self, collection: &str, key: &str, query: Query) -> Result<Page, StoreError>;

    /// Whether some object has this field.
    async fn has_field(&self, collection: &str, path: &Path) -> Result<bool, StoreError>;

    /// The object of this key, as JSON.
    async fn get(&self, collection: &str, key: &str) -> Result<Option<String>, StoreError>;

    /// Keeps a new object, unless there is one of its key.
    async fn create(&self, collection: &str, object: Keyed) -> Result<(), Refusal>;

    /// Puts `edit` of the object in its place. The key stays.
    async fn update(&self, collection: &str, key: &str, edit: Edit) -> Result<Object, Refusal>;

    /// Removes the object, and tells whether there was one.
    async fn delete(&self, collection: &str, key: &str) -> Result<bool, Refusal>;

    /// Puts these objects in the place of all others, or keeps everything as it is. With `once`,
    /// only where the collection was never filled before.
    async fn fill(
        &self,
        collection: &str,
        origin: Origin,
        objects: Vec<Keyed>,
        once: bool,
    ) -> Result<(), StoreError>;
}

/// Opens the database at `location`, made where it is missing.
pub(super) async fn open(
    location: &Location,
    changes: Changes,
) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match location {
        Location::File(path) => Arc::new(sqlite::Sqlite::file(path, changes)?),
        Location::Memory => Arc::new(sqlite::Sqlite::memory(changes)?),
        #[cfg(feature = "postgres")]
        Location::Postgres(url) => Arc::new(postgres::Postgres::connect(url, changes).await?),
        // No such location gets past the configuration.
        #[cfg(not(feature = "postgres"))]
        Location::Postgres(_) => {
            let message = "this qmlserve is built without the feature \"postgres\"";
            return Err(StoreError::Gone(message.to_owned()));
        }
    })
}

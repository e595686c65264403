//! Collections in SQLite.

mod demand;
mod indexes;
mod lists;
mod statements;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, params};

use super::{Changes, Edit, Keyed, Origin, Page, Store, StoreError};
use crate::database::sqlite::{self, failure};
use crate::services::collections::error::Refusal;
use crate::services::collections::event::{Change, Event};
use crate::services::collections::object::Object;
use crate::services::collections::query::{Path as FieldPath, Query};
use demand::Demand;
use indexes::Begun;
use lists::Orders;
use statements::{SCHEMA, document, existing, has_field, insert, is_new, origin};

/// A SQLite database.
#[derive(Debug)]
pub(super) struct Sqlite {
    database: sqlite::Sqlite,
    changes: Changes,
    demand: Demand,
    orders: Arc<Orders>,
}

impl Sqlite {
    /// The database in the file at `path`.
    pub(super) fn file(path: &Path, changes: Changes) -> Result<Self, StoreError> {
        Ok(Self::of(sqlite::Sqlite::file(path, &schema())?, changes))
    }

    /// A database that ends with the process.
    pub(super) fn memory(changes: Changes) -> Result<Self, StoreError> {
        Ok(Self::of(sqlite::Sqlite::memory(&schema())?, changes))
    }

    fn of(database: sqlite::Sqlite, changes: Changes) -> Self {
        Self {
            database,
            changes,
            demand: Demand::default(),
            orders: Arc::default(),
        }
    }

    /// Makes an index of the field, if it is worth it, while others are answered.
    async fn index(&self, collection: &str, path: FieldPath) {
        let (name, field) = (collection.to_owned(), path.clone());
        let worth = move |connection: &Connection| {
            let worth = indexes::is_worth(connection, &name, &field);
            worth.map_err(|error| failure(&error))
        };
        let worth: Result<bool, StoreError> = self.database.read(worth).await;
        // A database that does not answer is told of by what needs it.
        if !worth.unwrap_or_default() {
            return;
        }
        let (writer, collection) = (self.database.writer.clone(), collection.to_owned());
        tokio::spawn(async move {
            let named = path.join(".");
            match indexes::make(&writer, &collection, path).await {
                Ok(Begun::New(_)) => tracing::info!("{collection}: {named:?} has an index now"),
                Ok(Begun::Full) => tracing::info!(
                    "{collection}: there is no index of {named:?}, since there are as many as \
                      there may be; lists by it take longer"
                ),
                Ok(Begun::Known) => {}
                Err(error) => tracing::warn!("{collection}: no index of {named:?}: {error}"),
            }
        });
    }

    /// Does `work`, and tells listeners what it changed once that is on the disk.
    async fn write(
        &self,
        work: impl FnOnce(&Connection) -> Result<Change, Refusal> + Send + 'static,
    ) -> Result<Arc<Change>, Refusal> {
        let changes = self.changes.clone();
        let work = move |connection: &Connection| work(connection).map(Arc::new);
        let publish = move |change: &Arc<Change>| {
            // Without listeners there is nobody to tell.
            let _ = changes.send(Arc::clone(change));
        };
        self.database.writer.write(work, publish).await
    }
}

/// The tables of all that is kept.
fn schema() -> String {
    format!("{SCHEMA} {}", indexes::SCHEMA)
}

#[async_trait]
impl Store for Sqlite {
    async fn origin(&self, collection: &str) -> Result<Option<Origin>, StoreError> {
        let collection = collection.to_owned();
        let read = move |connection: &Connection| {
            origin(connection, &collection).map_err(|error| failure(&error))
        };
        self.database.read(read).await
    }

    async fn list(&self, collection: &str, key: &str, query: Query) -> Result<Page, StoreError> {
        let (name, key) = (collection.to_owned(), key.to_owned());
        let (orders, query) = (Arc::clone(&self.orders), Arc::new(query));
        let asked = Arc::clone(&query);
        let read = move |connection: &Connection| {
            lists::list_indexed(connection, &orders, (&name, &key), &asked)
        };
        let (page, indexes) = self.database.read(read).await?;
        for path in self.demand.note(collection, &query, &indexes) {
            self.index(collection, path).await;
        }
        Ok(page)
    }

    async fn has_field(&self, collection: &str, path: &FieldPath) -> Result<bool, StoreError> {
        let (collection, path) = (collection.to_owned(), path.clone());
        let read = move |connection: &Connection| {
            has_field(connection, &collection, &path).map_err(|error| failure(&error))
        };
        self.database.read(read).await
    }

    async fn get(&self, collection: &str, key: &str) -> Result<Option<String>, StoreError> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        let read = move |connection: &Connection| {
            document(connection, &collection, &key).map_err(|error| failure(&error))
        };
        self.database.read(read).await
    }

    async fn create(&self, collection: &str, (key, object): Keyed) -> Result<(), Refusal> {
        let collection = collection.to_owned();
        let write = move |connection: &Connection| {
            insert(connection, &collection, &key, &object).map_err(|error| {
                if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
                    let (collection, key) = (collection.clone(), key.clone());
                    return Refusal::Duplicate { collection, key };
                }
                failure(&error).into()
            })?;
            let event = Event::Create;
            Ok(Change {
                collection,
                event,
                key,
                object,
                before: None,
            })
        };
        self.write(write).await.map(|_| ())
    }

    async fn update(&self, collection: &str, key: &str, edit: Edit) -> Result<Object, Refusal> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        let write = move |connection: &Connection| {
            let before = existing(connection, &collection, &key)?;
            let object = edit(&before)?;
            let mut update = connection
                .prepare_cached(
                    "UPDATE objects SET doc = ?3, words = ?4 WHERE collection = ?1 AND key = ?2",
                )
                .map_err(|error| failure(&error))?;
            update
                .execute(params![collection, key, object.to_json(), object.words()])
                .map_err(|error| failure(&error))?;
            let event = Event::Update;
            Ok(Change {
                collection,
                event,
                key,
                object,
                before: Some(before),
            })
        };
        let change = self.write(write).await?;
        Ok(change.object.clone())
    }

    async fn delete(&self, collection: &str, key: &str) -> Result<bool, Refusal> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        let write = move |connection: &Connection| {
            let object = existing(connection, &collection, &key)?;
            connection
                .prepare_cached("DELETE FROM objects WHERE collection = ?1 AND key = ?2")
                .and_then(|mut delete| delete.execute([&collection, &key]))
                .map_err(|error| failure(&error))?;
            let event = Event::Delete;
            Ok(Change {
                collection,
                event,
                key,
                object,
                before: None,
            })
        };
        match self.write(write).await {
            Ok(_) => Ok(true),
            Err(Refusal::Unknown { .. }) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    async fn fill(
        &self,
        collection: &str,
        new: Origin,
        objects: Vec<Keyed>,
        once: bool,
    ) -> Result<(), StoreError> {
        let collection = collection.to_owned();
        let write = move |connection: &Connection| {
            if once && !is_new(connection, &collection)? {
                return Ok(());
            }
            connection.execute("DELETE FROM objects WHERE collection = ?1", [&collection])?;
            for (key, object) in &objects {
                insert(connection, &collection, key, object)?;
            }
            connection.execute(
                "INSERT OR REPLACE INTO collections (name, key, seed) VALUES (?1, ?2, ?3)",
                [&collection, &new.key, &new.seed],
            )?;
            Ok(())
        };
        self.database.writer.write_all(write).await
    }
}

//! Collections in SQLite.

mod statements;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, params};

use super::{Changes, Edit, Keyed, Origin, Page, Store, StoreError};
use crate::database::sql::Dialect;
use crate::database::sqlite::{self, failure};
use crate::services::collections::error::Refusal;
use crate::services::collections::event::{Change, Event};
use crate::services::collections::object::Object;
use crate::services::collections::query::Query;
use crate::services::collections::query::sql::Statement;
use statements::{SCHEMA, document, existing, insert, is_new, list, origin};

/// A SQLite database.
#[derive(Debug)]
pub(super) struct Sqlite {
    database: sqlite::Sqlite,
    changes: Changes,
}

impl Sqlite {
    /// The database in the file at `path`.
    pub(super) fn file(path: &Path, changes: Changes) -> Result<Self, StoreError> {
        let database = sqlite::Sqlite::file(path, SCHEMA)?;
        Ok(Self { database, changes })
    }

    /// A database that ends with the process.
    pub(super) fn memory(changes: Changes) -> Result<Self, StoreError> {
        let database = sqlite::Sqlite::memory(SCHEMA)?;
        Ok(Self { database, changes })
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
        let statement = Statement::new(Dialect::Sqlite, collection, key, &query);
        let read = move |connection: &Connection| list(connection, &statement, query.window);
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

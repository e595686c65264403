//! SQLite in a file or in memory. One thread writes; readers have connections of their own.

mod demand;
mod failure;
mod indexes;
mod lists;
mod statements;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::{Changes, Edit, Keyed, Origin, Page, Store, StoreError};
use crate::services::collections::error::Refusal;
use crate::services::collections::event::{Change, Event};
use crate::services::collections::object::Object;
use crate::services::collections::query::{Path as FieldPath, Query};
use demand::Demand;
use failure::{failure, named};
use indexes::Begun;
use lists::Orders;
use statements::{SCHEMA, document, existing, has_field, insert, is_new, origin};
use writer::Writer;

/// How long a statement waits for another process before the database counts as locked.
const BUSY: Duration = Duration::from_secs(2);

/// Connections for reading that are kept; more are opened under load and closed again.
const KEPT_READERS: usize = 8;

/// A SQLite database.
#[derive(Debug)]
pub(super) struct Sqlite {
    writer: Writer,
    /// Nothing for a database in memory, which only the writer's connection sees.
    readers: Option<Arc<Readers>>,
    changes: Changes,
    demand: Demand,
    orders: Arc<Orders>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// The database in the file at `path`.
    pub(super) fn file(path: &Path, changes: Changes) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| StoreError::Gone(format!("{}: {error}", folder.display())))?;
        }
        let connection = Connection::open(path).map_err(|error| named(path, &error))?;
        // WAL lets readers go on while there is a write; FULL has each commit on the disk.
        prepare(
            &connection,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
        )
        .map_err(|error| named(path, &error))?;
        Ok(Self {
            writer: Writer::start(connection, Some(path))?,
            readers: Some(Arc::new(Readers {
                path: path.to_owned(),
                idle: Mutex::default(),
            })),
            changes,
            demand: Demand::default(),
            orders: Arc::default(),
        })
    }

    /// A database that ends with the process.
    pub(super) fn memory(changes: Changes) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(|error| failure(&error))?;
        prepare(&connection, "").map_err(|error| failure(&error))?;
        Ok(Self {
            writer: Writer::start(connection, None)?,
            readers: None,
            changes,
            demand: Demand::default(),
            orders: Arc::default(),
        })
    }

    /// Makes an index of the field, if it is worth it, while others are answered.
    async fn index(&self, collection: &str, path: FieldPath) {
        let (name, field) = (collection.to_owned(), path.clone());
        let worth = self.read(move |connection| indexes::is_worth(connection, &name, &field));
        // A database that does not answer is told of by what needs it.
        if !worth.await.unwrap_or_default() {
            return;
        }
        let (writer, collection) = (self.writer.clone(), collection.to_owned());
        tokio::spawn(async move {
            let named = path.join(".");
            match writer.index(&collection, path).await {
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

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(readers) = self.readers.clone() else {
            return self.writer.run(work).await;
        };
        let done = tokio::task::spawn_blocking(move || readers.read(work)).await;
        done.unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
    }
}

impl Readers {
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open().map_err(|error| named(&self.path, &error))?,
        };
        let result = work(&connection).map_err(|error| failure(&error));
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // One that failed may be broken for good.
        if result.is_ok() && idle.len() < KEPT_READERS {
            idle.push(connection);
        }
        result
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY)?;
        add_functions(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

/// SQLite's own `lower` knows the letters of ASCII alone.
fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("lower_case", 1, flags, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| text.to_lowercase()))
    })
}

fn prepare(connection: &Connection, pragmas: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    add_functions(connection)?;
    connection.execute_batch(pragmas)?;
    let indexes = indexes::SCHEMA;
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} {indexes} COMMIT;"))
}

#[async_trait]
impl Store for Sqlite {
    async fn origin(&self, collection: &str) -> Result<Option<Origin>, StoreError> {
        let collection = collection.to_owned();
        self.read(move |connection| origin(connection, &collection))
            .await
    }

    async fn list(&self, collection: &str, key: &str, query: Query) -> Result<Page, StoreError> {
        let (name, key) = (collection.to_owned(), key.to_owned());
        let (orders, query) = (Arc::clone(&self.orders), Arc::new(query));
        let asked = Arc::clone(&query);
        let read = move |connection: &Connection| {
            lists::list_indexed(connection, &orders, (&name, &key), &asked)
        };
        let (page, indexes) = self.read(read).await?;
        for path in self.demand.note(collection, &query, &indexes) {
            self.index(collection, path).await;
        }
        Ok(page)
    }

    async fn has_field(&self, collection: &str, path: &FieldPath) -> Result<bool, StoreError> {
        let (collection, path) = (collection.to_owned(), path.clone());
        self.read(move |connection| has_field(connection, &collection, &path))
            .await
    }

    async fn get(&self, collection: &str, key: &str) -> Result<Option<String>, StoreError> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        self.read(move |connection| document(connection, &collection, &key))
            .await
    }

    async fn create(&self, collection: &str, (key, object): Keyed) -> Result<(), Refusal> {
        let collection = collection.to_owned();
        let changes = self.changes.clone();
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
        self.writer.write(write, changes).await.map(|_| ())
    }

    async fn update(&self, collection: &str, key: &str, edit: Edit) -> Result<Object, Refusal> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        let changes = self.changes.clone();
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
        let change = self.writer.write(write, changes).await?;
        Ok(change.object.clone())
    }

    async fn delete(&self, collection: &str, key: &str) -> Result<bool, Refusal> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        let changes = self.changes.clone();
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
        match self.writer.write(write, changes).await {
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
        self.writer.write_all(write).await
    }
}

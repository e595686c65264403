//! SQLite in a file or in memory. One thread writes; readers have connections of their own.

mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};

use super::{Changes, Edit, Keyed, Origin, Page, Store, StoreError};
use crate::services::collections::error::Refusal;
use crate::services::collections::event::{Change, Event};
use crate::services::collections::object::Object;
use crate::services::collections::query::sql::{Dialect, Param, Statement};
use crate::services::collections::query::{Query, Window};
use writer::{Writer, in_savepoint};

/// How long a statement waits for another process before the database counts as locked.
const BUSY: Duration = Duration::from_secs(2);

/// Connections for reading that are kept; more are opened under load and closed again.
const KEPT_READERS: usize = 8;

/// `objects.seq` is the order in which objects were created. `doc` is the object as it was
/// written, `words` what a full-text search looks at.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS collections (
        name TEXT PRIMARY KEY,
        key TEXT NOT NULL,
        seed TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS objects (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        doc TEXT NOT NULL,
        words TEXT NOT NULL,
        UNIQUE (collection, key)
    );
    CREATE INDEX IF NOT EXISTS objects_in_order ON objects (collection, seq);
    PRAGMA user_version = 1;
";

/// A SQLite database.
#[derive(Debug)]
pub struct Sqlite {
    writer: Writer,
    /// Nothing for a database in memory, which only the writer's connection sees.
    readers: Option<Arc<Readers>>,
    changes: Changes,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// The database in the file at `path`.
    pub fn file(path: &Path, changes: Changes) -> Result<Self, StoreError> {
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
        })
    }

    /// A database that ends with the process.
    pub fn memory(changes: Changes) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(|error| failure(&error))?;
        prepare(&connection, "").map_err(|error| failure(&error))?;
        Ok(Self {
            writer: Writer::start(connection, None)?,
            readers: None,
            changes,
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(readers) = self.readers.clone() else {
            return self.writer.read(work).await;
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
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

fn prepare(connection: &Connection, pragmas: &str) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.execute_batch(pragmas)?;
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} COMMIT;"))
}

#[async_trait]
impl Store for Sqlite {
    async fn origin(&self, collection: &str) -> Result<Option<Origin>, StoreError> {
        let collection = collection.to_owned();
        self.read(move |connection| origin(connection, &collection))
            .await
    }

    async fn list(&self, collection: &str, key: &str, query: Query) -> Result<Page, StoreError> {
        let statement = Statement::new(Dialect::Sqlite, collection, key, &query);
        self.read(move |connection| list(connection, &statement, query.window))
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
            })
        };
        self.writer.write(write, changes).await.map(|_| ())
    }

    async fn update(&self, collection: &str, key: &str, edit: Edit) -> Result<Object, Refusal> {
        let (collection, key) = (collection.to_owned(), key.to_owned());
        let changes = self.changes.clone();
        let write = move |connection: &Connection| {
            let object = edit(&existing(connection, &collection, &key)?)?;
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

fn origin(connection: &Connection, collection: &str) -> rusqlite::Result<Option<Origin>> {
    connection
        .prepare_cached("SELECT key, seed FROM collections WHERE name = ?1")?
        .query_row([collection], |row| {
            Ok(Origin {
                key: row.get(0)?,
                seed: row.get(1)?,
            })
        })
        .optional()
}

/// Whether the collection holds nothing and never had a seed.
fn is_new(connection: &Connection, collection: &str) -> rusqlite::Result<bool> {
    let filled = "SELECT EXISTS (SELECT 1 FROM objects WHERE collection = ?1)
        OR EXISTS (SELECT 1 FROM collections WHERE name = ?1 AND seed <> '')";
    connection.query_row(filled, [collection], |row| {
        row.get(0).map(|filled: bool| !filled)
    })
}

fn list(connection: &Connection, statement: &Statement, window: Window) -> rusqlite::Result<Page> {
    // One transaction, or the count could be of another moment than the list.
    in_savepoint(connection, |connection| {
        let mut select = connection.prepare_cached(&statement.select)?;
        let rows = select.query_map(values(&statement.params), |row| row.get(0))?;
        let objects = rows.collect::<rusqlite::Result<Vec<String>>>()?;
        let total = if window == Window::All {
            objects.len() as u64
        } else {
            let mut count = connection.prepare_cached(&statement.count)?;
            let filters = statement.params.get(..statement.filters);
            let filters = values(filters.unwrap_or_default());
            count.query_row(filters, |row| row.get(0).map(i64::unsigned_abs))?
        };
        Ok(Page { objects, total })
    })
}

fn values(
    params: &[Param],
) -> rusqlite::ParamsFromIter<impl Iterator<Item = rusqlite::types::Value>> {
    use rusqlite::types::Value;
    rusqlite::params_from_iter(params.iter().map(|param| match param {
        Param::Text(text) => Value::Text(text.clone()),
        Param::Path(path) => {
            let names = path.iter().map(|name| format!(".\"{name}\""));
            Value::Text(format!("${}", names.collect::<String>()))
        }
        Param::Number(text) => match text.parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => text.parse().map_or(Value::Null, Value::Real),
        },
        Param::Count(count) => Value::Integer(i64::try_from(*count).unwrap_or(i64::MAX)),
    }))
}

fn document(
    connection: &Connection,
    collection: &str,
    key: &str,
) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT doc FROM objects WHERE collection = ?1 AND key = ?2")?
        .query_row([collection, key], |row| row.get(0))
        .optional()
}

fn existing(connection: &Connection, collection: &str, key: &str) -> Result<Object, Refusal> {
    let text = document(connection, collection, key).map_err(|error| failure(&error))?;
    let text = text.ok_or_else(|| Refusal::Unknown {
        collection: collection.to_owned(),
        key: key.to_owned(),
    })?;
    Ok(Object::stored(&text).map_err(|error| StoreError::Other(error.to_string()))?)
}

fn insert(
    connection: &Connection,
    collection: &str,
    key: &str,
    object: &Object,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO objects (collection, key, doc, words) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![collection, key, object.to_json(), object.words()])
        .map(|_| ())
}

fn named(path: &Path, error: &rusqlite::Error) -> StoreError {
    match failure(error) {
        StoreError::Gone(message) => StoreError::Gone(format!("{}: {message}", path.display())),
        other => other,
    }
}

/// What SQLite says, in the words of every store.
pub(super) fn failure(error: &rusqlite::Error) -> StoreError {
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(message),
        Some(ErrorCode::DiskFull) => StoreError::Full(message),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly(message),
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::NotFound,
        ) => StoreError::Gone(message),
        Some(ErrorCode::TooBig) => StoreError::Unfit(message),
        _ => StoreError::Other(message),
    }
}

//! SQLite in a file or in memory. One thread writes; readers have connections of their own.

mod failure;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::earth::Position;
use super::sql::Param;
pub(crate) use failure::failure;
use failure::named;
pub(crate) use writer::{Writer, in_savepoint};

/// How long a statement waits for another process before the database counts as locked.
const BUSY: Duration = Duration::from_secs(2);

/// Connections for reading that are kept; more are opened under load and closed again.
const KEPT_READERS: usize = 8;

/// A SQLite database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    /// Does all writes.
    pub(crate) writer: Writer,
    /// Nothing for a database in memory, which only the writer's connection sees.
    readers: Option<Arc<Readers>>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// The database in the file at `path`, with the tables of `schema`.
    pub(crate) fn file(path: &Path, schema: &str) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| StoreError::Gone(format!("{}: {error}", folder.display())))?;
        }
        let connection = Connection::open(path).map_err(|error| named(path, &error))?;
        // WAL lets readers go on while there is a write; FULL has each commit on the disk.
        prepare(
            &connection,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            schema,
        )
        .map_err(|error| named(path, &error))?;
        Ok(Self {
            writer: Writer::start(connection, Some(path))?,
            readers: Some(Arc::new(Readers {
                path: path.to_owned(),
                idle: Mutex::default(),
            })),
        })
    }

    /// A database that ends with the process.
    pub(crate) fn memory(schema: &str) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(|error| failure(&error))?;
        prepare(&connection, "", schema).map_err(|error| failure(&error))?;
        Ok(Self {
            writer: Writer::start(connection, None)?,
            readers: None,
        })
    }

    /// Reads, beside what is written.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let Some(readers) = self.readers.clone() else {
            return self.writer.read(work).await;
        };
        let done = tokio::task::spawn_blocking(move || readers.read(work)).await;
        done.unwrap_or_else(|error| Err(StoreError::Other(error.to_string()).into()))
    }
}

impl Readers {
    fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self
                .open()
                .map_err(|error| E::from(named(&self.path, &error)))?,
        };
        let result = work(&connection);
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

/// SQLite's own `lower` knows the letters of ASCII alone, and it has no sines.
fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("lower_case", 1, flags, |context| {
        let text: Option<String> = context.get(0)?;
        Ok(text.map(|text| text.to_lowercase()))
    })?;
    connection.create_scalar_function("metres", 3, flags, |context| {
        let place: Option<String> = context.get(0)?;
        let place = place.and_then(|place| serde_json::from_str(&place).ok());
        let place = place.as_ref().and_then(Position::of);
        let from = Position::new(context.get(1)?, context.get(2)?);
        Ok(place.zip(from).map(|(place, from)| from.metres_to(place)))
    })
}

/// Makes a connection ready, with the tables of `schema`.
pub(crate) fn prepare(
    connection: &Connection,
    pragmas: &str,
    schema: &str,
) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    add_functions(connection)?;
    connection.execute_batch(pragmas)?;
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {schema} COMMIT;"))
}

/// The values of a statement.
pub(crate) fn values(
    params: &[Param],
) -> rusqlite::ParamsFromIter<impl Iterator<Item = rusqlite::types::Value>> {
    use rusqlite::types::Value;
    rusqlite::params_from_iter(params.iter().map(|param| match param {
        Param::Text(text) => Value::Text(text.clone()),
        Param::Path(path) => Value::Text(json_path(path)),
        Param::Number(text) => match text.parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => text.parse().map_or(Value::Null, Value::Real),
        },
        Param::Count(count) => Value::Integer(i64::try_from(*count).unwrap_or(i64::MAX)),
    }))
}

/// A place in an object as SQLite writes it; no name in it has a quotation mark.
pub(crate) fn json_path(path: &[String]) -> String {
    let names = path.iter().map(|name| format!(".\"{name}\""));
    format!("${}", names.collect::<String>())
}

//! The thread that writes. What waits while it is at a transaction goes into the next one
//! together: many clients share one flush to the disk, and each is answered after it.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::failure::{failure, file_name};
use super::indexes::{self, Begun};
use crate::services::collections::error::Refusal;
use crate::services::collections::event::Change;
use crate::services::collections::query::Path;
use crate::services::collections::store::{Changes, StoreError};

/// Writes that wait; who comes then waits for a place.
const WAITING: usize = 1024;

/// The most writes in one transaction.
const BATCH: usize = 256;

/// What is done in a transaction, or told why there is none; the rest of it is done once the
/// transaction is on the disk, or not.
type Work = Box<dyn FnOnce(Result<&Connection, StoreError>) -> After + Send>;

/// Tells whoever waits, with the reason where the transaction came to nothing.
type After = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A handle on the thread; it ends with the last of them.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Work>,
}

impl Writer {
    /// Starts the thread on a connection, to the file at `path` if it is one.
    pub(super) fn start(
        connection: Connection,
        path: Option<&std::path::Path>,
    ) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel(WAITING);
        let file = path.map(File::of);
        thread::Builder::new()
            .name("collections".to_owned())
            .spawn(move || run(&connection, work, file.as_ref()))
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Self { queue })
    }

    /// Does `work`, and publishes what it changed once that is on the disk.
    pub(super) async fn write(
        &self,
        work: impl FnOnce(&Connection) -> Result<Change, Refusal> + Send + 'static,
        changes: Changes,
    ) -> Result<Arc<Change>, Refusal> {
        self.submit(move |connection| {
            let result = work(connection).map(Arc::new);
            (result, move |change: &Arc<Change>| {
                // Without listeners there is nobody to tell.
                let _ = changes.send(Arc::clone(change));
            })
        })
        .await
    }

    /// Does all of `work` or nothing of it.
    pub(super) async fn write_all(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.submit(move |connection| {
            let result = in_savepoint(connection, work).map_err(|error| failure(&error));
            (result, |_: &()| {})
        })
        .await
    }

    /// Does `work` on the writer's own connection, and publishes nothing.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.submit(move |connection| {
            let result = work(connection).map_err(|error| failure(&error));
            (result, |_: &T| {})
        })
        .await
    }

    /// Makes an index of a field, in parts.
    pub(super) async fn index(&self, collection: &str, path: Path) -> Result<Begun, StoreError> {
        let collection = collection.to_owned();
        let begun = self
            .run(move |connection| indexes::begin(connection, &collection, &path))
            .await?;
        if let Begun::New(id) = begun {
            let mut after = Some(i64::MIN);
            while let Some(last) = after {
                let part = move |connection: &Connection| indexes::extend(connection, id, last);
                after = self.run(part).await?;
            }
        }
        Ok(begun)
    }

    async fn submit<T, E, P>(
        &self,
        work: impl FnOnce(&Connection) -> (Result<T, E>, P) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        P: FnOnce(&T) + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let (result, publish) = match connection {
                Ok(connection) => {
                    let (result, publish) = work(connection);
                    (result, Some(publish))
                }
                Err(error) => (Err(E::from(error)), None),
            };
            Box::new(move |committed| {
                let result = match (result, committed) {
                    (Ok(value), Ok(())) => {
                        if let Some(publish) = publish {
                            publish(&value);
                        }
                        Ok(value)
                    }
                    (Ok(_), Err(error)) => Err(E::from(error)),
                    (Err(error), _) => Err(error),
                };
                // Whoever asked may have gone away; the write stands.
                let _ = reply.send(result);
            })
        });
        let stopped = || E::from(StoreError::Gone("its writer has stopped".to_owned()));
        self.queue.send(work).await.map_err(|_| stopped())?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }
}

/// Does all of `work` or nothing of it, inside of a transaction or by itself.
pub(super) fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT one")?;
    let result = work(connection);
    connection.execute_batch(match result {
        Ok(_) => "RELEASE one",
        Err(_) => "ROLLBACK TO one; RELEASE one",
    })?;
    result
}

fn run(connection: &Connection, mut queue: mpsc::Receiver<Work>, file: Option<&File>) {
    while let Some(first) = queue.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(work) = queue.try_recv()
        {
            batch.push(work);
        }
        transaction(connection, batch, file);
    }
}

fn transaction(connection: &Connection, batch: Vec<Work>, file: Option<&File>) {
    let begun = match file {
        Some(file) => file.is_there(),
        None => Ok(()),
    };
    let begun = begun.and_then(|()| {
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|error| failure(&error))
    });
    let mut after = Vec::with_capacity(batch.len());
    let mut committed = begun;
    for work in batch {
        // Without a transaction each statement would be one of its own, and stay.
        if committed.is_ok() && connection.is_autocommit() {
            let lost = "a write of the same transaction failed".to_owned();
            committed = Err(StoreError::Locked(lost));
        }
        after.push(work(match &committed {
            Ok(()) => Ok(connection),
            Err(error) => Err(error.clone()),
        }));
    }
    if committed.is_ok() {
        committed = connection
            .execute_batch("COMMIT")
            .map_err(|error| failure(&error));
    }
    if !connection.is_autocommit() {
        // What cannot be rolled back was not committed either.
        let _ = connection.execute_batch("ROLLBACK");
    }
    for tell in after {
        tell(committed.clone());
    }
}

/// Which file the connection is to. One that was removed or replaced takes writes that nobody
/// would find again.
#[derive(Debug)]
struct File {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl File {
    fn of(path: &std::path::Path) -> Self {
        Self {
            path: path.to_owned(),
            identity: identity(path),
        }
    }

    fn is_there(&self) -> Result<(), StoreError> {
        if identity(&self.path) == self.identity {
            return Ok(());
        }
        let path = file_name(&self.path);
        Err(StoreError::Gone(format!("{path} was removed or replaced")))
    }
}

#[cfg(unix)]
fn identity(path: &std::path::Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn identity(_: &std::path::Path) -> Option<(u64, u64)> {
    None
}

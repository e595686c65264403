//! The thread that writes. What waits while it is at a transaction goes into the next one
//! together: many clients share one flush to the disk, and each is answered after it.

use std::path::{Path, PathBuf};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::failure::{failure, file_name};
use crate::database::StoreError;

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
pub(crate) struct Writer {
    queue: mpsc::Sender<Work>,
}

impl Writer {
    /// Starts the thread on a connection, to the file at `path` if it is one.
    pub(super) fn start(connection: Connection, path: Option<&Path>) -> Result<Self, StoreError> {
        let (queue, work) = mpsc::channel(WAITING);
        let file = path.map(File::of);
        thread::Builder::new()
            .name("database".to_owned())
            .spawn(move || run(&connection, work, file.as_ref()))
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Self { queue })
    }

    /// Does `work`, and publishes what came of it once that is on the disk: in the order of the
    /// commits.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        publish: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit(move |connection| (work(connection), publish))
            .await
    }

    /// Does all of `work` or nothing of it.
    pub(crate) async fn write_all(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.submit(move |connection| {
            let work = |connection: &Connection| work(connection).map_err(|error| failure(&error));
            let result: Result<(), StoreError> = in_savepoint(connection, work);
            (result, |_: &()| {})
        })
        .await
    }

    /// Reads on the writer's own connection.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit(move |connection| (work(connection), |_: &T| {}))
            .await
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
pub(crate) fn in_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let execute = |statement| {
        let done = connection.execute_batch(statement);
        done.map_err(|error| E::from(failure(&error)))
    };
    execute("SAVEPOINT one")?;
    let result = work(connection);
    execute(match result {
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
    fn of(path: &Path) -> Self {
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
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

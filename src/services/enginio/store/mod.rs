//! Where objects, rights, accounts and tokens are kept. Each operation is one transaction, written
//! once for both databases: SQLite's statements are done as soon as they are asked for, on the
//! thread that writes or on a reader's, PostgreSQL's are waited for on a thread of their own.
//!
//! A write is on the disk before it is answered, and told of after that, in the order of the
//! commits. Writes come one after the other: what a write has read is still so when it writes.

mod schema;
mod transaction;

use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
#[cfg(feature = "postgres")]
use tokio::sync::Mutex;

use super::change::Change;
use super::error::Refusal;
use crate::database::sqlite::{Sqlite, in_savepoint};
use crate::database::{Location, StoreError};
pub(super) use transaction::Tx;

/// What hears of what is on the disk.
pub(super) type Tell = Arc<dyn Fn(&Effects) + Send + Sync>;

/// What a write leads to beside its answer.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// What changed, in its order.
    pub changes: Vec<Change>,
    /// Files whose content nobody needs any more.
    pub dropped: Vec<DroppedFile>,
    /// Users whose tokens are no good any more, by id.
    pub ended: Vec<String>,
}

/// The content of a file that nobody needs any more.
#[derive(Debug)]
pub(super) struct DroppedFile {
    pub id: String,
    /// The names of its variants.
    pub variants: Vec<String>,
}

/// The database.
pub(super) struct Store {
    database: Database,
    tell: Tell,
}

enum Database {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Arc<Shared>),
}

/// A database that other processes may write to as well.
#[cfg(feature = "postgres")]
struct Shared {
    database: crate::database::postgres::Postgres,
    /// Held from the beginning of a write until it is told of.
    order: Mutex<()>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Store")
    }
}

impl Store {
    /// The database at `location`, in `folder` where that is a file.
    pub(super) async fn open(
        location: &Location,
        folder: &Path,
        tell: Tell,
    ) -> Result<Self, StoreError> {
        let database = match location {
            Location::File(_) => {
                Database::Sqlite(Sqlite::file(&folder.join("objects.db"), schema::SQLITE)?)
            }
            Location::Memory => Database::Sqlite(Sqlite::memory(schema::SQLITE)?),
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let database = crate::database::postgres::Postgres::connect(url, schema::POSTGRES);
                Database::Postgres(Arc::new(Shared {
                    database: database.await?,
                    order: Mutex::default(),
                }))
            }
            // No such location gets past the configuration.
            #[cfg(not(feature = "postgres"))]
            Location::Postgres(_) => {
                let message = "this qmlserve is built without the feature \"postgres\"";
                return Err(StoreError::Gone(message.to_owned()));
            }
        };
        Ok(Self { database, tell })
    }

    /// Reads, all of it at one moment.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        match &self.database {
            Database::Sqlite(sqlite) => {
                let read = move |connection: &rusqlite::Connection| {
                    in_savepoint(connection, |connection| {
                        at_once(work(&Tx::sqlite(connection)))
                    })
                };
                sqlite.read(read).await
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(shared) => {
                let shared = Arc::clone(shared);
                aside(async move || shared.read(work).await).await
            }
        }
    }

    /// Writes: all of it or nothing.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let tell = Arc::clone(&self.tell);
        let publish = move |(_, effects): &(T, Effects)| tell(effects);
        let done = match &self.database {
            Database::Sqlite(sqlite) => {
                let write = move |connection: &rusqlite::Connection| {
                    in_savepoint(connection, |connection| {
                        let tx = Tx::sqlite(connection);
                        let value = at_once(work(&tx))?;
                        Ok((value, tx.into_effects()))
                    })
                };
                sqlite.writer.write(write, publish).await
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(shared) => {
                let shared = Arc::clone(shared);
                aside(async move || shared.write(work, publish).await).await
            }
        };
        done.map(|(value, _)| value)
    }
}

/// What a future comes to that never has to wait.
fn at_once<T>(work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    work.now_or_never().unwrap_or(Err(Refusal::Failed))
}

/// Does `work` on a thread of its own, where what it does with answers of the database holds
/// nobody up.
#[cfg(feature = "postgres")]
async fn aside<T: Send + 'static>(
    work: impl AsyncFnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let handle = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || handle.block_on(work())).await;
    // It fails where the work panics, or the server ends.
    done.unwrap_or(Err(Refusal::Failed))
}

#[cfg(feature = "postgres")]
mod shared {
    use tokio::time::{Instant, timeout_at};
    use tokio_postgres::IsolationLevel;

    use super::{Effects, Refusal, Shared, StoreError, Tx};
    use crate::database::postgres::{PATIENCE, answered, failure, late};

    /// Any number that other programs do not use for their advisory locks: held by a write, so
    /// that those of other processes wait.
    const WRITE_LOCK: &str = "SELECT pg_advisory_xact_lock(8153902174466)";

    impl Shared {
        pub(super) async fn read<T>(
            &self,
            work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, Refusal>,
        ) -> Result<T, Refusal> {
            let deadline = Instant::now() + PATIENCE;
            let mut client = self.database.client_until(deadline).await?;
            let done = async {
                let transaction = client
                    .build_transaction()
                    .isolation_level(IsolationLevel::RepeatableRead)
                    .read_only(true)
                    .start()
                    .await
                    .map_err(failure)?;
                let tx = Tx::postgres(&transaction);
                let value = work(&tx).await?;
                drop(tx);
                transaction.commit().await.map_err(failure)?;
                Ok(value)
            };
            let done = timeout_at(deadline, done).await;
            answered(client, done, late())
        }

        pub(super) async fn write<T>(
            &self,
            work: impl AsyncFnOnce(&Tx<'_>) -> Result<T, Refusal>,
            publish: impl FnOnce(&(T, Effects)),
        ) -> Result<(T, Effects), Refusal> {
            let deadline = Instant::now() + PATIENCE;
            let order = timeout_at(deadline, self.order.lock()).await;
            let _order = order.map_err(|_| late())?;
            let mut client = self.database.client_until(deadline).await?;
            let done = async {
                let transaction = client.transaction().await.map_err(failure)?;
                transaction
                    .batch_execute(WRITE_LOCK)
                    .await
                    .map_err(failure)?;
                let tx = Tx::postgres(&transaction);
                let value = work(&tx).await?;
                let effects = tx.into_effects();
                transaction.commit().await.map_err(failure)?;
                Ok((value, effects))
            };
            let done = timeout_at(deadline, done).await;
            let done: Result<_, Refusal> = answered(client, done, StoreError::Unanswered);
            let done = done?;
            publish(&done);
            Ok(done)
        }
    }
}

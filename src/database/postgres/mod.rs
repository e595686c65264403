//! PostgreSQL: its connections, and how long anything may take. It gathers commits by itself.

mod failure;

use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object as Connection, Pool, PoolError,
    RecyclingMethod, Runtime,
};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use super::StoreError;
use super::sql::Param;
use failure::chain;
pub(crate) use failure::failure;

/// The most connections to the database; requests beyond wait for one.
const CONNECTIONS: usize = 16;

/// How long a request waits for a connection and for what it asks, together, before the database
/// counts as gone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Any number that other programs do not use for their advisory locks. Held while tables are made.
pub(crate) const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(8153902174465)";

/// A PostgreSQL database.
#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// The database at `url`, with the tables of `schema`.
    pub(crate) async fn connect(url: &str, schema: &str) -> Result<Self, StoreError> {
        let mut config: Config = url
            .parse()
            .map_err(|error: tokio_postgres::Error| StoreError::Gone(chain(&error)))?;
        if config.get_ssl_mode() == SslMode::Require {
            let message = "sslmode=require is not supported; use a tunnel, or sslmode=disable";
            return Err(StoreError::Gone(message.to_owned()));
        }
        config.application_name("qmlserve");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            // Whatever the role or the database sets: an answered write is on the disk.
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    let setting = "SET synchronous_commit = on; SET lock_timeout = '2s'";
                    let set = client.batch_execute(setting).await;
                    set.map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let database = Self { pool };
        let mut client = database.client().await?;
        let transaction = client.transaction().await.map_err(failure)?;
        // Two servers that start at once would both create the tables.
        transaction
            .batch_execute(SCHEMA_LOCK)
            .await
            .map_err(failure)?;
        transaction.batch_execute(schema).await.map_err(failure)?;
        transaction.commit().await.map_err(failure)?;
        drop(client);
        Ok(database)
    }

    /// A connection.
    pub(crate) async fn client(&self) -> Result<Connection, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => failure(error),
            PoolError::Timeout(_) => late(),
            other => StoreError::Gone(other.to_string()),
        })
    }

    /// A connection until then, for [`answered`] to give back.
    pub(crate) async fn client_until(&self, deadline: Instant) -> Result<Connection, StoreError> {
        let client = timeout_at(deadline, self.client()).await;
        client.unwrap_or_else(|_| Err(late()))
    }
}

/// That it took too long.
pub(crate) fn late() -> StoreError {
    StoreError::Gone("it does not answer in time".to_owned())
}

/// What became of something that was asked by way of `client`, or `late` if there is no answer.
pub(crate) fn answered<T, E: From<StoreError>>(
    client: Connection,
    done: Result<Result<T, E>, Elapsed>,
    late: StoreError,
) -> Result<T, E> {
    done.unwrap_or_else(|_| {
        // An answer may still come, so that nobody else gets this connection: it is closed.
        drop(Connection::take(client));
        Err(late.into())
    })
}

/// The values of a statement.
pub(crate) fn values(params: &[Param]) -> Vec<Box<dyn ToSql + Sync + Send>> {
    let value = |param: &Param| -> Box<dyn ToSql + Sync + Send> {
        match param {
            Param::Text(text) | Param::Number(text) => Box::new(text.clone()),
            Param::Path(path) => Box::new(path.clone()),
            Param::Count(count) => Box::new(i64::try_from(*count).unwrap_or(i64::MAX)),
        }
    };
    params.iter().map(value).collect()
}

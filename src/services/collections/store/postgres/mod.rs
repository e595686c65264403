//! PostgreSQL, for those who outgrow one machine or share data. It gathers commits by itself, so
//! each write is a transaction of its own.

mod failure;
mod values;

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{
    GenericClient, Hook, HookError, Manager, ManagerConfig, Object as Connection, Pool, PoolError,
    RecyclingMethod, Runtime,
};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, IsolationLevel, NoTls};

use super::{Changes, Edit, Keyed, Origin, Page, Store, StoreError};
use crate::services::collections::error::Refusal;
use crate::services::collections::event::{Change, Event};
use crate::services::collections::object::Object;
use crate::services::collections::query::sql::{Dialect, Statement};
use crate::services::collections::query::{Query, Window};
use failure::{chain, failure};
use values::{Texts, stored, texts, values};

/// The most connections to the database; requests beyond wait for one.
const CONNECTIONS: usize = 16;

/// How long a request waits for a connection before the database counts as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Objects whose writes wait for each other, by the hash of their key: so that two writes to one
/// object are published in the order in which they were committed.
const LANES: usize = 64;

/// Any number that other programs do not use for their advisory locks.
const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(8153902174465)";

/// `seq` is the order in which objects were created. `body` is the object as it was written,
/// `doc` the same to search in, `words` what a full-text search looks at.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS qmlserve_collections (
        name text PRIMARY KEY,
        key text NOT NULL,
        seed text NOT NULL
    );
    CREATE TABLE IF NOT EXISTS qmlserve_objects (
        seq bigserial,
        collection text NOT NULL,
        key text NOT NULL,
        body text NOT NULL,
        doc jsonb NOT NULL,
        words text NOT NULL,
        PRIMARY KEY (collection, key)
    );
    CREATE INDEX IF NOT EXISTS qmlserve_objects_in_order ON qmlserve_objects (collection, seq);
";

const INSERT: &str = "
    INSERT INTO qmlserve_objects (collection, key, body, doc, words)
    VALUES ($1, $2, $3, $4::text::jsonb, $5)";

/// A PostgreSQL database.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool,
    changes: Changes,
    lanes: [Mutex<()>; LANES],
}

impl Postgres {
    /// The database at `url`.
    pub(super) async fn connect(url: &str, changes: Changes) -> Result<Self, StoreError> {
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
        let store = Self {
            pool,
            changes,
            lanes: std::array::from_fn(|_| Mutex::default()),
        };
        let mut client = store.client().await?;
        let transaction = client.transaction().await.map_err(failure)?;
        // Two servers that start at once would both create the tables.
        transaction
            .batch_execute(SCHEMA_LOCK)
            .await
            .map_err(failure)?;
        transaction.batch_execute(SCHEMA).await.map_err(failure)?;
        transaction.commit().await.map_err(failure)?;
        drop(client);
        Ok(store)
    }

    async fn client(&self) -> Result<Connection, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => failure(error),
            PoolError::Timeout(_) => StoreError::Gone("it does not answer in time".to_owned()),
            other => StoreError::Gone(other.to_string()),
        })
    }

    async fn lane(&self, collection: &str, key: &str) -> Option<MutexGuard<'_, ()>> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((collection, key));
        let lane = usize::try_from(hash % LANES as u64).unwrap_or_default();
        Some(self.lanes.get(lane)?.lock().await)
    }

    fn publish(
        &self,
        collection: &str,
        event: Event,
        key: &str,
        object: Object,
        before: Option<Object>,
    ) {
        // Without listeners there is nobody to tell.
        let _ = self.changes.send(Arc::new(Change {
            collection: collection.to_owned(),
            event,
            key: key.to_owned(),
            object,
            before,
        }));
    }
}

#[async_trait]
impl Store for Postgres {
    async fn origin(&self, collection: &str) -> Result<Option<Origin>, StoreError> {
        origin(&self.client().await?, collection).await
    }

    async fn list(&self, collection: &str, key: &str, query: Query) -> Result<Page, StoreError> {
        let statement = Statement::new(Dialect::Postgres, collection, key, &query);
        let values = values(&statement.params);
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as _).collect();
        let mut client = self.client().await?;
        if query.window == Window::All {
            let select = client
                .prepare_cached(&statement.select)
                .await
                .map_err(failure)?;
            let rows = client.query(&select, &values).await.map_err(failure)?;
            let objects = texts(&rows)?;
            let total = objects.len() as u64;
            return Ok(Page { objects, total });
        }
        // One transaction, or the count could be of another moment than the list.
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(failure)?;
        let select = transaction
            .prepare_cached(&statement.select)
            .await
            .map_err(failure)?;
        let count = transaction
            .prepare_cached(&statement.count)
            .await
            .map_err(failure)?;
        let filters = values.get(..statement.filters).unwrap_or_default();
        let (rows, count) = tokio::try_join!(
            transaction.query(&select, &values),
            transaction.query_one(&count, filters),
        )
        .map_err(failure)?;
        transaction.commit().await.map_err(failure)?;
        let total: i64 = count.try_get(0).map_err(failure)?;
        Ok(Page {
            objects: texts(&rows)?,
            total: total.unsigned_abs(),
        })
    }

    async fn get(&self, collection: &str, key: &str) -> Result<Option<String>, StoreError> {
        let client = self.client().await?;
        let select = "SELECT body FROM qmlserve_objects WHERE collection = $1 AND key = $2";
        let select = client.prepare_cached(select).await.map_err(failure)?;
        let row = client
            .query_opt(&select, &[&collection, &key])
            .await
            .map_err(failure)?;
        row.map(|row| row.try_get(0)).transpose().map_err(failure)
    }

    async fn create(&self, collection: &str, (key, object): Keyed) -> Result<(), Refusal> {
        let _lane = self.lane(collection, &key).await;
        let client = self.client().await?;
        let insert = client.prepare_cached(INSERT).await.map_err(failure)?;
        let Texts { body, doc, words } = Texts::of(&object);
        match client
            .execute(&insert, &[&collection, &key, &body, &doc, &words])
            .await
        {
            Ok(_) => {
                self.publish(collection, Event::Create, &key, object, None);
                Ok(())
            }
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                let collection = collection.to_owned();
                Err(Refusal::Duplicate { collection, key })
            }
            Err(error) => Err(failure(error).into()),
        }
    }

    async fn update(&self, collection: &str, key: &str, edit: Edit) -> Result<Object, Refusal> {
        let _lane = self.lane(collection, key).await;
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(failure)?;
        let select =
            "SELECT body FROM qmlserve_objects WHERE collection = $1 AND key = $2 FOR UPDATE";
        let select = transaction.prepare_cached(select).await.map_err(failure)?;
        let row = transaction
            .query_opt(&select, &[&collection, &key])
            .await
            .map_err(failure)?;
        let before = stored(row.as_ref(), collection, key)?;
        let object = edit(&before)?;
        let update = "UPDATE qmlserve_objects SET body = $3, doc = $4::text::jsonb, words = $5
            WHERE collection = $1 AND key = $2";
        let update = transaction.prepare_cached(update).await.map_err(failure)?;
        let Texts { body, doc, words } = Texts::of(&object);
        let values: [&(dyn ToSql + Sync); 5] = [&collection, &key, &body, &doc, &words];
        transaction
            .execute(&update, &values)
            .await
            .map_err(failure)?;
        transaction.commit().await.map_err(failure)?;
        self.publish(collection, Event::Update, key, object.clone(), Some(before));
        Ok(object)
    }

    async fn delete(&self, collection: &str, key: &str) -> Result<bool, Refusal> {
        let _lane = self.lane(collection, key).await;
        let client = self.client().await?;
        let delete =
            "DELETE FROM qmlserve_objects WHERE collection = $1 AND key = $2 RETURNING body";
        let delete = client.prepare_cached(delete).await.map_err(failure)?;
        let row = client
            .query_opt(&delete, &[&collection, &key])
            .await
            .map_err(failure)?;
        match stored(row.as_ref(), collection, key) {
            Ok(object) => {
                self.publish(collection, Event::Delete, key, object, None);
                Ok(true)
            }
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
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(failure)?;
        // Whoever fills the same collection meanwhile waits, and then finds it filled.
        transaction
            .batch_execute(SCHEMA_LOCK)
            .await
            .map_err(failure)?;
        if once && !is_new(&transaction, collection).await? {
            return Ok(());
        }
        let delete = "DELETE FROM qmlserve_objects WHERE collection = $1";
        transaction
            .execute(delete, &[&collection])
            .await
            .map_err(failure)?;
        let insert = transaction.prepare_cached(INSERT).await.map_err(failure)?;
        for (key, object) in &objects {
            let Texts { body, doc, words } = Texts::of(object);
            let values: [&(dyn ToSql + Sync); 5] = [&collection, key, &body, &doc, &words];
            transaction
                .execute(&insert, &values)
                .await
                .map_err(failure)?;
        }
        let note = "INSERT INTO qmlserve_collections (name, key, seed) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET key = excluded.key, seed = excluded.seed";
        let values: [&(dyn ToSql + Sync); 3] = [&collection, &new.key, &new.seed];
        transaction.execute(note, &values).await.map_err(failure)?;
        transaction.commit().await.map_err(failure)
    }
}

async fn origin(
    client: &impl GenericClient,
    collection: &str,
) -> Result<Option<Origin>, StoreError> {
    let select = "SELECT key, seed FROM qmlserve_collections WHERE name = $1";
    let row = client
        .query_opt(select, &[&collection])
        .await
        .map_err(failure)?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Origin {
        key: row.try_get(0).map_err(failure)?,
        seed: row.try_get(1).map_err(failure)?,
    }))
}

/// Whether the collection holds nothing and never had a seed.
async fn is_new(client: &impl GenericClient, collection: &str) -> Result<bool, StoreError> {
    let filled = "SELECT EXISTS (SELECT 1 FROM qmlserve_objects WHERE collection = $1)
        OR EXISTS (SELECT 1 FROM qmlserve_collections WHERE name = $1 AND seed <> '')";
    let row = client
        .query_one(filled, &[&collection])
        .await
        .map_err(failure)?;
    row.try_get(0).map(|filled: bool| !filled).map_err(failure)
}

//! Collections in PostgreSQL, for those who outgrow one machine or share data. Each write is a
//! transaction of its own.

mod statements;
mod values;

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::GenericClient;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::types::ToSql;

use super::{Changes, Edit, Keyed, Origin, Page, Store, StoreError};
use crate::database::postgres::{self, PATIENCE, SCHEMA_LOCK, answered, failure, late};
use crate::services::collections::aside::aside;
use crate::services::collections::error::Refusal;
use crate::services::collections::event::{Change, Event};
use crate::services::collections::object::Object;
use crate::services::collections::query::sql::Statement;
use crate::services::collections::query::{Path, Query};
use statements::{INSERT, change, document, has_field, insert, page, remove};
use values::Texts;

/// Objects whose writes wait for each other, by the hash of their key: so that two writes to one
/// object are published in the order in which they were committed.
const LANES: usize = 64;

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

/// A PostgreSQL database.
#[derive(Debug)]
pub(super) struct Postgres {
    database: postgres::Postgres,
    changes: Changes,
    lanes: [Mutex<()>; LANES],
}

impl Postgres {
    /// The database at `url`.
    pub(super) async fn connect(url: &str, changes: Changes) -> Result<Self, StoreError> {
        Ok(Self {
            database: postgres::Postgres::connect(url, SCHEMA).await?,
            changes,
            lanes: std::array::from_fn(|_| Mutex::default()),
        })
    }

    async fn lane(
        &self,
        collection: &str,
        key: &str,
        deadline: Instant,
    ) -> Result<Option<MutexGuard<'_, ()>>, StoreError> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((collection, key));
        let lane = usize::try_from(hash % LANES as u64).unwrap_or_default();
        let Some(lane) = self.lanes.get(lane) else {
            return Ok(None);
        };
        let lane = timeout_at(deadline, lane.lock()).await;
        lane.map(Some).map_err(|_| late())
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
        origin(&self.database.client().await?, collection).await
    }

    async fn list(&self, collection: &str, key: &str, query: Query) -> Result<Page, StoreError> {
        let statement = Statement::new(collection, key, &query);
        let deadline = Instant::now() + PATIENCE;
        let mut client = self.database.client_until(deadline).await?;
        let done = timeout_at(deadline, page(&mut client, &statement, query.window)).await;
        answered(client, done, late())
    }

    async fn has_field(&self, collection: &str, path: &Path) -> Result<bool, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        let client = self.database.client_until(deadline).await?;
        let done = timeout_at(deadline, has_field(&client, collection, path)).await;
        answered(client, done, late())
    }

    async fn get(&self, collection: &str, key: &str) -> Result<Option<String>, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        let client = self.database.client_until(deadline).await?;
        let done = timeout_at(deadline, document(&client, collection, key)).await;
        answered(client, done, late())
    }

    async fn create(&self, collection: &str, (key, object): Keyed) -> Result<(), Refusal> {
        let deadline = Instant::now() + PATIENCE;
        let _lane = self.lane(collection, &key, deadline).await?;
        let (object, texts) = aside(usize::MAX, move || {
            let texts = Texts::of(&object);
            Ok((object, texts))
        })
        .await?;
        let client = self.database.client_until(deadline).await?;
        let done = timeout_at(deadline, insert(&client, collection, &key, &texts)).await;
        answered(client, done, StoreError::Unanswered)?;
        self.publish(collection, Event::Create, &key, object, None);
        Ok(())
    }

    async fn update(&self, collection: &str, key: &str, edit: Edit) -> Result<Object, Refusal> {
        let deadline = Instant::now() + PATIENCE;
        let _lane = self.lane(collection, key, deadline).await?;
        let mut client = self.database.client_until(deadline).await?;
        let done = timeout_at(deadline, change(&mut client, collection, key, edit)).await;
        let (before, object) = answered(client, done, StoreError::Unanswered)?;
        self.publish(collection, Event::Update, key, object.clone(), Some(before));
        Ok(object)
    }

    async fn delete(&self, collection: &str, key: &str) -> Result<bool, Refusal> {
        let deadline = Instant::now() + PATIENCE;
        let _lane = self.lane(collection, key, deadline).await?;
        let client = self.database.client_until(deadline).await?;
        let done = timeout_at(deadline, remove(&client, collection, key)).await;
        match answered(client, done, StoreError::Unanswered) {
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
        let mut client = self.database.client().await?;
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

//! What is asked of PostgreSQL by one request, by way of one connection.

use deadpool_postgres::{GenericClient as _, Object as Connection};
use tokio_postgres::IsolationLevel;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::values::{Texts, stored, texts};
use crate::database::postgres::{failure, values};
use crate::services::collections::aside::aside;
use crate::services::collections::error::Refusal;
use crate::services::collections::object::Object;
use crate::services::collections::query::Window;
use crate::services::collections::query::sql::Statement;
use crate::services::collections::store::{Edit, Page, StoreError};

pub(super) const INSERT: &str = "
    INSERT INTO qmlserve_objects (collection, key, body, doc, words)
    VALUES ($1, $2, $3, $4::text::jsonb, $5)";

/// A page of a collection.
pub(super) async fn page(
    client: &mut Connection,
    statement: &Statement,
    window: Window,
) -> Result<Page, StoreError> {
    let values = values(&statement.params);
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as _).collect();
    if window == Window::All {
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

/// Whether some object has this field.
pub(super) async fn has_field(
    client: &Connection,
    collection: &str,
    path: &[String],
) -> Result<bool, StoreError> {
    let has = "SELECT EXISTS (SELECT 1 FROM qmlserve_objects
        WHERE collection = $1 AND doc #> $2::text[] IS NOT NULL)";
    let has = client.prepare_cached(has).await.map_err(failure)?;
    let row = client
        .query_one(&has, &[&collection, &path])
        .await
        .map_err(failure)?;
    row.try_get(0).map_err(failure)
}

/// The object of this key, as JSON.
pub(super) async fn document(
    client: &Connection,
    collection: &str,
    key: &str,
) -> Result<Option<String>, StoreError> {
    let select = "SELECT body FROM qmlserve_objects WHERE collection = $1 AND key = $2";
    let select = client.prepare_cached(select).await.map_err(failure)?;
    let row = client
        .query_opt(&select, &[&collection, &key])
        .await
        .map_err(failure)?;
    row.map(|row| row.try_get(0)).transpose().map_err(failure)
}

/// Adds an object.
pub(super) async fn insert(
    client: &Connection,
    collection: &str,
    key: &str,
    Texts { body, doc, words }: &Texts,
) -> Result<(), Refusal> {
    let insert = client.prepare_cached(INSERT).await.map_err(failure)?;
    let values: [&(dyn ToSql + Sync); 5] = [&collection, &key, body, doc, words];
    match client.execute(&insert, &values).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            let (collection, key) = (collection.to_owned(), key.to_owned());
            Err(Refusal::Duplicate { collection, key })
        }
        Err(error) => Err(failure(error).into()),
    }
}

/// Puts `edit` of the object of this key in its place, and tells both.
pub(super) async fn change(
    client: &mut Connection,
    collection: &str,
    key: &str,
    edit: Edit,
) -> Result<(Object, Object), Refusal> {
    let transaction = client.transaction().await.map_err(failure)?;
    let select = "SELECT body FROM qmlserve_objects WHERE collection = $1 AND key = $2 FOR UPDATE";
    let select = transaction.prepare_cached(select).await.map_err(failure)?;
    let row = transaction
        .query_opt(&select, &[&collection, &key])
        .await
        .map_err(failure)?;
    let before = stored(row.as_ref(), collection, key)?;
    let (before, object, texts) = aside(usize::MAX, move || {
        let object = edit(&before)?;
        let texts = Texts::of(&object);
        Ok((before, object, texts))
    })
    .await?;
    let update = "UPDATE qmlserve_objects SET body = $3, doc = $4::text::jsonb, words = $5
        WHERE collection = $1 AND key = $2";
    let update = transaction.prepare_cached(update).await.map_err(failure)?;
    let Texts { body, doc, words } = texts;
    let values: [&(dyn ToSql + Sync); 5] = [&collection, &key, &body, &doc, &words];
    transaction
        .execute(&update, &values)
        .await
        .map_err(failure)?;
    transaction.commit().await.map_err(failure)?;
    Ok((before, object))
}

/// Removes the object of this key, and tells what it was.
pub(super) async fn remove(
    client: &Connection,
    collection: &str,
    key: &str,
) -> Result<Object, Refusal> {
    let delete = "DELETE FROM qmlserve_objects WHERE collection = $1 AND key = $2 RETURNING body";
    let delete = client.prepare_cached(delete).await.map_err(failure)?;
    let row = client
        .query_opt(&delete, &[&collection, &key])
        .await
        .map_err(failure)?;
    stored(row.as_ref(), collection, key)
}

//! The tables, and what is asked of them, on whichever connection.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::database::sqlite::{failure, json_path};
use crate::services::collections::error::Refusal;
use crate::services::collections::object::Object;
use crate::services::collections::store::{Origin, StoreError};

/// `objects.seq` is the order in which objects were created. `doc` is the object as it was
/// written, `words` what a full-text search looks at.
pub(super) const SCHEMA: &str = "
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

/// What is known about the collection.
pub(super) fn origin(
    connection: &Connection,
    collection: &str,
) -> rusqlite::Result<Option<Origin>> {
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
pub(super) fn is_new(connection: &Connection, collection: &str) -> rusqlite::Result<bool> {
    let filled = "SELECT EXISTS (SELECT 1 FROM objects WHERE collection = ?1)
        OR EXISTS (SELECT 1 FROM collections WHERE name = ?1 AND seed <> '')";
    connection.query_row(filled, [collection], |row| {
        row.get(0).map(|filled: bool| !filled)
    })
}

/// Whether some object has this field.
pub(super) fn has_field(
    connection: &Connection,
    collection: &str,
    path: &[String],
) -> rusqlite::Result<bool> {
    let has = "SELECT EXISTS (SELECT 1 FROM objects
        WHERE collection = ?1 AND json_type(doc, ?2) IS NOT NULL)";
    connection
        .prepare_cached(has)?
        .query_row([collection, &json_path(path)], |row| row.get(0))
}

/// The object of this key, as JSON.
pub(super) fn document(
    connection: &Connection,
    collection: &str,
    key: &str,
) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT doc FROM objects WHERE collection = ?1 AND key = ?2")?
        .query_row([collection, key], |row| row.get(0))
        .optional()
}

/// The object of this key; a refusal, if there is none.
pub(super) fn existing(
    connection: &Connection,
    collection: &str,
    key: &str,
) -> Result<Object, Refusal> {
    let text = document(connection, collection, key).map_err(|error| failure(&error))?;
    let text = text.ok_or_else(|| Refusal::Unknown {
        collection: collection.to_owned(),
        key: key.to_owned(),
    })?;
    Ok(Object::stored(&text).map_err(|error| StoreError::Other(error.to_string()))?)
}

/// Adds an object.
pub(super) fn insert(
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

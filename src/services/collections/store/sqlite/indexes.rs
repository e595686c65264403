//! Indexes over fields, which make themselves: their entries are kept by triggers, so that
//! whoever writes to the file keeps them, and their fields are values, never text of a statement.
//!
//! Never an index that is not whole: it counts from when its last part is there.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::database::StoreError;
use crate::database::sqlite::{Writer, failure, json_path};
use crate::services::collections::query::Path;
use crate::services::collections::query::sql::Index;

/// The most indexes of a collection: each write of an object writes an entry of each.
const MOST: u32 = 8;

/// Collections with fewer objects are looked through as fast.
const FEWEST: u32 = 300;

/// Objects that are entered in one transaction: other writes come in between.
const PART: u32 = 2_000;

/// What the field `path` is in `doc`: a number, a text, or a blob where it is neither. It has to be
/// what the statements of lists make of a field.
macro_rules! value {
    ($doc:literal) => {
        concat!(
            "CASE json_type(",
            $doc,
            ", path) WHEN 'integer' THEN json_extract(",
            $doc,
            ", path) ",
            "WHEN 'real' THEN json_extract(",
            $doc,
            ", path) ",
            "WHEN 'text' THEN json_extract(",
            $doc,
            ", path) ",
            "WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE x'' END"
        )
    };
}

/// `states` has another number after each write to a collection. Another release of SQLite may
/// read a number as another one, so that its entries are not trusted; a part of an index that was
/// not finished is begun anew.
pub(super) const SCHEMA: &str = concat!(
    "CREATE TABLE IF NOT EXISTS states (
        collection TEXT PRIMARY KEY,
        state INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS indexes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL,
        path TEXT NOT NULL,
        maker TEXT NOT NULL,
        whole INTEGER NOT NULL,
        UNIQUE (collection, path)
    );
    CREATE TABLE IF NOT EXISTS entries (
        field INTEGER NOT NULL,
        value NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (field, value, seq)
    ) WITHOUT ROWID;
    CREATE TRIGGER IF NOT EXISTS object_created AFTER INSERT ON objects BEGIN
        INSERT INTO states VALUES (new.collection, random())
            ON CONFLICT DO UPDATE SET state = random();
        INSERT OR IGNORE INTO entries SELECT id, ",
    value!("new.doc"),
    ", new.seq
            FROM indexes WHERE collection = new.collection;
    END;
    CREATE TRIGGER IF NOT EXISTS object_changed AFTER UPDATE OF doc ON objects BEGIN
        INSERT INTO states VALUES (new.collection, random())
            ON CONFLICT DO UPDATE SET state = random();
        DELETE FROM entries WHERE (field, value, seq) IN (
            SELECT id, ",
    value!("old.doc"),
    ", old.seq
            FROM indexes WHERE collection = old.collection);
        INSERT OR IGNORE INTO entries SELECT id, ",
    value!("new.doc"),
    ", new.seq
            FROM indexes WHERE collection = new.collection;
    END;
    CREATE TRIGGER IF NOT EXISTS object_removed AFTER DELETE ON objects BEGIN
        INSERT INTO states VALUES (old.collection, random())
            ON CONFLICT DO UPDATE SET state = random();
        DELETE FROM entries WHERE (field, value, seq) IN (
            SELECT id, ",
    value!("old.doc"),
    ", old.seq
            FROM indexes WHERE collection = old.collection);
    END;
    DELETE FROM entries WHERE field IN (
        SELECT id FROM indexes WHERE maker <> sqlite_version());
    DELETE FROM indexes WHERE maker <> sqlite_version();
    "
);

/// The indexes of the collection.
pub(super) fn of(connection: &Connection, collection: &str) -> rusqlite::Result<Vec<Index>> {
    let mut select = connection.prepare_cached(
        "SELECT id, path FROM indexes
         WHERE collection = ?1 AND whole AND maker = sqlite_version()",
    )?;
    let rows = select.query_map([collection], |row| {
        let path: String = row.get(1)?;
        Ok(Index {
            id: row.get(0)?,
            path: fields(&path),
        })
    })?;
    rows.collect()
}

/// The names in a path of SQLite's, as [`json_path`] writes it: none of them has a quotation mark.
fn fields(path: &str) -> Path {
    let names = path.split('"').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// A number that is another one after each write to the collection.
pub(super) fn state(connection: &Connection, collection: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT state FROM states WHERE collection = ?1")?
        .query_row([collection], |row| row.get(0))
        .optional()
        // Never written to since there are states.
        .map(Option::unwrap_or_default)
}

/// Whether an index of this field is worth it: there are many objects, and some have the field.
pub(super) fn is_worth(
    connection: &Connection,
    collection: &str,
    path: &Path,
) -> rusqlite::Result<bool> {
    let worth = "SELECT
        (SELECT count(*) FROM (SELECT 1 FROM objects WHERE collection = ?1 LIMIT ?2)) = ?2
        AND EXISTS (SELECT 1 FROM objects
            WHERE collection = ?1 AND json_type(doc, ?3) IS NOT NULL)";
    connection
        .prepare_cached(worth)?
        .query_row(params![collection, FEWEST, json_path(path)], |row| {
            row.get(0)
        })
}

/// What became of the wish for an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    /// It is to be extended.
    New(u32),
    /// There is one, or somebody is at it.
    Known,
    /// There are as many as there may be.
    Full,
}

/// Makes an index of a field, in parts.
pub(super) async fn make(
    writer: &Writer,
    collection: &str,
    path: Path,
) -> Result<Begun, StoreError> {
    let collection = collection.to_owned();
    let begin = move |connection: &Connection| begin(connection, &collection, &path);
    let begun = run(writer, begin).await?;
    if let Begun::New(id) = begun {
        let mut after = Some(i64::MIN);
        while let Some(last) = after {
            after = run(writer, move |connection| extend(connection, id, last)).await?;
        }
    }
    Ok(begun)
}

async fn run<T: Send + 'static>(
    writer: &Writer,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let work = move |connection: &Connection| work(connection).map_err(|error| failure(&error));
    writer.read(work).await
}

/// Begins an index.
pub(super) fn begin(
    connection: &Connection,
    collection: &str,
    path: &Path,
) -> rusqlite::Result<Begun> {
    let count = "SELECT count(*) FROM indexes WHERE collection = ?1";
    let count: u32 = connection.query_row(count, [collection], |row| row.get(0))?;
    if count >= MOST {
        return Ok(Begun::Full);
    }
    let begun = connection.execute(
        "INSERT OR IGNORE INTO indexes (collection, path, maker, whole)
         VALUES (?1, ?2, sqlite_version(), 0)",
        [collection, &json_path(path)],
    )?;
    Ok(match begun {
        0 => Begun::Known,
        _ => Begun::New(
            connection
                .last_insert_rowid()
                .try_into()
                .unwrap_or_default(),
        ),
    })
}

/// Enters the objects behind `after`; tells the last of them where more may follow. With those at
/// the end the index is whole.
pub(super) fn extend(
    connection: &Connection,
    id: u32,
    after: i64,
) -> rusqlite::Result<Option<i64>> {
    let last = "SELECT max(seq), count(*) FROM (SELECT seq FROM objects
        WHERE collection = (SELECT collection FROM indexes WHERE id = ?1) AND seq > ?2
        ORDER BY seq LIMIT ?3)";
    let (last, count): (Option<i64>, u32) =
        connection.query_row(last, params![id, after, PART], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if let Some(last) = last {
        let enter = concat!(
            "INSERT OR IGNORE INTO entries SELECT indexes.id, ",
            value!("objects.doc"),
            ", seq
             FROM indexes JOIN objects ON objects.collection = indexes.collection
             WHERE indexes.id = ?1 AND seq > ?2 AND seq <= ?3"
        );
        connection.execute(enter, params![id, after, last])?;
    }
    if count == PART {
        return Ok(last);
    }
    connection.execute("UPDATE indexes SET whole = 1 WHERE id = ?1", [id])?;
    Ok(None)
}

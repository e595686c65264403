//! One transaction: what is asked of it, and what it leads to.

use std::cell::RefCell;

use rusqlite::types::ValueRef;

use super::{DroppedFile, Effects};
use crate::database::StoreError;
use crate::database::sql::{Builder, Dialect, Param};
use crate::database::sqlite::{self, failure};
use crate::services::enginio::change::Change;

/// A transaction. Statements are written with `?1`, `?2` and so on, for both databases.
pub(in crate::services::enginio) struct Tx<'a> {
    connection: Connection<'a>,
    effects: RefCell<Effects>,
}

enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'a deadpool_postgres::Transaction<'a>),
}

/// What a statement gives.
#[derive(Debug)]
pub(in crate::services::enginio) struct Row(Vec<Cell>);

#[derive(Debug)]
enum Cell {
    Text(String),
    Number(i64),
    Nothing,
}

impl Row {
    /// The text of a column, empty where there is none.
    pub(in crate::services::enginio) fn text(&self, column: usize) -> &str {
        match self.0.get(column) {
            Some(Cell::Text(text)) => text,
            _ => "",
        }
    }

    /// The number of a column, 0 where there is none.
    pub(in crate::services::enginio) fn number(&self, column: usize) -> i64 {
        match self.0.get(column) {
            Some(Cell::Number(number)) => *number,
            _ => 0,
        }
    }
}

impl<'a> Tx<'a> {
    pub(super) fn sqlite(connection: &'a rusqlite::Connection) -> Self {
        Self {
            connection: Connection::Sqlite(connection),
            effects: RefCell::default(),
        }
    }

    #[cfg(feature = "postgres")]
    pub(super) fn postgres(transaction: &'a deadpool_postgres::Transaction<'a>) -> Self {
        Self {
            connection: Connection::Postgres(transaction),
            effects: RefCell::default(),
        }
    }

    pub(super) fn into_effects(self) -> Effects {
        self.effects.into_inner()
    }

    /// Something to tell of once all of this is on the disk.
    pub(in crate::services::enginio) fn tell(&self, change: Change) {
        self.effects.borrow_mut().changes.push(change);
    }

    /// The content of a file is not needed any more once all of this is on the disk.
    pub(in crate::services::enginio) fn drop_file(&self, id: &str, variants: Vec<String>) {
        let id = id.to_owned();
        let file = DroppedFile { id, variants };
        self.effects.borrow_mut().dropped.push(file);
    }

    /// What a user listens to by tokens is over once all of this is on the disk.
    pub(in crate::services::enginio) fn end_streams(&self, user: &str) {
        self.effects.borrow_mut().ended.push(user.to_owned());
    }

    /// A statement of this database, to be built.
    pub(in crate::services::enginio) fn builder(&self) -> Builder {
        Builder::new(match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Connection::Postgres(_) => Dialect::Postgres,
        })
    }

    /// The rows that a statement with these texts gives.
    pub(in crate::services::enginio) async fn rows(
        &self,
        sql: &str,
        texts: &[&str],
    ) -> Result<Vec<Row>, StoreError> {
        self.query(sql, &params(texts)).await
    }

    /// The first of them.
    pub(in crate::services::enginio) async fn row(
        &self,
        sql: &str,
        texts: &[&str],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, texts).await?.into_iter().next())
    }

    /// Does what a statement with these texts says.
    pub(in crate::services::enginio) async fn run(
        &self,
        sql: &str,
        texts: &[&str],
    ) -> Result<(), StoreError> {
        self.execute(sql, &params(texts)).await
    }

    /// The rows that a statement gives.
    pub(in crate::services::enginio) async fn query(
        &self,
        sql: &str,
        params: &[Param],
    ) -> Result<Vec<Row>, StoreError> {
        match &self.connection {
            Connection::Sqlite(connection) => rows_of_sqlite(connection, sql, params),
            #[cfg(feature = "postgres")]
            Connection::Postgres(transaction) => shared::query(transaction, sql, params).await,
        }
    }

    /// Does what a statement says.
    pub(in crate::services::enginio) async fn execute(
        &self,
        sql: &str,
        params: &[Param],
    ) -> Result<(), StoreError> {
        match &self.connection {
            Connection::Sqlite(connection) => connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(sqlite::values(params)))
                .map(|_| ())
                .map_err(|error| failure(&error)),
            #[cfg(feature = "postgres")]
            Connection::Postgres(transaction) => shared::execute(transaction, sql, params).await,
        }
    }
}

fn params(texts: &[&str]) -> Vec<Param> {
    let texts = texts.iter();
    texts.map(|text| Param::Text((*text).to_owned())).collect()
}

/// The most bytes of texts that one statement gives: they lie in memory as long as an answer is made
/// of them.
const MOST_BYTES: usize = 64 << 20;

/// Rows until there are too many of them.
#[derive(Default)]
struct Rows {
    all: Vec<Row>,
    bytes: usize,
}

impl Rows {
    fn add(&mut self, row: Row) -> Result<(), StoreError> {
        let size = |cell: &Cell| match cell {
            Cell::Text(text) => text.len(),
            _ => 0,
        };
        self.bytes += row.0.iter().map(size).sum::<usize>();
        if self.bytes > MOST_BYTES {
            let message = "the answer would have more than 64 MiB; ask with a smaller limit";
            return Err(StoreError::Unfit(message.to_owned()));
        }
        self.all.push(row);
        Ok(())
    }
}

fn rows_of_sqlite(
    connection: &rusqlite::Connection,
    sql: &str,
    params: &[Param],
) -> Result<Vec<Row>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let columns = statement.column_count();
    let mut given = statement.query(sqlite::values(params)).map_err(failed)?;
    let mut rows = Rows::default();
    while let Some(row) = given.next().map_err(failed)? {
        let cells = (0..columns).map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Integer(number) => Cell::Number(number),
                _ => Cell::Nothing,
            })
        });
        let cells = cells.collect::<rusqlite::Result<_>>().map_err(failed)?;
        rows.add(Row(cells))?;
    }
    Ok(rows.all)
}

#[cfg(feature = "postgres")]
mod shared {
    use deadpool_postgres::Transaction;
    use futures_util::StreamExt as _;
    use tokio_postgres::types::{ToSql, Type};

    use super::{Cell, Param, Row, Rows, StoreError};
    use crate::database::postgres::{failure, values};

    pub(super) async fn query(
        transaction: &Transaction<'_>,
        sql: &str,
        params: &[Param],
    ) -> Result<Vec<Row>, StoreError> {
        let values = values(params);
        let values = values.iter().map(|value| &**value as &(dyn ToSql + Sync));
        let sql = typed(sql, params);
        let given = transaction.query_raw(&sql, values).await.map_err(failure)?;
        let mut given = std::pin::pin!(given);
        let mut rows = Rows::default();
        while let Some(row) = given.next().await {
            rows.add(cells(&row.map_err(failure)?)?)?;
        }
        Ok(rows.all)
    }

    pub(super) async fn execute(
        transaction: &Transaction<'_>,
        sql: &str,
        params: &[Param],
    ) -> Result<(), StoreError> {
        let values = values(params);
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as _).collect();
        let sql = typed(sql, params);
        let done = transaction.execute(&sql, &values).await;
        done.map(|_| ()).map_err(failure)
    }

    fn cells(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
        let cells = row.columns().iter().enumerate().map(|(index, column)| {
            let cell = match *column.type_() {
                Type::INT8 => row
                    .try_get::<_, Option<i64>>(index)
                    .map(|cell| cell.map(Cell::Number)),
                Type::INT4 => row
                    .try_get::<_, Option<i32>>(index)
                    .map(|cell| cell.map(|number| Cell::Number(number.into()))),
                _ => row
                    .try_get::<_, Option<String>>(index)
                    .map(|cell| cell.map(Cell::Text)),
            };
            cell.map(|cell| cell.unwrap_or(Cell::Nothing))
                .map_err(failure)
        });
        cells.collect::<Result<_, _>>().map(Row)
    }

    /// `?1` as PostgreSQL has it, with its type.
    fn typed(sql: &str, params: &[Param]) -> String {
        let mut text = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some(at) = rest.find('?') {
            let (before, after) = rest.split_at(at);
            let digits = after.bytes().skip(1).take_while(u8::is_ascii_digit).count();
            let (place, after) = after.split_at(digits + 1);
            let number: usize = place[1..].parse().unwrap_or_default();
            let cast = match params.get(number.wrapping_sub(1)) {
                Some(Param::Count(_)) => "::bigint",
                Some(Param::Number(_)) => "::text::numeric",
                Some(Param::Path(_)) => "::text[]",
                _ => "::text",
            };
            text.push_str(before);
            text.push('$');
            text.push_str(&place[1..]);
            text.push_str(cast);
            rest = after;
        }
        text + rest
    }
}

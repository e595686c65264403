//! Databases: SQLite in a file or in memory, PostgreSQL over the network. What is kept in them, and
//! in which tables, is each service's own; here is how they are opened, who writes when, what a
//! write that was answered may rely on, and how what a request brings gets into a statement.

pub(crate) mod earth;
mod error;
mod location;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sql;
pub(crate) mod sqlite;
mod words;

pub(crate) use error::StoreError;
pub(crate) use location::Location;
pub(crate) use words::collect_words;

//! Where a database is.

use std::path::PathBuf;

/// A database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// SQLite in this file.
    File(PathBuf),
    /// SQLite in memory: it ends with the process.
    Memory,
    /// PostgreSQL at this URL.
    Postgres(String),
}

// By hand: logs are no place for the password of a URL.
impl std::fmt::Debug for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{self}")
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Memory => out.write_str(":memory:"),
            Self::Postgres(text) => match url::Url::parse(text) {
                Ok(mut url) => {
                    // A URL without a host has no password either; so has one in its query.
                    let _ = url.set_password(url.password().map(|_| "***"));
                    url.set_query(None);
                    write!(out, "{url}")
                }
                Err(_) => out.write_str("postgres://…"),
            },
        }
    }
}

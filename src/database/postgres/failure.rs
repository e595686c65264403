//! What goes wrong with PostgreSQL, in the words of every store.

use std::error::Error as _;

use crate::database::StoreError;

/// What PostgreSQL says, in the words of every store.
pub(crate) fn failure(error: tokio_postgres::Error) -> StoreError {
    let message = chain(&error);
    let Some(code) = error.code() else {
        return StoreError::Gone(message);
    };
    match code.code() {
        // A lock that is not given, a deadlock, two that would overwrite each other.
        "55P03" | "40P01" | "40001" => StoreError::Locked(message),
        "53100" => StoreError::Full(message),
        "25006" | "42501" => StoreError::ReadOnly(message),
        "54000" => StoreError::Unfit(message),
        code if code.starts_with("22") => StoreError::Unfit(message),
        code if ["08", "28", "3D", "53", "57", "58"].contains(&code.get(..2).unwrap_or("")) => {
            StoreError::Gone(message)
        }
        _ => StoreError::Other(message),
    }
}

/// An error with its causes; the outermost says only "db error".
pub(crate) fn chain(error: &tokio_postgres::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

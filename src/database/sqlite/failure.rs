//! What goes wrong with SQLite, in the words of every store.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::database::StoreError;

/// The same, with the file where it says nothing without. Its folder is nobody's business who is
/// answered with this.
pub(super) fn named(path: &Path, error: &rusqlite::Error) -> StoreError {
    match failure(error) {
        StoreError::Gone(message) => StoreError::Gone(format!("{}: {message}", file_name(path))),
        other => other,
    }
}

/// The file without its folder.
pub(super) fn file_name(path: &Path) -> std::path::Display<'_> {
    Path::new(path.file_name().unwrap_or(path.as_os_str())).display()
}

/// What SQLite says, in the words of every store.
pub(crate) fn failure(error: &rusqlite::Error) -> StoreError {
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(message),
        Some(ErrorCode::DiskFull) => StoreError::Full(message),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly(message),
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::NotFound,
        ) => StoreError::Gone(message),
        Some(ErrorCode::TooBig) => StoreError::Unfit(message),
        _ => StoreError::Other(message),
    }
}

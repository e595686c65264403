//! What a database does not do, in words that are the same for all of them.

/// A database that does not do what it is asked to. Nothing was written, unless it says otherwise.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Somebody else holds it.
    #[error("the database is locked: {0}")]
    Locked(String),
    /// There is no room.
    #[error("the database is full: {0}")]
    Full(String),
    /// It takes no writes.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// It cannot be reached, or not be read.
    #[error("the database is gone: {0}")]
    Gone(String),
    /// It does not answer a write: one behind a network may not.
    #[cfg(feature = "postgres")]
    #[error("the database does not answer in time, and whether this was written is not known")]
    Unanswered,
    /// It cannot hold this value.
    #[error("the database cannot hold this: {0}")]
    Unfit(String),
    /// Anything else.
    #[error("the database failed: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether the write may have been done nevertheless.
    pub(crate) fn may_be_written(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Unanswered => true,
            _ => false,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Locked(_) => "try again; another process writes to it",
            Self::Full(_) => "make room on its disk, and try again",
            Self::ReadOnly(_) => "check the permissions of the file and of its folder, or the role",
            Self::Gone(_) => "check that it is there and runs; after a file came back, start anew",
            #[cfg(feature = "postgres")]
            Self::Unanswered => "read the object before you try again",
            Self::Unfit(_) => "send a smaller value",
            Self::Other(_) => "the log of the server has the details",
        }
    }
}

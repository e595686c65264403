//! What was written, for those who listen.

use super::rights::{Fields, Readers};

/// A change that is on the disk.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The name of the backend.
    pub(super) backend: String,
    /// What happened.
    pub(super) event: Event,
    /// The object as it is now; as it was, where it is gone.
    pub(super) object: Fields,
    /// Whether streams hear of it, and not only web hooks.
    pub(super) is_streamed: bool,
    /// Who may read it; who could, where it is gone.
    pub(super) readers: Readers,
    /// Who could read it before, where that changed.
    pub(super) before: Option<Readers>,
    /// The `X-Request-Id` of the request that did it.
    pub(super) request: String,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// It is new.
    Create,
    /// It is another one.
    Update,
    /// It is gone.
    Delete,
    /// It is the same, for others.
    Access,
}

impl Event {
    /// The word of the protocol.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update | Self::Access => "update",
            Self::Delete => "delete",
        }
    }
}

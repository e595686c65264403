//! What was written, for those who listen.

use serde_json::json;

use super::readers::Readers;
use super::rights::{Fields, told};

/// A change that is on the disk.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The name of the backend.
    pub(super) backend: String,
    /// What happened.
    pub(super) event: Event,
    /// The object as it is now; as it was, where it is gone.
    pub(super) object: Fields,
    /// Who may read it; who could, where it is gone.
    pub(super) readers: Readers,
    /// Who could read it before, where that changed.
    pub(super) before: Option<Readers>,
    /// The `X-Request-Id` of the request that did it.
    pub(super) request: String,
}

impl Change {
    /// The body of a web hook.
    pub(super) fn web_hook(&self, backend: &str) -> String {
        let receivers = self.readers.subjects.iter().map(|subject| told(subject));
        json!({
            "payload": {
                "object": self.object,
                "meta": {
                    "backendId": backend,
                    "eventName": self.event.word(),
                    "requestId": self.request,
                },
            },
            "receivers": receivers.collect::<Vec<_>>(),
        })
        .to_string()
    }
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
    /// It is the same, for others: its own rights changed.
    Access,
    /// It is the same, for others: a group changed, or what it inherits.
    Inherited,
    /// It is no single object: more changed for some than they are told of.
    Reload,
}

impl Event {
    /// Whether something was done to the object, and not to what gives it its readers.
    pub(super) fn is_of_an_object(self) -> bool {
        !matches!(self, Self::Inherited | Self::Reload)
    }

    /// The word of the protocol.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update | Self::Access | Self::Inherited => "update",
            Self::Delete => "delete",
            Self::Reload => "reload",
        }
    }
}

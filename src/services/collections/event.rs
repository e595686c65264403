//! What other parts are told about a write.

use serde::Serialize;

use super::object::Object;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Event {
    /// There is a new object.
    Create,
    /// An object has other fields than before.
    Update,
    /// An object is gone.
    Delete,
}

/// A write that is on the disk.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Change {
    /// The name of the collection.
    pub collection: String,
    /// What was done.
    pub event: Event,
    /// The key of the object.
    pub key: String,
    /// The object as it is now; as it was, where it is gone.
    pub object: Object,
    /// The object as it was before an update: whom that concerned should hear
    /// of the change, too. No part of the event.
    #[serde(skip)]
    pub before: Option<Object>,
}

//! What the channel needs of other parts of the server, which it does not know: `server` joins
//! them.

use std::fmt::Debug;

use async_trait::async_trait;

use super::message::Json;

/// A page's or a publisher's socket.
#[async_trait]
pub(crate) trait Socket: Debug + Send + Sync {
    /// Tells it from all others.
    fn id(&self) -> u64;

    /// Sends a text at once. A socket that has no room for it is closed.
    fn send(&self, text: &str);

    /// Sends a text as soon as there is room for it; false where there is none in time.
    async fn send_patiently(&self, text: &str) -> bool;

    /// Closes it with a code (RFC 6455, section 7.4.1) and words.
    fn close(&self, code: u16, why: &str);
}

/// The collections.
#[async_trait]
pub(crate) trait Collections: Debug + Send + Sync {
    /// What there is.
    fn names(&self) -> Vec<String>;

    /// Does something with a collection, and says what came of it as JSON.
    async fn call(&self, collection: &str, call: Call) -> Result<Json, Fault>;

    /// Each change from now on.
    fn changes(&self) -> Box<dyn Changes>;
}

/// What can be done with a collection.
#[derive(Debug)]
pub(crate) enum Call {
    /// Its objects, by a query as it stands in a URL.
    List(String),
    /// The object of this key.
    Get(String),
    /// Keeps a new object.
    Create(Json),
    /// Puts these fields in the place of those that the object of this key has.
    Update(String, Json),
    /// Removes the object of this key.
    Remove(String),
}

/// Why something was not done.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What HTTP would have said.
    pub status: u16,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Changes of collections, in their order.
#[async_trait]
pub(crate) trait Changes: Send {
    /// The next one; nothing once some were missed, or there will be none.
    async fn next(&mut self) -> Option<Change>;
}

/// A change of a collection.
#[derive(Debug)]
pub(crate) struct Change {
    /// Of which one.
    pub collection: String,
    /// What was done.
    pub event: Event,
    /// To the object of this key.
    pub key: String,
    /// The object, as it was where it is gone.
    pub object: Json,
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is new.
    Created,
    /// It has other fields.
    Updated,
    /// It is gone.
    Removed,
}

/// Hears each text that is said in a room. It may not wait.
pub(crate) type Hear = Box<dyn Fn(&str) + Send + Sync>;

/// The rooms.
pub(crate) trait Rooms: Debug + Send + Sync {
    /// Those that somebody is in.
    fn open(&self) -> Vec<String>;

    /// Whether there may be one of this name.
    fn is_room(&self, name: &str) -> bool;

    /// Hears what others than `id` say there, until what is returned is dropped.
    fn listen(&self, name: &str, id: u64, hear: Hear) -> Option<Box<dyn Listening>>;

    /// Says something there, to all but `id`.
    fn say(&self, name: &str, id: u64, text: String);
}

/// Ends the listening when it is dropped.
pub(crate) trait Listening: Debug + Send {}

//! Who listens to changes: each stream has a filter and the rights of who opened it. What sends is
//! somebody else's ([`Sockets`]).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::asked::now_seconds;
use super::backend::Backend;
use super::change::{Change, Event};
use super::error::Refusal;
use super::readers::Readers;
use super::rights::{Fields, Who};
use super::store::Effects;

/// The most streams at the same time.
const MOST: usize = 2000;

/// The most properties of a filter.
const MOST_PROPERTIES: usize = 16;

/// What gives out sockets, and sends to them. Nothing of it ever waits.
pub(crate) trait Sockets: Send + Sync {
    /// A socket to be: its id, which opens it, and until when it does.
    fn reserve(&self) -> Option<(String, SystemTime)>;

    /// Sends a text; false where there is no such socket any more.
    fn send(&self, id: &str, text: &str) -> bool;

    /// Whether the socket is there, or still may be opened.
    fn is_there(&self, id: &str) -> bool;

    /// Posts a web hook's body to a gateway.
    fn post(&self, gateway: &str, body: &str);
}

/// What of all changes a stream is for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filter {
    event: Option<Event>,
    data: Fields,
}

impl Filter {
    /// The value of `filter`.
    pub(super) fn parse(value: Option<Value>) -> Result<Self, Refusal> {
        let example = r#"write filter={"data":{"objectType":"objects.todos"},"event":"create"}"#;
        let wrong = |what: &str| Refusal::bad(format!("{what}; {example}"));
        let Some(value) = value else {
            return Ok(Self::default());
        };
        let Value::Object(fields) = value else {
            return Err(wrong("filter is no object"));
        };
        let mut filter = Self::default();
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("event", Value::String(word)) => {
                    let events = [Event::Create, Event::Update, Event::Delete];
                    let event = events.into_iter().find(|event| event.word() == word);
                    let event = event.ok_or_else(|| wrong("event is create, update or delete"))?;
                    filter.event = Some(event);
                }
                ("data", Value::Object(data)) if data.len() <= MOST_PROPERTIES => {
                    filter.data = data;
                }
                _ => return Err(wrong("filter has data, an object, and event, a text")),
            }
        }
        Ok(filter)
    }

    fn takes(&self, event: Event, object: &Fields) -> bool {
        self.event
            .is_none_or(|wanted| wanted.word() == event.word())
            && self
                .data
                .iter()
                .all(|(name, value)| object.get(name) == Some(value))
    }
}

/// One stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) backend: String,
    pub(super) who: Who,
    /// Until when the token is good by which it was opened, in seconds of Unix.
    pub(super) until: i64,
    pub(super) filter: Filter,
}

/// All of them.
pub(super) struct Streams {
    sockets: Arc<dyn Sockets>,
    open: Mutex<Vec<(String, Stream)>>,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Streams")
    }
}

impl Streams {
    /// None yet.
    pub(super) fn new(sockets: Arc<dyn Sockets>) -> Self {
        Self {
            sockets,
            open: Mutex::default(),
        }
    }

    /// Opens one: tells what opens its socket, and until when.
    pub(super) fn open(&self, stream: Stream) -> Result<(String, SystemTime), Refusal> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            open.retain(|(id, _)| self.sockets.is_there(id));
        }
        if open.len() >= MOST {
            return Err(Refusal::TooManyStreams(MOST));
        }
        let (id, expires) = self.sockets.reserve().ok_or(Refusal::NoRandomness)?;
        open.push((id.clone(), stream));
        Ok((id, expires))
    }

    /// Tells of what is on the disk.
    pub(super) fn tell(&self, backends: &[Arc<Backend>], effects: &Effects) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for change in &effects.changes {
            let now = now_seconds();
            open.retain(|(id, stream)| {
                if stream.until <= now {
                    return false;
                }
                match message(change, stream) {
                    None => true,
                    Some(message) => self.sockets.send(id, &message),
                }
            });
            let backend = backends
                .iter()
                .find(|backend| backend.name == change.backend);
            if let Some(backend) = backend
                && change.event.is_of_an_object()
                && let Some(gateway) = &backend.push
            {
                self.sockets.post(gateway, &change.web_hook(&backend.id));
            }
        }
        let is_over = |stream: &Stream| {
            let user = stream.who.user();
            user.is_some_and(|user| effects.ended.iter().any(|ended| ended == user))
        };
        open.retain(|(_, stream)| !is_over(stream));
    }
}

/// What a stream is told of a change, if it is for it and its reader may know of it.
fn message(change: &Change, stream: &Stream) -> Option<String> {
    if stream.backend != change.backend {
        return None;
    }
    let reads = |readers: &Readers| readers.include(&stream.who);
    let now = reads(&change.readers);
    let before = change.before.as_ref().map_or(now, reads);
    let event = match (change.event, before, now) {
        (_, false, false) => return None,
        // Whoever may do everything saw it all before.
        (Event::Reload, _, _) if stream.who == Who::Administrator => return None,
        // No filter knows what it takes of that.
        (Event::Reload, _, _) => return Some(said(change, Event::Reload, Fields::new())),
        // The same for who could read it before.
        (Event::Access | Event::Inherited, true, true) => return None,
        (Event::Update | Event::Access | Event::Inherited, false, true) => Event::Create,
        (Event::Update | Event::Access | Event::Inherited, true, false) => Event::Delete,
        (event, _, _) => event,
    };
    let is_hidden = !now;
    let data = match is_hidden {
        false => change.object.clone(),
        // It is gone for this one, who is told nothing of what it is now.
        true => {
            let own = ["id", "objectType"];
            let own = own
                .into_iter()
                .filter_map(|name| change.object.get_key_value(name));
            own.map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
    };
    if !stream.filter.takes(event, &data) {
        return None;
    }
    Some(said(change, event, data))
}

fn said(change: &Change, event: Event, data: Fields) -> String {
    let origin = json!({"apiRequestId": change.request});
    json!({"event": event.word(), "data": data, "origin": origin}).to_string()
}

//! The joint between the web channel and what it does not know: sockets and rooms of the hub, and
//! collections.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::broadcast;

use crate::config::Config;
use crate::services::channel::port::{self, Call, Changes, Fault, Hear, Listening};
use crate::services::channel::{Channels, Peer, Refusal};
use crate::services::collections::{self, Collections};
use crate::services::hub::{self, Conversation, Declined, Hub, Listener, Service};

/// The channels of a configuration, on the sockets of the hub.
pub(super) fn open(
    config: &Config,
    hub: &Arc<Hub>,
    collections: &Data<Collections>,
) -> Arc<Channels> {
    let channels = Channels::new(
        &config.channels,
        Arc::new(Stored(collections.clone())),
        Arc::new(Talk(Arc::clone(hub))),
    );
    let channels = Arc::new(channels);
    hub.serve(Arc::new(Sockets(Arc::clone(&channels))));
    channels
}

#[derive(Debug)]
struct Sockets(Arc<Channels>);

impl Service for Sockets {
    fn is_at(&self, path: &str) -> bool {
        self.0.is_at(path)
    }

    fn open(
        &self,
        request: &HttpRequest,
        socket: hub::Socket,
    ) -> Result<Box<dyn Conversation>, Declined> {
        let authorization = request.headers().get(header::AUTHORIZATION);
        let bearer = authorization
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let (path, query) = (request.uri().path(), request.query_string());
        let peer = self.0.open(path, query, bearer, Arc::new(End(socket)));
        let peer = peer.map_err(|refusal| Declined {
            status: match refusal {
                Refusal::Starting => StatusCode::SERVICE_UNAVAILABLE,
                Refusal::Unknown => StatusCode::NOT_FOUND,
                Refusal::Token(_) => StatusCode::FORBIDDEN,
                Refusal::Taken(_) => StatusCode::CONFLICT,
            },
            message: refusal.to_string(),
            hint: refusal.hint(),
        })?;
        Ok(Box::new(Talking(peer)))
    }
}

#[derive(Debug)]
struct Talking(Peer);

#[async_trait]
impl Conversation for Talking {
    async fn hear(&mut self, text: String) -> Result<(), String> {
        self.0.hear(&text).await
    }

    fn is_trusted(&self) -> bool {
        self.0.is_trusted()
    }

    async fn end(&mut self) {
        self.0.end().await;
    }
}

#[derive(Debug)]
struct End(hub::Socket);

#[async_trait]
impl port::Socket for End {
    fn id(&self) -> u64 {
        self.0.id()
    }

    fn send(&self, text: &str) {
        self.0.send(text);
    }

    async fn send_patiently(&self, text: &str) -> bool {
        self.0.send_patiently(text).await
    }

    fn close(&self, code: u16, why: &str) {
        self.0.close(code, why);
    }
}

#[derive(Debug)]
struct Stored(Data<Collections>);

#[async_trait]
impl port::Collections for Stored {
    fn names(&self) -> Vec<String> {
        self.0.paths().map(|(name, _)| name.to_owned()).collect()
    }

    async fn call(&self, collection: &str, call: Call) -> Result<Box<RawValue>, Fault> {
        let text = |object: Box<RawValue>| object.get().to_owned();
        let call = match call {
            Call::List(query) => collections::Call::List(query),
            Call::Get(key) => collections::Call::Get(key),
            Call::Create(object) => collections::Call::Create(text(object)),
            Call::Update(key, fields) => collections::Call::Update(key, text(fields)),
            Call::Remove(key) => collections::Call::Remove(key),
        };
        let done = self.0.call(collection, call).await;
        let done = done.map_err(|refusal| Fault {
            status: refusal.status().as_u16(),
            message: refusal.to_string(),
            hint: refusal.hint(),
        })?;
        RawValue::from_string(done).map_err(|error| Fault {
            status: 500,
            message: error.to_string(),
            hint: "look at the object with curl".to_owned(),
        })
    }

    fn changes(&self) -> Box<dyn Changes> {
        Box::new(Stream(self.0.subscribe()))
    }
}

struct Stream(broadcast::Receiver<Arc<collections::Change>>);

#[async_trait]
impl Changes for Stream {
    async fn next(&mut self) -> Option<port::Change> {
        let change = self.0.recv().await.ok()?;
        Some(port::Change {
            collection: change.collection.clone(),
            event: match change.event {
                collections::Event::Create => port::Event::Created,
                collections::Event::Update => port::Event::Updated,
                collections::Event::Delete => port::Event::Removed,
            },
            key: change.key.clone(),
            object: RawValue::from_string(change.object.to_json()).ok()?,
        })
    }
}

#[derive(Debug)]
struct Talk(Arc<Hub>);

impl port::Rooms for Talk {
    fn open(&self) -> Vec<String> {
        self.0.open_rooms()
    }

    fn is_room(&self, name: &str) -> bool {
        self.0.has_room(name)
    }

    fn listen(&self, name: &str, id: u64, hear: Hear) -> Option<Box<dyn Listening>> {
        let listener = self.0.listen(name, id, hear)?;
        Some(Box::new(listener))
    }

    fn say(&self, name: &str, id: u64, text: String) {
        self.0.say(name, id, text);
    }
}

impl Listening for Listener {}

//! Qt's web channel for pages: objects with methods, signals and properties over a WebSocket, as
//! `qwebchannel.js` knows them. `/channel` has the server's own objects, `/channel/NAME` those of a
//! program that publishes them.
//!
//! Knows what is served, and nothing of sockets, collections and rooms: `port` says what it needs
//! of them. What one page may have is bounded: the size of a message and of what waits for it by
//! its socket, all else here.

mod argument;
pub(crate) mod config;
mod live;
mod message;
mod objects;
mod page;
pub(crate) mod port;
mod relay;
mod updates;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use actix_web::web::Data;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use url::form_urlencoded;

use crate::live::Live;
use crate::tree::Tree;
use config::RelayConfig;
use live::Follower;
use page::Page;
use port::{Collections, Rooms, Socket};
use relay::Relay;

/// Where the server's own objects are; relays are below.
const PATH: &str = "/channel";

/// The most signals that one page hears.
const MOST_SUBSCRIPTIONS: usize = 1000;

/// All channels.
#[derive(Debug)]
pub(crate) struct Channels {
    live: OnceLock<Arc<Follower>>,
    collections: Arc<dyn Collections>,
    rooms: Arc<dyn Rooms>,
    relays: Vec<Arc<Relay>>,
    /// Pages that use the server's own objects.
    pages: AtomicUsize,
}

/// Why a socket is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The server is not that far.
    #[error("the server is starting")]
    Starting,
    /// There is no such relay.
    #[error("there is no such web channel")]
    Unknown,
    /// A publisher that does not show the token.
    #[error("this is not the token of the web channel {0}")]
    Token(String),
    /// A second publisher.
    #[error("the web channel {0} has a publisher already")]
    Taken(String),
}

impl Refusal {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Starting => "try again in a moment",
            Self::Unknown => "declare it in qmlserve.toml: [channels.NAME] with token = \"…\"",
            Self::Token(_) => {
                "a publisher opens /channel/NAME?publish=TOKEN with the token of [channels.NAME] in \
                 qmlserve.toml, or sends Authorization: Bearer TOKEN; a page needs neither"
            }
            Self::Taken(_) => {
                "end that program first; one that was lost is let go when it answers no ping"
            }
        }
    }
}

/// Whoever is at the other end of a socket.
#[derive(Debug)]
pub(crate) struct Peer {
    socket: Arc<dyn Socket>,
    role: Role,
}

#[derive(Debug)]
enum Role {
    /// A page that uses the server's own objects.
    Page(Box<Page>),
    /// A page that uses those of a publisher.
    Guest(Arc<Relay>),
    /// A publisher.
    Publisher(Arc<Relay>),
}

impl Channels {
    /// The channels of these relays, with these collections and rooms.
    pub(crate) fn new(
        relays: &[RelayConfig],
        collections: Arc<dyn Collections>,
        rooms: Arc<dyn Rooms>,
    ) -> Self {
        let relays = relays.iter().cloned();
        Self {
            live: OnceLock::new(),
            collections,
            rooms,
            relays: relays.map(|config| Arc::new(Relay::new(config))).collect(),
            pages: AtomicUsize::new(0),
        }
    }

    /// Begins to follow what is served, until `stopping` says true. Sockets are taken from then on.
    pub(crate) fn follow(
        &self,
        tree: Arc<Tree>,
        live: Data<Live>,
        stopping: watch::Receiver<bool>,
    ) {
        // Once: a second call would be a bug of the wiring.
        self.live
            .get_or_init(|| Follower::start(tree, live, stopping));
    }

    /// Whether sockets are taken at this path, as it stands in a request.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        path == PATH || self.relay(path).is_some()
    }

    fn relay(&self, path: &str) -> Option<&Arc<Relay>> {
        let name = path.strip_prefix(PATH)?.strip_prefix('/')?;
        let name = percent_decode_str(name).decode_utf8().ok()?;
        self.relays.iter().find(|relay| relay.name() == name)
    }

    /// Takes a socket at this path with this query. Who shows a token wants to publish, in
    /// `?publish=` or as `bearer`.
    ///
    /// # Errors
    /// There is no such channel, or none for a publisher.
    pub(crate) fn open(
        self: &Arc<Self>,
        path: &str,
        query: &str,
        bearer: Option<&str>,
        socket: Arc<dyn Socket>,
    ) -> Result<Peer, Refusal> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let live = self.live.get().ok_or(Refusal::Starting)?;
        let given = |wanted: &'static str| {
            let pairs = form_urlencoded::parse(query.as_bytes());
            pairs.filter_map(move |(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        if path == PATH {
            let rooms = given("room").filter(|name| self.rooms.is_room(name));
            let rooms: BTreeSet<String> = rooms.take(page::MOST_ROOMS).collect();
            let page = Page::open(self, live.subscribe(), Arc::clone(&socket), rooms);
            let role = Role::Page(Box::new(page));
            return Ok(Peer { socket, role });
        }
        let relay = Arc::clone(self.relay(path).ok_or(Refusal::Unknown)?);
        let token = given("publish").next();
        let Some(token) = token.as_deref().or(bearer) else {
            relay.enter(&socket);
            let role = Role::Guest(relay);
            return Ok(Peer { socket, role });
        };
        if !relay.is_token(token) {
            return Err(Refusal::Token(relay.name().to_owned()));
        }
        if !relay.publish(&socket) {
            return Err(Refusal::Taken(relay.name().to_owned()));
        }
        let role = Role::Publisher(relay);
        Ok(Peer { socket, role })
    }

    /// How they are.
    pub(crate) fn status(&self) -> Value {
        let relays = self.relays.iter();
        let relays: Map<String, Value> = relays
            .map(|relay| (relay.name().to_owned(), relay.status()))
            .collect();
        json!({"pages": self.pages.load(Relaxed), "relays": relays})
    }
}

impl Peer {
    /// Takes a text.
    ///
    /// # Errors
    /// It may not say this: why it is closed.
    pub(crate) async fn hear(&mut self, text: &str) -> Result<(), String> {
        match &mut self.role {
            Role::Page(page) => page.hear(text).await,
            Role::Guest(relay) => relay.page_says(self.socket.id(), text).await,
            Role::Publisher(relay) => relay.publisher_says(text).await,
        }
    }

    /// Whether it has shown that it may say as much as it likes.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self.role, Role::Publisher(_))
    }

    /// It is gone.
    pub(crate) async fn end(&mut self) {
        match &self.role {
            Role::Page(_) => {}
            Role::Guest(relay) => relay.page_left(self.socket.id()).await,
            Role::Publisher(relay) => relay.publisher_left(self.socket.id()),
        }
    }
}

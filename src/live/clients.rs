//! The clients that listen right now.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::Serialize;
use tokio::sync::Notify;
use tracing::info;

use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// Streams open at the same time.
const MOST: usize = 1000;

/// Streams open at the same time from one address, unless that is loopback:
/// nobody across the room is to keep everybody else out.
const MOST_OF_ADDRESS: usize = 100;

/// Clients that are remembered after they went.
const MOST_GONE: usize = 16;

/// Longest name that a client may give itself, in bytes.
const LONGEST_NAME: usize = 64;

/// The open streams.
#[derive(Debug, Default)]
pub(super) struct Clients {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    streams: BTreeMap<u64, Client>,
    /// The last ones that went, since most come back: a stream is renewed.
    gone: VecDeque<Client>,
}

/// One client, as the status shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Client {
    /// What it calls itself: the same over several connections.
    pub id: String,
    /// The address that it connects from.
    pub address: String,
    /// `qt` or `browser`.
    pub kind: &'static str,
    /// Its Qt version, as far as it is known.
    pub qt: Option<String>,
    /// The document that it shows.
    pub document: TreePath,
    /// The version that it said it shows.
    pub version: Option<Version>,
    /// The same as a snapshot: kept, so that pages that this client loads
    /// later are still there.
    #[serde(skip)]
    pub shown: Option<Arc<Snapshot>>,
    /// Since when the stream is open, in seconds since 1970.
    pub since: u64,
    /// How it calls this stream, if it does.
    #[serde(skip)]
    stream: Option<String>,
    /// Tells the stream that it is over.
    #[serde(skip)]
    end: Arc<Notify>,
}

/// Keeps a client on the list until it is dropped.
#[derive(Debug)]
pub(super) struct Connected {
    clients: Arc<Clients>,
    key: u64,
    /// Wakes when the client left, or opened the same stream anew.
    pub end: Arc<Notify>,
}

impl Clients {
    /// Puts a client on the list; `None` if there are too many.
    pub(super) fn connect(
        self: &Arc<Self>,
        request: &HttpRequest,
        id: Option<&str>,
        qt: Option<&str>,
        stream: Option<&str>,
        document: &TreePath,
    ) -> Option<Connected> {
        let stream = stream.map(tidy).filter(|stream| !stream.is_empty());
        if let Some(stream) = &stream {
            self.leave(stream);
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        let address = peer.map_or_else(String::new, |ip| ip.to_string());
        let mut open = self.lock();
        let is_far = peer.is_some_and(|ip| !ip.to_canonical().is_loopback());
        let of_address = |client: &&Client| client.address == address;
        if open.streams.len() >= MOST
            || (is_far && open.streams.values().filter(of_address).count() >= MOST_OF_ADDRESS)
        {
            return None;
        }
        let key = open.next;
        open.next += 1;
        let id = id.map(tidy).filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| format!("stream-{key}"));
        let before = open.known(&id, document);
        let end = Arc::new(Notify::new());
        open.streams.insert(
            key,
            Client {
                address,
                kind: if header_text(request, &header::USER_AGENT) == Some("Mozilla/5.0") {
                    "qt"
                } else {
                    "browser"
                },
                qt: qt
                    .map(tidy)
                    .filter(|qt| !qt.is_empty())
                    .or_else(|| guess_qt(request)),
                document: document.clone(),
                version: before.as_ref().and_then(|before| before.version),
                shown: before.and_then(|before| before.shown),
                id,
                stream,
                end: Arc::clone(&end),
                since: SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .map_or(0, |since| since.as_secs()),
            },
        );
        Some(Connected {
            clients: Arc::clone(self),
            key,
            end,
        })
    }

    /// Ends the stream of this name. QML cannot: aborting a request leaves its
    /// connection open, and Qt has six of them for a server (measured in 5.15,
    /// 6.4 and 6.12).
    pub(super) fn leave(&self, stream: &str) {
        for client in self.lock().streams.values() {
            if client.stream.as_deref() == Some(stream) {
                client.end.notify_one();
            }
        }
    }

    /// The client says that it shows `version` now.
    pub(super) fn shows(&self, id: &str, version: Version, snapshot: Option<&Arc<Snapshot>>) {
        for client in self.lock().streams.values_mut() {
            if client.id == id {
                client.version = Some(version);
                client.shown = snapshot.cloned();
            }
        }
    }

    /// The client found out its Qt version.
    pub(super) fn has_qt(&self, id: &str, qt: &str) {
        for client in self.lock().streams.values_mut() {
            if client.id == id {
                client.qt = Some(tidy(qt));
            }
        }
    }

    /// The client of this name, if it is connected.
    pub(super) fn find(&self, id: &str) -> Option<Client> {
        let open = self.lock();
        open.streams
            .values()
            .find(|client| client.id == id)
            .cloned()
    }

    /// All of them, in the order in which they came.
    pub(super) fn list(&self) -> Vec<Client> {
        self.lock().streams.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// What was known of this client, which showed this document.
    fn known(&self, id: &str, document: &TreePath) -> Option<Client> {
        let mut all = self.streams.values().chain(&self.gone).rev();
        all.find(|client| client.id == id && client.document == *document)
            .cloned()
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut open = self.clients.lock();
        if let Some(client) = open.streams.remove(&self.key) {
            if client.version.is_some() {
                tell_of_absence(&self.clients, &client);
            }
            open.gone.push_back(client);
            if open.gone.len() > MOST_GONE {
                open.gone.pop_front();
            }
        }
    }
}

/// How long a client may be away before that is told: it renews its stream now and then.
const ABSENCE: Duration = Duration::from_secs(5);

/// Tells of a client that does not come back.
fn tell_of_absence(clients: &Arc<Clients>, client: &Client) {
    // At the end of the server there is no runtime any more, and nothing to tell.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    let (clients, gone) = (Arc::downgrade(clients), client.clone());
    runtime.spawn(async move {
        tokio::time::sleep(ABSENCE).await;
        let clients = clients.upgrade();
        if clients.is_some_and(|clients| clients.find(&gone.id).is_none()) {
            info!("{gone} has gone");
        }
    });
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.qt {
            Some(qt) => write!(f, "{} (Qt {qt}, {})", self.id, self.address),
            None => write!(f, "{} ({})", self.id, self.address),
        }
    }
}

/// Text of a client, fit for a log: short, and without control characters.
pub(super) fn tidy(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect()
}

/// Qt does not say its version, but 6 accepts more encodings than 5 (measured:
/// `gzip, deflate` in 5.15, `zstd, br, gzip, deflate` in 6.4 and 6.12).
fn guess_qt(request: &HttpRequest) -> Option<String> {
    if header_text(request, &header::USER_AGENT) != Some("Mozilla/5.0") {
        return None;
    }
    let encodings = header_text(request, &header::ACCEPT_ENCODING)?;
    Some(if encodings.contains("br") { "6" } else { "5" }.to_owned())
}

fn header_text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

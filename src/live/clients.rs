//! The clients that listen right now, and what is known of each.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tracing::info;

use super::remote::Line;
use super::reports::Failure;
use crate::http::{Budget, Share};
use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// Clients that are remembered after they went.
const MOST_GONE: usize = 16;

/// Longest name that a client may give itself, in bytes.
const LONGEST_NAME: usize = 64;

/// The open streams.
#[derive(Debug)]
pub(super) struct Clients {
    open: Mutex<Open>,
    places: Arc<Budget>,
    /// Wakes those who want to know of any change here.
    news: watch::Sender<()>,
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
pub(crate) struct Client {
    /// What it calls itself: the same over several connections.
    pub id: String,
    /// The name of its program, if it told it.
    pub name: Option<String>,
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
    /// When it was heard the last time, likewise.
    pub seen: u64,
    /// Why it does not show the newest version, if it does not.
    #[serde(skip)]
    pub failed: Option<Arc<Failure>>,
    /// How many times it said that it shows something, or cannot.
    #[serde(skip)]
    pub reports: u64,
    /// How it calls this stream, if it does.
    #[serde(skip)]
    pub stream: Option<String>,
    /// What pages send to it.
    #[serde(skip)]
    pub line: Arc<Line>,
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
    /// What pages send to the client.
    pub line: Arc<Line>,
    _place: Share,
}

/// What a client says of itself as it opens its stream.
#[derive(Debug, Default)]
pub(super) struct Introduction<'a> {
    /// How it calls itself, over several connections.
    pub id: Option<&'a str>,
    /// The name of its program.
    pub name: Option<&'a str>,
    /// Its Qt version.
    pub qt: Option<&'a str>,
    /// How it calls this stream.
    pub stream: Option<&'a str>,
}

impl Clients {
    /// None yet, of as many as there are places.
    pub(super) fn new(places: Arc<Budget>) -> Self {
        Self {
            open: Mutex::default(),
            places,
            news: watch::Sender::new(()),
        }
    }

    /// Wakes at any change of what is known of clients.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Wakes them: what they ask of clients has another answer.
    pub(super) fn tell(&self) {
        self.news.send_replace(());
    }

    /// Puts a client on the list; `None` if there are too many.
    pub(super) fn connect(
        self: &Arc<Self>,
        request: &HttpRequest,
        says: &Introduction<'_>,
        document: &TreePath,
    ) -> Option<Connected> {
        let said = |text: Option<&str>| text.map(tidy).filter(|text| !text.is_empty());
        let stream = said(says.stream);
        if let Some(stream) = &stream {
            self.leave(stream);
        }
        let peer = request.peer_addr().map(|peer| peer.ip());
        let address = peer.map_or_else(String::new, |ip| ip.to_string());
        let place = self.places.place(peer).ok()?;
        let mut open = self.lock();
        let key = open.next;
        open.next += 1;
        let id = said(says.id).unwrap_or_else(|| format!("stream-{key}"));
        let before = open.known(&id, document);
        let line = stream.as_deref().and_then(|stream| open.line(stream));
        let line = line.unwrap_or_default();
        let end = Arc::new(Notify::new());
        let now = now();
        open.streams.insert(
            key,
            Client {
                address,
                kind: if header_text(request, &header::USER_AGENT) == Some("Mozilla/5.0") {
                    "qt"
                } else {
                    "browser"
                },
                name: said(says.name),
                qt: said(says.qt).or_else(|| guess_qt(request)),
                document: document.clone(),
                version: before.as_ref().and_then(|before| before.version),
                failed: before.as_ref().and_then(|before| before.failed.clone()),
                reports: before.as_ref().map_or(0, |before| before.reports),
                shown: before.and_then(|before| before.shown),
                id,
                stream,
                line: Arc::clone(&line),
                end: Arc::clone(&end),
                since: now,
                seen: now,
            },
        );
        drop(open);
        self.news.send_replace(());
        Some(Connected {
            clients: Arc::clone(self),
            key,
            end,
            line,
            _place: place,
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

    /// The client says that it shows `version` now, of this document if it names one.
    pub(super) fn shows(
        &self,
        id: &str,
        document: Option<&TreePath>,
        version: Version,
        snapshot: Option<&Arc<Snapshot>>,
    ) {
        self.change(
            |client| client.is_of(id, document),
            |client| {
                client.reports += 1;
                client.version = Some(version);
                client.shown = snapshot.cloned();
                client.failed = None;
            },
        );
    }

    /// The client says that it does not show the newest version, of this document if it names one.
    pub(super) fn fails(&self, id: &str, document: Option<&TreePath>, failure: &Failure) {
        let failure = Arc::new(failure.clone());
        self.change(
            |client| client.is_of(id, document),
            |client| {
                client.reports += 1;
                client.failed = Some(Arc::clone(&failure));
            },
        );
    }

    /// The client found out its Qt version.
    pub(super) fn has_qt(&self, id: &str, qt: &str) {
        let is_new = |client: &Client| client.id == id && client.qt.as_deref() != Some(qt);
        self.change(is_new, |client| client.qt = Some(tidy(qt)));
    }

    /// A picture came from the client with this stream, or the reason why there is none. Others
    /// only hear of it if it is news whether it plays input.
    pub(super) fn heard(&self, stream: &str, plays_input: bool) {
        let now = now();
        let mut is_news = false;
        for client in self.lock().streams.values_mut() {
            if client.stream.as_deref() == Some(stream) {
                client.seen = now;
                is_news |= client.line.plays_input() != Some(plays_input);
            }
        }
        if is_news {
            self.news.send_replace(());
        }
    }

    /// The line to the client with this stream. One that renews its stream has it all the while.
    pub(super) fn line(&self, stream: &str) -> Option<Arc<Line>> {
        self.lock().line(stream)
    }

    /// Those that went and have not come back, the last one first.
    pub(super) fn gone(&self) -> Vec<Client> {
        let open = self.lock();
        let mut gone: Vec<Client> = Vec::new();
        for client in open.gone.iter().rev() {
            let is_back = open.streams.values().any(|other| other.id == client.id);
            if !is_back && !gone.iter().any(|other| other.id == client.id) {
                gone.push(client.clone());
            }
        }
        gone
    }

    fn change(&self, is_meant: impl Fn(&Client) -> bool, change: impl Fn(&mut Client)) {
        let mut open = self.lock();
        let meant = open.streams.values_mut().filter(|client| is_meant(client));
        let now = now();
        for client in meant {
            client.seen = now;
            change(client);
        }
        drop(open);
        self.news.send_replace(());
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

    fn line(&self, stream: &str) -> Option<Arc<Line>> {
        let mut all = self.streams.values().chain(&self.gone).rev();
        let client = all.find(|client| client.stream.as_deref() == Some(stream))?;
        Some(Arc::clone(&client.line))
    }
}

impl Client {
    fn is_of(&self, id: &str, document: Option<&TreePath>) -> bool {
        self.id == id && document.is_none_or(|document| self.document == *document)
    }

    /// Whether it shows its document as that is in this snapshot.
    pub(crate) fn shows(&self, snapshot: &Snapshot) -> bool {
        let newest = snapshot.generations().document(&self.document);
        newest.is_some()
            && self.shown.as_ref().is_some_and(|shown| {
                shown.generations().document(&self.document) == newest
                    && shown.context() == snapshot.context()
            })
    }
}

impl Connected {
    /// What the client calls itself.
    pub(super) fn id(&self) -> String {
        let open = self.clients.lock();
        let client = open.streams.get(&self.key);
        client.map_or_else(String::new, |client| client.id.clone())
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut open = self.clients.lock();
        if let Some(mut client) = open.streams.remove(&self.key) {
            client.seen = now();
            if client.version.is_some() {
                tell_of_absence(&self.clients, &client);
            }
            open.gone.push_back(client);
            if open.gone.len() > MOST_GONE {
                open.gone.pop_front();
            }
        }
        drop(open);
        self.clients.news.send_replace(());
    }
}

/// In seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
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

//! `GET /@qmlserve/events`: server-sent events, the latest value only.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::changes::Changes;
use super::clients::{Connected, Introduction};
use super::{Live, choices, named};
use crate::access::asked_base;
use crate::http::ErrorAnswer;
use crate::http::events::{ALIVE, Events, LONGEST, MOST, RENEW, RETRY, event, events, heartbeat};
use crate::path::TreePath;
use crate::tree::Tree;
use crate::tree::context::Context;
use crate::tree::pictures::Picture;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// Paths named in an event; of a change to more, only their number counts.
const MOST_PATHS: usize = 100;

/// The parameters of the request.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    /// The document shown; the server's entry by default.
    document: Option<String>,
    /// How the client calls itself, over several connections.
    client: Option<String>,
    /// The name of its program.
    name: Option<String>,
    /// Its Qt version, where it knows it.
    qt: Option<String>,
    /// How the client calls this stream: one at a time has a name.
    stream: Option<String>,
    /// The run of the server that the client heard last.
    run: Option<String>,
}

/// One event, as the client reads it.
#[derive(Debug, Serialize)]
struct Event {
    version: Version,
    /// Stands for this run of the server.
    run: Version,
    /// Where the document is; absent until it exists.
    url: Option<String>,
    changed: Vec<TreePath>,
    /// What documents import of the tree's modules, if that is news: the client finds out which
    /// of it its engine has by itself, and asks for documents that are written for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    imports: Option<BTreeSet<String>>,
    /// The pictures and fonts that the document is going to show, and the types whose
    /// enumerations it may name, if that is news.
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<Vec<Picture>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// What to give to the document by name, as a program does.
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Given>,
    /// What there is to show instead, if nobody has said what to show.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    choices: Vec<TreePath>,
}

/// Names with their values.
#[derive(Debug, Serialize)]
struct Given {
    /// Properties of the document's root.
    initial: Context,
    /// What all documents see.
    names: Context,
}

/// Opens a stream.
pub(super) async fn stream(
    request: HttpRequest,
    parameters: Query<Parameters>,
    live: Data<Live>,
) -> HttpResponse {
    let document = match parameters.document.as_deref() {
        None | Some("") => Ok(live.entry(&live.tree.store().newest())),
        Some(text) => TreePath::parse(text),
    };
    let document = match document {
        Ok(document) => document,
        Err(error) => {
            let hint = "name a document below the served folder";
            return ErrorAnswer::new(StatusCode::BAD_REQUEST, error, hint).respond(&request);
        }
    };
    let base = asked_base(&request).unwrap_or_default();
    let client = parameters.client.as_deref();
    let client = client.map(|client| live.gate.hide(client));
    let says = Introduction {
        id: client.as_deref(),
        name: parameters.name.as_deref(),
        qt: parameters.qt.as_deref(),
        stream: parameters.stream.as_deref(),
    };
    let connected = live.clients.connect(&request, &says, &document);
    let Some(connected) = connected else {
        let hint = "close some; a client that is started twice counts twice";
        let message = "too many clients are connected";
        return ErrorAnswer::new(StatusCode::SERVICE_UNAVAILABLE, message, hint).respond(&request);
    };
    let run = live.tree.store().run();
    let other = parameters.run.as_deref().filter(|run| !run.is_empty());
    if other.is_some_and(|other| other != run.to_string()) {
        let tree = Arc::clone(&live.tree);
        // It fails only when the server is about to end, and the stream with it.
        let _ = web::block(move || tree.store().meet_older_client()).await;
    }
    let state = Stream {
        run,
        snapshots: live.tree.store().subscribe(),
        told: None,
        pictures: Vec::new(),
        tree: Arc::clone(&live.tree),
        changes: Arc::clone(&live.changes),
        named: Arc::clone(&live.named),
        document,
        base,
        heartbeat: heartbeat(),
        ends: Instant::now() + LONGEST,
        stopping: live.stopping.clone(),
        sent: 0,
        queue: VecDeque::from([RETRY]),
        over: false,
        connected,
    };
    events(state)
}

struct Stream {
    run: Version,
    tree: Arc<Tree>,
    /// How long each change takes.
    changes: Arc<Changes>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    /// What the client was last told; kept, so that it can be asked for.
    told: Option<Arc<Snapshot>>,
    /// The pictures that the client was last told of.
    pictures: Vec<Picture>,
    /// What the server was told to show.
    named: Arc<Mutex<Option<TreePath>>>,
    document: TreePath,
    base: String,
    heartbeat: tokio::time::Interval,
    ends: Instant,
    stopping: watch::Receiver<bool>,
    sent: usize,
    queue: VecDeque<Bytes>,
    over: bool,
    /// Keeps the client on the list as long as the stream lives.
    connected: Connected,
}

/// Why the stream has something to say.
enum Wake {
    Changed,
    /// A page has the client do something.
    Command(Bytes),
    Heartbeat,
    Old,
}

impl Events for Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(bytes) = self.queue.pop_front() {
            self.sent += bytes.len();
            return Some(bytes);
        }
        if self.over {
            return None;
        }
        let bytes = match self.wake().await? {
            Wake::Changed => self.event(),
            Wake::Command(command) if self.overflows(&command) => {
                self.connected.line.put_back(command);
                self.renew()
            }
            Wake::Command(command) => command,
            Wake::Heartbeat => ALIVE,
            Wake::Old => self.renew(),
        };
        let bytes = if self.overflows(&bytes) {
            self.renew()
        } else {
            bytes
        };
        self.sent += bytes.len();
        Some(bytes)
    }
}

impl Stream {
    /// Whether this is more than the stream may still carry.
    fn overflows(&self, bytes: &Bytes) -> bool {
        self.sent + bytes.len() + RENEW.len() > MOST
    }

    /// Waits for something to say; `None` when the server stops.
    async fn wake(&mut self) -> Option<Wake> {
        if self.told.is_none() {
            return Some(Wake::Changed);
        }
        loop {
            let wake = tokio::select! {
                // An error means that the store is gone: so is the server.
                changed = self.snapshots.changed() => changed.ok().map(|()| Wake::Changed),
                command = self.connected.line.next() => Some(Wake::Command(command)),
                _ = self.heartbeat.tick() => Some(Wake::Heartbeat),
                () = sleep_until(self.ends) => Some(Wake::Old),
                () = self.connected.end.notified() => None,
                _ = self.stopping.wait_for(|stopping| *stopping) => None,
            };
            if !matches!(wake, Some(Wake::Changed)) || self.concerns() {
                return wake;
            }
        }
    }

    /// Whether the newest snapshot has another document for this client than
    /// the one that it was told of, or gives it something else.
    fn concerns(&mut self) -> bool {
        let newest = self.snapshots.borrow_and_update();
        let generation = |snapshot: &Snapshot| snapshot.generations().document(&self.document);
        self.told.as_ref().is_none_or(|told| {
            match (generation(told), generation(&newest)) {
                // Still not there, but the hint goes by what is.
                (None, None) => told.version() != newest.version(),
                (before, now) => before != now || told.context() != newest.context(),
            }
        })
    }

    fn renew(&mut self) -> Bytes {
        self.over = true;
        RENEW
    }

    fn event(&mut self) -> Bytes {
        let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
        let mut changed = match &self.told {
            Some(former) => snapshot.changed_since(former),
            None => Vec::new(),
        };
        changed.truncate(MOST_PATHS);
        let url =
            Live::address(&snapshot, &self.document).map(|path| format!("{}{path}", self.base));
        let imports = snapshot.imports();
        let is_told = match &self.told {
            Some(told) => told.imports() == imports,
            None => imports.is_empty(),
        };
        let pictures = self.tree.store().pictures(&snapshot, &self.document);
        let pictures = (pictures != self.pictures).then_some(pictures);
        let said = Event {
            version: snapshot.version(),
            run: self.run,
            hint: url.is_none().then(|| missing(&snapshot, &self.document)),
            choices: choices(named(&self.named).as_ref(), &snapshot, &self.document).to_vec(),
            context: snapshot
                .context_of(&self.document)
                .map(|(initial, names)| Given { initial, names }),
            url,
            changed,
            imports: (!is_told).then(|| imports.clone()),
            pictures: pictures.clone(),
        };
        self.pictures = pictures.unwrap_or_else(|| std::mem::take(&mut self.pictures));
        if self.told.is_some() {
            self.changes
                .told(&snapshot, &said.changed, self.connected.id());
        }
        self.told = Some(snapshot);
        event(&said)
    }
}

fn missing(snapshot: &Snapshot, document: &TreePath) -> String {
    match snapshot.nearest(document) {
        Some(nearest) => format!(
            "{document} does not exist yet; create it, or start the server with --document {nearest}"
        ),
        None => format!("{document} does not exist yet; create it, and it is shown here"),
    }
}

//! Live reload: the stream of events, the clients that listen, what they
//! report, what programs log, and the QML that they run.

mod changes;
pub(crate) mod client_files;
mod clients;
pub(crate) mod console;
pub(crate) mod diagnostic;
mod events;
pub(crate) mod faults;
mod hint;
pub(crate) mod project;
pub(crate) mod remote;
mod reports;
pub(crate) mod showing;
mod singletons;
mod status;

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::{self, Data, ServiceConfig};
use tokio::sync::watch;

use crate::access::Gate;
use crate::http::{Budget, query_config};
use crate::path::TreePath;
use crate::tree::Tree;
use crate::tree::snapshot::Snapshot;

pub(crate) use changes::Change;
use changes::Changes;
pub(crate) use clients::Client;
use clients::Clients;
use console::Console;
pub(crate) use diagnostic::Diagnostic;
use faults::Told;
use remote::Line;
use reports::Reports;
use singletons::Superseded;
use status::Section;

/// Places for streams of events.
#[derive(Debug)]
pub(crate) struct Streams {
    /// Of clients that show a document.
    pub clients: Arc<Budget>,
    /// Of those who listen to the console.
    pub log: Arc<Budget>,
}

/// What the handlers of this module share.
#[derive(Debug)]
pub(crate) struct Live {
    tree: Arc<Tree>,
    /// The document that a client shows if it names none, where somebody has said which.
    named: Arc<Mutex<Option<TreePath>>>,
    clients: Arc<Clients>,
    changes: Arc<Changes>,
    reports: Reports,
    superseded: Superseded,
    /// The faults that were told without a client.
    told: Told,
    console: Console,
    /// Places for those who listen to the console.
    log_streams: Arc<Budget>,
    /// Knows the pass that clients' URLs have.
    gate: Data<Gate>,
    /// What other parts add to the status.
    sections: Vec<Section>,
    /// Becomes true when the server stops: streams end then.
    stopping: watch::Receiver<bool>,
}

impl Live {
    /// Live reload of `tree`, until `stopping` says true. `named`: the document that clients are
    /// to show, unless it is for the tree to say.
    pub(crate) fn new(
        tree: Arc<Tree>,
        named: Option<TreePath>,
        streams: Streams,
        gate: Data<Gate>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            tree,
            named: Arc::new(Mutex::new(named)),
            clients: Arc::new(Clients::new(streams.clients)),
            changes: Arc::default(),
            reports: Reports::default(),
            superseded: Superseded::default(),
            told: Told::default(),
            console: Console::default(),
            log_streams: streams.log,
            gate,
            sections: Vec::new(),
            stopping,
        }
    }

    /// With a section of the status that another part fills.
    #[must_use]
    pub(crate) fn with_section(
        mut self,
        name: &'static str,
        state: impl Fn() -> serde_json::Value + Send + Sync + 'static,
    ) -> Self {
        let state = Box::new(state);
        self.sections.push(Section { name, state });
        self
    }

    /// Wakes at any change of what is known of clients.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.clients.subscribe()
    }

    /// The clients that are connected.
    pub(crate) fn clients(&self) -> Vec<Client> {
        self.clients.list()
    }

    /// Those that went a while ago, the last one first.
    pub(crate) fn gone(&self) -> Vec<Client> {
        self.clients.gone()
    }

    /// The line to the client that has this stream.
    pub(crate) fn line(&self, stream: &str) -> Option<Arc<Line>> {
        self.clients.line(stream)
    }

    /// How long the last changes took, oldest first.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.changes.last()
    }

    /// The document that a client shows if it names none. It need not exist.
    #[must_use]
    pub(crate) fn entry(&self, snapshot: &Snapshot) -> TreePath {
        let chosen = named(&self.named).or_else(|| snapshot.entries().chosen.clone());
        chosen.unwrap_or_else(TreePath::main)
    }

    /// What a client may show instead of `document`, where that is no more than a guess.
    #[must_use]
    pub(crate) fn choices<'s>(
        &self,
        snapshot: &'s Snapshot,
        document: &TreePath,
    ) -> &'s [TreePath] {
        choices(named(&self.named).as_ref(), snapshot, document)
    }

    /// The messages of programs.
    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// The URL path under which a client loads `document` now. The version
    /// rides along as the fragment, as the book's trick has it; the path is
    /// what makes the engine look.
    fn address(snapshot: &Snapshot, document: &TreePath) -> Option<String> {
        let generation = snapshot.generations().document(document)?;
        Some(format!(
            "{}#{}",
            generation.url_path(document),
            snapshot.version()
        ))
    }
}

/// The document that somebody has said is to be shown.
fn named(named: &Mutex<Option<TreePath>>) -> Option<TreePath> {
    named.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn choices<'s>(
    named: Option<&TreePath>,
    snapshot: &'s Snapshot,
    document: &TreePath,
) -> &'s [TreePath] {
    let is_guess = named.is_none() && *document == TreePath::main();
    match is_guess && snapshot.file(document).is_none() {
        true => &snapshot.entries().choices,
        false => &[],
    }
}

/// Adds the routes of this module.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .app_data(query_config())
        .route("/@qmlserve/events", web::get().to(events::stream))
        .route("/@qmlserve/version", web::get().to(status::version))
        .route("/@qmlserve/status", web::get().to(status::status))
        .route("/@qmlserve/log", web::get().to(console::stream::stream))
        .route("/@qmlserve/report", web::post().to(reports::receive))
        .route("/@qmlserve/picture", web::post().to(remote::receive))
        .route("/@qmlserve/items", web::post().to(remote::receive_items))
        .route("/@qmlserve/{file}", web::get().to(client_files::serve))
        .route("/@qmlserve/{file}", web::head().to(client_files::serve))
        .route("/remote.qml", web::get().to(client_files::remote))
        .route("/remote.qml", web::head().to(client_files::remote));
}

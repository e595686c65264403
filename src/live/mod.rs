//! Live reload: the stream of events, the clients that listen, what they
//! report, what programs log, and the QML that they run.

mod client_files;
mod clients;
pub(crate) mod console;
mod diagnostic;
mod events;
mod hint;
mod reports;
mod singletons;
mod status;

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use tokio::sync::watch;

use crate::access::Gate;
use crate::http::{Budget, Limits, query_config};
use crate::path::TreePath;
use crate::tree::Tree;
use crate::tree::snapshot::Snapshot;

use clients::Clients;
use console::Console;
use reports::Reports;
use singletons::Superseded;
use status::Section;

/// What the handlers of this module share.
#[derive(Debug)]
pub(crate) struct Live {
    tree: Arc<Tree>,
    /// The document that a client shows if it names none.
    entry: TreePath,
    clients: Arc<Clients>,
    reports: Reports,
    superseded: Superseded,
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
    /// Live reload of `tree`, until `stopping` says true.
    pub(crate) fn new(
        tree: Arc<Tree>,
        entry: TreePath,
        limits: &Limits,
        gate: Data<Gate>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let places = || Budget::new(limits.streams, limits.streams_per_address);
        Self {
            tree,
            entry,
            clients: Arc::new(Clients::new(places())),
            reports: Reports::default(),
            superseded: Superseded::default(),
            console: Console::default(),
            log_streams: places(),
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

    /// The document that a client shows if it names none.
    #[must_use]
    pub(crate) fn entry(&self) -> &TreePath {
        &self.entry
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

/// Adds the routes of this module.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .app_data(query_config())
        .route("/@qmlserve/events", web::get().to(events::stream))
        .route("/@qmlserve/version", web::get().to(status::version))
        .route("/@qmlserve/status", web::get().to(status::status))
        .route("/@qmlserve/log", web::get().to(console::stream::stream))
        .route("/@qmlserve/report", web::post().to(reports::receive))
        .route("/@qmlserve/{file}", web::get().to(client_files::serve))
        .route("/@qmlserve/{file}", web::head().to(client_files::serve))
        .route("/remote.qml", web::get().to(client_files::remote))
        .route("/remote.qml", web::head().to(client_files::remote));
}

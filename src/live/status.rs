//! `GET /@qmlserve/status` and `/@qmlserve/version`: for scripts and people.

use std::fmt;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Live;
use super::clients::Client;
use super::console::Entry;
use super::project::ProjectReport;
use super::reports::Failure;
use crate::http::uncached;
use crate::path::TreePath;
use crate::tree::tokens::Counts;
use crate::tree::version::Version;

/// A part of the status that this module knows nothing about.
pub(super) struct Section {
    /// Its key.
    pub name: &'static str,
    /// Its state now.
    pub state: Box<dyn Fn() -> Value + Send + Sync>,
}

impl fmt::Debug for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

#[derive(Debug, Serialize)]
struct Status<'a> {
    version: Version,
    entry: &'a TreePath,
    /// Whether the entry exists.
    ready: bool,
    /// What there is to show instead, if it does not and nobody has said what to show.
    choices: &'a [TreePath],
    project: ProjectReport,
    /// What clients loaded by documents of the tree, by whether it was foreseen.
    loads: Counts,
    clients: Vec<Client>,
    errors: Vec<Failure>,
    /// What programs logged last.
    log: Vec<Entry>,
    #[serde(flatten)]
    sections: Map<String, Value>,
}

/// The state of the server as JSON.
pub(super) async fn status(live: Data<Live>) -> HttpResponse {
    let snapshot = live.tree.store().newest();
    let entry = live.entry(&snapshot);
    let sections = live.sections.iter();
    let sections = sections.map(|section| (section.name.to_owned(), (section.state)()));
    uncached(StatusCode::OK).json(Status {
        version: snapshot.version(),
        ready: snapshot.file(&entry).is_some(),
        choices: live.choices(&snapshot, &entry),
        entry: &entry,
        project: live.project(&snapshot),
        loads: live.tree.store().tokens().counts(),
        clients: live.clients.list(),
        errors: live.failures(),
        log: live.console.last(),
        sections: sections.collect(),
    })
}

/// The newest version, alone on a line.
pub(super) async fn version(live: Data<Live>) -> HttpResponse {
    uncached(StatusCode::OK)
        .content_type("text/plain; charset=utf-8")
        .body(format!("{}\n", live.tree.store().newest().version()))
}

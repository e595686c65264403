//! The sections of the page's state, each a piece of JSON.

use serde_json::{Value, json};

use super::Page;
use super::tree::Analysis;
use super::{problems, tree};
use crate::live::Client;
use crate::tree::snapshot::Snapshot;

/// The names of the sections, in the order in which they are told.
pub(super) const SECTIONS: [&str; 5] = ["tree", "clients", "problems", "changes", "services"];

/// A section as it is now.
pub(super) fn section(page: &Page, snapshot: &Snapshot, analysis: &Analysis, name: &str) -> Value {
    match name {
        "tree" => tree::section(page, snapshot, analysis),
        "clients" => clients(page, snapshot),
        "problems" => problems::section(page, &analysis.problems),
        "changes" => json!(page.live.changes()),
        _ => (page.services)(),
    }
}

fn clients(page: &Page, snapshot: &Snapshot) -> Value {
    let here = page.live.clients();
    let here = here.iter().map(|one| client(one, snapshot, true));
    let gone = page.live.gone();
    let gone = gone.iter().map(|one| client(one, snapshot, false));
    json!(here.chain(gone).collect::<Vec<_>>())
}

fn client(client: &Client, snapshot: &Snapshot, is_connected: bool) -> Value {
    json!({
        "id": client.id,
        "stream": client.stream,
        "name": client.name,
        "qt": client.qt,
        "kind": client.kind,
        "address": client.address,
        "document": client.document,
        "version": client.version,
        "is_newest": client.shows(snapshot),
        "is_failing": client.failed.is_some(),
        "is_connected": is_connected,
        "plays_input": client.line.plays_input(),
        "since": client.since,
        "seen": client.seen,
    })
}

//! What there is and how it is: documents and clients.

use std::sync::Arc;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{self, Brief, HOW_TO_START, without_input};
use super::{Effect, Entry, Here, Nothing, Outcome, told, tool};
use crate::live::Client;
use crate::mcp::speaker::Trouble;
use crate::page::FileState;
use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;

/// Documents that are told of at once, unless it is said how many.
const DOCUMENTS: usize = 200;

/// Clients that are asked at once whether they play input.
const ASKED: usize = 20;

pub(super) fn tools() -> Vec<Entry> {
    vec![
        tool(
            "list_documents",
            Effect::None,
            "Lists the files that are served, with the state of each: fine, broken (it does not \
             parse, or a client fails with it) or unused (nothing that is shown leads to it); open \
             means that it loads files by names that cannot be read off. Also the version of the \
             tree, which changes with every edit, and the entry, the document that clients show.",
            documents,
        ),
        tool(
            "list_clients",
            Effect::None,
            "Lists the Qt programs that are connected and show the tree: the name by which to mean \
             each in other tools, its Qt version, the document that it shows, whether that is in \
             the newest state, and whether it can be clicked and typed into; if not, what helps.",
            clients,
        ),
    ]
}

/// Which documents.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only files below this folder, as in "pages"
    folder: Option<String>,
    /// Only files in this state
    state: Option<DocumentState>,
    /// How many to tell of at the most [default: 200]
    most: Option<usize>,
}

/// The state of a document.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum DocumentState {
    Fine,
    Broken,
    Unused,
    Open,
}

async fn documents(here: Arc<Here>, which: Which) -> Outcome {
    let folder = match which.folder.as_deref().map(TreePath::parse).transpose() {
        Ok(folder) => folder,
        Err(error) => {
            let hint = "name a folder relative to the top of the tree, as in pages";
            return Err(Trouble::new(error.to_string(), hint));
        }
    };
    let snapshot = here.tree.store().newest();
    let is_meant = |file: &FileState| {
        let is_below = folder
            .as_ref()
            .is_none_or(|folder| file.path.is_within(folder));
        is_below
            && match which.state {
                None => true,
                Some(DocumentState::Fine) => file.state == "fine",
                Some(DocumentState::Broken) => file.state == "broken",
                Some(DocumentState::Unused) => file.state == "unused",
                Some(DocumentState::Open) => file.open,
            }
    };
    let mut files = here.page.files(&snapshot);
    files.retain(is_meant);
    let count = files.len();
    files.truncate(which.most.unwrap_or(DOCUMENTS));
    let entry = here.live.entry(&snapshot);
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            json!({"path": file.path, "kind": file.kind, "state": file.state, "open": file.open})
        })
        .collect();
    told(&json!({
        "version": snapshot.version(),
        "entry": entry,
        "entry_exists": snapshot.file(&entry).is_some(),
        "left_out": count - files.len(),
        "documents": files,
    }))
}

/// A client as a model is told of it.
#[derive(Debug, Serialize)]
struct Known {
    #[serde(flatten)]
    brief: Brief,
    /// In which state its document is there.
    shows: &'static str,
    /// Whether it can be used, and what helps where not.
    input: String,
}

async fn clients(here: Arc<Here>, _: Nothing) -> Outcome {
    let snapshot = here.tree.store().newest();
    let clients = here.clients();
    // Each is known to answer, and to play input or not, by having been asked.
    let known = clients.iter().take(ASKED).map(|client| {
        let snapshot = Arc::clone(&snapshot);
        async move {
            let input = match client::settled(client).await {
                Ok(true) => "can be clicked and typed into".to_owned(),
                Ok(false) => format!("cannot be clicked or typed into: {}", without_input(client)),
                Err(trouble) => trouble.to_string(),
            };
            Known {
                brief: Brief::of(client),
                shows: how(client, &snapshot),
                input,
            }
        }
    });
    let known = join_all(known).await;
    let hint = known.is_empty().then_some(HOW_TO_START);
    told(&json!({
        "version": snapshot.version(),
        "left_out": clients.len() - known.len(),
        "clients": known,
        "hint": hint,
    }))
}

fn how(client: &Client, snapshot: &Snapshot) -> &'static str {
    match client.shows(snapshot) {
        _ if client.failed.is_some() => "it could not load the newest state; see read_problems",
        true => "the newest state",
        false => "an older state, or nothing yet",
    }
}

//! What clients are to show: another document, or the same anew.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Entry, Here, Outcome, client, tool};
use crate::live::remote::Command;
use crate::mcp::speaker::Trouble;
use crate::path::{Kind, Language, TreePath};

/// How long clients have.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn tools() -> Vec<Entry> {
    vec![
        tool(
            "set_entry",
            Effect::Some,
            "Has clients show this document from now on: those that show the entry of before, and \
             those that come. Waits until they do, and answers as wait_until_shown does. Lasts until \
             the server is started again.",
            set_entry,
        ),
        tool(
            "reload",
            Effect::Some,
            "Has a client, or all of them, load its document anew, and answers as wait_until_shown \
             does. Not needed after an edit. With reset, the interface comes up as if the program \
             had just been started; without, what was typed, checked and scrolled to stays.",
            reload,
        ),
    ]
}

/// The document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// Its path in the tree, as in "pages/Main.qml"
    document: String,
}

async fn set_entry(here: Arc<Here>, shown: Shown) -> Outcome {
    let wrong = |error: &dyn std::fmt::Display| {
        let hint = "name a .qml file relative to the top of the tree; list_documents has them";
        Trouble::new(error.to_string(), hint)
    };
    let document = TreePath::parse(&shown.document).map_err(|error| wrong(&error))?;
    here.tree.is_read(PATIENCE).await;
    let snapshot = here.tree.store().newest();
    if snapshot.file(&document).is_none() {
        let nearest = snapshot.nearest(&document);
        let meant = nearest.map_or_else(String::new, |path| format!("; {path} is"));
        return Err(wrong(&format!("{document} is not in the tree{meant}")));
    }
    if document.kind() != Kind::Document(Language::Qml) {
        return Err(wrong(&format!("{document} is no QML document")));
    }
    here.live.set_entry(&document, PATIENCE).await;
    let showing = here.live.shown_everywhere(PATIENCE).await;
    here.told_of(&showing).await
}

/// Who, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reload {
    /// The client, as list_clients names it [default: all of them]
    client: Option<String>,
    /// Whether to forget what was done to the interface
    #[serde(default)]
    reset: bool,
}

async fn reload(here: Arc<Here>, reload: Reload) -> Outcome {
    let command = match reload.reset {
        true => Command::Reset,
        false => Command::Reload,
    };
    let clients = match &reload.client {
        Some(client) => vec![here.client(Some(client)).await?],
        None => here.clients(),
    };
    for client in &clients {
        client::send(client, &command)?;
    }
    here.live.reported(&clients, PATIENCE).await;
    let showing = here.live.shown_everywhere(PATIENCE).await;
    here.told_of(&showing).await
}

//! What came of an edit: who shows it, what is wrong, what was logged since.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::client::{self, Brief, HOW_TO_START};
use super::{Effect, Entry, Here, Nothing, Outcome, Seconds, told, tool};
use crate::live::Client;
use crate::live::console::Level;
use crate::live::showing::Showing;
use crate::mcp::speaker::Trouble;
use crate::page::ProblemState;
use crate::tree::faults::Faults;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// Messages that are told of at once, unless it is said how many.
const MESSAGES: usize = 50;

/// How long an edit is waited for, unless it is said.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a client that cannot show it, and of one that is still waited for.
const NOT_LOADED: &str = "could not load it; see problems";
const NOT_IN_TIME: &str = "did not show it in time; see list_clients";

pub(super) fn tools() -> Vec<Entry> {
    vec![
        tool(
            "read_problems",
            Effect::None,
            "Tells what is wrong right now, errors first, each with file, line, column, the line \
             itself and a hint: what does not parse, imports, types and files that are not there, \
             and what clients could not load. Reads everything on the disk first. Says nothing of \
             what happens while a document runs; see read_log for that.",
            problems,
        ),
        tool(
            "read_log",
            Effect::None,
            "Reads what programs logged last, oldest first: console.log, warnings and exceptions \
             while they run, with file and line. Only programs are heard that qmlserve has started \
             (qmlserve run) or is attached to (--attach).",
            log,
        ),
        tool(
            "wait_until_shown",
            Effect::None,
            "Call this after an edit. Reads everything on the disk, waits until each client shows \
             it or says that it cannot, and tells who shows it, who does not and why, and what is \
             wrong. Afterwards pictures and items are those of the edit.",
            wait,
        ),
    ]
}

async fn problems(here: Arc<Here>, _: Nothing) -> Outcome {
    let is_read = here.tree.is_read(PATIENCE).await;
    let snapshot = here.tree.store().newest();
    let problems = here.problems(&snapshot).await?;
    told(&json!({
        "version": snapshot.version(),
        "everything_read": is_read,
        "problems": problems,
    }))
}

impl Here {
    async fn problems(&self, snapshot: &Arc<Snapshot>) -> Result<Vec<ProblemState>, Trouble> {
        let of = Arc::clone(snapshot);
        // In a large tree this takes a while.
        let faults = tokio::task::spawn_blocking(move || Faults::of(&of)).await;
        let faults = faults.map_err(|error| Trouble::new(error.to_string(), "try again"))?;
        Ok(self.page.problems(snapshot, &faults))
    }
}

/// Which messages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Messages {
    /// Only what was logged since the tree has been in this version, as other tools tell it
    since: Option<String>,
    /// Only warnings and errors
    #[serde(default)]
    only_problems: bool,
    /// How many of the last ones at the most [default: 50]
    most: Option<usize>,
}

async fn log(here: Arc<Here>, which: Messages) -> Outcome {
    let console = here.live.console();
    let mut messages = match &which.since {
        None => console.last(),
        Some(version) => console.since(here.version(version)?.since()),
    };
    if which.only_problems {
        messages.retain(|entry| matches!(entry.level, Level::Warning | Level::Error));
    }
    let left_out = messages
        .len()
        .saturating_sub(which.most.unwrap_or(MESSAGES));
    told(&json!({
        "version": here.tree.store().newest().version(),
        "left_out": left_out,
        "messages": messages.split_off(left_out),
    }))
}

impl Here {
    /// The state of this version.
    fn version(&self, text: &str) -> Result<Arc<Snapshot>, Trouble> {
        let version: Option<Version> = text.parse().ok();
        let found = version.and_then(|version| self.tree.store().at(version));
        found.ok_or_else(|| {
            Trouble::new(
                format!("the tree was never in version {text:?}, or too long ago"),
                "give a version that another tool told, or none",
            )
        })
    }
}

/// What is waited for, and how long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Waiting {
    /// The version to wait for, or any newer one [default: what is on the disk]
    version: Option<String>,
    /// How long to wait at the most, in seconds, up to 60 [default: 10]
    seconds: Option<Seconds>,
}

async fn wait(here: Arc<Here>, waiting: Waiting) -> Outcome {
    let within = waiting.seconds.map(Seconds::duration).transpose()?;
    if let Some(version) = &waiting.version {
        // What is on the disk is that, or newer.
        here.version(version)?;
    }
    // One that renews its stream is not to be missed.
    here.somebody().await;
    let showing = here.live.shown_everywhere(within.unwrap_or(PATIENCE)).await;
    here.told_of(&showing).await
}

impl Here {
    /// Who shows a state, and what is wrong with it.
    pub(super) async fn told_of(&self, showing: &Showing) -> Outcome {
        let brief = |clients: &[Client]| -> Vec<Brief> { clients.iter().map(Brief::of).collect() };
        told(&json!({
            "summary": summary(showing),
            "version": showing.snapshot.version(),
            "shown_everywhere": showing.is_everywhere(),
            "shown": brief(&showing.shown),
            "failed": brief(&showing.failed),
            "waiting": brief(&showing.waiting),
            "problems": self.problems(&showing.snapshot).await?,
        }))
    }
}

fn summary(showing: &Showing) -> String {
    let mut said = Vec::new();
    if !showing.is_read {
        said.push(
            "files are still being written, so that this may not be all of the edit".to_owned(),
        );
    }
    for (clients, one, many) in [
        (&showing.shown, "shows it", "show it"),
        (&showing.failed, NOT_LOADED, NOT_LOADED),
        (&showing.waiting, NOT_IN_TIME, NOT_IN_TIME),
    ] {
        match clients.as_slice() {
            [] => {}
            [client] => said.push(format!("{} {one}", client::described(client))),
            clients => said.push(format!("{} clients {many}", clients.len())),
        }
    }
    if showing.shown.is_empty() && showing.failed.is_empty() && showing.waiting.is_empty() {
        said.push(format!("no client is connected: {HOW_TO_START}"));
    }
    said.join(". ")
}

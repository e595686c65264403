//! What is said on the terminal of who pushes of the clients that are connected.

use std::time::Duration;

use crate::live::showing::Showing;
use crate::live::{Client, Live};

/// Waits until all clients show what is served, or cannot, for so long; a line for each finding.
pub(super) async fn who_shows(live: &Live, within: Duration) -> Vec<String> {
    lines(&live.shown_everywhere(within).await, within)
}

fn lines(showing: &Showing, within: Duration) -> Vec<String> {
    let all = showing.shown.len() + showing.failed.len() + showing.waiting.len();
    if all == 0 {
        return vec!["no client is connected".to_owned()];
    }
    let shown = showing.shown.len();
    let s = if all == 1 { "" } else { "s" };
    let show = if shown == 1 { "shows" } else { "show" };
    let version = showing.snapshot.version();
    let mut lines = vec![format!("{shown} of {all} client{s} {show} {version}")];
    lines.extend(showing.failed.iter().map(|client| {
        let why = client.failed.as_ref().and_then(|why| why.errors.first());
        let why = why.map_or_else(
            || "its document is not there".to_owned(),
            |why| why.message.clone(),
        );
        format!("{} keeps what it had: {why}", named(client))
    }));
    if !showing.waiting.is_empty() {
        let waiting: Vec<_> = showing.waiting.iter().map(named).collect();
        let seconds = within.as_secs();
        lines.push(format!(
            "not heard of within {seconds} s: {}",
            waiting.join(", ")
        ));
    }
    lines
}

fn named(client: &Client) -> String {
    let qt = client.qt.as_deref().unwrap_or("?");
    match &client.name {
        Some(name) => format!("{name} (Qt {qt}, {})", client.address),
        None => format!("a client (Qt {qt}, {})", client.address),
    }
}

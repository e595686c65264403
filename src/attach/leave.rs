//! The leave that is taken of a program when the server stops: it goes on without anybody, and
//! nothing of it is left waiting.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Attach;
use super::connection::{Connection, Event};
use super::files::answer;
use super::protocol::preview;

/// How long a program has to be quiet to be left, and the longest time that it is waited for. The
/// server is to end within a second.
const QUIET: Duration = Duration::from_millis(100);
const LONGEST_LEAVE: Duration = Duration::from_millis(450);

/// Answers what the program still asks, until it is quiet for a moment. A thread of it that is
/// left without an answer waits for ever, and the interface with it (measured with Qt 6.4).
pub(super) async fn take(attach: &Attach, connection: &mut Connection, name: &str) {
    let end = Instant::now() + LONGEST_LEAVE;
    while let Ok(Ok(event)) = timeout_at(end.min(Instant::now() + QUIET), connection.next()).await {
        match event {
            Event::Message(message) => attach.logged(name, &message),
            Event::Preview(preview::Event::Request(path)) => {
                if answer(attach, connection, &path).await.is_err() {
                    return;
                }
            }
            Event::Preview(_) => {}
        }
    }
}

//! `GET /colors/events`: the changes of a collection as server-sent events.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::Collections;
use super::error::Refusal;
use super::event::Change;
use crate::http::{Share, event_stream};

/// Time between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A stream ends after this long, and the client opens a new one.
const LONGEST: Duration = Duration::from_secs(3600);

/// A stream ends after this many bytes: QML's XMLHttpRequest keeps the whole text.
const MOST: usize = 256 * 1024;

/// The stream is about to end on purpose: open another one at once.
const RENEW: &[u8] = b"event: renew\ndata: {}\n\n";

/// Changes were missed: read the list again.
const MISSED: &[u8] = b"event: missed\ndata: {}\n\n";

/// Opens a stream of the changes of the collection `name`.
pub(super) fn open(
    collections: &Collections,
    name: &str,
    client: Option<IpAddr>,
) -> Result<HttpResponse, Refusal> {
    let place = collections.streams.place(client);
    let place = place.map_err(|_| Refusal::TooManyStreams)?;
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = Stream {
        changes: collections.subscribe(),
        name: name.to_owned(),
        heartbeat,
        ends: Instant::now() + LONGEST,
        stopping: collections.stopping.clone(),
        sent: 0,
        begun: false,
        over: false,
        _place: place,
    };
    Ok(
        event_stream().streaming(stream::unfold(state, |mut state| async move {
            let bytes = state.next().await?;
            Some((Ok::<_, std::convert::Infallible>(bytes), state))
        })),
    )
}

struct Stream {
    changes: broadcast::Receiver<Arc<Change>>,
    name: String,
    heartbeat: tokio::time::Interval,
    ends: Instant,
    stopping: watch::Receiver<bool>,
    sent: usize,
    begun: bool,
    over: bool,
    _place: Share,
}

impl Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        if !self.begun {
            self.begun = true;
            // Something at once, so that the client knows that it is heard.
            return Some(Bytes::from_static(b"retry: 1000\n\n"));
        }
        loop {
            let bytes = tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) if change.collection == self.name => event(&change),
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => Bytes::from_static(MISSED),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.heartbeat.tick() => Bytes::from_static(b": heartbeat\n\n"),
                () = sleep_until(self.ends) => {
                    self.over = true;
                    Bytes::from_static(RENEW)
                }
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            };
            self.sent += bytes.len();
            if self.sent > MOST && !self.over {
                // The event that fills the stream is still in it.
                self.over = true;
                return Some([&bytes, RENEW].concat().into());
            }
            return Some(bytes);
        }
    }
}

fn event(change: &Change) -> Bytes {
    // An object is text that was JSON before.
    let json = serde_json::to_string(change).unwrap_or_default();
    format!("data: {json}\n\n").into()
}

//! `GET /colors/events`: the changes of a collection as server-sent events.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpResponse;
use bytes::Bytes;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::Collections;
use super::error::Refusal;
use super::event::Change;
use crate::http::Share;
use crate::http::events::{ALIVE, Events, LONGEST, MOST, RENEW, RETRY, event, events, heartbeat};

/// Changes were missed: read the list again.
const MISSED: Bytes = Bytes::from_static(b"event: missed\ndata: {}\n\n");

/// Opens a stream of the changes of the collection `name`.
pub(super) fn open(
    collections: &Collections,
    name: &str,
    client: Option<IpAddr>,
) -> Result<HttpResponse, Refusal> {
    let place = collections.streams.place(client);
    let place = place.map_err(|_| Refusal::TooManyStreams)?;
    let state = Stream {
        changes: collections.subscribe(),
        name: name.to_owned(),
        heartbeat: heartbeat(),
        ends: Instant::now() + LONGEST,
        stopping: collections.stopping.clone(),
        sent: 0,
        begun: false,
        over: false,
        _place: place,
    };
    Ok(events(state))
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

impl Events for Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        if !self.begun {
            self.begun = true;
            return Some(RETRY);
        }
        loop {
            let bytes = tokio::select! {
                change = self.changes.recv() => match change {
                    Ok(change) if change.collection == self.name => event(&*change),
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => MISSED,
                    Err(RecvError::Closed) => return None,
                },
                _ = self.heartbeat.tick() => ALIVE,
                () = sleep_until(self.ends) => {
                    self.over = true;
                    RENEW
                }
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            };
            self.sent += bytes.len();
            if self.sent > MOST && !self.over {
                // The event that fills the stream is still in it.
                self.over = true;
                return Some([bytes, RENEW].concat().into());
            }
            return Some(bytes);
        }
    }
}

//! `GET /@qmlserve/page/state`: all that the page shows, as server-sent events, one for each
//! section of it and only when that has changed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Page;
use super::state::{SECTIONS, section};
use super::tree::Analysis;
use crate::http::events::{ALIVE, Events, HEARTBEAT, RETRY, events, named_event};
use crate::http::{ErrorAnswer, Share};
use crate::tree::snapshot::Snapshot;

/// What comes this close together is told together.
const BREATH: Duration = Duration::from_millis(40);

struct Stream {
    page: Data<Page>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    clients: watch::Receiver<()>,
    stopping: watch::Receiver<bool>,
    /// What was told last of each section.
    told: [Option<blake3::Hash>; SECTIONS.len()],
    analysis: Analysis,
    queue: VecDeque<Bytes>,
    is_first: bool,
    _place: Share,
}

/// Opens a stream.
pub(super) async fn stream(request: HttpRequest, page: Data<Page>) -> HttpResponse {
    let client = request.peer_addr().map(|peer| peer.ip());
    let Ok(place) = page.places.place(client) else {
        let hint = "close some of the pages that show this server";
        let message = "too many pages look at this server";
        return ErrorAnswer::new(StatusCode::SERVICE_UNAVAILABLE, message, hint).respond(&request);
    };
    let state = Stream {
        snapshots: page.tree.store().subscribe(),
        clients: page.live.subscribe(),
        stopping: page.stopping.clone(),
        told: [None; SECTIONS.len()],
        analysis: Analysis::default(),
        queue: VecDeque::from([RETRY]),
        is_first: true,
        page,
        _place: place,
    };
    events(state)
}

impl Events for Stream {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.queue.pop_front() {
                return Some(bytes);
            }
            if !self.is_first && !self.wake().await? {
                self.queue.push_back(ALIVE);
            }
            self.is_first = false;
            self.look();
        }
    }
}

impl Stream {
    /// Waits until there may be something to say: whether that is so, and `None` when the server
    /// stops.
    async fn wake(&mut self) -> Option<bool> {
        let changed = async {
            // An error means that the server is gone.
            let changed = tokio::select! {
                changed = self.snapshots.changed() => changed,
                changed = self.clients.changed() => changed,
            };
            changed.ok()
        };
        let woken = tokio::select! {
            changed = timeout(HEARTBEAT, changed) => changed,
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
        };
        match woken {
            Err(_) => Some(false),
            Ok(None) => None,
            Ok(Some(())) => {
                sleep(BREATH).await;
                Some(true)
            }
        }
    }

    fn look(&mut self) {
        self.clients.borrow_and_update();
        let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
        self.analysis.follow(&self.page, &snapshot);
        for (name, told) in SECTIONS.iter().zip(&mut self.told) {
            let json = section(&self.page, &snapshot, &self.analysis, name).to_string();
            let hash = blake3::hash(json.as_bytes());
            if *told != Some(hash) {
                *told = Some(hash);
                self.queue.push_back(named_event(name, json));
            }
        }
    }
}

//! `GET /@qmlserve/log`: what programs log, as server-sent events, the last of it first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

use super::Entry;
use crate::http::events::{ALIVE, Events, HEARTBEAT, event, events, named_event};
use crate::http::{ErrorAnswer, Share};
use crate::live::Live;

struct Stream {
    last: std::vec::IntoIter<Entry>,
    news: broadcast::Receiver<Entry>,
    stopping: watch::Receiver<bool>,
    _place: Share,
}

/// Opens a stream. Each event is an [`Entry`]; one of type `lost` says how many were missed.
pub(crate) async fn stream(request: HttpRequest, live: Data<Live>) -> HttpResponse {
    let client = request.peer_addr().map(|peer| peer.ip());
    let Ok(place) = live.log_streams.place(client) else {
        let hint = "close some of the streams of /@qmlserve/log";
        let message = "too many listen to what programs log";
        return ErrorAnswer::new(StatusCode::SERVICE_UNAVAILABLE, message, hint).respond(&request);
    };
    let (last, news) = live.console.listen();
    let state = Stream {
        last: last.into_iter(),
        news,
        stopping: live.stopping.clone(),
        _place: place,
    };
    events(state)
}

impl Events for Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(entry) = self.last.next() {
            return Some(event(&entry));
        }
        let news = tokio::select! {
            news = timeout(HEARTBEAT, self.news.recv()) => news,
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
        };
        match news {
            Err(_) => Some(ALIVE),
            Ok(Ok(entry)) => Some(event(&entry)),
            Ok(Err(RecvError::Lagged(count))) => {
                Some(named_event("lost", json!({ "count": count })))
            }
            Ok(Err(RecvError::Closed)) => None,
        }
    }
}

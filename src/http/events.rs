//! Server-sent events (WHATWG HTML, section 9.2): what every stream of them begins with, shows
//! that it lives by, and ends with.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::uncached;

/// Time between two signs of life. Clients give up after three.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(5);

/// A stream ends after this long, and the client opens a new one.
pub(crate) const LONGEST: Duration = Duration::from_secs(3600);

/// A stream ends before it carried more than about this many bytes: QML's XMLHttpRequest keeps the
/// whole text.
pub(crate) const MOST: usize = 256 * 1024;

/// Said first, so that the client knows at once that it is heard: come back after a second.
pub(crate) const RETRY: Bytes = Bytes::from_static(b"retry: 1000\n\n");

/// Said where there is nothing to say.
pub(crate) const ALIVE: Bytes = Bytes::from_static(b": heartbeat\n\n");

/// The stream is about to end on purpose: open another one at once.
pub(crate) const RENEW: Bytes = Bytes::from_static(b"event: renew\ndata: {}\n\n");

/// What a stream is made of.
pub(crate) trait Events: 'static {
    /// What is said next; nothing where the stream ends.
    async fn next(&mut self) -> Option<Bytes>;
}

/// The answer that carries them.
pub(crate) fn events(source: impl Events) -> HttpResponse {
    event_stream().streaming(stream::unfold(source, |mut source| async move {
        let bytes = source.next().await?;
        Some((Ok::<_, Infallible>(bytes), source))
    }))
}

/// The head of a stream.
pub(crate) fn event_stream() -> HttpResponseBuilder {
    let mut response = uncached(StatusCode::OK);
    response
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        // A proxy that buffers (nginx) would hold events back.
        .insert_header(("X-Accel-Buffering", "no"));
    response
}

/// One event without a type: `value` as JSON, which it always is but for a map whose keys are no
/// strings.
pub(crate) fn event(value: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(value).unwrap_or_default();
    format!("data: {json}\n\n").into()
}

/// One event of the type `name`; `json` is one line.
pub(crate) fn named_event(name: &str, json: impl fmt::Display) -> Bytes {
    format!("event: {name}\ndata: {json}\n\n").into()
}

/// Ticks when a sign of life is due.
pub(crate) fn heartbeat() -> Interval {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat
}

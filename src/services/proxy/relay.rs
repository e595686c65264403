//! The target's answer on its way to the client: piece by piece, as fast as the client takes it. An
//! answer that breaks off here breaks off there, and never looks complete.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BodyStream, SizedStream};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header;
use tracing::warn;

use super::activity::Activity;
use super::recordings::{Exchange, Key, Recorded, Recordings};
use crate::http::Share;
use crate::http::client::deepest;

/// The head of an answer; `Content-Length` is its body's to say.
pub(super) fn head(status: u16, headers: &HeaderMap) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = HttpResponse::build(status);
    for (name, value) in headers {
        if *name != header::CONTENT_LENGTH {
            response.append_header((name.as_str(), value.as_bytes()));
        }
    }
    response
}

/// The length that a head tells.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// An answer with this body, of `length` bytes if that is known. What answers a HEAD tells a length
/// and has no body.
pub(super) fn with_body<S>(
    mut head: HttpResponseBuilder,
    method: &Method,
    status: u16,
    length: Option<u64>,
    body: S,
) -> HttpResponse
where
    S: Stream<Item = io::Result<Bytes>> + 'static,
{
    match (method, status, length) {
        (_, 204 | 205 | 304, _) | (&Method::HEAD, _, None) => head.finish(),
        (&Method::HEAD, _, Some(length)) => head.body(SizedStream::new(
            length,
            stream::empty::<io::Result<Bytes>>(),
        )),
        (_, _, Some(length)) => head.body(SizedStream::new(length, body)),
        (_, _, None) => head.body(BodyStream::new(body)),
    }
}

/// The body of an answer as it comes.
pub(super) fn pieces(
    body: Incoming,
    activity: Arc<Activity>,
    target: String,
    record: Option<Record>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let began = Some((body, activity, target, record));
    stream::unfold(began, |state| async {
        let (mut body, activity, target, mut record) = state?;
        loop {
            let fault = match activity.wait(body.frame()).await {
                Ok(None) => {
                    if let Some(record) = record {
                        record.finish();
                    }
                    return None;
                }
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => {
                        record = record.and_then(|record| record.with(&bytes));
                        return Some((Ok(bytes), Some((body, activity, target, record))));
                    }
                    // Trailers belong to the connection.
                    Err(_) => continue,
                },
                Ok(Some(Err(error))) => deepest(&error),
                Err(_) => "it says nothing any more".to_owned(),
            };
            warn!("{target} broke off its answer: {fault}; the client's ends there as well");
            return Some((Err(io::Error::other(fault)), None));
        }
    })
}

/// An exchange that is being recorded.
pub(super) struct Record {
    recordings: Arc<Recordings>,
    key: Key,
    exchange: Exchange,
    began: Instant,
    body: BytesMut,
    /// What is kept of it is held against the server's memory.
    share: Share,
}

impl Record {
    /// Of an exchange without its body yet.
    pub(super) fn new(
        recordings: Arc<Recordings>,
        key: Key,
        exchange: Exchange,
        began: Instant,
        share: Share,
    ) -> Self {
        Self {
            recordings,
            key,
            exchange,
            began,
            body: BytesMut::new(),
            share,
        }
    }

    /// With so much more of the body; nothing where that is too much.
    fn with(mut self, bytes: &Bytes) -> Option<Self> {
        let length = (self.body.len() + bytes.len()) as u64;
        let kept = self.exchange.body.len() as u64 + length;
        if length > self.recordings.max_body {
            let most = self.recordings.max_body;
            warn!(
                "{} is passed on and not recorded: its answer has more than {most} bytes \
                 (max_body of its [[proxy]])",
                self.key
            );
            return None;
        }
        if let Err(exhausted) = self.share.hold(kept) {
            warn!(
                "{} is passed on and not recorded: too much is under way, {exhausted}",
                self.key
            );
            return None;
        }
        self.body.extend_from_slice(bytes);
        Some(self)
    }

    /// The answer is complete.
    pub(super) fn finish(mut self) {
        self.exchange.took = self.began.elapsed();
        self.exchange.answer.body = self.body.freeze();
        self.recordings.add(self.key, self.exchange);
    }
}

/// A recorded answer.
pub(super) fn replayed(recorded: &Recorded, headers: &HeaderMap, method: &Method) -> HttpResponse {
    let head = head(recorded.status, headers);
    if *method == Method::HEAD || matches!(recorded.status, 204 | 205 | 304) {
        let nothing = stream::empty::<io::Result<Bytes>>();
        return with_body(head, method, recorded.status, length(headers), nothing);
    }
    let mut head = head;
    head.body(recorded.body.clone())
}

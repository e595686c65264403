//! Telling one URL: one change after the other, each until it is taken, a few times at most.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Request, StatusCode, Uri};
use tokio::sync::{mpsc, watch};
use tracing::{debug, warn};

use super::{Counts, Message, shown};
use crate::http::client::{Client, Trust, deepest, named_headers};
use crate::services::enginio::config::WebHookConfig;

/// How long is waited before each further attempt.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
];

/// The most bytes of an answer that are read, so that its connection can be used again.
const MOST: usize = 64 << 10;

/// Where changes are posted.
#[derive(Debug)]
pub(super) struct Target {
    url: Uri,
    shown: String,
    headers: HeaderMap,
    timeout: Duration,
    client: Client,
}

/// A change that was not taken.
struct Refused {
    why: String,
    /// Whether it may be, the next time.
    may_pass: bool,
}

impl Target {
    /// The target of these settings, which the configuration has checked.
    pub(super) fn of(config: &WebHookConfig) -> Option<Self> {
        let url: Uri = config.url.parse().ok()?;
        let trust = match url.scheme_str() {
            Some("https") => Trust::System,
            _ => Trust::Nobody,
        };
        Some(Self {
            shown: shown(&config.url),
            headers: named_headers(&config.headers),
            timeout: config.timeout,
            client: Client::new(trust, config.timeout),
            url,
        })
    }

    async fn post(&self, body: &Bytes) -> Result<(), Refused> {
        let outcome = tokio::time::timeout(self.timeout, self.exchange(body)).await;
        outcome.unwrap_or_else(|_| {
            let why = format!("it says nothing for {} ms", self.timeout.as_millis());
            Err(Refused {
                why,
                may_pass: true,
            })
        })
    }

    async fn exchange(&self, body: &Bytes) -> Result<(), Refused> {
        let whole = Full::new(body.clone()).map_err(|never: Infallible| match never {});
        let mut request = Request::new(whole.boxed_unsync());
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("qmlserve"));
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        let response = self.client.send(request).await.map_err(|error| Refused {
            why: deepest(&error),
            may_pass: true,
        })?;
        let status = response.status();
        // It has said what it says; the rest is only for the connection.
        let _ = Limited::new(response.into_body(), MOST).collect().await;
        if status.is_success() {
            return Ok(());
        }
        let may_pass = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
            );
        let why = format!("it answers {}", status.as_u16());
        Err(Refused { why, may_pass })
    }

    /// Tells of one change; says why not, where that did not succeed.
    async fn tell(&self, message: &Message, counts: &Counts) -> Result<(), String> {
        let mut pauses = PAUSES.iter();
        loop {
            let refused = match self.post(&message.body).await {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            let Some(pause) = pauses.next().filter(|_| refused.may_pass) else {
                return Err(refused.why);
            };
            debug!("web hook {}: {}; once more", self.shown, refused.why);
            counts.again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(*pause).await;
        }
    }
}

/// Tells of all that waits, until the server stops.
pub(super) async fn tell_all(
    target: Target,
    mut waiting: mpsc::Receiver<Message>,
    counts: Arc<Counts>,
    mut stopping: watch::Receiver<bool>,
) {
    let tell = async {
        while let Some(message) = waiting.recv().await {
            match target.tell(&message, &counts).await {
                Ok(()) => {
                    counts.waiting.fetch_sub(1, Ordering::Relaxed);
                    counts.told.fetch_add(1, Ordering::Relaxed);
                }
                Err(why) => counts.lose(&target.shown, &message.what, &why),
            }
        }
    };
    tokio::select! {
        () = tell => {}
        _ = stopping.wait_for(|stops| *stops) => {}
    }
    let left = counts.waiting.load(Ordering::Relaxed);
    if left > 0 {
        let url = &target.shown;
        warn!("web hook {url} is not told of {left} changes: the server stops");
    }
}

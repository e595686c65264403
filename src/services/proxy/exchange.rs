//! One request and its answer: from the recording, or from the target.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Uri};
use tracing::{debug, warn};

use super::activity::Activity;
use super::body::Body;
use super::config::Mode;
use super::error::Failure;
use super::headers::{self, Asked, PASSED};
use super::recordings::{Exchange, Key, Recorded, Recordings};
use super::relay::{self, Record};
use super::{Proxies, Proxy, tunnel};
use crate::http::client::deepest;
use crate::http::{ErrorAnswer, Share, is_secure, public_path};
use crate::path::climbs;

/// Answers a request below the path of a proxy.
pub(super) async fn answer(
    request: HttpRequest,
    payload: web::Payload,
    proxies: Data<Arc<Proxies>>,
) -> HttpResponse {
    let Some((proxy, below)) = proxies.find(request.uri().path()) else {
        let status = actix_web::http::StatusCode::NOT_FOUND;
        return ErrorAnswer::new(status, "there is no proxy here", "").respond(&request);
    };
    proxy.counts.requests.fetch_add(1, Relaxed);
    let is_socket = tunnel::is_asked(request.head());
    let passing = Passing {
        proxies: &proxies,
        proxy,
        below,
        request: &request,
        activity: Arc::new(Activity::new(proxy.config.idle)),
    };
    let outcome = match is_socket {
        true => passing.socket(payload.into_inner()).await,
        false => passing.exchange(payload.into_inner()).await,
    };
    match outcome {
        Ok(response) => response,
        Err(failure) => {
            proxy.counts.failed.fetch_add(1, Relaxed);
            match failure.is_of_target() {
                true => proxy.tell(Err(&failure)),
                false => debug!("{}: {failure}", proxy.place.path),
            }
            match is_socket {
                true => failure.to_socket(),
                false => failure.respond(&request),
            }
        }
    }
}

/// A request on its way.
pub(super) struct Passing<'a> {
    proxies: &'a Proxies,
    pub(super) proxy: &'a Proxy,
    below: &'a str,
    pub(super) request: &'a HttpRequest,
    pub(super) activity: Arc<Activity>,
}

impl Passing<'_> {
    /// Refuses what no target is asked for.
    async fn check(&self) -> Result<(), Failure> {
        let path = || self.proxy.place.path.clone();
        if *self.request.method() == Method::CONNECT {
            return Err(Failure::Connect);
        }
        if climbs(self.below) {
            return Err(Failure::Climbs(path()));
        }
        let mut passed = self.request.headers().get_all(PASSED.as_str());
        if passed.any(|value| value.as_bytes() == self.proxies.own.as_bytes()) {
            return Err(Failure::Loop {
                path: path(),
                to: self.proxy.to.clone(),
            });
        }
        match self.proxy.config.faults.strike().await {
            true => Err(Failure::OnPurpose(path())),
            false => Ok(()),
        }
    }

    /// Path and query at the target.
    fn target(&self) -> String {
        let path = self.proxy.place.path_at_target(self.below);
        match self.request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        }
    }

    async fn exchange(&self, payload: Payload) -> Result<HttpResponse, Failure> {
        self.check().await?;
        let body = Body::of(self.request, payload, &self.activity).await?;
        let client = self.request.peer_addr().map(|peer| peer.ip());
        let mut share = self.proxies.memory.share(client);
        let Some(recordings) = &self.proxy.recordings else {
            let body = match self.proxy.bearer {
                Some(_) => body.repeatable(&mut share, &self.activity).await?,
                None => body,
            };
            return self.live(body, None).await;
        };
        let most = recordings.max_body;
        let body = match body.whole(most, &mut share, &self.activity).await? {
            Ok(body) => body,
            Err(_) if self.proxy.config.mode == Mode::Replay => {
                return Err(Failure::TooLarge(most));
            }
            Err(streamed) => {
                warn!(
                    "a request to {} is passed on and not recorded: its body has more than {most} \
                     bytes (max_body of its [[proxy]])",
                    self.proxy.place.path
                );
                return self.live(streamed, None).await;
            }
        };
        let key = self.key(recordings, &body);
        if self.proxy.config.mode != Mode::Record {
            if let Some(recorded) = recordings.next(&key) {
                self.proxy.counts.replayed.fetch_add(1, Relaxed);
                return Ok(self.replay(&recorded));
            }
            if self.proxy.config.mode == Mode::Replay {
                return Err(Failure::Unrecorded {
                    asked: key.to_string(),
                    file: recordings.name(),
                    nearest: recordings.nearest(&key),
                });
            }
        }
        let recording = (Arc::clone(recordings), key, body.clone(), share);
        self.live(Body::from(body), Some(recording)).await
    }

    fn key(&self, recordings: &Recordings, body: &[u8]) -> Key {
        let media_type = self.request.headers().get("content-type");
        recordings.rules.key(
            self.request.method().as_str(),
            self.below,
            self.request.uri().query(),
            body,
            media_type
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        )
    }

    /// The request for the target: its head, as the client's is to be passed on.
    fn head(&self, url: &str) -> Result<hyper::http::request::Builder, Failure> {
        let unusable = || Failure::Url(self.request.uri().path().to_owned());
        let uri: Uri = url.parse().map_err(|_| unusable())?;
        let method = hyper::Method::from_bytes(self.request.method().as_str().as_bytes());
        let mut builder = Request::builder()
            .method(method.map_err(|_| unusable())?)
            .uri(uri);
        let Some(headers) = builder.headers_mut() else {
            return Err(unusable());
        };
        for (name, value) in self.request.headers() {
            let name = HeaderName::from_bytes(name.as_str().as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
                headers.append(name, value);
            }
        }
        headers::to_target(headers, &self.proxy.place, &self.proxies.own);
        // Last, so that they are what the configuration says: here is what the target knows us by.
        for (name, value) in &self.proxy.headers {
            headers.insert(name, value.clone());
        }
        Ok(builder)
    }

    async fn live(
        &self,
        body: Body,
        recording: Option<(Arc<Recordings>, Key, Bytes, Share)>,
    ) -> Result<HttpResponse, Failure> {
        let began = Instant::now();
        let target = self.target();
        let url = format!("{}{target}", self.proxy.place.origin());
        let is_streamed = matches!(body, Body::Streamed(..));
        let is_recorded = recording.is_some();
        let head = || {
            let mut head = self.head(&url)?;
            if let Some(headers) = head.headers_mut() {
                if is_streamed && !headers.contains_key(header::CONTENT_LENGTH) {
                    // Said by hand, since a GET is not expected to have a body.
                    let chunked = HeaderValue::from_static("chunked");
                    headers.insert(header::TRANSFER_ENCODING, chunked);
                }
                if is_recorded {
                    headers::for_recording(headers);
                }
            }
            Ok(head)
        };
        let sent = match is_recorded {
            true => head()?.headers_ref().cloned(),
            false => None,
        };
        let response = self.ask(head, body).await?;
        let (parts, incoming) = response.into_parts();
        let (status, mut headers) = (parts.status.as_u16(), parts.headers);
        headers::strip_answer(&mut headers);
        let record = recording.map(|(recordings, key, body, share)| {
            let exchange = Exchange {
                method: self.request.method().to_string(),
                url,
                request: sent.unwrap_or_default(),
                body,
                answer: Recorded {
                    status,
                    headers: headers.clone(),
                    body: Bytes::new(),
                },
                took: began.elapsed(),
            };
            Record::new(recordings, key, exchange, began, share)
        });
        let length = relay::length(&headers);
        self.bring_back(&mut headers, &target);
        let head = relay::head(status, &headers);
        let method = self.request.method();
        // Nobody asks for what is not there.
        let is_bodiless =
            *method == Method::HEAD || matches!(status, 204 | 205 | 304) || length == Some(0);
        let record = match record {
            Some(record) if is_bodiless => {
                record.finish();
                None
            }
            record => record,
        };
        let to = self.proxy.to.clone();
        let pieces = relay::pieces(incoming, Arc::clone(&self.activity), to, record);
        Ok(relay::with_body(head, method, status, length, pieces))
    }

    fn replay(&self, recorded: &Recorded) -> HttpResponse {
        let mut headers = recorded.headers.clone();
        headers::strip_answer(&mut headers);
        self.bring_back(&mut headers, &self.target());
        relay::replayed(recorded, &headers, self.request.method())
    }

    fn bring_back(&self, headers: &mut HeaderMap, target: &str) {
        let place = &self.proxy.place;
        let asked = Asked {
            target,
            public: &public_path(self.request, &place.path),
            secure: is_secure(self.request),
        };
        headers::to_client(headers, place, &asked);
    }

    /// Opens a WebSocket to the target, if that lets it.
    async fn socket(&self, payload: Payload) -> Result<HttpResponse, Failure> {
        self.check().await?;
        if self.proxy.config.mode == Mode::Replay {
            return Err(Failure::Socket(self.proxy.place.path.clone()));
        }
        let target = self.target();
        let url = format!("{}{target}", self.proxy.place.origin());
        let head = || {
            let mut head = self.head(&url)?;
            if let Some(headers) = head.headers_mut() {
                headers.remove(header::CONTENT_LENGTH);
                headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            }
            Ok(head)
        };
        let mut response = self.ask(head, Body::None).await?;
        let status = response.status().as_u16();
        let upgraded = (status == 101).then(|| hyper::upgrade::on(&mut response));
        let (parts, incoming) = response.into_parts();
        let mut headers = parts.headers;
        headers::strip_answer(&mut headers);
        let length = relay::length(&headers);
        self.bring_back(&mut headers, &target);
        let Some(upgraded) = upgraded else {
            // Refused, and the target says why.
            let to = self.proxy.to.clone();
            let pieces = relay::pieces(incoming, Arc::clone(&self.activity), to, None);
            let mut head = relay::head(status, &headers);
            head.force_close();
            return Ok(relay::with_body(head, &Method::GET, status, length, pieces));
        };
        let upgraded = upgraded.await.map_err(|error| Failure::Broken {
            to: self.proxy.to.clone(),
            reason: deepest(&error),
        })?;
        self.proxy.counts.sockets.fetch_add(1, Relaxed);
        Ok(tunnel::open(&headers, upgraded, payload))
    }
}

//! From a request to a socket: who may, where it leads, and the 101.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use actix_http::body::{BodyStream, MessageBody as _};
use actix_http::ws::{CloseCode, handshake};
use actix_web::dev::RequestHead;
use actix_web::http::{Version, header};
use actix_web::web::{Data, Payload};
use actix_web::{Error, HttpRequest, HttpResponse};
use serde::Deserialize;
use tracing::{debug, warn};

use super::Hub;
use super::config::RouteKind;
use super::frame::Frame;
use super::gateway;
use super::outbox::{Frames, Outbox};
use super::reader::Reader;
use super::refusal::Refusal;
use super::route::{self, RouteError};
use super::service::{Service, Socket};
use super::session::{Handler, Session};
use crate::access::{Access, Origin, asked_host};

/// Whether a request wants to become a socket: that is one of the protocols
/// that it offers (RFC 6455, section 4.2.1).
pub(crate) fn is_upgrade(head: &RequestHead) -> bool {
    let offers = head.headers().get_all(header::UPGRADE);
    offers
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(is_websocket)
}

fn is_websocket(protocol: &[u8]) -> bool {
    protocol.trim_ascii().eq_ignore_ascii_case(b"websocket")
}

/// Refuses an upgrade that [`handshake`] would take and that cannot, or should
/// not, work out (RFC 6455, section 4.2.1).
fn check(head: &RequestHead) -> Result<(), Refusal> {
    let headers = head.headers();
    let count = |name| headers.get_all(name).count();
    // Of any other offer, what follows the head is taken for the next request.
    let only = count(header::UPGRADE) == 1
        && headers
            .get(header::UPGRADE)
            .is_some_and(|value| is_websocket(value.as_bytes()));
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length.as_bytes().trim_ascii() != b"0");
    let fault = if head.version < Version::HTTP_11 {
        "an upgrade needs HTTP/1.1"
    } else if !only {
        "the Upgrade header has to offer websocket and nothing else"
    } else if count(header::SEC_WEBSOCKET_KEY) > 1 {
        "there is more than one Sec-WebSocket-Key"
    } else if has_body {
        "an upgrade has no body"
    } else {
        return Ok(());
    };
    Err(Refusal::Malformed(fault))
}

/// The query of a gateway's URI.
#[derive(Debug, Deserialize)]
struct Query {
    token: String,
}

/// Where a request leads, before anything of it is done.
enum Endpoint {
    Gateway(String),
    Service(Arc<dyn Service>),
    Route {
        handler: Handler,
        greeting: Option<String>,
    },
}

/// Opens a socket, or says why not.
pub(super) async fn upgrade(
    request: HttpRequest,
    payload: Payload,
    hub: Data<Arc<Hub>>,
    access: Data<Access>,
) -> Result<HttpResponse, Error> {
    let address = request
        .peer_addr()
        .map(|address| address.ip().to_canonical());
    match open(&request, payload, &hub, &access, address) {
        Ok(response) => Ok(response),
        Err(Failure::Refused(refusal)) => {
            hub.metrics.counters.refused.fetch_add(1, Relaxed);
            let path = request.path();
            if hub.metrics.is_first(address, refusal.kind()) {
                warn!("a socket at {path:?} was refused: {refusal}");
            } else {
                debug!("a socket at {path:?} was refused: {refusal}");
            }
            Ok(refusal.answer().to_socket())
        }
        Err(Failure::Server(error)) => Err(error),
    }
}

/// Why there is no socket.
enum Failure {
    Refused(Refusal),
    Server(Error),
}

impl<R: Into<Refusal>> From<R> for Failure {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

fn open(
    request: &HttpRequest,
    payload: Payload,
    hub: &Arc<Hub>,
    access: &Access,
    address: Option<IpAddr>,
) -> Result<HttpResponse, Failure> {
    if !may_open(request, access) {
        return Err(Refusal::Origin.into());
    }
    let endpoint = endpoint(request, hub)?;
    check(request.head())?;
    let mut response = handshake(request.head()).map_err(Refusal::Handshake)?;
    let permit = hub.limits.acquire(address).map_err(Refusal::TooMany)?;
    hub.metrics.counters.opened.fetch_add(1, Relaxed);

    let limits = &hub.config.limits;
    let outbox = Outbox::new(hub.next_id(), limits.queue).holding(permit);
    let outbox = Arc::new(outbox);
    let frames = BodyStream::new(Frames(Arc::clone(&outbox))).boxed();
    let response = response
        .message_body(frames)
        .map_err(|error| Failure::Server(error.into()))?;
    let handler = match endpoint {
        Endpoint::Gateway(token) => {
            if hub.gateways.enter(&token, &outbox) {
                Handler::Gateway(token)
            } else {
                // As the service did: open, and closed at once.
                outbox.close(&Frame::close_with(
                    CloseCode::Policy,
                    "the token is unknown, used or expired",
                ));
                if hub.metrics.is_first(address, "token") {
                    warn!("a socket came with a token that is unknown, used or expired");
                }
                Handler::Nowhere
            }
        }
        Endpoint::Service(service) => {
            let socket = Socket {
                hub: Arc::clone(hub),
                outbox: Arc::clone(&outbox),
            };
            Handler::Service(service.open(request, socket)?)
        }
        Endpoint::Route { handler, greeting } => {
            if let Some(greeting) = greeting {
                outbox.push(&Frame::text(&greeting));
            }
            handler
        }
    };
    let share = hub.memory.share(address);
    let session = Session {
        hub: Arc::clone(hub),
        outbox,
        reader: Reader::new(payload, limits.message, limits.frame, share),
        handler,
        address,
    };
    session.enter();
    actix_web::rt::spawn(session.run());
    Ok(response.into())
}

/// Whether the Origin rule lets it: none is fine, Qt sends none; a page's has
/// to be allowed, for a browser lets any page open a socket anywhere.
fn may_open(request: &HttpRequest, access: &Access) -> bool {
    let mut origins = request.headers().get_all(header::ORIGIN);
    let (origin, host) = match (origins.next(), origins.next(), asked_host(request)) {
        (None, _, _) => return true,
        (Some(origin), None, Some(host)) => (origin, host),
        _ => return false,
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|text| text.parse::<Origin>().ok());
    origin.is_some_and(|origin| access.allows_origin(&origin, &host))
}

fn endpoint(request: &HttpRequest, hub: &Hub) -> Result<Endpoint, Refusal> {
    let path = request.uri().path();
    if gateway::opens_at(path)
        && let Ok(query) = actix_web::web::Query::<Query>::from_query(request.query_string())
    {
        return Ok(Endpoint::Gateway(query.into_inner().token));
    }
    let found = match (route::find(&hub.routes, path), hub.service.get()) {
        (Err(RouteError::Unknown), Some(service)) if service.is_at(path) => {
            return Ok(Endpoint::Service(Arc::clone(service)));
        }
        (found, _) => found?,
    };
    let handler = match found.route.kind {
        RouteKind::Echo => Handler::Echo,
        RouteKind::Room(options) => Handler::Room(found.room, options),
    };
    Ok(Endpoint::Route {
        handler,
        greeting: found.route.greeting.clone(),
    })
}

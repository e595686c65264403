//! What a request came by: its connection, as far as those have to know it who answer.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use tokio_util::sync::CancellationToken;

use super::Budget;

/// The scheme that a proxy was asked by, as those that end TLS say it.
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The connection of a request; the same for all of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    /// Whether nobody in between can read or change what goes over it.
    pub secure: bool,
    /// Where it was accepted: an address that is listened on, nothing for a Unix socket.
    pub listener: Option<SocketAddr>,
    /// Requests at the same time, which HTTP/2 does not bound by itself.
    pub requests: Arc<Budget>,
    /// Cancelled when it has ended.
    pub gone: CancellationToken,
}

/// The connection that a request came by; none in a test of a handler alone.
pub(crate) fn channel(request: &HttpRequest) -> Option<&Channel> {
    request.conn_data::<Channel>()
}

/// Whether whoever asks is this machine itself, by loopback or by a Unix socket.
pub(crate) fn is_near(request: &HttpRequest) -> bool {
    match request.peer_addr() {
        Some(peer) => peer.ip().to_canonical().is_loopback(),
        None => channel(request).is_some_and(|channel| channel.listener.is_none()),
    }
}

/// Whether URLs for whoever asks begin with `https`: the connection is TLS, or a proxy on this
/// machine says that its own was.
pub(crate) fn is_secure(request: &HttpRequest) -> bool {
    let forwarded = request.headers().get(FORWARDED_PROTO);
    let says_so = forwarded.is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
    channel(request).is_some_and(|channel| channel.secure) || says_so && is_near(request)
}

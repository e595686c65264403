//! Which path belongs to whom: the one table, asked once for each request.
//!
//! The routes of each owner only see its own requests, so that no service takes what is another's
//! and the order in which they are registered does not matter. What a path means to its owner is
//! the owner's to say.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{Guard, fn_guard};
use actix_web::middleware::Next;
use actix_web::web::{self, Data};
use actix_web::{Error, HttpMessage as _, Scope};
use percent_encoding::percent_decode_str;

use super::backend::Backend;
use crate::services::hub;

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The hub, to open a socket.
    Upgrade,
    /// The hub: its state, or an endpoint of a gateway.
    Hub,
    /// Whether the server is up.
    Health,
    /// What devices have to trust.
    Ca,
    /// What is counted, of all parts.
    Metrics,
    /// What describes all collections.
    OpenApi,
    /// Objects, users and files as Enginio has them.
    Enginio,
    /// A single answer.
    Mock,
    /// A collection.
    Collection,
    /// Another server, or what was recorded of it; its sockets as well.
    Proxy,
    /// A sign-in at somebody else's service.
    SignIn,
    /// Live reload: the stream of events, reports, the files that a client runs.
    Live,
    /// The page for a browser.
    Page,
    /// Programs that help to write programs.
    Mcp,
    /// Pushes and clones.
    Git,
    /// The tree if it has something there; else it is told that a socket is there.
    TreeOrSocket,
    /// The tree.
    Tree,
}

/// What services say of a path, as it stands in the request.
pub(super) struct Claims<'a> {
    pub(super) gateway: &'a dyn Fn(&str) -> bool,
    /// Whether there is an answer to this very request.
    pub(super) mock: &'a dyn Fn(&str) -> bool,
    pub(super) collection: &'a dyn Fn(&str) -> bool,
    pub(super) enginio: &'a dyn Fn(&str) -> bool,
    pub(super) proxy: &'a dyn Fn(&str) -> bool,
    pub(super) socket: &'a dyn Fn(&str) -> bool,
}

/// The owner of a path, as it stands in the request.
pub(super) fn owner(path: &str, is_upgrade: bool, claims: &Claims<'_>) -> Owner {
    if is_upgrade {
        return match (claims.proxy)(path) {
            true => Owner::Proxy,
            false => Owner::Upgrade,
        };
    }
    // As actix finds routes: decoded.
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    if let Some(own) = decoded.strip_prefix("/@qmlserve/") {
        return match own {
            "sockets" => Owner::Hub,
            "metrics" => Owner::Metrics,
            "health" => Owner::Health,
            "ca.crt" => Owner::Ca,
            "openapi.json" => Owner::OpenApi,
            "mcp" => Owner::Mcp,
            "git" => Owner::Git,
            "" => Owner::Page,
            _ if own.starts_with("page/") => Owner::Page,
            _ if own.starts_with("git/") => Owner::Git,
            _ if own.starts_with("oauth/") => Owner::SignIn,
            _ => Owner::Live,
        };
    }
    if (claims.gateway)(path) {
        Owner::Hub
    } else if (claims.mock)(path) {
        Owner::Mock
    } else if (claims.collection)(path) {
        Owner::Collection
    } else if (claims.enginio)(path) {
        Owner::Enginio
    } else if (claims.proxy)(path) {
        Owner::Proxy
    } else if (claims.socket)(path) {
        Owner::TreeOrSocket
    } else if decoded == "/remote.qml" {
        Owner::Live
    } else {
        Owner::Tree
    }
}

/// The middleware that asks the table, next to the routes.
pub(super) async fn decide<B: MessageBody>(
    backend: Data<Backend>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let query = request.uri().query().unwrap_or_default();
    let is_upgrade = hub::is_upgrade(request.head());
    let method = request.method().as_str();
    let owner = backend.owner(method, request.uri().path(), query, is_upgrade);
    request.extensions_mut().insert(owner);
    next.call(request).await
}

/// The routes of one owner; what they do not take is the tree's.
pub(super) fn of(owner: Owner) -> Scope {
    web::scope("").guard(is(owner))
}

fn is(owner: Owner) -> impl Guard {
    fn_guard(move |context| context.req_data().get() == Some(&owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_one_owner() {
        let claims = Claims {
            gateway: &hub::is_gateway_path,
            mock: &|path| path == "/weather/today" || path == "/colors/none",
            collection: &|path| path.starts_with("/colors") || path == "/v1/sockets",
            enginio: &|path| path.starts_with("/v1/objects/"),
            proxy: &|path| path.starts_with("/weather"),
            socket: &|path| path == "/echo" || path == "/rooms/red",
        };
        for (path, expected) in [
            ("/", Owner::Tree),
            ("/main.qml", Owner::Tree),
            ("/@0123456789abcdef/main.qml", Owner::Tree),
            ("/@0123456789abcdef/colors", Owner::Tree),
            ("/@qmlserve", Owner::Tree),
            ("/@qmlserve/events", Owner::Live),
            ("/@qmlserve/live.qml", Owner::Live),
            ("/@qmlserve/", Owner::Page),
            ("/@qmlserve/page/main.js", Owner::Page),
            ("/@qmlserve/page", Owner::Live),
            ("/@qmlserve/picture", Owner::Live),
            ("/@qmlserve/mcp", Owner::Mcp),
            ("/@qmlserve/mcp/", Owner::Live),
            ("/@qmlserve/git", Owner::Git),
            ("/@qmlserve/git/info/refs", Owner::Git),
            ("/@qmlserve/gitter", Owner::Live),
            ("/@qmlserve/oauth/music", Owner::SignIn),
            ("/@qmlserve/oauth", Owner::Live),
            ("/%40qmlserve/status", Owner::Live),
            ("/@qmlserve/sockets", Owner::Hub),
            ("/@qmlserve/metrics", Owner::Metrics),
            ("/@qmlserve/health", Owner::Health),
            ("/@qmlserve/ca.crt", Owner::Ca),
            ("/@qmlserve/openapi.json", Owner::OpenApi),
            ("/remote.qml", Owner::Live),
            ("/remote%2Eqml", Owner::Live),
            ("/dir/remote.qml", Owner::Tree),
            ("/colors", Owner::Collection),
            ("/colors/red", Owner::Collection),
            ("/colors/none", Owner::Mock),
            ("/weather/today", Owner::Mock),
            ("/weather/tomorrow", Owner::Proxy),
            ("/echo", Owner::TreeOrSocket),
            ("/rooms/red", Owner::TreeOrSocket),
            ("/rooms", Owner::Tree),
            ("/v1/websocket_uri", Owner::Hub),
            // A gateway comes before a collection, whatever that says.
            ("/v1/sockets", Owner::Hub),
            ("/v1/gateways/games/messages", Owner::Hub),
            ("/v1/objects/todos", Owner::Enginio),
            ("/v1/colors", Owner::Tree),
        ] {
            assert_eq!(owner(path, false, &claims), expected, "{path}");
            let socket = match path.starts_with("/weather") {
                true => Owner::Proxy,
                false => Owner::Upgrade,
            };
            assert_eq!(owner(path, true, &claims), socket, "{path}");
        }
    }
}

//! Why a request does not become a socket.

use actix_http::ws::HandshakeError;
use actix_web::http::{StatusCode, header};

use super::limits::TooMany;
use super::route::RouteError;
use super::service::Declined;
use crate::http::ErrorAnswer;

/// An upgrade that is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// A page of a foreign origin asks.
    #[error("pages of this origin may not open sockets")]
    Origin,
    /// The path leads to no socket.
    #[error("{0}")]
    Route(#[from] RouteError),
    /// The request is not the WebSocket protocol.
    #[error("{0}")]
    Handshake(#[from] HandshakeError),
    /// The request is an upgrade that may not be sent so.
    #[error("{0}")]
    Malformed(&'static str),
    /// A request that is no upgrade, where nothing but a socket is, with the
    /// URL of the socket.
    #[error("this is a WebSocket: open {0}")]
    Plain(String),
    /// What talks on sockets at this path does not take it.
    #[error("{0}")]
    Declined(Declined),
    /// One too many.
    #[error("{}", too_many(.0))]
    TooMany(TooMany),
}

fn too_many(limit: &TooMany) -> String {
    match limit {
        TooMany::InAll(most) => format!("there are {most} sockets already"),
        TooMany::OfAddress(most) => format!("this address has {most} sockets already"),
    }
}

impl Refusal {
    /// The class of incidents, for saying each once.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Route(_) => "route",
            Self::Handshake(_) | Self::Malformed(_) => "handshake",
            Self::Plain(_) => "plain",
            Self::Declined(_) => "declined",
            Self::TooMany(_) => "too many",
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Origin => {
                "if the page is trusted, start the server with --allowed-origin ORIGIN, or set allowed_origins in qmlserve.toml"
            }
            Self::Route(RouteError::Unknown) => {
                "sockets are at /echo, /chat, /rooms/NAME, /channel, and where [[sockets]] and [channels.NAME] in qmlserve.toml say"
            }
            Self::Route(RouteError::Name) => {
                "a room's name is printable text of up to 128 bytes, without slashes"
            }
            Self::Handshake(_) | Self::Malformed(_) => {
                "use a WebSocket client of version 13 (RFC 6455)"
            }
            Self::Declined(declined) => declined.hint,
            Self::Plain(_) => {
                "use a WebSocket client, such as WebSocket in QML or new WebSocket() in a page"
            }
            Self::TooMany(TooMany::InAll(_)) => "close some, or raise sockets in [websockets]",
            Self::TooMany(TooMany::OfAddress(_)) => {
                "close some, or raise per_address in [websockets]"
            }
        }
    }

    /// The answer. Both headers of 426 have to be there: RFC 9110, section 15.5.22, and RFC 6455,
    /// section 4.4.
    pub(crate) fn answer(&self) -> ErrorAnswer {
        let status = self.status();
        let answer = ErrorAnswer::new(status, self, self.hint());
        let answer = match status {
            StatusCode::UPGRADE_REQUIRED => answer
                .with_header(header::UPGRADE, "websocket")
                .with_header(header::SEC_WEBSOCKET_VERSION, "13"),
            StatusCode::METHOD_NOT_ALLOWED => answer.with_header(header::ALLOW, "GET"),
            _ => answer,
        };
        match self {
            // What follows may be meant for a socket.
            Self::Malformed(_) => answer.closing(),
            _ => answer,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Origin => StatusCode::FORBIDDEN,
            Self::Declined(declined) => declined.status,
            Self::Route(RouteError::Unknown) => StatusCode::NOT_FOUND,
            Self::Route(RouteError::Name) => StatusCode::BAD_REQUEST,
            Self::Plain(_) | Self::Handshake(HandshakeError::UnsupportedVersion) => {
                StatusCode::UPGRADE_REQUIRED
            }
            Self::Handshake(HandshakeError::GetMethodRequired) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Handshake(_) | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooMany(TooMany::InAll(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMany(TooMany::OfAddress(_)) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

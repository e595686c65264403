//! Why a request to a proxy is not answered by its target: one type, one mapping to a status, and
//! what to do about it.

use std::io;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use hyper_util::client::legacy;

use crate::http::client::{cause, deepest};
use crate::http::{ErrorAnswer, Exhausted};

/// A request that gets no answer of the target's. Messages name the target as the configuration
/// does, without query, and never a header.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// One of the failures that were ordered.
    #[error("{0} fails on purpose")]
    OnPurpose(String),
    /// The path leads out of the proxy's.
    #[error("the path leads out of {0}")]
    Climbs(String),
    /// A tunnel to anywhere is not what this is.
    #[error("CONNECT is not for this server")]
    Connect,
    /// The request came from this server.
    #[error("{path} leads to {to}, which leads back to this server")]
    Loop {
        /// The proxy.
        path: String,
        /// Its target.
        to: String,
    },
    /// The URL is none that the target could be asked for.
    #[error("{0} is no URL that can be asked for")]
    Url(String),
    /// Nobody answers there.
    #[error("{to} cannot be reached: {reason}")]
    Unreachable {
        /// The target.
        to: String,
        /// What the system says.
        reason: String,
    },
    /// Somebody answers whom nobody vouches for.
    #[error("{to} is not trusted: {reason}")]
    Untrusted {
        /// The target.
        to: String,
        /// What is wrong with its certificate.
        reason: String,
    },
    /// The connection ended before the answer began, or what came is no HTTP.
    #[error("{to} broke off: {reason}")]
    Broken {
        /// The target.
        to: String,
        /// What happened.
        reason: String,
    },
    /// The connection did not come about in time.
    #[error("{to} cannot be reached in time")]
    Unconnected {
        /// The target.
        to: String,
    },
    /// Neither side sent anything for too long.
    #[error("{to} says nothing for {} s", .idle.as_secs_f64())]
    Silent {
        /// The target.
        to: String,
        /// For how long.
        idle: Duration,
    },
    /// The client's body broke off.
    #[error("the body did not arrive")]
    Incomplete,
    /// What the target may not see while it is asked for whether it has been recorded.
    #[error("too much is under way: the server holds no more than {0}, in bytes")]
    Exhausted(Exhausted),
    /// A body that could not have been recorded.
    #[error("the body has more than the {0} bytes that are recorded")]
    TooLarge(u64),
    /// Nobody is signed in by whose token the target is asked.
    #[error("nobody is signed in for it")]
    SignIn(Box<ErrorAnswer>),
    /// Nothing was recorded for it.
    #[error("there is no recording of {asked} in {file}")]
    Unrecorded {
        /// Method and URL, without secrets.
        asked: String,
        /// The file.
        file: String,
        /// What is most alike of what there is.
        nearest: Option<String>,
    },
    /// Sockets are not recorded.
    #[error("WebSockets are not recorded, and {0} only replays")]
    Socket(String),
}

impl Failure {
    /// Why the target at `to` was not asked.
    pub(super) fn of(to: &str, error: &legacy::Error) -> Self {
        let to = to.to_owned();
        if let Some(error) = cause::<rustls::Error>(error) {
            let reason = error.to_string();
            return match error {
                rustls::Error::InvalidCertificate(_) => Self::Untrusted { to, reason },
                _ => Self::Unreachable { to, reason },
            };
        }
        let system = cause::<io::Error>(error);
        if error.is_connect() {
            if system.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
                return Self::Unconnected { to };
            }
            let reason = deepest(error);
            return Self::Unreachable { to, reason };
        }
        if system.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
            && cause::<hyper::Error>(error).is_some_and(hyper::Error::is_user)
        {
            return Self::Incomplete;
        }
        let reason = deepest(error);
        Self::Broken { to, reason }
    }

    /// Whether a person should look at the target, or at its settings.
    pub(super) fn is_of_target(&self) -> bool {
        matches!(
            self,
            Self::Loop { .. }
                | Self::Unreachable { .. }
                | Self::Untrusted { .. }
                | Self::Broken { .. }
                | Self::Unconnected { .. }
                | Self::Silent { .. }
                | Self::Unrecorded { .. }
        )
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::OnPurpose(_) | Self::Exhausted(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Climbs(_) | Self::Url(_) | Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::Connect => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignIn(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Loop { .. } => StatusCode::LOOP_DETECTED,
            Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::Broken { .. }
            | Self::Unrecorded { .. }
            | Self::Socket(_) => StatusCode::BAD_GATEWAY,
            Self::Unconnected { .. } | Self::Silent { .. } => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::OnPurpose(_) => "its fail setting in qmlserve.toml orders that".to_owned(),
            Self::Climbs(_) => "leave the .. out of it".to_owned(),
            Self::SignIn(_) => "sign in".to_owned(),
            Self::Connect => "ask for a path below that of a [[proxy]]".to_owned(),
            Self::Loop { .. } => {
                "name another server in to = of its [[proxy]] in qmlserve.toml".to_owned()
            }
            Self::Url(_) => "write it percent-encoded".to_owned(),
            Self::Unreachable { .. } => {
                "start it, or mend to = of its [[proxy]] in qmlserve.toml; mode = \"auto\" goes on \
                 with what was recorded while it was there"
                    .to_owned()
            }
            Self::Untrusted { .. } => {
                "have this machine trust the CA of its certificate; for a server of your own, \
                 insecure = true in its [[proxy]] leaves the check out"
                    .to_owned()
            }
            Self::Broken { .. } => "look at the log of that server".to_owned(),
            Self::Unconnected { .. } => {
                "connect = in its [[proxy]] is how long that may take".to_owned()
            }
            Self::Silent { .. } => "idle = in its [[proxy]] is how long that may take".to_owned(),
            Self::Incomplete => "send it again".to_owned(),
            Self::Exhausted(_) => {
                "try again, or send less at a time; memory and memory_per_address in [limits] of \
                 qmlserve.toml are the bounds"
                    .to_owned()
            }
            Self::TooLarge(_) => "max_body in its [[proxy]] is the bound".to_owned(),
            Self::Unrecorded { nearest, .. } => {
                let nearest = match nearest {
                    Some(nearest) => format!("the nearest is {nearest}; "),
                    None => "there are none at all; ".to_owned(),
                };
                nearest
                    + "mode = \"auto\" in its [[proxy]], without --offline, asks the target and \
                       records"
            }
            Self::Socket(_) => "mode = \"live\", \"record\" or \"auto\" passes them".to_owned(),
        }
    }

    fn answer(&self) -> ErrorAnswer {
        if let Self::SignIn(answer) = self {
            return ErrorAnswer::clone(answer);
        }
        let status = self.status();
        let answer = ErrorAnswer::new(status, self, self.hint());
        match self {
            Self::Connect => answer.with_header(header::ALLOW, "GET").closing(),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                answer.with_header(header::RETRY_AFTER, "1")
            }
            _ => answer,
        }
    }

    /// The answer to `request`.
    pub(super) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        self.answer().respond(request)
    }

    /// The answer to what asks for a socket.
    pub(super) fn to_socket(&self) -> HttpResponse {
        self.answer().closing().to_socket()
    }
}

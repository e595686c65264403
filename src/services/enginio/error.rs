//! Why a request is refused: one type, one mapping to a status, and the one shape of the protocol,
//! `{"errors": [{"message", "reason"}]}`.
//!
//! No 409 and no 410: Qt hands such answers to QML without a body.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde_json::json;

use crate::database::StoreError;
use crate::http::{BodyError, ErrorAnswer};

/// A request that is not answered with what it asked for. Nothing was written, but for
/// [`StoreError::Unanswered`].
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Something that the request says cannot be understood; what to write in its place.
    #[error("{0}")]
    Bad(String),
    /// A property that may not be as it is.
    #[error("{message}")]
    Property {
        /// Its name.
        property: String,
        /// What is wrong with it.
        message: String,
    },
    /// The id of no backend.
    #[error(
        "there is no backend {0:?}; send the id of one of [enginio.NAME] in qmlserve.toml as Enginio-Backend-Id"
    )]
    Backend(String),
    /// The token is none, or not any more.
    #[error("the token is unknown or has expired; log in again")]
    Token,
    /// The name and the password do not go together, or the refresh token is none.
    #[error("{0}")]
    Login(&'static str),
    /// Only for who is logged in.
    #[error("this is for users who are logged in: send Authorization: Bearer TOKEN")]
    NotLoggedIn,
    /// Whoever asks may see it, but not do this.
    #[error("this needs the right to {0}, which an administrator of the object gives")]
    Forbidden(&'static str),
    /// There is nothing of this id that whoever asks may know of.
    #[error("there is no {kind} {id:?}")]
    Unknown {
        /// The type.
        kind: String,
        /// The id.
        id: String,
    },
    /// Nothing is at this path.
    #[error(
        "there is nothing at this path; there are objects/TYPE, users, usergroups, user, files, search, stream_url and auth below /v1"
    )]
    Path,
    /// The path takes other methods.
    #[error("this path takes {0}")]
    Method(&'static str),
    /// The body is larger than it may be.
    #[error(
        "the body has more than {limit} bytes; {key} of the [enginio.NAME] in qmlserve.toml is the bound"
    )]
    TooLarge {
        /// The most bytes.
        limit: u64,
        /// The setting.
        key: &'static str,
    },
    /// The body did not come.
    #[error("the body did not arrive: {0}")]
    Incomplete(String),
    /// As many streams as there may be are open already.
    #[error("{0} clients listen to changes already; close some")]
    TooManyStreams(usize),
    /// The address of a file that is not good any more.
    #[error("this address has expired; ask for download_url again")]
    Expired,
    /// A file whose content is gone.
    #[error("the content of this file is not there any more; upload it again")]
    NoContent,
    /// Too many guesses.
    #[error("too many attempts to log in; wait a minute")]
    TooMany,
    /// A chunk that does not follow the last one.
    #[error("the next chunk of this file begins at {expected}; this one begins at {given}")]
    Chunk {
        /// Where it has to begin, in bytes.
        expected: u64,
        /// Where it does.
        given: u64,
    },
    /// The disk does not do it.
    #[error("the file cannot be kept: {0}")]
    Disk(String),
    /// The system has no randomness.
    #[error("the system gives no random numbers; try again")]
    NoRandomness,
    /// The server ends, or a task of it failed.
    #[error("the server could not do it; try again")]
    Failed,
    /// The database does not do it.
    #[error("{store}; {hint}", store = .0, hint = .0.hint())]
    Store(#[from] StoreError),
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(limit) => Self::TooLarge {
                limit,
                key: "max_body",
            },
            BodyError::Incomplete(message) => Self::Incomplete(message),
        }
    }
}

impl Refusal {
    /// A request that cannot be understood.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::Bad(message.into())
    }

    /// A property that may not be as it is.
    pub(crate) fn property(property: &str, message: impl Into<String>) -> Self {
        Self::Property {
            property: property.to_owned(),
            message: message.into(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Bad(_)
            | Self::Property { .. }
            | Self::Backend(_)
            | Self::Incomplete(_)
            | Self::Chunk { .. } => StatusCode::BAD_REQUEST,
            Self::Token | Self::Login(_) | Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::Expired => StatusCode::FORBIDDEN,
            Self::Unknown { .. } | Self::NoContent | Self::Path => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(StoreError::Unfit(_)) => StatusCode::BAD_REQUEST,
            Self::TooManyStreams(_)
            | Self::Disk(_)
            | Self::NoRandomness
            | Self::Failed
            | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A word for the kind, for programs.
    fn reason(&self) -> &'static str {
        match self.status().as_u16() {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "AccessDenied",
            404 => "NotFound",
            405 => "MethodNotAllowed",
            413 => "TooLarge",
            429 => "TooManyRequests",
            _ => "ServiceUnavailable",
        }
    }

    /// The answer.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut error = json!({"message": self.to_string(), "reason": self.reason()});
        if let (Self::Property { property, .. }, Some(error)) = (self, error.as_object_mut()) {
            error.insert("property".to_owned(), property.as_str().into());
        }
        let status = self.status();
        let mut shape = json!({"errors": [error]});
        if let (Self::Login(message), Some(shape)) = (self, shape.as_object_mut()) {
            // As OAuth has it (RFC 6749, section 5.2).
            shape.insert("error".to_owned(), "invalid_grant".into());
            shape.insert("error_description".to_owned(), (*message).into());
        }
        let answer = ErrorAnswer::shaped(status, shape);
        let answer = match self {
            Self::TooMany => answer.with_header(header::RETRY_AFTER, "60"),
            Self::Token | Self::NotLoggedIn => {
                answer.with_header(header::WWW_AUTHENTICATE, "Bearer")
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                answer.with_header(header::RETRY_AFTER, "1")
            }
            _ => answer,
        };
        answer.respond(request)
    }
}

//! What can go wrong at a gateway, in the shape that the hosted service had.

use std::borrow::Cow;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

use crate::http::ErrorAnswer;

/// A request that a gateway refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GatewayError {
    /// The request needs a bearer token and has none.
    #[error("Authorization header is required")]
    NoToken,
    /// It has a wrong one.
    #[error("Access denied")]
    WrongToken,
    /// No gateway can have this name.
    #[error(
        "There is no such gateway: a name has 1 to 64 letters, digits, dots, dashes or underscores"
    )]
    BadName,
    /// There are too many that nobody declared.
    #[error(
        "There are {0} gateways with sockets or a configuration already that qmlserve.toml does not declare; declare this one there with [gateways.NAME]"
    )]
    TooMany(usize),
    /// No open socket has this id.
    #[error("There is no such socket")]
    NoSocket,
    /// No token can be given now.
    #[error("No socket can be reserved now")]
    Unavailable,
    /// The body is not JSON.
    #[error("Invalid json")]
    NotJson,
    /// The body is larger than so many bytes.
    #[error("The body is larger than {0} bytes, which is what it may have here")]
    TooLarge(usize),
    /// The endpoint has only these methods.
    #[error("The methods here are {0}")]
    Method(&'static str),
    /// The body did not come whole.
    #[error("The body could not be read: {0}")]
    Unread(String),
    /// A property of the body is missing or wrong.
    #[error("{property} {message}")]
    Invalid {
        /// Which one, with dots.
        property: &'static str,
        /// What it has to be.
        message: Cow<'static, str>,
    },
}

impl GatewayError {
    /// `property` is not what it has to be.
    pub(crate) fn invalid(property: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self::Invalid { property, message }
    }

    fn body(&self) -> Value {
        let reason = match self {
            Self::NoToken => "AuthorizationRequired",
            Self::WrongToken => "AccessDenied",
            Self::BadName => "GatewayNotFound",
            Self::TooMany(_) => "TooManyGateways",
            Self::Method(_) => "MethodNotAllowed",
            Self::Unavailable => "ServiceUnavailable",
            Self::NotJson => "InvalidJson",
            Self::TooLarge(_) => "PayloadTooLarge",
            Self::Unread(_) => "BadRequest",
            // So the service had it.
            Self::NoSocket => return json!({}),
            Self::Invalid { property, message } => {
                return json!({"errors": [
                    {"reason": "ValidationError", "property": property, "message": message}
                ]});
            }
        };
        json!({"error": {"reason": reason, "message": self.to_string()}})
    }
}

/// What becomes of a body that cannot be had.
impl From<actix_web::Error> for GatewayError {
    fn from(error: actix_web::Error) -> Self {
        match error.as_response_error().status_code() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge(0),
            _ => Self::Unread(error.to_string()),
        }
    }
}

impl ResponseError for GatewayError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::BadName | Self::NoSocket => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unavailable | Self::TooMany(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotJson | Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unread(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let answer = ErrorAnswer::shaped(self.status_code(), self.body());
        let answer = match self {
            Self::NoToken | Self::WrongToken => {
                answer.with_header(header::WWW_AUTHENTICATE, "Bearer")
            }
            Self::Method(methods) => answer.with_header(header::ALLOW, methods),
            _ => answer,
        };
        answer.to_program()
    }
}

//! Why a sign-in does not come about, or does not last: one type, one mapping to a status, and what
//! to do about it. No message has a token, a code or a secret in it.

use actix_web::http::{StatusCode, header};
use oauth2::basic::BasicErrorResponseType;
use oauth2::{
    DeviceCodeErrorResponseType, ErrorResponse, RequestTokenError, StandardErrorResponse,
};

use super::transport::AskError;
use crate::http::ErrorAnswer;

/// What went wrong with the sign-in of this name.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{name}: {reason}")]
pub(super) struct Failure {
    /// The sign-in.
    pub name: String,
    /// What happened.
    pub reason: Reason,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    /// There is none.
    #[error("there is no sign-in of this name")]
    Unknown,
    /// Nobody is, or this client is not.
    #[error("nobody is signed in")]
    SignedOut,
    /// The token has ended, and there is nothing to have another one by.
    #[error("the sign-in has ended, and the service gave no refresh token with it")]
    Ended,
    /// The service does not answer as one does.
    #[error("{0}")]
    Service(String),
    /// The service says no to what it was shown.
    #[error("the service refused: {0}")]
    Refused(String),
    /// The service says no to this server.
    #[error("the service does not know this server: {0}")]
    Client(String),
    /// Something that the service does not offer.
    #[error("the service has no {0}")]
    Lacks(&'static str),
    /// The environment lacks the secret.
    #[error("the environment has no {0}, where its client_secret is")]
    Secret(String),
    /// The state belongs to no sign-in that is under way.
    #[error("this sign-in is not one that was begun here, or it took too long, or it is done")]
    State,
    /// What came back is no answer of a service.
    #[error("the service sent neither a code nor an error back")]
    Answer,
    /// Another service answers.
    #[error("the answer is one of {0}")]
    Issuer(String),
    /// The person, or the service, decided against it.
    #[error("the sign-in was not granted: {0}")]
    Denied(String),
    /// The code for the screen was not entered in time.
    #[error("the code was not entered in time")]
    Expired,
    /// Too many wait for a change.
    #[error("too many clients wait for a change of it")]
    Crowded,
    /// The system has no randomness.
    #[error("the system has no randomness")]
    Random,
}

impl Reason {
    /// Of a request for tokens. What the service says in words of its own is told shortened; what
    /// it answered with is not, since it may be what was asked for.
    pub(super) fn of_token(
        error: &RequestTokenError<AskError, StandardErrorResponse<BasicErrorResponseType>>,
    ) -> Self {
        match error {
            RequestTokenError::ServerResponse(answer) => match answer.error() {
                BasicErrorResponseType::InvalidClient
                | BasicErrorResponseType::UnauthorizedClient => Self::Client(told(answer)),
                // Such as that it has too much to do.
                BasicErrorResponseType::Extension(_) => Self::Service(told(answer)),
                _ => Self::Refused(told(answer)),
            },
            other => Self::of_transport(other),
        }
    }

    /// Of a request for the tokens of a device.
    pub(super) fn of_device(
        error: &RequestTokenError<AskError, StandardErrorResponse<DeviceCodeErrorResponseType>>,
    ) -> Self {
        match error {
            RequestTokenError::ServerResponse(answer) => match answer.error() {
                DeviceCodeErrorResponseType::ExpiredToken => Self::Expired,
                DeviceCodeErrorResponseType::AccessDenied => Self::Denied(told(answer)),
                _ => Self::Refused(told(answer)),
            },
            other => Self::of_transport(other),
        }
    }

    fn of_transport<T: ErrorResponse>(error: &RequestTokenError<AskError, T>) -> Self {
        Self::Service(match error {
            RequestTokenError::Request(error) => error.to_string(),
            RequestTokenError::Parse(..) => {
                "the answer of its token endpoint is none of OAuth 2.0".to_owned()
            }
            RequestTokenError::Other(text) => text.clone(),
            RequestTokenError::ServerResponse(_) => "the service refused".to_owned(),
        })
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut | Self::Ended | Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::Service(_) | Self::Client(_) => StatusCode::BAD_GATEWAY,
            Self::Unknown | Self::Lacks(_) => StatusCode::NOT_FOUND,
            Self::State | Self::Answer | Self::Issuer(_) | Self::Expired => StatusCode::BAD_REQUEST,
            Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::Secret(_) | Self::Crowded | Self::Random => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn hint(&self, name: &str) -> String {
        match self {
            Self::Unknown => "each [oauth.NAME] of qmlserve.toml is one".to_owned(),
            Self::SignedOut | Self::Ended | Self::Refused(_) => format!(
                "GET /@qmlserve/oauth/{name} names the url at which to sign in; open that in a \
                 browser"
            ),
            Self::Service(_) => {
                format!("start the service, or mend the URLs in [oauth.{name}] of qmlserve.toml")
            }
            Self::Client(_) => format!(
                "mend client_id, client_secret or client_secret_env in [oauth.{name}] of \
                 qmlserve.toml: they are what the service gave out for this server"
            ),
            Self::Lacks(what) => {
                format!("name it in [oauth.{name}] of qmlserve.toml if there is a {what} after all")
            }
            Self::Secret(variable) => format!(
                "set {variable} and start the server again; client_secret_env in [oauth.{name}] \
                 of qmlserve.toml names the variable"
            ),
            Self::State | Self::Answer | Self::Denied(_) | Self::Expired => {
                "go back to the program and sign in from there once more".to_owned()
            }
            Self::Issuer(_) => format!(
                "if that is the service which is meant: issuer in [oauth.{name}] of qmlserve.toml"
            ),
            Self::Crowded => {
                "ask again later; streams in [limits] of qmlserve.toml is the bound".to_owned()
            }
            Self::Random => "see to the system's random device".to_owned(),
        }
    }
}

impl Failure {
    /// For whoever asked.
    pub(super) fn answer(&self) -> ErrorAnswer {
        let status = self.reason.status();
        let answer = ErrorAnswer::new(status, self, self.hint());
        match status {
            StatusCode::UNAUTHORIZED => answer.with_header(header::WWW_AUTHENTICATE, "Bearer"),
            StatusCode::SERVICE_UNAVAILABLE => answer.with_header(header::RETRY_AFTER, "5"),
            _ => answer,
        }
    }

    /// What to do about it.
    pub(super) fn hint(&self) -> String {
        self.reason.hint(&self.name)
    }
}

/// What a service says of its refusal.
fn told<T: oauth2::ErrorResponseType + std::fmt::Display + 'static>(
    answer: &StandardErrorResponse<T>,
) -> String {
    let word = answer.error().to_string();
    let words = answer.error_description().map(String::as_str);
    shortened(&word, words)
}

/// The word of a refusal, and what else was said, in one line of moderate length.
pub(super) fn shortened(word: &str, words: Option<&str>) -> String {
    const LONGEST: usize = 200;
    let text = match words {
        Some(words) => format!("{word} ({words})"),
        None => word.to_owned(),
    };
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(LONGEST).collect()
}

//! Why a request to a collection is refused: one type, one mapping to a status, one JSON shape.
//!
//! No 409 and no 410: Qt 5.15 and 6.4 hand such answers to QML as status 0 without a body.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use super::object::LONGEST_KEY;
use super::store::StoreError;
use crate::http::ErrorAnswer;

/// A request that is not answered with what it asked for. Nothing was written, but for
/// [`StoreError::Unanswered`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The body is not JSON.
    #[error("the body is not JSON: {message} (line {line}, column {column})")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser missed.
        message: String,
    },
    /// There is no body.
    #[error("the body is empty")]
    Empty,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8 from byte {offset} on")]
    NotUtf8 {
        /// How many bytes were good.
        offset: usize,
    },
    /// The body is JSON of another kind.
    #[error("the body is {given}, not an object")]
    NotAnObject {
        /// What it is.
        given: &'static str,
    },
    /// The object does not say what it is called.
    #[error("the object has no {field:?}, which is the key of this collection")]
    MissingKey {
        /// The field that is the key.
        field: String,
    },
    /// The object is called what nothing can be called.
    #[error("{field:?} is the key of this collection and cannot be {given}")]
    BadKey {
        /// The field that is the key.
        field: String,
        /// What was given, as JSON.
        given: String,
    },
    /// An update to another key.
    #[error("the key of {key:?} cannot be changed to {given:?}")]
    KeyChanged {
        /// The key of the object.
        key: String,
        /// The key in the body.
        given: String,
    },
    /// There is one of this key already.
    #[error("there is a {key:?} in {collection} already")]
    Duplicate {
        /// The collection.
        collection: String,
        /// The key.
        key: String,
    },
    /// There is none of this key.
    #[error("there is no {key:?} in {collection}")]
    Unknown {
        /// The collection.
        collection: String,
        /// The key.
        key: String,
    },
    /// The path goes on behind the key.
    #[error("there is nothing below an object of {collection}")]
    TooDeep {
        /// The collection.
        collection: String,
    },
    /// The schema of the collection refuses the object.
    #[error("the object does not fit the schema of the collection: {0}")]
    Schema(String),
    /// The body is larger than the collection takes.
    #[error("the body has more than the {limit} bytes that this collection takes")]
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// The object would become larger than a body may be.
    #[error(
        "with this, the object would have more than the {limit} bytes that this collection takes"
    )]
    Grown {
        /// The most bytes.
        limit: u64,
    },
    /// The body ended before it was complete.
    #[error("the body did not arrive: {0}")]
    Incomplete(String),
    /// The query cannot be understood.
    #[error("{message}")]
    Query {
        /// What is wrong.
        message: String,
        /// What a right one looks like.
        hint: String,
    },
    /// Another method than the path takes.
    #[error("this method is not for this path; it takes {allow}")]
    Method {
        /// What it takes.
        allow: &'static str,
    },
    /// Another collection is to be told with this one, for which people sign in.
    #[error("{collection} is for those who sign in")]
    Private {
        /// The other collection.
        collection: String,
    },
    /// The collection is not to be written to.
    #[error("{collection} is read-only")]
    ReadOnly {
        /// The collection.
        collection: String,
    },
    /// One of the failures that were ordered.
    #[error("{collection} fails on purpose")]
    OnPurpose {
        /// The collection.
        collection: String,
    },
    /// The seed or the schema of the collection is not usable.
    #[error("{collection} cannot be served: {reason}")]
    Broken {
        /// The collection.
        collection: String,
        /// Why.
        reason: String,
    },
    /// As many streams as there may be are open already.
    #[error("too many clients listen to collections")]
    TooManyStreams,
    /// The database does not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal {
    /// The body is not JSON: `error` with its place.
    pub(crate) fn json(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() && (line, column) == (1, 0) {
            return Self::Empty;
        }
        let message = error.to_string();
        let place = format!(" at line {line} column {column}");
        Self::Json {
            line,
            column,
            message: message.replace(&place, ""),
        }
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Json { .. }
            | Self::Empty
            | Self::NotUtf8 { .. }
            | Self::NotAnObject { .. }
            | Self::Incomplete(_)
            | Self::Query { .. } => StatusCode::BAD_REQUEST,
            Self::MissingKey { .. }
            | Self::BadKey { .. }
            | Self::KeyChanged { .. }
            | Self::Duplicate { .. }
            | Self::Schema(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unknown { .. } | Self::TooDeep { .. } => StatusCode::NOT_FOUND,
            Self::Private { .. } => StatusCode::FORBIDDEN,
            Self::TooLarge { .. } | Self::Grown { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Method { .. } | Self::ReadOnly { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::OnPurpose { .. } | Self::Broken { .. } | Self::TooManyStreams => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(StoreError::Unfit(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(StoreError::Other(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Json { .. } | Self::Empty | Self::NotAnObject { .. } => {
                r#"send one JSON object, such as {"name": "red"}"#.into()
            }
            Self::NotUtf8 { .. } => "send the JSON as UTF-8".into(),
            Self::MissingKey { field } => format!("add {field:?} to the object"),
            Self::BadKey { .. } => {
                format!(
                    "a key is a text of 1 to {LONGEST_KEY} characters but NUL, or a whole number"
                )
            }
            Self::KeyChanged { .. } => {
                "leave the key out; to rename, create the new object and delete the old one".into()
            }
            Self::Duplicate { .. } => "choose another key, or update that object with PUT".into(),
            Self::Unknown { .. } => "read the list for what there is; POST creates".into(),
            Self::Private { .. } => "sign in as somebody who may see both".into(),
            Self::TooDeep { .. } => "a / that is part of a key is written %2F".into(),
            Self::Schema(_) => "the schema is in /@qmlserve/openapi.json".into(),
            Self::TooLarge { .. } => {
                "send less, or raise max_body of the collection in qmlserve.toml".into()
            }
            Self::Grown { .. } => {
                "take something out of it, or raise max_body of the collection in qmlserve.toml"
                    .into()
            }
            Self::Incomplete(_) => "send it again".into(),
            Self::Query { hint, .. } => hint.clone(),
            Self::Method { allow } => format!("use {allow}"),
            Self::ReadOnly { .. } => {
                "take readonly off the collection in qmlserve.toml to write to it".into()
            }
            Self::OnPurpose { .. } => "its fail setting in qmlserve.toml orders that".into(),
            Self::Broken { .. } => "mend that, and start the server again".into(),
            Self::TooManyStreams => "close some".into(),
            Self::Store(error) => error.hint().into(),
        }
    }

    /// The answer to `request`.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let status = self.status();
        let answer = ErrorAnswer::new(status, self, self.hint());
        let answer = match self {
            Self::Method { allow } => answer.with_header(header::ALLOW, allow),
            Self::ReadOnly { .. } => answer.with_header(header::ALLOW, "GET, HEAD"),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                answer.with_header(header::RETRY_AFTER, "1")
            }
            _ => answer,
        };
        answer.respond(request)
    }
}

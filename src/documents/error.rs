//! What can go wrong in a request, and how it is told: one type, one mapping
//! to a status, one shape for programs and one for people.

use std::fmt::Write as _;

use actix_web::error::InternalError;
use actix_web::http::header::{self, ContentType};
use actix_web::http::{Method, StatusCode};
use actix_web::web::QueryConfig;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;

use crate::path::{Refusal, TreePath};
use crate::tree::root::OpenError;
use crate::tree::version::Version;

/// A request that is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The path cannot name a file of the tree.
    #[error("{0}")]
    Path(#[from] Refusal),
    /// There is no such file.
    #[error("there is no {path} here")]
    NotFound {
        /// What was asked for.
        path: TreePath,
        /// The existing file that was probably meant.
        nearest: Option<TreePath>,
    },
    /// The version is not kept, or never was.
    #[error("version {version} is not kept any more, or never was")]
    Gone {
        /// What was asked for.
        version: Version,
        /// What there is.
        newest: Version,
    },
    /// The asset was overwritten since that version.
    #[error("{path} was changed or removed since version {version}")]
    Changed {
        /// The asset.
        path: TreePath,
        /// What was asked for.
        version: Version,
    },
    /// The file is there but cannot be opened.
    #[error("{path}: {error}")]
    Open {
        /// The file.
        path: TreePath,
        /// Why.
        error: OpenError,
    },
    /// Another method than GET and HEAD.
    #[error("documents can only be read")]
    Method,
    /// As many clients as there may be listen already.
    #[error("too many clients are connected")]
    TooMany,
    /// The body has more bytes than the route takes.
    #[error("the body is longer than {0} bytes")]
    TooLarge(usize),
    /// The body or a parameter is not what the route takes.
    #[error("{message}")]
    Bad {
        /// What is wrong.
        message: String,
        /// What a right one looks like.
        hint: &'static str,
    },
}

impl RequestError {
    /// What to do about it.
    fn hint(&self) -> String {
        match self {
            Self::Path(_) => "name a file below the served folder".into(),
            Self::NotFound {
                nearest: Some(nearest),
                ..
            } => format!("did you mean /{nearest}?"),
            Self::NotFound { nearest: None, .. } => "a listing of what there is: /".into(),
            Self::Gone { newest, .. } => {
                format!("the newest version is {newest}; a live client is told by itself")
            }
            Self::Changed { .. } => "reload; a live client is told by itself".into(),
            Self::Open {
                error: OpenError::Outside,
                ..
            } => "serve the folder that holds the target, or copy the file into the tree".into(),
            Self::Open { .. } => "check the permissions of the file".into(),
            Self::TooMany => "close some; a client that is started twice counts twice".into(),
            Self::Method => "use GET or HEAD".into(),
            Self::TooLarge(_) => "send less, or in several requests".into(),
            Self::Bad { hint, .. } => (*hint).into(),
        }
    }

    /// How handlers that take [`Query`](actix_web::web::Query) refuse one that
    /// they do not understand.
    pub fn of_queries() -> QueryConfig {
        QueryConfig::default().error_handler(|error, request| {
            let bad = Self::Bad {
                message: format!("the query is not understood: {error}"),
                hint: "name each parameter once, percent-encoded UTF-8",
            };
            InternalError::from_response(error, bad.respond(request)).into()
        })
    }

    /// The answer, as a page if a browser asks and as JSON otherwise.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if matches!(self, Self::Method) {
            response.insert_header((header::ALLOW, "GET, HEAD"));
        }
        if wants_html(request) {
            response.content_type(ContentType::html()).body(self.page())
        } else {
            response.json(self.json())
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({"error": {
            "status": self.status_code().as_u16(),
            "message": self.to_string(),
            "hint": self.hint(),
        }})
    }

    fn page(&self) -> String {
        page(self.status_code(), &self.to_string(), &self.hint())
    }
}

/// The page that tells a person of an error; the texts are plain.
pub fn page(title: StatusCode, message: &str, hint: &str) -> String {
    let mut page = String::new();
    // Writing into a String does not fail.
    let _ = write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>:root{{color-scheme:light dark}}\
         body{{font:16px/1.5 system-ui;margin:3em auto;max-width:40em;padding:0 1em;overflow-wrap:anywhere}}\
         </style><h1>{title}</h1><p>{}<p>{}<p><a href=\"/\">/</a>",
        escape(message),
        escape(hint),
    );
    page
}

impl ResponseError for RequestError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Path(_) | Self::Bad { .. } => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Gone { .. } | Self::Changed { .. } => StatusCode::GONE,
            Self::Open { error, .. } => match error {
                OpenError::NotFound => StatusCode::NOT_FOUND,
                OpenError::Outside | OpenError::Special => StatusCode::FORBIDDEN,
                OpenError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    StatusCode::FORBIDDEN
                }
                OpenError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::TooMany => StatusCode::SERVICE_UNAVAILABLE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    // Without the request at hand; the handlers go through `respond`.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(self.json())
    }
}

/// Refuses what is neither GET nor HEAD.
pub fn only_reads(request: &HttpRequest) -> Result<(), RequestError> {
    match *request.method() {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(RequestError::Method),
    }
}

/// Whether a person looks at the answer: browsers name HTML, nobody else does.
pub fn wants_html(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Text made safe for HTML, in content and in double-quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

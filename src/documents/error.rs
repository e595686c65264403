//! Why a document or an asset is not answered with, and how that is told.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::ErrorAnswer;
use crate::path::{Refusal, TreePath};
use crate::tree::root::OpenError;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// A request that is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
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
    /// It leads to what people sign in for, and this one did not.
    #[error("{path} leads to a document for which people sign in")]
    Private {
        /// What was asked for.
        path: TreePath,
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
            Self::Private { .. } => "sign in, by a path of that document".into(),
            Self::Gone { newest, .. } => {
                format!("the newest version is {newest}; a live client is told by itself")
            }
            Self::Changed { .. } => "reload; a live client is told by itself".into(),
            Self::Open { .. } => "check the permissions of the file".into(),
            Self::Method => "use GET or HEAD".into(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Path(_) => StatusCode::BAD_REQUEST,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Private { .. } => StatusCode::FORBIDDEN,
            Self::Gone { .. } | Self::Changed { .. } => StatusCode::GONE,
            Self::Open { error, .. } => match error {
                OpenError::NotFound | OpenError::Outside => StatusCode::NOT_FOUND,
                OpenError::Special => StatusCode::FORBIDDEN,
                OpenError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    StatusCode::FORBIDDEN
                }
                OpenError::Io(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// Why `path` was not opened. A link that leads out of the tree looks like nothing at all: what
    /// is out there is nobody's business. The terminal tells of such links.
    pub(super) fn open(path: &TreePath, error: OpenError, snapshot: &Snapshot) -> Self {
        let path = path.clone();
        match error {
            OpenError::NotFound | OpenError::Outside => Self::NotFound {
                nearest: snapshot.nearest(&path),
                path,
            },
            error => Self::Open { path, error },
        }
    }

    /// The answer to `request`.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let answer = ErrorAnswer::new(self.status(), self, self.hint());
        let answer = match self {
            Self::Method => answer.with_header(header::ALLOW, "GET, HEAD"),
            _ => answer,
        };
        answer.respond(request)
    }
}

/// Refuses what is neither GET nor HEAD.
pub(super) fn only_reads(request: &HttpRequest) -> Result<(), RequestError> {
    match *request.method() {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(RequestError::Method),
    }
}

//! HTTP of documents and assets: plain and versioned paths, listings, errors.

mod error;
mod listing;
mod media;
mod missing;
mod plain;
mod transfer;
mod versioned;

use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::access::{Access, asked_host};
use crate::path::TreePath;
use crate::tree::Tree;
use crate::tree::root::OpenError;
use crate::tree::version::Token;

pub(crate) use error::RequestError;
pub(crate) use missing::Missing;

/// What the handlers need.
#[derive(Debug)]
pub(crate) struct Documents {
    /// The tree served.
    pub tree: Arc<Tree>,
    /// Which absolute URLs are the server's own.
    pub access: Data<Access>,
    /// What was asked for and is not there.
    pub missing: Missing,
}

/// Answers every path that no other route takes.
pub(crate) async fn serve(request: HttpRequest, documents: Data<Documents>) -> HttpResponse {
    match answer(&request, &documents).await {
        Ok(response) => response,
        Err(error) => {
            if let RequestError::NotFound { path, nearest } = &error {
                let snapshot = documents.tree.store().newest();
                let missing = &documents.missing;
                missing.tell(&request, &snapshot, path, nearest.as_ref());
            }
            error.respond(&request)
        }
    }
}

async fn answer(
    request: &HttpRequest,
    documents: &Documents,
) -> Result<HttpResponse, RequestError> {
    error::only_reads(request)?;
    let raw = request.uri().path();
    if let Some((token, rest)) = split_token(raw) {
        let path = TreePath::from_url(rest)?;
        return versioned::serve(request, documents, &token, &path).await;
    }
    let path = TreePath::from_url(raw)?;
    plain::serve(request, documents, &path).await
}

/// `/@TOKEN/PATH`, taken apart. Anything else after the `@` is a file name.
fn split_token(raw: &str) -> Option<(Token, &str)> {
    let (token, rest) = crate::path::split_token(raw)?;
    Some((token.parse().ok()?, rest))
}

impl Documents {
    /// Whether something of the tree is served at a plain path, as it stands in
    /// a request.
    pub(crate) async fn has(&self, raw: &str) -> bool {
        let Ok(path) = TreePath::from_url(raw) else {
            return false;
        };
        let snapshot = self.tree.store().newest();
        if path.name() == "qmldir" && snapshot.qmldir(&path.parent()).is_some() {
            return true;
        }
        let tree = Arc::clone(&self.tree);
        let opened = web::block(move || tree.root().open_path(&path)).await;
        !matches!(opened, Ok(Err(OpenError::NotFound)))
    }

    /// Whether a URL is the server's own, for whoever sent this request.
    fn is_own(&self, request: &HttpRequest) -> impl Fn(&url::Url) -> bool {
        let asked = asked_host(request);
        let access = self.access.clone();
        move |url| {
            asked
                .as_ref()
                .is_some_and(|asked| access.is_own(url, asked))
        }
    }
}

//! The addresses of the repository, and who is turned away before git is asked.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use tracing::warn;

use super::Deploy;
use super::cgi::Running;
use crate::access::asked_base;
use crate::http::{ErrorAnswer, uncached};

type Shared = Data<Option<Arc<Deploy>>>;

/// For a person who opens the address in a browser.
pub(super) async fn about(request: HttpRequest, deploy: Shared) -> HttpResponse {
    let Some(deploy) = deploy.as_ref() else {
        return off(&request);
    };
    let base = asked_base(&request).unwrap_or_default();
    let url = format!("{base}/@qmlserve/git");
    let branch = &deploy.config.branch;
    uncached(StatusCode::OK)
        .content_type("text/plain; charset=utf-8")
        .body(format!(
            "What is served, as a Git repository:\n\n    git clone {url}\n    git push {url} {branch}\n"
        ))
}

/// What there is to fetch, or to push to.
pub(super) async fn refs(request: HttpRequest, body: Payload, deploy: Shared) -> HttpResponse {
    serve(request, body, deploy, "/info/refs").await
}

/// Git asks for objects.
pub(super) async fn upload(request: HttpRequest, body: Payload, deploy: Shared) -> HttpResponse {
    serve(request, body, deploy, "/git-upload-pack").await
}

/// Git brings objects.
pub(super) async fn receive(request: HttpRequest, body: Payload, deploy: Shared) -> HttpResponse {
    serve(request, body, deploy, "/git-receive-pack").await
}

fn off(request: &HttpRequest) -> HttpResponse {
    ErrorAnswer::new(
        StatusCode::NOT_FOUND,
        "nothing can be pushed to this server",
        "start it with --git, or with a section [git] in qmlserve.toml",
    )
    .respond(request)
}

async fn serve(
    request: HttpRequest,
    body: Payload,
    deploy: Shared,
    path: &'static str,
) -> HttpResponse {
    let Some(deploy) = deploy.as_ref() else {
        return off(&request);
    };
    let client = request.peer_addr().map(|peer| peer.ip());
    let place = match deploy.places.place(client) {
        Ok(place) => place,
        Err(error) => {
            let hint = "try again when the others are done";
            let message = format!("too many pushes and clones at a time: {error}");
            return ErrorAnswer::new(StatusCode::SERVICE_UNAVAILABLE, message, hint)
                .with_header(header::RETRY_AFTER, "5")
                .respond(&request);
        }
    };
    let running = Running::new(deploy, path == "/git-receive-pack", place);
    match running.answer(&request, body, path).await {
        Ok(response) => response,
        Err(error) => {
            warn!("git http-backend: {error}");
            ErrorAnswer::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "git does not answer",
                "the server's log says why",
            )
            .respond(&request)
        }
    }
}

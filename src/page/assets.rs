//! The page's own files, built into the program: HTML, a style sheet, modules of JavaScript.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::http::{Body, Caching, ErrorAnswer, escape, prefix, respond};

const INDEX: &str = include_str!("assets/index.html");

/// What stands in [`INDEX`] for what is in front of every path.
const ROOT: &str = "{root}";

/// The files below `/@qmlserve/page/`, by name.
const FILES: &[(&str, &str)] = &[
    ("style.css", include_str!("assets/style.css")),
    ("screen.css", include_str!("assets/screen.css")),
    ("source.css", include_str!("assets/source.css")),
    ("api.css", include_str!("assets/api.css")),
    ("api.js", include_str!("assets/api.js")),
    ("main.js", include_str!("assets/main.js")),
    ("changes.js", include_str!("assets/changes.js")),
    ("clients.js", include_str!("assets/clients.js")),
    ("connect.js", include_str!("assets/connect.js")),
    ("dom.js", include_str!("assets/dom.js")),
    ("highlight.js", include_str!("assets/highlight.js")),
    ("input.js", include_str!("assets/input.js")),
    ("keys.js", include_str!("assets/keys.js")),
    ("log.js", include_str!("assets/log.js")),
    ("problems.js", include_str!("assets/problems.js")),
    ("screen.js", include_str!("assets/screen.js")),
    ("server.js", include_str!("assets/server.js")),
    ("services.js", include_str!("assets/services.js")),
    ("source.js", include_str!("assets/source.js")),
    ("tree.js", include_str!("assets/tree.js")),
    ("icon.svg", include_str!("assets/icon.svg")),
];

/// What the page may load and do: nothing that is not this server's, nothing that stands in the
/// page itself, and not inside of another page, which could lead a click astray.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// `GET /@qmlserve/`, and `/` where the tree has no page of its own there.
pub(crate) fn front(request: &HttpRequest) -> HttpResponse {
    let root = escape(&prefix(request));
    let mut response = answer(request, "index.html", INDEX.replace(ROOT, &root).into());
    let headers = response.headers_mut();
    // Programs get something else at `/`.
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    response
}

/// `GET /@qmlserve/`.
pub(super) async fn index(request: HttpRequest) -> HttpResponse {
    front(&request)
}

/// `GET /@qmlserve/page/FILE`.
pub(super) async fn serve(request: HttpRequest) -> HttpResponse {
    let name = request.match_info().get("file").unwrap_or_default();
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => answer(&request, name, Bytes::from_static(text.as_bytes())),
        None => {
            let message = format!("the page has no file {name}");
            let hint = "the page itself is at /@qmlserve/";
            ErrorAnswer::new(StatusCode::NOT_FOUND, message, hint).respond(&request)
        }
    }
}

fn answer(request: &HttpRequest, name: &str, bytes: Bytes) -> HttpResponse {
    let media_type = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
    let body = Body {
        etag: blake3::hash(&bytes).to_hex().as_str()[..16].to_owned(),
        content: bytes.into(),
        media_type: HeaderValue::from_static(media_type),
        modified: None,
        caching: Caching::Revalidate,
    };
    let mut response = respond(request, body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

//! The QML that a client runs, built into the program.

use actix_web::http::header::HeaderValue;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::Live;
use crate::access::asked_base;
use crate::documents::{Documents, RequestError, serve as serve_document};
use crate::http::{Body, Caching, respond};
use crate::path::TreePath;

/// The files below `/@qmlserve/`, by name.
const FILES: &[(&str, &str)] = &[
    ("qmldir", include_str!("client/qmldir")),
    ("live.qml", include_str!("client/live.qml")),
    ("window.qml", include_str!("client/window.qml")),
    ("LiveLoader.qml", include_str!("client/LiveLoader.qml")),
    (
        "DocumentLoader.qml",
        include_str!("client/DocumentLoader.qml"),
    ),
    ("EventStream.qml", include_str!("client/EventStream.qml")),
    ("Preload.qml", include_str!("client/Preload.qml")),
    ("Chooser.qml", include_str!("client/Chooser.qml")),
    ("Sizing.qml", include_str!("client/Sizing.qml")),
    (
        "MessageOverlay.qml",
        include_str!("client/MessageOverlay.qml"),
    ),
    (
        "ConnectionMark.qml",
        include_str!("client/ConnectionMark.qml"),
    ),
    ("StateKeeper.qml", include_str!("client/StateKeeper.qml")),
    ("RemoteView.qml", include_str!("client/RemoteView.qml")),
    ("RemoteCamera.qml", include_str!("client/RemoteCamera.qml")),
    ("RemoteInput.qml", include_str!("client/RemoteInput.qml")),
    ("errors.js", include_str!("client/errors.js")),
    ("factory.js", include_str!("client/factory.js")),
    ("interaction.js", include_str!("client/interaction.js")),
    ("items.js", include_str!("client/items.js")),
    ("roots.js", include_str!("client/roots.js")),
    ("wire.js", include_str!("client/wire.js")),
];

/// The book's loader, as it lies at the top of the project.
const REMOTE: &str = include_str!("../../remote.qml");

/// The address in [`REMOTE`] that stands for the server's.
const DEFAULT_ADDRESS: &str = "http://localhost:8080";

/// The document in `live.qml` that stands for the server's entry.
const DEFAULT_DOCUMENT: &str = "|| \"main.qml\"";

/// `GET /@qmlserve/FILE`.
pub(super) async fn serve(request: HttpRequest, live: Data<Live>) -> HttpResponse {
    if let Some((name, text)) = asked(&request)
        && name == "live.qml"
    {
        let entry = live.entry(&live.tree.store().newest());
        let entry = format!("|| {}", serde_json::Value::from(entry.as_str()));
        let text = text.replace(DEFAULT_DOCUMENT, &entry);
        return answer(&request, name, text.into());
    }
    serve_parts(request).await
}

/// The same for whoever has a document of its own that uses them.
pub(crate) async fn serve_parts(request: HttpRequest) -> HttpResponse {
    if let Some((name, text)) = asked(&request) {
        return answer(&request, name, Bytes::from_static(text.as_bytes()));
    }
    let name = request.match_info().get("file").unwrap_or_default();
    RequestError::NotFound {
        path: TreePath::root()
            .child("@qmlserve")
            .and_then(|dir| dir.child(name))
            .unwrap_or_else(TreePath::root),
        nearest: None,
    }
    .respond(&request)
}

fn asked(request: &HttpRequest) -> Option<(&'static str, &'static str)> {
    let name = request.match_info().get("file")?;
    FILES.iter().find(|(known, _)| *known == name).copied()
}

/// `GET /remote.qml`: the tree's own if it has one, else the book's loader,
/// addressed to the host that was asked.
pub(super) async fn remote(
    request: HttpRequest,
    live: Data<Live>,
    documents: Data<Documents>,
) -> HttpResponse {
    let own = TreePath::root().child("remote.qml");
    if own.is_some_and(|path| live.tree.store().newest().file(&path).is_some()) {
        return serve_document(request, documents).await;
    }
    let address = asked_base(&request).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    let text = REMOTE.replace(DEFAULT_ADDRESS, &address);
    answer(&request, "remote.qml", text.into())
}

fn answer(request: &HttpRequest, name: &str, bytes: Bytes) -> HttpResponse {
    let script = name.ends_with(".js");
    respond(
        request,
        Body {
            etag: blake3::hash(&bytes).to_hex().as_str()[..16].to_owned(),
            content: bytes.into(),
            media_type: HeaderValue::from_static(if script {
                "text/javascript; charset=utf-8"
            } else {
                "text/plain; charset=utf-8"
            }),
            modified: None,
            caching: Caching::Revalidate,
        },
    )
}

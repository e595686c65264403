//! Plain requests at the path of a socket: the tree's if it has something there, and else told
//! where the socket is.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::mount::Mounts;
use crate::access::asked_socket_base;
use crate::documents::{self, Documents};
use crate::http::channel;
use crate::services::hub::Refusal;

/// Answers with the file, or with the URL of the socket as whoever asks would reach it.
pub(super) async fn answer(
    request: HttpRequest,
    documents: Data<Documents>,
    mounts: Data<Mounts>,
) -> HttpResponse {
    let path = request.uri().path();
    if documents.has(path).await {
        return documents::serve(request, documents).await;
    }
    let base = asked_socket_base(&request).unwrap_or_else(|| "ws://localhost".to_owned());
    let listener = channel(&request).and_then(|channel| channel.listener);
    let path = listener.map_or(path, |listener| mounts.asked(listener, path));
    Refusal::Plain(format!("{base}{path}"))
        .answer()
        .respond(&request)
}

//! What is at `/`: a browser gets the page, unless the tree has a page of its own there. And what
//! the page is told of other parts.

use std::net::SocketAddr;

use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::banner;
use crate::access::Gate;
use crate::documents::{self, Documents};
use crate::http::wants_html;
use crate::page;
use crate::path::TreePath;

/// Answers what no other route takes.
pub(super) async fn answer(request: HttpRequest, documents: Data<Documents>) -> HttpResponse {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && request.uri().path() == "/" && wants_html(&request) && !has_index(&documents) {
        return page::front(&request);
    }
    documents::serve(request, documents).await
}

fn has_index(documents: &Documents) -> bool {
    let index = TreePath::root().child("index.html");
    let snapshot = documents.tree.store().newest();
    index.is_some_and(|index| snapshot.file(&index).is_some())
}

/// The URLs for other machines; with the pass in them, if that is wanted and they need it.
pub(super) fn addresses(
    listened: Vec<SocketAddr>,
    gate: Data<Gate>,
    secure: bool,
) -> impl Fn(bool) -> Vec<String> {
    move |with_pass| {
        let scheme = if secure { "https" } else { "http" };
        let port = listened.first().map_or(0, SocketAddr::port);
        let reachable = banner::reachable(&listened, &banner::lan()).into_iter();
        let urls = reachable.map(|ip| {
            let prefix = match with_pass {
                true => gate.prefix_at(ip),
                false => String::new(),
            };
            format!("{scheme}://{}{prefix}", SocketAddr::new(ip, port))
        });
        urls.collect()
    }
}

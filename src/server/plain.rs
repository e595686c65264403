//! Plain requests for what is only a socket: they are told so.

use std::sync::Arc;

use actix_web::guard::fn_guard;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::mount::Mounts;
use crate::access::asked_host;
use crate::documents::Documents;
use crate::services::hub::{Hub, Refusal};

/// Claims the paths of sockets at which the tree has nothing. After the routes
/// of sockets and of collections, and before those that take any path.
pub fn routes(config: &mut ServiceConfig, hub: Data<Arc<Hub>>, documents: Data<Documents>) {
    let is_socket_only = fn_guard(move |context| {
        let path = context.head().uri.path();
        hub.is_at(path) && !documents.has(path)
    });
    config.service(web::resource("/{path:.*}").guard(is_socket_only).to(refuse));
}

/// Says at which URL the socket is, as whoever asks would reach it.
async fn refuse(request: HttpRequest, mounts: Data<Mounts>) -> HttpResponse {
    let host = asked_host(&request).map_or_else(|| "localhost".to_owned(), |host| host.to_url());
    let address = request.app_config().local_addr();
    let path = mounts.asked(address, request.uri().path());
    Refusal::Plain(format!("ws://{host}{path}")).respond(&request)
}

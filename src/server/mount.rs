//! Ports that show one path of the server as their root: the path goes in
//! front of what is asked for there, before anything else looks at it.

use std::collections::HashMap;
use std::net::SocketAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};
use bytes::Bytes;

use crate::http::{ErrorAnswer, Mounted, channel};
use crate::path::climbs;

/// What each listening address shows, where that is not the whole server.
#[derive(Clone, Debug, Default)]
pub(super) struct Mounts(HashMap<SocketAddr, String>);

impl Mounts {
    /// Makes `prefix` the root of an address.
    pub(super) fn add(&mut self, address: SocketAddr, prefix: &str) {
        if !prefix.is_empty() {
            self.0.insert(address, prefix.to_owned());
        }
    }

    /// The path that was asked for at an address, from the one that it means.
    pub(super) fn asked<'p>(&self, address: SocketAddr, path: &'p str) -> &'p str {
        let prefix = self.0.get(&address).map_or("", String::as_str);
        path.strip_prefix(prefix).unwrap_or(path)
    }
}

/// The middleware, outermost: the access rules are about the path that is meant.
pub(super) async fn reroot<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<actix_web::body::EitherBody<B>>, Error> {
    let listener = channel(request.request()).and_then(|channel| channel.listener);
    let mounts = request.app_data::<Data<Mounts>>();
    let prefix = listener.and_then(|listener| mounts?.0.get(&listener));
    if let Some(prefix) = prefix {
        let Some(uri) = prefixed(request.uri(), prefix) else {
            // Not a path below this one, or none at all, as in OPTIONS *.
            let hint = format!("this port shows {prefix}/: name a path below it");
            let refusal = ErrorAnswer::new(
                StatusCode::BAD_REQUEST,
                "the path leads out of what this port shows",
                hint,
            );
            let response = refusal.respond(request.request());
            return Ok(request.into_response(response).map_into_right_body());
        };
        let mounted = Mounted(prefix.clone());
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
        request.extensions_mut().insert(mounted);
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn prefixed(uri: &Uri, prefix: &str) -> Option<Uri> {
    let asked = uri.path_and_query()?.as_str();
    if !asked.starts_with('/') || climbs(uri.path()) {
        return None;
    }
    let path = Bytes::from(format!("{prefix}{asked}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_maybe_shared(path).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_goes_before_the_path() {
        for (asked, expected) in [
            ("/", Some("/chat/")),
            ("/?a=b", Some("/chat/?a=b")),
            ("/%2e./x", None),
            ("/a/..", None),
            ("/..a/%2f", Some("/chat/..a/%2f")),
            (
                "http://localhost:3000/a",
                Some("http://localhost:3000/chat/a"),
            ),
            ("*", None),
        ] {
            let uri = prefixed(&asked.parse().unwrap(), "/chat");
            assert_eq!(
                uri.map(|uri| uri.to_string()),
                expected.map(str::to_owned),
                "{asked}"
            );
        }
    }
}

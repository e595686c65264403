//! What stands in front of every path in the URLs of one client: the capability by which it is
//! let in, if it came by that. Relative URLs inherit it; what is absolute is told it here.

use std::fmt;

use actix_web::{HttpMessage as _, HttpRequest};

/// The beginning of a path, such as `/~TOKEN`. Not to be shown to anybody but that client.
#[derive(Clone)]
pub(crate) struct Prefix(pub(crate) String);

impl fmt::Debug for Prefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("/~***")
    }
}

/// What goes in front of a path for whoever sent this request; mostly nothing.
pub(crate) fn prefix(request: &HttpRequest) -> String {
    let prefix = request.extensions().get::<Prefix>().cloned();
    prefix.map_or_else(String::new, |prefix| prefix.0)
}

/// The path that the port shows as its root by which a request came, which went in front of what
/// was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Mounted(pub(crate) String);

/// What whoever sent this request calls a path of the server, without the slash at the end: below
/// its token, and from the root of the port that it asks.
pub(crate) fn public_path(request: &HttpRequest, path: &str) -> String {
    let mounted = request.extensions().get::<Mounted>().cloned();
    let mounted = mounted.map_or_else(String::new, |mounted| mounted.0);
    let path = path.strip_prefix(&mounted).unwrap_or(path);
    format!("{}{path}", prefix(request))
}

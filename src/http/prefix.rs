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

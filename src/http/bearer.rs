//! What one service puts on requests to another server on behalf of whoever is signed in there, and
//! another service knows: neither knows the other.

use std::fmt;

use actix_web::HttpRequest;
use async_trait::async_trait;
use hyper::header::HeaderValue;

use super::ErrorAnswer;

/// A sign-in, as those see it who send requests by it.
#[async_trait(?Send)]
pub(crate) trait Bearer: fmt::Debug + Send + Sync {
    /// The value of `Authorization` for whoever sent this request: marked sensitive, so that no
    /// output has it.
    ///
    /// # Errors
    /// Nobody is signed in; the answer says where to.
    async fn authorization(&self, request: &HttpRequest) -> Result<HeaderValue, ErrorAnswer>;

    /// Another one in place of one that was refused with 401; none where there is no other.
    ///
    /// # Errors
    /// Whoever was signed in is no longer.
    async fn renewed(
        &self,
        request: &HttpRequest,
        refused: &HeaderValue,
    ) -> Result<Option<HeaderValue>, ErrorAnswer>;
}

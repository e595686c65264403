//! The token of a sign-in on requests to other servers, which proxies put there.

use std::sync::Arc;

use actix_web::HttpRequest;
use async_trait::async_trait;
use hyper::header::HeaderValue;
use oauth2::AccessToken;

use super::cookie::shown;
use super::error::{Failure, Reason};
use super::sign_in::SignIn;
use crate::http::{Bearer, ErrorAnswer};

/// What is in front of a token (RFC 6750, section 2.1).
const SCHEME: &str = "Bearer ";

/// A sign-in whose tokens are for requests.
#[derive(Debug)]
pub(super) struct Carrier(pub(super) Arc<SignIn>);

impl Carrier {
    async fn token(
        &self,
        request: &HttpRequest,
        refused: Option<String>,
    ) -> Result<Option<AccessToken>, Failure> {
        let shown = shown(request, &self.0.config.name);
        let session = self.0.session(shown.as_deref());
        let session = session.ok_or_else(|| self.0.failure(Reason::SignedOut))?;
        self.0.token(&session, refused).await
    }
}

#[async_trait(?Send)]
impl Bearer for Carrier {
    async fn authorization(&self, request: &HttpRequest) -> Result<HeaderValue, ErrorAnswer> {
        let token = self.token(request, None).await;
        let header = token
            .map_err(|failure| failure.answer())?
            .as_ref()
            .and_then(header);
        header.ok_or_else(|| self.0.failure(Reason::SignedOut).answer())
    }

    async fn renewed(
        &self,
        request: &HttpRequest,
        refused: &HeaderValue,
    ) -> Result<Option<HeaderValue>, ErrorAnswer> {
        let refused = refused.to_str().unwrap_or_default();
        let refused = refused.strip_prefix(SCHEME).unwrap_or_default().to_owned();
        let token = self.token(request, Some(refused)).await;
        let token = token.map_err(|failure| failure.answer())?;
        Ok(token.as_ref().and_then(header))
    }
}

fn header(token: &AccessToken) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{SCHEME}{}", token.secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

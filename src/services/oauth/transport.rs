//! One question to a service and its whole answer, within bounds of time and size. No redirect is
//! followed, so that no secret goes anywhere else; what goes wrong is told with the URL and without
//! anything else of the question.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, header};
use oauth2::{AccessToken, HttpRequest, HttpResponse};
use url::Url;

use crate::http::client::{Client, Trust, cause, deepest};

/// How long a question may take as a whole.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The most bytes of an answer.
const MOST: usize = 1 << 20;

/// A question that was not answered.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct AskError(String);

/// The way to a service.
#[derive(Debug)]
pub(super) struct Transport(Client);

impl Transport {
    pub(super) fn new(trust: Trust) -> Self {
        Self(Client::new(trust, CONNECT))
    }

    /// Asks for what is at a URL, with a token if there is one.
    pub(super) async fn get(
        &self,
        url: &Url,
        token: Option<&AccessToken>,
    ) -> Result<HttpResponse, AskError> {
        let mut request = Request::get(url.as_str()).header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.secret()));
        }
        let request = request.body(Vec::new());
        self.ask(request.map_err(|error| AskError(error.to_string()))?)
            .await
    }

    /// One question.
    pub(super) async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, AskError> {
        let url = request.uri().to_string();
        let failed = |why: String| AskError(format!("{url} cannot be asked: {why}"));
        let request = request.map(|body| {
            Full::new(Bytes::from(body))
                .map_err(|never: Infallible| match never {})
                .boxed_unsync()
        });
        let asked = async {
            let response = self.0.send(request).await.map_err(|error| {
                let tls = cause::<rustls::Error>(&error);
                failed(tls.map_or_else(|| deepest(&error), ToString::to_string))
            })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MOST).collect().await;
            let body = body.map_err(|error| failed(deepest(error.as_ref())))?;
            let body = body.to_bytes().to_vec();
            Ok(HttpResponse::from_parts(parts, body))
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(outcome) => outcome,
            Err(_) => Err(failed(format!(
                "it says nothing for {} s",
                PATIENCE.as_secs()
            ))),
        }
    }
}

//! A request on its way to the target: as it is, or with the token of whoever is signed in there.

use hyper::Response;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Builder;

use super::body::Body;
use super::error::Failure;
use super::exchange::Passing;

impl Passing<'_> {
    /// Sends a request, and waits for the head of the answer.
    async fn send(
        &self,
        head: Builder,
        body: Body,
    ) -> Result<Response<hyper::body::Incoming>, Failure> {
        let body = body.into_outgoing(&self.activity);
        let request = head.body(body).map_err(|_| Failure::Incomplete)?;
        let to = &self.proxy.to;
        match self.activity.wait(self.proxy.client.send(request)).await {
            Ok(Ok(response)) => {
                self.proxy.tell(Ok(()));
                Ok(response)
            }
            Ok(Err(error)) => Err(Failure::of(to, &error)),
            Err(_) => Err(Failure::Silent {
                to: to.clone(),
                idle: self.proxy.config.idle,
            }),
        }
    }

    /// Asks the target, with a token if it gets one; once more with another token where it refuses
    /// the first and the body is there to be sent again.
    pub(super) async fn ask(
        &self,
        head: impl Fn() -> Result<Builder, Failure>,
        body: Body,
    ) -> Result<Response<hyper::body::Incoming>, Failure> {
        let Some(bearer) = &self.proxy.bearer else {
            return self.send(head()?, body).await;
        };
        let send = |token: &HeaderValue, body| {
            let head = head().map(|mut head| {
                if let Some(headers) = head.headers_mut() {
                    headers.insert(header::AUTHORIZATION, token.clone());
                }
                head
            });
            async { self.send(head?, body).await }
        };
        let signed_out = |answer| Failure::SignIn(Box::new(answer));
        let token = bearer.authorization(self.request).await;
        let token = token.map_err(signed_out)?;
        let again = body.again();
        let response = send(&token, body).await?;
        if response.status() != hyper::StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        // Also where it cannot be sent again: the next request has the other token.
        let renewed = bearer.renewed(self.request, &token).await;
        match (renewed.map_err(signed_out)?, again) {
            (Some(token), Some(body)) => send(&token, body).await,
            _ => Ok(response),
        }
    }
}

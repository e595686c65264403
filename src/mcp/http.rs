//! Streamable HTTP, without sessions: each request is a POST that is answered with JSON. What it
//! means is for the SDK to know; Host, Origin and token were looked at before it comes here.

use std::convert::Infallible;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};

use super::Mcp;
use super::speaker::Speaker;
use super::tools::Here;
use crate::http::{ErrorAnswer, uncached};

/// The longest request, in bytes.
const LONGEST: usize = 256 * 1024;

/// What answers requests.
pub(super) type Service = StreamableHttpService<Speaker<Here>, NeverSessionManager>;

/// A service of these tools.
pub(super) fn service(here: Arc<Here>) -> Service {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    let speaker = move || Ok(Speaker::new(Arc::clone(&here)));
    StreamableHttpService::new(speaker, Arc::default(), config)
}

/// `POST /@qmlserve/mcp`.
pub(super) async fn answer(request: HttpRequest, body: Payload, mcp: Data<Mcp>) -> HttpResponse {
    let body = match body.to_bytes_limited(LONGEST).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            let hint = "send it again";
            let message = format!("the request did not come whole: {error}");
            return ErrorAnswer::new(StatusCode::BAD_REQUEST, message, hint).respond(&request);
        }
        Err(_) => {
            let message = format!("the request is longer than {LONGEST} bytes");
            let answer = ErrorAnswer::new(StatusCode::PAYLOAD_TOO_LARGE, message, "send less");
            return answer.respond(&request);
        }
    };
    match translated(&request, body) {
        Ok(request) => respond(mcp.service.handle(request).await),
        Err(error) => {
            let hint = "send the headers that the protocol names, in ASCII";
            ErrorAnswer::new(StatusCode::BAD_REQUEST, error, hint).respond(&request)
        }
    }
}

/// The same request in the types that the SDK has: those of a later version of one crate.
fn translated(request: &HttpRequest, body: Bytes) -> http::Result<http::Request<Full<Bytes>>> {
    let mut builder = http::Request::builder()
        .method(request.method().as_str())
        .uri(request.uri().path());
    for (name, value) in request.headers() {
        builder = builder.header(name.as_str(), value.as_bytes());
    }
    builder.body(Full::new(body))
}

fn respond<B>(response: http::Response<B>) -> HttpResponse
where
    B: BodyExt<Data = Bytes, Error = Infallible> + 'static,
{
    let (head, body) = response.into_parts();
    let status = StatusCode::from_u16(head.status.as_u16());
    let mut response = uncached(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &head.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.streaming(body.into_data_stream())
}

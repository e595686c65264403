//! The middleware in front of every route.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use tracing::warn;

use super::pass::NO_REFERRER;
use super::{Access, Authority, Origin};
use crate::http::{ErrorAnswer, is_secure, prefix};

/// Methods that a page of an allowed origin may use.
const METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// The host that the client addressed, as checked by [`guard`].
pub(crate) fn asked_host(request: &HttpRequest) -> Option<Authority> {
    request.extensions().get::<Authority>().cloned()
}

/// The URL of this server for whoever asks, without a slash at its end: `https://host/~TOKEN`.
pub(crate) fn asked_base(request: &HttpRequest) -> Option<String> {
    asked_by(request, ["http", "https"])
}

/// The same for sockets: `wss://host/~TOKEN`.
pub(crate) fn asked_socket_base(request: &HttpRequest) -> Option<String> {
    asked_by(request, ["ws", "wss"])
}

fn asked_by(request: &HttpRequest, [plain, secure]: [&str; 2]) -> Option<String> {
    let host = asked_host(request)?;
    let scheme = if host.is_secure() { secure } else { plain };
    Some(format!("{scheme}://{}{}", host.to_url(), prefix(request)))
}

/// Refuses what the rules refuse, answers preflights, and adds the headers
/// that tell a browser what it may do with the answer.
pub(crate) async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let Some(access) = request.app_data::<Data<Access>>().cloned() else {
        return Ok(refuse(
            request,
            StatusCode::INTERNAL_SERVER_ERROR,
            "the access rules are missing",
            "",
        ));
    };
    let Some(host) = host_of(&request) else {
        return Ok(refuse(
            request,
            StatusCode::BAD_REQUEST,
            "the Host header is missing or malformed",
            "name the host that is addressed, as in Host: localhost:8080",
        ));
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    if !access.allows_host(&host) && !access.is_own_name(&host, peer) {
        if access.is_first_refusal(host.name()) {
            warn!(
                "a request for the host {:?} was refused; if it is meant for this server: --allowed-host {0}",
                host.name()
            );
        }
        let hint = format!(
            "if this name is meant for this server, start it with --allowed-host {0}, or set allowed_hosts = [{0:?}] in qmlserve.toml",
            host.name()
        );
        return Ok(refuse(
            request,
            StatusCode::FORBIDDEN,
            "requests for this host are not answered",
            &hint,
        ));
    }
    let origin = match request.headers().get(header::ORIGIN) {
        // A picture, a frame and the like of another site come without.
        None if comes_from_elsewhere(&request) && !is_open_to_all(&request, &access) => {
            return Ok(refuse_page(request));
        }
        None => None,
        Some(value) => {
            let parsed = value
                .to_str()
                .ok()
                .and_then(|text| text.parse::<Origin>().ok());
            match parsed {
                Some(origin) if access.allows_origin(&origin, &host) => Some(value.clone()),
                // A page may show what anybody may load, but neither read the
                // server's own routes nor change anything.
                _ if is_open_to_all(&request, &access) => None,
                _ => return Ok(refuse_page(request)),
            }
        }
    };
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight && origin.is_some() {
        let asked = request
            .headers()
            .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
            .cloned();
        let mut response = HttpResponse::NoContent();
        response.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS));
        response.insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
        if let Some(asked) = asked {
            response.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked));
        }
        request
            .into_response(response.finish())
            .map_into_right_body()
    } else {
        request.extensions_mut().insert(host);
        next.call(request).await?.map_into_left_body()
    };
    mark(response.headers_mut(), origin);
    Ok(response)
}

/// Whether a page of any origin may send this request; it still cannot read
/// the answer.
fn is_open_to_all(request: &ServiceRequest, access: &Access) -> bool {
    // As the routes are found: decoded.
    let path = percent_decode_str(request.path()).decode_utf8_lossy();
    matches!(*request.method(), Method::GET | Method::HEAD)
        && !path.starts_with("/@qmlserve/")
        && !(access.is_guarded.0)(request.path())
}

/// Whether a browser says that a page of another site asks. Somebody who
/// follows a link from there is a person, not the page; a form that a page
/// sends, or a method that changes something, is the page.
fn comes_from_elsewhere(request: &ServiceRequest) -> bool {
    let is = |name: &str, value: &str| {
        let given = request.headers().get(name);
        given.is_some_and(|given| given.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    is("sec-fetch-site", "cross-site") && !(reads && is("sec-fetch-dest", "document"))
}

fn refuse_page<B>(request: ServiceRequest) -> ServiceResponse<EitherBody<B, BoxBody>> {
    refuse(
        request,
        StatusCode::FORBIDDEN,
        "pages of this origin may not do this",
        "if the page is trusted, start the server with --allowed-origin ORIGIN, or set allowed_origins in qmlserve.toml",
    )
}

fn host_of(request: &ServiceRequest) -> Option<Authority> {
    let mut hosts = request.headers().get_all(header::HOST);
    let text = match (hosts.next(), hosts.next()) {
        (Some(value), None) => value.to_str().ok()?,
        (None, _) => request.uri().authority()?.as_str(),
        // Two Host headers: a proxy in between may have read the other one.
        (Some(_), Some(_)) => return None,
    };
    let host: Authority = text.parse().ok()?;
    Some(host.over(is_secure(request.request())))
}

fn mark(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-site"),
    );
    headers.insert(header::REFERRER_POLICY, NO_REFERRER);
    // Also without an Origin: a copy that a cache took of that answer would
    // keep an allowed page out.
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

fn refuse<B>(
    request: ServiceRequest,
    status: StatusCode,
    message: &str,
    hint: &str,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let answer = ErrorAnswer::new(status, message, hint).respond(request.request());
    let mut response = request.into_response(answer).map_into_right_body();
    mark(response.headers_mut(), None);
    response
}

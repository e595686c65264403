//! The middleware that asks who it is.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::verify::{Credentials, Verdict};
use super::{SignedIn, Users};
use crate::http::ErrorAnswer;

/// Lets through who may ask for what is asked for, and asks all others to sign in. It has to be
/// behind what puts anything in front of the path, and before all that answers.
pub(crate) async fn sign_in<B: MessageBody + 'static>(
    users: Data<Users>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    if !users.is_any() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let asked = users.asked_for(request.uri().path());
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(credentials);
    let client = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let mut met = Vec::new();
    // What is not looked at may be a password of this server.
    let mut is_ours = false;
    for (number, rule) in users.rules.iter().enumerate() {
        let is_asked = asked.contains(&number);
        let verdict = match &given {
            // Also where nobody is asked: Qt sends what it was let in with to every path.
            Some(given) if is_asked || rule.users.contains_key(&given.user) => {
                users.verifier.check(given, rule, client).await
            }
            _ => Verdict::Wrong,
        };
        is_ours |= matches!(verdict, Verdict::Right | Verdict::Later(_));
        match verdict {
            Verdict::Right => met.push(number),
            _ if !is_asked => {}
            Verdict::Wrong => {
                let refusal = refusal(&rule.realm, given.is_some());
                let response = refusal.respond(request.request());
                return Ok(request.into_response(response).map_into_right_body());
            }
            Verdict::Later(wait) => {
                let response = later(wait).respond(request.request());
                let mut response = request.into_response(response).map_into_right_body();
                let seconds = HeaderValue::from(wait.as_secs().saturating_add(1));
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
                return Ok(response);
            }
        }
    }
    if is_ours {
        // It was for this server; what is behind may hand it on.
        request.headers_mut().remove(header::AUTHORIZATION);
    }
    let is_private = !asked.is_empty();
    let users = users.into_inner();
    request.extensions_mut().insert(SignedIn { users, met });
    let mut response = next.call(request).await?.map_into_left_body();
    if is_private {
        keep_from_caches(&mut response);
    }
    Ok(response)
}

/// What somebody signed in for is not for a cache that others share.
fn keep_from_caches<B>(response: &mut ServiceResponse<B>) {
    let headers = response.headers_mut();
    let caching = headers.get(header::CACHE_CONTROL);
    let caching = caching
        .and_then(|value| value.to_str().ok())
        .unwrap_or("no-cache");
    let private = format!("private, {}", caching.replace("public, ", ""));
    if let Ok(private) = HeaderValue::from_str(&private) {
        headers.insert(header::CACHE_CONTROL, private);
    }
    headers.append(header::VARY, HeaderValue::from_static("Authorization"));
}

/// Name and password of `Basic …`. What is not UTF-8 is Latin-1, as Qt has it (5.15 to 6.12).
fn credentials(header: &HeaderValue) -> Option<Credentials> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    let (user, password) = text.split_once(':')?;
    Some(Credentials {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

fn refusal(realm: &str, is_wrong: bool) -> ErrorAnswer {
    let (message, hint) = match is_wrong {
        true => (
            "the user name or the password is wrong",
            "try again; who may ask is in [[access]] of qmlserve.toml, as hashes that \
             `qmlserve password` makes",
        ),
        false => (
            "this path is for those who sign in",
            "send a user name and a password: open(method, url, true, user, password) of an \
             XMLHttpRequest, curl --user, http://USER:PASSWORD@HOST/ for a QML client",
        ),
    };
    let challenge = format!("Basic realm=\"{realm}\", charset=\"UTF-8\"");
    let answer = ErrorAnswer::new(StatusCode::UNAUTHORIZED, message, hint);
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => answer.with_value(header::WWW_AUTHENTICATE, challenge),
        Err(_) => answer.with_header(header::WWW_AUTHENTICATE, "Basic realm=\"qmlserve\""),
    }
}

fn later(wait: Duration) -> ErrorAnswer {
    ErrorAnswer::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too many wrong passwords came from this address",
        format!("try again in {} s", wait.as_secs().saturating_add(1)),
    )
}

//! What tells clients from each other: a cookie that this server makes up, since every engine keeps
//! those of its requests for itself, whatever else it has in common with others.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::http::{channel, is_secure};

/// What a client shows of the sign-in of this name.
pub(super) fn shown(request: &HttpRequest, name: &str) -> Option<String> {
    let cookie = request.cookie(&cookie_name(request, name))?;
    Some(cookie.value().to_owned())
}

/// Cookies do not know ports, so that the name has ours.
fn cookie_name(request: &HttpRequest, name: &str) -> String {
    let listener = channel(request).and_then(|channel| channel.listener);
    let port = listener.map_or(0, |address| address.port());
    format!("qmlserve-{port}-{name}")
}

/// Has a client show this from now on.
pub(super) fn cookie(request: &HttpRequest, name: &str, secret: String) -> Cookie<'static> {
    Cookie::build(cookie_name(request, name), secret)
        .path("/")
        .http_only(true)
        .secure(is_secure(request))
        .same_site(SameSite::Lax)
        .finish()
}

/// What nobody guesses.
pub(super) fn random() -> Option<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

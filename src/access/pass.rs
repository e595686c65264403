//! The capability that opens the server to other machines: whoever knows it may ask. It is a part
//! of the path, `/~TOKEN/…`, which relative URLs inherit, so that clients need to know nothing of
//! it; or `Authorization: Bearer TOKEN`; or, for a browser, `?token=TOKEN` once, then a cookie.

use std::fmt;
use std::net::IpAddr;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use url::form_urlencoded;

use crate::http::{ErrorAnswer, Prefix, channel, is_near, is_secure, wants_html};

/// The shortest that a person may choose, in characters.
const SHORTEST: usize = 8;

/// The longest.
const LONGEST: usize = 128;

/// What of the `token` setting is wanted.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Asking {
    /// A pass is made, and other machines are asked for it.
    OfOthers,
    /// A pass is made, and everybody is asked for it.
    OfAll,
    /// Everybody is asked for this one.
    For(Pass),
    /// Nobody is asked.
    OfNobody,
}

/// A capability.
#[derive(Clone)]
pub(crate) struct Pass(String);

/// Whether a path, as it stands in a request, is open to everybody.
pub(crate) type Open = fn(&str) -> bool;

/// Who is asked for what.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pass: Option<Pass>,
    /// Whether this machine itself is asked as well.
    of_all: bool,
    /// Whether this path is open to everybody.
    open: Option<Open>,
}

impl Pass {
    /// The pass of this text: letters, digits, `-` and `_`, which stand in a URL as they are.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let good = (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(fits);
        good.then(|| Self(text.to_owned()))
    }

    /// A pass that nobody guesses: 100 bits, in characters that are not mistaken for others.
    /// `None` where the system has no randomness.
    pub(crate) fn random() -> Option<Self> {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).ok()?;
        let letters = bytes
            .iter()
            .filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
        Some(Self(letters.map(|letter| char::from(*letter)).collect()))
    }

    /// What goes in front of every path.
    pub(crate) fn prefix(&self) -> String {
        format!("/~{}", self.0)
    }

    /// The text itself, to be kept or hidden.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// Whether this is it. Hashes compare in constant time.
    fn is(&self, given: &str) -> bool {
        blake3::hash(given.as_bytes()) == blake3::hash(self.0.as_bytes())
    }
}

impl PartialEq for Pass {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for Pass {}

impl fmt::Debug for Pass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::OfOthers => "of others",
            Self::OfAll => "of all",
            Self::For(_) => "for ***",
            Self::OfNobody => "of nobody",
        })
    }
}

impl Gate {
    /// Lets in who has `pass`, if there is one, and everybody to the paths `open`. This machine
    /// itself is asked only with `of_all`.
    pub(crate) fn new(pass: Option<Pass>, of_all: bool, open: Open) -> Self {
        Self {
            pass,
            of_all,
            open: Some(open),
        }
    }

    /// What goes in front of every path for a client that reaches the server at this address of
    /// it; nothing where nobody is asked.
    pub(crate) fn prefix_at(&self, ip: IpAddr) -> String {
        let asked = self.of_all || !ip.to_canonical().is_loopback();
        let pass = self.pass.as_ref().filter(|_| asked);
        pass.map_or_else(String::new, Pass::prefix)
    }

    /// A client's text without the pass, where URLs have it: for whoever else may read that.
    pub(crate) fn hide(&self, text: &str) -> String {
        match &self.pass {
            Some(pass) => text.replace(&pass.prefix(), ""),
            None => text.to_owned(),
        }
    }

    fn is_open(&self, path: &str) -> bool {
        self.open.is_some_and(|open| open(path))
    }

    fn asks(&self, request: &ServiceRequest) -> bool {
        let near = is_near(request.request());
        // A browser asks whether it may ask before it sends what lets it in; it learns from that
        // only what the rules about origins are.
        let headers = request.headers();
        let is_preflight = request.method() == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        (self.of_all || !near) && !is_preflight && !self.is_open(request.path())
    }
}

/// The middleware, in front of all others: what is behind it never sees the pass.
pub(crate) async fn ask<B: MessageBody + 'static>(
    gate: Data<Gate>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let Some(pass) = &gate.pass else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let mut is_known = false;
    if let Some(path) = below_pass(pass, request.uri()) {
        is_known = true;
        readdress(&mut request, &path);
        let prefix = Prefix(pass.prefix());
        request.extensions_mut().insert(prefix);
    }
    if let Some(path) = without_pass(pass, request.uri()) {
        if wants_html(request.request()) && request.method() == Method::GET {
            let response = remember(pass, &request, &path);
            return Ok(request.into_response(response).map_into_right_body());
        }
        is_known = true;
        readdress(&mut request, &path);
    }
    let is_shown = shows(pass, &request);
    if is_shown {
        forget(pass, &mut request);
    }
    if is_known || is_shown || !gate.asks(&request) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let response = ErrorAnswer::new(
        StatusCode::UNAUTHORIZED,
        "this server asks for its token",
        "open the URL that it printed as it started, which has /~TOKEN/ in it; a program sends \
         Authorization: Bearer TOKEN",
    )
    .with_header(header::WWW_AUTHENTICATE, challenge(&request))
    .with_header(header::REFERRER_POLICY, "no-referrer")
    .respond(request.request());
    Ok(request.into_response(response).map_into_right_body())
}

/// Path and query below `/~TOKEN`, if the URL has that. A client may write the tilde encoded.
fn below_pass(pass: &Pass, uri: &Uri) -> Option<String> {
    let path = uri.path().strip_prefix('/')?;
    let rest = ["~", "%7E", "%7e"]
        .iter()
        .find_map(|tilde| path.strip_prefix(tilde))?;
    let (given, below) = rest.split_once('/').unwrap_or((rest, ""));
    let query = uri
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    pass.is(given).then(|| format!("/{below}{query}"))
}

/// Path and query without `token=TOKEN`, if the URL has that. Others mean other things by `token`.
fn without_pass(pass: &Pass, uri: &Uri) -> Option<String> {
    let is_pass = |pair: &&str| {
        let mut pairs = form_urlencoded::parse(pair.as_bytes());
        pairs.any(|(name, value)| name == "token" && pass.is(&value))
    };
    let (given, others): (Vec<&str>, Vec<&str>) = uri.query()?.split('&').partition(is_pass);
    if given.is_empty() {
        return None;
    }
    // Two slashes in front would name another host where this becomes a redirection.
    let path = uri.path().trim_start_matches(['/', '\\']);
    Some(match others.is_empty() {
        true => format!("/{path}"),
        false => format!("/{path}?{}", others.join("&")),
    })
}

/// Whether this value of `Authorization` is the pass: `Bearer TOKEN`, or, as Git sends it,
/// `Basic` with the token as the password of whatever name.
fn authorizes(pass: &Pass, value: &HeaderValue) -> bool {
    let value = value.to_str().ok().and_then(|value| value.split_once(' '));
    let Some((scheme, given)) = value else {
        return false;
    };
    let given = given.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = BASE64_STANDARD.decode(given).ok();
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let password = text.as_deref().and_then(|text| text.split_once(':'));
        return password.is_some_and(|(_, password)| pass.is(password));
    }
    scheme.eq_ignore_ascii_case("bearer") && pass.is(given)
}

/// How the token is asked for. Git has a name and a password to offer, and only where it is asked
/// for those; a browser would ask a person for them.
fn challenge(request: &ServiceRequest) -> &'static str {
    let agent = request.headers().get(header::USER_AGENT);
    match agent.is_some_and(|agent| agent.as_bytes().starts_with(b"git/")) {
        true => "Basic realm=\"the token as the password\"",
        false => "Bearer",
    }
}

/// Whether a header shows the pass.
fn shows(pass: &Pass, request: &ServiceRequest) -> bool {
    let authorization = request.headers().get(header::AUTHORIZATION);
    let cookie = request.request().cookie(&cookie_name(request.request()));
    authorization.is_some_and(|value| authorizes(pass, value))
        || cookie.is_some_and(|cookie| pass.is(cookie.value()))
}

/// Takes the pass out of the headers: what is behind may hand them on.
fn forget(pass: &Pass, request: &mut ServiceRequest) {
    let name = cookie_name(request.request());
    let headers = request.headers_mut();
    let has_pass = |value: &HeaderValue| authorizes(pass, value);
    if headers.get(header::AUTHORIZATION).is_some_and(has_pass) {
        headers.remove(header::AUTHORIZATION);
    }
    let cookies: Vec<HeaderValue> = headers.get_all(header::COOKIE).cloned().collect();
    headers.remove(header::COOKIE);
    for cookie in cookies {
        let Ok(text) = cookie.to_str() else {
            continue;
        };
        let is_other = |pair: &&str| pair.split('=').next().map(str::trim) != Some(name.as_str());
        let others: Vec<&str> = text.split(';').filter(is_other).collect();
        if let Ok(others) = HeaderValue::from_str(others.join(";").trim())
            && !others.is_empty()
        {
            headers.append(header::COOKIE, others);
        }
    }
}

/// Cookies do not know ports: each server of a machine has one of its own.
fn cookie_name(request: &HttpRequest) -> String {
    let listener = channel(request).and_then(|channel| channel.listener);
    format!("qmlserve-{}", listener.map_or(0, |address| address.port()))
}

/// Sends a browser on to `path`, with a cookie in place of what it had in the URL.
fn remember(pass: &Pass, request: &ServiceRequest, path: &str) -> HttpResponse {
    let request = request.request();
    let cookie = Cookie::build(cookie_name(request), pass.secret().to_owned())
        .path("/")
        .http_only(true)
        .secure(is_secure(request))
        .same_site(SameSite::Strict)
        .finish();
    HttpResponse::SeeOther()
        .cookie(cookie)
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .finish()
}

/// Makes it a request for this path and query.
fn readdress(request: &mut ServiceRequest, path: &str) {
    let mut parts = request.uri().clone().into_parts();
    let Ok(path) = path.parse::<PathAndQuery>() else {
        // A part of what was a path is one.
        return;
    };
    parts.path_and_query = Some(path);
    if let Ok(uri) = Uri::from_parts(parts) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// No page tells another site where it is.
pub(super) const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes() {
        for (text, expected) in [
            ("12345678", true),
            ("aB-_5678", true),
            ("1234567", false),
            ("with/slash", false),
            ("with space", false),
            ("", false),
        ] {
            assert_eq!(Pass::parse(text).is_some(), expected, "{text}");
        }
        let random = Pass::random().unwrap();
        assert_eq!(Pass::parse(random.secret()), Some(random.clone()));
        assert_ne!(Pass::random(), Some(random));
    }

    #[test]
    fn where_it_stands_in_a_url() {
        let pass = Pass::parse("12345678").unwrap();
        for (uri, expected) in [
            ("/~12345678/a/b?c=d", Some("/a/b?c=d")),
            ("/%7E12345678/a", Some("/a")),
            ("/%7e12345678", Some("/")),
            ("/~12345678", Some("/")),
            ("/~12345678//evil.example/", Some("//evil.example/")),
            ("http://h/~12345678/a", Some("/a")),
            ("/~12345679/a", None),
            ("/~123456789/a", None),
            ("/a/~12345678/b", None),
            ("/~", None),
            ("*", None),
        ] {
            let found = below_pass(&pass, &uri.parse().unwrap());
            assert_eq!(found.as_deref(), expected, "{uri}");
        }
        for (uri, expected) in [
            ("/a?token=12345678", Some("/a")),
            ("/a?b=c&token=12345678&d", Some("/a?b=c&d")),
            ("/a?t%6Fken=1234567%38", Some("/a")),
            ("//evil.example/?token=12345678", Some("/evil.example/")),
            ("/a?token=another1", None),
            ("/a?b=12345678", None),
            ("/a", None),
        ] {
            let found = without_pass(&pass, &uri.parse().unwrap());
            assert_eq!(found.as_deref(), expected, "{uri}");
        }
    }
}

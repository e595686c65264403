//! What programs ask of sign-ins, and the page to which a service sends the browser back.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::SignIns;
use super::config::SessionKind;
use super::cookie::{cookie, random, shown};
use super::error::{Failure, Reason, shortened};
use super::session::Session;
use super::sign_in::SignIn;
use crate::access::asked_host;
use crate::http::{ErrorAnswer, page, query_config, uncached};

/// Below it is each sign-in by its name.
const PATH: &str = "/@qmlserve/oauth/";

/// How long whoever waits for a change waits at most: a client that is gone without a word is
/// noticed, and one that is there has a URL that holds.
const WAIT: Duration = Duration::from_secs(60);

/// Where a service sends the browser back to, if this is such a path. It is open to everybody: the
/// browser may be one that nobody has given this server's token to, and without the state of a
/// sign-in that is under way there is nothing to be had.
pub(crate) fn is_callback(path: &str) -> bool {
    let name = path
        .strip_prefix(PATH)
        .and_then(|rest| rest.strip_suffix("/callback"));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['/', '%']))
}

/// Adds the routes.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let route = |below: &str| format!("{PATH}{{name}}{below}");
    config.app_data(query_config()).service(
        web::resource(route(""))
            .route(web::get().to(account))
            .default_service(web::to(|request| refuse(request, "GET"))),
    );
    config.service(
        web::resource(route("/callback"))
            .route(web::get().to(callback))
            .default_service(web::to(|request| refuse(request, "GET"))),
    );
    config.service(
        web::resource(route("/signout"))
            .route(web::post().to(sign_out))
            .default_service(web::to(|request| refuse(request, "POST"))),
    );
}

async fn refuse(request: HttpRequest, allowed: &'static str) -> HttpResponse {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let message = format!("{} is not for this path", request.method());
    ErrorAnswer::new(status, message, format!("send {allowed}"))
        .with_header(header::ALLOW, allowed)
        .respond(&request)
}

/// What is asked about an account.
#[derive(Deserialize)]
struct Asked {
    /// Answers once the version is another one than this.
    after: Option<u64>,
    /// Whether a code is wanted that is entered somewhere else.
    device: Option<String>,
}

/// Whether somebody is signed in, and where to sign in.
async fn account(
    request: HttpRequest,
    name: Path<String>,
    asked: Query<Asked>,
    sign_ins: Data<Arc<SignIns>>,
) -> HttpResponse {
    let sign_in = match sign_ins.named(&name) {
        Ok(sign_in) => sign_in,
        Err(failure) => return failure.answer().respond(&request),
    };
    let shown = shown(&request, &name);
    let (session, cookie) = match sign_in.session(shown.as_deref()) {
        Some(session) => (session, None),
        None => {
            let Some(secret) = random() else {
                let failure = sign_in.failure(Reason::Random);
                return failure.answer().respond(&request);
            };
            let session = sign_in.begin(&secret);
            let is_own = sign_in.config.session == SessionKind::Client;
            (session, is_own.then(|| cookie(&request, &name, secret)))
        }
    };
    let told = async {
        if let Some(version) = asked.after {
            sign_ins.wait(&request, sign_in, &session, version).await?;
        }
        tell(&request, sign_in, &session, asked.device.is_some()).await
    };
    let mut response = match told.await {
        Ok(told) => uncached(StatusCode::OK).json(told),
        Err(failure) => failure.answer().respond(&request),
    };
    if let Some(cookie) = cookie {
        // It is plain text.
        let _ = response.add_cookie(&cookie);
    }
    response
}

impl SignIns {
    fn named(&self, name: &str) -> Result<&Arc<SignIn>, Failure> {
        self.find(name).ok_or_else(|| Failure {
            name: name.to_owned(),
            reason: Reason::Unknown,
        })
    }

    /// Waits until the version is another one than that, but not for ever.
    async fn wait(
        &self,
        request: &HttpRequest,
        sign_in: &SignIn,
        session: &Session,
        version: u64,
    ) -> Result<(), Failure> {
        let client = request.peer_addr().map(|peer| peer.ip());
        let place = self.waiting.place(client);
        let _place = place.map_err(|_| sign_in.failure(Reason::Crowded))?;
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = session.changed(version) => {}
            () = tokio::time::sleep(WAIT) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        Ok(())
    }
}

async fn tell(
    request: &HttpRequest,
    sign_in: &Arc<SignIn>,
    session: &Arc<Session>,
    wants_device: bool,
) -> Result<Value, Failure> {
    let is_in = || session.grant().is_some();
    let mut url = None;
    let mut device = None;
    if !is_in() {
        let redirect = redirect(request, sign_in)?;
        url = Some(sign_in.invite(session, &redirect).await?);
        device = match wants_device {
            true => Some(sign_in.device(session).await?),
            false => session.device(),
        };
    }
    // The version first: what changes from now on is another one.
    let version = session.version();
    let grant = session.grant();
    let url = url.filter(|_| grant.is_none());
    let device = device.filter(|_| grant.is_none());
    let complete = device
        .as_ref()
        .and_then(|device| device.verification_uri_complete());
    Ok(json!({
        "signedIn": grant.is_some(),
        "user": grant.and_then(|grant| grant.user),
        "url": url,
        "userCode": device.as_ref().map(|device| device.user_code().secret()),
        "verificationUrl": device.as_ref().map(|device| device.verification_uri()),
        "verificationUrlComplete": complete.map(|url| url.secret()),
        "problem": session.problem(),
        "version": version,
    }))
}

/// Where the service sends the browser back to: the host that the client has asked, without the
/// token of this server, which is nobody else's business.
fn redirect(request: &HttpRequest, sign_in: &SignIn) -> Result<Url, Failure> {
    if let Some(url) = &sign_in.config.redirect_url {
        return Ok(url.clone());
    }
    let name = &sign_in.config.name;
    let url = asked_host(request).and_then(|host| {
        let scheme = if host.is_secure() { "https" } else { "http" };
        Url::parse(&format!(
            "{scheme}://{}{PATH}{name}/callback",
            host.to_url()
        ))
        .ok()
    });
    // The host was checked before this is asked.
    url.ok_or_else(|| sign_in.failure(Reason::Answer))
}

/// What a service sends back (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Deserialize)]
struct Returned {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// The page at which a person arrives after the sign-in.
async fn callback(
    request: HttpRequest,
    name: Path<String>,
    returned: Query<Returned>,
    sign_ins: Data<Arc<SignIns>>,
) -> HttpResponse {
    let sign_in = match sign_ins.named(&name) {
        Ok(sign_in) => sign_in,
        Err(failure) => return failure.answer().respond(&request),
    };
    match finish(sign_in, returned.into_inner()).await {
        Ok(()) => uncached(StatusCode::OK)
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .content_type(ContentType::html())
            .body(page(
                "Signed in",
                "<p>This page can be closed: the program goes on.",
            )),
        Err(failure) => failure.answer().respond(&request),
    }
}

/// The page needs nothing from anywhere, and nobody may frame it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

async fn finish(sign_in: &Arc<SignIn>, returned: Returned) -> Result<(), Failure> {
    let state = returned.state.unwrap_or_default();
    let Some((session, invited)) = sign_in.take(&state) else {
        return Err(sign_in.failure(Reason::State));
    };
    let fail = |reason| Err(sign_in.fail(&session, reason));
    let service = match sign_in.asker.service().await {
        Ok(service) => service,
        Err(reason) => return fail(reason),
    };
    match (&returned.iss, &service.issuer) {
        (Some(said), Some(issuer)) if said != issuer => {
            return fail(Reason::Issuer(shortened(said, None)));
        }
        (None, Some(_)) if service.names_itself => {
            return fail(Reason::Issuer("nobody knows whom".to_owned()));
        }
        _ => {}
    }
    if let Some(error) = &returned.error {
        let words = returned.error_description.as_deref();
        return fail(Reason::Denied(shortened(error, words)));
    }
    match returned.code {
        Some(code) => sign_in.redeem(session, invited, code).await,
        None => fail(Reason::Answer),
    }
}

/// Ends a sign-in, here and at the service.
async fn sign_out(
    request: HttpRequest,
    name: Path<String>,
    sign_ins: Data<Arc<SignIns>>,
) -> HttpResponse {
    let sign_in = match sign_ins.named(&name) {
        Ok(sign_in) => sign_in,
        Err(failure) => return failure.answer().respond(&request),
    };
    let revoked = match sign_in.session(shown(&request, &name).as_deref()) {
        Some(session) => sign_in.sign_out(session).await,
        None => false,
    };
    uncached(StatusCode::OK).json(json!({"signedIn": false, "revoked": revoked}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_to_everybody() {
        for (path, expected) in [
            ("/@qmlserve/oauth/music/callback", true),
            ("/@qmlserve/oauth/music", false),
            ("/@qmlserve/oauth/music/signout", false),
            ("/@qmlserve/oauth//callback", false),
            ("/@qmlserve/oauth/callback", false),
            ("/@qmlserve/oauth/../status/callback", false),
            ("/@qmlserve/oauth/a%2F..%2F../callback", false),
            ("/@qmlserve/status", false),
        ] {
            assert_eq!(is_callback(path), expected, "{path}");
        }
    }
}

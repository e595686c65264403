//! The account that backends belonged to, as far as programs read it: which backends there are, with
//! their ids and keys. Whoever shows the token of a backend learns of that backend, and no key is
//! ever told but the one that was shown. Backends are made in the configuration, not here.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use serde_json::{Value, json};

use super::logins::form;
use super::{Answer, ok, token};
use crate::services::enginio::backend::Backend;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::{Enginio, Running};

/// Logs in with the token of a backend as the password, whatever the name: what is told is what
/// programs send as the bearer token from then on.
pub(super) async fn log_in(
    request: &HttpRequest,
    payload: Payload,
    enginio: &Enginio,
    running: &Running,
) -> Answer {
    let form = form(payload).await?;
    let password = match (form.get("grant_type"), form.get("password")) {
        (Some("password"), Some(password)) => password,
        _ => {
            return Err(Refusal::bad(
                "send grant_type=password, a username, and the token of [enginio.NAME] in \
                 qmlserve.toml as the password, as application/x-www-form-urlencoded",
            ));
        }
    };
    let address = request.peer_addr().map(|peer| peer.ip());
    // All names are one: no user has an empty one.
    running.guesses.attempt(address, "")?;
    if !enginio
        .backends
        .iter()
        .any(|backend| backend.is_opened_by(password))
    {
        return Err(Refusal::Login(
            "no [enginio.NAME] in qmlserve.toml has this token, which is the password here",
        ));
    }
    running.guesses.was_right(address, "");
    let told = json!({"access_token": password, "token_type": "bearer"});
    Ok(ok(StatusCode::OK, &told))
}

/// The backends that a token opens, or the one of this name.
pub(super) fn apps(request: &HttpRequest, enginio: &Enginio, name: Option<&str>) -> Answer {
    let token = token(request).ok_or(Refusal::NotAdministrator)?;
    let opened = enginio.backends.iter();
    let opened = opened.filter(|backend| backend.is_opened_by(token));
    let mut apps = opened.map(|backend| (backend.name.as_str(), app(backend, token)));
    let told = match name {
        None => {
            let apps: Vec<Value> = apps.map(|(_, app)| app).collect();
            match apps.is_empty() {
                true => return Err(Refusal::NotAdministrator),
                false => json!({"results": apps}),
            }
        }
        Some(name) => {
            let app = apps.find(|(known, _)| *known == name).map(|(_, app)| app);
            app.ok_or_else(|| Refusal::Unknown {
                kind: "app".to_owned(),
                id: name.to_owned(),
            })?
        }
    };
    Ok(ok(StatusCode::OK, &told))
}

/// A backend, with the key that opened it. There are no keys for less than everything.
fn app(backend: &Backend, token: &str) -> Value {
    json!({
        "id": backend.name,
        "name": backend.name,
        "environments": [{
            "id": backend.id,
            "appId": backend.name,
            "name": "development",
            "masterKeys": [{"key": token}],
            "apiKeys": [],
        }],
    })
}

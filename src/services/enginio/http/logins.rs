//! Logins over HTTP: forms of OAuth, and what clients of before it send.

use std::sync::Arc;

use actix_web::web::Payload;
use serde_json::Value;

use super::Incoming;
use crate::http::body;
use crate::services::enginio::accounts::{self, Login};
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::json_object;
use crate::services::enginio::query::Parameters;
use crate::services::enginio::store::Tx;

/// The most bytes of what a login sends.
const MOST_LOGIN: u64 = 16 << 10;

/// The form that a login sends.
pub(super) async fn form(payload: Payload) -> Result<Parameters, Refusal> {
    let body = body(payload, MOST_LOGIN).await?;
    let text = std::str::from_utf8(&body).map_err(|_| Refusal::bad("the form is not UTF-8"))?;
    Parameters::parse(text)
}

impl Incoming<'_> {
    async fn log_in(&self, username: &str, password: &str) -> Result<Value, Refusal> {
        let login = Login {
            username: username.to_owned(),
            password: password.to_owned(),
            address: self.request.peer_addr().map(|peer| peer.ip()),
        };
        let running = self.running;
        let (passwords, guesses) = (&running.passwords, &running.guesses);
        accounts::login(self.store(), self.backend, passwords, guesses, login).await
    }

    pub(super) async fn token(&self, payload: Payload) -> Result<Value, Refusal> {
        let form = form(payload).await?;
        let text = |name| {
            let missing = || Refusal::bad(format!("the form has no {name}"));
            form.get(name).map(str::to_owned).ok_or_else(missing)
        };
        match form.get("grant_type") {
            Some("password") => self.log_in(&text("username")?, &text("password")?).await,
            Some("refresh_token") => {
                let (token, backend) = (text("refresh_token")?, Arc::clone(self.backend));
                let write = async move |tx: &Tx<'_>| accounts::refresh(tx, &backend, &token).await;
                self.store().write(write).await
            }
            _ => Err(Refusal::bad(
                "grant_type is password, with username and password, or refresh_token, with \
                 refresh_token; send them as application/x-www-form-urlencoded",
            )),
        }
    }

    pub(super) async fn revoke(&self, payload: Payload) -> Result<Value, Refusal> {
        let form = form(payload).await?;
        let token = form
            .get("token")
            .ok_or_else(|| Refusal::bad("the form has no token"))?;
        let (token, backend) = (token.to_owned(), Arc::clone(self.backend));
        let write = async move |tx: &Tx<'_>| accounts::revoke(tx, &backend, &token).await;
        self.store().write(write).await
    }

    pub(super) async fn identity(&self, payload: Payload) -> Result<Value, Refusal> {
        let fields = json_object(&body(payload, MOST_LOGIN).await?)?;
        let text = |name: &str| {
            let missing = || Refusal::property(name, format!("there is no {name}, a text"));
            fields.get(name).and_then(Value::as_str).ok_or_else(missing)
        };
        let answer = self.log_in(text("username")?, text("password")?).await?;
        Ok(accounts::session(&answer))
    }
}

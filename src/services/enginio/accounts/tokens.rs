//! Tokens: random, kept as hashes. A login has one to ask with, for eight hours, and one to get
//! the next pair with, for thirty days and once.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::users::told;
use super::{Guesses, Passwords};
use crate::access::StoredHash;
use crate::database::sql::Param;
use crate::services::enginio::asked::{Asked, now_seconds};
use crate::services::enginio::backend::Backend;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::id::{hash, new_id, new_token};
use crate::services::enginio::rights::Who;
use crate::services::enginio::store::{Store, Tx};

/// How long a token is good to ask with, in seconds: what the service said, too.
const ACCESS: i64 = 28_799;

/// How long one is good to get the next pair with, in seconds.
const REFRESH: i64 = 30 * 24 * 3600;

/// The most tokens of a user; the oldest go.
const MOST: u64 = 200;

/// A name and a password.
pub(in crate::services::enginio) struct Login {
    pub(in crate::services::enginio) username: String,
    pub(in crate::services::enginio) password: String,
    /// Where it comes from.
    pub(in crate::services::enginio) address: Option<IpAddr>,
}

/// Logs in, and tells the answer of the token's endpoint.
pub(in crate::services::enginio) async fn login(
    store: &Store,
    backend: &std::sync::Arc<Backend>,
    passwords: &Passwords,
    guesses: &Guesses,
    login: Login,
) -> Result<Value, Refusal> {
    guesses.attempt(login.address, &login.username)?;
    let (name, username) = (backend.name.clone(), login.username.clone());
    let account = store
        .read(async move |tx: &Tx<'_>| {
            let select = "SELECT id, password FROM enginio_accounts
                WHERE backend = ?1 AND username = ?2";
            let row = tx.row(select, &[&name, &username]).await?;
            Ok(row.map(|row| (row.text(0).to_owned(), StoredHash::parse(row.text(1)))))
        })
        .await?;
    let account = account.and_then(|(id, kept)| Some((id, kept?)));
    let kept = account.as_ref().map(|(_, kept)| kept);
    let is_right = passwords.verify(login.password, kept).await;
    let Some((id, kept)) = account.filter(|_| is_right) else {
        return Err(Refusal::Login(
            "there is no user of this name with this password",
        ));
    };
    guesses.was_right(login.address, &login.username);
    let backend = std::sync::Arc::clone(backend);
    store
        .write(async move |tx: &Tx<'_>| {
            let select = "SELECT password FROM enginio_accounts WHERE backend = ?1 AND id = ?2";
            let row = tx.row(select, &[&backend.name, &id]).await?;
            // It may have become another one meanwhile.
            if row.is_none_or(|row| row.text(0) != kept.as_str()) {
                return Err(Refusal::Login(
                    "there is no user of this name with this password",
                ));
            }
            issue(tx, &backend, &id, new_id()?).await
        })
        .await
}

/// The next pair for a refresh token, which is used up by it.
pub(in crate::services::enginio) async fn refresh(
    tx: &Tx<'_>,
    backend: &Backend,
    token: &str,
) -> Result<Value, Refusal> {
    let select = "SELECT account, login, expires FROM enginio_tokens
        WHERE hash = ?1 AND backend = ?2 AND kind = 'refresh'";
    let row = tx.row(select, &[&hash(token), &backend.name]).await?;
    let row = row.filter(|row| row.number(2) > now_seconds());
    let row = row.ok_or(Refusal::Login(
        "the refresh token is unknown, used or expired",
    ))?;
    end(tx, backend, row.text(1)).await?;
    issue(tx, backend, row.text(0), row.text(1).to_owned()).await
}

/// Ends the login that a token is of, if it is of one.
pub(in crate::services::enginio) async fn revoke(
    tx: &Tx<'_>,
    backend: &Backend,
    token: &str,
) -> Result<Value, Refusal> {
    let select = "SELECT login, account FROM enginio_tokens WHERE hash = ?1 AND backend = ?2";
    if let Some(row) = tx.row(select, &[&hash(token), &backend.name]).await? {
        end(tx, backend, row.text(0)).await?;
        tx.end_streams(row.text(1));
    }
    Ok(json!({}))
}

async fn end(tx: &Tx<'_>, backend: &Backend, login: &str) -> Result<(), Refusal> {
    let delete = "DELETE FROM enginio_tokens WHERE backend = ?1 AND login = ?2";
    Ok(tx.run(delete, &[&backend.name, login]).await?)
}

async fn issue(
    tx: &Tx<'_>,
    backend: &Backend,
    user: &str,
    login: String,
) -> Result<Value, Refusal> {
    let now = now_seconds();
    let text = |text: &str| Param::Text(text.to_owned());
    let seconds = |seconds: i64| Param::Count(seconds.unsigned_abs());
    let delete = "DELETE FROM enginio_tokens WHERE backend = ?1 AND account = ?2
        AND (expires <= ?3 OR hash NOT IN (SELECT t.hash FROM enginio_tokens t
        WHERE t.backend = ?1 AND t.account = ?2 ORDER BY t.expires DESC LIMIT ?4))";
    let values = [
        text(&backend.name),
        text(user),
        seconds(now),
        Param::Count(MOST),
    ];
    tx.execute(delete, &values).await?;
    let (access, refresh) = (new_token()?, new_token()?);
    for (token, kind, lifetime) in [(&access, "access", ACCESS), (&refresh, "refresh", REFRESH)] {
        let insert = "INSERT INTO enginio_tokens (hash, backend, account, kind, login, expires)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = [
            text(&hash(token)),
            text(&backend.name),
            text(user),
            text(kind),
            text(&login),
            seconds(now + lifetime),
        ];
        tx.execute(insert, &values).await?;
    }
    let asked = Asked::of(tx, backend, Who::User(user.to_owned()), "");
    let (user, groups) = told(&asked, user).await?;
    Ok(json!({
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "bearer",
        "expires_in": ACCESS,
        "enginio_data": {"user": user, "usergroups": groups},
    }))
}

/// The same answer as clients of before OAuth have it.
pub(in crate::services::enginio) fn session(answer: &Value) -> Value {
    let data = answer.get("enginio_data");
    let of = |name| {
        data.and_then(|data| data.get(name))
            .cloned()
            .unwrap_or_default()
    };
    json!({
        "sessionToken": answer.get("access_token").cloned().unwrap_or_default(),
        "user": of("user"),
        "usergroups": of("usergroups"),
    })
}

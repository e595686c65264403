//! A request inside of a transaction: who asks is looked up where what is asked is done, so that a
//! token that was revoked before opens nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use super::backend::Backend;
use super::change::{Change, Event};
use super::error::Refusal;
use super::id::hash;
use super::readers::Readers;
use super::rights::{Fields, Stored, Who};
use super::store::Tx;
use crate::database::StoreError;
use crate::http::iso;

/// What a request shows to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    /// The token of the configuration.
    Administrator,
    /// The hash of another one.
    Token(String),
    /// Nothing.
    None,
}

impl Credentials {
    /// What this token is, for a backend.
    pub(super) fn of(backend: &Backend, token: Option<&str>) -> Self {
        match token {
            None => Self::None,
            Some(token) if backend.is_opened_by(token) => Self::Administrator,
            Some(token) => Self::Token(hash(token)),
        }
    }
}

/// A request in a transaction.
pub(super) struct Asked<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) backend: &'a Backend,
    pub(super) who: Who,
    /// The `X-Request-Id`.
    pub(super) request: &'a str,
}

impl<'a> Asked<'a> {
    /// The request of whoever shows this.
    pub(super) async fn by(
        tx: &'a Tx<'a>,
        backend: &'a Backend,
        credentials: &Credentials,
        request: &'a str,
    ) -> Result<Self, Refusal> {
        let who = match credentials {
            Credentials::Administrator => Who::Administrator,
            Credentials::None => Who::Nobody,
            Credentials::Token(hash) => Who::User(user_of(tx, backend, hash).await?.0),
        };
        Ok(Self {
            tx,
            backend,
            who,
            request,
        })
    }

    /// Tells of a change once it is on the disk.
    pub(super) fn tell(
        &self,
        event: Event,
        object: Fields,
        readers: Readers,
        before: Option<Readers>,
    ) {
        self.tx.tell(Change {
            backend: self.backend.name.clone(),
            event,
            object,
            readers,
            before,
            request: self.request.to_owned(),
        });
    }

    /// Who may read an object.
    pub(super) async fn readers(&self, stored: &Stored) -> Result<Readers, StoreError> {
        Readers::of(self.tx, self.backend, &stored.id, &stored.parent).await
    }
}

/// The user that an access token is for, and until when, in seconds of Unix.
pub(super) async fn user_of(
    tx: &Tx<'_>,
    backend: &Backend,
    hash: &str,
) -> Result<(String, i64), Refusal> {
    let select = "SELECT account, expires FROM enginio_tokens
        WHERE hash = ?1 AND backend = ?2 AND kind = 'access'";
    let row = tx.row(select, &[hash, &backend.name]).await?;
    let row = row.filter(|row| row.number(1) > now_seconds());
    let row = row.ok_or(Refusal::Token)?;
    Ok((row.text(0).to_owned(), row.number(1)))
}

/// The time in seconds of Unix.
pub(super) fn now_seconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

/// The time as objects have it.
pub(super) fn now() -> String {
    iso(SystemTime::now())
}

//! Passwords, kept as hashes by Argon2: slow on purpose, so that they are made and checked off the
//! threads that answer, a few at a time, whoever asks.

use std::fmt;

use actix_web::web;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Argon2, PasswordHash};
use tokio::sync::Semaphore;

/// Made or checked at one time: each takes a thread, and 19 MiB.
static PLACES: Semaphore = Semaphore::const_new(2);

/// The hash of a password in the PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoredHash(String);

/// Why there is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HashError {
    /// A password of nothing is none.
    #[error("the password is empty")]
    Empty,
    /// The system has no randomness, or not enough memory.
    #[error(
        "the system has not what it takes to hash a password: randomness, and 19 MiB of memory"
    )]
    System,
}

impl StoredHash {
    /// The hash of this text, if it is one that passwords can be checked with.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let is_argon2 = argon2::Algorithm::try_from(hash.algorithm).is_ok();
        let is_whole = argon2::Params::try_from(&hash).is_ok() && hash.salt.is_some();
        (is_argon2 && is_whole && hash.hash.is_some()).then(|| Self(text.to_owned()))
    }

    /// That of a password, with a salt of its own: Argon2id with the parameters of RFC 9106 that
    /// OWASP names for servers (19 MiB, two passes). Takes some 20 ms.
    ///
    /// # Errors
    /// The password is empty, or the system has no randomness.
    pub(crate) fn of(password: &str) -> Result<Self, HashError> {
        if password.is_empty() {
            return Err(HashError::Empty);
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| HashError::System)?;
        let salt = SaltString::encode_b64(&bytes).map_err(|_| HashError::System)?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
        hash.map(|hash| Self(hash.to_string()))
            .map_err(|_| HashError::System)
    }

    /// [`Self::of`], on a thread of its own.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn make(password: String) -> Result<Self, HashError> {
        let made = aside(move || Self::of(&password)).await;
        made.unwrap_or(Err(HashError::System))
    }

    /// Whether it is of this password; found out on a thread of its own.
    pub(crate) async fn fits(&self, password: String) -> bool {
        let hash = self.clone();
        let fits = move || {
            let hash = PasswordHash::new(&hash.0);
            let password = password.as_bytes();
            hash.is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
        };
        aside(fits).await.unwrap_or_default()
    }

    /// As it is kept.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _place = PLACES.acquire().await.ok()?;
    web::block(work).await.ok()
}

// By hand: a hash is guessed at by whoever has it.
impl fmt::Debug for StoredHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

//! Passwords are kept as Argon2id with the parameters of RFC 9106 that OWASP names for servers
//! (19 MiB, two passes). A hash takes its time and its memory, so that it is made on a thread of its
//! own and never more than a few at once.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use tokio::sync::Semaphore;

use crate::services::enginio::error::Refusal;

/// Hashes that are made at once.
const AT_ONCE: usize = 2;

/// The longest password, in bytes.
const LONGEST: usize = 1024;

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::services::enginio) struct Hashed(pub(in crate::services::enginio) String);

impl std::fmt::Debug for Hashed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("***")
    }
}

/// Makes and checks hashes.
#[derive(Debug)]
pub(in crate::services::enginio) struct Passwords {
    places: Arc<Semaphore>,
    /// Of a password that nobody has: who asks for a user that is not there waits as long.
    nobody: Hashed,
}

impl Passwords {
    /// Ready to work.
    ///
    /// # Errors
    /// The system has no randomness.
    pub(in crate::services::enginio) fn new() -> Result<Self, Refusal> {
        Ok(Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hashed("")?,
        })
    }

    /// What is kept of this password.
    pub(in crate::services::enginio) async fn hash(
        &self,
        password: String,
    ) -> Result<Hashed, Refusal> {
        if password.is_empty() || password.len() > LONGEST {
            let message = format!("a password has 1 to {LONGEST} bytes");
            return Err(Refusal::property("password", message));
        }
        self.aside(move || hashed(&password)).await
    }

    /// Whether this is the password of which `kept` was kept; it never is, of nobody's.
    pub(in crate::services::enginio) async fn verify(
        &self,
        password: String,
        kept: Option<Hashed>,
    ) -> Result<bool, Refusal> {
        let is_somebody = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.clone());
        let is_right = self
            .aside(move || {
                let kept = PasswordHash::new(&kept.0).map_err(|_| Refusal::Failed)?;
                let password = password.as_bytes();
                Ok(Argon2::default().verify_password(password, &kept).is_ok())
            })
            .await?;
        Ok(is_right && is_somebody)
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Refusal::Failed)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.unwrap_or(Err(Refusal::Failed))
    }
}

fn hashed(password: &str) -> Result<Hashed, Refusal> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| Refusal::NoRandomness)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| Refusal::Failed)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.map(|hash| Hashed(hash.to_string()))
        .map_err(|_| Refusal::Failed)
}

//! The passwords of users. Whoever asks for a user that is not there waits as long as for one that
//! is.

use crate::access::StoredHash;
use crate::services::enginio::error::Refusal;

/// The longest password, in bytes.
const LONGEST: usize = 1024;

/// Makes and checks hashes.
#[derive(Debug)]
pub(in crate::services::enginio) struct Passwords {
    /// Of a password that nobody has.
    nobody: StoredHash,
}

impl Passwords {
    /// Ready to work.
    ///
    /// # Errors
    /// The system has no randomness.
    pub(in crate::services::enginio) fn new() -> Result<Self, Refusal> {
        let nobody = StoredHash::of("nobody").map_err(|_| Refusal::NoRandomness)?;
        Ok(Self { nobody })
    }

    /// What is kept of this password.
    pub(in crate::services::enginio) async fn hash(
        &self,
        password: String,
    ) -> Result<StoredHash, Refusal> {
        if password.is_empty() || password.len() > LONGEST {
            let message = format!("a password has 1 to {LONGEST} bytes");
            return Err(Refusal::property("password", message));
        }
        let made = StoredHash::make(password).await;
        made.map_err(|_| Refusal::NoRandomness)
    }

    /// Whether this is the password of which `kept` was kept; it never is, of nobody's.
    pub(in crate::services::enginio) async fn verify(
        &self,
        password: String,
        kept: Option<&StoredHash>,
    ) -> bool {
        let fits = kept.unwrap_or(&self.nobody).fits(password).await;
        fits && kept.is_some()
    }
}

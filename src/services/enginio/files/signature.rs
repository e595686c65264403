//! Addresses of files that need no header: whoever has one may fetch the file for an hour, with a
//! key that is made at each start.

use crate::services::enginio::asked::now_seconds;
use crate::services::enginio::error::Refusal;

/// How long an address is good, in seconds.
const LIFETIME: i64 = 3600;

/// Signs addresses.
#[derive(Clone)]
pub(in crate::services::enginio) struct Signer([u8; 32]);

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("***")
    }
}

impl Signer {
    /// One with a new key.
    ///
    /// # Errors
    /// The system has no randomness.
    pub(in crate::services::enginio) fn new() -> Result<Self, Refusal> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| Refusal::NoRandomness)?;
        Ok(Self(key))
    }

    /// Until when an address is good, in seconds of Unix, and its signature.
    pub(in crate::services::enginio) fn sign(&self, id: &str, variant: &str) -> (i64, String) {
        let expires = now_seconds() + LIFETIME;
        (
            expires,
            self.hash(id, variant, expires).to_hex().to_string(),
        )
    }

    /// Refuses what was not signed, or too long ago.
    pub(in crate::services::enginio) fn check(
        &self,
        id: &str,
        variant: &str,
        expires: &str,
        signature: &str,
    ) -> Result<(), Refusal> {
        let expires: i64 = expires.parse().map_err(|_| Refusal::Expired)?;
        // Hashes compare in constant time.
        let is_right = blake3::Hash::from_hex(signature)
            .is_ok_and(|given| given == self.hash(id, variant, expires));
        match is_right && expires > now_seconds() {
            true => Ok(()),
            false => Err(Refusal::Expired),
        }
    }

    fn hash(&self, id: &str, variant: &str, expires: i64) -> blake3::Hash {
        blake3::keyed_hash(&self.0, format!("{id}/{variant}/{expires}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_good() {
        let signer = Signer::new().unwrap();
        let (expires, signature) = signer.sign("a", "");
        let good = |id, variant, expires: i64, signature: &str| {
            signer
                .check(id, variant, &expires.to_string(), signature)
                .is_ok()
        };
        assert!(good("a", "", expires, &signature));
        assert!(!good("b", "", expires, &signature));
        assert!(!good("a", "thumbnail", expires, &signature));
        assert!(!good("a", "", expires + 1, &signature));
        assert!(!good("a", "", expires, &signature[1..]));
        let past = now_seconds() - 1;
        let signature = signer.hash("a", "", past).to_hex().to_string();
        assert!(!good("a", "", past, &signature));
    }
}

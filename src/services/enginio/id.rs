//! Ids of objects, and secrets that nobody guesses.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::Refusal;

/// A new id: 24 hex digits, the first 8 of which are the time in seconds, so that ids are in the
/// order of creation but for those of one second.
pub(super) fn new_id() -> Result<String, Refusal> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Refusal::NoRandomness)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map_or(0, |now| now.as_secs()) & 0xffff_ffff;
    Ok(format!("{seconds:08x}{}", hex(&random)))
}

/// Whether this is an id.
pub(super) fn is_id(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 24 && text.bytes().all(is_digit)
}

/// A token: 64 hex digits of 256 random bits.
pub(super) fn new_token() -> Result<String, Refusal> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| Refusal::NoRandomness)?;
    Ok(hex(&random))
}

/// What is kept of a token. A hash without salt is enough: nobody guesses 256 bits.
pub(super) fn hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ids_and_tokens_are_not() {
        let id = new_id().unwrap();
        assert!(is_id(&id), "{id}");
        assert_ne!(id, new_id().unwrap());
        assert_eq!(new_token().unwrap().len(), 64);
        for no in [
            "",
            "*",
            "541df1c1e5bde554a805b21",
            "541DF1C1e5bde554a805b213",
            "541df1c1e5bde554a805b21'",
        ] {
            assert!(!is_id(no), "{no}");
        }
    }
}

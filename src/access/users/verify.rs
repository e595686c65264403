//! Whether a password is right: what was found out is remembered for a while.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Rule;
use super::guesses::Guesses;
use crate::access::StoredHash;

/// How long it is remembered that a password is right.
const RIGHT: Duration = Duration::from_secs(600);

/// How long that one is wrong: a client with many requests under way asks them all with it.
const WRONG: Duration = Duration::from_secs(10);

/// The most of each that are remembered.
const REMEMBERED: usize = 1_000;

/// Guesses of one address are checked one after the other, by the hash of it.
const LANES: usize = 64;

/// What a client sent.
pub(super) struct Credentials {
    pub user: String,
    pub password: String,
}

// By hand: logs are no place for a password.
impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:***", self.user)
    }
}

/// What comes of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// It is not even looked at, for so long.
    Later(Duration),
}

/// What was found out.
pub(super) struct Verifier {
    /// The key of what is remembered, made at the start: nobody can tell which password belongs to
    /// an entry, nor make two of the same.
    key: [u8; 32],
    known: Mutex<HashMap<[u8; 32], (bool, Instant)>>,
    guesses: Guesses,
    lanes: [tokio::sync::Mutex<()>; LANES],
    lane_of: RandomState,
}

impl Default for Verifier {
    fn default() -> Self {
        let mut key = [0; 32];
        // Without randomness from the system there is that of the hash maps.
        if getrandom::fill(&mut key).is_err() {
            for (number, part) in key.chunks_mut(8).enumerate() {
                part.copy_from_slice(&RandomState::new().hash_one(number).to_le_bytes());
            }
        }
        Self {
            key,
            known: Mutex::default(),
            guesses: Guesses::default(),
            lanes: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            lane_of: RandomState::new(),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Verifier")
    }
}

impl Verifier {
    /// Whether these are the credentials of one of the rule's users.
    pub(super) async fn check(
        &self,
        given: &Credentials,
        rule: &Rule,
        client: Option<IpAddr>,
    ) -> Verdict {
        // A name that nobody has takes as long as a wrong password.
        let known = rule.users.get(&given.user);
        let Some(stored) = known.or_else(|| rule.users.values().next()) else {
            return Verdict::Wrong;
        };
        let entry = self.entry(given, stored, known.is_some());
        if let Some(verdict) = self.remembered(&entry) {
            return verdict;
        }
        let client = client.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let lane = self.lane_of.hash_one(crate::http::network(client)) % LANES as u64;
        let lane = usize::try_from(lane).unwrap_or_default();
        let _lane = match self.lanes.get(lane) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        };
        // Somebody before may have found out.
        if let Some(verdict) = self.remembered(&entry) {
            return verdict;
        }
        if let Some(wait) = self.guesses.wait(client) {
            return Verdict::Later(wait);
        }
        let is_right = stored.fits(given.password.clone()).await && known.is_some();
        self.remember(entry, is_right);
        if is_right {
            return Verdict::Right;
        }
        if self.guesses.note(client) {
            tracing::warn!(
                "{client} guessed {:?} and others wrong too often: it has to wait a minute",
                given.user
            );
        }
        Verdict::Wrong
    }

    fn entry(&self, given: &Credentials, stored: &StoredHash, is_known: bool) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in [stored.as_str(), &given.user, &given.password] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&[u8::from(is_known)]);
        *hasher.finalize().as_bytes()
    }

    fn remembered(&self, entry: &[u8; 32]) -> Option<Verdict> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (is_right, since) = known.get(entry)?;
        let (verdict, lasts) = match is_right {
            true => (Verdict::Right, RIGHT),
            false => (Verdict::Wrong, WRONG),
        };
        (since.elapsed() < lasts).then_some(verdict)
    }

    fn remember(&self, entry: [u8; 32], is_right: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &HashMap<_, (bool, Instant)>| {
            known
                .values()
                .filter(|(right, _)| *right == is_right)
                .count()
        };
        if known.len() >= REMEMBERED && same(&known) >= REMEMBERED {
            known.retain(|_, (right, _)| *right != is_right);
        }
        known.insert(entry, (is_right, Instant::now()));
    }
}

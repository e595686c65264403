//! Wrong guesses, counted by address: whoever guesses on waits, and nobody else does.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::http::{Attempts, network};

/// The wrong guesses of an address within a minute.
const MOST: u32 = 10;

/// Who guessed wrong, and how often.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<Attempts<IpAddr>>);

impl Guesses {
    /// How long this address has to wait for its next guess; nothing where it may go on.
    pub(super) fn wait(&self, address: IpAddr) -> Option<Duration> {
        let (count, left) = self.lock().of(&network(address), Instant::now());
        (count >= MOST).then_some(left)
    }

    /// Counts a wrong one. Tells whether it was the last for a while.
    pub(super) fn note(&self, address: IpAddr) -> bool {
        self.lock().add(network(address), Instant::now()) == MOST
    }

    fn lock(&self) -> MutexGuard<'_, Attempts<IpAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

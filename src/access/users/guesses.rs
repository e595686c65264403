//! Wrong guesses, counted by address: whoever guesses on waits, and nobody else does.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::http::network;

/// The wrong guesses of an address within [`WHILE`].
const MOST: u32 = 10;

/// How long they are counted.
const WHILE: Duration = Duration::from_secs(60);

/// The most addresses that are remembered.
const ADDRESSES: usize = 10_000;

/// Who guessed wrong, how often, since when.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl Guesses {
    /// How long this address has to wait for its next guess; nothing where it may go on.
    pub(super) fn wait(&self, address: IpAddr) -> Option<Duration> {
        let guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, since) = guesses.get(&network(address))?;
        let left = WHILE.checked_sub(since.elapsed())?;
        (*count >= MOST).then_some(left)
    }

    /// Counts a wrong one. Tells whether it was the last for a while.
    pub(super) fn note(&self, address: IpAddr) -> bool {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |since: &Instant| since.elapsed() >= WHILE;
        if guesses.len() >= ADDRESSES {
            guesses.retain(|_, (_, since)| !is_over(since));
        }
        if guesses.len() >= ADDRESSES {
            guesses.clear();
        }
        let entry = guesses.entry(network(address));
        let (count, since) = entry.or_insert((0, Instant::now()));
        if is_over(since) {
            (*count, *since) = (0, Instant::now());
        }
        *count += 1;
        *count == MOST
    }
}

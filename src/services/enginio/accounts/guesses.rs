//! How often somebody may try to log in: so many times a minute for a name from one address, and
//! for all names from it. An attempt counts before it is known whether it was right, or a thousand
//! at once would all be let through.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::http::{Attempts, network};
use crate::services::enginio::error::Refusal;

/// Attempts a minute for one name.
const FOR_NAME: u32 = 10;

/// Attempts a minute from one address.
const FOR_ADDRESS: u32 = 60;

/// Who tries: an address, and the name that it tries, or all of them.
type Key = (Option<IpAddr>, Option<String>);

/// Attempts of the last minute.
#[derive(Debug, Default)]
pub(in crate::services::enginio) struct Guesses(Mutex<Attempts<Key>>);

impl Guesses {
    /// Counts an attempt.
    ///
    /// # Errors
    /// There were too many.
    pub(in crate::services::enginio) fn attempt(
        &self,
        address: Option<IpAddr>,
        name: &str,
    ) -> Result<(), Refusal> {
        self.attempt_at(address, name, Instant::now())
    }

    fn attempt_at(&self, address: Option<IpAddr>, name: &str, now: Instant) -> Result<(), Refusal> {
        let mut attempts = self.lock();
        let [of_name, of_address] = keys(address, name);
        if attempts.of(&of_name, now).0 >= FOR_NAME
            || attempts.of(&of_address, now).0 >= FOR_ADDRESS
        {
            // Not counted, or guesses at one name would close all of an address.
            return Err(Refusal::TooMany);
        }
        attempts.add(of_name, now);
        attempts.add(of_address, now);
        Ok(())
    }

    /// The attempt was right: it was no guess.
    pub(in crate::services::enginio) fn was_right(&self, address: Option<IpAddr>, name: &str) {
        let mut attempts = self.lock();
        let [of_name, of_address] = keys(address, name);
        attempts.forget(&of_name);
        attempts.take_back(&of_address);
    }

    fn lock(&self) -> MutexGuard<'_, Attempts<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keys(address: Option<IpAddr>, name: &str) -> [Key; 2] {
    let address = address.map(network);
    [(address, Some(name.to_owned())), (address, None)]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_minute_has_so_many_attempts() {
        let guesses = Guesses::default();
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let now = Instant::now();
        let tries = |name: &str, address, now| {
            let tries = (0..200).filter(|_| guesses.attempt_at(address, name, now).is_ok());
            tries.count()
        };
        assert_eq!(tries("ann", ip("10.0.0.1"), now), 10);
        assert_eq!(tries("ann", ip("10.0.0.2"), now), 10);
        let later = now + Duration::from_secs(60);
        assert_eq!(tries("ann", ip("10.0.0.1"), later), 10);
        // A right one is forgotten, and the others of its name with it.
        guesses.was_right(ip("10.0.0.1"), "ann");
        assert_eq!(tries("ann", ip("10.0.0.1"), later), 10);
        // From one network, whatever the names.
        let all: usize = (0..20)
            .map(|n| tries(&format!("n{n}"), ip(&format!("fd00::{n}")), now))
            .sum();
        assert_eq!(all, 60);
    }
}

//! How often somebody may try to log in: so many times a minute for a name from one address, and
//! for all names from it. An attempt counts before it is known whether it was right, or a thousand
//! at once would all be let through.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::services::enginio::error::Refusal;

const MINUTE: Duration = Duration::from_secs(60);

/// Attempts a minute for one name.
const FOR_NAME: u32 = 10;

/// Attempts a minute from one address.
const FOR_ADDRESS: u32 = 60;

/// The most names and addresses that are remembered.
const MOST: usize = 10_000;

/// Who tries: an address, and the name that it tries, or all of them.
type Key = (Option<IpAddr>, Option<String>);

/// Attempts of the last minute.
#[derive(Debug, Default)]
pub(in crate::services::enginio) struct Guesses {
    counted: Mutex<HashMap<Key, (Instant, u32)>>,
}

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
        let address = address.map(network);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST {
            counted.retain(|_, (since, _)| now.duration_since(*since) < MINUTE);
        }
        if counted.len() >= MOST {
            return Err(Refusal::TooMany);
        }
        let keys = [
            ((address, None), FOR_ADDRESS),
            ((address, Some(name.to_owned())), FOR_NAME),
        ];
        for (key, most) in &keys {
            let (since, count) = counted.entry(key.clone()).or_insert((now, 0));
            if now.duration_since(*since) >= MINUTE {
                (*since, *count) = (now, 0);
            }
            if *count >= *most {
                return Err(Refusal::TooMany);
            }
        }
        // One that is refused is none, or guesses at one name would close all of an address.
        for (key, _) in keys {
            if let Some((_, count)) = counted.get_mut(&key) {
                *count += 1;
            }
        }
        Ok(())
    }

    /// The attempt was right: it was no guess.
    pub(in crate::services::enginio) fn was_right(&self, address: Option<IpAddr>, name: &str) {
        let address = address.map(network);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.remove(&(address, Some(name.to_owned())));
        if let Some((_, count)) = counted.get_mut(&(address, None)) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Of IPv6 the network, in which a machine has as many addresses as it likes.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::from(u64::MAX)).into()),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
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
        let later = now + MINUTE;
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

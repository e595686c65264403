//! How many sockets there are and may be, and what the hub has counted.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Over how many seconds rates are averaged.
const WINDOW: usize = 10;

/// Incidents said aloud; those after them only at debug level.
const MOST_SAID: usize = 100;

/// What the hub has counted since it started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Sockets opened.
    pub opened: AtomicU64,
    /// Upgrades refused.
    pub refused: AtomicU64,
    /// Messages from clients.
    pub received: AtomicU64,
    /// Messages handed to sockets: one for each that it goes to.
    pub sent: AtomicU64,
    /// Sockets closed because they read too slowly.
    pub slow: AtomicU64,
    /// Sockets closed because they answered no ping.
    pub silent: AtomicU64,
    /// Sockets closed because of what they sent.
    pub faulty: AtomicU64,
    /// Messages that other processes were not told of.
    pub lost: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// Every counter, by the name that it has in answers.
    pub named: [(&'static str, u64); 8],
}

impl Counters {
    /// All of them now.
    pub fn totals(&self) -> Totals {
        let get = |counter: &AtomicU64| counter.load(Relaxed);
        Totals {
            named: [
                ("opened", get(&self.opened)),
                ("refused", get(&self.refused)),
                ("received", get(&self.received)),
                ("sent", get(&self.sent)),
                ("slow", get(&self.slow)),
                ("silent", get(&self.silent)),
                ("faulty", get(&self.faulty)),
                ("lost", get(&self.lost)),
            ],
        }
    }
}

/// Who is connected, and how often things happened.
#[derive(Debug)]
pub struct Census {
    most: usize,
    most_per_address: usize,
    /// What is counted.
    pub counters: Counters,
    present: Mutex<Present>,
    said: Mutex<HashSet<(Option<IpAddr>, &'static str)>>,
    samples: Mutex<VecDeque<(Instant, u64, u64)>>,
}

#[derive(Debug, Default)]
struct Present {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why a socket more is one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// In all.
    InAll(usize),
    /// Of this address.
    OfAddress(usize),
}

/// A place for one socket, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    census: Arc<Census>,
    address: Option<IpAddr>,
}

impl Census {
    /// Nobody yet.
    pub fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            counters: Counters::default(),
            present: Mutex::default(),
            said: Mutex::default(),
            samples: Mutex::default(),
        }
    }

    /// A place for a socket of `address`.
    pub fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, TooMany> {
        let mut present = lock(&self.present);
        if present.all >= self.most {
            return Err(TooMany::InAll(self.most));
        }
        if let Some(address) = address {
            let count = present.by_address.entry(address).or_default();
            if *count >= self.most_per_address {
                return Err(TooMany::OfAddress(self.most_per_address));
            }
            *count += 1;
        }
        present.all += 1;
        self.counters.opened.fetch_add(1, Relaxed);
        Ok(Place {
            census: Arc::clone(self),
            address,
        })
    }

    /// How many sockets there are.
    pub fn present(&self) -> usize {
        lock(&self.present).all
    }

    /// Whether this kind of incident is new from this address, so that it is
    /// said aloud once.
    pub fn is_news(&self, address: Option<IpAddr>, kind: &'static str) -> bool {
        let mut said = lock(&self.said);
        said.len() < MOST_SAID && said.insert((address, kind))
    }

    /// Notes the counters; once a second.
    pub fn sample(&self) {
        let now = (
            Instant::now(),
            self.counters.received.load(Relaxed),
            self.counters.sent.load(Relaxed),
        );
        let mut samples = lock(&self.samples);
        samples.push_back(now);
        if samples.len() > WINDOW {
            samples.pop_front();
        }
    }

    /// Messages a second, received and sent, over the last seconds.
    pub fn rates(&self) -> (f64, f64) {
        let samples = lock(&self.samples);
        let (Some(first), Some(last)) = (samples.front(), samples.back()) else {
            return (0.0, 0.0);
        };
        let seconds = (last.0 - first.0).as_secs_f64();
        if seconds <= 0.0 {
            return (0.0, 0.0);
        }
        // Counts within ten seconds are far below 2^52.
        #[allow(clippy::cast_precision_loss)]
        let rate = |from: u64, to: u64| ((to - from) as f64 / seconds * 10.0).round() / 10.0;
        (rate(first.1, last.1), rate(first.2, last.2))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut present = lock(&self.census.present);
        present.all = present.all.saturating_sub(1);
        if let Some(address) = self.address
            && let Some(count) = present.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                present.by_address.remove(&address);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_given_back() {
        let census = Arc::new(Census::new(3, 2));
        let (a, b) = ("10.0.0.1".parse().ok(), "10.0.0.2".parse().ok());
        let first = census.enter(a).unwrap();
        let _second = census.enter(a).unwrap();
        assert_eq!(census.enter(a).unwrap_err(), TooMany::OfAddress(2));
        let _third = census.enter(b).unwrap();
        assert_eq!(census.enter(b).unwrap_err(), TooMany::InAll(3));
        drop(first);
        assert_eq!(census.present(), 2);
        assert!(census.enter(a).is_ok());
    }

    #[test]
    fn an_incident_is_news_once() {
        let census = Census::new(1, 1);
        assert!(census.is_news(None, "origin"));
        assert!(!census.is_news(None, "origin"));
        assert!(census.is_news(None, "limit"));
    }
}

//! What the hub counts, the rates that follow from it, and which refusals are worth a warning.

use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Over how many seconds rates are averaged.
const WINDOW: usize = 10;

/// The most refusals that are warned of; those after them are logged at debug level.
const MOST_WARNINGS: usize = 100;

/// What the hub has counted since it started.
#[derive(Debug, Default)]
pub(super) struct Counters {
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
pub(super) struct Totals {
    /// Every counter, by the name that it has in answers.
    pub named: [(&'static str, u64); 8],
}

impl Counters {
    /// All of them now.
    pub(super) fn totals(&self) -> Totals {
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

/// The counters, and how they grew in the last seconds.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// What is counted.
    pub counters: Counters,
    samples: Mutex<VecDeque<(Instant, u64, u64)>>,
    warned: Mutex<HashSet<(Option<IpAddr>, &'static str)>>,
}

impl Metrics {
    /// Whether a refusal of this kind is the first of this address, so that it is worth a
    /// warning.
    pub(super) fn is_first(&self, address: Option<IpAddr>, kind: &'static str) -> bool {
        let mut warned = lock(&self.warned);
        warned.len() < MOST_WARNINGS && warned.insert((address, kind))
    }

    /// Notes the counters; once a second.
    pub(super) fn sample(&self) {
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
    pub(super) fn rates(&self) -> (f64, f64) {
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_refusal_is_warned_of_once() {
        let metrics = Metrics::default();
        assert!(metrics.is_first(None, "origin"));
        assert!(!metrics.is_first(None, "origin"));
        assert!(metrics.is_first(None, "limit"));
    }
}

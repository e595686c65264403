//! How often somebody tried something in the last minute, so that guessing takes its time. Only
//! counts: how often is too often, and what is said then, is whose guesses they are.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How long attempts are counted, from the first of them.
const WHILE: Duration = Duration::from_secs(60);

/// The most that are remembered.
const MOST: usize = 10_000;

/// Attempts by who made them.
#[derive(Debug)]
pub(crate) struct Attempts<K>(HashMap<K, (u32, Instant)>);

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Attempts<K> {
    /// How many there were, and how long they count yet.
    pub(crate) fn of(&self, who: &K, now: Instant) -> (u32, Duration) {
        let counted = self.0.get(who).and_then(|(count, since)| {
            let left = WHILE.checked_sub(now.duration_since(*since))?;
            (!left.is_zero()).then_some((*count, left))
        });
        counted.unwrap_or((0, WHILE))
    }

    /// Counts one more; tells how many there are with it.
    pub(crate) fn add(&mut self, who: K, now: Instant) -> u32 {
        let is_over = |since: Instant| now.duration_since(since) >= WHILE;
        if self.0.len() >= MOST {
            self.0.retain(|_, (_, since)| !is_over(*since));
        }
        // Better than to let nobody try who is not among them.
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let (count, since) = self.0.entry(who).or_insert((0, now));
        if is_over(*since) {
            (*count, *since) = (0, now);
        }
        *count += 1;
        *count
    }

    /// One of them was none.
    pub(crate) fn take_back(&mut self, who: &K) {
        if let Some((count, _)) = self.0.get_mut(who) {
            *count = count.saturating_sub(1);
        }
    }

    /// None of them counts any more.
    pub(crate) fn forget(&mut self, who: &K) {
        self.0.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_count_for_a_minute() {
        let mut attempts = Attempts::default();
        let now = Instant::now();
        let half = now + WHILE / 2;
        assert_eq!(attempts.of(&1, now), (0, WHILE));
        assert_eq!(
            [
                attempts.add(1, now),
                attempts.add(1, half),
                attempts.add(2, half)
            ],
            [1, 2, 1]
        );
        assert_eq!(attempts.of(&1, half), (2, WHILE / 2));
        attempts.take_back(&1);
        assert_eq!(attempts.of(&1, half).0, 1);
        assert_eq!(attempts.of(&1, now + WHILE), (0, WHILE));
        assert_eq!(attempts.add(1, now + WHILE), 1);
        attempts.forget(&2);
        assert_eq!(attempts.of(&2, half).0, 0);
    }

    #[test]
    fn so_many_are_remembered() {
        let mut attempts = Attempts::default();
        let now = Instant::now();
        for who in 0..MOST {
            attempts.add(who, now);
        }
        let later = now + WHILE;
        attempts.add(MOST, later);
        assert_eq!(attempts.0.len(), 1, "those of before are over");
        for who in 0..=MOST {
            attempts.add(who, later);
        }
        assert!(attempts.0.len() <= MOST);
    }
}

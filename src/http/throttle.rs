//! A bound on what is printed: one that goes wild is not to bury all else.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many within such a time.
#[derive(Debug)]
pub(crate) struct Throttle {
    most: usize,
    within: Duration,
    /// Since when is counted, and how many there were.
    counted: Mutex<(Option<Instant>, usize)>,
}

impl Throttle {
    /// At most `most` each `within`.
    pub(crate) fn new(most: usize, within: Duration) -> Self {
        Self {
            most,
            within,
            counted: Mutex::default(),
        }
    }

    /// Whether one more may be printed. Calls `overflow` for the first that may not.
    pub(crate) fn admits(&self, overflow: impl FnOnce()) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if counted
            .0
            .is_none_or(|since| now.duration_since(since) > self.within)
        {
            *counted = (Some(now), 0);
        }
        counted.1 += 1;
        if counted.1 == self.most + 1 {
            overflow();
        }
        counted.1 <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_said_once() {
        let throttle = Throttle::new(2, Duration::from_secs(3600));
        let mut said = 0;
        let admitted = (0..5).filter(|_| throttle.admits(|| said += 1)).count();
        assert_eq!((admitted, said), (2, 1));
    }
}

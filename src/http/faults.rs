//! A slow network and a broken one, as `delay` and `fail` of whatever answers order them.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// A share of requests, from 0 for none to 1 for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct Odds(pub f64);

/// What goes wrong on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Faults {
    /// How much later than at once requests are answered.
    pub delay: Option<Duration>,
    /// The share of requests that fail.
    pub fail: Odds,
}

impl Faults {
    /// Waits, before anything else is done; says whether the request is to fail.
    pub(crate) async fn strike(&self) -> bool {
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
        happens(self.fail, RandomState::new().hash_one(0_u8))
    }
}

/// Whether one of `share` is hit by a number that is as likely as any other.
fn happens(Odds(share): Odds, random: u64) -> bool {
    // 53 bits are what a float can tell apart.
    let fraction = (random >> 11) as f64 / (1_u64 << 53) as f64;
    fraction < share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (share, random, hit) in [
            (0.0, 0, false),
            (1.0, u64::MAX, true),
            (0.5, u64::MAX / 4, true),
            (0.5, u64::MAX / 4 * 3, false),
        ] {
            assert_eq!(happens(Odds(share), random), hit, "{share} {random}");
        }
    }
}

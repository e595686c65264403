//! A slow network and a broken one, as `delay` and `fail` of a collection order them.

use std::hash::{BuildHasher as _, RandomState};

use super::collection::Collection;
use super::config::Share;
use super::error::Refusal;

/// Waits, and maybe fails, before anything else is done.
pub(super) async fn inject(collection: &Collection) -> Result<(), Refusal> {
    if let Some(delay) = collection.delay {
        tokio::time::sleep(delay).await;
    }
    if happens(collection.fail, RandomState::new().hash_one(0_u8)) {
        let collection = collection.name.clone();
        return Err(Refusal::OnPurpose { collection });
    }
    Ok(())
}

/// Whether one of `share` is hit by a number that is as likely as any other.
fn happens(Share(share): Share, random: u64) -> bool {
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
            assert_eq!(happens(Share(share), random), hit, "{share} {random}");
        }
    }
}

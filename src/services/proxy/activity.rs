//! When something of an exchange last moved: what is idle for too long is given up.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The last sign of life of one exchange.
#[derive(Debug)]
pub(super) struct Activity {
    began: Instant,
    /// Milliseconds since then.
    last: AtomicU64,
    idle: Duration,
}

/// Nothing moved for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Idle;

impl Activity {
    /// Begins now, and may rest for `idle` at a time.
    pub(super) fn new(idle: Duration) -> Self {
        Self {
            began: Instant::now(),
            last: AtomicU64::new(0),
            idle,
        }
    }

    /// Something moves.
    pub(super) fn note(&self) {
        let elapsed = self.began.elapsed().as_millis();
        self.last
            .store(u64::try_from(elapsed).unwrap_or(u64::MAX), Relaxed);
    }

    /// Waits for something, as long as anything moves.
    pub(super) async fn wait<F: Future>(&self, awaited: F) -> Result<F::Output, Idle> {
        let mut awaited = pin!(awaited);
        self.note();
        loop {
            let last = self.last.load(Relaxed);
            let until = self.began + Duration::from_millis(last) + self.idle;
            tokio::select! {
                biased;
                output = &mut awaited => {
                    self.note();
                    return Ok(output);
                }
                () = sleep_until(until) => {}
            }
            if self.last.load(Relaxed) == last {
                return Err(Idle);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[actix_web::test]
    async fn what_moves_is_waited_for() {
        let idle = Duration::from_millis(50);
        let activity = Arc::new(Activity::new(idle));
        assert_eq!(activity.wait(std::future::pending::<()>()).await, Err(Idle));
        let mover = Arc::clone(&activity);
        // However late it is woken, it is asked before the time is looked at.
        let moves = async move {
            for _ in 0..20 {
                tokio::time::sleep(idle / 5).await;
                mover.note();
            }
            "done"
        };
        assert_eq!(activity.wait(moves).await, Ok("done"));
    }
}

//! Tells that a look at the disk takes its time: who waits wants to know for what.

use std::time::{Duration, Instant};

use tracing::info;

/// Nothing is said before, nor more often.
const PAUSE: Duration = Duration::from_secs(1);

/// How far a look has come.
#[derive(Debug)]
pub(super) struct Progress {
    files: usize,
    said: Instant,
    is_slow: bool,
}

impl Progress {
    /// Of a look that begins now.
    pub(super) fn new() -> Self {
        Self {
            files: 0,
            said: Instant::now(),
            is_slow: false,
        }
    }

    /// One more file was looked at.
    pub(super) fn count(&mut self) {
        self.files += 1;
        // The clock is not free.
        if self.files.is_multiple_of(64) && self.said.elapsed() > PAUSE {
            info!("reading the folder: {} files so far", self.files);
            self.said = Instant::now();
            self.is_slow = true;
        }
    }

    /// The look is over.
    pub(super) fn end(&self) {
        if self.is_slow {
            info!(
                "{} files read; what is not needed can be left out: --ignore PATTERN",
                self.files
            );
        }
    }
}

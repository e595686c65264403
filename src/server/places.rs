//! Places for connections: never as many as the system allows files, since the tree has to be
//! watched and its files opened all the same.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use crate::http::{Budget, Limits, Share, Throttle};

/// Files that are kept for all else, of so many that the process may have open.
const RESERVE: u64 = 128;

/// Time between two lines about connections that are refused.
const BREATH: Duration = Duration::from_secs(10);

/// The places there are.
#[derive(Debug)]
pub(super) struct Places {
    most: u64,
    connections: Arc<Budget>,
    told: Throttle,
}

impl Places {
    /// As many as `limits` say, and as the system lets there be.
    pub(super) fn new(limits: &Limits, connections: Arc<Budget>) -> Self {
        Self {
            most: limits.connections.unwrap_or(u64::MAX),
            connections,
            told: Throttle::new(1, BREATH),
        }
    }

    /// A place for a new connection, for as long as it is open; none where it is to be ended.
    pub(super) fn admit(&self, peer: Option<IpAddr>) -> Option<Share> {
        match self.connections.place_among(self.most.min(files()), peer) {
            Ok(share) => Some(share),
            Err(bound) => {
                if self.told.admits(|| {}) {
                    warn!(
                        "connections are refused: there are {bound}; more: ulimit -n, or \
                         connections and connections_per_address in [limits]"
                    );
                }
                None
            }
        }
    }
}

/// How many connections the system has files for. Asked each time, since it may be changed.
fn files() -> u64 {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        most - RESERVE.min(most / 2)
    }
    #[cfg(not(unix))]
    u64::MAX
}

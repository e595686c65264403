//! Places for connections: never as many as the system allows files, since the tree has to be
//! watched and its files opened all the same.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Extensions;
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
    pub(super) fn new(limits: &Limits) -> Self {
        let most = limits.connections.unwrap_or(u64::MAX);
        Self {
            most,
            connections: Budget::new(most, limits.connections_per_address),
            told: Throttle::new(1, BREATH),
        }
    }

    /// How many are taken, and how many connections were refused.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.connections.held(), self.connections.refused())
    }

    /// Gives a new connection its place, for as long as it is open, or ends it. An end before the
    /// first request is something that every client tries again after.
    pub(super) fn admit(&self, io: &dyn Any, data: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<tokio::net::TcpStream>() else {
            return;
        };
        let peer = stream.peer_addr().ok().map(|peer| peer.ip());
        match self.connections.place_among(self.most.min(files()), peer) {
            Ok(share) => _ = data.insert(Place { _share: share }),
            Err(bound) => {
                end(stream);
                if self.told.admits(|| {}) {
                    warn!(
                        "connections are refused: there are {bound}; more: ulimit -n, or \
                         connections and connections_per_address in [limits]"
                    );
                }
            }
        }
    }
}

/// Kept with the connection.
struct Place {
    _share: Share,
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

fn end(stream: &tokio::net::TcpStream) {
    // It may be gone already. Whoever has it next reads its end, and drops it.
    let _ = socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Both);
}

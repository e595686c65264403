//! How much strangers may take of what is scarce.

use std::time::Duration;

/// The bounds of `[limits]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The bytes that may be under way: bodies and messages that are not complete, answers that
    /// are not read.
    pub memory: u64,
    /// The same for one address of another machine.
    pub memory_per_address: u64,
    /// The most connections; as many as leave some files of what the system allows, if it is not
    /// said.
    pub connections: Option<u64>,
    /// The same for one address of another machine.
    pub connections_per_address: u64,
    /// How long a body may take, and a second more for each 16 KiB of it.
    pub body: Duration,
    /// Streams of events open at the same time, of each kind.
    pub streams: u64,
    /// The same for one address of another machine.
    pub streams_per_address: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            memory_per_address: 64 << 20,
            connections: None,
            connections_per_address: 2000,
            body: Duration::from_secs(30),
            streams: 1000,
            streams_per_address: 100,
        }
    }
}

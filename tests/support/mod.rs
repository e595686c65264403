//! What the test crates share: the real binary on a temporary tree, the ways
//! in which editors save, HTTP as a client speaks it, and the stream of events.
//!
//! Every wait has a deadline, and what fails prints what was captured. Used
//! with `#[path = "../support/mod.rs"] mod support;`.
#![allow(dead_code, unused_imports, reason = "each test crate uses its part")]

mod command;
mod events;
mod folder;
mod http;
mod random;
mod server;
mod tls;

use std::time::{Duration, Instant};

pub use command::{Finished, Running, Signal, command, run};
pub use events::{Change, EventStream, Message};
pub use folder::{Folder, Save};
pub use http::{Response, connect, exchange, head, own_address, raw};
pub use random::Random;
pub use server::{Setup, TestServer};
pub use tls::{TlsConnection, connect_tls};

/// How long anything may take before a test gives up: generous, since the
/// machine may be busy with other things.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Asks again and again until `condition` holds, for what no event tells.
/// Panics with what `captured` says when the deadline has passed.
#[track_caller]
pub fn wait_until(what: &str, captured: impl Fn() -> String, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "waited in vain until {what}\n{}",
            captured()
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

//! The web channel of the real server: its own objects, relays, bad input, and the library and the
//! programs that others wrote.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "how a test fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
#[allow(dead_code, reason = "the hub tests use the rest of it")]
#[path = "../hub/client.rs"]
mod client;
mod foreign;
mod own;
mod relay;

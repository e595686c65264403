//! Proxies and mocks of the real server: real targets behind it, real Qt clients in front.
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
mod har;
mod headers;
mod large;
mod live;
mod mock;
mod nginx;
mod qt;
mod record;
mod secrets;
mod sockets;
mod target;
mod tls;

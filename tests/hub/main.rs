//! WebSockets of the real server: its own routes and limits, the gateway, the
//! ports, several processes, and clients that others wrote.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "how a test fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod foreign;
mod frames;
mod gateway;
mod limits;
mod ports;
mod processes;
mod pushes;
mod sockets;
mod strangers;

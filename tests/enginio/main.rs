//! Data storage of the real server: every path over HTTP in every database, rights beside a model,
//! crashes, bad input, and a client that others wrote.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "how a test fails"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../hub/client.rs"]
#[allow(dead_code, reason = "each test crate uses its part")]
mod client;
#[path = "../collections/postgres.rs"]
#[allow(dead_code, reason = "each test crate uses its part")]
mod postgres;
#[path = "../e2e/runtime.rs"]
#[allow(
    dead_code,
    clippy::print_stderr,
    reason = "each test crate uses its part; a test that is left out says so"
)]
mod runtime;

mod api;
mod bad_input;
mod book;
mod crash;
mod files;
mod foreign;
mod logins;
mod model;
mod near;
mod qt;
mod rights;
mod streams;
mod table;
mod uploads;
mod webhooks;

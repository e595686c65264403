//! Sign-in at a real service (npm oidc-provider), and what proxies do with it.
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
mod code;
mod device;
mod provider;
mod refresh;
mod secrets;
mod strangers;

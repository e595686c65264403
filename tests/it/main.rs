//! The real server, seen from outside: over HTTP, by its output and exit
//! codes, on trees that change under it. One module a subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "how a test fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod command;
mod documents;
mod events;
mod reports;
mod versioned;
mod watcher;

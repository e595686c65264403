//! The real server, seen from outside: over HTTP, by its output and exit
//! codes, on trees that change under it. One module a subject.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "how a test fails, and says what it leaves out"
)]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod architecture;
mod attach;
mod bad_input;
mod check;
mod command;
mod containment;
mod documents;
mod events;
mod faults;
mod first_minutes;
mod limits;
mod mcp;
mod observed;
mod page;
mod pages;
mod project;
mod reports;
mod run;
mod security;
mod sign_in;
mod sockets;
mod stubs;
mod tls;
mod token;
mod transfer;
mod untold;
mod versioned;
mod watcher;

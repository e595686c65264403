//! End-to-end tests: the real command, real Qt clients of three generations, a real browser.
//!
//! Each module is one promise of the README. A test never asserts a time: it waits, with a
//! deadline, for what has to come, and prints everything that it heard when that does not.
//! What a client shows is read from what its documents themselves compute and print.
//!
//! A runtime that is not installed is skipped with a line that says how to get it; with
//! `CI=true` it is a failure.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod attach;
mod attach_program;
mod book;
mod browser;
mod builds;
mod channel;
mod check;
mod client;
mod devtools;
mod finds;
mod freshness;
mod generations;
mod in_place;
mod in_place_attach;
mod law;
mod live;
mod mcp;
mod observed;
mod output;
mod page;
mod passwords;
mod picture;
mod player;
mod preload;
mod programs;
mod project;
#[path = "../oauth/provider.rs"]
mod provider;
mod run;
mod runtime;
mod sign_in;
mod snap;
mod state;
mod stubs;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod token;
mod tree;

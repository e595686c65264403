//! Deploying by push to the real server: real `git` on one side, real Qt clients on the other.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    unused_macros,
    unused_imports,
    reason = "how a test fails; and the parts of other crates are used in part"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../e2e/client.rs"]
mod client;
#[path = "../e2e/output.rs"]
mod output;
#[path = "../e2e/runtime.rs"]
mod runtime;

mod bad_input;
mod cases;
mod export;
mod killed;
mod mixed;
mod work;

//! Logs: where they go, how they look, and whose are shown.

use std::env;
use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Verbosity};

/// Whether colours are not wanted (<https://no-color.org>).
fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|text| !text.is_empty())
}

/// Logs go to standard error, so that standard output stays readable for programs.
pub(super) fn to_stderr(format: LogFormat, verbosity: Verbosity) {
    // What the libraries below have to say matters only to whoever looks for it.
    // notify warns of each directory that was gone before it could be unwatched.
    // actix_http writes an error for each request that is no HTTP, as often as
    // somebody likes to send one.
    let of_http = if verbosity >= Verbosity::Debug {
        "warn"
    } else {
        "off"
    };
    let own = verbosity.name();
    let filter = format!("warn,notify=error,async_nats=off,actix_http={of_http},qmlserve={own}");
    let filter = EnvFilter::new(filter);
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !no_color());
    match format {
        LogFormat::Text => logs.with_target(false).init(),
        LogFormat::Json => logs.json().init(),
    }
}

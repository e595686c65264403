//! The command: its outcome becomes an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match qmlserve::cmd::run() {
        Ok(code) => code,
        Err(error) => {
            // Where standard error is gone too, the exit code is all that is left to tell.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

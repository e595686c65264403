//! Logs: where they go, how they look, and whose are shown.

use std::env;
use std::io::{self, IsTerminal as _, Write};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Verbosity};
use crate::server;

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
        .with_writer(|| Upright(io::stderr()))
        .with_ansi(io::stderr().is_terminal() && !no_color());
    match format {
        LogFormat::Text => logs.with_target(false).init(),
        LogFormat::Json => logs.json().init(),
    }
}

/// What turns text around (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
/// In the name of a file, or in what a client says, it would make a line look like another one.
const TURNING: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// Writes them as JSON would, and no token; all else as it is.
struct Upright<W>(W);

fn is_secret(text: &str) -> bool {
    server::secret().is_some_and(|secret| text.contains(secret))
}

fn without_secret(text: &str) -> String {
    let hidden = server::secret().map(|secret| text.replace(secret, "***"));
    hidden.unwrap_or_else(|| text.to_owned())
}

impl<W: Write> Write for Upright<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(TURNING) || is_secret(text) => {
                let mut upright = String::with_capacity(text.len() + 16);
                for c in without_secret(text).chars() {
                    if TURNING.contains(&c) {
                        upright.push_str(&format!("\\u{:04x}", u32::from(c)));
                    } else {
                        upright.push(c);
                    }
                }
                self.0.write_all(upright.as_bytes())?;
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_turns_a_line_around() {
        let mut log = Vec::new();
        let said = "a\u{202e}lmq.b\u{2066}\u{1b}[0m ü\n";
        Upright(&mut log).write_all(said.as_bytes()).unwrap();
        let expected = "a\\u202elmq.b\\u2066\u{1b}[0m ü\n";
        assert_eq!(String::from_utf8(log).unwrap(), expected);
    }
}

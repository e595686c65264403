//! The command: parse, run, map the outcome to an exit code.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use qmlserve::cli::{self, Invocation};
use qmlserve::config::{Config, ConfigError, Flags, LogFormat, Verbosity};
use qmlserve::server::{self, data};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Where standard error is gone too, the exit code is all that is left to tell.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let invocation = cli::parse();
    let cwd = env::current_dir().context("cannot tell the current directory")?;
    match invocation {
        Invocation::PrintConfig(flags) => {
            let printed = load(flags, &cwd)?.to_toml(&cwd);
            io::stdout().write_all(printed.as_bytes())?;
        }
        Invocation::Data(flags, command) => {
            let config = load(flags, &cwd)?;
            log_to_stderr(
                config.log_format.value,
                config.verbosity.value.min(Verbosity::Warn),
            );
            actix_web::rt::System::new().block_on(data::run(&config, command))?;
        }
        Invocation::Run(flags) => {
            let config = load(flags, &cwd)?;
            log_to_stderr(config.log_format.value, config.verbosity.value);
            actix_web::rt::System::new().block_on(server::run(&config))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn load(flags: Flags, cwd: &Path) -> Result<Config, ConfigError> {
    // Lossy: a variable that is not Unicode is refused as a bad value, not taken as unset.
    let env = |name: &str| env::var_os(name).map(|text| text.to_string_lossy().into_owned());
    Config::load(flags, &env, cwd)
}

/// Whether colours are not wanted (<https://no-color.org>).
fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|text| !text.is_empty())
}

/// Logs go to standard error, so that standard output stays readable for programs.
fn log_to_stderr(format: LogFormat, verbosity: Verbosity) {
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

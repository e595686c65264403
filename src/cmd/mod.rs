//! The sub-commands, a file each, and the command line that chooses among them.

mod cli;
mod data;
mod doctor;
mod log;
mod run;
mod stubs;

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use self::cli::Invocation;
use crate::attach::launch::Launch;
use crate::config::{Config, ConfigError, Flags, Verbosity};
use crate::server;

/// Does what the command line asks for.
///
/// # Errors
/// It cannot be begun; the message says what to do about it.
pub fn run() -> anyhow::Result<ExitCode> {
    let invocation = cli::parse();
    let cwd = env::current_dir().context("cannot tell the current directory")?;
    match invocation {
        Invocation::PrintConfig(flags) => {
            let printed = load(flags, &cwd)?.to_toml();
            io::stdout().write_all(printed.as_bytes())?;
        }
        Invocation::Data(flags, command) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(
                config.log_format.value,
                config.verbosity.value.min(Verbosity::Warn),
            );
            actix_web::rt::System::new().block_on(data::run(&config, command))?;
        }
        Invocation::Stubs(flags, args) => stubs::run(&load(flags, &cwd)?, &args)?,
        Invocation::Doctor(flags) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(
                config.log_format.value,
                config.verbosity.value.min(Verbosity::Warn),
            );
            return doctor::run(&config);
        }
        Invocation::Serve(flags) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(config.log_format.value, config.verbosity.value);
            return serve(&config, None);
        }
        Invocation::Run(flags, args) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(config.log_format.value, config.verbosity.value);
            let launch = run::launch(&config, args)?;
            return serve(&config, Some(launch));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(config: &Config, launch: Option<Launch>) -> anyhow::Result<ExitCode> {
    let system = actix_web::rt::System::new();
    let code = system.block_on(server::run(config, launch))?;
    // Dropped, it would wait for whatever still reads, from a share that is gone say.
    std::mem::forget(system);
    Ok(ExitCode::from(code))
}

fn load(flags: Flags, cwd: &Path) -> Result<Config, ConfigError> {
    // Lossy: a variable that is not Unicode is refused as a bad value, not taken as unset.
    let env = |name: &str| env::var_os(name).map(|text| text.to_string_lossy().into_owned());
    Config::load(flags, &env, cwd)
}

//! The sub-commands, a file each, and the command line that chooses among them.

mod check;
mod cli;
mod data;
mod doctor;
mod export;
mod github;
mod init;
mod log;
mod mcp;
mod password;
mod question;
mod run;
mod snap;
mod stubs;

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use self::cli::Invocation;
use crate::attach::launch::Launch;
use crate::config::{Config, Flags, Verbosity};
use crate::path::TreePath;
use crate::server::{self, Welcome};
use crate::services::git;

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
        Invocation::Init(dir) => init::run(&cwd, dir.as_deref())?,
        Invocation::Completions(shell) => {
            // Into memory first: it ends the process where it cannot write.
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut cli::command(), "qmlserve", &mut text);
            io::stdout().write_all(&text)?;
        }
        Invocation::Mcp(flags, args) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(
                config.log_format.value,
                config.verbosity.value.min(Verbosity::Warn),
            );
            mcp::run(&config, &args)?;
        }
        Invocation::Export(flags, args) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(config.log_format.value, Verbosity::Error);
            export::run(&config, &args, &cwd)?;
        }
        Invocation::GitHook(args) => {
            let goes_on = git::hook::run(&args.hook, args.args)?;
            return Ok(ExitCode::from(u8::from(!goes_on)));
        }
        Invocation::Password => password::run()?,
        Invocation::Man => clap_mangen::Man::new(cli::command()).render(&mut io::stdout())?,
        Invocation::Check(flags, args) => {
            let config = load(flags, &cwd)?;
            // What else would be logged is among the findings.
            log::to_stderr(config.log_format.value, Verbosity::Error);
            return check::run(&config, &args);
        }
        Invocation::Snap(flags, args) => {
            let config = load(flags, &cwd)?;
            // What else would be logged is told of each document.
            log::to_stderr(config.log_format.value, Verbosity::Error);
            return snap::run(&config, &args);
        }
        Invocation::Serve(flags, welcome) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(config.log_format.value, config.verbosity.value);
            return serve(&config, None, welcome);
        }
        Invocation::Run(flags, args, welcome) => {
            let config = load(flags, &cwd)?;
            log::to_stderr(config.log_format.value, config.verbosity.value);
            let launch = run::launch(&config, args)?;
            return serve(&config, Some(launch), welcome);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(config: &Config, launch: Option<Launch>, welcome: Welcome) -> anyhow::Result<ExitCode> {
    let system = actix_web::rt::System::new();
    let code = system.block_on(server::run(config, launch, welcome))?;
    // Dropped, it would wait for whatever still reads, from a share that is gone say.
    std::mem::forget(system);
    Ok(ExitCode::from(code))
}

fn load(flags: Flags, cwd: &Path) -> anyhow::Result<Config> {
    let flags = with_document(flags, cwd)?;
    // Lossy: a variable that is not Unicode is refused as a bad value, not taken as unset.
    let env = |name: &str| env::var_os(name).map(|text| text.to_string_lossy().into_owned());
    Ok(Config::load(flags, &env, cwd)?)
}

/// A document in place of a folder is the entry of its folder.
fn with_document(flags: Flags, cwd: &Path) -> anyhow::Result<Flags> {
    let Some(given) = &flags.dir else {
        return Ok(flags);
    };
    let file = cwd.join(given);
    let is_document = given.extension().is_some_and(|suffix| suffix == "qml");
    if !is_document || file.is_dir() {
        return Ok(flags);
    }
    anyhow::ensure!(
        flags.document.is_none(),
        "{} and --document both name the document to show: name a folder, or leave --document out",
        given.display()
    );
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let document = TreePath::parse(&name).with_context(|| given.display().to_string())?;
    let dir = given.parent().filter(|dir| !dir.as_os_str().is_empty());
    Ok(Flags {
        dir: Some(dir.unwrap_or(Path::new(".")).to_owned()),
        document: Some(document),
        ..flags
    })
}

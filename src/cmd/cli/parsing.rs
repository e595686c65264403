//! From arguments to what they ask for, and the command as its help shows it.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{CommandFactory as _, FromArgMatches as _};

use super::Args;
use super::commands::{Command, Invocation};
use crate::cmd::run::RunArgs;
use crate::config;

/// The sub-command that takes all that the command takes without one.
const RUN: &str = "run";

/// What this process was asked to do. Ends it after `--help` and `--version` with 0, and with 2
/// where the command line is not understood.
#[must_use]
pub(in crate::cmd) fn parse() -> Invocation {
    parse_from(std::env::args_os()).unwrap_or_else(|error| error.exit())
}

/// What these arguments, the program's name first, ask for.
///
/// # Errors
/// They ask for help or the version, or are not understood; the error knows its exit code.
pub(in crate::cmd) fn parse_from(
    args: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, clap::Error> {
    let mut matches = command().try_get_matches_from(args)?;
    if matches.subcommand_name() == Some(RUN)
        && let Some((_, mut run)) = matches.remove_subcommand()
    {
        refuse_before_run(&matches)?;
        let mut args = Args::from_arg_matches(&run)?;
        args.command = Some(Command::Run(RunArgs::from_arg_matches_mut(&mut run)?));
        return Ok(args.invocation());
    }
    let args = Args::from_arg_matches_mut(&mut matches)?;
    Ok(args.invocation())
}

/// `run` has all options itself; what stands before it would be lost.
fn refuse_before_run(matches: &clap::ArgMatches) -> Result<(), clap::Error> {
    // The value of a global option is the same behind the name.
    let command = Args::command();
    let mut own = command.get_arguments().filter(|arg| !arg.is_global_set());
    let stray = own
        .find(|arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine));
    let Some(stray) = stray else {
        return Ok(());
    };
    let id = stray.get_id().as_str().replace('_', "-");
    let message =
        format!("{id} stands before run; put it behind: qmlserve run [OPTIONS] [DIR] [-- PROGRAM]");
    Err(self::command().error(clap::error::ErrorKind::ArgumentConflict, message))
}

/// The command with each option's variables in its long help. Only there: clap is not to read
/// them, or a value's source would be lost.
pub(in crate::cmd) fn command() -> clap::Command {
    let command = with_variables(Args::command());
    let serving = command.get_arguments().filter(|arg| !arg.is_global_set());
    let serving: Vec<_> = serving.cloned().collect();
    command.mut_subcommand(RUN, |run| {
        run.args(serving).mut_arg("dir", |dir| dir.index(1))
    })
}

fn with_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| {
        let key = match arg.get_id().as_str() {
            // One setting of two flags, whose variable is told at the first, and one of another name.
            "verbose" => "verbosity",
            "git" => "deploy",
            id => id,
        };
        let mut names = config::NAMES.iter().chain([&config::CONFIG_FILE]);
        let names = names.find(|names| names.key == key);
        let help = arg.get_long_help().or(arg.get_help());
        match (names, help) {
            (Some(names), Some(help)) => {
                let help = format!("{help}\n[env: {}]", names.env.join(", "));
                arg.long_help(help)
            }
            _ => arg,
        }
    })
}

//! The sub-commands with their help, and what each of them comes to.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap_complete::Shell;

use crate::cmd::check::CheckArgs;
use crate::cmd::data::DataCommand;
use crate::cmd::export::ExportArgs;
use crate::cmd::mcp::McpArgs;
use crate::cmd::run::RunArgs;
use crate::cmd::snap::SnapArgs;
use crate::cmd::stubs::StubsArgs;
use crate::config::Flags;
use crate::server::Welcome;

/// What the command was asked to do.
#[derive(Clone, Debug)]
pub(in crate::cmd) enum Invocation {
    /// Serve.
    Serve(Flags, Welcome),
    /// Print what is in force and where it came from.
    PrintConfig(Flags),
    /// Tell what clients would refuse.
    Check(Flags, CheckArgs),
    /// Bring the objects of a collection out, in, or back.
    Data(Flags, DataCommand),
    /// Tell what this machine has and lacks.
    Doctor(Flags),
    /// Serve, and start a program that shows the tree.
    Run(Flags, RunArgs, Welcome),
    /// Write a small project to start from.
    Init(Option<PathBuf>),
    /// Print what a shell needs to complete command lines.
    Completions(Shell),
    /// Print the manual page.
    Man,
    /// Print the hash of a password.
    Password,
    /// Draw documents, and compare with the pictures that are kept of them.
    Snap(Flags, SnapArgs),
    /// Let a program that helps to write programs see and use what clients show.
    Mcp(Flags, McpArgs),
    /// Write documents that stand in for what only a program has.
    Stubs(Flags, StubsArgs),
    /// Write the current version as files for any web server.
    Export(Flags, ExportArgs),
    /// Run as a hook of git.
    GitHook(GitHookArgs),
}

/// What git starts a hook with.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(in crate::cmd) struct GitHookArgs {
    pub(in crate::cmd) hook: String,
    pub(in crate::cmd) args: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tell what clients would refuse: documents that do not parse, imports, types and files that
    /// are not there
    ///
    /// Ends with 1 where there is an error; a warning is what a client shows the document in spite
    /// of. What a program may have in its C++ is no error. To serve a folder that is called check:
    /// qmlserve ./check
    Check(CheckArgs),

    /// Bring the objects of a collection out, in, or back to its seed
    ///
    /// A server that runs on the same database goes on with what is there afterwards. To serve a
    /// folder that is called data: qmlserve ./data
    #[command(subcommand)]
    Data(DataCommand),

    /// Tell what this machine has and lacks to show a folder: runtimes, modules, watching, ports
    ///
    /// Ends with 1 where something is missing. To serve a folder that is called doctor:
    /// qmlserve ./doctor
    Doctor {
        /// The folder that is going to be served
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },

    /// Write a small project to start from, where there is none
    ///
    /// What is there is never overwritten. To serve a folder that is called init: qmlserve ./init
    Init {
        /// The folder to write to; it is made if it is not there [default: the current directory]
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },

    /// Print what a shell needs to complete command lines, for its start-up file
    ///
    /// bash: source <(qmlserve completions bash); fish: qmlserve completions fish | source
    Completions {
        /// The shell
        #[arg(value_name = "SHELL", value_enum)]
        shell: Shell,
    },

    /// Print the manual page, as roff: qmlserve man | man -l -
    Man,

    /// Print the hash of a password, for users in [[access]] of the config file
    ///
    /// The password is asked for, or read from standard input. To serve a folder that is called
    /// password: qmlserve ./password
    Password,

    /// Let an editing agent see and use what clients show: an MCP server on standard input and
    /// output
    ///
    /// Speaks to a qmlserve that runs already; a program that speaks streamable HTTP finds the same
    /// at /@qmlserve/mcp of that server. To serve a folder that is called mcp: qmlserve ./mcp
    Mcp(McpArgs),

    /// Serve, and start a program that shows what is served
    ///
    /// The program's QML debug port is opened, on loopback only, and its interface becomes live; it
    /// needs QML debugging, as debug builds have it. Without a program, a runtime that this
    /// machine has is started as a client. All else that qmlserve takes goes between run and --. To
    /// serve a folder that is called run: qmlserve ./run
    #[command(override_usage = "qmlserve run [OPTIONS] [DIR] [-- PROGRAM [ARGS]...]")]
    Run(RunArgs),

    /// Draw documents in the Qt runtimes of this machine, and compare with the pictures that are kept
    ///
    /// Tests of pictures, for a repository's CI. Ends with 1 where a picture is another one, is not
    /// kept yet, or cannot be drawn, and with 2 where a document that is named is not there. To
    /// serve a folder that is called snap: qmlserve ./snap
    Snap(SnapArgs),

    /// Write documents that stand in for the types which only C++ or Python gives
    ///
    /// A first version, yours to go on with, of each type that a header, a registration, Python or
    /// .qmltypes describe, and of those that documents use of modules which nobody has; and
    /// context.json for the names that the program gives. What is there is never overwritten. To
    /// serve a folder that is called stubs: qmlserve ./stubs
    Stubs(StubsArgs),

    /// Write the current version as files, for a web server or a CDN that knows nothing of QML
    ///
    /// OUT has the URLs that clients ask for; it is replaced in one step. To serve a folder that is
    /// called export: qmlserve ./export
    Export(ExportArgs),

    /// Where somebody pushes, git starts this
    #[command(hide = true)]
    GitHook(GitHookArgs),
}

impl Command {
    /// What it comes to, with the options that all have.
    pub(super) fn invocation(self, flags: Flags, welcome: Welcome) -> Invocation {
        match self {
            Self::Check(args) => Invocation::Check(within(flags, args.dir.as_deref()), args),
            Self::Data(command) => Invocation::Data(flags, command),
            Self::Doctor { dir } => Invocation::Doctor(within(flags, dir.as_deref())),
            Self::Init { dir } => Invocation::Init(dir.or(flags.dir)),
            Self::Completions { shell } => Invocation::Completions(shell),
            Self::Man => Invocation::Man,
            Self::Password => Invocation::Password,
            Self::Mcp(args) => Invocation::Mcp(within(flags, args.dir()), args),
            Self::Run(args) => Invocation::Run(flags, args, welcome),
            Self::Snap(args) => Invocation::Snap(within(flags, args.dir.as_deref()), args),
            Self::Export(args) => Invocation::Export(within(flags, Some(&args.dir)), args),
            Self::GitHook(args) => Invocation::GitHook(args),
            Self::Stubs(args) => Invocation::Stubs(within(flags, args.dir.as_deref()), args),
        }
    }
}

/// The options, with the folder that a sub-command names.
fn within(flags: Flags, dir: Option<&Path>) -> Flags {
    let dir = dir.map(Path::to_owned).or(flags.dir);
    Flags { dir, ..flags }
}

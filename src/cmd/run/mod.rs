//! `qmlserve run …`: which program is started with the server, and how it comes to show what is
//! served. The starting itself is the server's.

pub(super) mod places;
pub(super) mod runtimes;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use tracing::info;

use crate::attach::launch::{Launch, Way};
use crate::config::{Config, Host};
use places::Places;
use runtimes::Runtime;

/// What `run` takes besides what the command takes anyway.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub(crate) struct RunArgs {
    /// The runtime to start, by its name (qml, qml6, qmlscene, pyside6) or its path [default: the
    /// newest that this machine has]
    #[arg(
        long,
        help_heading = "Program",
        value_name = "NAME|PATH",
        conflicts_with = "program"
    )]
    pub(crate) runtime: Option<OsString>,

    /// Go on serving when the program has ended
    #[arg(long, help_heading = "Program")]
    pub(crate) keep: bool,

    /// The program and its arguments
    #[arg(last = true, index = 2, value_name = "PROGRAM")]
    pub(crate) program: Vec<OsString>,
}

/// What is to be started.
///
/// # Errors
/// There is no such program, or no runtime; the message says what to do.
pub(crate) fn launch(config: &Config, args: RunArgs) -> anyhow::Result<Launch> {
    let is_port = |host: &Host| !matches!(host, Host::Unix(_));
    anyhow::ensure!(
        config.host.value.iter().any(is_port),
        "no program can load documents from a Unix socket: add --host localhost"
    );
    let places = Places::of_this_machine();
    let mut words = args.program.into_iter();
    let Some(program) = words.next() else {
        anyhow::ensure!(
            !config.in_place.value,
            "--in-place patches a program's own documents, so it needs one: qmlserve run --in-place -- PROGRAM"
        );
        refuse_program_as_dir(&config.dir.value, &places)?;
        let runtime = runtimes::choose(&places, args.runtime.as_deref())?;
        info!("running {runtime}");
        return Ok(of_runtime(runtime, args.keep));
    };
    let file = find(&program, &places)?;
    let name = Path::new(&program).file_name().unwrap_or(&program);
    Ok(Launch {
        name: name.to_string_lossy().into_owned(),
        program: file,
        args: words.collect(),
        way: if config.in_place.value {
            Way::InPlace
        } else {
            Way::Attach
        },
        keep: args.keep,
    })
}

fn of_runtime(runtime: Runtime, keep: bool) -> Launch {
    Launch {
        name: runtime.name,
        program: runtime.path,
        args: runtime.args.into_iter().map(OsString::from).collect(),
        way: Way::Url,
        keep,
    }
}

/// The file to execute for what was typed.
fn find(program: &OsString, places: &Places) -> anyhow::Result<PathBuf> {
    let path = Path::new(program);
    let shown = path.display();
    if path.components().count() > 1 {
        anyhow::ensure!(
            path.exists(),
            "there is no program {shown}; it is looked up from the current directory{}",
            current_dir()
        );
        anyhow::ensure!(
            !path.is_dir(),
            "{shown} is a folder, not a program; name the program behind the two dashes: qmlserve run {shown} -- PROGRAM"
        );
        anyhow::ensure!(
            places::is_executable(path),
            "{shown} cannot be executed: chmod +x it, or name its interpreter, as in: qmlserve run -- python3 {shown}"
        );
        // As the name of a file, so that no PATH is searched for it.
        return Ok(std::path::absolute(path)?);
    }
    places.on_path(program).ok_or_else(|| {
        let here = if path.exists() {
            format!("; the file of that name in this folder is ./{shown}")
        } else {
            String::new()
        };
        anyhow::anyhow!("there is no program {shown} in PATH{here}")
    })
}

fn current_dir() -> String {
    let dir = env::current_dir();
    dir.map_or_else(|_| String::new(), |dir| format!(" ({})", dir.display()))
}

/// `qmlserve run build/myapp`, without the two dashes, names a folder to serve.
fn refuse_program_as_dir(dir: &Path, places: &Places) -> anyhow::Result<()> {
    let name = dir.file_name().unwrap_or_default();
    let is_program = dir.is_file() && places::is_executable(dir)
        || !dir.exists() && places.on_path(name).is_some();
    anyhow::ensure!(
        !is_program,
        "{} is a program, not a folder to serve; a program stands behind two dashes: qmlserve run -- {0}",
        dir.display()
    );
    Ok(())
}

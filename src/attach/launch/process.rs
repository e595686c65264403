//! The process itself: started in a group of its own, so that what it starts ends with it, its
//! standard error read, and ended as gently as it lets us.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, FramedRead};

use super::output::{self, Heard, Output};

/// How long a program may take to end before it is killed.
const GRACE: Duration = Duration::from_millis(600);

/// The longest line that is read as one, in bytes.
const LONGEST_LINE: usize = 64 << 10;

/// Exit codes that a shell gives to what a signal ended (POSIX: greater than 128).
const SIGNALLED: i32 = 128;

/// What the server was told, and a program is told on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// Ctrl+C.
    Interrupt,
    /// `kill`, or the server's own wish.
    Terminate,
}

/// A child process. What is left of it when this is dropped is killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Group,
    stderr: Option<FramedRead<ChildStderr, AnyDelimiterCodec>>,
    /// Whether the line read last was too long, after which the reader pauses once.
    was_too_long: bool,
    output: Output,
}

/// What happens to a process.
#[derive(Debug)]
pub(crate) enum Event {
    /// It said something.
    Heard(Heard),
    /// It ended.
    Ended(ExitStatus),
}

impl Process {
    /// Starts `program`. Its standard output is the server's; what it logs goes to standard
    /// error, in a form that can be read.
    pub(crate) fn spawn(
        program: &Path,
        args: &[OsString],
        variables: &[(&str, &str)],
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(args)
            .env("QT_MESSAGE_PATTERN", output::PATTERN)
            // Not to a journal, whatever standard error is.
            .env("QT_FORCE_STDERR_LOGGING", "1")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if io::stdin().is_terminal() {
            // Its group is not the terminal's: reading from it would stop the program.
            command.stdin(Stdio::null());
        }
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let codec =
            AnyDelimiterCodec::new_with_max_length(b"\n".to_vec(), Vec::new(), LONGEST_LINE);
        let stderr = child.stderr.take();
        Ok(Self {
            group: Group::of(&child),
            child,
            stderr: stderr.map(|stderr| FramedRead::new(stderr, codec)),
            was_too_long: false,
            output: Output::default(),
        })
    }

    /// Waits for what happens next. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Event {
        tokio::select! {
            Some(heard) = hear(&mut self.stderr, &mut self.was_too_long, &mut self.output) => {
                Event::Heard(heard)
            }
            // It fails only where somebody else has waited for the process, which nobody does.
            status = self.child.wait() => Event::Ended(status.unwrap_or_default()),
        }
    }

    /// Waits for what it printed last, once it has ended.
    pub(crate) async fn last(&mut self) -> Option<Heard> {
        hear(&mut self.stderr, &mut self.was_too_long, &mut self.output).await
    }

    /// Ends it, and what it started.
    pub(crate) async fn end(&mut self, how: Interruption) {
        self.group.signal(how);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            self.group.kill();
            // It may have ended this moment.
            let _ = self.child.kill().await;
        } else {
            // A shell's background jobs, say, which do not hear Ctrl+C.
            self.group.signal(Interruption::Terminate);
        }
    }
}

/// The processes that a program and what it starts are.
#[derive(Debug)]
struct Group {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

impl Group {
    /// That of a process that leads one.
    #[cfg_attr(not(unix), allow(unused_variables))]
    fn of(leader: &Child) -> Self {
        Self {
            #[cfg(unix)]
            id: leader
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(rustix::process::Pid::from_raw),
        }
    }

    #[cfg(unix)]
    fn signal(&self, how: Interruption) {
        use rustix::process::Signal;
        self.send(match how {
            Interruption::Interrupt => Signal::INT,
            Interruption::Terminate => Signal::TERM,
        });
    }

    #[cfg(unix)]
    fn kill(&self) {
        self.send(rustix::process::Signal::KILL);
    }

    #[cfg(unix)]
    fn send(&self, signal: rustix::process::Signal) {
        if let Some(id) = self.id {
            // Nobody may be left in it.
            let _ = rustix::process::kill_process_group(id, signal);
        }
    }

    /// There is no gentle way; a program of this console has heard Ctrl+C itself.
    #[cfg(not(unix))]
    fn signal(&self, _: Interruption) {}

    /// The process is killed by itself.
    #[cfg(not(unix))]
    fn kill(&self) {}
}

/// The next thing that is printed; `None` at the end.
async fn hear(
    stderr: &mut Option<FramedRead<ChildStderr, AnyDelimiterCodec>>,
    was_too_long: &mut bool,
    output: &mut Output,
) -> Option<Heard> {
    loop {
        match stderr.as_mut()?.next().await {
            Some(Ok(line)) => {
                *was_too_long = false;
                if let Some(heard) = output.read(&line) {
                    return Some(heard);
                }
            }
            // It is left out.
            Some(Err(AnyDelimiterCodecError::MaxChunkLengthExceeded)) => *was_too_long = true,
            None if *was_too_long => *was_too_long = false,
            Some(Err(AnyDelimiterCodecError::Io(_))) | None => *stderr = None,
        }
    }
}

/// The code with which the server ends after a program that ended like this: the program's own,
/// and 128 with the signal's number added where one killed it.
#[must_use]
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(SIGNALLED + signal(status)?));
    // Windows has larger ones.
    u8::try_from(code.unwrap_or(1)).unwrap_or(1)
}

/// The end, in words.
pub(crate) fn described(status: ExitStatus) -> String {
    match (status.code(), signal(status)) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown state".to_owned(),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal()
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

//! The real binary as a child process, its output captured.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{DEADLINE, wait_until};

/// What a person or a service manager sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl+C.
    Interrupt,
    /// `kill`, systemd, a container.
    Terminate,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; none if a signal killed it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// A command that runs; killed on drop.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
}

/// The binary with these arguments, in `cwd`, shielded from the variables of
/// whoever runs the tests.
pub fn command(args: &[&str], cwd: &Path) -> Command {
    // By an absolute path another build can be tested, that for releases say.
    let binary = std::env::var_os("QMLSERVE_BINARY");
    let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_qmlserve").into());
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("QMLSERVE_") || name == "PORT" {
            command.env_remove(&*name);
        }
    }
    command.args(args).current_dir(cwd);
    // What is kept for a user is not this one's.
    command.env("XDG_DATA_HOME", cwd.join("data-home"));
    command
}

/// Runs a command that ends by itself.
#[track_caller]
pub fn run(command: &mut Command) -> Finished {
    Running::spawn(command).finish()
}

impl Running {
    /// Starts a command and listens to what it says.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_reading(command.stdin(Stdio::null())).0
    }

    /// The same with something to read on standard input, as far as the command was given a pipe.
    #[track_caller]
    pub fn spawn_reading(command: &mut Command) -> (Self, Option<ChildStdin>) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let (sender, lines) = channel();
        let stdout = capture(child.stdout.take().expect("stdout"), move |line| {
            // Nobody may be waiting for lines any more.
            let _ = sender.send(line.to_owned());
        });
        let stderr = capture(child.stderr.take().expect("stderr"), |_| {});
        let stdin = child.stdin.take();
        let running = Self {
            child,
            lines,
            stdout,
            stderr,
        };
        (running, stdin)
    }

    /// The next line of standard output, without its end.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).unwrap_or_else(|error| {
            panic!("no line on standard output: {error}\n{}", self.captured())
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it said on standard output until now.
    pub fn stdout(&self) -> String {
        self.stdout.lock().expect("the captured output").clone()
    }

    /// What it said on standard error until now.
    pub fn stderr(&self) -> String {
        self.stderr.lock().expect("the captured output").clone()
    }

    /// The capture of standard error, to be looked at later.
    pub fn shared_stderr(&self) -> Arc<Mutex<String>> {
        Arc::clone(&self.stderr)
    }

    /// Both outputs, for a failure's message.
    pub fn captured(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout(), self.stderr())
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .expect("a process id");
        let signal = match signal {
            Signal::Interrupt => rustix::process::Signal::INT,
            Signal::Terminate => rustix::process::Signal::TERM,
        };
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }

    /// Waits until it ends by itself; says how, and how long that took.
    #[track_caller]
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let mut ended = None;
        let (stdout, stderr) = (Arc::clone(&self.stdout), Arc::clone(&self.stderr));
        let captured = move || {
            format!(
                "stdout:\n{}\nstderr:\n{}",
                stdout.lock().expect("the captured output"),
                stderr.lock().expect("the captured output")
            )
        };
        wait_until("the command ends", captured, || {
            ended = self.child.try_wait().expect("the child's state");
            ended.is_some()
        });
        (ended.expect("it has ended"), start.elapsed())
    }

    /// Waits until it ends by itself, and takes all that it said.
    #[track_caller]
    pub fn finish(mut self) -> Finished {
        let (status, _) = self.wait();
        // The readers end with the pipes; only then is everything captured.
        while self.lines.recv_timeout(DEADLINE).is_ok() {}
        let captured = || self.captured();
        wait_until("standard error is read to its end", captured, || {
            Arc::strong_count(&self.stderr) == 1
        });
        Finished {
            code: status.code(),
            stdout: self.stdout(),
            stderr: self.stderr(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads a pipe to its end on a thread of its own. The thread's share of the
/// captured text is given up at the end.
fn capture(
    pipe: impl Read + Send + 'static,
    mut on_line: impl FnMut(&str) + Send + 'static,
) -> Arc<Mutex<String>> {
    let captured = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&captured);
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while pipe
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            let line = String::from_utf8_lossy(&bytes);
            shared.lock().expect("the captured output").push_str(&line);
            on_line(line.trim_end_matches('\n'));
            bytes.clear();
        }
    });
    captured
}

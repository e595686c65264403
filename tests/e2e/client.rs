//! A running Qt client.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::output::{DEADLINE, Output};
use crate::runtime::Runtime;

/// What a document prints in front of its state.
pub const SHOWS: &str = "SHOWS ";

/// A Qt runtime that shows something, killed when it is dropped.
pub struct QtClient {
    name: String,
    child: Child,
    output: Output,
}

impl QtClient {
    /// Opens a document by URL or path.
    pub fn open(runtime: Runtime, document: &str) -> Self {
        let mut command = runtime.command();
        command.arg(document);
        Self::start(runtime.name(), command)
    }

    /// Opens a document by URL, on a system whose only CAs are those in a folder, as `openssl
    /// rehash` makes it.
    pub fn open_trusting(runtime: Runtime, certs: &Path, document: &str) -> Self {
        let client = runtime.command();
        let mut command = trusting(&client, certs);
        command.arg(document);
        Self::start(runtime.name(), command)
    }

    /// Opens the project's own `remote.qml` on the server at `url`: the file itself for Qt 5,
    /// told the address by an argument, and the server's for the others.
    pub fn remote(runtime: Runtime, url: &str) -> Self {
        match runtime {
            Runtime::Qt5 => Self::remote_file(runtime, url),
            Runtime::Qt6 | Runtime::Newest => Self::open(runtime, &format!("{url}/remote.qml")),
        }
    }

    /// Opens the file `remote.qml` of the checkout, told the address the way that it documents.
    pub fn remote_file(runtime: Runtime, url: &str) -> Self {
        let argument = match runtime {
            Runtime::Qt5 => format!("--server={url}"),
            Runtime::Qt6 | Runtime::Newest => url.to_owned(),
        };
        Self::open_file(runtime, "remote.qml", &[&argument], &[])
    }

    /// Opens a file of the checkout with arguments of its own and variables.
    pub fn open_file(
        runtime: Runtime,
        path: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command = runtime.command();
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
        if runtime != Runtime::Qt5 {
            command.arg("--");
        }
        command.args(arguments).envs(variables.iter().copied());
        Self::start(runtime.name(), command)
    }

    /// Starts any command in a process group of its own.
    pub fn start(name: &str, mut command: Command) -> Self {
        let mut child = command
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}: {command:?}"));
        let output = Output::default();
        output.follow(child.stdout.take().unwrap());
        output.follow(child.stderr.take().unwrap());
        Self {
            name: name.to_owned(),
            child,
            output,
        }
    }

    /// The place after what it printed so far.
    pub fn mark(&self) -> usize {
        self.output.mark()
    }

    /// All that it printed.
    pub fn lines(&self) -> Vec<String> {
        self.output.since(0)
    }

    /// Waits for a line that contains `text`, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_for_since(0, text)
    }

    /// Like [`Self::wait_for`], looking only at what came after `mark`.
    pub fn wait_for_since(&self, mark: usize, text: &str) -> String {
        let found = self.output.wait_until(mark, DEADLINE, |lines| {
            lines.iter().find(|line| line.contains(text)).cloned()
        });
        found.unwrap_or_else(|| panic!("{} never printed {text:?}", self.name))
    }

    /// Waits until the newest state that it printed after `mark` is `state`.
    pub fn wait_to_show(&self, mark: usize, state: &str) {
        let found = self.output.wait_until(mark, DEADLINE, |lines| {
            (newest_state(lines)? == state).then_some(())
        });
        if found.is_none() {
            panic!(
                "{} should show\n  {state}\nand shows\n  {}",
                self.name,
                newest_state(&self.output.since(mark)).unwrap_or("nothing new")
            );
        }
    }

    /// All states that it ever showed.
    pub fn states(&self) -> Vec<String> {
        let lines = self.lines();
        lines
            .iter()
            .filter_map(|line| line.strip_prefix(SHOWS).map(str::to_owned))
            .collect()
    }

    /// Sends `pyside_runtime.py` a command.
    pub fn tell(&mut self, command: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{command}").unwrap();
    }

    /// Sends `pyside_runtime.py` a command and returns its answer.
    pub fn ask(&mut self, command: &str) -> String {
        let mark = self.mark();
        self.tell(command);
        let answer = self.wait_for_since(mark, "ANSWER ");
        answer.trim_start_matches("ANSWER ").to_owned()
    }

    /// Asks until the answer is the expected one.
    pub fn ask_until(&mut self, command: &str, expected: impl Fn(&str) -> bool) {
        let end = Instant::now() + DEADLINE;
        loop {
            let answer = self.ask(command);
            if expected(&answer) {
                return;
            }
            assert!(
                Instant::now() < end,
                "{}: the last answer to {command:?} is {answer}",
                self.name
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ends by itself.
    pub fn wait_for_end(&mut self) {
        let end = Instant::now() + DEADLINE;
        while self.is_running() {
            assert!(Instant::now() < end, "{} does not end", self.name);
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for QtClient {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.output.transcript(&self.name));
        }
        // It may have ended by itself.
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed())
            && self.is_running()
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn newest_state(lines: &[String]) -> Option<&str> {
    lines.iter().rev().find_map(|line| line.strip_prefix(SHOWS))
}

/// How a program gets a mount namespace of its own on this system: as root, as root of a user
/// namespace, or not at all, as in some sandboxes.
pub fn namespace() -> Option<&'static [&'static str]> {
    static WAY: LazyLock<Option<&'static [&'static str]>> = LazyLock::new(|| {
        let ways: [&[&str]; 2] = [&["--mount"], &["--map-root-user", "--mount"]];
        ways.into_iter().find(|way| {
            let mut tried = Command::new("unshare");
            tried.args(*way);
            tried.args(["mount", "--bind", "/etc/ssl/certs", "/etc/ssl/certs"]);
            let tried = tried.stdout(Stdio::null()).stderr(Stdio::null()).status();
            tried.is_ok_and(|status| status.success())
        })
    });
    *WAY
}

/// A command in a mount namespace of its own, in which that folder is the system's CAs: Qt reads
/// these from there, and no variable names another place.
fn trusting(command: &Command, certs: &Path) -> Command {
    let mut inside = Command::new("unshare");
    inside.args(namespace().unwrap_or_default());
    inside.args(["sh", "-c"]);
    inside.arg(r#"mount --bind "$0" /etc/ssl/certs && exec "$@""#);
    inside
        .arg(certs)
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    inside
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    inside
}

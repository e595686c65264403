//! A program that this server starts: with its QML debug port open on loopback, or with an
//! address to show; heard by what it prints, and ended with the server. What it is told is the
//! caller's; what it shows then is [`super::program`]'s.

pub(crate) mod output;
mod process;

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info, warn};

use super::{Attach, Target};
use output::{Heard, Said};
use process::{Event, Process};
pub(crate) use process::{Interruption, described, exit_code};

/// How long a program may run without a debug port before a person is told. It may have a
/// splash screen, or a password to ask for.
const NO_PORT_YET: Duration = Duration::from_secs(10);

/// How long is listened to a program that has ended: what it started may hold its output open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Ports that the program may choose among, so that a free one is not taken before it listens.
const CHOICE: u16 = 20;

/// What a program prints that has no QML debugging (QQmlDebugServerImpl, QQmlDebugConnector).
const NO_DEBUGGING: &str = "Debugging has not been enabled";

/// What it prints when it listens (QTcpServerConnection).
const LISTENS: &str = "Waiting for connection on port ";

/// What is started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// What it is called in messages.
    pub(crate) name: String,
    /// The file to execute.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// How it comes to show the tree.
    pub(crate) way: Way,
    /// Whether the server goes on when the program has ended.
    pub(crate) keep: bool,
}

/// How a program comes to show the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is a runtime, and gets the address to show as its last argument.
    Url,
    /// The live client is loaded into it by its debug port.
    Attach,
    /// Its own documents are patched by its debug port, and it is started again where that is
    /// not safe.
    InPlace,
}

/// A program that was started.
#[derive(Debug)]
pub(crate) struct Launched {
    attach: Arc<Attach>,
    launch: Launch,
    /// What a runtime shows.
    url: String,
    process: Process,
    /// While it is attached to.
    following: Option<JoinHandle<()>>,
    has_listened: bool,
    has_ended: bool,
    /// When to say that there is no debug port.
    overdue: Option<Instant>,
    /// Asked for by what patches the program.
    restarts: (mpsc::Sender<()>, mpsc::Receiver<()>),
}

impl Launched {
    /// Starts the program; `url` is what a runtime shows.
    ///
    /// # Errors
    /// The system does not start it.
    pub(crate) fn start(attach: Arc<Attach>, launch: Launch, url: String) -> std::io::Result<Self> {
        let process = spawn(&launch, &url)?;
        let attaches = launch.way != Way::Url;
        Ok(Self {
            attach,
            launch,
            url,
            process,
            following: None,
            has_listened: false,
            has_ended: false,
            overdue: attaches.then(|| Instant::now() + NO_PORT_YET),
            restarts: mpsc::channel(1),
        })
    }

    /// Waits for the program's end, hears it until then, and says the exit code that the server
    /// ends with. Never comes back if the server is to go on. Nothing is lost if the future is
    /// dropped.
    pub(crate) async fn ended(&mut self) -> u8 {
        if self.has_ended {
            return std::future::pending().await;
        }
        let status = loop {
            let overdue = self.overdue;
            tokio::select! {
                event = self.process.next() => match event {
                    Event::Heard(heard) => self.hear(heard),
                    Event::Ended(status) => break status,
                },
                _ = self.restarts.1.recv() => self.restart().await,
                () = sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => {
                    self.overdue = None;
                    info!("{}", no_port(&self.launch.name));
                }
            }
        };
        self.last_words().await;
        self.has_ended = true;
        self.tell_end(status);
        if self.launch.keep {
            return std::future::pending().await;
        }
        exit_code(status)
    }

    /// Ends the program as the server was ended, and by force if it takes its time.
    pub(crate) async fn end(&mut self, how: Interruption) {
        if !self.has_ended {
            self.has_ended = true;
            self.process.end(how).await;
        }
    }

    /// Starts it anew in the place of the one that runs.
    async fn restart(&mut self) {
        self.process.end(Interruption::Terminate).await;
        self.last_words().await;
        match spawn(&self.launch, &self.url) {
            Ok(process) => {
                self.process = process;
                self.has_listened = false;
                self.overdue = Some(Instant::now() + NO_PORT_YET);
            }
            Err(error) => warn!("{} cannot be started again: {error}", self.launch.name),
        }
        // What was asked for before it was done is done.
        while self.restarts.1.try_recv().is_ok() {}
    }

    /// Hears what is left of its output, and lets go of it.
    async fn last_words(&mut self) {
        let listening = async {
            while let Some(heard) = self.process.last().await {
                self.hear(heard);
            }
        };
        let _ = timeout(LAST_WORDS, listening).await;
        if let Some(following) = self.following.take() {
            following.abort();
        }
    }

    fn hear(&mut self, heard: Heard) {
        let Heard { said, of_debugger } = heard;
        if let Some(text) = of_debugger {
            self.hear_debugger(&text);
            return;
        }
        if let Some(Said {
            level,
            text,
            file,
            line,
        }) = said
        {
            let name = &self.launch.name;
            self.attach.live.logged(name, level, &text, &file, line);
        }
    }

    fn hear_debugger(&mut self, text: &str) {
        let name = &self.launch.name;
        debug!("{name}: {text}");
        if let Some((_, rest)) = text.split_once(LISTENS) {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
            let Some(port) = digits.and_then(|digits| digits.parse().ok()) else {
                return;
            };
            self.overdue = None;
            self.has_listened = true;
            let target = Target::local(port, None);
            let name = Some(name.clone());
            let following = match self.launch.way {
                Way::InPlace => self
                    .attach
                    .patch(target, name, Some(self.restarts.0.clone())),
                Way::Url | Way::Attach => self.attach.follow(target, name),
            };
            self.following = Some(following);
        } else if text.contains(NO_DEBUGGING) {
            self.overdue = None;
            warn!("{}", no_debugging(name));
        }
    }

    fn tell_end(&self, status: ExitStatus) {
        let name = &self.launch.name;
        let how = process::described(status);
        let goes_on = if self.launch.keep {
            "; the server goes on (--keep)"
        } else {
            ""
        };
        if self.launch.way != Way::Url && !self.has_listened {
            warn!(
                "{name} ended with {how} before it opened its QML debug port{goes_on}; what it printed is above. {}",
                HOW_TO_ENABLE
            );
        } else if status.success() {
            info!("{name} ended{goes_on}");
        } else {
            warn!("{name} ended with {how}{goes_on}");
        }
    }
}

const HOW_TO_ENABLE: &str = "A C++ program needs QT_QML_DEBUG to be defined (CMake: target_compile_definitions(NAME PRIVATE QT_QML_DEBUG), qmake: CONFIG += qml_debug), a Python program QQmlDebuggingEnabler.enableDebugging(True) before its application is made, and both have to hand their arguments to QGuiApplication";

fn no_debugging(name: &str) -> String {
    format!(
        "{name} was built without QML debugging, so it runs as it is and is not live. {HOW_TO_ENABLE}"
    )
}

fn no_port(name: &str) -> String {
    format!("{name} has not opened its QML debug port yet. {HOW_TO_ENABLE}")
}

fn spawn(launch: &Launch, url: &str) -> std::io::Result<Process> {
    let mut args = launch.args.clone();
    let mut variables = Vec::new();
    match launch.way {
        Way::Url => args.push(url.into()),
        // At the end: what comes first may be an interpreter's script.
        Way::Attach | Way::InPlace => args.push(debug_argument(free_port()?).into()),
    }
    if launch.way == Way::InPlace {
        variables.push(("QMLPREVIEW_HOTRELOAD", "1"));
    }
    Process::spawn(&launch.program, &args, &variables)
}

/// The argument that has a Qt program open its debug port, on loopback only, and wait there
/// until it is attached to. Not the service `DebugMessages`: what a program logs is heard by its
/// output, where also its last words arrive, and would be heard twice.
fn debug_argument(port: u16) -> String {
    let last = port.saturating_add(CHOICE - 1);
    format!("-qmljsdebugger=port:{port},{last},host:127.0.0.1,block,services:QmlPreview")
}

/// A port of loopback that is free now.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_port_is_open_on_loopback_only_and_the_program_waits() {
        assert_eq!(
            debug_argument(65530),
            "-qmljsdebugger=port:65530,65535,host:127.0.0.1,block,services:QmlPreview"
        );
    }
}

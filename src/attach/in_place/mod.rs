//! A program that shows its own documents, local files of the tree or resources that the tree
//! has: its living objects are patched with what changes (Qt 6.12 and later), and nothing that
//! is not safe is ever pushed. Unlike [`super::program`], which replaces what a program shows.
//!
//! Qt patches if the program has `QMLPREVIEW_HOTRELOAD=1` in its environment. It cannot be
//! switched off again, and it creates nothing.

pub(crate) mod plan;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};
use url::Url;

use super::connection::{Connection, ConnectionError, Event};
use super::program::ARGUMENT;
use super::protocol::preview::{self, Command};
use super::target::Target;
use super::{Attach, State, leave};
use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;
use plan::Plan;

/// Time between two attempts to find a program that is not there.
const RETRY: Duration = Duration::from_millis(200);

/// How long a program may take to confirm that it patches.
const CONFIRMATION: Duration = Duration::from_secs(5);

/// A program that is patched.
pub(crate) struct Patched {
    attach: Arc<Attach>,
    target: Target,
    name: String,
    /// Told where the program has to be started again, by whom it was started.
    restart: Option<mpsc::Sender<()>>,
    told: String,
}

/// What is known of a program while it is connected.
struct Shown {
    /// What it shows.
    snapshot: Arc<Snapshot>,
    /// Its first document, once it has asked for one of the tree.
    root: Option<Root>,
    confirmed: bool,
    /// When it has to have confirmed.
    due: Option<Instant>,
}

/// A program's first document.
#[derive(Debug, PartialEq, Eq)]
struct Root {
    path: TreePath,
    /// What the program puts before the path of a local document; `None` if its documents are
    /// resources.
    local: Option<String>,
    /// As the program loaded it.
    url: String,
}

impl Patched {
    /// A program, called `name` where it logs something.
    pub(crate) fn new(
        attach: Arc<Attach>,
        target: Target,
        name: String,
        restart: Option<mpsc::Sender<()>>,
    ) -> Self {
        Self {
            attach,
            target,
            name,
            restart,
            told: String::new(),
        }
    }

    /// Patches it until the server stops.
    pub(crate) async fn follow(mut self) {
        loop {
            self.set(State::Waiting);
            let opened = tokio::select! {
                opened = Connection::open(&self.target.host, self.target.port) => opened,
                () = self.attach.stopped() => return,
            };
            match opened {
                Ok(mut connection) => match self.patch(&mut connection).await {
                    Ok(()) => {
                        leave::take(&self.attach, &mut connection, &self.name).await;
                        return;
                    }
                    Err(error) => debug!("{}: {error}", self.name),
                },
                // Who started it knows that it is not there yet, or not any more.
                Err(_) if self.restart.is_some() => {}
                Err(error) => {
                    let address = self.target.address();
                    self.tell(format!(
                        "waiting for a program at {address} ({error}): start it with QMLPREVIEW_HOTRELOAD=1 in its environment and {}",
                        ARGUMENT.replace("PORT", &self.target.port.to_string())
                    ));
                }
            }
            tokio::select! {
                () = sleep(RETRY) => {}
                () = self.attach.stopped() => return,
            }
        }
    }

    /// Speaks with the program until the server stops.
    async fn patch(&mut self, connection: &mut Connection) -> Result<(), ConnectionError> {
        let mut changes = self.attach.tree.store().subscribe();
        let mut shown = Shown {
            snapshot: Arc::clone(&changes.borrow_and_update()),
            root: None,
            confirmed: false,
            due: Some(Instant::now() + CONFIRMATION),
        };
        connection.send(&Command::Configuration(true)).await?;
        loop {
            let due = shown.due;
            tokio::select! {
                event = connection.next() => self.heard(connection, event?, &mut shown).await?,
                Ok(()) = changes.changed() => {
                    let newest = Arc::clone(&changes.borrow_and_update());
                    self.changed(connection, newest, &mut shown).await?;
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    shown.due = None;
                    self.set(State::Failed);
                    self.warn(format!(
                        "{} cannot be patched in place, which takes Qt 6.12 and QMLPREVIEW_HOTRELOAD=1 in its environment: leave --in-place out",
                        self.name
                    ));
                }
                () = self.attach.stopped() => return Ok(()),
            }
        }
    }

    async fn heard(
        &mut self,
        connection: &mut Connection,
        event: Event,
        shown: &mut Shown,
    ) -> Result<(), ConnectionError> {
        match event {
            Event::Message(message) => self.attach.logged(&self.name, &message),
            Event::Preview(preview::Event::Request(path)) => {
                if shown.root.is_none() && path.ends_with(".qml") {
                    shown.root = self.root(&path);
                }
                super::files::answer(&self.attach, connection, &path).await?;
            }
            Event::Preview(preview::Event::Confirmation(is_on)) => {
                shown.confirmed = is_on;
                if is_on {
                    shown.due = None;
                    self.set(State::Attached);
                    info!("{} is patched in place", self.name);
                }
            }
            Event::Preview(preview::Event::HotReloadFailure(text)) => {
                self.start_again(&format!("Qt could not patch it ({text})"));
            }
            Event::Preview(preview::Event::Error(text)) => {
                // The program keeps what it shows.
                self.warn(format!("{}: {}", self.name, text.trim()));
            }
            Event::Preview(preview::Event::Other) => {}
        }
        Ok(())
    }

    async fn changed(
        &mut self,
        connection: &mut Connection,
        newest: Arc<Snapshot>,
        shown: &mut Shown,
    ) -> Result<(), ConnectionError> {
        if !shown.confirmed {
            return Ok(());
        }
        let Some(root) = &shown.root else {
            // Starting it again would change nothing about that.
            self.warn(format!(
                "{} has loaded no document of the tree, so nothing of it is patched: it has to load them from the served folder, or from resources that --resources maps to it",
                self.name
            ));
            return Ok(());
        };
        match plan::plan(&shown.snapshot, &newest, &root.path) {
            Plan::Push(paths) => {
                for path in &paths {
                    let contents = newest.file(path).and_then(|file| file.bytes());
                    for known in self.known_as(root, path) {
                        let contents = contents.map_or(&[][..], |bytes| bytes);
                        let path = &known;
                        connection.send(&Command::File { path, contents }).await?;
                    }
                }
                if !paths.is_empty() {
                    connection.send(&Command::Load(&root.url)).await?;
                    info!("{}: patched in place, {}", self.name, count(paths.len()));
                }
                shown.snapshot = newest;
                self.told.clear();
            }
            Plan::Wait(path) => self.warn(format!(
                "{} stays as it is until it is repaired: {path} has a syntax error",
                self.name
            )),
            Plan::Restart(reason) => self.start_again(&reason.to_string()),
        }
        Ok(())
    }

    /// Has the program started again, or says that it has to be.
    fn start_again(&mut self, reason: &str) {
        let name = self.name.clone();
        match &self.restart {
            Some(restart) => {
                info!("{name} is started again: {reason}");
                // Where it is full, that is asked for already.
                let _ = restart.try_send(());
            }
            None => self.warn(format!(
                "{name} shows an older state until it is started again: {reason}"
            )),
        }
    }

    /// The root, if the tree has what the program asked for as `asked`.
    fn root(&self, asked: &str) -> Option<Root> {
        if let Some(path) = self.attach.resources.find(asked) {
            return Some(Root {
                url: format!("qrc{}", asked.strip_prefix("qrc").unwrap_or(asked)),
                local: None,
                path,
            });
        }
        let path = self.attach.tree.root().path_of(asked.as_ref())?;
        Some(Root {
            local: Some(asked.strip_suffix(path.as_str())?.to_owned()),
            url: Url::from_file_path(asked).ok()?.into(),
            path,
        })
    }

    /// The names under which the program knows a file of the tree.
    fn known_as(&self, root: &Root, path: &TreePath) -> Vec<String> {
        match &root.local {
            Some(before) => vec![format!("{before}{path}")],
            None => self.attach.resources.names_of(path),
        }
    }

    fn warn(&mut self, text: String) {
        if text != self.told {
            warn!("{text}");
            self.told = text;
        }
    }

    fn tell(&mut self, text: String) {
        if text != self.told {
            info!("{text}");
            self.told = text;
        }
    }

    fn set(&self, state: State) {
        self.attach.set(&self.target, &self.name, state);
    }
}

fn count(documents: usize) -> String {
    match documents {
        1 => "1 document".to_owned(),
        n => format!("{n} documents"),
    }
}

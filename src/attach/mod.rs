//! Programs that run already, attached to over their QML debug port: each is shown the live
//! client in its own engine, is answered when it asks for files, and is heard when it logs.
//!
//! Outgoing only, to the addresses that were named. What comes in is untrusted, and nothing is
//! sent that the served tree does not contain.

pub(crate) mod connection;
mod files;
mod in_place;
pub(crate) mod launch;
mod leave;
mod program;
pub(crate) mod protocol;
mod reach;
mod resources;
mod target;
mod window;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;
use serde::Serialize;
use tokio::sync::{mpsc, watch};

use crate::live::Live;
use crate::tree::Tree;
use protocol::messages::Message;

pub(crate) use reach::Reach;
pub(crate) use resources::Resources;
pub(crate) use target::Target;

/// What all programs share.
#[derive(Debug)]
pub(crate) struct Attach {
    live: Data<Live>,
    tree: Arc<Tree>,
    resources: Resources,
    reach: Reach,
    board: Arc<Board>,
    /// Becomes true when the server stops.
    stopping: watch::Receiver<bool>,
}

/// How it stands with a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It is not there yet, or not any more.
    Waiting,
    /// It is spoken with.
    Attached,
    /// It is there, but cannot be used; the terminal says why.
    Failed,
}

/// The programs, as the status shows them.
#[derive(Debug, Default)]
pub(crate) struct Board {
    programs: Mutex<BTreeMap<String, Shown>>,
}

#[derive(Debug, Clone, Serialize)]
struct Shown {
    name: String,
    target: String,
    state: State,
}

impl Board {
    /// The section of the status.
    #[must_use]
    pub(crate) fn status(&self) -> serde_json::Value {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::json!(programs.values().collect::<Vec<_>>())
    }
}

impl Attach {
    /// Nothing is attached to yet. What is attached to is written on the `board`.
    #[must_use]
    pub(crate) fn new(
        live: Data<Live>,
        tree: Arc<Tree>,
        resources: Resources,
        reach: Reach,
        board: Arc<Board>,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        Arc::new(Self {
            live,
            tree,
            resources,
            reach,
            board,
            stopping,
        })
    }

    /// Attaches to a program, as often as it is started, until the server stops or the task is
    /// aborted. `name` is what the program is called where it logs something; without it, its
    /// address is. The task ends soon after the server begins to stop, and should be waited for:
    /// a program that is left in the middle of a question waits for the answer for ever.
    pub(crate) fn follow(self: &Arc<Self>, target: Target, name: Option<String>) -> JoinHandle<()> {
        let program = program::Program::new(Arc::clone(self), target, name);
        actix_web::rt::spawn(program.follow())
    }

    /// Patches the documents that a program shows by itself, as often as it is started, until
    /// the server stops or the task is aborted. `restart` is told where that is not safe. The end
    /// of the task should be waited for, as that of [`Self::follow`].
    pub(crate) fn patch(
        self: &Arc<Self>,
        target: Target,
        name: Option<String>,
        restart: Option<mpsc::Sender<()>>,
    ) -> JoinHandle<()> {
        let name = name.unwrap_or_else(|| target.address());
        let patched = in_place::Patched::new(Arc::clone(self), target, name, restart);
        actix_web::rt::spawn(patched.follow())
    }

    /// Waits until the server stops.
    fn stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            // An error means that the server is gone.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Hears what the program called `name` logged.
    fn logged(&self, name: &str, message: &Message) {
        self.live.logged(
            name,
            message.level,
            &message.text,
            &message.file,
            message.line,
        );
    }

    fn set(&self, target: &Target, name: &str, state: State) {
        let shown = Shown {
            name: name.to_owned(),
            target: target.to_string(),
            state,
        };
        let programs = &self.board.programs;
        let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
        programs.insert(target.to_string(), shown);
    }
}

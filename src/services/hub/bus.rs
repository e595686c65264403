//! From one process to the others of the same hub: a small interface, so that
//! a single process needs nothing, and many share a broker.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::frame::Body;
use super::gateway::Receivers;

/// What carries messages to the other processes.
pub(super) trait Bus: Debug + Send + Sync {
    /// Tells the others. Never waits; false where they will not learn of it.
    fn publish(&self, envelope: &Envelope) -> bool;

    /// How it is, in a word.
    fn state(&self) -> &'static str;
}

/// The bus of a process that has no others.
#[derive(Debug)]
pub(super) struct InProcess;

impl Bus for InProcess {
    fn publish(&self, _: &Envelope) -> bool {
        true
    }

    fn state(&self) -> &'static str {
        "in-process"
    }
}

/// Who gets a message, in whatever process they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Recipients {
    /// Everybody in a room.
    Room {
        /// Which one.
        name: String,
        /// Whether late comers get it too.
        kept: bool,
    },
    /// Sockets of a gateway.
    Gateway {
        /// Which one.
        name: String,
        /// Which sockets.
        receivers: Receivers,
    },
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    /// To whom.
    pub to: Recipients,
    /// What.
    pub body: Body,
}

//! From one process to the others of the same hub: a small interface, so that
//! a single process needs nothing, and many share a broker.

use std::fmt::Debug;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::frame::Body;
use super::gateway::Receivers;

/// What carries messages to the other processes.
pub trait Bus: Debug + Send + Sync {
    /// Tells the others. Never waits; false where they will not learn of it.
    fn publish(&self, envelope: &Envelope) -> bool;

    /// How it is, in a word.
    fn state(&self) -> &'static str;
}

/// The bus of a process that has no others.
#[derive(Debug)]
pub struct InProcess;

impl Bus for InProcess {
    fn publish(&self, _: &Envelope) -> bool {
        true
    }

    fn state(&self) -> &'static str {
        "in-process"
    }
}

/// To whom a message goes, in whatever process they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
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
pub struct Envelope {
    /// To whom.
    pub to: Target,
    /// What.
    pub body: Body,
}

/// The first line of an envelope on the wire; the body follows as it is.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The process that it comes from, which has delivered it already.
    from: String,
    to: Target,
    binary: bool,
}

impl Envelope {
    /// The bytes for the others, marked as coming from the process `from`.
    pub fn encode(&self, from: &str) -> Bytes {
        let head = Head {
            from: from.to_owned(),
            to: self.to.clone(),
            binary: matches!(self.body, Body::Binary(_)),
        };
        // A struct of strings always serialises.
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        match &self.body {
            Body::Text(text) => bytes.extend_from_slice(text.as_bytes()),
            Body::Binary(content) => bytes.extend_from_slice(content),
        }
        bytes.into()
    }

    /// An envelope from another process than `own`; `None` for one's own, and
    /// for what is none.
    pub fn decode(bytes: &Bytes, own: &str) -> Option<Self> {
        let newline = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(&bytes[..newline]).ok()?;
        if head.from == own {
            return None;
        }
        let content = bytes.slice(newline + 1..);
        let body = if head.binary {
            Body::Binary(content)
        } else {
            Body::Text(String::from_utf8(content.into()).ok()?)
        };
        Some(Self { to: head.to, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_survives_the_way() {
        let room = || Target::Room {
            name: "/rooms/a\nb \"ü\"".to_owned(),
            kept: true,
        };
        let gateway = Target::Gateway {
            name: "main".to_owned(),
            receivers: Receivers {
                sockets: vec!["*".to_owned()],
                tags: vec!["players".to_owned()],
            },
        };
        for (to, body) in [
            (room(), Body::Text("two\nlines".to_owned())),
            (room(), Body::Binary(Bytes::from_static(b"\xff\n\x00"))),
            (gateway, Body::Text(String::new())),
        ] {
            let envelope = Envelope { to, body };
            let bytes = envelope.encode("a");
            assert_eq!(Envelope::decode(&bytes, "b"), Some(envelope));
            assert_eq!(Envelope::decode(&bytes, "a"), None);
        }
        for text in ["", "{}", "{}\nx", "no json\nx"] {
            assert_eq!(Envelope::decode(&Bytes::from(text), "b"), None, "{text:?}");
        }
    }
}

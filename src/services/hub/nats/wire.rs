//! A message as the processes of a hub write it to each other.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::services::hub::bus::{Envelope, Recipients};
use crate::services::hub::frame::Body;

/// The first line of an envelope on the wire; the body follows as it is.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The process that it comes from, which has delivered it already.
    from: String,
    to: Recipients,
    binary: bool,
}

impl Envelope {
    /// The bytes for the others, marked as coming from the process `from`.
    pub(crate) fn encode(&self, from: &str) -> Bytes {
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
    pub(crate) fn decode(bytes: &Bytes, own: &str) -> Option<Self> {
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
    use crate::services::hub::gateway::Receivers;

    #[test]
    fn an_envelope_survives_the_way() {
        let room = || Recipients::Room {
            name: "/rooms/a\nb \"ü\"".to_owned(),
            kept: true,
        };
        let gateway = Recipients::Gateway {
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

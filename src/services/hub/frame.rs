//! Frames as they go out. A server's frames are not masked, so one message is
//! the same bytes for everybody: it is encoded once and shared.

use actix_http::ws::{CloseCode, CloseReason, Codec, Message};
use bytes::{Bytes, BytesMut};
use tokio_util::codec::Encoder as _;

/// The bytes of one frame.
#[derive(Clone, Debug)]
pub(super) struct Frame(Bytes);

/// A message's content as a client sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// Text, known to be UTF-8.
    Text(String),
    /// Anything.
    Binary(Bytes),
}

impl Frame {
    /// A message.
    pub(super) fn message(body: &Body) -> Self {
        match body {
            Body::Text(text) => Self::text(text),
            Body::Binary(bytes) => Self::encode(Message::Binary(bytes.clone())),
        }
    }

    /// A text message.
    pub(super) fn text(text: &str) -> Self {
        Self::encode(Message::Text(text.into()))
    }

    /// The text of a message that is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        const TEXT: u8 = 0x81;
        let [TEXT, length, ..] = self.0[..] else {
            return None;
        };
        // What follows the first byte of the length (RFC 6455, section 5.2).
        let header = match length {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        std::str::from_utf8(self.0.get(header..)?).ok()
    }

    /// A ping without content.
    pub(super) fn ping() -> Self {
        Self::encode(Message::Ping(Bytes::new()))
    }

    /// The answer to a ping.
    pub(super) fn pong(content: Bytes) -> Self {
        Self::encode(Message::Pong(content))
    }

    /// The last frame. The reason is cut at 123 bytes (RFC 6455, section 5.5).
    pub(super) fn close(reason: Option<CloseReason>) -> Self {
        const LONGEST: usize = 123;
        let reason = reason.map(|mut reason| {
            if let Some(text) = &mut reason.description {
                let fits = |end: &usize| *end <= LONGEST && text.is_char_boundary(*end);
                let end = (0..=text.len()).rev().find(fits).unwrap_or_default();
                text.truncate(end);
            }
            reason
        });
        Self::encode(Message::Close(reason))
    }

    /// The last frame, with a code and words for it.
    pub(super) fn close_with(code: CloseCode, why: &str) -> Self {
        Self::close(Some(CloseReason {
            code,
            description: Some(why.to_owned()),
        }))
    }

    fn encode(message: Message) -> Self {
        let mut bytes = BytesMut::new();
        // Only a continuation out of order is refused, and none is made here.
        let _ = Codec::new().encode(message, &mut bytes);
        Self(bytes.freeze())
    }

    /// The bytes on the wire.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_final_and_unmasked() {
        assert_eq!(&Frame::text("hi").bytes()[..], b"\x81\x02hi");
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let text = "x".repeat(length);
            assert_eq!(Frame::text(&text).as_text(), Some(&*text));
        }
        assert_eq!(Frame::ping().as_text(), None);
        let binary = Body::Binary(Bytes::from_static(b"\x00\xff"));
        assert_eq!(&Frame::message(&binary).bytes()[..], b"\x82\x02\x00\xff");
        let close = Frame::close_with(CloseCode::Policy, "no");
        assert_eq!(&close.bytes()[..], b"\x88\x04\x03\xf0no");
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let close = Frame::close_with(CloseCode::Normal, &"ü".repeat(100));
        // 61 characters of two bytes, and the code.
        assert_eq!(close.bytes()[1], 2 + 122);
    }
}

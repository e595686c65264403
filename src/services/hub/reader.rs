//! From the bytes of a connection to whole messages, within the limits.
//!
//! The length of a frame is looked at before its content is waited for: what
//! is too large is refused by its first bytes and never kept.

use actix_http::ws::{CloseCode, CloseReason, Codec, Frame, Item};
use actix_web::web::Payload;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio_util::codec::Decoder as _;

use super::frame::Body;

/// The most parts of one message, however small they are.
const MOST_PARTS: usize = 65_536;

/// What a peer sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A message.
    Message(Body),
    /// A ping, with its content.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// The peer closes.
    Close(Option<CloseReason>),
}

/// Why there is nothing more to read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A message or a frame over the limit.
    #[error("a message may have {0} bytes at most")]
    TooLarge(usize),
    /// Text that is not UTF-8.
    #[error("text has to be UTF-8")]
    NotUtf8,
    /// What no WebSocket may send.
    #[error("this is not the WebSocket protocol: {0}")]
    Protocol(String),
    /// The connection ended without a close.
    #[error("the connection was lost")]
    Lost,
}

impl ReadError {
    /// The code that tells the peer (RFC 6455, section 7.4.1).
    pub fn code(&self) -> CloseCode {
        match self {
            Self::TooLarge(_) => CloseCode::Size,
            Self::NotUtf8 => CloseCode::Invalid,
            Self::Protocol(_) => CloseCode::Protocol,
            Self::Lost => CloseCode::Abnormal,
        }
    }
}

/// The reading half of a socket.
pub struct Reader {
    payload: Payload,
    decoder: Decoder,
}

impl Reader {
    /// Reads `payload`: messages up to `message` bytes in frames up to `frame`.
    pub fn new(payload: Payload, message: usize, frame: usize) -> Self {
        Self {
            payload,
            decoder: Decoder::new(message, frame),
        }
    }

    /// The next one. Safe to drop before it is ready.
    pub async fn next(&mut self) -> Result<Incoming, ReadError> {
        loop {
            if let Some(incoming) = self.decoder.next()? {
                return Ok(incoming);
            }
            match self.payload.next().await {
                Some(Ok(bytes)) => self.decoder.feed(&bytes),
                Some(Err(_)) | None => return Err(ReadError::Lost),
            }
        }
    }

    /// Reads until the peer closes or is gone. For a socket that is closed
    /// already: what is unread would make the system reset the connection, and
    /// the peer lose the close frame.
    pub async fn drain(&mut self) {
        loop {
            match self.decoder.next() {
                Ok(Some(Incoming::Close(_))) => return,
                Ok(Some(_)) | Err(ReadError::TooLarge(_) | ReadError::NotUtf8) => continue,
                Ok(None) => {}
                Err(_) => self.decoder.give_up(),
            }
            match self.payload.next().await {
                Some(Ok(bytes)) => self.decoder.feed(&bytes),
                Some(Err(_)) | None => return,
            }
        }
    }
}

/// The pure part: bytes in, messages out.
struct Decoder {
    codec: Codec,
    buffer: BytesMut,
    message: usize,
    frame: usize,
    /// How much of a refused frame is still to come.
    skip: u64,
    parts: Option<Parts>,
    has_given_up: bool,
}

/// A message that comes in several frames.
struct Parts {
    is_text: bool,
    bytes: BytesMut,
    count: usize,
}

impl Decoder {
    fn new(message: usize, frame: usize) -> Self {
        Self {
            codec: Codec::new().max_size(usize::MAX),
            buffer: BytesMut::new(),
            message,
            frame,
            skip: 0,
            parts: None,
            has_given_up: false,
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        if self.has_given_up {
            return;
        }
        let skipped = usize::try_from(self.skip)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        self.skip -= skipped as u64;
        self.buffer.extend_from_slice(&bytes[skipped..]);
    }

    /// Nothing that follows can be understood.
    fn give_up(&mut self) {
        self.has_given_up = true;
        self.buffer = BytesMut::new();
    }

    fn next(&mut self) -> Result<Option<Incoming>, ReadError> {
        while let Some((head, length)) = length(&self.buffer) {
            let held = self.parts.as_ref().map_or(0, |parts| parts.bytes.len());
            let most = self.frame.min(self.message.saturating_sub(held));
            if length > most as u64 {
                self.refuse(head, length);
                return Err(ReadError::TooLarge(self.message.min(self.frame)));
            }
            let frame = self.codec.decode(&mut self.buffer);
            let Some(frame) = frame.map_err(|error| ReadError::Protocol(error.to_string()))? else {
                return Ok(None);
            };
            if self.buffer.is_empty() {
                // An idle socket holds no memory for what it once received.
                self.buffer = BytesMut::new();
            }
            if let Some(incoming) = self.frame(frame)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    /// Skips a frame of which `head` bytes are its header.
    fn refuse(&mut self, head: usize, length: u64) {
        self.parts = None;
        let whole = length.saturating_add(head as u64);
        let here = usize::try_from(whole)
            .unwrap_or(usize::MAX)
            .min(self.buffer.len());
        self.buffer.advance(here);
        self.skip = whole - here as u64;
    }

    fn frame(&mut self, frame: Frame) -> Result<Option<Incoming>, ReadError> {
        Ok(Some(match frame {
            Frame::Text(bytes) => Incoming::Message(text(bytes)?),
            Frame::Binary(bytes) => Incoming::Message(Body::Binary(bytes)),
            Frame::Ping(content) => Incoming::Ping(content),
            Frame::Pong(_) => Incoming::Pong,
            Frame::Close(reason) => Incoming::Close(reason),
            Frame::Continuation(item) => return self.part(item),
        }))
    }

    fn part(&mut self, item: Item) -> Result<Option<Incoming>, ReadError> {
        let (bytes, is_last) = match item {
            Item::FirstText(bytes) | Item::FirstBinary(bytes) if self.parts.is_some() => {
                (bytes, false)
            }
            Item::FirstText(bytes) => {
                self.parts = Some(Parts::new(true));
                (bytes, false)
            }
            Item::FirstBinary(bytes) => {
                self.parts = Some(Parts::new(false));
                (bytes, false)
            }
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
        };
        // None: the rest of a message that was refused.
        let Some(parts) = &mut self.parts else {
            return Ok(None);
        };
        parts.bytes.extend_from_slice(&bytes);
        parts.count += 1;
        if parts.count > MOST_PARTS {
            self.parts = None;
            return Err(ReadError::TooLarge(self.message));
        }
        if !is_last {
            return Ok(None);
        }
        let Some(parts) = self.parts.take() else {
            return Ok(None);
        };
        let bytes = parts.bytes.freeze();
        Ok(Some(Incoming::Message(if parts.is_text {
            text(bytes)?
        } else {
            Body::Binary(bytes)
        })))
    }
}

impl Parts {
    fn new(is_text: bool) -> Self {
        Self {
            is_text,
            bytes: BytesMut::new(),
            count: 0,
        }
    }
}

fn text(bytes: Bytes) -> Result<Body, ReadError> {
    match String::from_utf8(bytes.into()) {
        Ok(text) => Ok(Body::Text(text)),
        Err(_) => Err(ReadError::NotUtf8),
    }
}

/// The lengths of a frame's header and of its content, as soon as they are
/// there (RFC 6455, section 5.2).
fn length(bytes: &[u8]) -> Option<(usize, u64)> {
    let second = *bytes.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    match second & 0x7f {
        126 => {
            let length: [u8; 2] = bytes.get(2..4)?.try_into().ok()?;
            Some((4 + mask, u16::from_be_bytes(length).into()))
        }
        127 => {
            let length: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
            Some((10 + mask, u64::from_be_bytes(length)))
        }
        short => Some((2 + mask, short.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a client sends it, masked with zeros.
    fn frame(first: u8, content: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match content.len() {
            short @ 0..=125 => frame.push(0x80 | short as u8),
            medium @ 126..=65535 => {
                frame.push(0x80 | 126);
                frame.extend((medium as u16).to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(content);
        frame
    }

    /// All that comes out, with the text of errors, for any division of the
    /// bytes into pieces.
    fn check(sent: &[Vec<u8>], expected: &[&str]) {
        let bytes = sent.concat();
        for size in [1, 2, 3, 7, bytes.len()] {
            let mut decoder = Decoder::new(200, 150);
            let mut got = Vec::new();
            for piece in bytes.chunks(size) {
                decoder.feed(piece);
                loop {
                    match decoder.next() {
                        Ok(Some(Incoming::Message(Body::Text(text)))) => {
                            got.push(format!("text {}", text.len()));
                        }
                        Ok(Some(Incoming::Message(Body::Binary(bytes)))) => {
                            got.push(format!("binary {}", bytes.len()));
                        }
                        Ok(Some(Incoming::Close(_))) => got.push("close".to_owned()),
                        Ok(Some(Incoming::Ping(_))) => got.push("ping".to_owned()),
                        Ok(Some(Incoming::Pong)) => got.push("pong".to_owned()),
                        Ok(None) => break,
                        Err(error @ ReadError::Protocol(_)) => {
                            got.push(error.code_name());
                            decoder.give_up();
                        }
                        Err(error) => got.push(error.code_name()),
                    }
                }
            }
            assert_eq!(got, expected, "in pieces of {size}");
        }
    }

    impl ReadError {
        fn code_name(&self) -> String {
            u16::from(self.code()).to_string()
        }
    }

    #[test]
    fn messages_and_their_limits() {
        let a = |count: usize| vec![b'a'; count];
        check(
            &[frame(0x81, b"hi"), frame(0x82, &a(126))],
            &["text 2", "binary 126"],
        );
        check(
            &[frame(0x01, &a(100)), frame(0x89, b""), frame(0x80, &a(100))],
            &["ping", "text 200"],
        );
        check(
            &[frame(0x82, &a(151)), frame(0x88, b"")],
            &["1009", "close"],
        );
        check(
            &[frame(0x82, &a(70_000)), frame(0x81, b"x")],
            &["1009", "text 1"],
        );
        check(&[frame(0x01, &a(150)), frame(0x80, &a(51))], &["1009"]);
        check(&[frame(0x81, b"\xff")], &["1007"]);
        // A character divided between frames is whole in the message.
        check(&[frame(0x01, b"\xc3"), frame(0x80, b"\xbc")], &["text 2"]);
        check(&[frame(0x80, b"x")], &["1002"]);
        check(&[frame(0x01, b"x"), frame(0x81, b"y")], &["1002"]);
        check(&[frame(0x83, b"x")], &["1002"]);
        check(&[frame(0xc1, b"x")], &["1002"]);
        check(&[frame(0x89, &a(126))], &["1002"]);
        check(&[vec![0x81, 0x02, b'h', b'i']], &["1002"]);
        check(&[frame(0x88, b"\x03")], &["1002"]);
    }

    #[test]
    fn a_huge_frame_is_refused_by_its_header() {
        let mut decoder = Decoder::new(200, 150);
        decoder.feed(&[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert!(matches!(decoder.next(), Err(ReadError::TooLarge(150))));
        decoder.feed(&[0; 10_000]);
        assert!(decoder.buffer.is_empty());
    }
}

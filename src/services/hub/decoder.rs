//! The pure part of reading: bytes in, messages out (RFC 6455, section 5).
//!
//! The header of a frame is looked at before its content is waited for: what
//! may not come is refused by its first bytes and never kept. The frames after
//! it are still told apart, so that the peer's close is found among them.

use actix_http::ws::{Codec, Frame, Item};
use bytes::{Buf as _, Bytes, BytesMut};
use tokio_util::codec::Decoder as _;

use super::frame::Body;
use super::header::{CLOSE, Header, MASK, close_reason};
use super::reader::{Incoming, ReadError};

/// The most parts of one message, however small they are.
const MOST_PARTS: usize = 65_536;

/// Takes the frames of a connection apart and puts its messages together.
pub(super) struct Decoder {
    codec: Codec,
    buffer: BytesMut,
    /// The most bytes of a message.
    message: usize,
    /// The most bytes of a frame.
    frame: usize,
    /// How much of a refused frame is still to come.
    skip: u64,
    parts: Option<Parts>,
    has_closed: bool,
}

/// A message that comes in several frames.
struct Parts {
    is_text: bool,
    bytes: BytesMut,
    count: usize,
}

impl Decoder {
    /// For messages up to `message` bytes in frames up to `frame`.
    pub(super) fn new(message: usize, frame: usize) -> Self {
        Self {
            codec: Codec::new().max_size(usize::MAX),
            buffer: BytesMut::new(),
            message,
            frame,
            skip: 0,
            parts: None,
            has_closed: false,
        }
    }

    /// Takes the next bytes of the connection.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let skipped = usize::try_from(self.skip)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        self.skip -= skipped as u64;
        self.buffer.extend_from_slice(&bytes[skipped..]);
    }

    /// Whether the peer has sent its close, after which nothing counts.
    pub(super) fn has_closed(&self) -> bool {
        self.has_closed
    }

    /// The next whole message or control frame, `None` until more was fed. What
    /// may not be sent is skipped: it can be asked on after an error.
    pub(super) fn next(&mut self) -> Result<Option<Incoming>, ReadError> {
        while let Some(header) = Header::read(&self.buffer) {
            if let Err(error) = self.check(&header) {
                self.refuse(&header);
                return Err(error);
            }
            if header.opcode == CLOSE {
                return self.close(&header);
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

    /// Whether such a frame may come now.
    fn check(&self, header: &Header) -> Result<(), ReadError> {
        if let Some(fault) = header.fault() {
            return Err(ReadError::Protocol(fault));
        }
        // Between the frames of a message, and no part of it.
        if header.is_control() {
            return Ok(());
        }
        if self.frame < self.message && header.length > self.frame as u64 {
            return Err(ReadError::LargeFrame(self.frame));
        }
        let buffered = self.parts.as_ref().map_or(0, |parts| parts.bytes.len());
        if header.length > self.message.saturating_sub(buffered) as u64 {
            return Err(ReadError::LargeMessage(self.message));
        }
        Ok(())
    }

    /// Skips a frame, whether it is there or not.
    fn refuse(&mut self, header: &Header) {
        self.parts = None;
        let whole = header.length.saturating_add(header.size as u64);
        let here = usize::try_from(whole)
            .unwrap_or(usize::MAX)
            .min(self.buffer.len());
        self.buffer.advance(here);
        self.skip = whole - here as u64;
    }

    /// The peer's close. Not left to the codec, which gives one error for all
    /// that can be wrong in it.
    fn close(&mut self, header: &Header) -> Result<Option<Incoming>, ReadError> {
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let whole = header.size.saturating_add(length);
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(whole);
        self.has_closed = true;
        let mut content = frame.split_off(header.size);
        let mask = frame.split_off(header.size - MASK);
        for (byte, mask) in content.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        Ok(Some(Incoming::Close(close_reason(&content)?)))
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
            return Err(ReadError::ManyParts(MOST_PARTS));
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
    fn control_frames_have_bounds_of_their_own() {
        let a = |count: usize| vec![b'a'; count];
        // The message is at its limit, which is not that of what comes between.
        let first = frame(0x02, &a(150));
        let rest = frame(0x80, &a(50));
        for (between, expected) in [
            (frame(0x89, &a(125)), "ping"),
            (frame(0x8a, &a(125)), "pong"),
        ] {
            let sent = [first.clone(), between, rest.clone()];
            check(&sent, &[expected, "binary 200"]);
        }
        let close = frame(0x88, &[0x03, 0xe8, b'a']);
        check(&[first, frame(0x00, &a(50)), close], &["close"]);
        // A limit below theirs is not theirs either.
        let mut decoder = Decoder::new(10, 10);
        decoder.feed(&frame(0x89, &a(125)));
        assert!(matches!(decoder.next(), Ok(Some(Incoming::Ping(_)))));
    }

    #[test]
    fn what_is_wrong_is_told_and_a_close_found_behind_it() {
        let close = frame(0x88, b"");
        for (sent, why) in [
            (frame(0x09, b"x"), "a control frame has to be in one piece"),
            (frame(0x08, b""), "a control frame has to be in one piece"),
            (
                frame(0x8a, &[0; 126]),
                "a control frame has 125 bytes at most",
            ),
            (frame(0xc1, b"x"), "reserved bits are set"),
            (frame(0x83, b"x"), "3 is no opcode"),
            (frame(0x8b, b"x"), "11 is no opcode"),
            (
                vec![0x81, 0x01, b'x'],
                "a client's frames have to be masked",
            ),
        ] {
            let mut decoder = Decoder::new(200, 150);
            decoder.feed(&sent);
            decoder.feed(&close);
            let Err(ReadError::Protocol(told)) = decoder.next() else {
                panic!("{why}: was taken");
            };
            assert_eq!(told, why);
            assert!(!decoder.has_closed());
            assert!(matches!(decoder.next(), Ok(Some(Incoming::Close(None)))));
            assert!(decoder.has_closed());
        }
    }

    #[test]
    fn the_limit_that_was_passed_is_named() {
        let told = |message, limit, sent: &[Vec<u8>]| {
            let mut decoder = Decoder::new(message, limit);
            decoder.feed(&sent.concat());
            decoder.next().err().map(|error| error.to_string())
        };
        let large = frame(0x82, &[0; 151]);
        let parts = [frame(0x02, &[0; 150]), frame(0x80, &[0; 51])];
        let (a_frame, a_message) = (
            Some("a frame may have 150 bytes at most".to_owned()),
            Some("a message may have 200 bytes at most".to_owned()),
        );
        assert_eq!(told(200, 150, &[large]), a_frame);
        assert_eq!(told(200, 150, &parts), a_message);
        assert_eq!(told(200, 200, &[frame(0x82, &[0; 201])]), a_message);
    }

    #[test]
    fn a_huge_frame_is_refused_by_its_header() {
        let mut decoder = Decoder::new(200, 150);
        decoder.feed(&[0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert!(matches!(decoder.next(), Err(ReadError::LargeFrame(150))));
        decoder.feed(&[0; 10_000]);
        assert!(decoder.buffer.is_empty());
    }
}

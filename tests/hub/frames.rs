//! What RFC 6455 says of frames, byte by byte.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::{Socket, configured};

/// A frame as a client sends it, masked with zeros.
pub fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match content.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        medium => {
            frame.push(0x80 | 126);
            frame.extend((medium as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(content);
    frame
}

impl Socket {
    /// Sends these bytes, whatever they are.
    #[track_caller]
    pub fn write(&mut self, bytes: &[u8]) {
        self.inner.get_mut().write_all(bytes).expect("sent");
    }
}

#[test]
fn control_frames_are_no_part_of_a_message_that_is_full() {
    let server = configured("[websockets]\nmessage = \"1KiB\"\n");
    let mut socket = Socket::open(&server, "/echo");
    let full = vec![b'a'; 1024];
    socket.write(&frame(0x01, &full));
    socket.write(&frame(0x89, &[b'p'; 125]));
    socket.write(&frame(0x8a, b"unasked"));
    socket.write(&frame(0x80, b""));
    assert_eq!(socket.read(), Message::Pong(vec![b'p'; 125].into()));
    socket.expect(&"a".repeat(1024));
    socket.write(&frame(0x01, &full));
    socket.write(&frame(0x88, &1000_u16.to_be_bytes()));
    assert_eq!(socket.closed().0, CloseCode::Normal);
}

#[test]
fn a_close_says_what_was_wrong() {
    let server = configured("[websockets]\nmessage = \"1KiB\"\nframe = \"600B\"\n");
    let large = [frame(0x01, &[b'a'; 600]), frame(0x80, &[b'a'; 425])].concat();
    let protocol = "this is not the WebSocket protocol: ";
    for (sent, code, why) in [
        (frame(0x88, b"\x03\xe8\xff"), 1007, "text has to be UTF-8"),
        (
            frame(0x88, b"\x03\xed"),
            1002,
            "1005 is no code to close with",
        ),
        (frame(0xc1, b"x"), 1002, "reserved bits are set"),
        (frame(0x85, b"x"), 1002, "5 is no opcode"),
        (
            frame(0x09, b"x"),
            1002,
            "a control frame has to be in one piece",
        ),
        (
            frame(0x89, &[0; 126]),
            1002,
            "a control frame has 125 bytes at most",
        ),
        (
            frame(0x81, &[b'a'; 601]),
            1009,
            "a frame may have 600 bytes at most",
        ),
        (large, 1009, "a message may have 1024 bytes at most"),
    ] {
        let mut socket = Socket::open(&server, "/echo");
        socket.write(&sent);
        let (told, words) = socket.closed();
        assert_eq!(u16::from(told), code, "{words}");
        assert_eq!(words.trim_start_matches(protocol), why);
    }
    // Said once, and nothing by the libraries below.
    let log = server.stderr();
    assert_eq!(log.matches("closed with 1002").count(), 1, "{log}");
    assert!(!log.contains("ERROR"), "{log}");
}

#[test]
fn a_connection_ends_soon_after_both_closes() {
    let server = configured("");
    for first in [
        // The server closes, and the peer answers.
        frame(0x83, b"x"),
        // The peer closes.
        frame(0x88, b""),
    ] {
        let mut socket = Socket::open(&server, "/echo");
        socket.write(&first);
        let stream = socket.inner.get_mut();
        let mut close = [0; 2];
        stream.read_exact(&mut close).expect("a close");
        assert_eq!(close[0], 0x88);
        let since = Instant::now();
        if first[0] == 0x83 {
            stream.write_all(&frame(0x88, b"")).expect("sent");
        }
        stream.read_to_end(&mut Vec::new()).expect("the end");
        // The library below reads on for up to a second.
        assert!(since.elapsed() < Duration::from_secs(3));
    }
}

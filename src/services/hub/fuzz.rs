//! Whatever bytes a socket sends: nothing panics, how they are divided means nothing, and no more is
//! held than may be. Seconds each; longer with `BOLERO_RANDOM_TEST_TIME_MS`.

use bolero::check;

use super::decoder::Decoder;
use super::frame::Body;
use super::reader::Incoming;

const MESSAGE: usize = 200;
const FRAME: usize = 150;

/// Heads, lengths and contents of frames, whole and cut.
const PIECES: &[&[u8]] = &[
    b"\x81\x80",
    b"\x81\x82",
    b"\x01\x81",
    b"\x80\x80",
    b"\x00\x81",
    b"\x82\xfe",
    b"\x82\xff",
    b"\x88\x80",
    b"\x88\x82",
    b"\x89\x80",
    b"\x8a\x80",
    b"\x89\xfe",
    b"\xf1\x80",
    b"\x83\x80",
    b"\x81\x02",
    b"\0\0\0\0",
    b"\x01\x02\x03\x04",
    b"\x00\x96",
    b"\x00\x97",
    b"\xff\xff",
    b"\0\0\0\0\0\0\0\x97",
    b"\x80\0\0\0\0\0\0\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"hi",
    b"a",
    b"\xc3",
    b"\xbc",
    b"\xff",
    b"\x03\xe8",
];

/// All that comes out of these bytes in pieces of this size.
fn decoded(bytes: &[u8], size: usize) -> Vec<String> {
    let mut decoder = Decoder::new(MESSAGE, FRAME);
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        decoder.feed(piece);
        loop {
            match decoder.next() {
                Ok(Some(Incoming::Message(Body::Text(text)))) => all.push(text.to_string()),
                Ok(Some(Incoming::Message(Body::Binary(bytes)))) => all.push(format!("{bytes:?}")),
                Ok(Some(Incoming::Close(_))) => all.push("close".to_owned()),
                Ok(Some(Incoming::Ping(bytes))) => all.push(format!("ping {bytes:?}")),
                Ok(Some(Incoming::Pong)) => all.push("pong".to_owned()),
                Ok(None) => break,
                Err(error) => all.push(u16::from(error.code()).to_string()),
            }
        }
        // The longest head, and what was fed beyond it.
        let most = MESSAGE + FRAME + 14 + size;
        assert!(decoder.held() <= most as u64, "{} held", decoder.held());
    }
    all
}

#[test]
fn any_frames_in_any_division() {
    check!().with_max_len(80).for_each(|bytes| {
        let piece = |byte: &u8| PIECES[usize::from(*byte) % PIECES.len()];
        let bytes: Vec<u8> = bytes.iter().flat_map(piece).copied().collect();
        let whole = decoded(&bytes, bytes.len().max(1));
        for size in [1, 3, 7] {
            assert_eq!(
                decoded(&bytes, size),
                whole,
                "{bytes:?} in pieces of {size}"
            );
        }
    });
}

#[test]
fn any_bytes() {
    check!().for_each(|bytes| {
        decoded(bytes, bytes.len().max(1));
    });
}

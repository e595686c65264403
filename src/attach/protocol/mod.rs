//! What goes over the wire of a QML debug port, as values. Pure: no I/O, and whatever comes in
//! is untrusted, so that a broken packet is an error value and no length is believed.
//!
//! Read in qtdeclarative (`qqmldebugserver.cpp`, `qqmlpreviewservice.cpp`,
//! `qqmldebugmessageservice.cpp`) and measured with Qt 5.15, 6.4 and 6.12.

mod data;
pub(crate) mod hello;
pub(crate) mod messages;
pub(crate) mod preview;

use bytes::Bytes;

pub(crate) use data::Broken;
use data::{Reader, Writer};

/// One packet of a service: `SERVICE MESSAGE…`. A server may put several messages into one.
///
/// # Errors
/// It ends too early, or has a name that is no text.
pub(crate) fn packet(bytes: &[u8]) -> Result<(String, Vec<Bytes>), Broken> {
    let mut reader = Reader::new(bytes);
    let service = reader.string()?;
    let mut messages = Vec::new();
    while !reader.is_at_end() {
        messages.push(Bytes::copy_from_slice(reader.bytes()?));
    }
    Ok((service, messages))
}

/// The packet that brings `message` to `service`.
#[must_use]
pub(crate) fn envelope(service: &str, message: &[u8]) -> Vec<u8> {
    Writer::default().string(service).bytes(message).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_read_back_and_a_cut_one_is_broken() {
        let bytes = envelope("QmlPreview", b"abc");
        let (service, messages) = packet(&bytes).unwrap();
        assert_eq!(service, "QmlPreview");
        assert_eq!(messages, [Bytes::from_static(b"abc")]);
        // Cut between the messages, it is a packet without any.
        let name = 4 + 2 * "QmlPreview".len();
        for end in (0..bytes.len()).filter(|end| *end != name) {
            assert!(packet(&bytes[..end]).is_err(), "{end}");
        }
    }
}

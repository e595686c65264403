//! The first packets of a connection: which services each side has.

use super::{Broken, Reader, Writer};

/// Where the program's side listens, as the first word of a packet to it.
const SERVER: &str = "QDeclarativeDebugServer";

/// The first word of a packet that concerns the connection itself.
const CLIENT: &str = "QDeclarativeDebugClient";

/// The version of the protocol.
const PROTOCOL: i32 = 1;

/// The version of `QDataStream`: Qt 5.2's, which every Qt since can do.
const DATA_STREAM: i32 = 15;

/// What the program says of the connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The services there, at first or since something changed.
    Services(Vec<String>),
    /// Anything else.
    Other,
}

/// The packet with which a client begins.
#[must_use]
pub(crate) fn hello(services: &[&str]) -> Vec<u8> {
    Writer::default()
        .string(SERVER)
        .signed(0)
        .signed(PROTOCOL)
        .strings(services.iter().copied())
        .signed(DATA_STREAM)
        // A packet may hold several messages.
        .byte(1)
        .finish()
}

/// Whether a packet is for [`answer`] and not for a service.
#[must_use]
pub(crate) fn is_answer(service: &str) -> bool {
    service == CLIENT
}

/// What the program answers, then and later.
///
/// # Errors
/// It is something else.
pub(crate) fn answer(packet: &[u8]) -> Result<Answer, Broken> {
    let mut reader = Reader::new(packet);
    if !is_answer(&reader.string()?) {
        return Err(Broken::Unexpected);
    }
    match reader.signed()? {
        0 => {
            reader.signed()?;
            Ok(Answer::Services(reader.strings()?))
        }
        1 => Ok(Answer::Services(reader.strings()?)),
        _ => Ok(Answer::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_what_qt_expects() {
        let expected = [
            &[0, 0, 0, 46][..],
            &utf16("QDeclarativeDebugServer"),
            &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 20],
            &utf16("QmlPreview"),
            &[0, 0, 0, 15, 1],
        ];
        assert_eq!(hello(&["QmlPreview"]), expected.concat());
    }

    #[test]
    fn answers_tell_the_services() {
        let services = Writer::default().string(CLIENT).signed(0).signed(1);
        let services = services.strings(["QmlPreview", "DebugMessages"]).finish();
        let expected = vec!["QmlPreview".to_owned(), "DebugMessages".to_owned()];
        assert_eq!(answer(&services), Ok(Answer::Services(expected)));
        assert_eq!(answer(&hello(&[])), Err(Broken::Unexpected));
        assert_eq!(answer(&services[..60]), Err(Broken::Short));
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }
}

//! The messages of the service `DebugMessages`: what the program logs.

use super::{Broken, Reader};
use crate::live::console::Level;

/// The service's name.
pub(crate) const SERVICE: &str = "DebugMessages";

/// The first word of each message.
const MESSAGE: &[u8] = b"MESSAGE";

/// One thing that the program logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// How bad it is.
    pub level: Level,
    /// The text.
    pub text: String,
    /// The URL of the document that says so, or a source file of C++; may be empty.
    pub file: String,
    /// The line in it, from 1, where it is known.
    pub line: Option<u32>,
}

impl Message {
    /// Reads a message of the service; `None` for one that is none of the program's.
    ///
    /// # Errors
    /// It ends too early.
    pub(crate) fn decode(message: &[u8]) -> Result<Option<Self>, Broken> {
        let mut reader = Reader::new(message);
        if reader.bytes()? != MESSAGE {
            return Ok(None);
        }
        // QtMsgType.
        let level = match reader.signed()? {
            0 => Level::Debug,
            4 => Level::Info,
            1 => Level::Warning,
            _ => Level::Error,
        };
        let text = reader.text()?;
        let file = reader.text()?;
        let line = u32::try_from(reader.signed()?).ok();
        Ok(Some(Self {
            level,
            text,
            file,
            line: line.filter(|line| *line > 0),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Writer;
    use super::*;

    #[test]
    fn a_message_has_its_level_and_its_place() {
        let message = |kind: i32, line: i32| {
            let message = Writer::default().bytes(MESSAGE).signed(kind);
            let message = message.bytes("Grüße".as_bytes()).bytes(b"http://h/a.qml");
            message.signed(line).bytes(b"f").bytes(b"qml").finish()
        };
        let decoded = Message::decode(&message(1, 12)).unwrap().unwrap();
        assert_eq!(decoded.level, Level::Warning);
        assert_eq!(
            (&*decoded.text, &*decoded.file),
            ("Grüße", "http://h/a.qml")
        );
        assert_eq!(decoded.line, Some(12));
        let unknown = Message::decode(&message(4, -1)).unwrap().unwrap();
        assert_eq!((unknown.level, unknown.line), (Level::Info, None));
        assert_eq!(Message::decode(b"\0\0\0\x01x"), Ok(None));
        assert_eq!(Message::decode(&message(0, 1)[..30]), Err(Broken::Short));
    }
}

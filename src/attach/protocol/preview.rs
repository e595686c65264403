//! The messages of the service `QmlPreview`: files asked for and given, documents loaded.
//!
//! The program asks for every file that it opens outside of Qt's own folders, also for `:/…`, and
//! the thread that opens it waits for [`Command::File`] or [`Command::Error`].

use super::{Broken, Reader, Writer};

/// The service's name.
pub(crate) const SERVICE: &str = "QmlPreview";

/// What is said to the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    /// The contents of a file. The first `.qml` of a connection counts as [`Self::Load`], too.
    File {
        /// As the program asked for it: `:/…`, or a local path.
        path: &'a str,
        /// Its bytes.
        contents: &'a [u8],
    },
    /// Show this URL in place of what the program shows.
    Load(&'a str),
    /// There is nothing to be had for this path: the program takes its own.
    Error(&'a str),
    /// Whether changed files are patched into what is shown (Qt 6.12 and later, with
    /// `QMLPREVIEW_HOTRELOAD=1` in the program's environment).
    Configuration(bool),
}

/// What the program says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// It opens this file, and waits.
    Request(String),
    /// Something could not be shown.
    Error(String),
    /// The answer to [`Command::Configuration`].
    Confirmation(bool),
    /// Changed files could not be patched in.
    HotReloadFailure(String),
    /// Anything else, such as its frames per second.
    Other,
}

impl Command<'_> {
    /// The message for the service.
    #[must_use]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let message = Writer::default();
        match self {
            Self::File { path, contents } => message.byte(0).string(path).bytes(contents),
            // A QUrl is its encoded form as a byte array.
            Self::Load(url) => message.byte(1).bytes(url.as_bytes()),
            Self::Error(path) => message.byte(3).string(path),
            Self::Configuration(on) => message.byte(10).byte(u8::from(*on)),
        }
        .finish()
    }
}

impl Event {
    /// Reads a message of the service.
    ///
    /// # Errors
    /// It ends too early.
    pub(crate) fn decode(message: &[u8]) -> Result<Self, Broken> {
        let mut reader = Reader::new(message);
        Ok(match reader.byte()? {
            2 => Self::Request(reader.string()?),
            3 => Self::Error(reader.string()?),
            11 => Self::Confirmation(reader.byte()? != 0),
            12 => Self::HotReloadFailure(reader.string()?),
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_what_qt_reads() {
        let check = |command: Command<'_>, expected: &[u8]| {
            assert_eq!(command.encode(), expected, "{command:?}");
        };
        check(Command::Load("http://h"), b"\x01\0\0\0\x08http://h");
        check(Command::Error(":/a"), b"\x03\0\0\0\x06\0:\0/\0a");
        check(Command::Configuration(true), b"\x0a\x01");
        let (path, contents) = (":/a", &b"xy"[..]);
        check(
            Command::File { path, contents },
            b"\0\0\0\0\x06\0:\0/\0a\0\0\0\x02xy",
        );
    }

    #[test]
    fn events_are_read_and_broken_ones_refused() {
        assert_eq!(
            Event::decode(b"\x02\0\0\0\x06\0:\0/\0a"),
            Ok(Event::Request(":/a".to_owned()))
        );
        assert_eq!(Event::decode(b"\x08\0\x3c\0\0"), Ok(Event::Other));
        assert_eq!(Event::decode(b"\x02\0\0\0\x06\0:"), Err(Broken::Short));
        assert_eq!(Event::decode(b""), Err(Broken::Short));
    }
}

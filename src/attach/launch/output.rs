//! What a program prints on standard error, read line by line: what Qt logs there, which is
//! marked, and everything else, which is passed on as it is. Pure.

use crate::live::console::Level;

/// How Qt is to write what it logs (`QT_MESSAGE_PATTERN`): the parts between characters that
/// nobody prints, so that a message of several lines is one, and that nothing is guessed.
pub(crate) const PATTERN: &str = "\u{1e}%{type}\u{1f}%{file}\u{1f}%{line}\u{1f}%{message}\u{1d}";

const BEGIN: char = '\u{1e}';
const BETWEEN: char = '\u{1f}';
const END: char = '\u{1d}';

/// The longest message that is waited for the end of, in bytes.
const LONGEST: usize = 64 << 10;

/// What the debug server of Qt says of itself begins like this.
const DEBUGGER: &str = "QML Debugger: ";

/// The same, printed without Qt's logging.
const ENABLED: &str = "QML debugging is enabled.";

/// One thing that was heard.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// What is for people.
    pub(crate) said: Option<Said>,
    /// What Qt's debug server says of itself.
    pub(crate) of_debugger: Option<String>,
}

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// How bad it is; what is not Qt's is [`Level::Info`].
    pub(crate) level: Level,
    /// The text.
    pub(crate) text: String,
    /// The document, or the source file; may be empty.
    pub(crate) file: String,
    /// The line in it, from 1, where it is known.
    pub(crate) line: Option<u32>,
}

/// The lines of one program.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// A message whose end has not come yet.
    begun: String,
}

impl Output {
    /// Takes the next line, without its end. `None` if there is nothing to hear yet.
    pub(crate) fn read(&mut self, line: &[u8]) -> Option<Heard> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\r');
        if !self.begun.is_empty() {
            self.begun.push('\n');
            self.begun.push_str(line);
        } else if line.starts_with(BEGIN) {
            self.begun.push_str(line);
        } else {
            return unmarked(line);
        }
        if !line.ends_with(END) && self.begun.len() < LONGEST {
            return None;
        }
        let message = std::mem::take(&mut self.begun);
        marked(message.trim_start_matches(BEGIN).trim_end_matches(END))
    }
}

fn marked(message: &str) -> Option<Heard> {
    let mut parts = message.splitn(4, BETWEEN);
    let (kind, file, line, text) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if text.starts_with(DEBUGGER) {
        return Some(of_debugger(text));
    }
    // The names that Qt has for %{type}.
    let level = match kind {
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warning" => Level::Warning,
        _ => Level::Error,
    };
    Some(Heard {
        said: Some(Said {
            level,
            text: text.to_owned(),
            file: file.to_owned(),
            line: line.parse().ok().filter(|line| *line > 0),
        }),
        of_debugger: None,
    })
}

fn unmarked(line: &str) -> Option<Heard> {
    if line.starts_with(DEBUGGER) {
        return Some(of_debugger(line));
    }
    if line.is_empty() || line.starts_with(ENABLED) {
        return None;
    }
    Some(Heard {
        said: Some(Said {
            level: Level::Info,
            text: line.to_owned(),
            file: String::new(),
            line: None,
        }),
        of_debugger: None,
    })
}

fn of_debugger(text: &str) -> Heard {
    Heard {
        said: None,
        of_debugger: Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(level: Level, text: &str, file: &str, line: Option<u32>) -> Option<Heard> {
        Some(Heard {
            said: Some(Said {
                level,
                text: text.to_owned(),
                file: file.to_owned(),
                line,
            }),
            of_debugger: None,
        })
    }

    #[test]
    fn what_qt_logs_has_its_level_and_its_place() {
        let mut output = Output::default();
        let url = "http://127.0.0.1:8080/@0123456789abcdef/main.qml";
        let line = format!("\u{1e}warning\u{1f}{url}\u{1f}12\u{1f}{url}:12: no\u{1d}\r");
        let expected = said(Level::Warning, &format!("{url}:12: no"), url, Some(12));
        assert_eq!(output.read(line.as_bytes()), expected);
        let line = "\u{1e}fatal\u{1f}\u{1f}0\u{1f}the end\u{1d}";
        let expected = said(Level::Error, "the end", "", None);
        assert_eq!(output.read(line.as_bytes()), expected);
    }

    #[test]
    fn a_message_of_several_lines_is_one_and_one_without_an_end_is_not_waited_for() {
        let mut output = Output::default();
        assert_eq!(
            output.read("\u{1e}debug\u{1f}a.qml\u{1f}1\u{1f}a".as_bytes()),
            None
        );
        assert_eq!(output.read(b""), None);
        let expected = said(Level::Debug, "a\n\nb", "a.qml", Some(1));
        assert_eq!(output.read("b\u{1d}".as_bytes()), expected);
        assert_eq!(
            output.read("\u{1e}info\u{1f}\u{1f}\u{1f}x".as_bytes()),
            None
        );
        let flood = "y".repeat(LONGEST);
        let heard = output.read(flood.as_bytes()).unwrap();
        assert_eq!(heard.said.unwrap().text.len(), LONGEST + 2);
    }

    #[test]
    fn other_lines_are_passed_on_and_the_debugger_is_told_apart() {
        let mut output = Output::default();
        let expected = said(Level::Info, "  File \"app.py\", line 3", "", None);
        assert_eq!(output.read(b"  File \"app.py\", line 3"), expected);
        assert_eq!(output.read(b""), None);
        assert_eq!(
            output.read(b"QML debugging is enabled. Only use this in a safe environment."),
            None
        );
        let text = "QML Debugger: Waiting for connection on port 3768...";
        for line in [
            text.to_owned(),
            format!("\u{1e}debug\u{1f}\u{1f}\u{1f}{text}\u{1d}"),
        ] {
            let heard = output.read(line.as_bytes()).unwrap();
            assert_eq!(heard.of_debugger.as_deref(), Some(text));
        }
    }
}

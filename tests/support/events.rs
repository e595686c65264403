//! A client of the event stream that speaks HTTP/1.1 by itself, so that it
//! sees every byte when it comes.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::DEADLINE;
use super::http::{connect, head};

/// What the server tells a client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// The newest version.
    pub version: String,
    /// Where the document is, once it exists.
    pub url: Option<String>,
    /// Paths that changed since the last event of this stream.
    pub changed: Vec<String>,
    /// What to do while there is no document.
    pub hint: Option<String>,
    /// What the document is given by name.
    pub context: Option<serde_json::Value>,
}

/// One block of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The state, or a change of it.
    Change(Change),
    /// The client is to open another stream.
    Renew,
    /// A page has the client do something.
    Command(serde_json::Value),
    /// A sign of life.
    Comment(String),
    /// How long to wait before reconnecting, in milliseconds.
    Retry(u64),
    /// The server has ended the stream.
    End,
}

/// An open stream; closed on drop.
#[derive(Debug)]
pub struct EventStream {
    /// The headers of the answer.
    pub headers: Vec<(String, String)>,
    socket: TcpStream,
    messages: Receiver<Message>,
    /// All text until now.
    captured: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
}

impl EventStream {
    /// Opens a stream; it has to be granted.
    #[track_caller]
    pub fn open(
        address: SocketAddr,
        path: &str,
        host: &str,
        headers: &[(&str, &str)],
        stderr: Arc<Mutex<String>>,
    ) -> Self {
        let mut socket = connect(address);
        // Heartbeats come every five seconds; silence is not a failure here.
        socket.set_read_timeout(None).expect("no read timeout");
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        socket
            .write_all(request.as_bytes())
            .expect("the request is sent");
        let mut reader = BufReader::new(socket.try_clone().expect("a second handle"));
        let (status, headers) = head(&mut reader);
        assert_eq!(status, 200, "the stream is refused: {headers:?}");
        let (sender, messages) = channel();
        let captured = Arc::default();
        let shared = Arc::clone(&captured);
        thread::spawn(move || {
            // However the stream ends, the channel's end tells it.
            let _ = follow(reader, &shared, &sender);
        });
        Self {
            headers,
            socket,
            messages,
            captured,
            stderr,
        }
    }

    /// The next message of any kind.
    #[track_caller]
    pub fn message(&self) -> Message {
        self.message_before(Instant::now() + DEADLINE)
    }

    #[track_caller]
    fn message_before(&self, deadline: Instant) -> Message {
        match self
            .messages
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            Ok(message) => message,
            Err(RecvTimeoutError::Disconnected) => Message::End,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing came within {DEADLINE:?}\n{}", self.captured())
            }
        }
    }

    /// The next change; what else comes is skipped, only the end is not.
    #[track_caller]
    pub fn change(&self) -> Change {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.message_before(deadline) {
                Message::Change(change) => return change,
                Message::End => panic!("the stream has ended\n{}", self.captured()),
                Message::Renew => panic!("the stream is to be renewed\n{}", self.captured()),
                Message::Comment(_) | Message::Retry(_) | Message::Command(_) => {}
            }
        }
    }

    /// The next command; what else comes is skipped, only the end is not.
    #[track_caller]
    pub fn command(&self) -> serde_json::Value {
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.message_before(deadline) {
                Message::Command(command) => return command,
                Message::End => panic!("the stream has ended\n{}", self.captured()),
                _ => {}
            }
        }
    }

    /// The first change that `wanted` accepts, with those before it.
    #[track_caller]
    pub fn until(&self, mut wanted: impl FnMut(&Change) -> bool) -> Vec<Change> {
        let mut changes = Vec::new();
        let deadline = Instant::now() + DEADLINE;
        loop {
            assert!(
                Instant::now() < deadline,
                "what was waited for did not come\n{}",
                self.captured()
            );
            let change = self.change();
            let found = wanted(&change);
            changes.push(change);
            if found {
                return changes;
            }
        }
    }

    /// The first change that names `path`.
    #[track_caller]
    pub fn until_changed(&self, path: &str) -> Change {
        let mut changes = self.until(|change| change.changed.iter().any(|p| p == path));
        changes.pop().expect("at least one change")
    }

    /// Waits until the server ends the stream; says what came before.
    #[track_caller]
    pub fn ended(&self) -> Vec<Message> {
        let deadline = Instant::now() + DEADLINE;
        let mut before = Vec::new();
        loop {
            match self.message_before(deadline) {
                Message::End => return before,
                message => before.push(message),
            }
        }
    }

    /// The changes that come in the time given: for what must not come, where
    /// nothing else marks the end.
    pub fn changes_within(&self, time: Duration) -> Vec<Change> {
        let deadline = Instant::now() + time;
        let mut changes = Vec::new();
        while let Ok(message) = self
            .messages
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if let Message::Change(change) = message {
                changes.push(change);
            }
        }
        changes
    }

    /// All text of the stream until now.
    pub fn text(&self) -> String {
        self.captured.lock().expect("the captured text").clone()
    }

    fn captured(&self) -> String {
        format!(
            "the stream:\n{}\nthe server's log:\n{}",
            self.text(),
            self.stderr.lock().expect("the captured output")
        )
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        // The reading thread wakes up and ends.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// Reads chunk by chunk (RFC 9112, section 7.1) and takes blocks out of the
/// text, until the server is done or the connection is gone.
fn follow(
    mut reader: BufReader<TcpStream>,
    captured: &Mutex<String>,
    sender: &Sender<Message>,
) -> io::Result<()> {
    let mut text = String::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            return Ok(());
        }
        let mut chunk = Vec::new();
        (&mut reader).take(size).read_to_end(&mut chunk)?;
        let mut end = String::new();
        reader.read_line(&mut end)?;
        let chunk = String::from_utf8_lossy(&chunk);
        captured.lock().expect("the captured text").push_str(&chunk);
        text.push_str(&chunk);
        while let Some((block, rest)) = text.split_once("\n\n") {
            let message = parse(block);
            text = rest.to_owned();
            if sender.send(message).is_err() {
                return Ok(());
            }
        }
    }
}

fn parse(block: &str) -> Message {
    if let Some(comment) = block.strip_prefix(':') {
        return Message::Comment(comment.trim().to_owned());
    }
    if let Some(retry) = block.strip_prefix("retry: ") {
        return Message::Retry(retry.parse().expect("a number of milliseconds"));
    }
    if block.starts_with("event: renew\n") {
        return Message::Renew;
    }
    if let Some(command) = block.strip_prefix("event: command\ndata: ") {
        return Message::Command(serde_json::from_str(command).expect("a command is JSON"));
    }
    let data = block
        .strip_prefix("data: ")
        .unwrap_or_else(|| panic!("an unknown block: {block:?}"));
    let change = serde_json::from_str(data);
    Message::Change(change.unwrap_or_else(|error| panic!("{error}: {data}")))
}

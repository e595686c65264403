//! Git's hooks: each is this same program, which hands its question to the server by a socket that
//! only the server's user can reach, and prints what that answers.

use std::env;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde::{Deserialize, Serialize};

/// Names the socket.
pub(super) const SOCKET: &str = "QMLSERVE_GIT_SOCKET";

/// Names the push.
pub(super) const PUSH: &str = "QMLSERVE_GIT_PUSH";

/// The longest question, in bytes: the names of all that is pushed at once.
pub(super) const LONGEST: u64 = 1 << 20;

/// What a hook asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) hook: String,
    pub(super) push: u64,
    pub(super) args: Vec<String>,
    pub(super) input: String,
    /// Where the objects of the push are, until it is let in.
    pub(super) quarantine: [Option<String>; 2],
}

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Line {
    /// For the person who pushes.
    Say(String),
    /// The last one: whether it is let in.
    End(bool),
}

/// Runs as the hook of this name, and says whether git is to go on.
///
/// # Errors
/// It was not started by a push to a server, or that has ended.
pub(crate) fn run(hook: &str, args: Vec<String>) -> io::Result<bool> {
    let stray = || io::Error::other("git starts this where somebody pushes to qmlserve");
    let socket = env::var_os(SOCKET).ok_or_else(stray)?;
    let push = env::var(PUSH).ok().and_then(|push| push.parse().ok());
    let mut input = String::new();
    io::stdin().take(LONGEST).read_to_string(&mut input)?;
    let quarantine = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];
    let question = Question {
        hook: hook.to_owned(),
        push: push.ok_or_else(stray)?,
        args,
        input,
        quarantine: quarantine.map(|name| env::var(name).ok()),
    };
    let mut stream = UnixStream::connect(socket)?;
    writeln!(stream, "{}", serde_json::to_string(&question)?)?;
    for line in BufReader::new(stream).lines() {
        match serde_json::from_str(&line?)? {
            // Git passes on what a hook writes.
            Line::Say(text) => writeln!(io::stderr(), "{text}")?,
            Line::End(is_good) => return Ok(is_good),
        }
    }
    Err(io::Error::other(
        "the server has ended; push again when it is back",
    ))
}

//! A question to a runtime: a document of ours that it runs out of sight, and what that logs.

use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::run::runtimes::Runtime;

/// What a question's document logs in front of each line of its answer.
pub(super) const MARK: &str = "qmlserve-answer";

/// Runs `document` and returns the lines that it logged behind [`MARK`], until it ends or `patience`
/// does; whether it ended by itself is the second part.
///
/// # Errors
/// The runtime cannot be started.
pub(super) fn ask(
    runtime: &Runtime,
    document: &str,
    patience: Duration,
) -> io::Result<(Vec<String>, bool)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("question.qml");
    fs::write(&file, document)?;
    let answer = folder.path().join("answer");
    let mut child = Command::new(&runtime.path)
        .args(&runtime.args)
        .arg(&file)
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QT_FORCE_STDERR_LOGGING", "1")
        .env_remove("QT_MESSAGE_PATTERN")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&answer)?)
        .spawn()?;
    let deadline = Instant::now() + patience;
    let mut ended = true;
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            ended = false;
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let said = fs::read(&answer)?;
    let said = String::from_utf8_lossy(&said);
    let lines = said.lines().filter_map(|line| line.split_once(MARK));
    let lines = lines.map(|(_, rest)| rest.trim().to_owned());
    Ok((lines.collect(), ended))
}

//! One picture: a runtime of its own draws one document, out of sight, until that is still. What
//! goes wrong with it, a crash or a hang, is the outcome of this picture alone.

mod start;

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tempfile::TempDir;

use super::picture::Picture;
use super::setting::Setting;
use crate::attach::launch::described;
use crate::attach::launch::output::{Output, Said};
use crate::live::console::{Level, fault};
use crate::live::diagnostic::{self, Diagnostic};

/// What stands before a fact on the console.
const MARK: &str = "qmlserve-picture ";

/// Equal pictures in a row of a document that is still.
const EQUAL: usize = 3;

/// How long a document may move after its first picture.
const RESTLESS: Duration = Duration::from_secs(4);

/// Time between two looks at a runtime that says nothing more.
const GLANCE: Duration = Duration::from_millis(10);

/// The most that a runtime may print, in bytes.
const MOST_PRINTED: u64 = 16 << 20;

/// The most problems that are kept of one document.
const MOST_PROBLEMS: usize = 20;

/// What is drawn.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) setting: &'a Setting,
    /// The address of the server.
    pub(super) server: &'a str,
    /// Where the document is, and what it is given: `url`, `pictures`, `context`.
    pub(super) document: serde_json::Value,
    /// The file with translations into the setting's language.
    pub(super) translation: Option<&'a Path>,
    /// How long a document is left alone before it is looked at.
    pub(super) delay: Duration,
    /// How long it may take to come up.
    pub(super) patience: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Shot {
    pub(super) outcome: Outcome,
    /// What the engine found wrong meanwhile.
    pub(super) problems: Vec<Diagnostic>,
    /// The font of a text that names none.
    pub(super) font: Option<String>,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is still.
    Still(Picture),
    /// It moves for as long as it was watched.
    Restless,
    /// Its root is nothing that can be seen.
    Nothing,
    /// It does not come up; the reason, where the problems do not say it.
    Failed(String),
}

/// What the camera tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
struct Fact {
    taken: Option<u32>,
    #[serde(default)]
    loading: bool,
    font: Option<String>,
    failed: Option<String>,
    nothing: Option<String>,
}

/// Draws.
///
/// # Errors
/// Nothing can be written to the folder of temporary files, or the runtime cannot be started.
pub(super) fn take(job: &Job<'_>) -> io::Result<Shot> {
    let folder = start::own_folder()?;
    start::write_camera(job, folder.path())?;
    let mut child = Running(start::start(job, folder.path())?);
    let said = listen(&mut child.0);
    Watch::new(job, &folder, said).follow(&mut child.0)
}

/// A runtime; killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What it prints, message by message, until it ends.
fn listen(child: &mut Child) -> Receiver<Said> {
    // What is not taken yet holds the runtime back.
    let (sender, said) = mpsc::sync_channel(64);
    let Some(stderr) = child.stderr.take() else {
        return said;
    };
    thread::spawn(move || {
        let mut output = Output::default();
        let mut lines = BufReader::new(stderr.take(MOST_PRINTED)).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            let heard = output.read(&line).and_then(|heard| heard.said);
            if heard.is_some_and(|said| sender.send(said).is_err()) {
                break;
            }
        }
    });
    said
}

/// A runtime that is listened to.
struct Watch<'a> {
    job: &'a Job<'a>,
    folder: &'a TempDir,
    said: Receiver<Said>,
    problems: Vec<Diagnostic>,
    /// What it printed last that is no message of Qt's, for one that ends without a word else.
    last_words: String,
    font: Option<String>,
    /// The picture taken last, and how many in a row were like it.
    last: Option<(Vec<u8>, usize)>,
    /// Whether the last picture was one of a document that still loads something.
    is_loading: bool,
    /// Whether there was one that does not.
    is_up: bool,
    deadline: Instant,
}

impl<'a> Watch<'a> {
    fn new(job: &'a Job<'a>, folder: &'a TempDir, said: Receiver<Said>) -> Self {
        Self {
            job,
            folder,
            said,
            problems: Vec::new(),
            last_words: String::new(),
            font: None,
            last: None,
            is_loading: false,
            is_up: false,
            deadline: Instant::now() + job.patience + job.delay,
        }
    }

    /// Until it is known what comes of it.
    fn follow(mut self, child: &mut Child) -> io::Result<Shot> {
        let outcome = loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok(said) => {
                    if let Some(outcome) = self.hear(said)? {
                        break outcome;
                    }
                }
                Err(RecvTimeoutError::Timeout) => break self.overdue(),
                Err(RecvTimeoutError::Disconnected) => break self.ended(child)?,
            }
            if Instant::now() > self.deadline {
                break self.overdue();
            }
        };
        Ok(Shot {
            outcome,
            problems: self.problems,
            font: self.font,
        })
    }

    fn hear(&mut self, said: Said) -> io::Result<Option<Outcome>> {
        if let Some((_, fact)) = said.text.split_once(MARK)
            && let Ok(fact) = serde_json::from_str(fact)
        {
            return self.learn(fact);
        }
        match said.level {
            Level::Warning | Level::Error => {
                let problem = fault(&said.text, &said.file, said.line);
                let is_new = !self.problems.iter().any(|known| known.is_same(&problem));
                if is_new && self.problems.len() < MOST_PROBLEMS {
                    self.problems.push(problem);
                }
            }
            Level::Debug | Level::Info => self.last_words = said.text,
        }
        Ok(None)
    }

    fn learn(&mut self, fact: Fact) -> io::Result<Option<Outcome>> {
        if let Some(message) = fact.failed {
            self.problems = diagnostic::parse(&message);
            self.problems.truncate(MOST_PROBLEMS);
            return Ok(Some(Outcome::Failed(String::new())));
        }
        if fact.nothing.is_some() {
            return Ok(Some(Outcome::Nothing));
        }
        let Some(number) = fact.taken else {
            return Ok(None);
        };
        self.font = fact.font;
        let file = self.folder.path().join(format!("{number}.png"));
        let picture = fs::read(&file)?;
        fs::remove_file(&file)?;
        self.is_loading = fact.loading;
        if fact.loading {
            self.last = None;
            return Ok(None);
        }
        if !std::mem::replace(&mut self.is_up, true) {
            self.deadline = Instant::now() + RESTLESS;
        }
        let equal = match &self.last {
            Some((last, equal)) if *last == picture => equal + 1,
            _ => 1,
        };
        if equal < EQUAL {
            self.last = Some((picture, equal));
            return Ok(None);
        }
        let picture = Picture::decode(&picture).map_err(io::Error::other)?;
        Ok(Some(Outcome::Still(picture)))
    }

    fn overdue(&self) -> Outcome {
        if self.is_up {
            return Outcome::Restless;
        }
        let what = match self.is_loading {
            true => "it was still loading a picture or a component after",
            false => "it did not come up within",
        };
        let seconds = (self.job.patience + self.job.delay).as_secs_f64();
        Outcome::Failed(format!(
            "{what} {seconds} s; where it only needs longer: --timeout"
        ))
    }

    /// By itself, before it was still; or it says nothing more.
    fn ended(&self, child: &mut Child) -> io::Result<Outcome> {
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() > self.deadline {
                return Ok(self.overdue());
            }
            thread::sleep(GLANCE);
        };
        let words = match self.last_words.as_str() {
            "" => String::new(),
            words => format!(": {words}"),
        };
        let how = described(status);
        Ok(Outcome::Failed(format!(
            "the runtime ended with {how} before there was a picture{words}"
        )))
    }
}

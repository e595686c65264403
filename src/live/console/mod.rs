//! What programs log, whichever way it was heard: once in the terminal, the last of it in the
//! status, all of it in the stream [`stream::stream`]. Bounded, and never trusted: a program's
//! text cannot write to the terminal what only the server should.

pub(crate) mod stream;
mod text;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;
use tokio::sync::broadcast;
use tracing::{error, info, warn};
use url::Url;

use super::Live;
use super::diagnostic::{self, Diagnostic};
use crate::http::Throttle;
use crate::path::TreePath;
use crate::tree::version::Version;

/// Messages kept for the status and for whoever begins to listen.
const KEPT: usize = 100;

/// Messages that a listener may be behind before it misses some.
const BEHIND: usize = 1000;

/// Messages printed within [`BREATH`]. The stream has the others.
const MOST_PRINTED: usize = 300;

/// See [`MOST_PRINTED`].
const BREATH: Duration = Duration::from_secs(5);

/// How bad a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// `console.log`.
    Debug,
    /// `console.info`.
    Info,
    /// `console.warn`, and what the engine finds wrong.
    Warning,
    /// `console.error`, and what ends the program.
    Error,
}

/// A file of the tree, and the version that it was loaded from where that is known.
type Place = (TreePath, Option<Version>);

/// One message, as the status and the stream show it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    /// When it was heard, in seconds since 1970.
    pub at: u64,
    /// The program's name.
    pub program: String,
    /// How bad it is.
    pub level: Level,
    /// The file of the tree, or a URL or source file that is none of it; absent where it is
    /// not known.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The text, without the versions that URLs in it had.
    pub text: String,
    #[serde(skip)]
    heard: Instant,
}

/// The last messages, and those who listen.
#[derive(Debug)]
pub(crate) struct Console {
    kept: Mutex<VecDeque<Entry>>,
    news: broadcast::Sender<Entry>,
    printed: Throttle,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            news: broadcast::channel(BEHIND).0,
            printed: Throttle::new(MOST_PRINTED, BREATH),
        }
    }
}

pub(crate) use text::without_versions;

/// What somebody else says, fit for the terminal.
pub(crate) fn printable(said: &str) -> String {
    text::escaped(&text::bounded(said))
}

/// What an engine says of a document that it loaded from here, with the file and the line that are
/// known besides: the place in the tree, and the rest of the text.
pub(crate) fn fault(text: &str, file: &str, line: Option<u32>) -> Diagnostic {
    let said = text::Said::read(text, file, line);
    let (file, version) = diagnostic::of_url(said.file).unzip();
    Diagnostic {
        line: said.line.filter(|_| file.is_some()),
        column: said.column.filter(|_| file.is_some()),
        file,
        message: text::without_versions(&text::bounded(said.message)),
        version: version.flatten(),
    }
}

impl Live {
    /// Takes what the program called `program` logged, with the file (a URL or a path; empty
    /// where it is not known) and the line that say so.
    pub(crate) fn logged(
        &self,
        program: &str,
        level: Level,
        said: &str,
        file: &str,
        line: Option<u32>,
    ) {
        let (said, file) = (self.gate.hide(said), self.gate.hide(file));
        let said = text::Said::read(&said, &file, line);
        let place = self.place(said.file);
        let entry = Entry {
            at: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            program: text::bounded(program),
            level,
            file: match &place {
                Some((path, _)) => Some(path.to_string()),
                None if said.file.is_empty() => None,
                None => Some(text::bounded(said.file)),
            },
            line: said.line,
            column: said.column,
            text: text::without_versions(&text::bounded(said.message)),
            heard: Instant::now(),
        };
        // A file that this server did not have was told of when it was asked for.
        if !text::is_of_missing_file(said.message) && self.console.may_print() {
            let is_fault = said.is_located && matches!(level, Level::Warning | Level::Error);
            self.print(&entry, place.filter(|_| is_fault));
        }
        self.console.add(entry);
    }

    /// The file of the tree that a URL or a path means, and the version that it was loaded from.
    fn place(&self, file: &str) -> Option<Place> {
        let local = match Url::parse(file) {
            Ok(url) if url.scheme() == "file" => url.to_file_path().ok()?,
            Ok(_) => return diagnostic::of_url(file),
            Err(_) => file.into(),
        };
        Some((self.tree.root().path_of(&local)?, None))
    }

    fn print(&self, entry: &Entry, fault: Option<Place>) {
        let message = text::escaped(&entry.text);
        let described = match fault {
            // As a compiler would print it.
            Some((file, version)) => {
                let diagnostic = Diagnostic {
                    file: Some(file),
                    line: entry.line,
                    column: entry.column,
                    message,
                    version,
                };
                self.describe(&diagnostic, None)
            }
            None => {
                let mut text = entry.file.as_deref().map(text::escaped).unwrap_or_default();
                if let (Some(line), false) = (entry.line, text.is_empty()) {
                    text.push_str(&format!(":{line}"));
                }
                if !text.is_empty() {
                    text.push_str(": ");
                }
                text + &message
            }
        };
        let program = text::escaped(&entry.program);
        match entry.level {
            Level::Debug | Level::Info => info!("{program}: {described}"),
            Level::Warning => warn!("{program}: {described}"),
            Level::Error => error!("{program}: {described}"),
        }
    }
}

impl Console {
    /// The last messages, oldest first.
    pub(crate) fn last(&self) -> Vec<Entry> {
        self.lock().iter().cloned().collect()
    }

    /// Those of the last messages that were heard since then, oldest first.
    pub(crate) fn since(&self, moment: Instant) -> Vec<Entry> {
        let kept = self.lock();
        let since = kept.iter().filter(|entry| entry.heard >= moment);
        since.cloned().collect()
    }

    fn add(&self, entry: Entry) {
        let mut kept = self.lock();
        kept.push_back(entry.clone());
        if kept.len() > KEPT {
            kept.pop_front();
        }
        // Within the lock, so that who begins to listen neither misses nor doubles one. Nobody
        // may be listening.
        let _ = self.news.send(entry);
    }

    /// The last messages, and all that come after them.
    fn listen(&self) -> (Vec<Entry>, broadcast::Receiver<Entry>) {
        let kept = self.lock();
        (kept.iter().cloned().collect(), self.news.subscribe())
    }

    fn may_print(&self) -> bool {
        self.printed.admits(|| {
            warn!("more is logged by programs than is printed: /@qmlserve/log has all of it");
        })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

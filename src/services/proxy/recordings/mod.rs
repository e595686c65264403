//! What was answered once, kept in a file to be answered again.
//!
//! The file is one that people read and keep in version control: it is written as a whole, in one
//! order, and what did not change in it stays as it was. What cannot be read is never written over.

mod har;
mod rules;

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{Notify, watch};
use tracing::{debug, error, info, warn};
use url::Url;

use super::config::{Mode, ProxyConfig};
use super::target::Place;
use crate::tree::file::Stat;
pub(super) use har::{Exchange, Recorded};
pub(super) use rules::{Key, Rules};

/// How long an exchange may wait to be written, so that many are written at once.
const LAG: Duration = Duration::from_millis(250);

/// How often is looked whether somebody has edited the file.
const LOOK: Duration = Duration::from_millis(500);

/// And so many times as long as it took the last time, for a large file.
const REST: u32 = 4;

/// The most that is recorded from a start to the next one, in bytes: anybody may ask.
const MOST: usize = 128 << 20;

/// How often an answer that came again and again is kept, where another one follows.
const MOST_REPEATED: usize = 100;

/// What an exchange takes beside its bodies, in bytes, at least.
const OVERHEAD: usize = 2048;

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    /// The system does not give it.
    #[error("{}: {error}; see that it can be read and written, or name another file: recording = in its [[proxy]]", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is no JSON: cut off, or something else.
    #[error("{}:{}:{}: the recording is cut off, or no HAR: {error}; mend it, take it back from version control, or move it away: it is not written over", .path.display(), .error.line(), .error.column())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        error: serde_json::Error,
    },
    /// It is other JSON.
    #[error("{}: this is no HAR, which has a list of entries in its log; name another file: recording = in its [[proxy]]", .path.display())]
    NotHar {
        /// The file.
        path: PathBuf,
    },
}

/// The recording of one proxy.
#[derive(Debug)]
pub(super) struct Recordings {
    path: PathBuf,
    place: Place,
    pub rules: Rules,
    /// The most bytes of a body.
    pub max_body: u64,
    state: Mutex<State>,
    /// What the file was when it was last read or written. Held while it is.
    seen: Mutex<Option<Stat>>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<Key, Sequence>,
    /// What was recorded since the start, which takes the place of what the file has for it.
    news: HashMap<Key, News>,
    unsaved: bool,
    /// The bytes of what was recorded since the start.
    bytes: usize,
}

/// The answers to one request, in their order.
#[derive(Debug, Default)]
struct Sequence {
    all: Vec<Arc<Recorded>>,
    next: usize,
}

/// What was recorded of one request.
#[derive(Debug, Default)]
struct News {
    entries: Vec<Value>,
    /// How often the last one came again: it is answered for ever, unless another one follows.
    repeated: usize,
}

impl Recordings {
    /// Reads what is in the file of a proxy, if it is there.
    ///
    /// # Errors
    /// It cannot be read, or is no HAR.
    pub(super) fn open(config: &ProxyConfig, place: Place) -> Result<Self, RecordingError> {
        let recordings = Self {
            path: config.recording.clone(),
            place,
            rules: Rules {
                ignore_query: config.ignore_query.clone(),
                secret: config.secret.clone(),
                added: config
                    .headers
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect(),
            },
            max_body: config.max_body,
            state: Mutex::default(),
            seen: Mutex::new(Stat::at(&config.recording)),
            changed: Notify::new(),
        };
        let file = read(&recordings.path)?;
        let found = file.is_some();
        recordings.take(&file.unwrap_or_else(har::empty));
        if config.mode == Mode::Replay && !found {
            warn!(
                "{} is not there: {} has nothing to replay; mode = \"auto\" or \"record\" in \
                 its [[proxy]] makes it",
                recordings.path.display(),
                config.path
            );
        }
        Ok(recordings)
    }

    /// Answers from now on with what this file has.
    fn take(&self, file: &Value) {
        let mut found: HashMap<Key, Vec<&Value>> = HashMap::new();
        for entry in entries(file) {
            if let Some(key) = self.key_of(entry) {
                found.entry(key).or_default().push(entry);
            }
        }
        let mut state = self.lock();
        // What a person changed since it was recorded is theirs.
        state.news.retain(|key, news| {
            let entries = found.get(key).map(Vec::as_slice).unwrap_or_default();
            let same = |(old, new): (&&Value, &Value)| har::is_same(old, new);
            entries.len() == news.entries.len() && entries.iter().zip(&news.entries).all(same)
        });
        let (mut count, mut empty) = (0, 0);
        let before = std::mem::take(&mut state.answers);
        for (key, entries) in found {
            let all: Vec<_> = entries
                .iter()
                .filter_map(|entry| har::answer(entry).map(Arc::new))
                .collect();
            count += all.len();
            empty += entries.len() - all.len();
            if !all.is_empty() {
                let next = before.get(&key).map_or(0, |before| before.next);
                let next = next.min(all.len() - 1);
                state.answers.insert(key, Sequence { all, next });
            }
        }
        drop(state);
        let name = self.path.display();
        if empty > 0 {
            warn!("{name}: {empty} answers have no content; save the HAR with content");
        }
        info!("{name}: {count} answers for {}", self.place.path);
    }

    /// The file, as messages name it.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// How many requests have answers.
    pub(super) fn len(&self) -> usize {
        self.lock().answers.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of an entry, if it is one of this proxy's.
    fn key_of(&self, entry: &Value) -> Option<Key> {
        let (method, url, body, media_type) = har::request(entry)?;
        let url = Url::parse(url).ok()?;
        let below = self.place.recorded_below(&url)?;
        Some(
            self.rules
                .key(method, below, url.query(), &body, media_type),
        )
    }

    /// The next answer to a request; the last one again where there is no other.
    pub(super) fn next(&self, key: &Key) -> Option<Arc<Recorded>> {
        let mut state = self.lock();
        let sequence = state.answers.get_mut(key)?;
        let answer = sequence.all.get(sequence.next)?;
        let answer = Arc::clone(answer);
        if sequence.next + 1 < sequence.all.len() {
            sequence.next += 1;
        }
        Some(answer)
    }

    /// The request that is most alike, of those that have answers.
    pub(super) fn nearest(&self, key: &Key) -> Option<String> {
        let asked = key.to_string();
        let state = self.lock();
        let known = state.answers.keys().map(|known| {
            let known = known.to_string();
            (strsim::jaro_winkler(&asked, &known), known)
        });
        let nearest = known.max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))?;
        Some(nearest.1)
    }

    /// Adds an exchange. It is written in a moment.
    pub(super) fn add(&self, key: Key, exchange: Exchange) {
        let entry = match har::entry(&exchange, &self.rules) {
            Ok(entry) => entry,
            Err(secretive) => {
                warn!("{key} is not recorded: {secretive}");
                return;
            }
        };
        let Some(answer) = har::answer(&entry) else {
            return;
        };
        let bytes = exchange.body.len() + answer.body.len() + OVERHEAD;
        let mut state = self.lock();
        if state.bytes + bytes > MOST {
            warn!("{key} is not recorded: {MOST} bytes were, since the server was started");
            return;
        }
        let news = state.news.entry(key.clone()).or_default();
        let first = news.entries.is_empty();
        if news
            .entries
            .last()
            .is_some_and(|last| har::is_same(last, &entry))
        {
            news.repeated += 1;
            return;
        }
        let repeated = std::mem::take(&mut news.repeated).min(MOST_REPEATED);
        if let Some(last) = news.entries.last().cloned() {
            news.entries.extend(std::iter::repeat_n(last, repeated));
        }
        news.entries.push(entry);
        let sequence = state.answers.entry(key).or_default();
        if first {
            *sequence = Sequence::default();
        }
        if let Some(last) = sequence.all.last().cloned() {
            sequence.all.extend(std::iter::repeat_n(last, repeated));
        }
        sequence.all.push(Arc::new(answer));
        sequence.next = sequence.all.len() - 1;
        state.bytes += bytes;
        state.unsaved = true;
        self.changed.notify_one();
    }

    /// Writes what is new, a moment after it came, and reads what a person has edited, until the
    /// server stops.
    pub(super) async fn follow(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        let mut took = Duration::ZERO;
        loop {
            tokio::select! {
                () = self.changed.notified() => tokio::time::sleep(LAG.max(took * REST)).await,
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
            let began = Instant::now();
            let own = Arc::clone(&self);
            if let Err(error) = tokio::task::spawn_blocking(move || own.save()).await {
                debug!("{error}");
            }
            took = began.elapsed();
        }
    }

    /// Writes what is new, and takes over what somebody else has written. What cannot be written is
    /// told, and kept to be written later.
    pub(super) fn save(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Stat::at(&self.path);
        let is_edited = now.is_some() && now != *seen;
        *seen = now;
        let news: Option<HashMap<_, _>> = {
            let mut state = self.lock();
            let unsaved = std::mem::take(&mut state.unsaved);
            let news = state.news.iter();
            let news = news.map(|(key, news)| (key.clone(), news.entries.clone()));
            unsaved.then(|| news.collect())
        };
        if news.is_none() && !is_edited {
            return;
        }
        let is_new = news.is_some();
        let outcome = read(&self.path).and_then(|file| {
            let mut file = file.unwrap_or_else(har::empty);
            if let Some(news) = news {
                file = self.merged(file, news);
                write(&self.path, &file).map_err(|error| RecordingError::Unreadable {
                    path: self.path.clone(),
                    error,
                })?;
                *seen = Stat::at(&self.path);
            }
            Ok(file)
        });
        match outcome {
            Ok(file) if is_edited => self.take(&file),
            Ok(_) => {}
            Err(error) if is_new => {
                self.lock().unsaved = true;
                error!("nothing is recorded: {error}");
            }
            Err(error) => error!("what was edited does not count: {error}"),
        }
    }

    /// The file with what is new in the place of what it had for the same requests, in one order.
    fn merged(&self, mut file: Value, mut news: HashMap<Key, Vec<Value>>) -> Value {
        let Some(entries) = file["log"]["entries"].as_array_mut() else {
            return file;
        };
        let mut old: HashMap<Key, Vec<Value>> = HashMap::new();
        let mut all: Vec<(Option<Key>, Value)> = Vec::new();
        for entry in entries.drain(..) {
            match self.key_of(&entry) {
                Some(key) if news.contains_key(&key) => old.entry(key).or_default().push(entry),
                key => all.push((key, entry)),
            }
        }
        for (key, entries) in &mut news {
            let before = old.remove(key).unwrap_or_default();
            let kept = before.iter().zip(entries.iter());
            let same = kept.take_while(|(old, new)| har::is_same(old, new)).count();
            // Nothing new, or the beginning of what was there: it stays as it is.
            let entries = match same == entries.len() {
                true => before,
                false => before[..same]
                    .iter()
                    .chain(&entries[same..])
                    .cloned()
                    .collect(),
            };
            all.extend(entries.into_iter().map(|entry| (Some(key.clone()), entry)));
        }
        // Those of one request keep their order, and so does what is none of this proxy's.
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        *entries = all.into_iter().map(|(_, entry)| entry).collect();
        file
    }
}

fn entries(file: &Value) -> impl Iterator<Item = &Value> {
    file["log"]["entries"].as_array().into_iter().flatten()
}

/// The file, if it is there.
fn read(path: &Path) -> Result<Option<Value>, RecordingError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let path = path.to_owned();
            return Err(RecordingError::Unreadable { path, error });
        }
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let file: Value = serde_json::from_slice(bytes).map_err(|error| RecordingError::Json {
        path: path.to_owned(),
        error,
    })?;
    match file["log"]["entries"].is_array() {
        true => Ok(Some(file)),
        false => Err(RecordingError::NotHar {
            path: path.to_owned(),
        }),
    }
}

/// Writes the file in one go: it is the old one or the new one, whatever happens.
fn write(path: &Path, file: &Value) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut text = serde_json::to_string_pretty(file)?;
    text.push('\n');
    // Hidden, so that nobody serves it.
    let mut made = tempfile::Builder::new()
        .prefix(".recording-")
        .tempfile_in(folder)?;
    made.write_all(text.as_bytes())?;
    make_readable(made.as_file())?;
    made.as_file().sync_all()?;
    made.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Temporary files are for their owner alone; a recording goes into version control.
#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

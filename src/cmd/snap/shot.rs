//! One picture: a runtime of its own draws one document, out of sight, until that is still. What
//! goes wrong with it, a crash or a hang, is the outcome of this picture alone.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tempfile::TempDir;

use super::picture::Picture;
use super::setting::{Scheme, Setting};
use crate::attach::launch::described;
use crate::attach::launch::output::{Output, PATTERN, Said};
use crate::live::console::{Level, fault};
use crate::live::diagnostic::{self, Diagnostic};

/// The document that draws.
const CAMERA: &str = include_str!("camera.qml");

/// The address in [`CAMERA`] that stands for the server's. The parts of the client come from there:
/// Qt takes the name of the nearest local file in a call for the context of a translation.
const DEFAULT_ADDRESS: &str = "http://localhost:8080";

/// What stands before a fact on the console.
const MARK: &str = "qmlserve-picture ";

/// Time between two pictures of a document.
const INTERVAL: Duration = Duration::from_millis(80);

/// Equal pictures in a row of a document that is still.
const EQUAL: usize = 3;

/// How long a document may move after its first picture.
const RESTLESS: Duration = Duration::from_secs(4);

/// The most that a runtime may print, in bytes.
const MOST_PRINTED: u64 = 16 << 20;

/// The most problems that are kept of one document.
const MOST_PROBLEMS: usize = 20;

/// Variables that say where Qt's parts and fonts are; all others of Qt's would change the picture.
const PLACES: &[&str] = &[
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "QT_QPA_FONTDIR",
    "QML_IMPORT_PATH",
    "QML2_IMPORT_PATH",
];

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
    let folder = own_folder()?;
    write_camera(job, folder.path())?;
    let mut child = Running(start(job, folder.path())?);
    let said = listen(&mut child.0);
    Watch::new(job, &folder, said).follow(&mut child.0)
}

/// A folder that only this user can read: Qt wants one.
fn own_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder.prefix("qmlserve-").tempdir()
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

fn write_camera(job: &Job<'_>, folder: &Path) -> io::Result<()> {
    let camera = CAMERA.replace(DEFAULT_ADDRESS, job.server);
    fs::write(folder.join("camera.qml"), camera)?;
    if let Some(file) = job.translation
        && job.setting.runtime.translation_flag().is_none()
    {
        // Where Qt's own runtime looks by itself (QQmlApplicationEngine).
        let own = folder.join("i18n");
        fs::create_dir(&own)?;
        fs::copy(file, own.join(format!("qml_{}.qm", job.setting.language())))?;
    }
    let mut facts = job.document.clone();
    facts["mark"] = MARK.into();
    facts["folder"] = folder.to_string_lossy().into();
    facts["interval"] = millis(INTERVAL);
    facts["delay"] = millis(job.delay);
    facts["longest"] = millis(2 * (job.patience + job.delay + RESTLESS));
    facts["size"] = match job.setting.size {
        Some(size) => serde_json::json!([size.0, size.1]),
        None => serde_json::Value::Null,
    };
    fs::write(
        folder.join("job.js"),
        format!(".pragma library\nvar job = {facts}\n"),
    )?;
    if job.setting.scheme == Some(Scheme::Dark) {
        fs::write(folder.join("controls.conf"), dark())?;
    }
    Ok(())
}

/// Qt's documented range of a Timer's interval is that of an int.
fn millis(time: Duration) -> serde_json::Value {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX).into()
}

/// Settings of Qt Quick Controls for a dark look. Measured with the platform `offscreen` in 5.15,
/// 6.4 and 6.12: controls of all styles follow it; `SystemPalette` and `Qt.styleHints.colorScheme`
/// follow nothing.
fn dark() -> String {
    const STYLES: [&str; 6] = [
        "Default",
        "Basic",
        "Fusion",
        "Imagine",
        "Material",
        "Universal",
    ];
    const PALETTE: &str = "Palette\\Window=#353535\nPalette\\WindowText=#ffffff\n\
        Palette\\Button=#353535\nPalette\\ButtonText=#ffffff\nPalette\\Base=#191919\n\
        Palette\\AlternateBase=#353535\nPalette\\Text=#ffffff\nPalette\\BrightText=#ffffff\n\
        Palette\\ToolTipBase=#191919\nPalette\\ToolTipText=#ffffff\nPalette\\Highlight=#2a82da\n\
        Palette\\HighlightedText=#ffffff\nPalette\\Link=#2a82da\nPalette\\Light=#5a5a5a\n\
        Palette\\Midlight=#454545\nPalette\\Mid=#2a2a2a\nPalette\\Dark=#1e1e1e\n\
        Palette\\Shadow=#000000\nPalette\\PlaceholderText=#808080\n";
    let section = |style: &&str| format!("[{style}]\nTheme=Dark\n{PALETTE}");
    STYLES.iter().map(section).collect()
}

fn start(job: &Job<'_>, folder: &Path) -> io::Result<Child> {
    let runtime = &job.setting.runtime;
    let mut command = Command::new(&runtime.path);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_of_qt = ["QT_", "QML", "QSG_"]
            .iter()
            .any(|start| text.starts_with(start));
        let is_of_language = text.starts_with("LC_") || text == "LANGUAGE";
        if is_of_language || is_of_qt && !PLACES.contains(&&*text) {
            command.env_remove(&name);
        }
    }
    let language = job.setting.language();
    command
        .args(&runtime.args)
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QT_FORCE_STDERR_LOGGING", "1")
        .env("QT_MESSAGE_PATTERN", PATTERN)
        .env("LANG", format!("{language}.UTF-8"))
        // Of these, the system has to have it.
        .env("LC_CTYPE", "C.UTF-8")
        .env("TZ", "UTC")
        .env("XDG_RUNTIME_DIR", folder);
    if let Some(style) = &job.setting.style {
        command.env("QT_QUICK_CONTROLS_STYLE", style.as_str());
    }
    if job.setting.scheme == Some(Scheme::Dark) {
        command.env("QT_QUICK_CONTROLS_CONF", folder.join("controls.conf"));
    }
    if let (Some(file), Some(flag)) = (job.translation, runtime.translation_flag()) {
        command.arg(flag).arg(file);
    }
    command
        .arg(folder.join("camera.qml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
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

    /// By itself, before it was still.
    fn ended(&self, child: &mut Child) -> io::Result<Outcome> {
        let how = described(child.wait()?);
        let words = match self.last_words.as_str() {
            "" => String::new(),
            words => format!(": {words}"),
        };
        Ok(Outcome::Failed(format!(
            "the runtime ended with {how} before there was a picture{words}"
        )))
    }
}

//! `qmlserve snap`: pictures of documents as stock runtimes draw them, compared with the pictures
//! that are kept. Opens the tree as the server does; what it writes is pictures and a report.

mod documents;
mod kept;
mod picture;
mod queue;
mod report;
mod setting;
mod shot;
mod verdict;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::cmd::run::places::Places;
use crate::cmd::run::runtimes;
use crate::config::{Config, Source, parse_flag};
use crate::path::TreePath;
use crate::server::tree_config;
use crate::tree::Tree;
use crate::tree::snapshot::Snapshot;
use kept::Gallery;
use picture::Tolerance;
use setting::{Asked, Scheme, Setting, Size, Word};
use shot::Job;
use verdict::{Rules, Task, Verdict};

/// The folder of kept pictures, in the folder of the documents.
const PICTURES: &str = "snapshots";

/// How long a document may take to come up, where nobody says so.
const PATIENCE: Duration = Duration::from_secs(15);

/// The exit code of a document that is not there, as of anything else that was typed wrong.
const USAGE: u8 = 2;

/// What `snap` takes.
#[derive(Clone, Debug, PartialEq, Args)]
pub(super) struct SnapArgs {
    /// The folder of the documents, or a document [default: www if there is one, else the current
    /// directory]
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,

    /// The documents to draw, paths below DIR [default: all that stand alone: whose types no other
    /// document uses]
    #[arg(value_name = "DOCUMENT")]
    documents: Vec<PathBuf>,

    /// A runtime to draw in, by its name (qml, qml6, qmlscene, pyside6) or its path; repeatable
    /// [default: one for each version of Qt that this machine has]
    #[arg(long = "runtime", value_name = "NAME|PATH")]
    runtimes: Vec<OsString>,

    /// A size to draw in, such as 800x480; repeatable [default: the document's own]
    #[arg(long = "size", value_name = "WxH")]
    sizes: Vec<Size>,

    /// A style of Qt Quick Controls, such as Fusion or Material; repeatable [default: the runtime's]
    #[arg(long = "style", value_name = "NAME")]
    styles: Vec<Word>,

    /// Light or dark controls; repeatable [default: light]
    #[arg(long = "scheme", value_name = "SCHEME", value_enum)]
    schemes: Vec<Scheme>,

    /// A language, such as de_DE; repeatable [default: en_US]
    ///
    /// Numbers, dates and uiLanguage follow it, and translations of the folder whose name ends in
    /// it, _de_DE.qm or _de.qm.
    #[arg(long = "language", value_name = "NAME")]
    languages: Vec<Word>,

    /// The folder of the pictures that are kept [default: snapshots, in DIR]
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,

    /// Keep what is drawn, where it is not what is kept
    #[arg(long)]
    update: bool,

    /// What red, green or blue of a pixel may be off, of 255
    #[arg(long, value_name = "N", default_value_t = 2)]
    tolerance: u8,

    /// The pixels that may be off by more, in percent of all
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    share: f64,

    /// How long a document is left alone before it is looked at, for what comes by timers
    /// [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = parse_flag::<Duration>)]
    delay: Option<Duration>,

    /// How long a document may take to come up [default: 15s]
    #[arg(long, value_name = "DURATION", value_parser = parse_flag::<Duration>)]
    timeout: Option<Duration>,

    /// A page to write with the pictures before, after, and what differs, in one file
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// How the outcome is written to standard output: for people, for programs, or as annotations
    /// of GitHub Actions
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the outcome is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse().ok();
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 100, such as 0.1".to_owned())
}

/// What a run came to.
struct Outcome<'a> {
    /// The folder of the documents.
    dir: &'a Path,
    /// The folder of the kept pictures.
    pictures: &'a Path,
    snapshot: &'a Snapshot,
    /// In the order of documents and settings.
    verdicts: Vec<Verdict>,
    /// Kept pictures of documents that are no more.
    left_over: Vec<PathBuf>,
    tolerance: Tolerance,
}

impl Outcome<'_> {
    fn is_failure(&self) -> bool {
        let mut verdicts = self.verdicts.iter();
        verdicts.any(|verdict| verdict.state.is_failure())
    }
}

/// Draws, compares and tells; ends with 1 if a picture is not as it should be.
///
/// # Errors
/// The folder cannot be read, there is no runtime, or something cannot be written.
pub(super) fn run(config: &Config, args: &SnapArgs) -> anyhow::Result<ExitCode> {
    let found = runtimes::choose_several(&Places::of_this_machine(), &args.runtimes)?;
    let found: Vec<_> = found.into_iter().map(Arc::new).collect();
    let tree = Arc::new(Tree::open(&tree_config(config))?);
    let snapshot = tree.store().newest();
    let (documents, is_named) = match documents(config, args, &tree, &snapshot) {
        Ok(documents) => documents,
        Err(message) => {
            writeln!(io::stderr(), "error: {message}")?;
            return Ok(ExitCode::from(USAGE));
        }
    };
    let dir = &config.dir.value;
    let pictures = args.pictures.clone().unwrap_or_else(|| dir.join(PICTURES));
    let rules = Rules {
        gallery: Gallery::new(pictures),
        tolerance: Tolerance {
            channel: args.tolerance,
            share: args.share / 100.0,
        },
        update: args.update,
    };
    if args.update {
        rules.gallery.prepare()?;
    }
    if let Some(report) = &args.report {
        // Now, and not when all is drawn.
        let tried = OpenOptions::new().append(true).create(true).open(report);
        tried.with_context(|| format!("the report cannot be written to {}", report.display()))?;
    }
    let settings = Setting::all(
        &found,
        Asked {
            sizes: &args.sizes,
            styles: &args.styles,
            schemes: &args.schemes,
            languages: &args.languages,
        },
    );
    let verdicts = queue::serve(&tree, config.port.value, |base| {
        let translation = |setting: &Setting| {
            let named = setting.names_language();
            let language = Some(setting.language()).filter(|_| named)?;
            documents::translation(&tree, &snapshot, language)
        };
        let translations: Vec<_> = settings.iter().map(translation).collect();
        let mut tasks = Vec::new();
        for document in &documents {
            for (setting, translation) in settings.iter().zip(&translations) {
                tasks.push(Task {
                    document: document.clone(),
                    is_named,
                    job: Job {
                        setting,
                        server: base,
                        document: documents::given(&tree, &snapshot, base, document),
                        translation: translation.as_deref(),
                        delay: args.delay.unwrap_or_default(),
                        patience: args.timeout.unwrap_or(PATIENCE),
                    },
                });
            }
        }
        queue::judge_all(&tasks, &rules)
    })?;
    let left_over = match is_named {
        true => Vec::new(),
        false => {
            let folders: BTreeSet<_> = settings.iter().map(Setting::folder).collect();
            let drawn = verdicts.iter().map(|verdict| verdict.file.clone());
            rules.gallery.left_over(&folders, &drawn.collect())
        }
    };
    let outcome = Outcome {
        dir,
        pictures: rules.gallery.dir(),
        snapshot: &snapshot,
        verdicts,
        left_over,
        tolerance: rules.tolerance,
    };
    if let Some(file) = &args.report {
        let written = std::fs::write(file, report::html(&outcome));
        written.with_context(|| format!("the report cannot be written to {}", file.display()))?;
    }
    let mut out = io::stdout().lock();
    out.write_all(report::write(&outcome, args.format).as_bytes())?;
    out.flush()?;
    Ok(match outcome.is_failure() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// What is drawn, and whether a person has named it.
fn documents(
    config: &Config,
    args: &SnapArgs,
    tree: &Tree,
    snapshot: &Snapshot,
) -> Result<(Vec<TreePath>, bool), String> {
    let mut names = args.documents.clone();
    if names.is_empty() && matches!(config.document.source, Source::Flag(_)) {
        names.push(config.document.value.as_str().into());
    }
    if !names.is_empty() {
        return Ok((documents::named(tree, snapshot, &names)?, true));
    }
    let all = documents::standing_alone(snapshot);
    match all.is_empty() {
        true => Err(format!(
            "there is no QML document in {}: name a folder that has some, as in: qmlserve snap ui",
            config.dir.value.display()
        )),
        false => Ok((all, false)),
    }
}

//! `qmlserve check`: whether a client would take every document of a tree. Opens the tree as the
//! server does, and changes nothing.
//!
//! An error is what is certain: what `tree::faults` finds, what Qt's own parser refuses (`qmllint`,
//! where there is one), and, where a runtime is to be asked, what that says of the served documents.
//! All else is a warning.

mod client;
mod lint;
mod report;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cmd::run::places::Places;
use crate::config::Config;
use crate::live::diagnostic::excerpt;
use crate::path::TreePath;
use crate::server::tree_config;
use crate::tree::Tree;
use crate::tree::faults::{Fault, Faults, missing_files};
use crate::tree::problems::problems;
use crate::tree::snapshot::Snapshot;

/// What `check` takes.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub(super) struct CheckArgs {
    /// The folder to check [default: www if there is one, else the current directory]
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,

    /// How findings are written to standard output: for people, for programs, as annotations of
    /// GitHub Actions, or as SARIF 2.1.0
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Have a runtime of this machine load every document from the server, and say what it says:
    /// the newest one, or the one that is named (qml, qml6, qmlscene, pyside6, or a path)
    ///
    /// Only so are modules that are not installed and properties that do not exist found. Its word
    /// counts for what does not parse and for types, too.
    #[arg(long, value_name = "RUNTIME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    client: Option<OsString>,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
    Sarif,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Error,
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file, below the folder.
    file: TreePath,
    /// The line, from 1; 0 for the whole file.
    line: u32,
    /// The column, from 1; 0 where it is not known.
    column: u32,
    severity: Severity,
    /// What kind of finding: `syntax`, `import`, `folder`, `type`, `qmldir`, `file`,
    /// `project`, `client`.
    rule: &'static str,
    message: String,
    hint: Option<String>,
}

impl From<Fault> for Finding {
    fn from(fault: Fault) -> Self {
        Self {
            file: fault.path,
            line: fault.line,
            column: fault.column,
            severity: match fault.rule.is_error() {
                true => Severity::Error,
                false => Severity::Warning,
            },
            rule: fault.rule.name(),
            message: fault.message,
            hint: fault.hint,
        }
    }
}

/// What was looked at, and what was found.
struct Outcome<'a> {
    /// The folder.
    dir: &'a std::path::Path,
    snapshot: &'a Snapshot,
    /// Sorted by place.
    findings: Vec<Finding>,
    documents: usize,
    /// What was asked besides: `qmllint 6.4.2`, `qml 6.4.2 (/usr/…)`.
    asked: Vec<String>,
}

impl Outcome<'_> {
    fn count(&self, severity: Severity) -> usize {
        let of_it = self.findings.iter().filter(|one| one.severity == severity);
        of_it.count()
    }

    /// The line of a finding with a caret.
    fn excerpt(&self, finding: &Finding) -> Option<String> {
        let bytes = self.snapshot.file(&finding.file)?.bytes()?.clone();
        let column = Some(finding.column).filter(|column| *column > 0);
        excerpt(
            str::from_utf8(&bytes).ok()?,
            finding.line,
            column,
            &finding.message,
        )
    }
}

/// Prints what is found, and ends with 1 if there is an error.
///
/// # Errors
/// The folder cannot be read, the runtime that was asked for is not there, or nothing can be
/// printed.
pub(super) fn run(config: &Config, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let places = Places::of_this_machine();
    let runtime = match &args.client {
        Some(name) => Some(client::choose(&places, name)?),
        None => None,
    };
    let tree = Arc::new(Tree::open(&tree_config(config))?);
    let snapshot = tree.store().newest();
    let mut asked = Vec::new();
    let faults = Faults::of(&snapshot);
    let mut findings: Vec<Finding> = faults.iter().cloned().map(Finding::from).collect();
    if let Some(lint) = lint::Lint::newest(&places) {
        let documents = documents(&snapshot);
        let refused = lint.refused(&tree, &documents)?;
        lint::settle(&mut findings, refused, &documents, &lint);
        asked.push(lint.to_string());
    }
    if let Some(runtime) = &runtime {
        let mut asked_of = documents(&snapshot);
        // Qt 5.15 refuses to load one by itself, and then for all who use it.
        let is_singleton = |path: &TreePath| {
            let document = snapshot.file(path).and_then(|file| file.document());
            document.is_some_and(|document| document.singleton)
        };
        asked_of.retain(|path| !is_singleton(path));
        let said = client::ask(runtime, &tree, config.port.value, &asked_of)?;
        client::settle(&mut findings, said, &is_singleton);
        asked.push(runtime.to_string());
    }
    findings.extend(missing_files(&snapshot).into_iter().map(Finding::from));
    findings.extend(warnings(&snapshot));
    findings.sort();
    findings.dedup();
    let outcome = Outcome {
        dir: &config.dir.value,
        documents: documents(&snapshot).len(),
        snapshot: &snapshot,
        findings,
        asked,
    };
    let mut out = io::stdout().lock();
    out.write_all(report::write(&outcome, args.format).as_bytes())?;
    out.flush()?;
    Ok(match outcome.count(Severity::Error) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The QML documents of the sources, and what they are made of.
fn documents(snapshot: &Snapshot) -> BTreeSet<TreePath> {
    let built = &snapshot.project().build_dirs;
    let files = snapshot.files().filter(|(path, file)| {
        let is_built = built.iter().any(|dir| path.is_within(dir));
        path.as_str().ends_with(".qml") && file.document().is_some() && !is_built
    });
    files.map(|(path, _)| path).collect()
}

/// What a person should know besides.
fn warnings(snapshot: &Snapshot) -> impl Iterator<Item = Finding> {
    let problems = problems(snapshot, None).into_iter();
    problems.map(|(file, line, message)| Finding {
        file,
        line,
        column: 0,
        severity: Severity::Warning,
        rule: "project",
        message,
        hint: None,
    })
}

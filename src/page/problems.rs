//! What is wrong right now: what clients cannot show, and what the files say by themselves.

use serde::Serialize;
use serde_json::{Value, json};

use super::Page;
use crate::live::{Client, Diagnostic};
use crate::path::TreePath;
use crate::tree::faults::{Fault, Faults};
use crate::tree::problems;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// The most that are told: the first ones are those to repair.
const MOST: usize = 50;

/// Something wrong with a file.
#[derive(Debug)]
pub(super) struct Problem {
    path: TreePath,
    /// From 1; 0 for the whole file.
    line: u32,
    column: Option<u32>,
    message: String,
    is_error: bool,
}

impl From<&Fault> for Problem {
    fn from(fault: &Fault) -> Self {
        Self {
            path: fault.path.clone(),
            line: fault.line,
            column: Some(fault.column).filter(|column| *column > 0),
            message: fault.message.clone(),
            is_error: fault.rule.is_error(),
        }
    }
}

/// An error as clients tell it, with those that do.
struct Failing<'c> {
    error: &'c Diagnostic,
    version: Option<Version>,
    clients: Vec<&'c str>,
}

/// What is wrong with the files of a snapshot, whoever shows them.
pub(super) fn of_files(snapshot: &Snapshot) -> Vec<Problem> {
    let mut found = Vec::new();
    for (path, file) in snapshot.files() {
        let document = file.document();
        if let Some(error) = document.and_then(|document| document.syntax_error) {
            found.push(Problem {
                path,
                line: error.line,
                column: Some(error.column),
                message: "this does not parse".to_owned(),
                is_error: true,
            });
        }
    }
    let told = problems(snapshot, None).into_iter();
    found.extend(told.map(|(path, line, message)| Problem {
        path,
        line,
        column: None,
        message,
        is_error: false,
    }));
    found
}

/// Something wrong as it is told of.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemState {
    /// `error` or `warning`.
    pub level: &'static str,
    /// The file; absent where it is not known.
    pub file: Option<TreePath>,
    /// From 1.
    pub line: Option<u32>,
    /// Likewise.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// The line of the file, with a caret.
    pub source: Option<String>,
    /// What helps.
    pub hint: Option<String>,
    /// The clients that say so.
    pub clients: Vec<String>,
}

/// The section of the page: errors of clients first.
pub(super) fn section(page: &Page, of_files: &[Problem]) -> Value {
    json!(told(page, of_files))
}

impl Page {
    /// What is wrong in this state, with what its files are sure to be refused for: errors of
    /// clients first.
    pub(crate) fn problems(&self, snapshot: &Snapshot, faults: &Faults) -> Vec<ProblemState> {
        let mut problems = of_files(snapshot);
        for fault in faults.iter() {
            let is_told = |known: &Problem| known.path == fault.path && known.line == fault.line;
            if !problems.iter().any(is_told) {
                problems.push(Problem::from(fault));
            }
        }
        told(self, &problems)
    }
}

fn told(page: &Page, of_files: &[Problem]) -> Vec<ProblemState> {
    let clients = page.live.clients();
    let failing = failing(&clients);
    let is_told = |problem: &&Problem| {
        // A client says it better, and more of it.
        let mut failing = failing.iter();
        !problem.is_error || !failing.any(|one| one.error.file.as_ref() == Some(&problem.path))
    };
    let told: Vec<&Problem> = of_files.iter().filter(is_told).collect();
    let of_clients = failing.iter().map(|failing| of_client(page, failing));
    let (errors, warnings): (Vec<_>, Vec<_>) =
        told.into_iter().partition(|problem| problem.is_error);
    let of_files = errors.into_iter().chain(warnings);
    let of_files = of_files.map(|problem| of_file(page, problem));
    of_clients.chain(of_files).take(MOST).collect()
}

fn failing(clients: &[Client]) -> Vec<Failing<'_>> {
    let mut all: Vec<Failing<'_>> = Vec::new();
    for client in clients {
        let Some(failure) = &client.failed else {
            continue;
        };
        for error in &failure.errors {
            match all.iter_mut().find(|known| known.error.is_same(error)) {
                Some(known) => known.clients.push(&client.id),
                None => all.push(Failing {
                    error,
                    version: failure.version,
                    clients: vec![&client.id],
                }),
            }
        }
    }
    all
}

fn of_client(page: &Page, failing: &Failing<'_>) -> ProblemState {
    let clients = failing.clients.iter().map(|id| (*id).to_owned());
    state(
        page,
        failing.error,
        failing.version,
        true,
        clients.collect(),
    )
}

fn of_file(page: &Page, problem: &Problem) -> ProblemState {
    let diagnostic = Diagnostic {
        file: Some(problem.path.clone()),
        line: Some(problem.line).filter(|line| *line > 0),
        column: problem.column,
        message: problem.message.clone(),
        version: None,
    };
    state(page, &diagnostic, None, problem.is_error, Vec::new())
}

fn state(
    page: &Page,
    said: &Diagnostic,
    version: Option<Version>,
    is_error: bool,
    clients: Vec<String>,
) -> ProblemState {
    let known = page.live.explain(said, version);
    ProblemState {
        level: if is_error { "error" } else { "warning" },
        file: said.file.clone(),
        line: said.line,
        column: said.column,
        message: said.message.clone(),
        source: known.source,
        hint: known.hint,
        clients,
    }
}

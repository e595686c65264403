//! What is wrong right now: what clients cannot show, and what the files say by themselves.

use serde_json::{Value, json};

use super::Page;
use crate::live::{Client, Diagnostic};
use crate::path::TreePath;
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

/// The section of the page: errors of clients first.
pub(super) fn section(page: &Page, of_files: &[Problem]) -> Value {
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
    let all: Vec<Value> = of_clients.chain(of_files).take(MOST).collect();
    json!(all)
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

fn of_client(page: &Page, failing: &Failing<'_>) -> Value {
    let error = failing.error;
    let known = page.live.explain(error, failing.version);
    json!({
        "level": "error",
        "file": error.file,
        "line": error.line,
        "column": error.column,
        "message": error.message,
        "source": known.source,
        "hint": known.hint,
        "clients": failing.clients,
    })
}

fn of_file(page: &Page, problem: &Problem) -> Value {
    let line = Some(problem.line).filter(|line| *line > 0);
    let diagnostic = Diagnostic {
        file: Some(problem.path.clone()),
        line,
        column: problem.column,
        message: problem.message.clone(),
        version: None,
    };
    let known = page.live.explain(&diagnostic, None);
    json!({
        "level": if problem.is_error { "error" } else { "warning" },
        "file": problem.path,
        "line": line,
        "column": problem.column,
        "message": problem.message,
        "source": known.source,
        "hint": known.hint,
        "clients": [],
    })
}

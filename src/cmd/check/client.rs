//! A runtime of this machine that loads every document as a remote client does, and says what it
//! makes of it. It makes no objects, so that nothing of the documents runs.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

use super::{Finding, Severity};
use crate::cmd::question::{self, MARK};
use crate::cmd::run::places::Places;
use crate::cmd::run::runtimes::{self, Runtime};
use crate::config::Port;
use crate::live::console::without_versions;
use crate::live::diagnostic::{self, Diagnostic};
use crate::path::TreePath;
use crate::server;
use crate::tree::Tree;
use crate::tree::faults::Rule;

/// How long a runtime may take to start, and for each document.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_millis(500));

/// The runtime of that name; the newest where that is empty.
///
/// # Errors
/// There is none.
pub(super) fn choose(places: &Places, name: &OsStr) -> anyhow::Result<Runtime> {
    runtimes::choose(places, Some(name).filter(|name| !name.is_empty()))
}

/// Has it load the documents, and returns what is wrong with them, each error once. `port` is the
/// one at which the tree is served to people.
///
/// # Errors
/// It cannot be started, or did not come to an end.
pub(super) fn ask(
    runtime: &Runtime,
    tree: &Arc<Tree>,
    port: Port,
    documents: &BTreeSet<TreePath>,
) -> anyhow::Result<Vec<Finding>> {
    let snapshot = tree.store().newest();
    let paths: Vec<&TreePath> = documents.iter().collect();
    let url = |path: &&TreePath| {
        let generation = snapshot.generations().document(path);
        generation.map_or_else(String::new, |generation| generation.url_path(path))
    };
    let urls: Vec<String> = paths.iter().map(url).collect();
    let count = u32::try_from(paths.len()).unwrap_or(u32::MAX);
    let patience = PATIENCE.0 + PATIENCE.1 * count;
    let system = actix_web::rt::System::new();
    let (lines, ended) = system.block_on(async {
        let served = server::serve_documents(Arc::clone(tree), port)?;
        let document = question(&format!("http://{}", served.address), &urls);
        let runtime = runtime.clone();
        let asked = actix_web::web::block(move || question::ask(&runtime, &document, patience));
        let answer = asked.await.map_err(std::io::Error::other)?;
        served.handle.stop(false).await;
        answer
    })?;
    let mut found = BTreeSet::new();
    let mut judged = BTreeSet::new();
    for line in lines {
        let (number, text) = line.split_once('|').unwrap_or((&line, ""));
        let at = number.trim().parse::<usize>().ok();
        if let Some(path) = at.and_then(|at| paths.get(at)) {
            judged.insert(*path);
            // What JSON.stringify made is JSON, unless it was cut short.
            let text: String = serde_json::from_str(text).unwrap_or_default();
            found.extend(errors(path, &text));
        }
    }
    if let Some(next) = paths.iter().find(|path| !judged.contains(**path)) {
        let how = match ended {
            true => "ended",
            false => "did not come to an end",
        };
        anyhow::bail!(
            "{runtime} {how} after {} of {} documents; see what it makes of the next one, {next}",
            judged.len(),
            paths.len()
        );
    }
    Ok(found.into_iter().collect())
}

/// What a document's error text says, without what only follows from it.
fn errors(path: &TreePath, text: &str) -> Vec<Finding> {
    let all = diagnostic::parse(text);
    // "Type Button unavailable" and "Script URL unavailable" stand where something is used that is
    // wrong itself, or not there.
    let follows = |error: &Diagnostic| {
        let message = &error.message;
        let is_of_use = message.starts_with("Type ") || message.starts_with("Script ");
        is_of_use && message.ends_with(" unavailable")
    };
    let is_all = all.iter().all(follows);
    let errors = all.iter().filter(|error| is_all || !follows(error));
    let finding = |error: &Diagnostic| {
        let mut place = error;
        let mut message = without_versions(&error.message);
        if let Some(file) = &error.file
            && error.line.is_none()
            && error.message == "File not found"
        {
            // It is told of where it is used.
            let url = file.to_url();
            let mut uses = all.iter().filter(|other| follows(other));
            place = uses
                .find(|other| other.message.contains(&url))
                .unwrap_or(error);
            message = format!("{file} is not there");
        }
        let is_missing = std::ptr::eq(place, error) && error.line.is_none();
        let file = place.file.clone().filter(|_| !is_missing);
        Finding {
            file: file.unwrap_or_else(|| path.clone()),
            line: place.line.unwrap_or(0),
            column: place.column.unwrap_or(0),
            severity: Severity::Error,
            rule: "client",
            hint: hint(&message),
            message,
        }
    };
    errors.map(finding).collect()
}

fn hint(message: &str) -> Option<String> {
    let is_module = message.starts_with("module ") && message.contains("is not installed");
    is_module.then(|| {
        "qmlserve doctor tells which package has it; of a program's own module: qmlserve stubs"
            .to_owned()
    })
}

/// Puts its word in place of ours: what it has loaded is right, scripts and all. Of a folder that
/// no document imports it knows nothing, nor of documents that were left aside.
pub(super) fn settle(
    findings: &mut Vec<Finding>,
    mut errors: Vec<Finding>,
    is_aside: &dyn Fn(&TreePath) -> bool,
) {
    for error in &mut errors {
        let same = |finding: &&Finding| finding.file == error.file && finding.line == error.line;
        if let Some(known) = findings.iter().find(same) {
            error.hint = error.hint.take().or_else(|| known.hint.clone());
            error.column = match error.column {
                0 => known.column,
                column => column,
            };
        }
    }
    findings.retain(|finding| {
        let is_else = finding.severity == Severity::Warning || is_aside(&finding.file);
        is_else || finding.rule == Rule::Qmldir.name()
    });
    findings.extend(errors);
    // Of what was left aside both may have spoken.
    findings.sort();
    findings.dedup_by(|one, other| {
        (&one.file, one.line, &one.message) == (&other.file, other.line, &other.message)
    });
}

/// A document that loads one after the other, and says what each comes to.
fn question(base: &str, urls: &[String]) -> String {
    let urls: Vec<_> = urls.iter().map(|url| format!("{base}{url}")).collect();
    let urls = serde_json::json!(urls);
    format!(
        "import QtQuick 2.0\n\
         Item {{ id: root; property int at: 0; property var urls: {urls}; property var component: null\n\
         function next() {{\n\
         if (component) component.destroy()\n\
         if (at === urls.length) {{ Qt.callLater(Qt.quit); return }}\n\
         component = Qt.createComponent(urls[at], Component.Asynchronous)\n\
         if (component.status === Component.Loading) component.statusChanged.connect(done)\n\
         else done() }}\n\
         function done() {{\n\
         if (component.status === Component.Loading) return\n\
         console.log('{MARK} ' + at + '|' + JSON.stringify(component.errorString()))\n\
         ++at; Qt.callLater(next) }}\n\
         Component.onCompleted: next() }}\n"
    )
}

//! What the server knows of the project that it serves, for the start-up lines and the status.

use serde::Serialize;

use super::Live;
use crate::path::TreePath;
use crate::project::Place;
use crate::tree::snapshot::Snapshot;

/// The names of modules and the like in one line.
const MOST_NAMES: usize = 6;

/// What is known of a project.
#[derive(Debug, Serialize)]
pub(crate) struct ProjectReport {
    /// The modules that a build declares.
    modules: Vec<ModuleReport>,
    resources: ResourceReport,
    /// What names the entry.
    entries: Vec<EntryReport>,
    /// What could not be evaluated, or contradicts something else.
    findings: Vec<FindingReport>,
}

#[derive(Debug, Serialize)]
struct ModuleReport {
    uri: String,
    /// The directory that `import URI` leads to.
    dir: TreePath,
    /// `FILE:LINE`
    declared: String,
    files: usize,
    /// Whether C++ or Python may bring types that no document has.
    native: bool,
}

#[derive(Debug, Serialize)]
struct ResourceReport {
    files: usize,
    declared: Vec<String>,
}

#[derive(Debug, Serialize)]
struct EntryReport {
    document: TreePath,
    named: String,
}

#[derive(Debug, Serialize)]
struct FindingReport {
    place: String,
    message: String,
}

impl Live {
    /// What is known of the project in this state.
    pub(crate) fn project(&self, snapshot: &Snapshot) -> ProjectReport {
        let project = snapshot.project();
        let modules = project.modules.iter().map(|module| ModuleReport {
            uri: module.uri.clone(),
            dir: module.dir.clone(),
            declared: written(&module.declared),
            files: module.files.len(),
            native: module.native,
        });
        let entries = project.entries.iter().map(|entry| EntryReport {
            document: entry.document.clone(),
            named: written(&entry.named),
        });
        let findings = project.findings.iter().map(|finding| FindingReport {
            place: written(&finding.place),
            message: finding.message.clone(),
        });
        let mut declared: Vec<_> = project.resources.declared().map(written).collect();
        declared.dedup();
        ProjectReport {
            modules: modules.collect(),
            resources: ResourceReport {
                files: project.resources.len(),
                declared,
            },
            entries: entries.collect(),
            findings: findings.collect(),
        }
    }
}

fn written(place: &Place) -> String {
    match place.line {
        0 => place.path.to_string(),
        line => format!("{}:{line}", place.path),
    }
}

/// Some of the names, and how many more there are.
fn some(names: &[String]) -> String {
    let (first, more) = names.split_at(names.len().min(MOST_NAMES));
    match more.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

impl ProjectReport {
    /// The same for a person, none if there is nothing to say.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.modules.is_empty() {
            let modules = self.modules.iter();
            let modules: Vec<_> = modules
                .map(|module| format!("{} ({})", module.uri, module.declared))
                .collect();
            lines.push(format!("modules    {}", some(&modules)));
        }
        if self.resources.files > 0 {
            let declared = some(&self.resources.declared);
            lines.push(format!(
                "resources  {} files, {declared}",
                self.resources.files
            ));
        }
        if let [entry] = self.entries.as_slice() {
            lines.push(format!("entry      {} ({})", entry.document, entry.named));
        }
        if !lines.is_empty() {
            lines.insert(0, String::new());
        }
        lines
    }
}

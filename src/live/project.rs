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
    stand_ins: Vec<StandInReport>,
    /// The names that `context.json` gives.
    context: Vec<String>,
    /// The names that the program gives and `context.json` does not.
    missing: Vec<MissingReport>,
    /// What could not be evaluated, or contradicts something else.
    findings: Vec<FindingReport>,
}

#[derive(Debug, Serialize)]
struct StandInReport {
    uri: String,
    dir: TreePath,
    /// Whether a document imports it, or is of its module.
    used: bool,
}

#[derive(Debug, Serialize)]
struct MissingReport {
    name: String,
    given: String,
    /// What to do.
    hint: &'static str,
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
        let stand_ins = snapshot.stand_ins().into_iter();
        let stand_ins = stand_ins.map(|stand_in| StandInReport {
            uri: stand_in.uri,
            dir: stand_in.dir,
            used: stand_in.is_used,
        });
        let context = snapshot.context();
        let missing = project.context.iter().filter(|given| {
            let name = &given.name;
            context.is_none_or(|context| !context.contains_key(name))
        });
        let missing = missing.map(|given| MissingReport {
            name: given.name.clone(),
            given: written(&given.given),
            hint: "give it a value in context.json, for clients that are not the program",
        });
        let names = context.into_iter().flat_map(|context| context.keys());
        let mut declared: Vec<_> = project.resources.declared().map(written).collect();
        declared.dedup();
        ProjectReport {
            modules: modules.collect(),
            resources: ResourceReport {
                files: project.resources.len(),
                declared,
            },
            entries: entries.collect(),
            stand_ins: stand_ins.collect(),
            context: names.cloned().collect(),
            missing: missing.collect(),
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
        let used = self.stand_ins.iter().filter(|stand_in| stand_in.used);
        let used: Vec<_> = used
            .map(|stand_in| format!("{} ({})", stand_in.uri, stand_in.dir))
            .collect();
        if !used.is_empty() {
            lines.push(format!("stand-ins  {}", some(&used)));
        }
        if !self.context.is_empty() {
            lines.push(format!("context    {}", some(&self.context)));
        }
        let missing = self.missing.iter();
        let missing: Vec<_> = missing
            .map(|missing| format!("{} ({})", missing.name, missing.given))
            .collect();
        if !missing.is_empty() {
            let missing = some(&missing);
            lines.push(format!(
                "missing    {missing}: only the program gives it; or context.json"
            ));
        }
        lines
    }
}

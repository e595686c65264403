//! Qt's own parser, as `qmllint` has it. Only whether a document parses is taken from it: what it
//! says of types and properties depends on descriptions of modules that a machine need not have,
//! and of a program's own types there are none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::{Finding, Severity};
use crate::cmd::run::places::Places;
use crate::path::TreePath;
use crate::tree::Tree;
use crate::tree::faults::Rule;

/// The names that it has.
const NAMES: &[&str] = &["qmllint", "qmllint6", "qmllint-qt6"];

/// Documents handed to it at once: a command line is not endless.
const AT_ONCE: usize = 200;

/// What it says of a document that does not parse: line, column, message.
pub(super) type Refusal = (u32, u32, String);

/// A `qmllint` of Qt 6. That of Qt 5 knows less of the language than the engine of Qt 6.
#[derive(Debug)]
pub(super) struct Lint {
    path: PathBuf,
    version: Vec<u32>,
}

impl fmt::Display for Lint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version: Vec<_> = self.version.iter().map(ToString::to_string).collect();
        write!(out, "qmllint {}", version.join("."))
    }
}

impl Lint {
    /// The newest one of this machine.
    pub(super) fn newest(places: &Places) -> Option<Self> {
        let files = NAMES.iter().flat_map(|name| places.all(name));
        let found = files.filter_map(|path| {
            let version = version(&path).filter(|version| version.first() >= Some(&6))?;
            Some(Self { path, version })
        });
        found.max_by(|one, other| one.version.cmp(&other.version))
    }

    /// The documents that do not parse, with the first thing that is wrong in each.
    pub(super) fn refused(
        &self,
        tree: &Tree,
        documents: &BTreeSet<TreePath>,
    ) -> anyhow::Result<BTreeMap<TreePath, Refusal>> {
        let named: BTreeMap<String, &TreePath> = documents
            .iter()
            .map(|path| (tree.root().on_disk(path).display().to_string(), path))
            .collect();
        let files: Vec<&String> = named.keys().collect();
        let mut refused = BTreeMap::new();
        for files in files.chunks(AT_ONCE) {
            let output = Command::new(&self.path)
                .args(["--bare", "--ignore-settings", "-D", "all"])
                .args(files)
                .stdin(Stdio::null())
                .output()
                .with_context(|| format!("{} cannot be run", self.path.display()))?;
            for text in [&output.stdout, &output.stderr] {
                for line in String::from_utf8_lossy(text).lines() {
                    if let Some((file, refusal)) = read(line)
                        && let Some(path) = named.get(file)
                    {
                        refused.entry((*path).clone()).or_insert(refusal);
                    }
                }
            }
        }
        Ok(refused)
    }
}

fn version(path: &Path) -> Option<Vec<u32>> {
    let mut command = Command::new(path);
    let output = command
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let last = text.split_whitespace().last()?;
    last.split('.').map(|number| number.parse().ok()).collect()
}

/// A line that says that a document does not parse: `FILE:3:11: MESSAGE` of Qt 6.4, and
/// `Warning: FILE:3:11: MESSAGE [syntax]` of newer ones.
fn read(line: &str) -> Option<(&str, Refusal)> {
    let (line, is_marked) = match line.rsplit_once(" [syntax") {
        Some((line, _)) => (line, true),
        None => (line, false),
    };
    let place = match line.split_once(": ") {
        Some(("Warning" | "Error" | "Critical", rest)) if is_marked => rest,
        Some(_) if !is_marked => line,
        _ => return None,
    };
    let (place, message) = place.split_once(": ")?;
    let (place, column) = place.rsplit_once(':')?;
    let (file, number) = place.rsplit_once(':')?;
    let refusal = (
        number.parse().ok()?,
        column.parse().ok()?,
        message.to_owned(),
    );
    Some((file, refusal))
}

/// Puts its verdict beside ours, of the documents that it has read: what it takes is right, and what
/// both refuse is wrong. What it alone refuses may be newer than it is.
pub(super) fn settle(
    findings: &mut Vec<Finding>,
    refused: BTreeMap<TreePath, Refusal>,
    documents: &BTreeSet<TreePath>,
    lint: &Lint,
) {
    let syntax = Rule::Syntax.name();
    let is_ours = |finding: &Finding| finding.rule == syntax && documents.contains(&finding.file);
    let ours: BTreeMap<_, _> = findings
        .iter()
        .filter(|finding| is_ours(finding))
        .map(|finding| (finding.file.clone(), finding.clone()))
        .collect();
    findings.retain(|finding| !is_ours(finding));
    findings.extend(refused.into_iter().map(|(file, (line, column, message))| {
        let (severity, hint) = match ours.get(&file) {
            Some(ours) if ours.line == line => (Severity::Error, None),
            Some(ours) => {
                let hint = format!("line {}: {}", ours.line, ours.message);
                (Severity::Error, Some(hint))
            }
            None => {
                let hint = format!("{lint} says so; a newer Qt may take it");
                (Severity::Warning, Some(hint))
            }
        };
        Finding {
            file,
            line,
            column,
            severity,
            rule: syntax,
            message,
            hint,
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_not_parse_is_read() {
        let refusal = |column| (3, column, "Expected token `:'".to_owned());
        for (line, expected) in [
            (
                "/a b/x.qml:3:11: Expected token `:'",
                Some(("/a b/x.qml", refusal(11))),
            ),
            (
                "Warning: /x.qml:3:5: Expected token `:' [syntax]",
                Some(("/x.qml", refusal(5))),
            ),
            ("Warning: /x.qml:1:1: Failed to import Nix [import]", None),
            ("Warning: /x.qml: Warnings occurred while importing", None),
            ("import QtQuick", None),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}

//! Qt's resource files (`.qrc`): which files a program has under which path.

use std::collections::BTreeMap;

use roxmltree::{Document, Node, ParsingOptions};

use super::{Files, Finding, Place, ResourceSet};
use crate::path::{Refusal, TreePath};

/// Nodes of one file; more are nobody's.
const MOST_NODES: u32 = 500_000;

/// What one `.qrc` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Qrc {
    files: Vec<Entry>,
    error: Option<(u32, String)>,
}

/// `<file alias="…">name</file>`
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    prefix: String,
    lang: String,
    alias: Option<String>,
    name: String,
    line: u32,
}

/// Parses a `.qrc`.
pub(super) fn parse(text: &str) -> Qrc {
    let options = ParsingOptions {
        // Qt's own tools write `<!DOCTYPE RCC>`.
        allow_dtd: true,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    match Document::parse_with_options(text.trim_start_matches('\u{feff}'), options) {
        Ok(document) => Qrc {
            files: document
                .descendants()
                .filter_map(|node| entry(&document, node))
                .collect(),
            error: None,
        },
        Err(error) => Qrc {
            files: Vec::new(),
            error: Some((error.pos().row, error.to_string())),
        },
    }
}

fn entry(document: &Document<'_>, node: Node<'_, '_>) -> Option<Entry> {
    if !node.has_tag_name("file") {
        return None;
    }
    let resource = node
        .parent()
        .filter(|parent| parent.has_tag_name("qresource"))?;
    let attribute = |name| resource.attribute(name).unwrap_or_default().to_owned();
    Some(Entry {
        prefix: attribute("prefix"),
        lang: attribute("lang"),
        alias: node.attribute("alias").map(str::to_owned),
        name: node.text().unwrap_or_default().trim().to_owned(),
        line: document.text_pos_at(node.range().start).row,
    })
}

impl Qrc {
    /// The files that the `.qrc` at `path` compiles in. A name may be that of a directory, which
    /// then comes in whole. Of a file in several languages, the one without counts, then the first.
    pub(super) fn resources(
        &self,
        path: &TreePath,
        files: &dyn Files,
        findings: &mut Vec<Finding>,
    ) -> ResourceSet {
        let place = |line| Place {
            path: path.clone(),
            line,
        };
        let mut tell = |line: u32, message: String| {
            let place = place(line);
            findings.push(Finding { place, message });
        };
        if let Some((line, error)) = &self.error {
            tell(*line, format!("this is not a resource file: {error}"));
        }
        let mut found = BTreeMap::new();
        let mut missing: Vec<(u32, TreePath)> = Vec::new();
        let mut entries: Vec<_> = self.files.iter().collect();
        entries.sort_by_key(|entry| !entry.lang.is_empty());
        let dir = path.parent();
        for entry in entries {
            let name = &entry.name;
            let file = match TreePath::parse(&format!("{dir}/{name}")) {
                Ok(file) => file,
                Err(Refusal::Outside) => {
                    const ADVICE: &str = "serve the directory above it, or move the file";
                    let message = format!("{name} is outside of the served directory; {ADVICE}");
                    tell(entry.line, message);
                    continue;
                }
                Err(refusal) => {
                    tell(entry.line, format!("{name} is left out: {refusal}"));
                    continue;
                }
            };
            let alias = entry.alias.as_deref().unwrap_or(name);
            let resource = resource_path(&entry.prefix, alias);
            if files.has_file(&file) {
                found.entry(resource).or_insert(file);
                continue;
            }
            let below = files.files_in(&file, true);
            if below.is_empty() {
                missing.push((entry.line, file.clone()));
            }
            for inner in below {
                // `rcc` leaves out the directories in between.
                let name = resource_path(&resource, inner.name());
                found.entry(name).or_insert(inner);
            }
        }
        missing.sort();
        if let Some((line, file)) = missing.first() {
            let others = match missing.len() {
                1 => String::new(),
                all => format!(", nor are {} others of this list", all - 1),
            };
            let advice = "make the file, or take it out here";
            tell(*line, format!("{file} is not there{others}; {advice}"));
        }
        ResourceSet {
            declared: place(0),
            files: found,
        }
    }
}

/// The path below `qrc:` of what is called `alias` below a prefix. As `rcc` does it, `../` at the
/// beginning of the alias leads nowhere.
pub(super) fn resource_path(prefix: &str, alias: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in alias.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let prefix = prefix.split('/').filter(|part| !part.is_empty());
    let whole: Vec<&str> = prefix.chain(parts).collect();
    format!("/{}", whole.join("/"))
}

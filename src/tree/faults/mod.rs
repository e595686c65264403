//! What a client is sure to refuse, or to show without something: documents that do not parse, imports that lead nowhere, types
//! that nobody has. Only what is certain counts: whatever a program may have in its C++ is no
//! fault, nor what a version of Qt may know that is newer than this.
//!
//! Pure over a snapshot; telling is for others.

mod qmldirs;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use super::file::{File, Kind};
use super::imports::Meaning;
use super::snapshot::Snapshot;
use crate::path::{Language, TreePath};
use crate::qml::document::mistake::mistake;
use crate::qml::document::{Document, Import, ImportTarget};
use scope::Scope;

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A document that does not parse.
    Syntax,
    /// An import of a script that is not there.
    Import,
    /// An import of a folder that is not there. A remote client finds nothing in it, and says
    /// nothing (measured in 5.15, 6.4 and 6.12); a local one refuses the document.
    Folder,
    /// A type that there is not.
    Type,
    /// An entry of a `qmldir` without its file.
    Qmldir,
    /// A picture or a font that is not there.
    File,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub path: TreePath,
    /// The line, from 1; 0 for the whole file.
    pub line: u32,
    /// The column, from 1; 0 where it is not known.
    pub column: u32,
    /// What kind of fault.
    pub rule: Rule,
    /// What is wrong, as a client would say it.
    pub message: String,
    /// What helps.
    pub hint: Option<String>,
}

impl Rule {
    /// Whether a client refuses the document, and does not only show it without something.
    pub fn is_error(self) -> bool {
        !matches!(self, Self::Folder | Self::File)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Import => "import",
            Self::Folder => "folder",
            Self::Type => "type",
            Self::Qmldir => "qmldir",
            Self::File => "file",
        }
    }
}

/// The faults of a snapshot, kept by file, so that the next state costs what is new in it.
#[derive(Debug, Default)]
pub struct Faults {
    by_file: BTreeMap<TreePath, Vec<Fault>>,
    /// The scripts that documents import: no others are judged, since they may be for a browser.
    scripts: BTreeSet<TreePath>,
}

impl Faults {
    /// All faults of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let scripts = scripts(snapshot);
        let mut scope = Scope::new(snapshot);
        let mut by_file = BTreeMap::new();
        for (path, file) in snapshot.files() {
            let faults = of_file(&mut scope, &scripts, &path, file);
            if !faults.is_empty() {
                by_file.insert(path, faults);
            }
        }
        Self { by_file, scripts }
    }

    /// Those of the state after `former`, of which these are.
    pub fn after(mut self, former: &Snapshot, snapshot: &Snapshot) -> Self {
        let changed = snapshot.changed_since(former);
        if !changed.iter().all(|path| is_local(former, snapshot, path)) {
            return Self::of(snapshot);
        }
        let mut scope = Scope::new(snapshot);
        for path in changed {
            let faults = snapshot.file(&path);
            let faults = faults.map(|file| of_file(&mut scope, &self.scripts, &path, file));
            match faults.unwrap_or_default() {
                faults if faults.is_empty() => self.by_file.remove(&path),
                faults => self.by_file.insert(path, faults),
            };
        }
        self
    }

    /// The faults, file by file.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.by_file.values().flatten()
    }
}

/// Whether a change of this file changes nothing for others: a document whose contents are others,
/// with the same imports.
fn is_local(former: &Snapshot, snapshot: &Snapshot, path: &TreePath) -> bool {
    let (Some(before), Some(after)) = (former.file(path), snapshot.file(path)) else {
        return false;
    };
    let targets = |file: &File| -> Option<Vec<ImportTarget>> {
        let imports = file.document()?.imports.iter();
        Some(imports.map(|import| import.target.clone()).collect())
    };
    let is_asset = path.kind() == Kind::Asset && snapshot.has_project_of(former);
    is_asset || targets(before).is_some_and(|before| Some(before) == targets(after))
}

/// The scripts that documents import, those that they import, and so on.
fn scripts(snapshot: &Snapshot) -> BTreeSet<TreePath> {
    let mut found = BTreeSet::new();
    let mut open: Vec<TreePath> = Vec::new();
    let mut follow = |path: &TreePath, document: &Document, open: &mut Vec<TreePath>| {
        let dir = path.parent();
        let files = document.imports.iter();
        let files = files.filter(|import| matches!(import.target, ImportTarget::File(_)));
        for target in files.flat_map(|import| snapshot.imported(&dir, import)) {
            if is_script(&target) && found.insert(target.clone()) {
                open.push(target);
            }
        }
    };
    for (path, file) in snapshot.files() {
        if let Some(document) = file.document().filter(|_| !is_script(&path)) {
            follow(&path, document, &mut open);
        }
    }
    while let Some(path) = open.pop() {
        if let Some(document) = snapshot.file(&path).and_then(|file| file.document()) {
            follow(&path, document, &mut open);
        }
    }
    found
}

fn is_script(path: &TreePath) -> bool {
    matches!(path.kind(), Kind::Document(Language::Js | Language::Mjs))
}

fn of_file(
    scope: &mut Scope<'_>,
    scripts: &BTreeSet<TreePath>,
    path: &TreePath,
    file: &File,
) -> Vec<Fault> {
    let snapshot = scope.snapshot;
    // What a build made is not what is served of the project.
    let built = &snapshot.project().build_dirs;
    if built.iter().any(|dir| path.is_within(dir)) {
        return Vec::new();
    }
    if path.kind() == Kind::Qmldir {
        return qmldirs::faults(snapshot, path, file);
    }
    let Some(document) = file.document() else {
        return Vec::new();
    };
    if is_script(path) && !scripts.contains(path) {
        return Vec::new();
    }
    if let Some(error) = document.syntax_error {
        let source = file.bytes().and_then(|bytes| str::from_utf8(bytes).ok());
        let mistake = source.and_then(|source| mistake(source, error));
        let fault = mistake.map(|mistake| Fault {
            path: path.clone(),
            line: mistake.line,
            column: mistake.column,
            rule: Rule::Syntax,
            message: mistake.message,
            hint: None,
        });
        return fault.into_iter().collect();
    }
    let imports = document.imports.iter();
    let mut faults: Vec<_> = imports
        .filter_map(|import| of_import(snapshot, path, import))
        .collect();
    faults.extend(scope.unknown_types(path, document));
    faults
}

/// An import of a path that leads nowhere.
fn of_import(snapshot: &Snapshot, path: &TreePath, import: &Import) -> Option<Fault> {
    let ImportTarget::File(text) = &import.target else {
        return None;
    };
    // Of a script, only what names a file, and not what a bundler would look up.
    if is_script(path) && !text.starts_with('.') && !text.ends_with("js") {
        return None;
    }
    let dir = path.parent();
    let Meaning::Path { target, .. } = snapshot.meaning(&dir, import, &|_| false) else {
        return None;
    };
    if snapshot.has_dir(&target) || snapshot.file(&target).is_some() {
        return None;
    }
    let leaves = dir.is_left_by(text);
    let hint = if leaves {
        Some("it leads out of the served folder: serve the folder that has both".to_owned())
    } else {
        let near = snapshot.nearest_to_import(&target);
        near.map(|near| format!("did you mean \"{}\"?", dir.url_relative_to(&near)))
    };
    let (rule, what) = match is_script(&target) {
        true => (Rule::Import, "script"),
        false => (Rule::Folder, "folder"),
    };
    Some(Fault {
        path: path.clone(),
        line: import.line,
        column: 0,
        rule,
        message: format!("\"{text}\": there is no such {what}"),
        hint,
    })
}

/// The pictures and fonts that are named by literals and are not there. A client shows the
/// document without them.
pub fn missing_files(snapshot: &Snapshot) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, file) in snapshot.files() {
        let Some(document) = file.document() else {
            continue;
        };
        let dir = path.parent();
        let mut seen = BTreeSet::new();
        for picture in &document.pictures {
            let source = picture.source.as_ref();
            if source.starts_with('/') || !seen.insert(source) {
                continue;
            }
            let named = snapshot.named(&dir, source, &|_| false);
            let Some((target, true)) = named.filter(|(target, _)| snapshot.file(target).is_none())
            else {
                continue;
            };
            let (line, column) = place_of(file, source).unwrap_or_default();
            let near = snapshot.nearest(&target);
            faults.push(Fault {
                path: path.clone(),
                line,
                column,
                rule: Rule::File,
                message: format!("{target} is not there"),
                hint: near.map(|near| format!("did you mean \"{}\"?", dir.url_relative_to(&near))),
            });
        }
    }
    faults
}

/// The line and column, from 1, at which a file has a text first.
fn place_of(file: &File, text: &str) -> Option<(u32, u32)> {
    let source = str::from_utf8(file.bytes()?).ok()?;
    let at = source.find(text)?;
    let before = source.get(..at)?;
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..)?.chars().count() + 1;
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

impl Snapshot {
    /// The documents that name `target` by a literal, each with the line; the first few.
    pub fn who_names(&self, target: &TreePath) -> Option<(TreePath, u32)> {
        let name = target.name();
        self.files().find_map(|(path, file)| {
            let literals = &file.document()?.references.literals;
            let dir = path.parent();
            let leads_there = |literal: &str| {
                let named = self.named(&dir, literal, &|_| false);
                named.is_some_and(|(named, _)| named == *target)
            };
            // Most literals are something else.
            let mut fitting = literals.iter().filter(|literal| literal.ends_with(name));
            let literal = fitting.find(|literal| leads_there(literal))?;
            let line = place_of(file, literal).map_or(0, |(line, _)| line);
            Some((path, line))
        })
    }
}

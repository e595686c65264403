//! What of a change is safe to push into a program that shows its own documents, so that what it
//! shows is the tree's newest state and nothing in between. Pure.
//!
//! Only documents of the same [`Outline`] are pushed. A script, an image and a qmldir stay in a
//! running engine as they were first loaded (measured in Qt 6.12, whether or not the documents
//! that import them are pushed along), and so does the list of types that a folder has.

use std::fmt;

use crate::path::TreePath;
use crate::qml::outline::Outline;
use crate::tree::file::{File, Kind};
use crate::tree::snapshot::Snapshot;

/// What is to be done about a change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// These documents are pushed, which may be none.
    Push(Vec<TreePath>),
    /// A document has a syntax error: what is shown stays until it is repaired.
    Wait(TreePath),
    /// The program has to be started anew.
    Restart(Reason),
}

/// Why a change cannot be patched in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// The file.
    pub(crate) file: TreePath,
    /// The line in it, where there is one.
    pub(crate) line: Option<u32>,
    /// What is the matter with it.
    pub(crate) what: What,
}

/// See [`Reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// More than literal values and code in place.
    Outline,
    /// A value of a document with a required property.
    Required,
    /// A singleton.
    Singleton,
    /// A script, an asset, a qmldir.
    Cached,
    /// A file came or went that documents name.
    Named,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        out.write_str(match self.what {
            What::Outline => ": more than values and the code of functions and handlers changed",
            What::Required => {
                " makes a property required, and Qt makes no new rows of such a document once it is patched"
            }
            What::Singleton => {
                " is a singleton, of which Qt makes a second one beside the first once it is patched"
            }
            What::Cached => " changed, which a running program has loaded for good",
            What::Named => " came or went, and documents name it",
        })
    }
}

/// The plan for a program that shows `old`, with `entry` as its first document.
pub(crate) fn plan(old: &Snapshot, new: &Snapshot, entry: &TreePath) -> Plan {
    // Nothing that the entry leads to changed if it has the same URL.
    let generation = |snapshot: &Snapshot| snapshot.generations().document(entry);
    if generation(old).is_some() && generation(old) == generation(new) {
        return Plan::Push(Vec::new());
    }
    of_changes(old, new)
}

fn of_changes(old: &Snapshot, new: &Snapshot) -> Plan {
    let mut push = Vec::new();
    let mut reason = None;
    for path in new.changed_since(old) {
        match verdict(old, new, &path) {
            Verdict::Push => push.push(path),
            Verdict::Nothing => {}
            Verdict::Broken => return Plan::Wait(path),
            Verdict::Restart(what, line) => {
                let file = path;
                reason = reason.or(Some(Reason { file, line, what }));
            }
        }
    }
    reason.map_or(Plan::Push(push), Plan::Restart)
}

/// What is to be done about one file.
enum Verdict {
    Push,
    Nothing,
    Broken,
    Restart(What, Option<u32>),
}

fn verdict(old: &Snapshot, new: &Snapshot, path: &TreePath) -> Verdict {
    let is_qml = path.name().ends_with(".qml");
    match (old.file(path), new.file(path)) {
        (Some(before), Some(after)) if is_qml => of_document(before, after),
        (Some(_), Some(_)) => Verdict::Restart(What::Cached, None),
        _ if Kind::of(path.as_str()) == Kind::Qmldir => Verdict::Restart(What::Cached, None),
        // One that is broken would be shown by nobody, and is told by the server.
        (None, Some(after)) if is_qml && outline(after).is_none() => Verdict::Broken,
        // A file that the program has no use for comes and goes. One that documents name by what
        // they are now needs them to change as well, and that decides.
        (None, Some(_)) if is_named(old, path) => Verdict::Restart(What::Named, None),
        (Some(_), None) if is_named(new, path) => Verdict::Restart(What::Named, None),
        _ => Verdict::Nothing,
    }
}

fn of_document(before: &File, after: &File) -> Verdict {
    let is_singleton = |file: &File| file.document().is_some_and(|document| document.singleton);
    let is_singleton = is_singleton(before) || is_singleton(after);
    let Some(after) = outline(after) else {
        return Verdict::Broken;
    };
    // Without an outline of its own, the program shows nothing of it.
    let departure = outline(before).map_or(Some(1), |before| before.departure(&after));
    match (departure, after.required()) {
        _ if is_singleton => Verdict::Restart(What::Singleton, None),
        (None, None) => Verdict::Push,
        (None, line) => Verdict::Restart(What::Required, line),
        (line, _) => Verdict::Restart(What::Outline, line),
    }
}

fn outline(file: &File) -> Option<Outline> {
    Outline::of(std::str::from_utf8(file.bytes()?).ok()?)
}

/// Whether a document or a qmldir has the name of this file in it, which for a QML document is
/// that of its type. A name that is put together at run time is not found.
fn is_named(snapshot: &Snapshot, path: &TreePath) -> bool {
    let name = path.name().trim_end_matches(".qml");
    let mut files = snapshot.files();
    files.any(|(other, file)| {
        let text = file
            .bytes()
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        other != *path && text.is_some_and(|text| text.contains(name))
    })
}

#[cfg(test)]
mod tests;

//! What a person should know about the files of a snapshot.

use super::file::{File, Kind};
use super::snapshot::Snapshot;
use crate::path::TreePath;

/// Path, line (0 for the whole file) and message.
pub type Problem = (TreePath, u32, String);

/// Problems of the files of a snapshot. Those of directories that it shares with `other` are
/// left out.
pub fn problems(snapshot: &Snapshot, other: Option<&Snapshot>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, file) in snapshot.files_beside(other) {
        for (line, message) in file.problems(&path) {
            problems.push((path.clone(), line, message));
        }
        for message in strays(snapshot, &path, file) {
            problems.push((path.clone(), 0, message));
        }
    }
    problems
}

/// Strings that lead out of the version to a document of the tree: the engine asks for such a
/// URL once. Imports are written anew, but what a string is for is not known.
fn strays(snapshot: &Snapshot, path: &TreePath, file: &File) -> Vec<String> {
    let dir = path.parent();
    let literals = file.document().into_iter();
    let literals = literals.flat_map(|document| &document.references.literals);
    let strays = literals.filter_map(|literal| {
        let target = if literal.starts_with('/') {
            TreePath::from_url(literal).ok()?
        } else if let Some((_, rest)) = literal.split_once("://localhost") {
            TreePath::from_url(rest.get(rest.find('/')?..)?).ok()?
        } else if dir.is_left_by(literal) {
            dir.resolve(literal).ok()?
        } else {
            return None;
        };
        let is_document = matches!(target.kind(), Kind::Document(_));
        (is_document && snapshot.file(&target).is_some()).then(|| {
            format!(
                "\"{literal}\" leads out of the version, so that clients keep what they load \
                 first; write \"{}\"",
                dir.url_relative_to(&target)
            )
        })
    });
    strays.collect()
}

//! What a person should know about the files of a snapshot.

use url::Url;

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
        for (line, message) in file.problems(path.kind()) {
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
    let is_own = |url: &Url| url.host_str() == Some("localhost");
    let strays = literals.filter_map(|literal| {
        let (target, relative) = snapshot.named(&dir, literal, &is_own)?;
        let is_document = matches!(target.kind(), Kind::Document(_));
        let is_there = is_document && snapshot.file(&target).is_some();
        (is_there && !relative).then(|| {
            format!(
                "\"{literal}\" leads out of the version, so that clients keep what they load \
                 first; write \"{}\"",
                dir.url_relative_to(&target)
            )
        })
    });
    strays.collect()
}

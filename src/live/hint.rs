//! What may have been meant: a word of help for the commonest mistakes that clients tell of.

use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;

/// What helps with `message`, an error of the document at `path`.
pub(super) fn hint(snapshot: &Snapshot, path: &TreePath, message: &str) -> Option<String> {
    // QQmlTypeCompiler and QQmlImports, in 5.15 as in 6.12.
    let name = message
        .trim_end_matches(['.', ' '])
        .strip_suffix(" is not a type")?;
    snapshot.meant(path, name.rsplit('.').next()?.trim())
}

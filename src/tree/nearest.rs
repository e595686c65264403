//! Suggestions for what is not there.

use super::snapshot::Snapshot;
use crate::path::{QMLDIR, TreePath};

impl Snapshot {
    /// The existing file whose path is nearest to `path`, for an error message:
    /// one of the same name elsewhere, or one whose path reads much alike.
    ///
    /// A stranger may ask for anything, and in a tree of any size: comparing
    /// two paths takes the product of their lengths, of which there is a
    /// budget, spent on the same directory first.
    pub fn nearest(&self, path: &TreePath) -> Option<TreePath> {
        let files = || self.files().map(|(file, _)| file);
        nearest(path, files)
    }

    /// The same for what a document can import: a folder or a script.
    pub fn nearest_to_import(&self, path: &TreePath) -> Option<TreePath> {
        let is_script =
            |file: &TreePath| file.kind().is_document() && !file.as_str().ends_with(".qml");
        let candidates = || {
            let files = self.files().map(|(file, _)| file);
            let dirs = self.dirs().filter(|dir| self.has_dir(dir)).cloned();
            dirs.chain(files.filter(move |file| is_script(file) && file.name() != QMLDIR))
        };
        nearest(path, candidates)
    }
}

fn nearest<I: Iterator<Item = TreePath>>(
    path: &TreePath,
    candidates: impl Fn() -> I,
) -> Option<TreePath> {
    const ALIKE: f64 = 0.6;
    // About 10 ms.
    let mut budget: usize = 1 << 20;

    let wanted = path.as_str().to_lowercase();
    let dir = path.parent();
    let near = candidates().filter(|file| file.parent() == dir);
    let far = candidates().filter(|file| file.parent() != dir);
    near.chain(far)
        .filter(|candidate| !candidate.is_root())
        .filter_map(|candidate| {
            if path.name().eq_ignore_ascii_case(candidate.name()) {
                return Some((0.9, candidate));
            }
            let (one, other) = (wanted.len(), candidate.as_str().len());
            // The distance is at least the difference in length.
            #[expect(clippy::cast_precision_loss, reason = "lengths of paths are small")]
            let hopeless = one.min(other) as f64 <= ALIKE * one.max(other) as f64;
            if hopeless {
                return None;
            }
            budget = budget.checked_sub(one * other)?;
            let score =
                strsim::normalized_damerau_levenshtein(&wanted, &candidate.as_str().to_lowercase());
            (score > ALIKE).then_some((score, candidate))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, candidate)| candidate)
}

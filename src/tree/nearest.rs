//! Suggestions for what is not there.

use super::snapshot::Snapshot;
use crate::path::TreePath;

impl Snapshot {
    /// The existing file whose path is nearest to `path`, for an error message:
    /// one of the same name elsewhere, or one whose path reads much alike.
    ///
    /// A stranger may ask for anything, and in a tree of any size: comparing
    /// two paths takes the product of their lengths, of which there is a
    /// budget, spent on the same directory first.
    pub fn nearest(&self, path: &TreePath) -> Option<TreePath> {
        const ALIKE: f64 = 0.6;
        // About 10 ms.
        let mut budget: usize = 1 << 20;

        let wanted = path.as_str().to_lowercase();
        let dir = path.parent();
        let near = self.files().filter(|(file, _)| file.parent() == dir);
        let far = self.files().filter(|(file, _)| file.parent() != dir);
        near.chain(far)
            .filter_map(|(candidate, _)| {
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
                let score = strsim::normalized_damerau_levenshtein(
                    &wanted,
                    &candidate.as_str().to_lowercase(),
                );
                (score > ALIKE).then_some((score, candidate))
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
            .map(|(_, candidate)| candidate)
    }
}

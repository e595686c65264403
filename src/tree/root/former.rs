//! The folder exchanged for another one, and those that were there before: what somebody still
//! loads of an earlier state is found in them, wherever they are on the disk by now.

use std::path::Path;
use std::sync::PoisonError;

use super::{Found, OpenFile, Root, RootError, resolve};
use crate::path::TreePath;

/// How many folders are remembered after [`Root::exchange`].
pub const FORMER: usize = 4;

impl Root {
    /// Has another folder put in this one's place by `exchange`, and remembers this one. Nothing
    /// is opened meanwhile.
    ///
    /// # Errors
    /// That of `exchange`, or the folder that is there now cannot be read.
    pub fn exchange<E: From<RootError>>(
        &self,
        exchange: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        exchange()?;
        let fresh = resolve(&self.given, &self.patterns, &self.own)?;
        let former = std::mem::replace(&mut *state, fresh);
        let mut all = self.former.write().unwrap_or_else(PoisonError::into_inner);
        all.push_front(former);
        all.truncate(FORMER);
        Ok(())
    }

    /// Opens the files that `path` named in the folders that were here before, the last one first.
    pub fn open_former(&self, path: &TreePath) -> Vec<OpenFile> {
        // Whoever exchanges them is waited for.
        drop(self.resolved());
        let former = self.former.read().unwrap_or_else(PoisonError::into_inner);
        let seen = former
            .iter()
            .filter(|state| !state.ignored.matches(path, false));
        let found = seen.filter_map(|state| state.open(Path::new(path.as_str())).ok());
        let files = found.filter_map(|found| match found {
            Found::File(open) => Some(open),
            Found::Directory(_) => None,
        });
        files.collect()
    }
}

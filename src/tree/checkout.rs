//! Whether Git is changing the work tree right now.
//!
//! Git holds `index.lock` from before the first file of a checkout, a merge or a stash until
//! after the last one (gitrepository-layout(5)), so that half a checkout can be told from a save.
//! Reads nothing but where the lock would be, once, and whether it is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A lock older than this was left behind by a Git that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(10);

/// The lock of the repository that a folder belongs to.
#[derive(Debug)]
pub struct Checkout {
    lock: Option<PathBuf>,
}

impl Checkout {
    /// Looks for the repository around `folder`.
    pub fn around(folder: &Path) -> Self {
        let lock = folder
            .ancestors()
            .find_map(git_dir)
            .map(|dir| dir.join("index.lock"));
        Self { lock }
    }

    /// Whether the lock is held, and has not been for too long.
    pub fn is_going_on(&self) -> bool {
        let lock = self.lock.as_ref().and_then(|lock| fs::metadata(lock).ok());
        let since = lock.and_then(|lock| lock.modified().ok());
        since.is_some_and(|since| since.elapsed().is_ok_and(|age| age < LEFT_BEHIND))
    }
}

/// Where the repository is whose work tree begins at `dir`: `.git`, or, in a further work tree
/// or a submodule, the folder that the file `.git` names.
fn git_dir(dir: &Path) -> Option<PathBuf> {
    let git = dir.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    let named = text.strip_prefix("gitdir:")?.trim();
    Some(dir.join(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_a_repository_or_of_a_further_work_tree_is_found() {
        let around = tempfile::tempdir().unwrap();
        let path = |name: &str| around.path().join(name);
        fs::create_dir_all(path("repo/.git/worktrees/further")).unwrap();
        fs::create_dir_all(path("repo/www")).unwrap();
        fs::create_dir_all(path("further/www")).unwrap();
        fs::write(
            path("further/.git"),
            "gitdir: ../repo/.git/worktrees/further\n",
        )
        .unwrap();
        for (folder, lock) in [
            ("repo/www", "repo/.git/index.lock"),
            ("further/www", "repo/.git/worktrees/further/index.lock"),
        ] {
            let checkout = Checkout::around(&path(folder));
            assert!(!checkout.is_going_on(), "{folder}");
            fs::write(path(lock), "").unwrap();
            assert!(checkout.is_going_on(), "{folder}");
        }
        assert!(!Checkout::around(&path("elsewhere")).is_going_on());
    }
}

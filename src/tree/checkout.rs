//! Whether Git is changing the work tree.
//!
//! Git holds `index.lock` from before the first file of a checkout, a merge or a stash until
//! after the last one, and makes the index of it then (gitrepository-layout(5)). So half a
//! checkout can be told from a save, even where its events are late. Reads nothing but where the
//! two would be, once, and their times.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A lock older than this was left behind by a Git that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(10);

/// The repository that a folder belongs to.
#[derive(Debug)]
pub struct Checkout {
    git: Option<PathBuf>,
    /// When the index was made, as it was last seen.
    index: Option<SystemTime>,
}

/// What Git is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Git {
    /// Nothing that is known of.
    Idle,
    /// It is changing files, or may be.
    Busy,
    /// It was busy since it was asked for last, and is not any more.
    Done,
}

impl Checkout {
    /// Looks for the repository around `folder`.
    pub fn around(folder: &Path) -> Self {
        let git = folder.ancestors().find_map(git_dir);
        let mut checkout = Self { git, index: None };
        checkout.index = checkout.modified("index");
        checkout
    }

    /// What has come to pass since the last call.
    pub fn look(&mut self) -> Git {
        let lock = self.modified("index.lock");
        if lock.is_some_and(|since| since.elapsed().is_ok_and(|age| age < LEFT_BEHIND)) {
            return Git::Busy;
        }
        let index = self.modified("index");
        let is_made_anew = index != self.index;
        self.index = index;
        if is_made_anew { Git::Done } else { Git::Idle }
    }

    fn modified(&self, name: &str) -> Option<SystemTime> {
        let metadata = fs::metadata(self.git.as_ref()?.join(name)).ok()?;
        metadata.modified().ok()
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
    fn a_repository_or_a_further_work_tree_is_found_and_its_lock_and_index_followed() {
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
        for (folder, git) in [
            ("repo/www", "repo/.git"),
            ("further/www", "repo/.git/worktrees/further"),
        ] {
            let mut checkout = Checkout::around(&path(folder));
            let lock = path(git).join("index.lock");
            assert_eq!(checkout.look(), Git::Idle, "{folder}");
            fs::write(&lock, "").unwrap();
            assert_eq!(checkout.look(), Git::Busy, "{folder}");
            fs::rename(&lock, path(git).join("index")).unwrap();
            assert_eq!(checkout.look(), Git::Done, "{folder}");
            assert_eq!(checkout.look(), Git::Idle, "{folder}");
        }
        assert_eq!(Checkout::around(&path("elsewhere")).look(), Git::Idle);
    }
}

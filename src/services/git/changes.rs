//! What is in a folder that is not as it was pushed.

use std::fs;
use std::path::Path;

use super::repository::{GitError, Quarantine, Repository, finished};

/// How many files are named that are not as they were pushed.
const NAMED: usize = 5;

/// What is in the folder that no push brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes(Vec<String>);

impl Changes {
    /// These files.
    pub(super) fn of(names: impl Iterator<Item = String>) -> Self {
        Self(names.collect())
    }

    /// The files, below the folder.
    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// Whether all is as it was pushed.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Changes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named: Vec<_> = self.0.iter().take(NAMED).map(String::as_str).collect();
        let plain = named
            .join(", ")
            .replace(|c: char| c.is_control(), "\u{fffd}");
        out.write_str(&plain)?;
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}

/// What in `dir` is not as it is in `commit`. `index` is what git remembers of the folder: with
/// another's, or none, all is read.
pub(super) async fn changes(
    repository: &Repository,
    dir: &Path,
    index: &Path,
    commit: &str,
) -> Result<Changes, GitError> {
    let command = |args: &[&str]| {
        let mut command = repository.git(&Quarantine::default());
        command
            .env("GIT_WORK_TREE", dir)
            .env("GIT_INDEX_FILE", index)
            .current_dir(dir)
            .args(args);
        command
    };
    let merged = finished(command(&["read-tree", "-m", commit])).await;
    if merged.is_err() {
        // The index may be another one's, or half of one.
        let _ = fs::remove_file(index);
        finished(command(&["read-tree", commit])).await?;
    }
    // Fails where something is not as it was, which is asked for next.
    let _ = finished(command(&["update-index", "-q", "--really-refresh"])).await;
    let mut names = Vec::new();
    for args in [
        ["diff-files", "-z", "--name-only"],
        ["ls-files", "-z", "--others"],
    ] {
        let output = finished(command(&args)).await?;
        let found = output.stdout.split(|byte| *byte == 0);
        let found = found.filter(|name| !name.is_empty());
        names.extend(found.map(|name| String::from_utf8_lossy(name).into_owned()));
    }
    // Git does not look at what it takes for a repository of its own.
    let repository = ".git";
    if dir.join(repository).symlink_metadata().is_ok() {
        names.push(repository.to_owned());
    }
    names.sort();
    Ok(Changes(names))
}

//! What a commit may have in it: files and folders below the tree, no more than so many.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

use super::repository::{GitError, Quarantine, Repository};

/// Files of one commit. A few objects can stand for billions of them.
const MOST_FILES: usize = 50_000;

/// Reasons that are told.
const MOST_REASONS: usize = 5;

/// How long listing may take.
const LONGEST: Duration = Duration::from_secs(60);

/// What is known of the files of a commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) files: usize,
    bytes: u64,
    /// Why it is refused, if it is.
    pub(super) reasons: Vec<String>,
}

/// Lists the files of a commit, of at most `largest` bytes together.
pub(super) async fn list(
    repository: &Repository,
    commit: &str,
    quarantine: &Quarantine,
    largest: u64,
) -> Result<Listed, GitError> {
    let mut command = repository.git(quarantine);
    command.args(["ls-tree", "-r", "-z", "-l", "--full-tree", commit]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(GitError::Missing)?;
    let mut listed = Listed::default();
    let Some(output) = child.stdout.take() else {
        return Ok(listed);
    };
    let mut lines = BufReader::new(output).split(0);
    let read = async {
        while let Some(line) = lines.next_segment().await? {
            if listed.note(&String::from_utf8_lossy(&line), largest) {
                return Ok(true);
            }
        }
        Ok::<_, std::io::Error>(false)
    };
    let ended_early = match timeout(LONGEST, read).await {
        Ok(Ok(ended_early)) => ended_early,
        _ => {
            listed
                .reasons
                .push("its files cannot be listed in a minute".to_owned());
            true
        }
    };
    if ended_early {
        // It would go on and on; its end says nothing.
        let _ = child.kill().await;
        return Ok(listed);
    }
    let status = child.wait().await.map_err(GitError::Missing)?;
    if !status.success() {
        let what = "the commit cannot be read";
        return Err(GitError::Failed("ls-tree".to_owned(), what.to_owned()));
    }
    Ok(listed)
}

impl Listed {
    /// Takes in a line, `MODE TYPE OBJECT SIZE<tab>PATH`; says whether that is enough to refuse all.
    fn note(&mut self, line: &str, largest: u64) -> bool {
        let Some((head, path)) = line.split_once('\t') else {
            return false;
        };
        let mut words = head.split_whitespace();
        let mode = words.next().unwrap_or_default();
        let size = words.nth(2).and_then(|size| size.parse().ok());
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size.unwrap_or(0));
        let path: String = path.chars().filter(|c| !c.is_control()).take(200).collect();
        if let Some(reason) = wrong_with(mode, &path) {
            self.reasons.push(format!("{path}: {reason}"));
        }
        let most = self.files > MOST_FILES || self.bytes > largest;
        if self.files > MOST_FILES {
            let reason = format!("it has more than {MOST_FILES} files");
            self.reasons.push(reason);
        } else if self.bytes > largest {
            self.reasons.push(format!(
                "its files have more than {largest} bytes together; largest in [git] of \
                 qmlserve.toml is the bound"
            ));
        }
        most || self.reasons.len() >= MOST_REASONS
    }
}

/// Why an entry of this mode and path is not served. What git itself takes for another name of
/// `.git` it refuses before.
fn wrong_with(mode: &str, path: &str) -> Option<&'static str> {
    let is_odd = |part: &str| {
        let trimmed = part.trim_end_matches(['.', ' ']);
        matches!(part, "" | "." | "..") || trimmed.eq_ignore_ascii_case(".git")
    };
    if path.split('/').any(is_odd) || path.contains('\\') {
        return Some("the path leaves the tree; give it a plain name");
    }
    match mode {
        "100644" | "100664" | "100755" => None,
        "120000" => Some("a symbolic link, which may lead anywhere; commit the file itself"),
        "160000" => Some("a submodule, of which a push brings nothing; commit its files"),
        _ => Some("neither a file nor a folder"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        for (mode, path, is_refused) in [
            ("100644", "main.qml", false),
            ("100755", "a/b.sh", false),
            ("100644", ".gitignore", false),
            ("100644", "a/..b/c", false),
            ("120000", "link", true),
            ("160000", "module", true),
            ("100644", "a/../b", true),
            ("100644", "..", true),
            ("100644", "a//b", true),
            ("100644", ".git/config", true),
            ("100644", "a/.GIT/hooks/x", true),
            ("100644", ".git. /x", true),
            ("100644", "a\\..\\b", true),
        ] {
            assert_eq!(
                wrong_with(mode, path).is_some(),
                is_refused,
                "{mode} {path}"
            );
        }
    }

    #[test]
    fn a_commit_of_too_much_is_enough_to_refuse() {
        let mut listed = Listed::default();
        assert!(!listed.note("100644 blob 12ab      60\tmain.qml", 100));
        assert!(listed.reasons.is_empty());
        assert!(listed.note("100644 blob 12ab      60\tpicture.png", 100));
        assert!(listed.reasons.concat().contains("[git]"), "{listed:?}");
    }
}

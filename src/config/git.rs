//! `[git]`: deploying by push.

use std::time::Duration;

use super::error::ConfigError;
use super::section::Section;
use super::values::{Size, text};
use crate::services::git::config::GitConfig;

/// `[git]`. A section that is there takes pushes, unless it says otherwise.
pub(super) fn git(top: &mut Section<'_>) -> Result<GitConfig, ConfigError> {
    top.table("git", |section| {
        let standard = GitConfig::default();
        let size = usize::try_from(standard.largest).unwrap_or(usize::MAX);
        let is_there = section.is_there();
        Ok(GitConfig {
            enabled: section.or("enabled", is_there)?,
            branch: section.or("branch", Branch(standard.branch))?.0,
            force: section.or("force", standard.force)?,
            largest: section.or("largest", Size(size))?.0 as u64,
            wait: section.or::<Duration>("wait", standard.wait)?,
        })
    })
}

text!(
    /// The name of a branch.
    Branch,
    r#"the name of a branch, such as "main""#,
    is_branch
);

/// What git takes for a branch, and a little less (git-check-ref-format(1)).
fn is_branch(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let good = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    text.bytes().all(fits)
        && text.split('/').all(good)
        && !text.starts_with('-')
        && !text.contains("..")
        && !text.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;
    use crate::config::tests::in_file;

    #[test]
    fn branches() {
        for (name, expected) in [
            ("main", true),
            ("release/1.0", true),
            ("", false),
            ("a..b", false),
            ("-x", false),
            ("a/.b", false),
            ("a b", false),
            ("a.lock", false),
            ("a/", false),
        ] {
            assert_eq!(is_branch(name), expected, "{name}");
        }
    }

    #[test]
    fn a_section_takes_pushes_and_the_flag_decides() {
        let of = |text: &str, flag: Option<bool>| {
            let flags = Flags {
                deploy: flag.map(Some),
                ..Flags::default()
            };
            in_file(text).load(flags).unwrap().git().enabled
        };
        for (text, flag, expected) in [
            ("", None, false),
            ("", Some(true), true),
            ("[git]", None, true),
            ("[git]\nbranch = \"live\"", None, true),
            ("[git]\nenabled = false", None, false),
            ("[git]\nenabled = false", Some(true), true),
            ("[git]", Some(false), false),
            ("deploy = true", None, true),
        ] {
            assert_eq!(of(text, flag), expected, "{text:?} {flag:?}");
        }
        let config = in_file("[git]\nlargest = \"1MiB\"\nwait = \"2s\"\nforce = false");
        let git = config.load(Flags::default()).unwrap().git();
        let expected = (1 << 20, Duration::from_secs(2), false);
        assert_eq!((git.largest, git.wait, git.force), expected);
        assert!(
            in_file("[git]\nbranch = \"a b\"")
                .load(Flags::default())
                .is_err()
        );
    }
}

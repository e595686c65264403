//! Which files never count: neither watched, nor served, nor part of a
//! version. Hidden files (a leading dot) are always among them.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::path::TreePath;

/// The file at the root of the tree that holds more patterns.
pub const IGNORE_FILE: &str = ".qmlserveignore";

/// What editors and version control leave lying for a moment: backups, swap
/// files, vim's write probe (`4913`), JetBrains' and sed's temporaries, and the
/// six random characters that QSaveFile (Qt Creator, Kate) appends before it
/// renames the file into place.
const TEMPORARIES: &[&str] = &[
    "*~",
    "*.sw[opx]",
    "4913",
    "\\#*#",
    "*___jb_tmp___",
    "*___jb_old___",
    "*.part",
    "*.crdownload",
    "*.tmp",
    "sed[A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9]",
    "*.{qml,js,mjs}.[A-Za-z][A-Za-z][A-Za-z][A-Za-z][A-Za-z][A-Za-z]",
    "qmldir.[A-Za-z][A-Za-z][A-Za-z][A-Za-z][A-Za-z][A-Za-z]",
    "__pycache__/",
];

/// The rules in force.
#[derive(Debug, Clone)]
pub struct Ignored {
    rules: Gitignore,
}

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{origin}: the ignore pattern {pattern:?} cannot be read: {reason}; use the syntax of .gitignore"
)]
pub struct BadPattern {
    origin: String,
    pattern: String,
    reason: String,
}

impl Ignored {
    /// Reads `.qmlserveignore` below `root` and adds `patterns` to it, in the
    /// syntax of `.gitignore`.
    pub fn load(root: &Path, patterns: &[String]) -> Result<Self, BadPattern> {
        let mut builder = GitignoreBuilder::new(root);
        for pattern in TEMPORARIES {
            add(&mut builder, "built-in", pattern)?;
        }
        // A missing file means no patterns; any other failure is as good as
        // missing here, since the file system may be just being replaced.
        if let Ok(text) = std::fs::read_to_string(root.join(IGNORE_FILE)) {
            for line in text.lines() {
                add(&mut builder, IGNORE_FILE, line)?;
            }
        }
        for pattern in patterns {
            add(&mut builder, "ignore", pattern)?;
        }
        let rules = builder.build().map_err(|error| BadPattern {
            origin: "ignore".into(),
            pattern: String::new(),
            reason: error.to_string(),
        })?;
        Ok(Self { rules })
    }

    /// Whether the path, or a directory above it, never counts.
    pub fn matches(&self, path: &TreePath, is_dir: bool) -> bool {
        if path.is_root() {
            return false;
        }
        path.is_hidden()
            || self
                .rules
                .matched_path_or_any_parents(path.as_str(), is_dir)
                .is_ignore()
    }
}

fn add(builder: &mut GitignoreBuilder, origin: &str, pattern: &str) -> Result<(), BadPattern> {
    builder
        .add_line(None, pattern)
        .map(|_| ())
        .map_err(|error| BadPattern {
            origin: origin.to_owned(),
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporaries_hidden_files_and_patterns_never_count() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(IGNORE_FILE), "# build\nbuild/\n*.log\n").unwrap();
        let ignored = Ignored::load(dir.path(), &["/secret.qml".to_owned()]).unwrap();
        for (path, expected) in [
            ("main.qml", false),
            ("sub/Button.qml", false),
            ("Form.ui.qml", false),
            ("icon.png", false),
            ("main.qml~", true),
            (".main.qml.swp", true),
            ("main.qml.swp", true),
            ("4913", true),
            ("#main.qml#", true),
            ("main.qml.QxZbKy", true),
            ("main.qml___jb_tmp___", true),
            ("sub/sedAb12xY", true),
            (".git/config", true),
            ("sub/.hidden/x.qml", true),
            ("build/out.qml", true),
            ("x.log", true),
            ("secret.qml", true),
            ("sub/secret.qml", false),
            ("style.min.js", false),
        ] {
            let path = TreePath::parse(path).unwrap();
            assert_eq!(ignored.matches(&path, false), expected, "{path}");
        }
    }
}

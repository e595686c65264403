//! Which files never count: neither watched, nor served, nor part of a
//! version. Hidden files (a leading dot) and the server's own are always among
//! them.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::path::TreePath;

/// The file at the root of the tree that holds more patterns.
pub const IGNORE_FILE: &str = ".qmlserveignore";

/// The config file's usual name: tokens and passwords stand in it.
const CONFIG_FILE: &str = "qmlserve.toml";

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
    /// Whether a pattern looks at more than a file's name.
    by_place: bool,
    /// The server's own files that lie in the tree.
    own: Vec<TreePath>,
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
    /// syntax of `.gitignore`. `own` are files on disk that no rule can bring
    /// back; they need not exist yet.
    pub fn load(root: &Path, patterns: &[String], own: &[PathBuf]) -> Result<Self, BadPattern> {
        let mut builder = GitignoreBuilder::new(root);
        let mut by_place = patterns.iter().any(|pattern| looks_at_place(pattern));
        for pattern in TEMPORARIES {
            add(&mut builder, "built-in", pattern)?;
        }
        add(&mut builder, "built-in", CONFIG_FILE)?;
        // A missing file means no patterns; any other failure is as good as
        // missing here, since the file system may be just being replaced.
        if let Ok(text) = std::fs::read_to_string(root.join(IGNORE_FILE)) {
            by_place |= text.lines().any(looks_at_place);
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
        let own = own.iter().filter_map(|path| within(root, path)).collect();
        Ok(Self {
            rules,
            by_place,
            own,
        })
    }

    /// Whether the path, or a directory above it, never counts.
    pub fn matches(&self, path: &TreePath, is_dir: bool) -> bool {
        if path.is_root() {
            return false;
        }
        path.is_hidden()
            || self.own.contains(path)
            || self
                .rules
                .matched_path_or_any_parents(path.as_str(), is_dir)
                .is_ignore()
    }

    /// The same for what lies directly in a directory that counts.
    pub fn matches_entry(&self, path: &TreePath, is_dir: bool) -> bool {
        path.is_hidden()
            || self.own.contains(path)
            || self.rules.matched(path.as_str(), is_dir).is_ignore()
    }

    /// Whether a path that leads to something visible by way of a link never counts.
    pub fn matches_further(&self, path: &TreePath, is_dir: bool) -> bool {
        self.by_place && self.matches(path, is_dir)
    }
}

/// Whether a pattern matches in one folder and not in another: it has a slash that is not its
/// last character (gitignore(5)).
fn looks_at_place(pattern: &str) -> bool {
    pattern.trim_end().trim_end_matches('/').contains('/')
}

/// The path in the tree of a file on disk, if it lies in the tree.
fn within(root: &Path, path: &Path) -> Option<TreePath> {
    let folder = path.parent()?.canonicalize().ok()?;
    let disk = folder.join(path.file_name()?);
    TreePath::parse(disk.strip_prefix(root).ok()?.to_str()?).ok()
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
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("sub")).unwrap();
        let own = [root.join("sub/app.db"), PathBuf::from("/elsewhere/x.db")];
        let patterns = ["/secret.qml".to_owned(), "!app.db".to_owned()];
        let ignored = Ignored::load(&root, &patterns, &own).unwrap();
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
            ("sub/app.db", true),
            ("app.db", false),
            ("x.db", false),
            ("qmlserve.toml", true),
            ("sub/qmlserve.toml", true),
        ] {
            let path = TreePath::parse(path).unwrap();
            assert_eq!(ignored.matches(&path, false), expected, "{path}");
        }
    }
}

//! Annotations of GitHub Actions, for what a sub-command finds in the files of a repository
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).

use std::env;
use std::fmt;
use std::path::Path;

use crate::path::TreePath;

/// One annotation; written as a line with its end.
#[derive(Debug)]
pub(super) struct Annotation {
    /// `error`, `warning` or `notice`.
    pub(super) level: &'static str,
    /// As seen from the top of the repository.
    pub(super) file: String,
    /// From 1; 0 where it is not known.
    pub(super) line: u32,
    /// From 1; 0 where it is not known.
    pub(super) column: u32,
    pub(super) title: String,
    pub(super) message: String,
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = |text: &str| {
            let text = text.replace('%', "%25").replace('\r', "%0D");
            text.replace('\n', "%0A")
        };
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        write!(f, "::{} file={}", self.level, property(&self.file))?;
        for (key, number) in [("line", self.line), ("col", self.column)] {
            if number > 0 {
                write!(f, ",{key}={number}")?;
            }
        }
        let (title, message) = (property(&self.title), data(&self.message));
        writeln!(f, ",title={title}::{message}")
    }
}

/// The path of a file as seen from the current directory, where it is below that: there a
/// repository is, for those who read these forms.
pub(super) fn from_here(dir: &Path, file: &TreePath) -> String {
    let here = env::current_dir().unwrap_or_default();
    let path = dir.join(file.as_str());
    let path = path.strip_prefix(&here).unwrap_or(&path);
    path.display().to_string().replace('\\', "/")
}

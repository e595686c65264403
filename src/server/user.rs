//! Where this user's programs keep what is theirs, and not a project's.

use std::env;
use std::path::{Path, PathBuf};

/// The folder for what this user's servers keep; `fallback` where the system names none.
pub(super) fn folder(fallback: &Path) -> PathBuf {
    let folder = data().map(|data| data.join("qmlserve"));
    folder.unwrap_or_else(|| fallback.to_owned())
}

/// The folder of this user for data of programs
/// (<https://specifications.freedesktop.org/basedir-spec>).
pub(super) fn data() -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(absolute);
    let home = || env::home_dir().filter(absolute);
    if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        Some(home()?.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| Some(home()?.join(".local/share")))
    }
}

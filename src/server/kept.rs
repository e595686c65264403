//! The folder in which the server keeps what it keeps, `.qmlserve` beside the tree: none of it is
//! for version control.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use tracing::debug;

/// Has version control leave the folder alone, if it is there. What a person has written there
/// stays.
pub(super) fn keep_out_of_versions(folder: &Path) {
    if !folder.is_dir() {
        return;
    }
    let mut options = OpenOptions::new();
    let opened = options
        .write(true)
        .create_new(true)
        .open(folder.join(".gitignore"));
    // One that is there is right; a folder that cannot be written to is told of by who needs it.
    if let Err(error) = opened.and_then(|mut file| file.write_all(b"*\n")) {
        debug!("{}: no .gitignore was made: {error}", folder.display());
    }
}

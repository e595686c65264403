//! A temporary folder, and the ways in which editors save a file into it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder with the tree in it; what lies beside the tree is not
/// served. Removed on drop.
#[derive(Debug)]
pub struct Folder {
    temp: TempDir,
}

/// How a program writes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Save {
    /// Truncate and write: VS Code, nano, a shell's `>`.
    InPlace,
    /// A hidden temporary, renamed over the file: gedit, many tools.
    Rename,
    /// `NAME.XXXXXX`, renamed over the file: Qt Creator, Kate (QSaveFile).
    QSaveFile,
    /// A probe (`4913`), the old file renamed to `NAME~`, a new one written
    /// under the old name, the backup removed: vim.
    Vim,
    /// The old file kept as `NAME~`, a new one written: Emacs.
    Emacs,
    /// Written beside, the old one moved away, the new one moved in, the old
    /// one removed: JetBrains.
    JetBrains,
    /// `sedXXXXXX`, renamed over the file: `sed -i`.
    Sed,
    /// Removed, then written anew.
    Recreate,
}

impl Save {
    /// Every way.
    pub const ALL: [Self; 8] = [
        Self::InPlace,
        Self::Rename,
        Self::QSaveFile,
        Self::Vim,
        Self::Emacs,
        Self::JetBrains,
        Self::Sed,
        Self::Recreate,
    ];
}

impl Folder {
    /// An empty tree.
    pub fn new() -> Self {
        let temp = tempfile::Builder::new()
            .prefix("qmlserve-test-")
            .tempdir()
            .expect("a temporary folder");
        let folder = Self { temp };
        fs::create_dir(folder.root()).expect("the tree");
        folder
    }

    /// The folder that is served.
    pub fn root(&self) -> PathBuf {
        self.temp.path().join("tree")
    }

    /// The folder around it: the working directory of the server.
    pub fn around(&self) -> &Path {
        self.temp.path()
    }

    /// Where a path of the tree lies on disk.
    pub fn on_disk(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file in one go, making its directories.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let disk = self.on_disk(path);
        fs::create_dir_all(disk.parent().expect("a parent")).expect("the directories");
        fs::write(&disk, content).unwrap_or_else(|error| panic!("{}: {error}", disk.display()));
    }

    /// Saves a file as `how` says.
    pub fn save(&self, path: &str, content: impl AsRef<[u8]>, how: Save) {
        let content = content.as_ref();
        let disk = self.on_disk(path);
        let name = disk.file_name().expect("a name").to_str().expect("UTF-8");
        let beside = |name: String| disk.with_file_name(name);
        let existed = disk.exists();
        match how {
            Save::InPlace => write(&disk, content),
            Save::Rename => {
                let temporary = beside(format!(".{name}.tmp-4711"));
                write(&temporary, content);
                rename(&temporary, &disk);
            }
            Save::QSaveFile => {
                let temporary = beside(format!("{name}.QxZbKy"));
                write(&temporary, content);
                rename(&temporary, &disk);
            }
            Save::Vim => {
                let probe = beside("4913".to_owned());
                write(&probe, b"");
                remove(&probe);
                let backup = beside(format!("{name}~"));
                if existed {
                    rename(&disk, &backup);
                }
                write(&disk, content);
                if existed {
                    remove(&backup);
                }
            }
            Save::Emacs => {
                if existed {
                    rename(&disk, &beside(format!("{name}~")));
                }
                write(&disk, content);
            }
            Save::JetBrains => {
                let temporary = beside(format!("{name}___jb_tmp___"));
                let old = beside(format!("{name}___jb_old___"));
                write(&temporary, content);
                if existed {
                    rename(&disk, &old);
                }
                rename(&temporary, &disk);
                if existed {
                    remove(&old);
                }
            }
            Save::Sed => {
                let temporary = beside("sedAb12xY".to_owned());
                write(&temporary, content);
                rename(&temporary, &disk);
            }
            Save::Recreate => {
                if existed {
                    remove(&disk);
                }
                write(&disk, content);
            }
        }
    }

    /// Removes a file, or a directory with all in it.
    pub fn remove(&self, path: &str) {
        let disk = self.on_disk(path);
        if disk.is_dir() && !disk.is_symlink() {
            fs::remove_dir_all(&disk).unwrap_or_else(|error| panic!("{}: {error}", disk.display()));
        } else {
            remove(&disk);
        }
    }

    /// Moves a file or a directory.
    pub fn rename(&self, from: &str, to: &str) {
        rename(&self.on_disk(from), &self.on_disk(to));
    }

    /// Makes a directory with those above it.
    pub fn create_dir(&self, path: &str) {
        fs::create_dir_all(self.on_disk(path)).expect("a directory");
    }

    /// Makes a symbolic link at `path` that leads to `target`, as written.
    #[cfg(unix)]
    pub fn link(&self, target: impl AsRef<Path>, path: &str) {
        std::os::unix::fs::symlink(target, self.on_disk(path)).expect("a symbolic link");
    }
}

/// Like an editor: created, written in pieces, closed.
fn write(disk: &Path, content: &[u8]) {
    let write = || {
        let mut file = fs::File::create(disk)?;
        for piece in content.chunks(4096) {
            file.write_all(piece)?;
        }
        Ok::<_, std::io::Error>(())
    };
    write().unwrap_or_else(|error| panic!("{}: {error}", disk.display()));
}

fn rename(from: &Path, to: &Path) {
    fs::rename(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

fn remove(disk: &Path) {
    fs::remove_file(disk).unwrap_or_else(|error| panic!("{}: {error}", disk.display()));
}

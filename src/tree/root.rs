//! The one place that opens files.
//!
//! Whatever is served, read into a snapshot or listed goes through [`Root`]:
//! the path is already normalised ([`TreePath`]), here it is held against the
//! ignore rules, symbolic links are resolved, and what they lead to has to lie
//! inside the tree and may not be hidden or ignored there either.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::ignored::{BadPattern, Ignored};
use crate::path::TreePath;

/// The folder served.
#[derive(Debug)]
pub struct Root {
    /// As the user wrote it, made absolute: survives that the folder is
    /// removed and created again, as another inode or behind another link.
    given: PathBuf,
    patterns: Vec<String>,
    own: Vec<PathBuf>,
    state: RwLock<Resolved>,
}

#[derive(Debug, Clone)]
struct Resolved {
    /// `given` with symbolic links resolved.
    real: Arc<Path>,
    /// Device and inode, to tell a folder made anew at the same path.
    identity: (u64, u64),
    ignored: Arc<Ignored>,
}

/// Why the folder cannot be served at all.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// There is nothing at this path.
    #[error("the folder {} does not exist; create it, or name the folder to serve: qmlserve DIR", .0.display())]
    Missing(PathBuf),
    /// The path is a file.
    #[error("{} is a file, not a folder; name the folder that holds it, and the file with --document", .0.display())]
    NotADirectory(PathBuf),
    /// The folder cannot be read.
    #[error("the folder {path} cannot be read: {error}; check its permissions", path = .0.display(), error = .1)]
    Unreadable(PathBuf, #[source] io::Error),
    /// A pattern of the ignore rules is wrong.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
}

/// Why one file is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not there, or hidden, or ignored: from outside all look the same.
    #[error("there is no such file")]
    NotFound,
    /// A symbolic link leads out of the tree.
    #[error("a symbolic link leads out of the served tree")]
    Outside,
    /// A socket, a FIFO or a device.
    #[error("it is neither a file nor a folder")]
    Special,
    /// The operating system refuses.
    #[error("the file cannot be read: {0}")]
    Io(#[source] io::Error),
}

/// Something found in the tree.
#[derive(Debug)]
pub enum Found {
    /// A regular file, open for reading.
    File(OpenFile),
    /// A directory.
    Directory,
}

/// A file, open for reading.
#[derive(Debug)]
pub struct OpenFile {
    /// The handle.
    pub file: File,
    /// What `fstat` says of the handle.
    pub metadata: Metadata,
}

/// One entry of a directory.
#[derive(Debug, Clone)]
pub struct Child {
    /// Its path in the tree.
    pub path: TreePath,
    /// Whether it is, or links to, a directory.
    pub is_dir: bool,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

impl Root {
    /// Opens the folder `given`; `patterns` are added to the ignore rules, and
    /// the files `own` never count.
    pub fn open(given: &Path, patterns: &[String], own: &[PathBuf]) -> Result<Self, RootError> {
        let given = std::path::absolute(given)
            .map_err(|error| RootError::Unreadable(given.to_owned(), error))?;
        let state = RwLock::new(resolve(&given, patterns, own)?);
        Ok(Self {
            given,
            patterns: patterns.to_vec(),
            own: own.to_vec(),
            state,
        })
    }

    /// Looks at the folder again: it may have been replaced, or its ignore
    /// file edited. On an error the former state stays in force.
    pub fn refresh(&self) -> Result<(), RootError> {
        let fresh = resolve(&self.given, &self.patterns, &self.own)?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Whether another folder has taken this one's place.
    pub fn is_replaced(&self) -> Result<bool, RootError> {
        let (real, identity) = locate(&self.given)?;
        let state = self.resolved();
        Ok(*real != *state.real || identity != state.identity)
    }

    /// The folder as given, absolute.
    pub fn given(&self) -> &Path {
        &self.given
    }

    /// The folder with symbolic links resolved.
    pub fn real(&self) -> Arc<Path> {
        self.resolved().real
    }

    /// Where `path` lies on disk, not yet resolved: for watching and messages.
    pub fn on_disk(&self, path: &TreePath) -> PathBuf {
        let mut disk = self.real().to_path_buf();
        disk.extend(path.components());
        disk
    }

    /// Where `path` really lies on disk, links resolved.
    pub fn real_path(&self, path: &TreePath) -> Result<PathBuf, OpenError> {
        fs::canonicalize(self.on_disk(path)).map_err(open_error)
    }

    /// The path in the tree of a path on disk; `None` where it cannot be one.
    pub fn path_of(&self, disk: &Path) -> Option<TreePath> {
        let relative = disk
            .strip_prefix(&*self.real())
            .or_else(|_| disk.strip_prefix(&self.given))
            .ok()?;
        TreePath::parse(relative.to_str()?).ok()
    }

    /// Whether the rules keep this path out of the tree.
    pub fn ignores(&self, path: &TreePath, is_dir: bool) -> bool {
        self.resolved().ignored.matches(path, is_dir)
    }

    /// Whether the rules keep out a further path, by way of a link, of something in the tree.
    pub fn ignores_further(&self, path: &TreePath, is_dir: bool) -> bool {
        self.resolved().ignored.matches_further(path, is_dir)
    }

    /// Opens what `path` names.
    pub fn open_path(&self, path: &TreePath) -> Result<Found, OpenError> {
        let Resolved {
            real: root,
            ignored,
            ..
        } = self.resolved();
        let real = self.real_path(path)?;
        let inside = real.strip_prefix(&root).map_err(|_| OpenError::Outside)?;
        let metadata = fs::metadata(&real).map_err(open_error)?;
        // The name asked for and the file that a link leads to both have to
        // be visible: a link must not be a way around the rules.
        let target = inside
            .to_str()
            .and_then(|text| TreePath::parse(text).ok())
            .ok_or(OpenError::NotFound)?;
        let is_dir = metadata.is_dir();
        if ignored.matches(path, is_dir) || ignored.matches(&target, is_dir) {
            return Err(OpenError::NotFound);
        }
        if is_dir {
            return Ok(Found::Directory);
        }
        if !metadata.is_file() {
            return Err(OpenError::Special);
        }
        let file = open_options().open(&real).map_err(open_error)?;
        let metadata = file.metadata().map_err(OpenError::Io)?;
        if !metadata.is_file() {
            return Err(OpenError::Special);
        }
        Ok(Found::File(OpenFile { file, metadata }))
    }

    /// The visible entries of a directory, sorted by name. Names that are not
    /// UTF-8 or not acceptable in a URL are left out.
    pub fn list(&self, dir: &TreePath) -> Result<Vec<Child>, OpenError> {
        let Found::Directory = self.open_path(dir)? else {
            return Err(OpenError::NotFound);
        };
        let mut children = Vec::new();
        for entry in fs::read_dir(self.on_disk(dir)).map_err(open_error)? {
            let entry = entry.map_err(OpenError::Io)?;
            let Some(path) = entry.file_name().to_str().and_then(|name| dir.child(name)) else {
                continue;
            };
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let is_link = kind.is_symlink();
            let is_dir = if is_link {
                matches!(self.open_path(&path), Ok(Found::Directory))
            } else {
                kind.is_dir()
            };
            if self.ignores(&path, is_dir) {
                continue;
            }
            children.push(Child {
                path,
                is_dir,
                is_link,
            });
        }
        children.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(children)
    }

    fn resolved(&self) -> Resolved {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn resolve(given: &Path, patterns: &[String], own: &[PathBuf]) -> Result<Resolved, RootError> {
    let (real, identity) = locate(given)?;
    fs::read_dir(&real).map_err(|error| RootError::Unreadable(given.to_owned(), error))?;
    let ignored = Ignored::load(&real, patterns, own)?;
    Ok(Resolved {
        real: real.into(),
        identity,
        ignored: Arc::new(ignored),
    })
}

/// Where the folder really is, and its device and inode.
fn locate(given: &Path) -> Result<(PathBuf, (u64, u64)), RootError> {
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => RootError::Missing(given.to_owned()),
        _ => RootError::Unreadable(given.to_owned(), error),
    };
    let real = fs::canonicalize(given).map_err(fail)?;
    let metadata = fs::metadata(&real).map_err(fail)?;
    if !metadata.is_dir() {
        return Err(RootError::NotADirectory(given.to_owned()));
    }
    #[cfg(unix)]
    let identity = {
        use std::os::unix::fs::MetadataExt as _;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let identity = (0, 0);
    Ok((real, identity))
}

/// Opens without waiting for a writer, should the path have become a FIFO
/// since it was looked at, and without following a link put there since.
fn open_options() -> fs::OpenOptions {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}

fn open_error(error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
            OpenError::NotFound
        }
        _ if is_loop(&error) => OpenError::NotFound,
        _ => OpenError::Io(error),
    }
}

/// Whether symbolic links lead in a circle.
#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    #[test]
    fn a_missing_folder_and_a_file_are_start_errors() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("main.qml");
        fs::write(&file, "").unwrap();
        assert!(matches!(
            Root::open(&dir.path().join("no"), &[], &[]),
            Err(RootError::Missing(_))
        ));
        assert!(matches!(
            Root::open(&file, &[], &[]),
            Err(RootError::NotADirectory(_))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn links_may_not_lead_out_of_the_tree_or_around_the_rules() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path();
        fs::create_dir_all(tree.join("real/.git")).unwrap();
        fs::write(tree.join("real/Button.qml"), "Item {}").unwrap();
        fs::write(tree.join("real/.git/config"), "token").unwrap();
        symlink("real/Button.qml", tree.join("Inside.qml")).unwrap();
        symlink("real", tree.join("alias")).unwrap();
        symlink(outside.path().join("secret"), tree.join("out")).unwrap();
        symlink(outside.path(), tree.join("outdir")).unwrap();
        symlink("real/.git/config", tree.join("sneaky")).unwrap();
        symlink("loop", tree.join("loop")).unwrap();
        let root = Root::open(tree, &[], &[]).unwrap();

        let outcome = |text: &str| match root.open_path(&at(text)) {
            Ok(Found::File(_)) => "file",
            Ok(Found::Directory) => "directory",
            Err(OpenError::NotFound) => "not found",
            Err(OpenError::Outside) => "outside",
            Err(_) => "other",
        };
        for (path, expected) in [
            ("real/Button.qml", "file"),
            ("Inside.qml", "file"),
            ("alias", "directory"),
            ("alias/Button.qml", "file"),
            ("out", "outside"),
            ("outdir/secret", "outside"),
            ("sneaky", "not found"),
            ("real/.git/config", "not found"),
            ("loop", "not found"),
            ("nowhere", "not found"),
        ] {
            assert_eq!(outcome(path), expected, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_refused_and_does_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("mkfifo")
            .arg(dir.path().join("pipe"))
            .status()
            .unwrap();
        assert!(status.success());
        let root = Root::open(dir.path(), &[], &[]).unwrap();
        assert!(matches!(
            root.open_path(&at("pipe")),
            Err(OpenError::Special)
        ));
    }
}

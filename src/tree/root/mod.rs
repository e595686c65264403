//! The one place that opens files.
//!
//! Whatever is served, read into a snapshot or listed goes through [`Root`]:
//! the path is already normalised ([`TreePath`]), here it is held against the
//! ignore rules, symbolic links are resolved, and what they lead to has to lie
//! inside the tree and may not be hidden or ignored there either.

#[cfg(unix)]
mod beneath;
mod entries;
mod former;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

pub use entries::OpenDirectory;
#[cfg(unix)]
pub use former::FORMER;

use self::entries::EntryKind;
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
    /// The folders that others have taken the place of on purpose, the last one first.
    former: RwLock<VecDeque<Resolved>>,
}

#[derive(Debug, Clone)]
struct Resolved {
    /// `given` with symbolic links resolved.
    real: Arc<Path>,
    /// Device and inode, to tell a folder made anew at the same path.
    identity: (u64, u64),
    /// The folder itself, wherever it is moved.
    #[cfg(unix)]
    handle: Arc<File>,
    ignored: Arc<Ignored>,
}

/// How often a path is resolved anew when something on the way is exchanged.
const TRIES: usize = 5;

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
    /// A directory, open for listing.
    Directory(OpenDirectory),
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

/// The visible entries of a directory, and the directory itself, to open them from.
#[derive(Debug)]
pub struct Listing {
    /// Sorted by name.
    pub children: Vec<Child>,
    #[cfg(unix)]
    open: OpenDirectory,
}

impl Listing {
    /// Opens one of the children, if that is a file and no link is on the way; nothing where it
    /// has to be opened by its path. What stands for that each time was looked at once, for the
    /// directory.
    pub fn open(&self, child: &Child) -> Option<OpenFile> {
        #[cfg(unix)]
        {
            // Behind a link the rules may say something else of what it really is.
            if child.is_dir || child.is_link || !self.open.is_real {
                return None;
            }
            let file = self.open.open(child.path.name()).ok()?;
            let metadata = file.metadata().ok()?;
            metadata.is_file().then_some(OpenFile { file, metadata })
        }
        #[cfg(not(unix))]
        {
            let _ = child;
            None
        }
    }
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
            former: RwLock::default(),
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
        let mut tries = 0;
        loop {
            match self.try_open(path) {
                // Something on the way was exchanged for a link, or back, since it was resolved.
                Err(OpenError::Io(error)) if is_exchanged(&error) => {
                    tries += 1;
                    if tries == TRIES {
                        return Err(OpenError::NotFound);
                    }
                }
                opened => return opened,
            }
        }
    }

    fn try_open(&self, path: &TreePath) -> Result<Found, OpenError> {
        let resolved = self.resolved();
        #[cfg(target_os = "linux")]
        if let Some(found) = resolved.open_without_links(path) {
            return found;
        }
        let real = self.real_path(path)?;
        let inside = real
            .strip_prefix(&resolved.real)
            .map_err(|_| OpenError::Outside)?;
        let metadata = fs::metadata(&real).map_err(open_error)?;
        // The name asked for and the file that a link leads to both have to
        // be visible: a link must not be a way around the rules.
        let target = inside
            .to_str()
            .and_then(|text| TreePath::parse(text).ok())
            .ok_or(OpenError::NotFound)?;
        let is_dir = metadata.is_dir();
        let ignored = &resolved.ignored;
        if ignored.matches(path, is_dir) || ignored.matches(&target, is_dir) {
            return Err(OpenError::NotFound);
        }
        if !is_dir && !metadata.is_file() {
            return Err(OpenError::Special);
        }
        let mut found = resolved.open(inside)?;
        #[cfg(unix)]
        if let Found::Directory(open) = &mut found {
            open.is_real = target == *path;
        }
        Ok(found)
    }

    /// The visible entries of a directory, sorted by name. Names that are not
    /// UTF-8 or not acceptable in a URL are left out.
    pub fn list(&self, dir: &TreePath) -> Result<Listing, OpenError> {
        let Found::Directory(open) = self.open_path(dir)? else {
            return Err(OpenError::NotFound);
        };
        let ignored = self.resolved().ignored;
        let mut children = Vec::new();
        for (name, kind) in open.entries().map_err(open_error)? {
            let Some(path) = dir.child(&name) else {
                continue;
            };
            let is_link = kind == EntryKind::Link;
            let is_dir = match kind {
                EntryKind::Link => matches!(self.open_path(&path), Ok(Found::Directory(_))),
                kind => kind == EntryKind::Directory,
            };
            if ignored.matches_entry(&path, is_dir) {
                continue;
            }
            children.push(Child {
                path,
                is_dir,
                is_link,
            });
        }
        children.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Listing {
            children,
            #[cfg(unix)]
            open,
        })
    }

    fn resolved(&self) -> Resolved {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Resolved {
    /// Opens what `path` names where no link is on the way, which it then really is; nothing
    /// where it is not as plain as that.
    #[cfg(target_os = "linux")]
    fn open_without_links(&self, path: &TreePath) -> Option<Result<Found, OpenError>> {
        let inside = Path::new(path.as_str());
        // A FIFO is not opened: whoever waits at its other end would go on.
        let metadata = fs::symlink_metadata(self.real.join(inside)).ok()?;
        if !metadata.is_file() && !metadata.is_dir() {
            return None;
        }
        if self.ignored.matches(path, metadata.is_dir()) {
            return Some(Err(OpenError::NotFound));
        }
        let mut found = self.open(inside).ok()?;
        if let Found::Directory(open) = &mut found {
            open.is_real = true;
        }
        Some(Ok(found))
    }

    /// Opens a real path below the folder.
    fn open(&self, inside: &Path) -> Result<Found, OpenError> {
        #[cfg(unix)]
        let file = beneath::open(&self.handle, inside).map_err(open_error)?;
        #[cfg(not(unix))]
        let file = {
            let real = self.real.join(inside);
            if real.is_dir() {
                return Ok(Found::Directory(OpenDirectory { real }));
            }
            File::open(real).map_err(open_error)?
        };
        let metadata = file.metadata().map_err(OpenError::Io)?;
        #[cfg(unix)]
        if metadata.is_dir() {
            return Ok(Found::Directory(OpenDirectory {
                handle: file,
                is_real: false,
            }));
        }
        if !metadata.is_file() {
            return Err(OpenError::Special);
        }
        Ok(Found::File(OpenFile { file, metadata }))
    }
}

fn resolve(given: &Path, patterns: &[String], own: &[PathBuf]) -> Result<Resolved, RootError> {
    let (real, identity) = locate(given)?;
    let unreadable = |error| RootError::Unreadable(given.to_owned(), error);
    fs::read_dir(&real).map_err(unreadable)?;
    #[cfg(unix)]
    let handle = Arc::new(beneath::open_root(&real).map_err(unreadable)?);
    let ignored = Ignored::load(&real, patterns, own)?;
    Ok(Resolved {
        real: real.into(),
        identity,
        #[cfg(unix)]
        handle,
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

fn open_error(error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
            OpenError::NotFound
        }
        _ => OpenError::Io(error),
    }
}

/// Whether links lead in a circle, or one is where none was before.
fn is_exchanged(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        [Errno::LOOP, Errno::XDEV, Errno::AGAIN]
            .iter()
            .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

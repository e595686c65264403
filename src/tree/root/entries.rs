//! The entries of a directory, from its own handle.

#[cfg(unix)]
use std::fs::File;
use std::io;

/// A directory, open for listing.
#[derive(Debug)]
pub struct OpenDirectory {
    #[cfg(unix)]
    pub(super) handle: File,
    /// Whether it was opened by the path that it really has, without a link on the way.
    #[cfg(unix)]
    pub(super) is_real: bool,
    #[cfg(not(unix))]
    pub(super) real: std::path::PathBuf,
}

/// What a directory says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// Anything else.
    Other,
}

impl OpenDirectory {
    /// Opens one of its entries for reading. Follows no link.
    #[cfg(unix)]
    pub(super) fn open(&self, name: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, openat};
        // Without waiting for a writer, should it have become a FIFO.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    /// Its entries. Names that are not UTF-8 are left out.
    #[cfg(unix)]
    pub fn entries(&self) -> io::Result<Vec<(String, EntryKind)>> {
        use rustix::fs::{AtFlags, Dir, FileType, statat};
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let kind = match entry.file_type() {
                // Some file systems do not say it here.
                FileType::Unknown => statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)
                    .map_or(FileType::Unknown, |stat| {
                        FileType::from_raw_mode(stat.st_mode)
                    }),
                kind => kind,
            };
            let kind = match kind {
                FileType::Directory => EntryKind::Directory,
                FileType::Symlink => EntryKind::Link,
                _ => EntryKind::Other,
            };
            entries.push((name.to_owned(), kind));
        }
        Ok(entries)
    }

    #[cfg(not(unix))]
    pub fn entries(&self) -> io::Result<Vec<(String, EntryKind)>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.real)? {
            let entry = entry?;
            let (Some(name), Ok(kind)) = (
                entry.file_name().to_str().map(str::to_owned),
                entry.file_type(),
            ) else {
                continue;
            };
            let kind = if kind.is_dir() {
                EntryKind::Directory
            } else if kind.is_symlink() {
                EntryKind::Link
            } else {
                EntryKind::Other
            };
            entries.push((name, kind));
        }
        Ok(entries)
    }
}

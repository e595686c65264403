//! Opens what lies below a folder, from the folder's own handle: a directory that somebody
//! exchanges for a link meanwhile leads nowhere else. Follows no link itself. Unix only.

use std::fs::File;
use std::io;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags};

/// The folder itself.
pub fn open_root(path: &Path) -> io::Result<File> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Opens `path`, relative and without `..`, below `root` for reading.
///
/// # Errors
/// Those of the system; a link on the way is one (`ELOOP`, or `ENOTDIR` before the end).
pub fn open(root: &File, path: &Path) -> io::Result<File> {
    // Without waiting for a writer, should the path have become a FIFO.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::ResolveFlags;
        use rustix::io::Errno;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(root, path, flags, Mode::empty(), resolve) {
            // Linux before 5.6, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return Ok(opened?.into()),
        }
    }
    step_by_step(root, path, flags)
}

/// The same with a handle for each directory on the way.
fn step_by_step(root: &File, path: &Path, flags: OFlags) -> io::Result<File> {
    let mut names = path.components().map(Component::as_os_str).peekable();
    let mut at = root.try_clone()?;
    while let Some(name) = names.next() {
        let kind = match names.peek() {
            Some(_) => flags | OFlags::DIRECTORY,
            None => flags,
        };
        at = rustix::fs::openat(&at, name, kind, Mode::empty())?.into();
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_lies_below_is_opened_and_no_link_is_followed() {
        let around = tempfile::tempdir().unwrap();
        let tree = around.path().join("tree");
        std::fs::create_dir_all(tree.join("a/b")).unwrap();
        std::fs::write(tree.join("a/b/x"), "x").unwrap();
        symlink("a", tree.join("inside")).unwrap();
        symlink(around.path(), tree.join("outside")).unwrap();
        symlink("x", tree.join("a/b/link")).unwrap();
        let root = open_root(&tree).unwrap();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW;
        for (path, expected) in [
            ("", true),
            ("a", true),
            ("a/b/x", true),
            ("a/b/y", false),
            ("inside/b/x", false),
            ("outside/tree/a/b/x", false),
            ("a/b/link", false),
        ] {
            let opened = open(&root, Path::new(path));
            assert_eq!(opened.is_ok(), expected, "{path}: {opened:?}");
            let opened = step_by_step(&root, Path::new(path), flags);
            assert_eq!(opened.is_ok(), expected, "{path}: {opened:?}");
        }
    }
}

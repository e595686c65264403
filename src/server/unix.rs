//! A Unix socket to listen on, and its file, which is there for as long as the server is.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::listen::ListenError;

/// The file of a socket, removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// By which it is told from one that another server put in its place.
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            // Whoever is next takes one without a server for what it is.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Listens at `path`. A socket that a server left there which is gone is taken away first; only
/// whoever may write to the file can connect.
pub(super) fn bind(path: &Path) -> Result<(UnixListener, SocketFile), ListenError> {
    let listen = || -> io::Result<_> {
        let listener = UnixListener::bind(path)?;
        let inode = fs::symlink_metadata(path)?.ino();
        let path = path.to_owned();
        Ok((listener, SocketFile { path, inode }))
    };
    let socket = |source: io::Error| ListenError::Socket(path.to_owned(), source);
    match listen() {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let there = fs::symlink_metadata(path).map_err(socket)?;
            if !there.file_type().is_socket() {
                return Err(ListenError::NoSocket(path.to_owned()));
            }
            if is_served(path) {
                return Err(ListenError::SocketTaken(path.to_owned()));
            }
            fs::remove_file(path).map_err(socket)?;
            listen().map_err(socket)
        }
        outcome => outcome.map_err(socket),
    }
}

/// Whether somebody listens there, as far as can be told.
fn is_served(path: &Path) -> bool {
    match UnixStream::connect(path) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::ConnectionRefused,
    }
}

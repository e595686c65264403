//! Which servers run for this user on this machine: each says where it is while it runs, for
//! commands that speak to it. Nobody else may read that, since the token is in it.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use tracing::debug;
use url::Url;

use super::{tls, user};

/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// How long a server of this machine has to take a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// A server that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// The folder that it serves, as it really is.
    pub dir: PathBuf,
    /// Its URL on this machine, without a slash at the end, with the token if it asks for that.
    pub url: String,
}

/// Takes back, when it is dropped, that a server runs.
#[derive(Debug)]
pub(super) struct Announced(PathBuf);

impl Drop for Announced {
    fn drop(&mut self) {
        // One that cannot be removed is found to lead nowhere.
        let _ = fs::remove_file(&self.0);
    }
}

/// Says that `dir` is served at `url`. `fallback`: where to keep that if this user has no folder.
/// A server of which that cannot be said is named by its URL.
pub(super) fn announce(dir: &Path, url: &str, fallback: &Path) -> Option<Announced> {
    if !url.starts_with("http") {
        return None;
    }
    let folder = folder(fallback);
    let name = blake3::hash(url.as_bytes()).to_hex();
    let file = folder.join(format!("{}.json", &name[..16]));
    let running = Running {
        dir: real(dir),
        url: url.to_owned(),
    };
    match write(&folder, &file, &running) {
        Ok(()) => Some(Announced(file)),
        Err(error) => {
            debug!(
                "{}: {error}; other commands do not find this server",
                file.display()
            );
            None
        }
    }
}

/// The servers that run. What one left behind that ended without a word is removed.
pub(crate) fn all(fallback: &Path) -> Vec<Running> {
    let Ok(entries) = fs::read_dir(folder(fallback)) else {
        return Vec::new();
    };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut all: Vec<Running> = files.filter_map(|file| read(&file)).collect();
    all.sort_by(|one, other| (&one.dir, &one.url).cmp(&(&other.dir, &other.url)));
    all
}

fn read(file: &Path) -> Option<Running> {
    if file.metadata().ok()?.len() > LONGEST {
        return None;
    }
    let running: Running = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    if !is_there(&running.url) {
        // Another command may be faster.
        let _ = fs::remove_file(file);
        return None;
    }
    Some(running)
}

/// Whether anybody listens there.
fn is_there(url: &str) -> bool {
    let url = Url::parse(url).ok();
    let addresses = url.and_then(|url| url.socket_addrs(|| None).ok());
    let mut addresses = addresses.into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

/// A folder without links, so that it is one whatever it is called by.
pub(crate) fn real(dir: &Path) -> PathBuf {
    fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned())
}

/// The CAs whose certificates such servers show.
pub(crate) fn authorities(fallback: &Path) -> Vec<CertificateDer<'static>> {
    tls::known_authorities(fallback)
}

fn folder(fallback: &Path) -> PathBuf {
    user::folder(fallback).join("running")
}

fn write(folder: &Path, file: &Path, running: &Running) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // One that was left behind, with the rights that it had.
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = serde_json::to_vec(running)?;
    options.open(file)?.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_user_reads_where_a_server_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.json");
        let running = Running {
            dir: "/home/me/ui".into(),
            url: "http://localhost:8080/~secret".to_owned(),
        };
        // A second time over what a killed server left.
        for _ in 0..2 {
            write(folder.path(), &file, &running).unwrap();
        }
        let text = fs::read(&file).unwrap();
        assert_eq!(serde_json::from_slice::<Running>(&text).unwrap(), running);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        // Nobody listens there any more.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url = format!("http://127.0.0.1:{port}");
        write(folder.path(), &file, &Running { url, ..running }).unwrap();
        assert_eq!(read(&file), None);
        assert!(!file.exists());
    }
}

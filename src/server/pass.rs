//! Where a pass that nobody chose comes from: made once, and kept beside the tree, so that the URL
//! on a device is right after the server was started again.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing::{info, warn};

use crate::access::{Asking, Gate, Open, Pass};

/// The pass, for what writes the log and is not to write that.
static SECRET: OnceLock<String> = OnceLock::new();

/// What no line of the log may have in it.
pub(crate) fn secret() -> Option<&'static str> {
    SECRET.get().map(String::as_str)
}

/// Who is asked for what, of a server that listens on `addresses` and keeps what it keeps in
/// `folder`; the paths `open` are open to everybody.
pub(super) fn gate(
    asking: &Asking,
    addresses: &[SocketAddr],
    folder: &Path,
    open: Open,
) -> io::Result<Gate> {
    let is_far = |address: &SocketAddr| !address.ip().to_canonical().is_loopback();
    let (pass, of_all) = match asking {
        Asking::OfNobody => (None, false),
        Asking::OfOthers if !addresses.iter().any(is_far) => (None, false),
        Asking::OfOthers => (Some(kept(folder)?), false),
        Asking::OfAll => (Some(kept(folder)?), true),
        Asking::For(pass) => (Some(pass.clone()), true),
    };
    if let Some(pass) = &pass {
        // The only server of this process is the first.
        let _ = SECRET.set(pass.secret().to_owned());
    }
    Ok(Gate::new(pass, of_all, open))
}

/// The pass that was made before, or a new one.
fn kept(folder: &Path) -> io::Result<Pass> {
    let file = folder.join("token");
    match read(&file) {
        Ok(Some(pass)) => return Ok(pass),
        Ok(None) => {
            warn!(
                "{} has no token in it: a new one takes its place",
                file.display()
            );
            // If it cannot be, it cannot be written either, and that is told.
            let _ = fs::remove_file(&file);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => warn!("{} cannot be read: {error}", file.display()),
    }
    let random = Pass::random().ok_or_else(|| io::Error::other("the system has no randomness"));
    let pass = random?;
    match write(&file, &pass) {
        Ok(()) => info!("the token is kept in {}", file.display()),
        // Another server on the same folder was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if let Ok(Some(pass)) = read(&file) {
                return Ok(pass);
            }
        }
        Err(error) => warn!(
            "the token cannot be kept in {}: {error}; the next start makes another one",
            file.display()
        ),
    }
    Ok(pass)
}

fn read(file: &Path) -> io::Result<Option<Pass>> {
    let mut text = String::new();
    let open = OpenOptions::new().read(true).open(file)?;
    only_ours(&open);
    // Not the whole of what is no token.
    if (&open).take(1000).read_to_string(&mut text).is_err() {
        return Ok(None);
    }
    Ok(Pass::parse(text.trim()))
}

fn write(file: &Path, pass: &Pass) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(file)?;
    writeln!(open, "{}", pass.secret())?;
    open.sync_all()
}

/// Others on this machine are not to read it, whoever copied it there.
fn only_ours(file: &fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // It may be somebody else's, who knows what is in it.
        let _ = file.set_permissions(fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// The folder beside the tree in which the server keeps what it keeps.
pub(crate) fn folder(tree: &Path) -> PathBuf {
    let beside = tree.parent().unwrap_or(tree);
    beside.join(".qmlserve")
}

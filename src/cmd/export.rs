//! `qmlserve export`: the current version as files with the URLs that it has, for a web server or
//! a CDN that knows nothing of QML. Writes one folder, in one step, and nothing else.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::config::{Config, Source};
use crate::path::TreePath;
use crate::server::tree_config;
use crate::tree::export::{Exported, files};
use crate::tree::look::Look;

/// By this file an earlier export is known.
const MARK: &str = "qmlserve-export.json";

/// What `export` takes.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub(super) struct ExportArgs {
    /// The folder to export
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,

    /// Where to: a folder that is new, empty, or an earlier export
    #[arg(value_name = "OUT")]
    out: PathBuf,
}

/// Writes the export, and tells how it is opened and what is not in it.
///
/// # Errors
/// There is something else at the place, a client would refuse the entry, or the disk does not do
/// it; what was there stays.
pub(super) fn run(config: &Config, args: &ExportArgs, cwd: &Path) -> anyhow::Result<()> {
    let out = cwd.join(&args.out);
    let look = Look::at(&tree_config(config))?;
    let within = fs::canonicalize(&config.dir.value)?;
    let place = parent(&out).canonicalize();
    let place = place.with_context(|| format!("{} is not there", parent(&out).display()))?;
    ensure!(
        !place.starts_with(&within),
        "{} lies in the folder that is exported, and would be a part of the next export; name one \
         outside of {}",
        args.out.display(),
        within.display()
    );
    is_free(&out)?;
    let snapshot = &look.snapshot;
    let entry = match config.document.source {
        Source::Default => snapshot.entries().chosen.clone(),
        _ => Some(config.document.value.clone()),
    };
    let entry = entry.unwrap_or_else(TreePath::main);
    ensure!(
        snapshot.file(&entry).is_some(),
        "there is no {entry} in {}; name the document to show with --document",
        args.dir.display()
    );
    let refused = look.refused(&entry);
    if let Some(fault) = refused.first() {
        let more = match refused.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more; qmlserve check tells all)"),
        };
        bail!(
            "clients would refuse {entry}: {}:{}: {}{more}",
            fault.path,
            fault.line,
            fault.message
        );
    }
    let fresh = tempfile::Builder::new()
        .prefix(".qmlserve-export-")
        .tempdir_in(&place)?;
    let mut count = 0;
    for file in files(&look.of_one_token(), &entry) {
        write(&look, fresh.path(), &file)?;
        count += 1;
    }
    let version = snapshot.version();
    let mark = serde_json::json!({"version": version, "entry": entry});
    fs::write(fresh.path().join(MARK), format!("{mark:#}\n"))?;
    readable(fresh.path())?;
    replace(fresh, &out)?;
    let mut lines = io::stdout().lock();
    writeln!(
        lines,
        "wrote {count} files to {}, version {version}\n\nServed by any web server at the root of a \
         host, it is opened by\n\n  qml http://HOST/{}\n\nNot in it, since it takes the server: {}.",
        args.out.display(),
        entry.to_url(),
        absent(config, &look).join(", ")
    )?;
    Ok(())
}

/// What an export cannot do.
fn absent(config: &Config, look: &Look) -> Vec<String> {
    let mut absent = vec!["live reload".to_owned(), "the browser page".to_owned()];
    let mut declared = |what: &str, count: usize| {
        if count > 0 {
            absent.push(format!("{what} ({count})"));
        }
    };
    let collections = config.collections.len();
    declared("collections", collections);
    declared("proxies", config.proxy.len());
    declared("mocks", config.mock.len());
    declared("declared sockets", config.sockets.len());
    if collections == 0 {
        absent.push("collections and sockets".to_owned());
    }
    if look.snapshot.context().is_some() {
        absent.push("the names of context.json".to_owned());
    }
    absent
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether nothing is lost if `out` is replaced.
fn is_free(out: &Path) -> anyhow::Result<()> {
    let is_free = match fs::symlink_metadata(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| out.display().to_string()),
        Ok(metadata) => {
            metadata.is_dir() && (out.join(MARK).is_file() || fs::read_dir(out)?.next().is_none())
        }
    };
    ensure!(
        is_free,
        "{} has something in it that is no export; name a folder that is new, empty, or an \
         earlier export",
        out.display()
    );
    Ok(())
}

fn write(look: &Look, folder: &Path, file: &Exported) -> anyhow::Result<()> {
    let path = folder.join(&file.place);
    fs::create_dir_all(parent(&path))?;
    match &file.bytes {
        Some(bytes) => fs::write(&path, bytes)?,
        None => {
            let mut open = look.open(&file.path).with_context(|| {
                format!("{} was written to while it was read: try again", file.path)
            })?;
            io::copy(&mut open, &mut fs::File::create(&path)?)?;
        }
    }
    Ok(())
}

/// Whoever serves it is another user, most of the time.
fn readable(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Puts the new folder in the place of what is there, all of it at once where the system can.
fn replace(fresh: tempfile::TempDir, out: &Path) -> anyhow::Result<()> {
    if !out.join(MARK).is_file() {
        // An empty folder gives way.
        #[cfg(not(unix))]
        let _ = fs::remove_dir(out);
        fs::rename(fresh.keep(), out)?;
        return Ok(());
    }
    #[cfg(unix)]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        // What was there goes with the temporary folder.
        if renameat_with(CWD, fresh.path(), CWD, out, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    let aside = tempfile::Builder::new()
        .prefix(".qmlserve-export-")
        .tempdir_in(parent(out))?;
    fs::rename(out, aside.path().join("before"))?;
    fs::rename(fresh.keep(), out)?;
    Ok(())
}

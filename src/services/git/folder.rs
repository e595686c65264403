//! The served folder: a checkout of one commit, exchanged as a whole for one of another commit. At
//! any moment the disk has the one or the other, whoever is killed.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

use tokio::time::sleep;

use super::StartError;
use super::changes::{Changes, changes};
use super::repository::{GitError, Quarantine, Repository, finished};
use crate::tree::root::FORMER;

/// How long what a server that was killed had started may take to its end.
const ORPHANS: Duration = Duration::from_secs(10);

/// A commit's files, beside the served folder until they take its place.
#[derive(Debug)]
pub(super) struct Checkout {
    pub(super) commit: String,
    pub(super) dir: PathBuf,
    index: PathBuf,
}

/// The served folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// With links resolved: it is the folder that is exchanged, not a link to it.
    dir: PathBuf,
    /// Where checkouts are prepared, on the same file system.
    checkouts: PathBuf,
    index: PathBuf,
    next: AtomicU64,
    /// What clients may still be loading, the last one first.
    former: VecDeque<Checkout>,
    /// Locked as long as this server uses the folder.
    in_use: File,
}

impl Folder {
    /// The folder at `dir`, which is made if it is not there, with what belongs to it in `beside`.
    pub(super) async fn open(dir: &Path, beside: &Path) -> Result<Self, StartError> {
        let unusable = |error| StartError::Folder(dir.to_owned(), error);
        fs::create_dir_all(dir).map_err(unusable)?;
        let dir = fs::canonicalize(dir).map_err(unusable)?;
        let checkouts = beside.join("checkouts");
        fs::create_dir_all(&checkouts).map_err(unusable)?;
        // The history may have what is served to nobody any more.
        fs::set_permissions(beside, fs::Permissions::from_mode(0o700)).map_err(unusable)?;
        let in_use = File::create(beside.join("in-use")).map_err(unusable)?;
        let end = Instant::now() + ORPHANS;
        while flock(&in_use, FlockOperation::NonBlockingLockExclusive).is_err() {
            if Instant::now() > end {
                return Err(StartError::InUse(dir));
            }
            sleep(Duration::from_millis(20)).await;
        }
        if dir.join(".git").symlink_metadata().is_ok() {
            return Err(StartError::WorkTree(dir));
        }
        is_exchangeable(&dir, &checkouts)?;
        Ok(Self {
            index: beside.join("index"),
            next: AtomicU64::new(0),
            former: VecDeque::new(),
            checkouts,
            dir,
            in_use,
        })
    }

    /// Where it is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A handle that keeps the folder locked, for git's standard error: as long as anything runs
    /// that git started, be this server killed, no other one begins.
    pub(super) fn in_use(&self) -> io::Result<File> {
        self.in_use.try_clone()
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        fs::read_dir(&self.dir).is_ok_and(|mut entries| entries.next().is_none())
    }

    /// What is there, for a message.
    pub(super) fn entries(&self) -> Changes {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        Changes::of(names)
    }

    /// Removes all checkouts that are not served. Only at the start: clients may load from them.
    pub(super) fn sweep(&self) {
        for entry in fs::read_dir(&self.checkouts)
            .into_iter()
            .flatten()
            .flatten()
        {
            // What stays takes room and does no harm.
            let _ = remove(&entry.path());
        }
    }

    /// Writes the files of a commit beside the folder.
    pub(super) async fn stage(
        &self,
        repository: &Repository,
        commit: &str,
        quarantine: &Quarantine,
    ) -> Result<Checkout, GitError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let dir = self.checkouts.join(number.to_string());
        let checkout = Checkout {
            commit: commit.to_owned(),
            index: dir.with_extension("index"),
            dir,
        };
        let _ = remove(&checkout.dir);
        let _ = remove(&checkout.index);
        let made = fs::create_dir_all(&checkout.dir);
        made.map_err(GitError::file(&checkout.dir))?;
        let mut command = repository.git(quarantine);
        command
            .env("GIT_WORK_TREE", &checkout.dir)
            .env("GIT_INDEX_FILE", &checkout.index)
            .current_dir(&checkout.dir)
            .args(["read-tree", "--reset", "-u", commit]);
        let written = finished(command).await.map(drop);
        // As open to others as the folder that it is for.
        let alike = fs::metadata(&self.dir)
            .and_then(|metadata| fs::set_permissions(&checkout.dir, metadata.permissions()))
            .map_err(GitError::file(&self.dir));
        match written.and(alike) {
            Ok(()) => Ok(checkout),
            Err(error) => {
                checkout.discard();
                Err(error)
            }
        }
    }

    /// What in the folder is not as it is in `commit`.
    pub(super) async fn changes(
        &self,
        repository: &Repository,
        commit: &str,
    ) -> Result<Changes, GitError> {
        changes(repository, &self.dir, &self.index, commit).await
    }

    /// What puts the files of a checkout in the place of the folder's, all of them at once, and
    /// the folder's in theirs.
    pub(super) fn exchange(
        &self,
        checkout: &Checkout,
    ) -> impl FnOnce() -> io::Result<()> + Send + 'static {
        let (fresh, served) = (checkout.dir.clone(), self.dir.clone());
        move || {
            Ok(renameat_with(
                CWD,
                fresh,
                CWD,
                served,
                RenameFlags::EXCHANGE,
            )?)
        }
    }

    /// Notes that the exchange has come to pass: what is at the checkout's place is what the
    /// folder had. What somebody wrote there at the last moment is kept; says where.
    pub(super) async fn exchanged(
        &mut self,
        repository: &Repository,
        checkout: Checkout,
        before: Option<String>,
    ) -> Option<PathBuf> {
        let former = Checkout {
            commit: before.unwrap_or_default(),
            index: checkout.index.with_extension("former"),
            dir: checkout.dir,
        };
        // Without an index, or with another's, all is read once more, and that is all.
        let _ = fs::rename(&self.index, &former.index);
        let _ = fs::rename(&checkout.index, &self.index);
        let kept = former.keep_changes(repository, &self.dir).await;
        self.former.push_front(former);
        for old in self.former.drain(FORMER.min(self.former.len())..) {
            old.discard();
        }
        kept
    }
}

impl Checkout {
    /// Removes it.
    pub(super) fn discard(self) {
        let _ = remove(&self.dir);
        let _ = remove(&self.index);
    }

    /// Copies what is not as it was pushed to a folder beside the served one.
    async fn keep_changes(&self, repository: &Repository, served: &Path) -> Option<PathBuf> {
        let changed = match self.commit.as_str() {
            "" => return None,
            commit => changes(repository, &self.dir, &self.index, commit)
                .await
                .ok()?,
        };
        if changed.is_none() {
            return None;
        }
        let name = served.file_name().unwrap_or("tree".as_ref());
        let kept = tempfile::Builder::new()
            .prefix(&format!("{}-kept-", name.to_string_lossy()))
            .tempdir_in(served.parent()?)
            .ok()?
            .keep();
        for file in changed.iter() {
            let to = kept.join(file);
            let _ = to.parent().map(fs::create_dir_all);
            // What was deleted is among them, too.
            let _ = fs::copy(self.dir.join(file), to);
        }
        Some(kept)
    }
}

/// Two folders can be exchanged in one step where both are on one file system that knows how, and
/// neither is one by itself.
fn is_exchangeable(dir: &Path, checkouts: &Path) -> Result<(), StartError> {
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev());
    let parent = dir.parent().unwrap_or(dir);
    let unusable = |error| StartError::Folder(dir.to_owned(), error);
    let served = device(dir).map_err(unusable)?;
    let apart = served != device(checkouts).map_err(unusable)?;
    if apart || served != device(parent).map_err(unusable)? {
        return Err(StartError::Mounted(dir.to_owned()));
    }
    let tried = || {
        let one = tempfile::tempdir_in(checkouts)?;
        let other = tempfile::tempdir_in(checkouts)?;
        renameat_with(CWD, one.path(), CWD, other.path(), RenameFlags::EXCHANGE)?;
        Ok(())
    };
    tried().map_err(|error| StartError::Exchange(dir.to_owned(), error))
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata()?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

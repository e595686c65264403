//! The folder and its repository before anything is served: whether they can be used, and whether
//! they are of one commit. Touches no file that no push brought.

use std::io;
use std::path::{Path, PathBuf};

use tracing::info;

use super::config::GitConfig;
use super::folder::Folder;
use super::repository::{GitError, Quarantine, Repository};

/// Why nothing can be pushed to a folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// Git does not do its part.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The folder cannot be used.
    #[error("{0} cannot be used for --git: {1}")]
    Folder(PathBuf, #[source] io::Error),
    /// Another server has it.
    #[error("another qmlserve takes pushes to {0}; stop that one, or serve another folder")]
    InUse(PathBuf),
    /// It has a repository of its own.
    #[error(
        "{0} is a work tree of its own, and pushes replace all that is in it; with --git serve an \
         empty folder, and push to that: git push http://HOST:PORT/@qmlserve/git main"
    )]
    WorkTree(PathBuf),
    /// It has files that no push brought.
    #[error(
        "{dir} has files that no push brought ({names}), and pushes replace all that is in it; \
         move them away, start with an empty folder, and push them: git push \
         http://HOST:PORT/@qmlserve/git main"
    )]
    Foreign {
        /// The folder.
        dir: PathBuf,
        /// Some of the files.
        names: String,
    },
    /// Files are not as they were pushed.
    #[error(
        "{dir} is not as it was pushed ({names}), and pushes replace all that is in it; copy what \
         is to stay, empty the folder, and start again: what was pushed comes back"
    )]
    Changed {
        /// The folder.
        dir: PathBuf,
        /// Some of the files.
        names: String,
    },
    /// It has something that has to stay.
    #[error(
        "{0} lies in the folder that pushes replace; keep it beside that (--data, or the path in \
         qmlserve.toml)"
    )]
    Own(PathBuf),
    /// It is a file system by itself.
    #[error(
        "{0} is where a file system is mounted, which cannot be exchanged in one step; mount the \
         folder around it, and serve a folder in that"
    )]
    Mounted(PathBuf),
    /// The file system cannot do it.
    #[error(
        "the file system of {0} cannot exchange two folders in one step ({1}), as ext4, xfs, btrfs \
         and tmpfs can; serve a folder on one of those"
    )]
    Exchange(PathBuf, #[source] io::Error),
}

/// A repository and a folder that fit each other, before anything is served.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(super) repository: Repository,
    pub(super) folder: Folder,
    pub(super) config: GitConfig,
    pub(super) served: Option<String>,
}

impl Prepared {
    /// Opens the repository of the served folder, below `kept`, and brings to its end what an
    /// earlier server was in the midst of. `own` are files that have to stay.
    ///
    /// # Errors
    /// Git, or the file system, cannot do it; or there is in the folder what no push brought.
    pub(crate) async fn open(
        config: &GitConfig,
        dir: &Path,
        kept: &Path,
        own: &[PathBuf],
    ) -> Result<Self, StartError> {
        let mut name = dir.file_name().unwrap_or("tree".as_ref()).to_owned();
        name.push(".git");
        let place = kept.join(name);
        let folder = Folder::open(dir, &place).await?;
        if let Some(own) = own.iter().find(|own| own.starts_with(folder.dir())) {
            return Err(StartError::Own(own.clone()));
        }
        let program = std::env::current_exe().map_err(GitError::file(Path::new("qmlserve")))?;
        let repository = Repository::open(place, config, &program).await?;
        let mut prepared = Self {
            repository,
            folder,
            config: config.clone(),
            served: None,
        };
        prepared.folder.sweep();
        prepared.served = prepared.recover().await?;
        Ok(prepared)
    }

    /// Has the folder be what was pushed last; gives that commit.
    async fn recover(&mut self) -> Result<Option<String>, StartError> {
        let dir = || self.folder.dir().to_owned();
        let served = self.repository.served().await;
        let mut pushed = self.repository.pushed().await;
        if let (None, Some(served)) = (&pushed, &served) {
            // The branch has another name from now on.
            self.repository.begin(served).await?;
            pushed = Some(served.clone());
        }
        let Some(pushed) = pushed else {
            return match self.folder.is_empty() {
                true => Ok(None),
                false => Err(StartError::Foreign {
                    dir: dir(),
                    names: self.folder.entries().to_string(),
                }),
            };
        };
        if !self.folder.is_empty() {
            let changes = self.folder.changes(&self.repository, &pushed).await?;
            if changes.is_none() {
                self.repository.note_served(&pushed).await?;
                return Ok(Some(pushed));
            }
            // A server that was killed had let a push in, but had not come to serving it.
            let before = match served.as_deref().filter(|served| *served != pushed) {
                Some(served) => self.folder.changes(&self.repository, served).await?,
                None => changes,
            };
            if !before.is_none() {
                return Err(StartError::Changed {
                    dir: dir(),
                    names: before.to_string(),
                });
            }
        }
        let nothing = Quarantine::default();
        let checkout = self
            .folder
            .stage(&self.repository, &pushed, &nothing)
            .await?;
        let exchange = self.folder.exchange(&checkout);
        exchange().map_err(|error| StartError::Exchange(dir(), error))?;
        self.folder
            .exchanged(&self.repository, checkout, None)
            .await;
        self.repository.note_served(&pushed).await?;
        info!("the folder has the commit that was pushed last");
        Ok(Some(pushed))
    }
}

//! The served tree: watched, read into immutable snapshots, and opened file by
//! file in one place. Knows nothing of HTTP.

pub mod context;
mod declared;
pub mod entries;
pub(crate) mod export;
pub(crate) mod faults;
pub mod file;
#[cfg(test)]
mod fixtures;
pub mod generation;
pub mod ignored;
mod imports;
mod links;
pub(crate) mod look;
mod meant;
mod nearest;
pub mod pictures;

mod checkout;
pub mod debounce;
pub(crate) mod problems;
pub mod profile;
mod progress;
mod register;
pub mod render;
pub mod root;
mod scan;
pub mod snapshot;
pub mod stand_ins;
pub mod store;
#[cfg(test)]
mod tests;
pub mod tokens;
mod types;
pub mod version;
mod watcher;
mod watching;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::path::TreePath;
use crate::project::Project;
use crate::qml::module::Modules;
use generation::Granularity;
pub use problems::problems;
use root::{Root, RootError};
use snapshot::Snapshot;
use store::Store;

/// What the tree needs to know.
#[derive(Debug, Clone)]
pub struct TreeConfig {
    /// The folder to serve.
    pub dir: PathBuf,
    /// Where dotted modules are, beside what qmldirs say.
    pub modules: Arc<ModulePlaces>,
    /// Patterns of files that never count, in the syntax of `.gitignore`.
    pub ignore: Vec<String>,
    /// Files of the server's own, which are never served if they lie in the
    /// folder: its configuration, its database. They need not exist yet.
    pub own: Vec<PathBuf>,
    /// Watch by polling even where the native way works.
    pub poll: bool,
    /// Time between two looks while polling.
    pub poll_interval: Duration,
    /// The longest time that a burst of changes is held back to be one version.
    pub burst: Duration,
    /// Memory for snapshots of the past, in bytes.
    pub snapshots: usize,
    /// What gets a new URL at a change.
    pub granularity: Granularity,
}

/// Where the tree's modules are, as far as no qmldir says it.
#[derive(Debug, Clone, Default)]
pub struct ModulePlaces {
    /// Directories below which modules are looked up, besides the root.
    pub roots: Vec<TreePath>,
    /// Directories that are a module of this name: a program has them compiled in as such.
    pub declared: Vec<(String, TreePath)>,
    /// Directories of documents that stand in for what only a program has.
    pub stand_ins: Vec<TreePath>,
}

/// The modules of a tree.
#[derive(Debug, Default)]
pub(crate) struct FoundModules {
    /// Those of the sources.
    pub real: Modules,
    /// Those that count only where nothing real is.
    pub stand_ins: Modules,
    /// The directories that have them.
    pub stand_in_roots: Vec<TreePath>,
}

impl ModulePlaces {
    /// The modules, with those directories that have documents and what their qmldirs declare,
    /// and with those of the project.
    fn with<'a>(
        &'a self,
        found: impl Iterator<Item = (&'a TreePath, Option<&'a str>)>,
        project: &'a Project,
    ) -> FoundModules {
        let aside = self.stand_ins.iter().chain(&project.mock_roots);
        let is_aside = |path: &TreePath| aside.clone().any(|root| path.is_within(root));
        let (aside_found, found): (Vec<_>, Vec<_>) = found.partition(|(path, _)| is_aside(path));
        let text = |(path, module): (&'a TreePath, _)| (path.as_str(), module);
        let found = found.into_iter().map(text);
        let declared = self.declared.iter();
        let declared = declared.map(|(uri, path)| (path.as_str(), Some(uri.as_str())));
        let built = project.modules.iter();
        let built = built.map(|module| (module.dir.as_str(), Some(module.uri.as_str())));
        let roots = self.roots.iter().chain(&project.import_roots);
        let roots = std::iter::once("").chain(roots.map(TreePath::as_str));
        FoundModules {
            real: Modules::new(found.chain(declared).chain(built), roots),
            stand_ins: Modules::new(
                aside_found.into_iter().map(text),
                aside.clone().map(TreePath::as_str),
            ),
            stand_in_roots: aside.clone().cloned().collect(),
        }
    }
}

/// A handle on the tree; the watching ends with it.
#[derive(Debug)]
pub struct Tree {
    root: Arc<Root>,
    store: Arc<Store>,
    watching: watching::Watching,
}

/// Why the tree cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// Something about the folder.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The system gives no thread.
    #[error("the watcher cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

/// Why another folder has not taken the place of the one that is served.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What is there now cannot be served.
    #[error(transparent)]
    Root(#[from] RootError),
    /// Nothing is followed any more.
    #[error("the server is stopping")]
    Ended,
}

impl Tree {
    /// Reads the folder and follows it from then on.
    pub fn open(config: &TreeConfig) -> Result<Self, TreeError> {
        let root = Arc::new(Root::open(&config.dir, &config.ignore, &config.own)?);
        let (store, watching) =
            watcher::start(Arc::clone(&root), config).map_err(TreeError::Thread)?;
        Ok(Self {
            root,
            store,
            watching,
        })
    }

    /// The place that opens files.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Waits until the newest snapshot has everything that is on the disk now, but for what is
    /// still being written to: whether it came to that within this time.
    pub(crate) async fn is_read(&self, within: Duration) -> bool {
        let looked = tokio::time::timeout(within, self.watching.look()).await;
        matches!(looked, Ok(Ok(())))
    }

    /// Has `exchange` put another folder in the place of the one that is served, and makes all
    /// that is in it the next state, in one step: nothing is looked at while it runs, so that no
    /// state has something of both. What clients still load of the states before is found in the
    /// folders that were here, as long as those are somewhere on the disk.
    ///
    /// # Errors
    /// That of `exchange`; what is there then is not looked at as a new folder.
    pub(crate) async fn switch(
        &self,
        exchange: impl FnOnce() -> std::io::Result<()> + Send + 'static,
    ) -> Result<Arc<Snapshot>, SwitchError> {
        let exchange = Box::new(|| exchange().map_err(SwitchError::Io));
        self.watching.switch(exchange).await
    }

    /// The snapshots.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

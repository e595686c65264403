//! What an import means: the one place that decides it, for what is served and for what refers to
//! what.

use url::Url;

use super::snapshot::Snapshot;
use crate::path::{Refusal, TreePath};
use crate::qml::document::{Import, ImportTarget};

/// Tells whether an absolute URL leads to this very server.
pub type IsOwn<'a> = dyn Fn(&Url) -> bool + 'a;

/// What an import means.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing of the tree, as far as anybody can tell.
    Outside,
    /// A module, by its directories: its own, and those that its qmldir imports for its importers.
    Module {
        /// Those that stand in for it, where a client has nothing of it.
        stand_ins: Vec<TreePath>,
        /// Those of the sources.
        dirs: Vec<TreePath>,
    },
    /// A directory or a script, which need not exist.
    Path {
        /// Where it is.
        target: TreePath,
        /// Whether a client finds it there by what is written, in the version that it is in.
        relative: bool,
    },
}

impl Snapshot {
    /// What an import in a document of `dir` means.
    pub fn meaning(&self, dir: &TreePath, import: &Import, is_own: &IsOwn<'_>) -> Meaning {
        let text = match &import.target {
            ImportTarget::Module(uri) => {
                let version = import.version.as_deref();
                let dirs = self.module(dir, uri, version);
                let stand_ins: Vec<_> = self.stand_in(uri, version).into_iter().collect();
                return match dirs.is_empty() && stand_ins.is_empty() {
                    true => Meaning::Outside,
                    false => Meaning::Module { stand_ins, dirs },
                };
            }
            ImportTarget::File(text) => text,
        };
        if let Ok(url) = Url::parse(text)
            && url.scheme() == "qrc"
        {
            let target = self.compiled_in_dir(dir, url.path());
            return target.map_or(Meaning::Outside, |target| Meaning::Path {
                target,
                relative: false,
            });
        }
        match self.named(dir, text, is_own) {
            // Absolute paths have no meaning in an import, and stay the error that they are.
            Some((target, relative)) if !text.starts_with('/') => {
                Meaning::Path { target, relative }
            }
            _ => Meaning::Outside,
        }
    }

    /// Where a string in a document of `dir` leads as a URL, and whether a client finds it there
    /// in the version that the document is in. `None` for what is not of the tree.
    pub fn named(
        &self,
        dir: &TreePath,
        text: &str,
        is_own: &IsOwn<'_>,
    ) -> Option<(TreePath, bool)> {
        let (target, relative) = match Url::parse(text) {
            Ok(url) => (TreePath::from_url(is_own(&url).then(|| url.path())?), false),
            Err(_) if text.starts_with('/') => (TreePath::from_url(text), false),
            Err(_) => (self.relative(dir, text), !dir.is_left_by(text)),
        };
        Some((target.ok()?, relative))
    }

    /// The same for who asks what leads where: what is there, whoever the server is to a client.
    pub fn imported(&self, dir: &TreePath, import: &Import) -> Vec<TreePath> {
        // Whether an absolute URL is the server's own is only known once somebody asks.
        match self.meaning(dir, import, &|_| true) {
            Meaning::Outside => Vec::new(),
            Meaning::Module {
                mut stand_ins,
                dirs,
            } => {
                stand_ins.extend(dirs);
                stand_ins
            }
            Meaning::Path { target, .. } => {
                let target = Some(target).filter(|target| self.exists(target));
                target.into_iter().collect()
            }
        }
    }

    /// The directory of a module of the tree, those of the modules that its qmldir imports, and so
    /// on, each once. Empty if the tree does not have it.
    fn module(&self, from: &TreePath, uri: &str, version: Option<&str>) -> Vec<TreePath> {
        let dir = |from: &TreePath, uri: &str, version: Option<&str>| {
            TreePath::parse(self.modules().lookup(uri, version, from.as_str())?).ok()
        };
        let mut found: Vec<_> = dir(from, uri, version).into_iter().collect();
        let mut at = 0;
        while let Some(importing) = found.get(at).cloned() {
            at += 1;
            for (uri, version) in self.imported_by(&importing) {
                let further = dir(&importing, uri, version);
                let further = further.or_else(|| self.stand_in(uri, version));
                found.extend(further.filter(|dir| !found.contains(dir)));
            }
        }
        found
    }

    /// The script, or the directory, that is compiled in under a path.
    fn compiled_in_dir(&self, from: &TreePath, path: &str) -> Option<TreePath> {
        let dir = || {
            let path = TreePath::from_url(path).ok()?;
            let path = if path.is_root() {
                String::new()
            } else {
                format!("/{path}")
            };
            self.project().resources.dir(from, &path)
        };
        self.compiled_in(from, path).or_else(dir)
    }

    /// What a relative reference means: as it stands or, as it is part of a URL, with its percent
    /// signs decoded.
    fn relative(&self, dir: &TreePath, text: &str) -> Result<TreePath, Refusal> {
        let plain = dir.resolve(text);
        if !text.contains('%') || plain.as_ref().is_ok_and(|path| self.exists(path)) {
            return plain;
        }
        let decoded = crate::path::name::decoded(text);
        let decoded = decoded.and_then(|text| dir.resolve(&text).ok());
        decoded.filter(|path| self.exists(path)).map_or(plain, Ok)
    }

    fn exists(&self, path: &TreePath) -> bool {
        self.has_dir(path) || self.file(path).is_some()
    }
}

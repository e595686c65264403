//! What a build declares of a tree, beside what the files in it say: lists of types, and what is
//! compiled in.

use std::fmt::Debug;
use std::sync::Arc;

use super::Digest;
use crate::path::TreePath;
use crate::path::name::{self, join};
use crate::qml::qmldir::Qmldir;

/// The directory below any other in which lies what is compiled in, under the path that it has
/// there: `DIR/@qrc/icons/a.svg` is what `qrc:/icons/a.svg` is to a document in `DIR`.
pub(crate) const COMPILED_IN: &str = "@qrc";

/// What a build declares.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Stands for all of it: two with the same digest are the same.
    pub digest: Digest,
    /// Directories with the list of their types, which counts in place of a `qmldir` and of the
    /// documents that lie there. A directory need not have files.
    pub lists: Vec<(TreePath, Arc<Qmldir>)>,
    /// Documents with a directory whose types they see without a word.
    pub implied: Vec<(TreePath, TreePath)>,
    /// What is compiled in, if anything is.
    pub resources: Option<Arc<dyn Resources>>,
}

/// The files of the tree that programs have compiled in. Two programs may have different ones
/// under one path: the nearest one counts.
pub trait Resources: Debug + Send + Sync {
    /// The file that `qrc:PATH`, with one leading slash, is to a document of directory `from`.
    fn file(&self, from: &TreePath, path: &str) -> Option<TreePath>;
    /// Each path that begins with `prefix`, with its file.
    fn below(&self, from: &TreePath, prefix: &str) -> Vec<(String, TreePath)>;
}

/// The directory and the path of `DIR/@qrc/PATH`, the latter with a leading slash.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    let at = match path.strip_prefix(COMPILED_IN) {
        Some(_) => 0,
        None => path.find(&["/", COMPILED_IN, "/"].concat())? + 1,
    };
    let rest = path.get(at + COMPILED_IN.len()..)?;
    let dir = path.get(..at)?.trim_end_matches('/');
    rest.starts_with('/').then_some((dir, rest))
}

/// [`name::locate`], which knows what is compiled in as well.
pub(super) fn locate(directory: &str, name: &str) -> Option<String> {
    match name.strip_prefix("qrc:") {
        Some(path) => Some(join(directory, &[COMPILED_IN, "/", path].concat())),
        None => name::locate(directory, name),
    }
}

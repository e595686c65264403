//! A state as files that a web server hands out as they are: each lies where its URL says. Pure
//! over a snapshot; what is only on the disk is named, not read.

use bytes::Bytes;

use super::profile::Profile;
use super::render;
use super::snapshot::Snapshot;
use super::version::{Token, Version};
use crate::path::{QMLDIR, TreePath};

/// One file of an export.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exported {
    /// Where it lies, below the folder that is the root of the host.
    pub(crate) place: String,
    /// What it has; nothing for an asset.
    pub(crate) bytes: Option<Bytes>,
    /// The file of the tree.
    pub(crate) path: TreePath,
}

/// All files of a state whose entry is `entry`, which has its plain URL as well.
pub(crate) fn files(snapshot: &Snapshot, entry: &TreePath) -> Vec<Exported> {
    let generations = snapshot.generations();
    let token = |version: Option<Version>| Token {
        version: version.unwrap_or(snapshot.version()),
        profile: Profile::default(),
    };
    let at = |token: &Token, path: TreePath, bytes| Exported {
        place: format!("@{token}/{path}"),
        bytes,
        path,
    };
    let mut all = Vec::new();
    for dir in snapshot.dirs() {
        let token = token(generations.dir(dir));
        for seen_from in [dir.clone(), dir.with(render::SELF_ALIAS)] {
            if let Some(bytes) = render::qmldir(snapshot, &token, dir, &seen_from) {
                all.push(at(&token, seen_from.with(QMLDIR), Some(bytes)));
            }
        }
    }
    for (path, file) in snapshot.files().filter(|(path, _)| path.name() != QMLDIR) {
        let token = token(generations.document(&path));
        let bytes = render::document(snapshot, &token, &path, file, &|_| false, "");
        all.push(at(&token, path, bytes));
    }
    let token = token(generations.document(entry));
    let alone = render::alone(entry);
    if let Some(bytes) = render::made_up_qmldir(&alone) {
        all.push(at(&token, alone.with(QMLDIR), Some(bytes)));
    }
    all.push(Exported {
        place: entry.to_string(),
        bytes: Some(render::of_type(&token, entry)),
        path: entry.clone(),
    });
    all
}

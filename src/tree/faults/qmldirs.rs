//! Entries of a `qmldir` whose files are not there. A singleton and a script are loaded with the
//! directory, used or not; of all others it is told where they are used.

use super::{Fault, Rule};
use crate::path::TreePath;
use crate::qml::qmldir::Entry;
use crate::tree::file::{Content, File};
use crate::tree::snapshot::Snapshot;

pub(super) fn faults(snapshot: &Snapshot, path: &TreePath, file: &File) -> Vec<Fault> {
    let dir = path.parent();
    let Content::Qmldir(_, qmldir) = &file.content else {
        return Vec::new();
    };
    // What a build declares goes before it.
    if snapshot.declared_list(&dir).is_some() {
        return Vec::new();
    }
    let loaded = qmldir.entries.iter().filter_map(|entry| match entry {
        Entry::Type {
            file,
            line,
            singleton: true,
            ..
        }
        | Entry::Script { file, line, .. } => Some((file, *line)),
        _ => None,
    });
    let missing = loaded.filter_map(|(name, line)| {
        let target = dir.resolve(name).ok()?;
        if snapshot.file(&target).is_some() {
            return None;
        }
        let near = snapshot.nearest(&target);
        Some(Fault {
            path: path.clone(),
            line,
            column: 0,
            rule: Rule::Qmldir,
            message: format!("{name} is not there, so no document can use this folder"),
            hint: near.map(|near| format!("did you mean {}?", dir.url_relative_to(&near))),
        })
    });
    missing.collect()
}

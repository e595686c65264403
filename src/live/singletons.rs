//! Singletons that live on. An engine keeps a singleton until it ends, also one
//! whose document has been replaced, and what runs in it goes on running
//! (measured in Qt 5.15, 6.4 and 6.12). Nobody can stop it from outside, so the
//! person who wonders why something ticks twice is told once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tracing::warn;

use crate::path::TreePath;
use crate::qml::document::Document;
use crate::tree::snapshot::Snapshot;

/// The singletons that were told of.
#[derive(Debug, Default)]
pub(super) struct Superseded {
    told: Mutex<BTreeSet<TreePath>>,
}

impl Superseded {
    /// Warns of the singletons that a client keeps beside the new ones when it
    /// goes from one state to another.
    pub(super) fn tell(&self, before: &Snapshot, after: &Snapshot) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for path in superseded(before, after) {
            if told.insert(path.clone()) {
                warn!(
                    "{path}: a client keeps the former instance of this singleton, its timers running, until it is restarted: Qt never lets go of a singleton"
                );
            }
        }
    }
}

fn superseded<'a>(
    before: &'a Snapshot,
    after: &'a Snapshot,
) -> impl Iterator<Item = TreePath> + use<'a> {
    let running = before.files().filter(|(_, file)| {
        file.document()
            .is_some_and(|document| document.singleton && runs_by_itself(document))
    });
    running.map(|(path, _)| path).filter(move |path| {
        before.generations().document(path) != after.generations().document(path)
    })
}

/// Whether it uses a type that does something without being asked.
fn runs_by_itself(document: &Document) -> bool {
    let mut names = document.references.names.iter();
    names.any(|name| &**name == "Timer" || name.ends_with("Animation"))
}

//! Seeds that are edited, and new ones, while the server runs: told of, and offered. Objects are
//! never overwritten by that.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{info, warn};

use super::seed::{self, SeedFile};
use crate::tree::file::Stat;

/// The time between two looks: nobody waits for it.
const LOOK: Duration = Duration::from_secs(1);

/// A seed as it was last looked at.
#[derive(Debug)]
pub(super) struct Followed {
    pub collection: String,
    pub file: SeedFile,
    /// Its hash; empty where it could not be read.
    pub hash: String,
    /// How somebody takes what is new.
    pub offer: String,
    pub at: Option<Stat>,
}

/// Looks until the server stops.
pub(super) async fn follow(
    mut seeds: Vec<Followed>,
    data: PathBuf,
    mut stopping: watch::Receiver<bool>,
) {
    let mut known: HashSet<PathBuf> = seed::find(&data)
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        let folder = data.clone();
        let looked = tokio::task::spawn_blocking(move || {
            for seed in &mut seeds {
                look(seed);
            }
            for (name, path) in seed::find(&folder) {
                if known.insert(path.clone()) {
                    info!(
                        "{} is new: it becomes the collection {name} when the server is started anew",
                        path.display()
                    );
                }
            }
            (seeds, known)
        });
        // It fails where the server ends.
        let Ok(looked) = looked.await else { return };
        (seeds, known) = looked;
    }
}

fn look(seed: &mut Followed) {
    let at = Stat::at(&seed.file.path);
    if at == seed.at {
        return;
    }
    let is_settled = |at: Stat| {
        at.modified
            .elapsed()
            .is_ok_and(|since| since > Duration::from_millis(100))
    };
    match at {
        // Half of what is being written is no news.
        Some(at) if !is_settled(at) && seed.at.is_some() => return,
        _ => seed.at = at,
    }
    let (name, file) = (&seed.collection, seed.file.path.display());
    match seed.file.read() {
        Ok(objects) if objects.hash == seed.hash => {}
        Ok(objects) => {
            info!(
                "{name}: {file} has changed, and its objects stay as they are; to begin anew with \
                 the {} of the file: {}",
                objects.objects.len(),
                seed.offer
            );
            seed.hash = objects.hash;
        }
        Err(_) if at.is_none() => info!("{name}: {file} is gone; its objects stay"),
        Err(error) => warn!("{name}: its seed is not usable any more: {error}"),
    }
}

//! Whether changes in a folder are heard of.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Finding, State};
use crate::tree::snapshot::Snapshot;

/// How long to wait for an event.
const PATIENCE: Duration = Duration::from_secs(2);

/// Makes a hidden file in the folder and listens.
pub(super) fn of(dir: &Path, snapshot: &Snapshot) -> Finding {
    let folders = snapshot.dirs().count();
    match hear(dir) {
        Ok(Some(took)) => Finding::good(format!(
            "changes are told within {:.1} ms; {folders} folders are watched",
            took.as_secs_f64() * 1000.0
        )),
        Ok(None) => {
            polling("changes are not reported here, as on a network share or in some containers")
        }
        Err(error) => polling(&format!("it cannot be tried: {error}")),
    }
}

fn polling(why: &str) -> Finding {
    let remedy =
        "the folder is looked through again and again instead: --poll, --poll-interval 250ms";
    Finding::new(State::Weak, why, Some(remedy.into()))
}

/// How long it took to hear of a new file; `None` if that was not heard.
fn hear(dir: &Path) -> anyhow::Result<Option<Duration>> {
    let (sender, events) = mpsc::channel();
    let mut watcher = RecommendedWatcher::new(
        move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| event.kind.is_create()) {
                // Nobody listens any more once one was heard.
                sender.send(Instant::now()).ok();
            }
        },
        notify::Config::default(),
    )?;
    watcher.watch(dir, RecursiveMode::NonRecursive)?;
    let file = dir.join(format!(".qmlserve-doctor-{}", std::process::id()));
    let start = Instant::now();
    fs::write(&file, b"")?;
    let heard = events.recv_timeout(PATIENCE).ok();
    fs::remove_file(&file)?;
    Ok(heard.map(|at| at.duration_since(start)))
}

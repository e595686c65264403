//! All pictures of a run: as many at a time as the machine has processors, while the documents are
//! served.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::verdict::{Rules, Task, Verdict, judge};
use crate::config::Port;
use crate::server;
use crate::tree::Tree;

/// Does what has to be done while the documents of the tree are served at the address that it gets.
pub(super) fn serve<T>(
    tree: &Arc<Tree>,
    port: Port,
    work: impl FnOnce(&str) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (sender, receiver) = mpsc::channel();
    let tree = Arc::clone(tree);
    let server = thread::spawn(move || {
        let system = actix_web::rt::System::new();
        system.block_on(async {
            let served = match server::serve_documents(tree, port) {
                Ok(served) => served,
                Err(error) => return drop(sender.send(Err(error))),
            };
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            // Nobody waits for it any more if this fails, and it ends at once.
            let _ = sender.send(Ok((served.address, stop)));
            let _ = stopped.await;
            served.handle.stop(false).await;
        });
    });
    let (address, stop) = receiver.recv().map_err(io::Error::other)??;
    let done = work(&format!("http://{address}"));
    drop(stop);
    // It has nothing to say.
    let _ = server.join();
    done
}

/// Judges all, as many at a time as the machine has processors.
pub(super) fn judge_all(tasks: &[Task<'_>], rules: &Rules) -> anyhow::Result<Vec<Verdict>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let is_watched = io::stderr().is_terminal();
    let work = || {
        while let Some((at, task)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            tasks.get(at).map(|task| (at, task))
        } {
            let verdict = judge(task, rules);
            if verdict.is_err() {
                // What cannot be written or started now will not be for the others.
                next.store(tasks.len(), Ordering::Relaxed);
            }
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((at, verdict));
            if is_watched {
                // Only for whoever looks on.
                let _ = write!(io::stderr(), "\r{} of {} ", done.len(), tasks.len());
            }
        }
    };
    let count = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..count.min(tasks.len()) {
            scope.spawn(work);
        }
    });
    if is_watched {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, verdict)| verdict).collect()
}

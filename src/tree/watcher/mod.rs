//! The thread that follows the disk: file events in, new snapshots out.
//!
//! Directories are watched one by one, each before it is listed, so nothing
//! falls between the two and ignored directories cost no watch. Where the
//! native way fails, or is known not to see everything, the tree is polled.

mod native;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use notify::RecommendedWatcher;
use tokio::sync::oneshot;
use tracing::{debug, info, warn};

use super::checkout::{Checkout, Git};
use super::debounce::{Batch, Debounce, Signal};
use super::problems::problems;
use super::register::Register;
use super::root::{Root, RootError};
use super::scan::{Findings, Scanner};
use super::snapshot::{Draft, Snapshot};
use super::store::Store;
use super::tokens::Counts;
use super::watching::{Exchange, Message, Watching};
use super::{ModulePlaces, SwitchError, TreeConfig};
use crate::path::TreePath;

/// Events that wait to be looked at; more of them make a full look.
const QUEUE: usize = 8192;

/// How often the root itself is looked at: the link that leads to it can be
/// turned without an event.
const ROOT_CHECK: Duration = Duration::from_millis(500);

/// The same while the root is gone.
const ROOT_WAIT: Duration = Duration::from_millis(100);

/// Reads the tree for the first time and starts to follow it.
pub fn start(root: Arc<Root>, config: &TreeConfig) -> std::io::Result<(Arc<Store>, Watching)> {
    let (sender, messages) = sync_channel(QUEUE);
    let overflowed = Arc::new(AtomicBool::new(false));
    let mut follower = Follower {
        scanner: Scanner::new(Arc::clone(&root), false),
        native: None,
        debounce: Debounce::new(config.burst),
        burst: config.burst,
        checkout: Checkout::around(&root.real()),
        modules: Arc::clone(&config.modules),
        poll_interval: config.poll_interval,
        sender: sender.clone(),
        overflowed,
        root,
        lost: false,
        warned: BTreeMap::new(),
        waiting: Vec::new(),
    };
    if config.poll {
        info!("watching by polling every {:?}", config.poll_interval);
    } else if let Some(name) = native::without_events(&follower.root.real()) {
        warn!(
            "{name} does not report changes made elsewhere: watching by polling every {:?}",
            config.poll_interval
        );
    } else if let Err(error) = follower.go_native() {
        // Polling begins below: at the first look there is nothing to compare with.
        follower.say_polling(&error);
    }
    let (draft, read) = follower.look(
        Draft::new(&config.modules),
        &Batch {
            everything: true,
            ..Batch::default()
        },
    );
    let start = Instant::now();
    let mut register = Register::new(config.granularity);
    let first = draft.finish(|snapshot| register.assign(snapshot, None));
    say_analysed(read, start.elapsed(), &first, register.tokens().counts());
    say_counts(register.counts());
    follower.report_problems(None, &first);
    if follower.native.is_none() {
        follower.scanner.start_polling();
    }
    let store = Arc::new(Store::new(first, register, config.snapshots));
    let shared = Arc::clone(&store);
    std::thread::Builder::new()
        .name("watcher".into())
        .spawn(move || follower.run(&messages, &shared))?;
    Ok((store, Watching::new(sender)))
}

struct Follower {
    root: Arc<Root>,
    scanner: Scanner,
    /// `None` while polling.
    native: Option<RecommendedWatcher>,
    debounce: Debounce,
    burst: Duration,
    checkout: Checkout,
    modules: Arc<ModulePlaces>,
    poll_interval: Duration,
    sender: SyncSender<Message>,
    overflowed: Arc<AtomicBool>,
    /// Whether the root is gone, to say so once.
    lost: bool,
    /// The last warning for each path, to say it once.
    warned: BTreeMap<TreePath, String>,
    /// Who wants to know when everything has been looked at.
    waiting: Vec<oneshot::Sender<()>>,
}

impl Follower {
    fn run(mut self, messages: &Receiver<Message>, store: &Store) {
        let mut next_tick = Instant::now() + self.tick_interval();
        loop {
            let wake = self
                .debounce
                .deadline()
                .map_or(next_tick, |at| at.min(next_tick));
            // While it is waited for whether more comes.
            if let Some(path) = self.debounce.lone() {
                self.scanner.read_ahead(path);
            }
            let mut message = messages.recv_timeout(wake.saturating_duration_since(Instant::now()));
            loop {
                match message {
                    Ok(Message::Signal(signal)) => {
                        self.scanner.forget_ahead();
                        self.debounce.note(signal, Instant::now());
                    }
                    Ok(Message::Failed(error)) => self.failed(&error),
                    Ok(Message::Look(done)) => {
                        self.scanner.forget_ahead();
                        self.waiting.push(done);
                        self.debounce.note(Signal::Everything, Instant::now());
                    }
                    Ok(Message::Switch(switch)) => {
                        let switched = self.switch(switch.exchange, store);
                        // Who asked may have gone.
                        let _ = switch.done.send(switched);
                    }
                    Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => break,
                }
                message = messages.recv_timeout(Duration::ZERO);
            }
            if self.overflowed.swap(false, Ordering::Relaxed) {
                warn!("too many changes at once: looking at the whole tree");
                self.debounce.note(Signal::Everything, Instant::now());
            }
            if Instant::now() >= next_tick {
                self.tick();
                next_tick = Instant::now() + self.tick_interval();
            }
            self.wait_for_checkout();
            if let Some(batch) = self.debounce.take(Instant::now()) {
                self.publish(&batch, store);
            }
            // What was seen half-written is looked at again first.
            if !self.waiting.is_empty() && self.debounce.deadline().is_none() {
                // Who asked may have gone.
                let heard = self.waiting.drain(..).map(|done| done.send(()));
                heard.for_each(drop);
            }
        }
    }

    /// Holds back what is ripe while a checkout goes on. Once it is over, everything is looked
    /// at: the last of its events may still be on their way.
    fn wait_for_checkout(&mut self) {
        let now = Instant::now();
        if self.debounce.deadline().is_none_or(|at| at > now) {
            return;
        }
        match self.checkout.look() {
            Git::Idle => {}
            Git::Busy => self.debounce.hold(now),
            Git::Done => self.debounce.note(Signal::Everything, now),
        }
    }

    fn tick_interval(&self) -> Duration {
        if self.lost {
            ROOT_WAIT
        } else if self.native.is_none() {
            self.poll_interval
        } else {
            ROOT_CHECK
        }
    }

    /// Looks whether the root is still the folder that is watched.
    fn tick(&mut self) {
        match self.root.is_replaced() {
            Err(error) => self.lose(&error),
            Ok(replaced) if replaced || self.lost => {
                if let Err(error) = self.root.refresh() {
                    return warn!("{error}");
                }
                info!(
                    "the folder {} is back or was replaced: reading it",
                    self.root.given().display()
                );
                self.lost = false;
                if self.native.is_some()
                    && let Err(error) = self.go_native()
                {
                    self.failed(&error);
                }
                self.debounce.note(Signal::Everything, Instant::now());
            }
            Ok(_) if self.native.is_none() => {
                // Without events nothing tells that the ignore file was edited; a
                // bad pattern was said at the first look and leaves the old rules.
                let _ = self.root.refresh();
                self.debounce.again(TreePath::root(), Instant::now());
            }
            Ok(_) => {}
        }
    }

    /// The root is gone, or something else stands in its place.
    fn lose(&mut self, error: &RootError) {
        if !self.lost {
            warn!("{error}; the last state stays, waiting for the folder to come back");
        }
        self.lost = true;
    }

    fn publish(&mut self, batch: &Batch, store: &Store) {
        // What went with the folder was not deleted one by one. Once the folder is
        // back, `tick` has all of it looked at.
        if let Err(error) = self.root.is_replaced() {
            self.lose(&error);
        }
        if self.lost {
            return;
        }
        let former = store.newest();
        // Read the rules before what they rule.
        if batch.everything
            && let Err(error) = self.root.refresh()
        {
            warn!("{error}");
        }
        self.publish_as(Draft::of(&former, &self.modules), batch, store);
    }

    fn publish_as(&mut self, draft: Draft, batch: &Batch, store: &Store) {
        let (draft, read) = self.look(draft, batch);
        let start = Instant::now();
        let published = store.publish(draft);
        say_analysed(
            read,
            start.elapsed(),
            &store.newest(),
            store.tokens().counts(),
        );
        if batch.everything {
            say_counts(store.counts());
        }
        let Some((former, snapshot)) = published else {
            return;
        };
        let changed = snapshot.changed_since(&former);
        info!(version = %snapshot.version(), "changed: {}", summary(&changed));
        self.report_problems(Some(&former), &snapshot);
    }

    /// Has another folder put in the place of this one, and takes all that is in it for the next
    /// state. Nothing of what was known counts: neither what has yet to come of earlier events,
    /// nor that a file was there, or had something in it.
    fn switch(&mut self, exchange: Exchange, store: &Store) -> Result<Arc<Snapshot>, SwitchError> {
        let exchanged = self.root.exchange(exchange);
        if matches!(exchanged, Err(SwitchError::Io(_))) {
            exchanged?;
        } else if let Err(error) = exchanged {
            // It is there, but cannot be read: `tick` waits for it.
            self.lost = true;
            return Err(error);
        }
        self.lost = false;
        self.debounce = Debounce::new(self.burst);
        self.scanner = Scanner::new(Arc::clone(&self.root), false);
        self.warned.clear();
        if self.native.is_some()
            && let Err(error) = self.go_native()
        {
            self.say_polling(&error);
            self.native = None;
        }
        let everything = Batch {
            everything: true,
            ..Batch::default()
        };
        self.publish_as(Draft::new(&self.modules), &everything, store);
        if self.native.is_none() {
            self.scanner.start_polling();
        }
        Ok(store.newest())
    }

    /// Takes what is on the disk into the draft; tells how long that took.
    fn look(&mut self, mut draft: Draft, batch: &Batch) -> (Draft, Duration) {
        let mut failed = None;
        let root = Arc::clone(&self.root);
        let native = &mut self.native;
        let mut watch = |dirs: &[TreePath]| {
            if let Some(native) = native
                && let Err(error) = native::watch(native, &root, dirs)
            {
                failed.get_or_insert(error);
            }
        };
        let start = Instant::now();
        let findings = self.scanner.look(batch, &mut draft, start, &mut watch);
        let read = start.elapsed();
        if let Some(error) = failed {
            self.failed(&error);
        }
        self.after(findings);
        (draft, read)
    }

    fn after(&mut self, findings: Findings) {
        for (path, at) in findings.again {
            self.debounce.again(path, at);
        }
        let mut warned = BTreeMap::new();
        for (path, message) in findings.warnings {
            if self.warned.get(&path) != Some(&message) {
                warn!("{path}: {message}");
            }
            warned.insert(path, message);
        }
        self.warned.extend(warned);
        for path in findings.recovered {
            self.warned.remove(&path);
            info!("{path}: it can be read again");
        }
    }

    fn report_problems(&self, former: Option<&Snapshot>, snapshot: &Snapshot) {
        let known = former.map(|former| problems(former, Some(snapshot)));
        let known = known.unwrap_or_default();
        for problem in problems(snapshot, former) {
            if !known.contains(&problem) {
                let (path, line, message) = problem;
                let line = if line > 0 {
                    format!(":{line}")
                } else {
                    String::new()
                };
                warn!("{path}{line}: {message}");
            }
        }
    }

    /// Starts watching natively.
    fn go_native(&mut self) -> notify::Result<()> {
        let sender = self.sender.clone();
        let overflowed = Arc::clone(&self.overflowed);
        self.native = Some(native::start(Arc::clone(&self.root), sender, overflowed)?);
        Ok(())
    }

    /// The native way failed: poll from now on.
    fn failed(&mut self, error: &notify::Error) {
        self.say_polling(error);
        self.native = None;
        self.scanner.start_polling();
    }

    fn say_polling(&self, error: &notify::Error) {
        warn!(
            "{}; watching by polling every {:?}",
            native::reason(error),
            self.poll_interval
        );
    }
}

fn say_analysed(read: Duration, analysed: Duration, snapshot: &Snapshot, loads: Counts) {
    debug!(
        read_ms = milliseconds(read),
        analysed_ms = milliseconds(analysed),
        version = %snapshot.version(),
        foreseen_loads = loads.foreseen,
        unforeseen_loads = loads.unforeseen,
        "read and analysed"
    );
}

fn say_counts([read_off, open_for_assets, open]: [usize; 3]) {
    debug!(
        read_off,
        open_for_assets, open, "documents by what they lead to"
    );
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A few names and how many more.
fn summary(paths: &[TreePath]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<_> = paths.iter().take(SHOWN).map(TreePath::to_string).collect();
    if paths.len() > SHOWN {
        names.push(format!("and {} more", paths.len() - SHOWN));
    }
    names.join(", ")
}

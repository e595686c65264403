//! The snapshots that can be asked for: the newest one, and older ones as far
//! as the budget goes.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use tokio::sync::watch;

use tracing::debug;

use super::file::{Kind, QMLDIR};
use super::pictures::{Found, Picture};
use super::register::Register;
use super::snapshot::{Draft, Snapshot};
use super::tokens::{Asked, Token, Tokens, without_alias};
use super::version::Version;
use crate::path::TreePath;
use crate::qml::graph::Graph;

/// Keeps the newest snapshot and a bounded past.
pub struct Store {
    newest: watch::Sender<Arc<Snapshot>>,
    past: Mutex<Past>,
    /// Memory for the past, in bytes.
    budget: usize,
    /// Stands for this run of the server.
    run: Version,
    /// Whether the newest snapshot is the one that the server began with.
    is_first: AtomicBool,
    /// Whether a client came that is older than the server.
    has_met: AtomicBool,
    tokens: Arc<Tokens>,
    /// Of the newest state; it is read without waiting for the register.
    graph: RwLock<Option<Arc<Graph>>>,
    pictures: Mutex<Found>,
    /// Held while a state is made the newest, and while it is noted what was answered from the
    /// newest: between the two there is no gap.
    register: Mutex<Register>,
}

impl fmt::Debug for Store {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let newest = self.newest().version();
        out.debug_struct("Store").field("newest", &newest).finish()
    }
}

/// What a request under a token comes to.
#[derive(Debug)]
pub enum Answer {
    /// It is answered from this snapshot; `None` if there is none any more.
    From(Option<Arc<Snapshot>>),
    /// It has to be noted first: [`Store::note`].
    ToNote,
}

/// What the register has to forget.
#[derive(Debug, PartialEq, Eq)]
pub enum Forget {
    /// Nothing.
    Nothing,
    /// These generations.
    Some(Vec<Version>),
    /// All of them.
    Everything,
}

#[derive(Debug, Default)]
struct Past {
    /// Oldest first, each with the memory that it takes beside its successor.
    snapshots: VecDeque<(Arc<Snapshot>, usize)>,
    weight: usize,
    /// Dropped, oldest first, but kept by a client that shows them.
    over_budget: Vec<Weak<Snapshot>>,
}

impl Past {
    /// Drops snapshots, oldest first, until the past fits into the budget, and says what the
    /// register has to forget: a token may be given only as long as all that a client may have
    /// found below it is known.
    ///
    /// A snapshot stays as long as the newest leads to it, through the generations of its
    /// documents, or through those of another one. If too much stays by that, everything is
    /// forgotten: clients fetch the whole tree once, and nothing old is led to any more. The one
    /// just left stays in any case: clients are loading it.
    fn shrink(&mut self, budget: usize, newest: &Snapshot, tokens: &Tokens) -> Forget {
        if self.weight <= budget {
            return Forget::Nothing;
        }
        // Not at each change.
        let target = budget / 4 * 3;
        let pinned = self.pinned(newest, tokens);
        let mut gone = HashSet::new();
        let mut at = 0;
        while self.weight > target && at + 1 < self.snapshots.len() {
            let Some((snapshot, _)) = self.snapshots.get(at) else {
                break;
            };
            if pinned.contains(&snapshot.generations().own()) {
                at += 1;
            } else if let Some((dropped, weight)) = self.snapshots.remove(at) {
                self.weight -= weight;
                self.weigh_again(at);
                gone.insert(dropped.generations().own());
                self.over_budget.push(Arc::downgrade(&dropped));
            }
        }
        if self.weight > budget && self.snapshots.len() > 1 {
            return Forget::Everything;
        }
        // What is left leads to what is gone only where it is not pinned itself.
        let leads_there = |snapshot: &Snapshot| {
            let mut used = snapshot.generations().tokens();
            used.any(|token| gone.contains(&tokens.birth(token)))
        };
        let left = self.snapshots.iter().map(|(snapshot, _)| snapshot);
        let cut_off: Vec<_> = left
            .filter(|snapshot| leads_there(snapshot))
            .map(|snapshot| snapshot.generations().own())
            .collect();
        Forget::Some(gone.into_iter().chain(cut_off).collect())
    }

    /// The snapshots that the newest one leads to, by their tokens.
    fn pinned(&self, newest: &Snapshot, tokens: &Tokens) -> HashSet<Version> {
        let births = |snapshot: &Snapshot| {
            let used: HashSet<_> = snapshot.generations().tokens().collect();
            used.into_iter().map(|token| tokens.birth(token))
        };
        let mut pinned: HashSet<_> = births(newest).collect();
        // A snapshot leads to older ones only.
        for (snapshot, _) in self.snapshots.iter().rev() {
            if pinned.contains(&snapshot.generations().own()) {
                pinned.extend(births(snapshot));
            }
        }
        pinned
    }

    /// What the snapshot before place `at` takes beside the one that is there now.
    fn weigh_again(&mut self, at: usize) {
        let Some(before) = at.checked_sub(1) else {
            return;
        };
        let weight = match (self.snapshots.get(before), self.snapshots.get(at)) {
            (Some((snapshot, _)), Some((successor, _))) => snapshot.weight_beside(successor),
            _ => return,
        };
        if let Some((_, old)) = self.snapshots.get_mut(before) {
            self.weight = self.weight + weight - *old;
            *old = weight;
        }
    }
}

/// Whether `path`, or the directory of a qmldir, has this generation.
fn has_generation(snapshot: &Snapshot, path: &TreePath, token: Version) -> bool {
    let generations = snapshot.generations();
    let generation = if path.name() == QMLDIR {
        generations.dir(&path.parent())
    } else {
        generations.document(path)
    };
    generation == Some(token)
}

impl Store {
    /// A store that starts with `first`, to which `register` gave its URLs, and spends `budget`
    /// bytes on the past.
    pub fn new(first: Arc<Snapshot>, register: Register, budget: usize) -> Self {
        Self {
            newest: watch::Sender::new(first),
            past: Mutex::default(),
            budget,
            run: register.run(),
            is_first: AtomicBool::new(true),
            has_met: AtomicBool::new(false),
            tokens: Arc::clone(register.tokens()),
            graph: RwLock::new(register.graph().cloned()),
            pictures: Mutex::default(),
            register: Mutex::new(register),
        }
    }

    /// What tokens are, and how many loads were foreseen.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The newest snapshot.
    pub fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.newest.borrow())
    }

    /// What leads where in the newest state; `None` if that is not looked at.
    pub fn graph(&self) -> Option<Arc<Graph>> {
        let graph = self.graph.read().unwrap_or_else(PoisonError::into_inner);
        graph.clone()
    }

    /// The pictures and fonts that `entry` is going to show, and the types whose enumerations it
    /// may name.
    pub fn pictures(&self, snapshot: &Arc<Snapshot>, entry: &TreePath) -> Vec<Picture> {
        let Some(graph) = self.graph() else {
            return Vec::new();
        };
        let found = self.pictures.lock();
        let mut found = found.unwrap_or_else(PoisonError::into_inner);
        found.of_entry(&graph, snapshot, entry)
    }

    /// Follows the newest snapshot. Only the latest value is kept for a slow
    /// reader, so nobody ever has to catch up.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.newest.subscribe()
    }

    /// What to answer `/@TOKEN/PATH` from. Waits for nobody.
    pub fn answer(&self, token: Version, path: &TreePath) -> Answer {
        let Some(known) = self.tokens.get(token) else {
            return Answer::From(self.serving(token, path));
        };
        match known.judge(&without_alias(path), false) {
            Asked::Foreseen => {
                self.tokens.count(true);
                Answer::From(self.serving(token, path))
            }
            Asked::Noted(from) => {
                let noted = self.born(from);
                Answer::From(noted.or_else(|| self.showing(token, &known)))
            }
            Asked::New { .. } => Answer::ToNote,
        }
    }

    /// The same for what is to be noted: it is remembered for good that this was asked for under
    /// the token, and what the answer was. Waits while a state is being made the newest.
    pub fn note(&self, token: Version, path: &TreePath) -> Option<Arc<Snapshot>> {
        let mut register = self.lock_register();
        let Some(known) = self.tokens.get(token) else {
            return self.serving(token, path);
        };
        let noted = &without_alias(path);
        let Some(snapshot) = self.showing(token, &known) else {
            return self.serving(token, path);
        };
        let missing = snapshot.behind(noted).is_none();
        let (askers, foreseen) = match known.judge(noted, missing) {
            Asked::New { askers, foreseen } => (askers, foreseen),
            Asked::Noted(from) => return self.born(from).or(Some(snapshot)),
            Asked::Foreseen => return self.serving(token, path),
        };
        register.note((token, &known), askers, noted, &snapshot);
        known.note(noted, snapshot.generations().own());
        self.tokens.count(foreseen);
        if !foreseen {
            debug!(%token, path = %noted, missing, "a load that was not foreseen");
            self.keep_types(&mut register, &known, noted, &snapshot);
        }
        Some(snapshot)
    }

    /// A document that nobody foresaw finds its types by the qmldir of its directory, which the
    /// engine may have from long ago. If that was another one, all of the token is renewed.
    fn keep_types(
        &self,
        register: &mut Register,
        known: &Token,
        path: &TreePath,
        snapshot: &Arc<Snapshot>,
    ) {
        let is_document = matches!(path.kind(), Kind::Document(_));
        let dir = |snapshot: &Snapshot| snapshot.generations().dir(&path.parent());
        let first = self.born(known.birth);
        let is_new = first.is_none_or(|first| dir(&first) != dir(snapshot));
        if is_document && known.is_shared() && is_new {
            self.renew(register, &Forget::Some(vec![known.birth]));
        }
    }

    /// A client was here before this server was, and nobody knows what it has loaded: from now
    /// on nothing gets a URL that an earlier server can have given. What is shown stays until
    /// the next change, unless there was one since the start.
    pub fn meet_older_client(&self) {
        let mut register = self.lock_register();
        if self.has_met.swap(true, Ordering::Relaxed) {
            return;
        }
        if self.is_first.load(Ordering::Relaxed) {
            register.forget(&Forget::Everything);
        } else {
            self.renew(&mut register, &Forget::Everything);
        }
    }

    /// Gives everything another URL, so that every client loads all of it anew.
    pub fn renew_all(&self) {
        self.renew(&mut self.lock_register(), &Forget::Everything);
    }

    /// Gives the newest state other URLs.
    fn renew(&self, register: &mut Register, forget: &Forget) {
        register.forget(forget);
        let former = self.newest();
        let generations = register.assign(&former, Some(&former));
        let renewed = Arc::new(former.with_generations(generations));
        self.replace(register, former, renewed);
    }

    /// Stands for this run of the server: no other one has the same.
    pub fn run(&self) -> Version {
        self.run
    }

    /// The newest snapshot in which a document of a token still has it.
    fn showing(&self, token: Version, known: &Token) -> Option<Arc<Snapshot>> {
        let has_it = |snapshot: &&Arc<Snapshot>| {
            let generations = snapshot.generations();
            let mut members = known.members.iter();
            members.any(|member| generations.document(&member.path) == Some(token))
        };
        let newest = self.newest();
        if has_it(&&newest) {
            return Some(newest);
        }
        self.kept().iter().rev().find(has_it).cloned()
    }

    /// The snapshot that gave this token to what was new in it.
    fn born(&self, token: Version) -> Option<Arc<Snapshot>> {
        let newest = self.newest();
        if newest.generations().own() == token {
            return Some(newest);
        }
        let kept = self.kept();
        let found = kept
            .iter()
            .rev()
            .find(|snapshot| snapshot.generations().own() == token);
        found.cloned()
    }

    /// The snapshot that has what is foreseen under `/@TOKEN/PATH`. The token is one that a
    /// snapshot gave to what was new in it, or a version.
    ///
    /// If that snapshot is gone, any one serves in which the path still has
    /// that generation: its closure is the same. What a document of that
    /// generation names relatively, an image say, lies under the same token
    /// and is taken from the nearest snapshot in which the token is in use.
    pub fn serving(&self, token: Version, path: &TreePath) -> Option<Arc<Snapshot>> {
        if let Some(snapshot) = self.born(self.tokens.birth(token)) {
            return Some(snapshot);
        }
        let mut all = self.kept();
        all.push(self.newest());
        let newest_first = || all.iter().rev();
        let found = newest_first()
            .find(|snapshot| snapshot.version() == token)
            .or_else(|| newest_first().find(|snapshot| has_generation(snapshot, path, token)))
            .or_else(|| {
                all.iter()
                    .find(|snapshot| snapshot.generations().uses(token))
            });
        found.cloned()
    }

    /// The newest snapshot of this version.
    pub fn at(&self, version: Version) -> Option<Arc<Snapshot>> {
        let newest = self.newest();
        if newest.version() == version {
            return Some(newest);
        }
        let kept = self.kept();
        kept.into_iter()
            .rev()
            .find(|snapshot| snapshot.version() == version)
    }

    /// All snapshots but the newest, oldest first.
    fn kept(&self) -> Vec<Arc<Snapshot>> {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let pinned = past.over_budget.iter().filter_map(Weak::upgrade);
        let within = past
            .snapshots
            .iter()
            .map(|(snapshot, _)| Arc::clone(snapshot));
        pinned.chain(within).collect()
    }

    /// Makes the draft of a state the newest one; also returns the one before. `None` if nothing
    /// changed that anybody could see. Readers are woken only if something did.
    pub fn publish(&self, draft: Draft) -> Option<(Arc<Snapshot>, Arc<Snapshot>)> {
        let mut register = self.lock_register();
        let former = self.newest();
        let snapshot = draft.finish(|snapshot| match snapshot.version() == former.version() {
            true => former.generations().clone(),
            false => register.assign(snapshot, Some(&former)),
        });
        let changed = self.replace(&mut register, Arc::clone(&former), Arc::clone(&snapshot));
        changed.then_some((former, snapshot))
    }

    fn replace(
        &self,
        register: &mut Register,
        former: Arc<Snapshot>,
        snapshot: Arc<Snapshot>,
    ) -> bool {
        let changed = former.version() != snapshot.version()
            || former.generations() != snapshot.generations();
        if changed {
            self.is_first.store(false, Ordering::Relaxed);
            let forget = self.keep(former, &snapshot);
            register.forget(&forget);
        }
        *self.graph.write().unwrap_or_else(PoisonError::into_inner) = register.graph().cloned();
        self.newest.send_if_modified(|newest| {
            *newest = snapshot;
            changed
        });
        changed
    }

    /// How many documents can be read off, are open for assets, and for everything.
    pub fn counts(&self) -> [usize; 3] {
        self.lock_register().counts()
    }

    fn lock_register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, former: Arc<Snapshot>, newer: &Snapshot) -> Forget {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let weight = former.weight_beside(newer);
        past.weight += weight;
        past.snapshots.push_back((former, weight));
        let forget = past.shrink(self.budget, newer, &self.tokens);
        past.over_budget
            .retain(|snapshot| snapshot.strong_count() > 0);
        forget
    }
}

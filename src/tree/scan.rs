//! From the disk into a draft: reads what a batch names, and only that.
//!
//! Content decides: a file whose bytes did not change leaves the version as it
//! is. What cannot be read keeps its last good state.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::debounce::{Batch, LONGEST};
use super::file::{File, ReadError, Stat};
use super::links::{self, Links};
use super::progress::Progress;
use super::root::{Child, Found, OpenError, OpenFile, Root};
use super::snapshot::Draft;
use crate::path::TreePath;

/// How long until a file that somebody wrote to in between is read again.
const UNSTABLE: Duration = Duration::from_millis(5);

/// Without events, a changed file is read once it looked the same twice, this
/// far apart.
const SECOND_LOOK: Duration = Duration::from_millis(50);

/// What cannot be read is tried again after this long, then after twice as
/// long each time: whatever kept it from being read may end without an event.
const FIRST_RETRY: Duration = Duration::from_millis(50);

/// So many files or directories are worth several threads: to wake those takes as long as to look
/// at some.
const TOGETHER: usize = 32;

/// The longest time between two tries.
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// How the disk is read. Remembers from one batch to the next what only makes
/// sense over time.
#[derive(Debug)]
pub struct Scanner {
    root: Arc<Root>,
    /// Symbolic links to files, and those that lead nowhere: events name the file
    /// behind, so they are always looked at.
    file_links: BTreeSet<TreePath>,
    /// Symbolic links to directories.
    dir_links: Links,
    /// Documents that turned up empty, and when: most are about to be written.
    emptied: BTreeMap<TreePath, Instant>,
    /// Polling only: how a changed file looked the last time.
    glimpsed: BTreeMap<TreePath, Stat>,
    /// Polling only: since when a file is missing. Editors move the old one
    /// away before they write the new one.
    missed: BTreeMap<TreePath, Instant>,
    /// What could not be read the last time, and how long to wait then.
    unreadable: BTreeMap<TreePath, Duration>,
    /// A file that was read before its batch is due. Nothing happened to any file since.
    ahead: Option<(TreePath, Box<File>)>,
    polling: bool,
}

/// What one look brought besides the draft.
#[derive(Debug, Default)]
pub struct Findings {
    /// What to look at again, and when.
    pub again: Vec<(TreePath, Instant)>,
    /// What could not be read, for a person.
    pub warnings: Vec<(TreePath, String)>,
    /// What can be read again.
    pub recovered: Vec<TreePath>,
}

/// Is called with directories before they are listed, so that what appears in them later is not
/// missed.
pub type Watch<'a> = dyn FnMut(&[TreePath]) + 'a;

/// One look at the disk.
struct Look<'a> {
    scanner: &'a mut Scanner,
    draft: &'a mut Draft,
    watch: &'a mut Watch<'a>,
    ahead: Option<(TreePath, Box<File>)>,
    now: Instant,
    findings: Findings,
    progress: Progress,
}

impl Scanner {
    /// A scanner of `root`. `polling`: no events tell that a write is
    /// finished.
    pub fn new(root: Arc<Root>, polling: bool) -> Self {
        Self {
            root,
            file_links: BTreeSet::new(),
            dir_links: Links::new(),
            emptied: BTreeMap::new(),
            glimpsed: BTreeMap::new(),
            missed: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            ahead: None,
            polling,
        }
    }

    /// Reads a file of which an event told, so that the next look need not. Any further event has
    /// to be followed by [`Self::forget_ahead`].
    pub fn read_ahead(&mut self, path: &TreePath) {
        if self.ahead.is_none()
            && !self.polling
            && let Ok(Found::File(open)) = self.root.open_path(path)
            && let Ok(file) = File::read_open(open, path)
        {
            self.ahead = Some((path.clone(), Box::new(file)));
        }
    }

    /// What was read ahead may be another by now.
    pub fn forget_ahead(&mut self) {
        self.ahead = None;
    }

    /// From now on no events tell that a write is finished.
    pub fn start_polling(&mut self) {
        self.polling = true;
    }

    /// Brings `draft` up to date with what `batch` names.
    pub fn look<'a>(
        &'a mut self,
        batch: &Batch,
        draft: &'a mut Draft,
        now: Instant,
        watch: &'a mut Watch<'a>,
    ) -> Findings {
        let ahead = self.ahead.take();
        let links = self.file_links.iter().chain(self.dir_links.keys());
        let links: Vec<_> = links.cloned().collect();
        let mut look = Look {
            scanner: self,
            draft,
            watch,
            ahead,
            now,
            findings: Findings::default(),
            progress: Progress::new(),
        };
        if batch.everything {
            look.visit(&TreePath::root(), false);
        } else {
            for path in &batch.paths {
                look.visit(path, true);
            }
            for path in &links {
                look.visit(path, false);
            }
        }
        look.follow_links();
        look.progress.end();
        look.findings
    }
}

/// What a person can do about a file that cannot be read.
fn remedy(error: &OpenError) -> &'static str {
    match error {
        OpenError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            "check its permissions"
        }
        OpenError::Io(error) if is_out_of_files(error) => {
            "raise the limit of open files (ulimit -n)"
        }
        _ => "it is tried again and again",
    }
}

/// Whether the process, or the system, has no file descriptor left.
#[cfg(unix)]
fn is_out_of_files(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(not(unix))]
fn is_out_of_files(_: &std::io::Error) -> bool {
    false
}

impl Look<'_> {
    /// Looks at a path. `touched`: an event named it, so its times do not
    /// count.
    fn visit(&mut self, path: &TreePath, touched: bool) {
        let root = Arc::clone(&self.scanner.root);
        let is_link = fs::symlink_metadata(root.on_disk(path))
            .is_ok_and(|metadata| metadata.file_type().is_symlink());
        self.scanner.dir_links.remove(path);
        if is_link && !root.ignores(path, false) {
            self.scanner.file_links.insert(path.clone());
        } else {
            self.scanner.file_links.remove(path);
        }
        match root.open_path(path) {
            Ok(Found::Directory(_)) => {
                if is_link {
                    self.draft.remove_file(path);
                    self.link(path);
                } else {
                    self.directory(path);
                }
            }
            Ok(Found::File(open)) => {
                let stat = Stat::of(&open.metadata);
                let ahead = self.ahead.take();
                let ahead = ahead.filter(|(read, file)| read == path && file.stat == stat);
                let seen = match ahead {
                    Some((_, file)) => Seen::Read(Ok(file)),
                    None => self.known().read(path, open, touched),
                };
                self.file(path, seen);
            }
            // The root is looked after by the watcher: without it there is
            // nothing to compare with, and the last good state stays.
            Err(OpenError::NotFound) if path.is_root() => {}
            Err(OpenError::NotFound) => self.gone(path),
            Err(error @ (OpenError::Outside | OpenError::Special)) => {
                self.forget(path);
                self.warn(path, format!("{error}; it is not served"));
            }
            Err(error @ OpenError::Io(_)) => self.unreadable(path, &error),
        }
    }

    /// A link to a directory: what is behind it is looked at where it really is.
    fn link(&mut self, path: &TreePath) {
        let root = &self.scanner.root;
        let target = root.real_path(path).ok();
        if let Some(target) = target.and_then(|target| root.path_of(&target)) {
            self.scanner.file_links.remove(path);
            self.scanner.dir_links.insert(path.clone(), target);
        }
    }

    fn follow_links(&mut self) {
        let root = &self.scanner.root;
        let is_ignored = |path: &TreePath| root.ignores_further(path, false);
        if links::follow(self.draft, &self.scanner.dir_links, &is_ignored) {
            self.warn(
                &TreePath::root(),
                format!(
                    "symbolic links lead to more than {} folders: those beyond are not part of \
                     versions; remove links, or keep them out with --ignore PATTERN",
                    links::MOST
                ),
            );
        }
    }

    /// Looks at a directory and all below it, at several at once.
    fn directory(&mut self, path: &TreePath) {
        let root = Arc::clone(&self.scanner.root);
        let mut waiting = vec![path.clone()];
        while !waiting.is_empty() {
            let dirs = waiting.split_off(waiting.len().saturating_sub(TOGETHER));
            (self.watch)(&dirs);
            let known = self.known();
            let listed: Vec<_> = match &*dirs {
                [dir] => vec![known.list(&root, dir)],
                dirs => dirs.par_iter().map(|dir| known.list(&root, dir)).collect(),
            };
            for (dir, listed) in dirs.iter().zip(listed) {
                waiting.extend(self.listed(dir, listed));
            }
        }
    }

    /// Takes in what a directory has; gives back the directories in it.
    fn listed(&mut self, path: &TreePath, listed: Result<Vec<Entry>, OpenError>) -> Vec<TreePath> {
        self.scanner.dir_links.remove(path);
        self.scanner.file_links.remove(path);
        self.draft.remove_file(path);
        let mut dirs = Vec::new();
        let entries = match listed {
            Ok(entries) => entries,
            Err(OpenError::NotFound) => {
                self.forget(path);
                return dirs;
            }
            Err(error) => {
                self.unreadable(path, &error);
                return dirs;
            }
        };
        self.readable(path);
        self.draft.insert_dir(path);
        let present: BTreeSet<_> = entries.iter().map(|(child, _)| &child.path).collect();
        for known in self.draft.children(path) {
            if !present.contains(&known) {
                self.gone(&known);
            }
        }
        for (child, seen) in entries {
            match seen {
                Some(seen) => {
                    self.scanner.dir_links.remove(&child.path);
                    self.scanner.file_links.remove(&child.path);
                    self.file(&child.path, seen);
                }
                None if child.is_dir && !child.is_link => dirs.push(child.path),
                None => self.visit(&child.path, false),
            }
        }
        dirs
    }

    fn known(&self) -> Known<'_> {
        Known {
            draft: self.draft,
            glimpsed: self.scanner.polling.then_some(&self.scanner.glimpsed),
        }
    }

    fn file(&mut self, path: &TreePath, seen: Seen) {
        self.progress.count();
        if self.draft.has_dir(path) {
            self.draft.remove(path);
        }
        match seen {
            Seen::Unchanged => {
                self.readable(path);
                self.scanner.glimpsed.remove(path);
            }
            Seen::Changing(stat) => {
                self.scanner.glimpsed.insert(path.clone(), stat);
                self.again(path, SECOND_LOOK);
            }
            Seen::Read(Ok(file)) => self.accept(path, *file),
            Seen::Read(Err(ReadError::Unstable)) => self.again(path, UNSTABLE),
            Seen::Read(Err(ReadError::Open(OpenError::NotFound))) => self.forget(path),
            Seen::Read(Err(ReadError::Open(error))) => self.unreadable(path, &error),
        }
    }

    fn accept(&mut self, path: &TreePath, file: File) {
        self.readable(path);
        let known = self.draft.file(path);
        let emptied = file.stat.len == 0
            && path.kind().is_document()
            && known.is_some_and(|known| known.stat.len > 0);
        if emptied {
            let since = *self.scanner.emptied.entry(path.clone()).or_insert(self.now);
            if self.now.duration_since(since) < LONGEST {
                let left = LONGEST.saturating_sub(self.now.duration_since(since));
                return self.again(path, left);
            }
        }
        self.scanner.emptied.remove(path);
        self.scanner.glimpsed.remove(path);
        self.scanner.missed.remove(path);
        // The same bytes at another time: the identity on disk is new, and
        // everything that was read off the bytes stands.
        self.draft.insert(path, Arc::new(file));
    }

    /// A path that was there is not there now.
    fn gone(&mut self, path: &TreePath) {
        let is_known = self.draft.file(path).is_some() || self.draft.has_dir(path);
        let is_ignored = self.scanner.root.ignores(path, self.draft.has_dir(path));
        if self.scanner.polling && is_known && !is_ignored {
            let since = *self.scanner.missed.entry(path.clone()).or_insert(self.now);
            if self.now.duration_since(since) < SECOND_LOOK {
                return self.again(path, SECOND_LOOK);
            }
        }
        self.forget(path);
    }

    fn forget(&mut self, path: &TreePath) {
        self.scanner.missed.remove(path);
        self.scanner
            .unreadable
            .retain(|known, _| !known.is_within(path));
        // A link that leads nowhere may lead somewhere again, without an event of its own.
        let disk = self.scanner.root.on_disk(path);
        let is_link = fs::symlink_metadata(disk).is_ok_and(|found| found.file_type().is_symlink());
        self.scanner
            .file_links
            .retain(|link| !link.is_within(path) || (is_link && link == path));
        self.scanner
            .dir_links
            .retain(|link, _| !link.is_within(path));
        self.scanner.emptied.remove(path);
        self.scanner.glimpsed.remove(path);
        self.draft.remove(path);
    }

    fn unreadable(&mut self, path: &TreePath, error: &OpenError) {
        let state = if self.draft.file(path).is_none() && !self.draft.has_dir(path) {
            "it is left out until it can be read"
        } else {
            "its last good state stays"
        };
        let wait = self.scanner.unreadable.get(path);
        let wait = wait.map_or(FIRST_RETRY, |wait| (*wait * 2).min(LONGEST_RETRY));
        self.scanner.unreadable.insert(path.clone(), wait);
        self.again(path, wait);
        self.warn(path, format!("{error}; {}, {state}", remedy(error)));
    }

    fn readable(&mut self, path: &TreePath) {
        if self.scanner.unreadable.remove(path).is_some() {
            self.findings.recovered.push(path.clone());
        }
    }

    fn warn(&mut self, path: &TreePath, message: String) {
        self.findings.warnings.push((path.clone(), message));
    }

    fn again(&mut self, path: &TreePath, after: Duration) {
        self.findings.again.push((path.clone(), self.now + after));
    }
}

/// What a file is held against, while it is read. Nothing is changed, so that several may be read
/// at once.
#[derive(Clone, Copy)]
struct Known<'a> {
    draft: &'a Draft,
    /// How changed files looked the last time, where no events tell that a write is finished.
    glimpsed: Option<&'a BTreeMap<TreePath, Stat>>,
}

/// One entry of a directory, and what a look at it brought: nothing where it is no file, or has to
/// be looked at by its path.
type Entry = (Child, Option<Seen>);

/// What a look at a file brought.
enum Seen {
    /// It is the one that is known.
    Unchanged,
    /// It looks otherwise than the last time, and may go on to.
    Changing(Stat),
    /// What it is now.
    Read(Result<Box<File>, ReadError>),
}

impl Known<'_> {
    /// Lists a directory and reads its files.
    fn list(self, root: &Root, dir: &TreePath) -> Result<Vec<Entry>, OpenError> {
        let listing = root.list(dir)?;
        let read = |child: &Child| Some(self.read(&child.path, listing.open(child)?, false));
        let children = &listing.children;
        let seen: Vec<_> = if children.len() < TOGETHER {
            children.iter().map(read).collect()
        } else {
            children.par_iter().map(read).collect()
        };
        Ok(listing.children.into_iter().zip(seen).collect())
    }

    /// Reads a file, unless it is known. `touched`: an event named it, so its times do not count.
    fn read(self, path: &TreePath, open: OpenFile, touched: bool) -> Seen {
        let stat = Stat::of(&open.metadata);
        let known = self.draft.file(path);
        let is_known = known.is_some_and(|known| known.stat == stat);
        if is_known && !touched && !stat.is_racy() {
            return Seen::Unchanged;
        }
        if let Some(glimpsed) = self.glimpsed
            && !is_known
            && glimpsed.get(path) != Some(&stat)
        {
            return Seen::Changing(stat);
        }
        Seen::Read(File::read_open(open, path).map(Box::new))
    }
}

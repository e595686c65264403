//! When a change is ripe to be read: a pure state machine over file events.
//!
//! A finished write is ripe at once; several together are a burst, ripe when
//! it is quiet; a file that is still open for writing is left alone, so that
//! nobody ever reads half of it. Time comes in from outside, so a test can
//! play any sequence of events without waiting.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::path::TreePath;

/// A lone finished write is ripe this long after its event: long enough to see
/// whether it is the first of a checkout's many (those come less than 0.1 ms
/// apart), short enough not to be felt. It is read meanwhile, so the wait costs less than that.
pub const GRACE: Duration = Duration::from_micros(400);

/// A burst is ripe once nothing came for this long. An editor that moves the
/// old file away before it writes the new one is done well within it.
pub const QUIET: Duration = Duration::from_millis(25);

/// A burst that has gone on for a while is ripe after a longer quiet: this part
/// of the time that it took. A program that writes many files stops for breath.
const BREATH: u32 = 8;

/// What is written over and over holds up everything else for this long at the
/// most, be it one file that is open all the time, or a log.
pub const LONGEST: Duration = Duration::from_millis(250);

/// A burst is ripe at the latest this long after its first event, unless the
/// configuration says otherwise.
pub const BURST: Duration = Duration::from_secs(2);

/// A file that is open for writing, but was not written to for this long, is
/// read as it is: some programs never close what they write.
pub const ABANDONED: Duration = Duration::from_secs(2);

/// One thing that happened, in the terms that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Data is being written; a [`Signal::Written`] will follow.
    Writing(TreePath),
    /// A write is finished, or a file was renamed into place.
    Written(TreePath),
    /// A path went, or a directory came: something to be looked at together
    /// with what follows.
    Stirred(TreePath),
    /// Events were lost: everything has to be looked at.
    Everything,
}

/// What is ripe.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Paths to look at, files or directories.
    pub paths: Vec<TreePath>,
    /// Look at the whole tree.
    pub everything: bool,
}

/// The events that are not ripe yet.
#[derive(Debug)]
pub struct Debounce {
    /// The longest time that a burst is held back.
    longest: Duration,
    pending: BTreeMap<TreePath, Progress>,
    everything: bool,
    burst: bool,
    first: Option<Instant>,
    last: Option<Instant>,
    /// When the last path came that was not in this burst before.
    grown: Option<Instant>,
    taken: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Writing { since: Instant, last: Instant },
    Ripe,
    Later(Instant),
}

impl Debounce {
    /// Nothing yet. `longest`: how long a burst is held back at the most.
    pub fn new(longest: Duration) -> Self {
        Self {
            longest,
            pending: BTreeMap::new(),
            everything: false,
            burst: false,
            first: None,
            last: None,
            grown: None,
            taken: None,
        }
    }

    /// Takes note of an event at `now`.
    pub fn note(&mut self, signal: Signal, now: Instant) {
        let before = self.pending.len();
        match signal {
            Signal::Writing(path) => {
                let since = match self.pending.get(&path) {
                    Some(Progress::Writing { since, .. }) => *since,
                    _ => now,
                };
                self.pending
                    .insert(path, Progress::Writing { since, last: now });
                // A copy that takes long must not hold up everything else.
                if now.duration_since(since) >= LONGEST {
                    return;
                }
            }
            Signal::Written(path) => {
                self.pending.insert(path, Progress::Ripe);
            }
            Signal::Stirred(path) => {
                self.pending.insert(path, Progress::Ripe);
                self.burst = true;
            }
            Signal::Everything => {
                self.everything = true;
                self.burst = true;
            }
        }
        if self.pending.len() > before {
            self.grown = Some(now);
        }
        self.touch(now);
    }

    /// Asks to look at `path` again at `at`, unless an event comes first.
    pub fn again(&mut self, path: TreePath, at: Instant) {
        self.pending.entry(path).or_insert(Progress::Later(at));
    }

    /// Somebody is known to be in the midst of a burst: it counts as if it began now.
    pub fn hold(&mut self, now: Instant) {
        if self.first.is_some() {
            self.burst = true;
            self.first = Some(now);
            self.grown = Some(now);
            self.last = Some(now);
        }
    }

    fn touch(&mut self, now: Instant) {
        let just_published = self
            .taken
            .is_some_and(|taken| now.duration_since(taken) < QUIET);
        self.burst |= just_published || self.pending.len() > 1;
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    /// The one finished write that is waited for, if there is nothing besides.
    pub fn lone(&self) -> Option<&TreePath> {
        let (path, progress) = self.pending.first_key_value()?;
        let is_lone = self.pending.len() == 1 && !self.burst && !self.everything;
        (is_lone && *progress == Progress::Ripe).then_some(path)
    }

    /// When [`Self::take`] will have something; `None` if nothing is pending.
    pub fn deadline(&self) -> Option<Instant> {
        let waiting = self.pending.values().filter_map(|progress| match progress {
            Progress::Writing { last, .. } => Some(*last + ABANDONED),
            Progress::Later(at) => Some(*at),
            Progress::Ripe => None,
        });
        waiting.chain(self.ripe_at()).min()
    }

    /// When the ripe ones may be published.
    fn ripe_at(&self) -> Option<Instant> {
        let ripe = self.everything || self.pending.values().any(|p| *p == Progress::Ripe);
        let (true, Some(first), Some(last)) = (ripe, self.first, self.last) else {
            return None;
        };
        let grown = self.grown.unwrap_or(first);
        // What is being written now belongs to the same burst.
        let writing = self.pending.values().any(|progress| {
            matches!(progress, Progress::Writing { since, .. } if *since + LONGEST > last)
        });
        let quiet = if writing {
            LONGEST
        } else if self.burst {
            QUIET.max(last.duration_since(first) / BREATH)
        } else {
            GRACE
        };
        Some(
            (last + quiet)
                .min(grown + LONGEST)
                .min(first + self.longest),
        )
    }

    /// Takes what is ripe at `now`.
    pub fn take(&mut self, now: Instant) -> Option<Batch> {
        let publish = self.ripe_at().is_some_and(|at| at <= now);
        let mut batch = Batch::default();
        self.pending.retain(|path, progress| {
            let ripe = match progress {
                Progress::Ripe => publish,
                Progress::Later(at) => *at <= now,
                Progress::Writing { last, .. } => *last + ABANDONED <= now,
            };
            if ripe {
                batch.paths.push(path.clone());
            }
            !ripe
        });
        if publish {
            batch.everything = std::mem::take(&mut self.everything);
            self.burst = false;
            self.first = None;
            self.last = None;
            self.grown = None;
            self.taken = Some(now);
        }
        (batch.everything || !batch.paths.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One step of a scenario: milliseconds since the start, and the event.
    type Step<'a> = (f64, Signal);

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }
    fn writing(text: &str) -> Signal {
        Signal::Writing(path(text))
    }
    fn written(text: &str) -> Signal {
        Signal::Written(path(text))
    }
    fn stirred(text: &str) -> Signal {
        Signal::Stirred(path(text))
    }

    /// Plays the steps and checks when what is published, in milliseconds.
    fn check(steps: &[Step], expected: &[(f64, &str)]) {
        let start = Instant::now();
        let at = |ms: f64| start + Duration::from_secs_f64(ms / 1000.0);
        let mut debounce = Debounce::new(BURST);
        let mut published = Vec::new();
        let mut drain = |debounce: &mut Debounce, until: Option<Instant>| {
            while let Some(deadline) = debounce.deadline() {
                if until.is_some_and(|until| deadline > until) {
                    break;
                }
                let Some(batch) = debounce.take(deadline) else {
                    panic!("a deadline without a batch");
                };
                let ms = deadline.duration_since(start).as_secs_f64() * 1000.0;
                let mut names: Vec<_> = batch.paths.iter().map(TreePath::to_string).collect();
                if batch.everything {
                    names.push("*".into());
                }
                published.push(((ms * 10.0).round() / 10.0, names.join(" ")));
            }
        };
        for (ms, signal) in steps {
            drain(&mut debounce, Some(at(*ms)));
            debounce.note(signal.clone(), at(*ms));
        }
        drain(&mut debounce, None);
        let expected: Vec<_> = expected
            .iter()
            .map(|(ms, names)| (*ms, (*names).to_owned()))
            .collect();
        assert_eq!(published, expected);
    }

    #[test]
    fn a_finished_write_is_published_at_once() {
        check(
            &[
                (0.0, writing("a")),
                (0.2, writing("a")),
                (10.0, written("a")),
            ],
            &[(10.4, "a")],
        );
    }

    #[test]
    fn a_checkout_is_published_once() {
        check(
            &[
                (0.0, writing("a")),
                (0.1, written("a")),
                (0.3, writing("b")),
                (0.5, written("b")),
                (12.0, stirred("c")),
                (20.0, written("d")),
            ],
            &[(45.0, "a b c d")],
        );
    }

    #[test]
    fn noise_without_end_is_published_every_quarter_of_a_second() {
        let steps: Vec<_> = (0..60)
            .map(|i| (f64::from(i) * 10.0, stirred("a")))
            .collect();
        check(&steps, &[(250.0, "a"), (500.0, "a"), (615.0, "a")]);
    }

    #[test]
    fn a_long_burst_is_published_once_and_at_the_latest_after_its_bound() {
        let names: Vec<_> = (100..700).map(|i| i.to_string()).collect();
        let burst = |ms: f64| -> Vec<Step> {
            let at = (0..).map(|i| f64::from(i) * ms);
            at.zip(names.iter().map(|name| stirred(name))).collect()
        };
        // 599 × 1.3 ms, and quiet for an eighth of that.
        check(&burst(1.3), &[(876.0, &names.join(" "))]);
        // 5 ms each: what there is after 2,000 ms, and the rest.
        let (first, rest) = (names[..400].join(" "), names[400..].join(" "));
        check(&burst(5.0), &[(2000.0, &first), (3119.4, &rest)]);
    }

    #[test]
    fn a_burst_is_held_as_long_as_somebody_is_known_to_be_in_the_midst_of_it() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut debounce = Debounce::new(BURST);
        debounce.hold(at(0));
        assert_eq!(debounce.deadline(), None, "nothing is pending");
        debounce.note(written("a"), at(0));
        for ms in (0..5000).step_by(20) {
            debounce.hold(at(ms));
            assert_eq!(debounce.take(at(ms + 19)), None);
        }
        assert_eq!(debounce.deadline(), Some(at(4980) + QUIET));
    }

    #[test]
    fn a_file_that_is_being_written_is_left_alone() {
        let mut steps = vec![(0.0, writing("film")), (0.5, written("a"))];
        steps.extend((1..10).map(|i| (f64::from(i) * 100.0, writing("film"))));
        steps.push((910.0, written("b")));
        steps.push((1000.0, written("film")));
        check(&steps, &[(250.5, "a"), (935.0, "b"), (1000.4, "film")]);
    }

    #[test]
    fn a_file_that_nobody_closes_is_read_in_the_end() {
        check(&[(0.0, writing("log"))], &[(2000.0, "log")]);
    }

    #[test]
    fn an_overflow_looks_at_everything() {
        check(&[(0.0, Signal::Everything)], &[(25.0, "*")]);
    }

    #[test]
    fn a_save_right_after_a_publication_is_taken_for_a_burst() {
        check(
            &[(0.0, written("a")), (10.0, written("b"))],
            &[(0.4, "a"), (35.0, "b")],
        );
    }
}

//! How much an evaluation may do: text that doubles itself, or is searched again and again, ends,
//! and a large project does not come near.

use std::cell::Cell;

use regex::{Regex, RegexBuilder};

/// Bytes of values that are read and made, before the rest of a tree is left: less while inputs
/// are guided, which then reach it sixty times as often.
const MOST: u64 = if cfg!(fuzzing) { 1 << 20 } else { 64 << 20 };
/// What a command counts, whatever it does.
const COMMAND: u64 = 320;
/// What an item of a list counts, whatever it is.
const ITEM: usize = size_of::<String>();
/// The longest pattern, in bytes, and the largest program that comes of one.
const LONGEST_PATTERN: usize = 1000;
const LARGEST_PROGRAM: usize = 1 << 18;
/// What making a pattern counts.
const PATTERN: usize = 1 << 14;

/// What is left to do.
#[derive(Debug)]
pub(super) struct Work(Cell<u64>);

impl Work {
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST))
    }

    /// Whether so many bytes may be read or made; they count as that.
    pub(super) fn takes(&self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether a value may be read, which may be a list: each of its items is a text of its own to
    /// whoever asks for them.
    pub(super) fn takes_value(&self, value: &str) -> bool {
        let items = value.bytes().filter(|byte| *byte == b';').count();
        self.takes(value.len().saturating_add(items.saturating_mul(ITEM)))
    }

    /// Whether one more command may be executed.
    pub(super) fn takes_command(&self) -> bool {
        let left = self.0.get().saturating_sub(COMMAND);
        self.0.set(left);
        left > 0
    }

    /// Whether one more pattern may be made.
    pub(super) fn takes_pattern(&self, pattern: &str) -> bool {
        pattern.len() <= LONGEST_PATTERN && self.takes(PATTERN)
    }

    /// The pattern, if it is one that a person would write.
    pub(super) fn pattern(&self, pattern: &str) -> Option<Regex> {
        if !self.takes_pattern(pattern) {
            return None;
        }
        let mut pattern = RegexBuilder::new(pattern);
        pattern.size_limit(LARGEST_PROGRAM).build().ok()
    }

    /// Whether `text` may be searched for a pattern again and again, which takes as long as the
    /// square of its length (<https://docs.rs/regex/latest/regex/#iterating-over-matches>).
    pub(super) fn takes_search(&self, text: &str) -> bool {
        let length = text.len();
        self.takes(length.saturating_add(length.saturating_mul(length) / 64))
    }

    /// `text` with `to` in place of `from`, if as much may be made.
    pub(super) fn replaced(&self, text: &str, from: &str, to: &str) -> Option<String> {
        let count = text.matches(from).count();
        let makes = to.len().saturating_mul(count).saturating_add(text.len());
        self.takes(makes).then(|| text.replace(from, to))
    }

    /// As `join`, if as much may be made.
    pub(super) fn joined(&self, parts: &[String], glue: &str) -> Option<String> {
        let makes = glue.len().saturating_mul(parts.len());
        self.takes(makes).then(|| parts.join(glue))
    }
}

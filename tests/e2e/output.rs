//! What a child process prints, line by line, and waiting for it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take. Far more than it ever needs: the machine may be busy.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// The lines so far of one process; a cheap handle.
#[derive(Clone, Default)]
pub struct Output {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Output {
    /// Reads one more stream of the process, until it ends.
    pub fn follow(&self, stream: impl Read + Send + 'static) {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                output.shared.lines.lock().unwrap().push(text);
                output.shared.more.notify_all();
            }
        });
    }

    /// The place after the last line so far.
    pub fn mark(&self) -> usize {
        self.shared.lines.lock().unwrap().len()
    }

    /// All lines from `mark` on.
    pub fn since(&self, mark: usize) -> Vec<String> {
        let lines = self.shared.lines.lock().unwrap();
        lines.get(mark..).unwrap_or_default().to_vec()
    }

    /// Waits until `look` finds what it wants in the lines from `mark` on; `None` after the
    /// deadline.
    pub fn wait_until<T>(
        &self,
        mark: usize,
        deadline: Duration,
        mut look: impl FnMut(&[String]) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + deadline;
        let mut lines = self.shared.lines.lock().unwrap();
        loop {
            if let Some(found) = look(lines.get(mark..).unwrap_or_default()) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            lines = self.shared.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Everything, for a failure's message.
    pub fn transcript(&self, name: &str) -> String {
        let lines = self.shared.lines.lock().unwrap();
        let mut text = format!("--- {name} printed {} lines ---\n", lines.len());
        for line in lines.iter() {
            let _ = writeln!(text, "  {line}");
        }
        text
    }
}

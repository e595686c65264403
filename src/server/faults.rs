//! Faults of the server itself, which end the task that they happen in and nothing else: told in a
//! line, counted, and told again only now and then.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::error;

/// The shortest time between two lines.
const BREATH: Duration = Duration::from_secs(10);

static COUNT: AtomicU64 = AtomicU64::new(0);

/// When the last line was written.
static TOLD: Mutex<Option<Instant>> = Mutex::new(None);

/// How many there were since the process began.
pub(super) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// From now on a panic is a line of the log. Anybody can cause one at will who finds a way to: a
/// header name of 65,536 bytes is enough for actix-http 3.12 (`docs/upstream.md`), and Rust's own
/// message of several lines each time would bury all else.
pub(super) fn tell_in_a_line() {
    panic::set_hook(Box::new(tell));
}

fn tell(info: &PanicHookInfo<'_>) {
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    // Whoever holds the lock is about to write the line.
    let Ok(mut told) = TOLD.try_lock() else {
        return;
    };
    let now = Instant::now();
    if told.is_some_and(|before| now.duration_since(before) < BREATH) {
        return;
    }
    *told = Some(now);
    let place = info.location().map_or_else(String::new, |place| {
        format!(" at {}:{}", file_name(place.file()), place.line())
    });
    let message = message(info.payload());
    // For whoever looks for the cause, and sets RUST_BACKTRACE.
    let trace = Backtrace::capture();
    let trace = match trace.status() {
        BacktraceStatus::Captured => format!("\n{trace}"),
        _ => " (RUST_BACKTRACE=1 tells more)".to_owned(),
    };
    error!(
        "a fault of qmlserve, number {count} since it was started{place}: {}; what it was at is \
         given up, all else goes on{trace}",
        message.lines().next().unwrap_or_default()
    );
}

/// The source without the folder of the machine on which it was built.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

//! Web hooks: each change that is on the disk is posted to the URLs that the configuration names, in
//! the order of the writes. No write ever waits for that: what waits to be told is bounded, and what
//! cannot be told is a line of the log and counted.

mod post;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tracing::warn;
use url::Url;

use super::backend::Backend;
use super::change::Change;
use super::config::WebHookConfig;
use super::store::Effects;
use post::Target;

/// The most changes that wait for one URL.
const MOST: usize = 1000;

/// The most bytes of them.
const MOST_BYTES: u32 = 16 << 20;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct WebHooks(Vec<WebHook>);

/// One URL that is told.
#[derive(Debug)]
struct WebHook {
    backend: String,
    config: WebHookConfig,
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
    counts: Arc<Counts>,
}

/// What waits to be told.
#[derive(Debug)]
struct Message {
    /// For the log.
    what: String,
    body: Bytes,
    _room: OwnedSemaphorePermit,
}

/// What became of changes.
#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicU64,
    told: AtomicU64,
    again: AtomicU64,
    lost: AtomicU64,
}

impl WebHooks {
    /// Those of these backends; they go on until `stopping` says true.
    pub(super) fn start(backends: &[Arc<Backend>], stopping: &watch::Receiver<bool>) -> Self {
        let hooks = backends.iter().flat_map(|backend| {
            let hooks = backend.webhooks.iter();
            hooks.filter_map(|config| Some((backend.name.clone(), config, Target::of(config)?)))
        });
        let hooks = hooks.map(|(backend, config, target)| {
            let (queue, waiting) = mpsc::channel(MOST);
            let counts = Arc::new(Counts::default());
            let telling = post::tell_all(target, waiting, Arc::clone(&counts), stopping.clone());
            actix_web::rt::spawn(telling);
            WebHook {
                backend,
                config: config.clone(),
                queue,
                room: Arc::new(Semaphore::new(MOST_BYTES as usize)),
                counts,
            }
        });
        Self(hooks.collect())
    }

    /// Tells of what is on the disk. Never waits.
    pub(super) fn tell(&self, backends: &[Arc<Backend>], effects: &Effects) {
        if self.0.is_empty() {
            return;
        }
        for change in effects.changes.iter().filter(|c| c.event.is_of_an_object()) {
            let backend = backends.iter().find(|known| known.name == change.backend);
            let hooks = self.0.iter().filter(|hook| hook.takes(change));
            let mut body = None;
            for hook in hooks {
                let of = || backend.map_or_else(String::new, |of| change.web_hook(&of.id));
                let body = body.get_or_insert_with(|| Bytes::from(of()));
                hook.enqueue(change, body.clone());
            }
        }
    }

    /// The section of the status.
    pub(super) fn status(&self) -> Value {
        self.0.iter().map(WebHook::status).collect()
    }
}

impl WebHook {
    fn takes(&self, change: &Change) -> bool {
        let kind = change.object.get("objectType").and_then(Value::as_str);
        let is_wanted = |kind: &str| self.config.types.iter().any(|wanted| wanted == kind);
        self.backend == change.backend
            && self.config.events.iter().any(|e| e == change.event.word())
            && (self.config.types.is_empty() || kind.is_some_and(is_wanted))
    }

    fn enqueue(&self, change: &Change, body: Bytes) {
        let text = |name: &str| {
            change
                .object
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or("")
        };
        let what = format!(
            "{} of {} {}",
            change.event.word(),
            text("objectType"),
            text("id")
        );
        // One that is larger than all room takes all of it.
        let bytes = u32::try_from(body.len())
            .unwrap_or(u32::MAX)
            .min(MOST_BYTES);
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes);
        let message = room.map(|_room| Message {
            what: what.clone(),
            body,
            _room,
        });
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        let why = match message.map(|message| self.queue.try_send(message)) {
            Ok(Ok(())) => return,
            Ok(Err(TrySendError::Closed(_))) => "the server stops",
            Ok(Err(TrySendError::Full(_))) | Err(_) => "too many changes wait for it already",
        };
        self.counts.lose(&shown(&self.config.url), &what, why);
    }

    fn status(&self) -> Value {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        json!({
            "backend": self.backend,
            "url": shown(&self.config.url),
            "waiting": count(&self.counts.waiting),
            "told": count(&self.counts.told),
            "again": count(&self.counts.again),
            "lost": count(&self.counts.lost),
        })
    }
}

impl Counts {
    fn lose(&self, url: &str, what: &str, why: &str) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.lost.fetch_add(1, Ordering::Relaxed);
        warn!("web hook {url} is not told of the {what}: {why}");
    }
}

/// A URL as it may be shown: what stands in a query may be secret.
fn shown(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| String::new(),
        |mut url| {
            url.set_query(None);
            url.to_string()
        },
    )
}

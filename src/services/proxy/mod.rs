//! Other people's services below a path of this server: asked as they are, recorded, and answered
//! for where they are not there.
//!
//! Only the configuration names targets: nothing of a request chooses one. What passes is neither
//! kept nor changed, but for what names either side to the other (`headers`, `target`). Tokens and
//! cookies of this server go to nobody.

mod activity;
mod ask;
mod body;
pub(crate) mod config;
mod error;
mod exchange;
mod headers;
mod recordings;
mod relay;
mod target;
mod tunnel;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::{self, ServiceConfig};
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use serde_json::{Value, json};
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::http::client::{Client, Trust, named_headers};
use crate::http::{Bearer, Budget};
use config::{Mode, ProxyConfig};
use error::Failure;
use recordings::Recordings;
use target::Place;

pub(crate) use recordings::RecordingError;

/// All proxies.
#[derive(Debug)]
pub(crate) struct Proxies {
    /// Those of longer paths first, which are the nearer ones.
    all: Vec<Proxy>,
    /// Tells this server from others that a request may pass.
    own: HeaderValue,
    /// For bodies that are kept until they are recorded, or may have to be sent once more.
    memory: Arc<Budget>,
}

/// One proxy.
#[derive(Debug)]
struct Proxy {
    config: ProxyConfig,
    place: Place,
    /// The target, as messages name it.
    to: String,
    client: Client,
    /// What the target gets beside the client's own headers.
    headers: HeaderMap,
    /// Whose token it gets.
    bearer: Option<Arc<dyn Bearer>>,
    recordings: Option<Arc<Recordings>>,
    counts: Counts,
    /// What was said last of the target, to say it once.
    said: Mutex<Option<String>>,
}

/// What has become of requests.
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    failed: AtomicU64,
    replayed: AtomicU64,
    sockets: AtomicU64,
}

impl Counts {
    fn named(&self) -> [(&'static str, &'static str, u64); 4] {
        let get = |counter: &AtomicU64| counter.load(Relaxed);
        [
            ("requests", "Requests to proxies.", get(&self.requests)),
            ("failed", "Those without an answer.", get(&self.failed)),
            (
                "replayed",
                "Those answered from a recording.",
                get(&self.replayed),
            ),
            ("sockets", "WebSockets opened.", get(&self.sockets)),
        ]
    }
}

impl Proxies {
    /// The proxies of the configuration; with `offline`, all of them replay. `memory` is for bodies
    /// that are kept until they are recorded, or may have to be sent once more; `bearer` knows the
    /// sign-ins by their names.
    ///
    /// # Errors
    /// A recording is there and cannot be read.
    pub(crate) fn open(
        configs: &[ProxyConfig],
        offline: bool,
        memory: Arc<Budget>,
        bearer: &dyn Fn(&str) -> Option<Arc<dyn Bearer>>,
    ) -> Result<Self, RecordingError> {
        let mut all = Vec::new();
        for config in configs {
            let mut config = config.clone();
            if offline {
                config.mode = Mode::Replay;
            }
            let bearer = config.oauth.as_deref().and_then(bearer);
            all.push(Proxy::open(config, bearer)?);
        }
        all.sort_by_key(|proxy| std::cmp::Reverse(proxy.place.path.len()));
        Ok(Self {
            all,
            own: own_name(),
            memory,
        })
    }

    /// Writes what is recorded, until the server stops.
    pub(crate) fn follow(&self, stopping: &watch::Receiver<bool>) {
        for recordings in self.recordings() {
            actix_web::rt::spawn(Arc::clone(recordings).follow(stopping.clone()));
        }
    }

    /// Writes what is recorded and not written yet.
    pub(crate) fn save(&self) {
        for recordings in self.recordings() {
            recordings.save();
        }
    }

    fn recordings(&self) -> impl Iterator<Item = &Arc<Recordings>> {
        self.all
            .iter()
            .filter_map(|proxy| proxy.recordings.as_ref())
    }

    /// The proxy that a path belongs to, and what is below the proxy's own.
    fn find<'p>(&self, path: &'p str) -> Option<(&Proxy, &'p str)> {
        self.all
            .iter()
            .find_map(|proxy| Some((proxy, proxy.place.below(path)?)))
    }

    /// Whether a proxy answers at this path, as it stands in a request.
    pub(crate) fn claims(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Their paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|proxy| proxy.place.path.as_str())
    }

    /// What each is, as the configuration says.
    pub(crate) fn described(&self) -> impl Iterator<Item = Value> {
        self.all.iter().map(Proxy::described)
    }

    /// The section of the status.
    pub(crate) fn status(&self) -> Value {
        let all = self.all.iter().map(|proxy| {
            let mut told = proxy.described();
            for (name, _, count) in proxy.counts.named() {
                told[name] = count.into();
            }
            if let Some(recordings) = &proxy.recordings {
                told["recorded"] = recordings.len().into();
            }
            told
        });
        Value::Array(all.collect())
    }

    /// What is counted, in the text format of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        let counts: Vec<_> = self.all.iter().map(|proxy| proxy.counts.named()).collect();
        for (at, (name, help, _)) in Counts::default().named().into_iter().enumerate() {
            let total: u64 = counts.iter().map(|counts| counts[at].2).sum();
            // Writing into a String does not fail.
            let _ = write!(
                text,
                "# HELP qmlserve_proxy_{name}_total {help}\n# TYPE qmlserve_proxy_{name}_total counter\nqmlserve_proxy_{name}_total {total}\n"
            );
        }
        text
    }
}

impl Proxy {
    fn open(config: ProxyConfig, bearer: Option<Arc<dyn Bearer>>) -> Result<Self, RecordingError> {
        let place = Place::new(&config.path, &config.to);
        let recordings = match config.mode {
            Mode::Live => None,
            _ => Some(Arc::new(Recordings::open(&config, place.clone())?)),
        };
        let to = config.to.to_string();
        info!("{} is {to} ({})", place.path, config.mode.word());
        if config.insecure && place.is_secure() {
            warn!("the certificate of {to} is not checked (insecure = true of its [[proxy]])");
        }
        Ok(Self {
            headers: named_headers(&config.headers),
            bearer,
            client: Client::new(trust(&config), config.connect),
            place,
            to,
            recordings,
            counts: Counts::default(),
            said: Mutex::default(),
            config,
        })
    }

    fn described(&self) -> Value {
        let mode = self.config.mode.word();
        json!({"path": self.place.path, "to": self.to, "mode": mode})
    }

    /// Tells of a target that does not answer: once, until it does, or says something else.
    fn tell(&self, outcome: Result<(), &Failure>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) => *said = None,
            Err(failure) => {
                let text = format!("{}: {failure}", self.place.path);
                if said.as_ref() == Some(&text) {
                    debug!("{text}");
                } else {
                    warn!("{text}");
                    *said = Some(text);
                }
            }
        }
    }
}

/// Whom a target may be answered for by.
fn trust(config: &ProxyConfig) -> Trust {
    match config.to.scheme() {
        "https" if config.insecure => Trust::Anybody("its [[proxy]]".to_owned()),
        "https" => Trust::System,
        _ => Trust::Nobody,
    }
}

/// The name of a recording for a proxy at this path.
pub(crate) fn recording_name(path: &str) -> String {
    format!("{}.har", path.trim_matches('/').replace('/', "-"))
}

/// Where a recording is kept if nothing else is said, below the folder of the config file.
pub(crate) fn default_recording(folder: &Path, path: &str) -> std::path::PathBuf {
    folder.join("recordings").join(recording_name(path))
}

/// A name that no other server has.
fn own_name() -> HeaderValue {
    let mut bytes = [0; 8];
    if getrandom::fill(&mut bytes).is_err() {
        bytes = u64::from(std::process::id()).to_be_bytes();
    }
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("qmlserve"))
}

/// Adds the route of the proxies, at any path.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(exchange::answer));
}

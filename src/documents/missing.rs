//! Files that clients ask for and that are not there, told once for each version, with the document
//! that names them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;
use tracing::warn;

use crate::http::Throttle;
use crate::path::{QMLDIR, TreePath};
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// Files told of within [`BREATH`]: a stranger may ask for anything.
const MOST: usize = 20;

/// See [`MOST`].
const BREATH: Duration = Duration::from_secs(10);

/// What was told of the newest version.
#[derive(Debug)]
pub(crate) struct Missing {
    told: Mutex<(Option<Version>, BTreeSet<TreePath>)>,
    printed: Throttle,
}

impl Default for Missing {
    fn default() -> Self {
        Self {
            told: Mutex::default(),
            printed: Throttle::new(MOST, BREATH),
        }
    }
}

impl Missing {
    /// Tells that `path` was asked for, of which there is `nearest`.
    pub(super) fn tell(
        &self,
        request: &HttpRequest,
        snapshot: &Snapshot,
        path: &TreePath,
        nearest: Option<&TreePath>,
    ) {
        // A browser asks for what nobody named; and an engine looks for lists of types that need
        // not be there.
        let agent = request.headers().get(header::USER_AGENT);
        let is_qt = agent.is_some_and(|agent| agent == "Mozilla/5.0");
        if !is_qt || path.name() == QMLDIR || !self.is_news(snapshot.version(), path) {
            return;
        }
        let who = match snapshot.who_names(path) {
            Some((document, 0)) => format!("{document} asks for it"),
            Some((document, line)) => format!("{document}:{line} asks for it"),
            None => "a client asks for it".to_owned(),
        };
        let hint = nearest.map_or_else(String::new, |nearest| {
            format!("\n      did you mean {nearest}?")
        });
        warn!("{path} is not there; {who}{hint}");
    }

    fn is_news(&self, version: Version, path: &TreePath) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 != Some(version) {
            *told = (Some(version), BTreeSet::new());
        }
        if told.1.contains(path) {
            return false;
        }
        let is_room = self
            .printed
            .admits(|| warn!("more files are asked for that are not there than are told of"));
        is_room && told.1.insert(path.clone())
    }
}

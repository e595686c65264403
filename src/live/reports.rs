//! `POST /@qmlserve/report`: what clients say of a load, good or bad.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use tracing::{debug, error, warn};

use super::Live;
use super::clients::tidy;
use super::diagnostic::{self, Diagnostic};
use super::throttle::Throttle;
use crate::http::ErrorAnswer;
use crate::tree::version::Version;

/// Reports kept for the status.
const KEPT: usize = 50;

/// Longest report, in bytes.
const LONGEST: usize = 64 * 1024;

/// Errors taken from one report: the first ones are those to repair.
const MOST: usize = 50;

/// Errors printed within [`BREATH`]. The status has the others.
const MOST_PRINTED: usize = 100;

/// See [`MOST_PRINTED`].
const BREATH: Duration = Duration::from_secs(10);

/// What a client posts.
#[derive(Debug, Deserialize)]
struct Report {
    client: String,
    kind: Kind,
    version: Option<String>,
    message: Option<String>,
    /// The client's Qt version, where it found it out.
    qt: Option<String>,
    /// The stream that it does not need any more.
    stream: Option<String>,
    /// From the event to the swap, in milliseconds.
    duration: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Loaded,
    Error,
    Left,
}

/// One failed load, as the status shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Failure {
    /// The version that failed.
    pub version: Option<Version>,
    /// The client that said so.
    pub client: String,
    /// When, in seconds since 1970.
    pub at: u64,
    /// What is wrong, and where.
    pub errors: Vec<Diagnostic>,
}

/// The last failures.
#[derive(Debug)]
pub(super) struct Reports {
    failures: Mutex<VecDeque<Failure>>,
    printed: Throttle,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            failures: Mutex::default(),
            printed: Throttle::new(MOST_PRINTED, BREATH),
        }
    }
}

/// Takes a report.
pub(super) async fn receive(request: HttpRequest, body: Payload, live: Data<Live>) -> HttpResponse {
    let report = match read(body).await {
        Ok(report) => report,
        Err(error) => return error.respond(&request),
    };
    let version = report.version.as_deref().and_then(|text| text.parse().ok());
    let client = tidy(&report.client);
    if let Some(qt) = &report.qt {
        live.clients.has_qt(&client, qt);
    }
    match report.kind {
        Kind::Loaded => {
            debug!(client, ?version, duration_ms = report.duration, "shown");
            if let Some(version) = version {
                live.shown(&client, version);
            }
        }
        Kind::Left => live
            .clients
            .leave(report.stream.as_deref().unwrap_or_default()),
        Kind::Error => live.failed(
            version,
            client,
            report.message.as_deref().unwrap_or_default(),
        ),
    }
    HttpResponse::NoContent().finish()
}

async fn read(body: Payload) -> Result<Report, ErrorAnswer> {
    let bad = |error: &dyn fmt::Display| {
        let message = format!("the report is not understood: {error}");
        let hint =
            r#"post {"client": "…", "kind": "loaded" or "error", "version": "…", "message": "…"}"#;
        ErrorAnswer::new(StatusCode::BAD_REQUEST, message, hint)
    };
    let body = body.to_bytes_limited(LONGEST).await.map_err(|_| {
        let message = format!("the body is longer than {LONGEST} bytes");
        let hint = "send less, or in several requests";
        ErrorAnswer::new(StatusCode::PAYLOAD_TOO_LARGE, message, hint)
    })?;
    let body = body.map_err(|error| bad(&error))?;
    serde_json::from_slice(&body).map_err(|error| bad(&error))
}

impl Live {
    fn shown(&self, client: &str, version: Version) {
        let snapshot = self.tree.store().at(version);
        let before = self.clients.find(client).and_then(|client| client.shown);
        if let (Some(before), Some(after)) = (before, &snapshot) {
            self.superseded.tell(&before, after);
        }
        self.clients.shows(client, version, snapshot.as_ref());
    }

    fn failed(&self, version: Option<Version>, client: String, message: &str) {
        let mut errors = diagnostic::parse(message);
        errors.truncate(MOST);
        let failure = Failure {
            version,
            at: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            errors,
            client,
        };
        let news = self.reports.add(&failure);
        if !news.is_empty() {
            let who = self.clients.find(&failure.client).map_or_else(
                || failure.client.clone(),
                |client| match client.qt {
                    Some(qt) => format!("{} (Qt {qt}, {})", client.id, client.address),
                    None => format!("{} ({})", client.id, client.address),
                },
            );
            for diagnostic in news {
                if !self.reports.may_print() {
                    break;
                }
                error!(
                    "{}\n      reported by {who}",
                    self.describe(diagnostic, failure.version)
                );
            }
        }
    }

    /// The error as a compiler would print it, with the source line.
    pub(super) fn describe(&self, diagnostic: &Diagnostic, version: Option<Version>) -> String {
        let message: String = diagnostic
            .message
            .chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .collect();
        let Some(file) = &diagnostic.file else {
            return message;
        };
        let mut text = file.to_string();
        for number in [diagnostic.line, diagnostic.column].into_iter().flatten() {
            text.push_str(&format!(":{number}"));
        }
        text.push_str(&format!(": {message}"));
        let store = self.tree.store();
        let excerpt = diagnostic
            .version
            .or(version)
            .map_or_else(
                || Some(store.newest()),
                |version| store.serving(version, file),
            )
            .and_then(|snapshot| {
                let source = snapshot.file(file)?.bytes()?.clone();
                diagnostic::excerpt(
                    std::str::from_utf8(&source).ok()?,
                    diagnostic.line?,
                    diagnostic.column,
                    &message,
                )
            });
        if let Some(excerpt) = excerpt {
            text.push('\n');
            text.push_str(&excerpt);
        }
        text
    }

    /// The last failures, newest first.
    pub(super) fn failures(&self) -> Vec<Failure> {
        self.reports.lock().iter().rev().cloned().collect()
    }
}

impl Reports {
    /// Keeps a failure; says which of its errors nobody has reported of that
    /// version before.
    fn add<'a>(&self, failure: &'a Failure) -> Vec<&'a Diagnostic> {
        let mut failures = self.lock();
        let same_version = failures
            .iter()
            .filter(|other| other.version == failure.version);
        let known: Vec<_> = same_version.flat_map(|other| &other.errors).collect();
        let news = failure
            .errors
            .iter()
            .filter(|error| !known.iter().any(|other| other.is_same(error)))
            .collect();
        failures.push_back(failure.clone());
        if failures.len() > KEPT {
            failures.pop_front();
        }
        news
    }

    fn may_print(&self) -> bool {
        self.printed.admits(|| {
            warn!("more errors are reported than are printed: /@qmlserve/status has the last ones");
        })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

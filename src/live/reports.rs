//! `POST /@qmlserve/report`: what clients say of a load, good or bad.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use super::Live;
use super::clients::tidy;
use super::diagnostic::{self, Diagnostic};
use super::hint;
use crate::access::may_see;
use crate::http::{ErrorAnswer, Throttle};
use crate::path::TreePath;
use crate::tree::version::Version;

/// Reports kept for the status.
const KEPT: usize = 50;

/// Longest report, in bytes.
const LONGEST: usize = 64 * 1024;

/// Errors taken from one report: the first ones are those to repair.
const MOST: usize = 50;

/// Errors printed within [`BREATH`]. The status has the others.
const MOST_PRINTED: usize = 100;

/// Loads told within a second: of more, nobody reads each.
const MOST_TOLD: usize = 20;

/// See [`MOST_PRINTED`].
const BREATH: Duration = Duration::from_secs(10);

/// What a client posts.
#[derive(Debug, Deserialize)]
struct Report {
    client: String,
    kind: Kind,
    version: Option<String>,
    /// What it shows: a client may have several documents.
    document: Option<String>,
    message: Option<String>,
    /// The client's Qt version, where it found it out.
    qt: Option<String>,
    /// The stream that it does not need any more.
    stream: Option<String>,
    /// From the event to the swap, in milliseconds.
    duration: Option<f64>,
    /// Whether the client shows its errors, and wants to know what is known of them.
    #[serde(default)]
    explain: bool,
}

/// What is known of an error, in the answer to who asks for it.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    /// `FILE:LINE:COLUMN`, as far as it is known.
    pub place: String,
    /// The line of the source with a caret below the column.
    pub source: Option<String>,
    /// What helps.
    pub hint: Option<String>,
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
pub(crate) struct Failure {
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
    told: Throttle,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            failures: Mutex::default(),
            printed: Throttle::new(MOST_PRINTED, BREATH),
            told: Throttle::new(MOST_TOLD, Duration::from_secs(1)),
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
    let document = report.document.as_deref();
    let document = document.and_then(|document| TreePath::parse(document).ok());
    let client = tidy(&live.gate.hide(&report.client));
    if let Some(qt) = &report.qt {
        live.clients.has_qt(&client, qt);
    }
    match report.kind {
        Kind::Loaded => {
            if let Some(version) = version {
                live.shown(&client, document.as_ref(), version, report.duration);
            }
        }
        Kind::Left => live
            .clients
            .leave(report.stream.as_deref().unwrap_or_default()),
        Kind::Error => {
            let message = report.message.as_deref().unwrap_or_default();
            let errors = live.failed(version, client, document.as_ref(), message);
            if report.explain {
                let explain = |error: &Diagnostic| {
                    let file = error.file.as_ref();
                    let is_told =
                        |file: &TreePath| may_see(&request, &format!("/{}", file.to_url()));
                    let mut explanation = live.explain(error, version);
                    // A report may name any line of any document.
                    if !file.is_none_or(is_told) {
                        explanation.source = None;
                    }
                    explanation
                };
                let errors = errors.iter().map(explain);
                let errors: Vec<_> = errors.collect();
                return HttpResponse::Ok().json(serde_json::json!({ "errors": errors }));
            }
        }
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
    fn shown(
        &self,
        client: &str,
        document: Option<&TreePath>,
        version: Version,
        duration: Option<f64>,
    ) {
        let snapshot = self.tree.store().at(version);
        let known = self.clients.find(client);
        if let Some(known) = known.as_ref().filter(|_| self.reports.may_tell()) {
            let duration = duration.filter(|ms| (0.0..1e6).contains(ms));
            let duration = duration.map_or_else(String::new, |ms| format!(" in {ms:.0} ms"));
            match known.version {
                None => info!("{known} has come, and shows {}{duration}", known.document),
                Some(_) => info!("shown{duration} by {known}"),
            }
        }
        let before = known.and_then(|client| client.shown);
        if let (Some(before), Some(after)) = (before, &snapshot) {
            self.superseded.tell(&before, after);
        }
        self.changes.ended(client, version, false);
        self.clients
            .shows(client, document, version, snapshot.as_ref());
    }

    /// Tells of a failed load, and returns its errors, one for each that the client has.
    fn failed(
        &self,
        version: Option<Version>,
        client: String,
        document: Option<&TreePath>,
        message: &str,
    ) -> Vec<Diagnostic> {
        let mut said = diagnostic::parse(&self.gate.hide(message));
        said.truncate(MOST);
        let mut errors: Vec<Diagnostic> = Vec::new();
        for error in &said {
            if !errors.iter().any(|known| known.is_same(error)) {
                errors.push(error.clone());
            }
        }
        let failure = Failure {
            version,
            at: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            errors,
            client,
        };
        if let Some(version) = version {
            self.changes.ended(&failure.client, version, true);
        }
        self.clients.fails(&failure.client, document, &failure);
        let telling = self.told.decide();
        // An error is printed once, whoever finds it first.
        let news = self.reports.add(&failure).into_iter();
        let news: Vec<_> = news.filter(|error| !telling.has(error)).collect();
        drop(telling);
        if !news.is_empty() {
            let who = self
                .clients
                .find(&failure.client)
                .map_or_else(|| failure.client.clone(), |client| client.to_string());
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
        said
    }

    /// The error as a compiler would print it, with the source line.
    pub(super) fn describe(&self, diagnostic: &Diagnostic, version: Option<Version>) -> String {
        self.describe_with(diagnostic, version, None)
    }

    /// The same with another hint than its message suggests.
    pub(super) fn describe_with(
        &self,
        diagnostic: &Diagnostic,
        version: Option<Version>,
        known: Option<String>,
    ) -> String {
        let message: String = diagnostic
            .message
            .chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .collect();
        let Explanation {
            place,
            source,
            hint,
        } = self.explain(diagnostic, version);
        let mut text = match place.is_empty() {
            true => message,
            false => format!("{place}: {message}"),
        };
        if let Some(source) = source {
            text.push('\n');
            text.push_str(&source);
        }
        if let Some(hint) = known.or(hint) {
            text.push_str("\n      ");
            text.push_str(&hint);
        }
        text
    }

    /// What is known of an error of this version.
    pub(crate) fn explain(&self, diagnostic: &Diagnostic, version: Option<Version>) -> Explanation {
        let mut explanation = Explanation {
            place: String::new(),
            source: None,
            hint: None,
        };
        let Some(file) = &diagnostic.file else {
            return explanation;
        };
        explanation.place = file.to_string();
        for number in [diagnostic.line, diagnostic.column].into_iter().flatten() {
            explanation.place.push_str(&format!(":{number}"));
        }
        let store = self.tree.store();
        let snapshot = match diagnostic.version.or(version) {
            Some(version) => store.serving(version, file),
            None => Some(store.newest()),
        };
        let Some(snapshot) = snapshot else {
            return explanation;
        };
        let source = snapshot.file(file).and_then(|file| file.bytes().cloned());
        let source = source
            .as_deref()
            .and_then(|bytes| str::from_utf8(bytes).ok());
        explanation.source = source.zip(diagnostic.line).and_then(|(source, line)| {
            diagnostic::excerpt(source, line, diagnostic.column, &diagnostic.message)
        });
        explanation.hint = hint::hint(&snapshot, file, &diagnostic.message);
        explanation
    }

    /// Whether a client told of an error of this file in this version.
    pub(super) fn has_failed(&self, file: &TreePath, version: Version) -> bool {
        let failures = self.reports.lock();
        let mut of_version = failures
            .iter()
            .filter(|failure| failure.version == Some(version));
        of_version.any(|failure| {
            let mut errors = failure.errors.iter();
            errors.any(|error| error.file.as_ref() == Some(file))
        })
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

    fn may_tell(&self) -> bool {
        self.told
            .admits(|| info!("more clients show it; /@qmlserve/status has them all"))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

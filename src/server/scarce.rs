//! What is scarce, how much of it is held, and how often there was no more: for the status, and for
//! Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::Value;

use super::backend::Backend;
use super::faults;
use crate::http::{Budget, Limits, uncached};

/// Where it is told.
const PATH: &str = "/@qmlserve/metrics";

/// The budgets of `[limits]`.
#[derive(Debug, Clone)]
pub(super) struct Scarce {
    /// Bytes of bodies and messages that are not complete, and of answers that are not read.
    pub memory: Arc<Budget>,
    pub connections: Arc<Budget>,
    /// Streams of events, of each kind.
    pub clients: Arc<Budget>,
    pub log: Arc<Budget>,
    pub collections: Arc<Budget>,
    /// Those who wait for a sign-in.
    pub sign_ins: Arc<Budget>,
}

impl Scarce {
    /// As much as `limits` say.
    pub(super) fn new(limits: &Limits) -> Self {
        let streams = || Budget::new(limits.streams, limits.streams_per_address);
        let connections = limits.connections.unwrap_or(u64::MAX);
        Self {
            memory: Budget::new(limits.memory, limits.memory_per_address),
            connections: Budget::new(connections, limits.connections_per_address),
            clients: streams(),
            log: streams(),
            collections: streams(),
            sign_ins: streams(),
        }
    }

    /// Each by its name, with what it counts.
    fn each(&self) -> [(&'static str, &'static str, &Budget); 6] {
        [
            (
                "memory",
                "Bytes of what is not complete or not read.",
                &self.memory,
            ),
            ("connections", "Connections open.", &self.connections),
            ("clients", "Streams of events to clients.", &self.clients),
            ("log_streams", "Streams of what programs log.", &self.log),
            (
                "collection_streams",
                "Streams of changes of collections.",
                &self.collections,
            ),
            (
                "sign_in_waits",
                "Clients that wait for a sign-in.",
                &self.sign_ins,
            ),
        ]
    }

    /// The section of the status.
    pub(super) fn status(&self) -> Value {
        let named = self.each().into_iter().flat_map(|(name, _, budget)| {
            [
                (name.to_owned(), budget.held().into()),
                (format!("{name}_refused"), budget.refused().into()),
            ]
        });
        Value::Object(named.collect())
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        let mut tell = |name: &str, kind: &str, help: &str, value: u64| {
            // Writing into a String does not fail.
            let _ = write!(
                text,
                "# HELP qmlserve_{name} {help}\n# TYPE qmlserve_{name} {kind}\nqmlserve_{name} {value}\n"
            );
        };
        for (name, help, budget) in self.each() {
            tell(name, "gauge", help, budget.held());
            let refused = format!("{name}_refused_total");
            let help = "Requests for more of it than there is.";
            tell(&refused, "counter", help, budget.refused());
        }
        tell(
            "faults_total",
            "counter",
            "Faults of the server itself.",
            faults::count(),
        );
        text
    }
}

/// Adds the route.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route(PATH, web::get().to(answer))
        .route(PATH, web::head().to(answer));
}

/// All counters in the text format of Prometheus.
async fn answer(scarce: Data<Scarce>, backend: Data<Backend>) -> HttpResponse {
    uncached(StatusCode::OK)
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(scarce.metrics() + &backend.metrics())
}

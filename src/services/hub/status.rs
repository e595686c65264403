//! `GET /@qmlserve/sockets` for people, and what is counted for Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde_json::{Value, json};

use super::Hub;
use crate::http::uncached;

/// What the counters mean, for the metrics.
const HELP: &[(&str, &str)] = &[
    ("opened", "Sockets opened."),
    ("refused", "Upgrades refused."),
    ("received", "Messages received from clients."),
    ("sent", "Messages queued for clients, one for each socket."),
    ("slow", "Sockets closed because they read too slowly."),
    ("silent", "Sockets closed because they answered no ping."),
    ("faulty", "Sockets closed because of what they sent."),
    ("lost", "Messages that did not reach the other processes."),
];

impl Hub {
    /// The state of the hub.
    pub(crate) fn status(&self) -> Value {
        let (received, sent) = self.metrics.rates();
        let totals = self.metrics.counters.totals();
        let totals: serde_json::Map<String, Value> = totals
            .named
            .iter()
            .map(|(name, count)| ((*name).to_owned(), (*count).into()))
            .collect();
        let routes: Vec<String> = self
            .routes
            .iter()
            .map(|route| route.path.to_string())
            .collect();
        json!({
            "open": self.limits.open(),
            "routes": routes,
            "rooms": self.rooms.list(),
            "gateways": self.gateways.counts(),
            "bus": self.bus.state(),
            "totals": totals,
            "per_second": {"received": received, "sent": sent},
        })
    }

    /// The counters in the text format of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        let mut gauge = |name: &str, help: &str, value: usize| {
            // Writing into a String does not fail.
            let _ = write!(
                text,
                "# HELP qmlserve_{name} {help}\n# TYPE qmlserve_{name} gauge\nqmlserve_{name} {value}\n"
            );
        };
        gauge("sockets_open", "Sockets open.", self.limits.open());
        gauge(
            "rooms",
            "Rooms with somebody in them.",
            self.rooms.list().len(),
        );
        for (name, count) in self.metrics.counters.totals().named {
            let help = HELP.iter().find(|(known, _)| *known == name);
            let help = help.map_or("", |(_, help)| help);
            let name = format!("qmlserve_sockets_{name}_total");
            let _ = write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {count}\n"
            );
        }
        text
    }
}

/// The state as JSON.
pub(super) async fn sockets(hub: Data<Arc<Hub>>) -> HttpResponse {
    uncached(StatusCode::OK).json(hub.status())
}

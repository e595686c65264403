//! `GET /@qmlserve/health`: whether the server is up, for what starts it and what stands before it.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::json;
use tokio::sync::watch;

use super::faults;
use crate::http::uncached;

/// Where it is.
pub(super) const PATH: &str = "/@qmlserve/health";

/// What is told. Nothing of the tree: no token is asked for.
#[derive(Debug)]
pub(super) struct Health {
    began: Instant,
    stopping: watch::Receiver<bool>,
}

impl Health {
    /// Of a server that begins now, until `stopping` says true.
    pub(super) fn new(stopping: watch::Receiver<bool>) -> Self {
        let began = Instant::now();
        Self { began, stopping }
    }
}

/// Adds the route.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route(PATH, web::get().to(answer))
        .route(PATH, web::head().to(answer));
}

async fn answer(health: Data<Health>) -> HttpResponse {
    let (status, word) = match *health.stopping.borrow() {
        false => (StatusCode::OK, "ok"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    uncached(status).json(json!({
        "status": word,
        "uptime": health.began.elapsed().as_secs(),
        "faults": faults::count(),
    }))
}

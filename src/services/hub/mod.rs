//! WebSockets: echo, chat, rooms, and gateways that push to clients by tag.
//!
//! Every message is encoded once, as the bytes of its frame, and shared by all
//! sockets that it goes to. Each has a bounded queue of its own; filling one
//! never waits, and a socket that does not read is closed for it. What one
//! process says, the others of the same hub learn over its bus.

mod bus;
pub(crate) mod config;
mod decoder;
mod frame;
#[cfg(test)]
mod fuzz;
mod gateway;
mod header;
mod limits;
mod listener;
mod metrics;
#[cfg(feature = "nats")]
mod nats;
mod outbox;
mod reader;
mod refusal;
mod rooms;
pub(crate) mod route;
mod service;
mod session;
mod status;
mod upgrade;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use tokio::sync::watch;
use tracing::warn;
use url::Url;

use crate::http::Budget;
use bus::{Bus, Envelope, InProcess, Recipients};
use config::{HubConfig, SocketRoute};
use frame::{Body, Frame};
use gateway::Gateways;
use limits::ConnectionLimits;
use metrics::Metrics;
use rooms::{Delivery, Rooms};

pub(crate) use gateway::{
    Change, PushTarget, clash as gateway_clash, is_endpoint as is_gateway_path,
    is_name as is_gateway_name,
};
pub(crate) use listener::Listener;
pub(crate) use refusal::Refusal;
pub(crate) use service::{Conversation, Declined, Service, Socket};
pub(crate) use upgrade::is_upgrade;

/// All sockets of this process.
#[derive(Debug)]
pub(crate) struct Hub {
    config: HubConfig,
    routes: Vec<SocketRoute>,
    rooms: Rooms,
    gateways: Gateways,
    limits: Arc<ConnectionLimits>,
    metrics: Metrics,
    bus: Box<dyn Bus>,
    /// For what peers have sent of messages that are not complete.
    memory: Arc<Budget>,
    /// Tells this process from the others of the hub.
    own: String,
    last_id: AtomicU64,
    /// What talks on the sockets of paths that are no routes of the hub.
    service: OnceLock<Arc<dyn Service>>,
    /// Becomes true when the server stops: sockets are closed then.
    stopping: watch::Receiver<bool>,
}

impl Hub {
    /// Starts the hub and what it has to do in the background; alone, or with
    /// the other processes at `bus`.
    pub(crate) fn start(
        config: HubConfig,
        bus: Option<Url>,
        memory: Arc<Budget>,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let own = own_name();
        let mut routes = config.sockets.clone();
        for route in SocketRoute::built_in() {
            if routes.iter().all(|declared| declared.path != route.path) {
                routes.push(route);
            }
        }
        #[cfg(feature = "nats")]
        let (bus, connection): (Box<dyn Bus>, _) = match bus {
            None => (Box::new(InProcess), None),
            Some(url) => {
                let (nats, connection) = nats::Nats::new(&url, &config.limits.namespace, &own);
                (Box::new(nats), Some(connection))
            }
        };
        // No address of a broker gets past the configuration then.
        #[cfg(not(feature = "nats"))]
        let bus: Box<dyn Bus> = {
            let _ = bus;
            Box::new(InProcess)
        };
        let hub = Arc::new(Self {
            routes,
            rooms: Rooms::default(),
            gateways: Gateways::new(config.gateways.clone()),
            limits: Arc::new(ConnectionLimits::new(
                config.limits.sockets,
                config.limits.per_address,
            )),
            metrics: Metrics::default(),
            bus,
            memory,
            own,
            last_id: AtomicU64::new(0),
            service: OnceLock::new(),
            stopping,
            config,
        });
        actix_web::rt::spawn(every_second(Arc::clone(&hub)));
        #[cfg(feature = "nats")]
        if let Some(connection) = connection {
            let hub = Arc::clone(&hub);
            actix_web::rt::spawn(async move {
                let deliver = |envelope| hub.deliver(&envelope, None);
                let lost = || _ = hub.metrics.counters.lost.fetch_add(1, Relaxed);
                if let Err(failure) = connection.run(deliver, lost).await {
                    tracing::error!("{failure}; sockets of this process go on without the others");
                }
            });
        }
        hub
    }

    /// Whether a socket or a gateway is at this path or below it.
    pub(crate) fn has_route(&self, path: &str) -> bool {
        let is_below = |route: &SocketRoute| {
            let below = route.path.to_string();
            let rest = below.strip_prefix(path);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let is_gateway = gateway::opens_at(&format!("{path}/")) || gateway::is_endpoint(path);
        is_gateway || self.is_at(path) || self.routes.iter().any(is_below)
    }

    /// Tells the sockets of a gateway that a collection was written to.
    pub(crate) fn push(&self, target: &PushTarget, change: &Change) {
        let to = Recipients::Gateway {
            name: target.gateway.clone(),
            receivers: target.receivers(change),
        };
        let body = Body::Text(change.message(&target.gateway));
        self.publish(&Envelope { to, body }, None);
    }

    /// Says something to all it is for, in this process and in the others.
    fn publish(&self, envelope: &Envelope, except: Option<u64>) {
        self.deliver(envelope, except);
        if !self.bus.publish(envelope) {
            self.metrics.counters.lost.fetch_add(1, Relaxed);
        }
    }

    /// Says something to all it is for in this process.
    fn deliver(&self, envelope: &Envelope, except: Option<u64>) {
        let frame = Frame::message(&envelope.body);
        let delivery = match &envelope.to {
            Recipients::Room { name, kept } => self.rooms.say(name, except, &frame, *kept),
            Recipients::Gateway { name, receivers } => self.gateways.say(name, receivers, &frame),
        };
        self.count(delivery);
    }

    fn count(&self, delivery: Delivery) {
        let counters = &self.metrics.counters;
        counters.sent.fetch_add(delivery.sent, Relaxed);
        if delivery.slow > 0 {
            counters.slow.fetch_add(delivery.slow, Relaxed);
            warn!("{} sockets read too slowly and were closed", delivery.slow);
        }
    }

    /// Whether a socket can be opened at this path, as it stands in a request.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let service = self.service.get();
        route::find(&self.routes, path).is_ok() || service.is_some_and(|s| s.is_at(path))
    }

    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Relaxed)
    }

    /// What a socket is called in notices, in all processes.
    fn socket_name(&self, id: u64) -> String {
        format!("{}-{id}", self.own)
    }
}

/// What is done once a second: notes the rates, forgets tokens that nobody used.
async fn every_second(hub: Arc<Hub>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let mut stopping = hub.stopping.clone();
    loop {
        tokio::select! {
            _ = seconds.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        hub.metrics.sample();
        hub.gateways.forget_expired();
    }
}

/// A name that no other process has.
fn own_name() -> String {
    let mut bytes = [0; 8];
    if getrandom::fill(&mut bytes).is_err() {
        bytes = u64::from(std::process::id()).to_be_bytes();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds the route of upgrades, at any path.
pub(crate) fn upgrades(config: &mut ServiceConfig) {
    config.default_service(web::to(upgrade::upgrade));
}

/// Adds the routes of plain requests; a message of a gateway may have `largest` bytes.
pub(crate) fn routes(config: &mut ServiceConfig, largest: usize) {
    config
        .route("/@qmlserve/sockets", web::get().to(status::sockets))
        .route("/@qmlserve/sockets", web::head().to(status::sockets));
    gateway::routes(config, largest);
}

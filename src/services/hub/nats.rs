//! The bus over NATS. What cannot be told to the others is dropped and
//! counted: nothing waits here, and nothing old is told late.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{ConnectOptions, Event};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tracing::{info, warn};
use url::Url;

use super::bus::{Bus, Envelope};

/// Messages on their way to the connection.
const QUEUE: usize = 4096;

/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// This process's end of the bus.
#[derive(Debug)]
pub struct Nats {
    own: String,
    is_connected: Arc<AtomicBool>,
    queue: mpsc::Sender<Bytes>,
}

/// What moves the messages; to be run once.
#[derive(Debug)]
pub struct Carrier {
    url: Url,
    subject: String,
    own: String,
    is_connected: Arc<AtomicBool>,
    queue: mpsc::Receiver<Bytes>,
}

/// Why there is no bus.
#[derive(Debug, thiserror::Error)]
#[error("the hub at {0} cannot be used: {1}")]
pub struct BusError(String, String);

impl Nats {
    /// The bus of the process `own` at `url`. Processes of one namespace hear
    /// each other.
    pub fn new(url: Url, namespace: &str, own: &str) -> (Self, Carrier) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let is_connected = Arc::new(AtomicBool::new(false));
        let nats = Self {
            own: own.to_owned(),
            is_connected: Arc::clone(&is_connected),
            queue: sender,
        };
        let carrier = Carrier {
            url,
            subject: format!("{namespace}.hub.v1"),
            own: own.to_owned(),
            is_connected,
            queue: receiver,
        };
        (nats, carrier)
    }
}

impl Bus for Nats {
    fn publish(&self, envelope: &Envelope) -> bool {
        self.is_connected.load(Relaxed) && self.queue.try_send(envelope.encode(&self.own)).is_ok()
    }

    fn state(&self) -> &'static str {
        if self.is_connected.load(Relaxed) {
            "connected"
        } else {
            "disconnected"
        }
    }
}

impl Carrier {
    /// Carries messages both ways until the other end is dropped. A broker
    /// that is not there is tried again for ever.
    pub async fn run(mut self, deliver: impl Fn(Envelope)) -> Result<(), BusError> {
        let place = place(&self.url);
        let failed = |error: &dyn std::fmt::Display| BusError(place.clone(), error.to_string());
        let client = self.options(&place).connect(self.url.as_str()).await;
        let client = client.map_err(|error| failed(&error))?;
        let subscribed = client.subscribe(self.subject.clone()).await;
        let mut incoming = subscribed.map_err(|error| failed(&error))?;
        loop {
            tokio::select! {
                message = incoming.next() => {
                    let Some(message) = message else { return Ok(()) };
                    if let Some(envelope) = Envelope::decode(&message.payload, &self.own) {
                        deliver(envelope);
                    }
                }
                bytes = self.queue.recv() => {
                    let Some(bytes) = bytes else { return Ok(()) };
                    if client.connection_state() != State::Connected {
                        continue;
                    }
                    if let Err(error) = client.publish(self.subject.clone(), bytes).await {
                        warn!("a message did not reach the other processes: {error}");
                    }
                }
            }
        }
    }

    fn options(&self, place: &str) -> ConnectOptions {
        let is_connected = Arc::clone(&self.is_connected);
        let place = place.to_owned();
        ConnectOptions::new()
            .name("qmlserve")
            .no_echo()
            .retry_on_initial_connect()
            .reconnect_delay_callback(|attempts| {
                let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                LONGEST_PAUSE.min(Duration::from_millis(50).saturating_mul(attempts))
            })
            .event_callback(move |event| {
                match &event {
                    Event::Connected => {
                        is_connected.store(true, Relaxed);
                        info!("the hub at {place} is connected");
                    }
                    Event::Disconnected => {
                        is_connected.store(false, Relaxed);
                        warn!(
                            "the hub at {place} is lost; sockets of this process go on without \
                             the others until it is back"
                        );
                    }
                    event => tracing::debug!("the hub at {place}: {event}"),
                }
                std::future::ready(())
            })
    }
}

/// The broker's address without what may be a password.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

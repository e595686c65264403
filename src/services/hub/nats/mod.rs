//! The bus over NATS. What cannot be told to the others is dropped and
//! counted: nothing waits here, and nothing old is told late.

mod broker;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use async_nats::client::PublishErrorKind;
use async_nats::connection::State;
use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tracing::warn;
use url::Url;

use super::bus::{Bus, Envelope};
use broker::Broker;

/// Messages on their way to the connection.
const QUEUE: usize = 4096;

/// Their bytes.
const MOST_WAITING: usize = 32 << 20;

/// The age at which a message is no news any more.
const FRESH: Duration = Duration::from_secs(2);

/// This process's end of the bus.
#[derive(Debug)]
pub(super) struct Nats {
    own: String,
    is_connected: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
    queue: mpsc::Sender<Outgoing>,
}

/// A message on its way.
#[derive(Debug)]
struct Outgoing {
    bytes: Bytes,
    since: Instant,
}

/// What moves the messages; to be run once.
#[derive(Debug)]
pub(super) struct Connection {
    broker: Broker,
    subject: String,
    own: String,
    is_connected: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
    queue: mpsc::Receiver<Outgoing>,
}

/// Why there is no bus.
#[derive(Debug, thiserror::Error)]
#[error("the hub at {0} cannot be used: {1}")]
pub(super) struct BusError(String, String);

impl Nats {
    /// The bus of the process `own` at `url`. Processes of one namespace hear
    /// each other.
    pub(super) fn new(url: &Url, namespace: &str, own: &str) -> (Self, Connection) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let is_connected = Arc::new(AtomicBool::new(false));
        let waiting = Arc::new(AtomicUsize::new(0));
        let nats = Self {
            own: own.to_owned(),
            is_connected: Arc::clone(&is_connected),
            waiting: Arc::clone(&waiting),
            queue: sender,
        };
        let connection = Connection {
            broker: Broker::new(url),
            subject: format!("{namespace}.hub.v1"),
            own: own.to_owned(),
            is_connected,
            waiting,
            queue: receiver,
        };
        (nats, connection)
    }
}

impl Bus for Nats {
    fn publish(&self, envelope: &Envelope) -> bool {
        if !self.is_connected.load(Relaxed) {
            return false;
        }
        let bytes = envelope.encode(&self.own);
        let (length, since) = (bytes.len(), Instant::now());
        let before = self.waiting.fetch_add(length, Relaxed);
        let is_room = before.saturating_add(length) <= MOST_WAITING;
        let is_told = is_room && self.queue.try_send(Outgoing { bytes, since }).is_ok();
        if !is_told {
            self.waiting.fetch_sub(length, Relaxed);
        }
        is_told
    }

    fn state(&self) -> &'static str {
        if self.is_connected.load(Relaxed) {
            "connected"
        } else {
            "disconnected"
        }
    }
}

impl Connection {
    /// Carries messages both ways until the other end is dropped. A broker
    /// that is not there is tried again for ever. `lost` is called for each
    /// message that the others will not learn of.
    pub(super) async fn run(
        self,
        deliver: impl Fn(Envelope),
        lost: impl Fn(),
    ) -> Result<(), BusError> {
        let client = self.broker.connect(&self.is_connected).await;
        let subscribed = client.subscribe(self.subject.clone()).await;
        let incoming =
            subscribed.map_err(|error| BusError(self.broker.place.clone(), error.to_string()))?;
        let own = self.own.clone();
        tokio::select! {
            () = hear(incoming, &own, deliver) => {}
            () = self.tell(&client, lost) => {}
        }
        Ok(())
    }

    async fn tell(mut self, client: &Client, lost: impl Fn()) {
        let mut is_said = false;
        while let Some(Outgoing { bytes, since }) = self.queue.recv().await {
            let length = bytes.len();
            self.waiting.fetch_sub(length, Relaxed);
            let until = since + FRESH;
            if client.connection_state() != State::Connected || until < Instant::now() {
                lost();
                continue;
            }
            // A broker that takes nothing makes this wait.
            let sent = timeout_at(until, client.publish(self.subject.clone(), bytes)).await;
            let Ok(Err(error)) = sent else {
                if sent.is_err() {
                    lost();
                }
                continue;
            };
            lost();
            if !is_said {
                is_said = true;
                let place = &self.broker.place;
                if error.kind() == PublishErrorKind::MaxPayloadExceeded {
                    warn!(
                        "a message of {length} bytes does not reach the other processes: the hub \
                         at {place} takes {} at most; raise max_payload in its configuration, or \
                         lower message in [websockets] of qmlserve.toml; further ones are only \
                         counted, as lost in /@qmlserve/sockets",
                        client.max_payload()
                    );
                } else {
                    warn!("a message did not reach the other processes at {place}: {error}");
                }
            }
        }
    }
}

async fn hear(mut incoming: Subscriber, own: &str, deliver: impl Fn(Envelope)) {
    while let Some(message) = incoming.next().await {
        if let Some(envelope) = Envelope::decode(&message.payload, own) {
            deliver(envelope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::hub::bus::Recipients;
    use crate::services::hub::frame::Body;

    #[test]
    fn what_waits_is_bounded_in_bytes() {
        let (nats, mut connection) = Nats::new(&"nats://h".parse().unwrap(), "n", "a");
        let envelope = Envelope {
            to: Recipients::Room {
                name: "/x".to_owned(),
                kept: false,
            },
            body: Body::Binary(vec![0; 1 << 20].into()),
        };
        assert!(!nats.publish(&envelope));
        nats.is_connected.store(true, Relaxed);
        let told = (0..100).filter(|_| nats.publish(&envelope)).count();
        assert_eq!(told, 31);
        let first = connection.queue.try_recv().unwrap();
        nats.waiting.fetch_sub(first.bytes.len(), Relaxed);
        assert!(nats.publish(&envelope));
        assert!(!nats.publish(&envelope));
    }
}

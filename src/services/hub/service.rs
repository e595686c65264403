//! Paths whose sockets another part of the server talks on. The hub keeps what is the same for all
//! sockets: who may open one, the limits, pings, the bounded queue, the close.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_http::ws::CloseCode;
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use async_trait::async_trait;
use tokio::time::timeout;

use super::Hub;
use super::frame::Frame;
use super::outbox::{Outbox, Pushed, State};
use super::refusal::Refusal;

/// How long a socket has to take what was sent, before what is to be sent next is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What talks on the sockets of its paths.
pub(crate) trait Service: fmt::Debug + Send + Sync {
    /// Whether it takes sockets at this path, as it stands in a request.
    fn is_at(&self, path: &str) -> bool;

    /// Begins to talk; who may ask at all was looked at before.
    ///
    /// # Errors
    /// It does not want this socket: what is answered in place of the 101.
    fn open(
        &self,
        request: &HttpRequest,
        socket: Socket,
    ) -> Result<Box<dyn Conversation>, Declined>;
}

/// What hears what a socket says.
#[async_trait]
pub(crate) trait Conversation: fmt::Debug + Send {
    /// Takes a text. Nothing else is read of the socket meanwhile.
    ///
    /// # Errors
    /// The peer may not say this: the words that it is closed with, with code 1008.
    async fn hear(&mut self, text: String) -> Result<(), String>;

    /// Whether it may say as much as it likes: it has shown who it is.
    fn is_trusted(&self) -> bool;

    /// The socket is closed, and says nothing any more.
    async fn end(&mut self);
}

/// Why a service does not take a socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Declined {
    /// Of the answer.
    pub status: StatusCode,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
}

impl From<Declined> for Refusal {
    fn from(declined: Declined) -> Self {
        Self::Declined(declined)
    }
}

/// A socket, for what talks on it.
#[derive(Clone)]
pub(crate) struct Socket {
    pub(super) hub: Arc<Hub>,
    pub(super) outbox: Arc<Outbox>,
}

impl fmt::Debug for Socket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Socket({})", self.outbox.id)
    }
}

impl Socket {
    /// Tells it from all others of this process.
    pub(crate) fn id(&self) -> u64 {
        self.outbox.id
    }

    /// Sends a text at once. A socket that has no room for it is closed.
    pub(crate) fn send(&self, text: &str) {
        self.hub.send_to(&self.outbox, &Frame::text(text));
    }

    /// Sends a text as soon as there is room for it; false where there is none in time, or the
    /// socket is closed.
    pub(crate) async fn send_patiently(&self, text: &str) -> bool {
        let frame = Frame::text(text);
        let sent = async {
            while !self.outbox.has_room_for(&frame) {
                self.outbox.emptied().await;
            }
        };
        timeout(PATIENCE, sent).await.is_ok() && self.outbox.state() == State::Open && {
            self.hub.send_to(&self.outbox, &frame);
            true
        }
    }

    /// Closes it with a code (RFC 6455, section 7.4.1) and words.
    pub(crate) fn close(&self, code: u16, why: &str) {
        self.outbox
            .close(&Frame::close_with(CloseCode::from(code), why));
    }
}

impl Hub {
    /// Has a service talk on the sockets of its paths. Only the first counts.
    pub(crate) fn serve(&self, service: Arc<dyn Service>) {
        // A second call would be a bug of the wiring.
        let _ = self.service.set(service);
    }

    pub(super) fn send_to(&self, outbox: &Outbox, frame: &Frame) {
        let counters = &self.metrics.counters;
        match outbox.push(frame) {
            Pushed::Queued => counters.sent.fetch_add(1, Relaxed),
            Pushed::Overflowed => counters.slow.fetch_add(1, Relaxed),
            Pushed::Closed => 0,
        };
    }
}

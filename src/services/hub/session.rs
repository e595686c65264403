//! One socket's life, from the upgrade to the end of its connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_http::ws::{CloseCode, CloseReason};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tracing::{debug, info};

use super::Hub;
use super::bus::{Envelope, Recipients};
use super::config::RoomOptions;
use super::frame::{Body, Frame};
use super::outbox::{Outbox, State};
use super::reader::{Incoming, ReadError, Reader};
use super::rooms::{Member, notice};
use super::service::Conversation;

/// How long a peer has to answer a close.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long it has where it broke the protocol, and may know of no closing.
const SHORT_FAREWELL: Duration = Duration::from_secs(1);

/// How long a peer has to take what was sent to it before the end.
const LEFTOVERS: Duration = Duration::from_secs(30);

/// What handles a socket's messages.
#[derive(Debug)]
pub(super) enum Handler {
    /// Back to itself.
    Echo,
    /// To the others in a room.
    Room(String, RoomOptions),
    /// To another part of the server.
    Service(Box<dyn Conversation>),
    /// Nowhere: a gateway only sends.
    Gateway(String),
    /// Nowhere, and the socket is closed already.
    Nowhere,
}

/// One socket.
pub(super) struct Session {
    /// What it is part of.
    pub hub: Arc<Hub>,
    /// What is sent to it.
    pub outbox: Arc<Outbox>,
    /// What it sends.
    pub reader: Reader,
    /// What handles them.
    pub handler: Handler,
    /// Where it comes from.
    pub address: Option<IpAddr>,
}

/// Why a session ends.
enum End {
    /// The peer closed, with this reason.
    Peer(Option<CloseReason>),
    /// The peer sent what it may not.
    Faulty(ReadError),
    /// The service at the other end does not take what the peer said, in these words.
    Refused(String),
    /// The peer sends too much.
    TooFast(u32),
    /// The peer does not take what it asked for.
    TooSlow,
    /// The peer sends nothing, and answers no pings.
    Silent,
    /// Somebody else closed it, or the connection is gone.
    Closed,
    /// The server stops.
    Stopping,
}

impl End {
    /// How long the peer's close is waited for.
    fn farewell(&self) -> Duration {
        match self {
            Self::Peer(_) | Self::Faulty(ReadError::Lost) | Self::Silent => Duration::ZERO,
            Self::Faulty(ReadError::Protocol(_)) => SHORT_FAREWELL,
            _ => FAREWELL,
        }
    }
}

impl Session {
    /// Runs until the connection may end.
    pub(super) async fn run(mut self) {
        let end = self.listen().await;
        let conversation = self.leave();
        let farewell = end.farewell();
        self.close(end);
        if let Some(mut conversation) = conversation {
            conversation.end().await;
        }
        // Its connection stays for the close frame to arrive.
        if self.outbox.state() != State::Gone {
            let _ = timeout(farewell, self.reader.drain()).await;
        }
        self.outbox.end();
        if timeout(LEFTOVERS, self.outbox.gone()).await.is_err() {
            self.outbox.give_up();
        }
    }

    async fn listen(&mut self) -> End {
        let hub = Arc::clone(&self.hub);
        let outbox = Arc::clone(&self.outbox);
        let mut stopping = hub.stopping.clone();
        let every = hub.config.limits.ping;
        let mut pings = interval_at(Instant::now() + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rate = Rate::new(hub.config.limits.rate);
        loop {
            let incoming = tokio::select! {
                incoming = self.reader.next() => incoming,
                () = outbox.closed() => return End::Closed,
                _ = stopping.wait_for(|stopping| *stopping) => return End::Stopping,
                _ = pings.tick() => {
                    if !self.reader.was_heard() {
                        return End::Silent;
                    }
                    outbox.push(&Frame::ping());
                    continue;
                }
            };
            let is_trusted = match &self.handler {
                Handler::Service(conversation) => conversation.is_trusted(),
                _ => false,
            };
            if !is_trusted && !rate.allows(Instant::now()) {
                return End::TooFast(hub.config.limits.rate);
            }
            match incoming {
                Ok(Incoming::Message(body)) => {
                    hub.metrics.counters.received.fetch_add(1, Relaxed);
                    match &mut self.handler {
                        Handler::Echo => {
                            if timeout(every, outbox.roomy()).await.is_err() {
                                return End::TooSlow;
                            }
                            self.answer(&Frame::message(&body));
                        }
                        Handler::Room(name, _) => {
                            let name = name.clone();
                            self.say(&name, true, body);
                        }
                        Handler::Service(conversation) => {
                            let Body::Text(text) = body else {
                                let why = "this socket takes text, and no binary messages";
                                return End::Refused(why.to_owned());
                            };
                            // What others say to a trusted peer is no reason not to hear it.
                            if !is_trusted && timeout(every, outbox.roomy()).await.is_err() {
                                return End::TooSlow;
                            }
                            let heard = tokio::select! {
                                heard = conversation.hear(text) => heard,
                                () = outbox.closed() => return End::Closed,
                                _ = stopping.wait_for(|stopping| *stopping) => return End::Stopping,
                            };
                            if let Err(why) = heard {
                                return End::Refused(why);
                            }
                        }
                        Handler::Gateway(_) | Handler::Nowhere => {}
                    }
                }
                Ok(Incoming::Ping(content)) => {
                    if timeout(every, outbox.roomy()).await.is_err() {
                        return End::TooSlow;
                    }
                    self.answer(&Frame::pong(content));
                }
                Ok(Incoming::Pong) => {}
                Ok(Incoming::Close(reason)) => return End::Peer(reason),
                Err(error) => return End::Faulty(error),
            }
        }
    }

    fn answer(&self, frame: &Frame) {
        self.hub.send_to(&self.outbox, frame);
    }

    /// Tells the others in the room, here and elsewhere.
    fn say(&self, name: &str, kept: bool, body: Body) {
        let to = Recipients::Room {
            name: name.to_owned(),
            kept,
        };
        self.hub
            .publish(&Envelope { to, body }, Some(self.outbox.id));
    }

    /// Takes its handler: from now on it hears what is said there.
    pub(super) fn enter(&self) {
        if let Handler::Room(name, options) = &self.handler {
            let member = Member::Socket(Arc::clone(&self.outbox));
            let delivery = self.hub.rooms.enter(name, *options, self.outbox.id, member);
            self.hub.count(delivery);
            if options.notices {
                self.notify(name, "join");
            }
        }
    }

    /// Gives its handler back; once. A conversation is for the caller to end.
    fn leave(&mut self) -> Option<Box<dyn Conversation>> {
        match std::mem::replace(&mut self.handler, Handler::Nowhere) {
            Handler::Room(name, options) => {
                self.hub.rooms.leave(&name, self.outbox.id);
                if options.notices {
                    self.notify(&name, "leave");
                }
            }
            Handler::Gateway(id) => self.hub.gateways.leave(&id),
            Handler::Service(conversation) => return Some(conversation),
            Handler::Echo | Handler::Nowhere => {}
        }
        None
    }

    fn notify(&self, room: &str, kind: &'static str) {
        let socket = self.hub.socket_name(self.outbox.id);
        self.say(room, false, Body::Text(notice(kind, &socket)));
    }

    /// Sends the close frame, and says why if anything is wrong.
    fn close(&self, end: End) {
        let counters = &self.hub.metrics.counters;
        let (code, why) = match end {
            End::Peer(reason) => {
                // Its own code back (RFC 6455, section 5.5.1).
                let code = reason.map(CloseReasonExt::without_words);
                return self.outbox.close(&Frame::close(code));
            }
            End::Closed | End::Faulty(ReadError::Lost) => return,
            End::Faulty(error) => {
                counters.faulty.fetch_add(1, Relaxed);
                (error.code(), error.to_string())
            }
            End::Refused(why) => {
                counters.faulty.fetch_add(1, Relaxed);
                (CloseCode::Policy, why)
            }
            End::TooFast(most) => {
                counters.faulty.fetch_add(1, Relaxed);
                let why = format!("a socket may send {most} messages a second at most");
                (CloseCode::Policy, why)
            }
            End::TooSlow => {
                counters.slow.fetch_add(1, Relaxed);
                let why = "this socket does not read what it is answered".to_owned();
                (CloseCode::Again, why)
            }
            End::Silent => {
                counters.silent.fetch_add(1, Relaxed);
                (CloseCode::Policy, "no answer to a ping".to_owned())
            }
            End::Stopping => (CloseCode::Away, "the server stops".to_owned()),
        };
        let code_number = u16::from(code);
        if code != CloseCode::Away && self.hub.metrics.is_first(self.address, kind(code)) {
            info!("a socket was closed with {code_number}: {why}");
        } else {
            debug!("a socket was closed with {code_number}: {why}");
        }
        self.outbox.close(&Frame::close_with(code, &why));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.leave();
        self.outbox.end();
    }
}

/// A class of incidents, for saying each once.
fn kind(code: CloseCode) -> &'static str {
    match code {
        CloseCode::Size => "size",
        CloseCode::Invalid => "text",
        CloseCode::Protocol => "protocol",
        CloseCode::Again => "slow",
        _ => "policy",
    }
}

trait CloseReasonExt {
    fn without_words(self) -> Self;
}

impl CloseReasonExt for CloseReason {
    fn without_words(self) -> Self {
        self.code.into()
    }
}

/// How much a socket may still send: a second's worth at once at most.
struct Rate {
    per_second: f64,
    left: f64,
    at: Instant,
}

impl Rate {
    fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            left: per_second,
            at: Instant::now(),
        }
    }

    fn allows(&mut self, now: Instant) -> bool {
        let since = now.duration_since(self.at).as_secs_f64();
        self.left = (self.left + since * self.per_second).min(self.per_second);
        self.at = now;
        self.left -= 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_worth_its_rate() {
        let mut rate = Rate::new(3);
        let mut taken = |now| (0..10).filter(|_| rate.allows(now)).count();
        let now = Instant::now();
        assert_eq!(taken(now), 3);
        assert_eq!(taken(now + Duration::from_secs(60)), 3);
    }
}

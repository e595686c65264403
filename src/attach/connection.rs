//! One connection to a program's QML debug port: opened, greeted, spoken over. It knows the
//! protocol and nothing of what is done with it.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;
use tokio_util::codec::{
    Encoder as _, FramedRead, LengthDelimitedCodec, LengthDelimitedCodecError,
};

use super::protocol::{self, Broken, hello, messages, preview};

/// The largest packet that is taken. A program's log lines are the largest that it sends.
const LARGEST: usize = 16 << 20;

/// How long a program may take to be reached.
const REACH: Duration = Duration::from_secs(5);

/// How long it may take to answer the hello. A thread of its own does, whatever the program is at.
const GREETING: Duration = Duration::from_secs(10);

/// How long it may take to read what it is sent. A program that is held in a debugger has its
/// buffers; it asks for nothing meanwhile.
const READING: Duration = Duration::from_secs(20);

/// Why there is no connection, or none any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    /// Nobody is there.
    #[error("{0}")]
    Unreachable(#[source] io::Error),
    /// The program, or the system, ended it.
    #[error("the connection ended")]
    Closed,
    /// It ended before the program said anything.
    #[error(
        "the connection was closed at once: another debugger is attached to the program (it takes one at a time), or this is no QML debug port"
    )]
    Rejected,
    /// A web server.
    #[error(
        "this is an HTTP server, no QML debug port; name the port that the program has in its -qmljsdebugger=port:… argument"
    )]
    Http,
    /// Nothing came.
    #[error(
        "the port is open, but nothing answers there: it is no QML debug port, or another debugger is attached to the program (it takes one at a time)"
    )]
    Silent,
    /// What came is something else.
    #[error(
        "what answers there does not speak the QML debug protocol ({0}); name the port that the program has in its -qmljsdebugger=port:… argument"
    )]
    NoDebugger(Broken),
    /// A packet larger than anything that makes sense.
    #[error("a packet of more than {} MiB was announced", LARGEST >> 20)]
    TooLarge,
    /// A packet that cannot be read.
    #[error("{0}")]
    Broken(#[from] Broken),
    /// It takes nothing any more.
    #[error("the program did not read what it was sent for {} s", READING.as_secs())]
    Stuck,
}

/// What the program says.
#[derive(Debug)]
pub(crate) enum Event {
    /// The service `QmlPreview` did.
    Preview(preview::Event),
    /// It logged something.
    Message(messages::Message),
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    read: FramedRead<OwnedReadHalf, LengthDelimitedCodec>,
    write: OwnedWriteHalf,
    services: Vec<String>,
    local: SocketAddr,
    /// Messages of packets that are read already: their service, and what it says.
    pending: VecDeque<(Service, Bytes)>,
}

/// The services that are listened to.
#[derive(Debug, Clone, Copy)]
enum Service {
    Preview,
    Messages,
}

impl Connection {
    /// Connects to the debug port at `host` (a name or an address) and waits until the program
    /// has said which services it has.
    ///
    /// # Errors
    /// Nobody is there, or somebody who does not speak the protocol.
    pub(crate) async fn open(host: &str, port: u16) -> Result<Self, ConnectionError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = timeout(REACH, TcpStream::connect((host, port)))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(ConnectionError::Unreachable)?;
        let unreachable = ConnectionError::Unreachable;
        stream.set_nodelay(true).map_err(unreachable)?;
        let local = stream.local_addr().map_err(unreachable)?;
        let (read, write) = stream.into_split();
        let mut connection = Self {
            read: FramedRead::new(read, framing()),
            write,
            services: Vec::new(),
            local,
            pending: VecDeque::new(),
        };
        let services = [preview::SERVICE, messages::SERVICE];
        connection.put(&hello::hello(&services)).await?;
        timeout(GREETING, connection.greeted())
            .await
            .map_err(|_| ConnectionError::Silent)??;
        Ok(connection)
    }

    /// The services that the program has.
    #[must_use]
    pub(crate) fn services(&self) -> &[String] {
        &self.services
    }

    /// Whether it has the service by which it is shown something.
    #[must_use]
    pub(crate) fn has_preview(&self) -> bool {
        self.services.iter().any(|name| name == preview::SERVICE)
    }

    /// The address of this machine by which the program is reached: the one under which it can
    /// reach this machine, too.
    #[must_use]
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Says something to the service `QmlPreview`.
    ///
    /// # Errors
    /// The connection is over: nothing more can be said.
    pub(crate) async fn send(
        &mut self,
        command: &preview::Command<'_>,
    ) -> Result<(), ConnectionError> {
        let packet = protocol::envelope(preview::SERVICE, &command.encode());
        self.put(&packet).await
    }

    /// Waits for what the program says next. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// The connection is over.
    pub(crate) async fn next(&mut self) -> Result<Event, ConnectionError> {
        loop {
            while let Some((service, message)) = self.pending.pop_front() {
                match service {
                    Service::Preview => {
                        return Ok(Event::Preview(preview::Event::decode(&message)?));
                    }
                    Service::Messages => {
                        if let Some(message) = messages::Message::decode(&message)? {
                            return Ok(Event::Message(message));
                        }
                    }
                }
            }
            let bytes = self.packet().await?;
            // What concerns the connection has no messages, but fields.
            if let Ok(answer) = hello::answer(&bytes) {
                self.heed(answer);
                continue;
            }
            let (service, messages) = protocol::packet(&bytes)?;
            let service = match service.as_str() {
                preview::SERVICE => Service::Preview,
                messages::SERVICE => Service::Messages,
                _ => continue,
            };
            self.pending
                .extend(messages.into_iter().map(|message| (service, message)));
        }
    }

    async fn greeted(&mut self) -> Result<(), ConnectionError> {
        let bytes = self.packet().await.map_err(|error| match error {
            _ if self.read.read_buffer().starts_with(b"HTTP") => ConnectionError::Http,
            ConnectionError::Closed if self.read.read_buffer().is_empty() => {
                ConnectionError::Rejected
            }
            ConnectionError::Closed | ConnectionError::Broken(_) | ConnectionError::TooLarge => {
                ConnectionError::NoDebugger(Broken::Unexpected)
            }
            error => error,
        })?;
        let answer = hello::answer(&bytes).map_err(ConnectionError::NoDebugger)?;
        self.heed(answer);
        Ok(())
    }

    fn heed(&mut self, answer: hello::Answer) {
        if let hello::Answer::Services(services) = answer {
            self.services = services;
        }
    }

    async fn packet(&mut self) -> Result<BytesMut, ConnectionError> {
        match self.read.next().await {
            Some(Ok(packet)) => Ok(packet),
            None => Err(ConnectionError::Closed),
            Some(Err(error)) => Err(broken(&error)),
        }
    }

    async fn put(&mut self, packet: &[u8]) -> Result<(), ConnectionError> {
        let mut framed = BytesMut::new();
        let packet = Bytes::copy_from_slice(packet);
        framing()
            .encode(packet, &mut framed)
            .map_err(|_| ConnectionError::TooLarge)?;
        match timeout(READING, self.write.write_all(&framed)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(ConnectionError::Closed),
            Err(_) => Err(ConnectionError::Stuck),
        }
    }
}

/// A packet is its length as a little-endian `quint32`, which counts itself, and the rest.
fn framing() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .little_endian()
        .length_field_type::<u32>()
        .length_adjustment(-4)
        .max_frame_length(LARGEST)
        .new_codec()
}

fn broken(error: &io::Error) -> ConnectionError {
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<LengthDelimitedCodecError>()) {
        return ConnectionError::TooLarge;
    }
    match error.kind() {
        // The length was less than the four bytes that it takes itself.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            ConnectionError::Broken(Broken::Short)
        }
        // Reset, aborted, or ended within a packet.
        _ => ConnectionError::Closed,
    }
}

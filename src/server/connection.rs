//! A connection as HTTP is spoken over it, whatever is below: TCP, TLS or a Unix socket. It keeps
//! its place among the connections for as long as it is open.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::DropGuard;
use tracing::warn;

use crate::http::{Channel, Share, Throttle};

/// An open connection.
pub(super) struct Connection {
    stream: Stream,
    channel: Channel,
    doubt: Option<Doubt>,
    _gone: DropGuard,
    _place: Share,
}

/// That a client may not trust the certificate, as long as it has asked nothing: Qt shakes hands
/// first, and leaves then without a word.
pub(super) struct Doubt {
    pub(super) since: Instant,
    pub(super) peer: Option<SocketAddr>,
    pub(super) told: Arc<Throttle>,
}

/// How soon it leaves then. A browser that has opened a connection ahead keeps it for longer.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What is below it.
pub(super) enum Stream {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Connection {
    /// A connection that has this place.
    pub(super) fn new(
        stream: Stream,
        channel: Channel,
        doubt: Option<Doubt>,
        place: Share,
    ) -> Self {
        Self {
            stream,
            doubt,
            _gone: channel.gone.clone().drop_guard(),
            channel,
            _place: place,
        }
    }

    /// What its requests have to know of it.
    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(doubt) = &self.doubt else {
            return;
        };
        if doubt.since.elapsed() < AT_ONCE && doubt.told.admits(|| {}) {
            let who = doubt.peer.map(|peer| format!(" ({})", peer.ip()));
            warn!(
                "a client{} left after the handshake of TLS: most likely it does not trust this \
                 server's certificate; what to do is said where the server started",
                who.unwrap_or_default()
            );
        }
    }
}

/// Calls a method of whatever stream there is.
macro_rules! delegate {
    ($connection:ident.$method:ident($($argument:expr),*)) => {
        match &mut $connection.stream {
            Stream::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            Stream::Tls(stream) => Pin::new(stream).$method($($argument),*),
            #[cfg(unix)]
            Stream::Unix(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let connection = self.get_mut();
        let before = buffer.filled().len();
        let read = delegate!(connection.poll_read(cx, buffer));
        if buffer.filled().len() > before {
            connection.doubt = None;
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let connection = self.get_mut();
        delegate!(connection.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let connection = self.get_mut();
        delegate!(connection.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Tcp(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let connection = self.get_mut();
        delegate!(connection.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let connection = self.get_mut();
        delegate!(connection.poll_shutdown(cx))
    }
}

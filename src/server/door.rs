//! From an accepted connection to one that HTTP is spoken over: its place among the connections,
//! the handshake of TLS, and a word to those who come without.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_http::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::connection::{Connection, Doubt, Stream};
use super::places::Places;
use super::system;
use super::tls::{self, Tls};
use crate::access::Authority;
use crate::http::{Budget, Channel, Share, Throttle};

/// How long a handshake may take. Clients begin it as soon as they are connected.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The first byte of a handshake (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// As much as is read of a request that comes without TLS.
const MOST_OF_HEAD: usize = 8 * 1024;

/// Time between two lines about clients that come without TLS, or do not trust it.
const BREATH: Duration = Duration::from_secs(10);

/// Requests of one connection at the same time. Browsers and Qt have no more than 256.
const MOST_REQUESTS: u64 = 1000;

/// What HTTP gets to see.
pub(super) type Accepted = (Connection, Protocol, Option<SocketAddr>);

/// The connection has ended before there was a request.
#[derive(Debug)]
pub(super) struct Closed;

/// What all listeners share.
pub(super) struct Door {
    places: Places,
    tls: Option<Tls>,
    told: Arc<Throttle>,
}

impl Door {
    /// With TLS, if there is any, for what is not local to this machine anyway.
    pub(super) fn new(places: Places, tls: Option<Tls>) -> Self {
        Self {
            places,
            tls,
            told: Arc::new(Throttle::new(1, BREATH)),
        }
    }

    /// The TLS of this server, if it has any.
    pub(super) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Lets in what was accepted by `listener`.
    pub(super) async fn tcp(
        &self,
        stream: TcpStream,
        listener: SocketAddr,
    ) -> Result<Accepted, Closed> {
        system::give_up_on_lost_peers(&stream);
        // An answer is written as a whole; what follows it is not to wait for a receipt.
        let _ = stream.set_nodelay(true);
        let peer = stream.peer_addr().ok();
        let place = self.places.admit(peer.map(|peer| peer.ip()));
        let place = place.ok_or_else(|| end(&stream))?;
        let (stream, protocol) = match &self.tls {
            None => (Stream::Tcp(stream), Protocol::Http1),
            Some(tls) => {
                let shaken = timeout(HANDSHAKE, self.shake_hands(tls, stream, peer)).await;
                shaken.map_err(|_| Closed)??
            }
        };
        let doubt = matches!(stream, Stream::Tls(_)).then(|| Doubt {
            since: Instant::now(),
            peer,
            told: Arc::clone(&self.told),
        });
        let connection = connection(stream, Some(listener), doubt, place);
        Ok((connection, protocol, peer))
    }

    /// Lets in what came by a Unix socket. What is in front of that ends TLS itself.
    #[cfg(unix)]
    pub(super) fn unix(&self, stream: UnixStream) -> Result<Accepted, Closed> {
        let place = self.places.admit(None).ok_or(Closed)?;
        let connection = connection(Stream::Unix(stream), None, None, place);
        Ok((connection, Protocol::Http1, None))
    }

    async fn shake_hands(
        &self,
        tls: &Tls,
        stream: TcpStream,
        peer: Option<SocketAddr>,
    ) -> Result<(Stream, Protocol), Closed> {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] == TLS_HANDSHAKE => {}
            Ok(1) => {
                self.answer_plain(stream, peer).await;
                return Err(Closed);
            }
            _ => return Err(Closed),
        }
        match tls.accept(stream).await {
            Ok(stream) => {
                let protocol = match tls::is_http2(&stream) {
                    true => Protocol::Http2,
                    false => Protocol::Http1,
                };
                Ok((Stream::Tls(Box::new(stream)), protocol))
            }
            Err(error) => {
                self.tell_of_mistrust(&error, peer);
                Err(Closed)
            }
        }
    }

    /// Says where TLS is, to a request without: nobody else would.
    async fn answer_plain(&self, mut stream: TcpStream, peer: Option<SocketAddr>) {
        if self.told.admits(|| {}) {
            let who = peer.map_or_else(String::new, |peer| format!(" ({})", peer.ip()));
            warn!("a client{who} came without TLS: the URLs of this server begin with https://");
        }
        let mut head = Vec::new();
        while !ends_head(&head) && head.len() < MOST_OF_HEAD {
            match stream.read_buf(&mut head).await {
                Ok(1..) => {}
                _ => break,
            }
        }
        let Some(answer) = plain_answer(&head) else {
            return;
        };
        if stream.write_all(answer.as_bytes()).await.is_ok() {
            // It goes; nothing more is to come.
            let _ = stream.shutdown().await;
        }
    }

    /// A client that does not trust the certificate says so; the person before it hardly ever sees
    /// that.
    fn tell_of_mistrust(&self, error: &std::io::Error, peer: Option<SocketAddr>) {
        use rustls::AlertDescription as Alert;
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
        let mistrusts = matches!(
            cause,
            Some(rustls::Error::AlertReceived(
                // The last is what a signature comes to of another CA of the same name.
                Alert::UnknownCA
                    | Alert::BadCertificate
                    | Alert::CertificateUnknown
                    | Alert::DecryptError
            ))
        );
        // Qt 5 and 6.4 leave without an alert.
        let leaves = matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        );
        let who = peer.map_or_else(String::new, |peer| format!(" ({})", peer.ip()));
        if leaves && self.told.admits(|| {}) {
            warn!(
                "a client{who} left in the handshake of TLS: most likely it does not trust this \
                 server's certificate; what to do is said where the server started"
            );
        } else if mistrusts && self.told.admits(|| {}) {
            warn!(
                "a client{who} does not trust this server's certificate; what it has to trust is \
                 said where the server started"
            );
        } else {
            debug!("no TLS with a client{who}: {error}");
        }
    }
}

fn connection(
    stream: Stream,
    listener: Option<SocketAddr>,
    doubt: Option<Doubt>,
    place: Share,
) -> Connection {
    let channel = Channel {
        secure: matches!(stream, Stream::Tls(_)),
        listener,
        requests: Budget::new(MOST_REQUESTS, MOST_REQUESTS),
        gone: CancellationToken::new(),
    };
    Connection::new(stream, channel, doubt, place)
}

/// An end before the first request is something that every client tries again after.
fn end(stream: &TcpStream) -> Closed {
    // It may be gone already.
    let _ = socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Both);
    Closed
}

fn ends_head(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|four| four == b"\r\n\r\n")
}

/// The answer to a request without TLS; none to what is no HTTP.
fn plain_answer(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let is_http = lines.next()?.contains(" HTTP/1.");
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_host = name.eq_ignore_ascii_case("host");
        is_host.then(|| value.trim().parse::<Authority>().ok())?
    });
    let url = host.map_or_else(
        || "https://".to_owned(),
        |host| format!("https://{}/", host.to_url()),
    );
    let body = format!("this server speaks TLS: its URLs begin with {url}\n");
    is_http.then(|| {
        format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
             X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_without_tls() {
        for (head, expected) in [
            (
                "GET /a HTTP/1.1\r\nHost: box:8080\r\n\r\n",
                Some("begin with https://box:8080/\n"),
            ),
            (
                "GET / HTTP/1.1\r\nhOST: \"><b>\r\n\r\n",
                Some("begin with https://\n"),
            ),
            ("GET / HTTP/1.0\r\n\r\n", Some("begin with https://\n")),
            ("EHLO box\r\n\r\n", None),
            ("", None),
        ] {
            let answer = plain_answer(head.as_bytes());
            assert_eq!(answer.is_some(), expected.is_some(), "{head}");
            if let (Some(answer), Some(expected)) = (answer, expected) {
                assert!(answer.ends_with(expected), "{answer}");
            }
        }
    }
}

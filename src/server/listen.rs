//! Sockets to listen on: the port asked for, or the first free one.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs as _};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use socket2::{Domain, Protocol, Socket, Type};
use tracing::{debug, warn};

use crate::config::{Address, Host, Port};

/// The port tried first where none is asked for: the book's.
pub(crate) const FIRST: u16 = 8080;

/// How many ports are tried.
const TRIES: u16 = 100;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// Why nothing is listened on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// Somebody else has the port.
    #[error(
        "port {0} is taken; stop the program that has it, choose another one with --port, or leave --port out to get the next free one"
    )]
    Taken(u16),
    /// A port of `[[listen]]` or of the book.
    #[error("[[listen]] address = \"{0}\": {1}")]
    More(String, MoreError),
    /// All ports tried are taken.
    #[error("the ports {FIRST} to {} are all taken; choose one with --port", FIRST + TRIES - 1)]
    AllTaken,
    /// A name that no resolver knows.
    #[error(
        "the host {0} is not known: {1}; --host takes an address of this machine, such as 0.0.0.0"
    )]
    Unknown(String, #[source] io::Error),
    /// The system keeps the port for others.
    #[error("{0}")]
    Privileged(Privileged),
    /// Anything else.
    #[error("cannot listen on {0}: {1}; --host takes an address of this machine, such as 0.0.0.0")]
    Address(SocketAddr, #[source] io::Error),
    /// A server is there already.
    #[error("a server listens on {0} already; stop it, or choose another path: --host unix:PATH")]
    SocketTaken(PathBuf),
    /// A file that nobody is to lose.
    #[error("{0} is there and is no socket; choose another path: --host unix:PATH")]
    NoSocket(PathBuf),
    /// A Unix socket for another reason.
    #[error(
        "cannot listen on {0}: {1}; --host unix:PATH takes a path in a folder that is there and may be written to, of about 100 bytes"
    )]
    Socket(PathBuf, #[source] io::Error),
    /// A socket of whoever started the server.
    #[error(
        "a socket that was handed over (LISTEN_FDS) cannot be used: {0}; ListenStream= of the .socket unit takes an address and a port, or a path"
    )]
    Handed(#[source] io::Error),
}

/// What is listened on.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    pub tcp: Vec<TcpListener>,
    #[cfg(unix)]
    pub unix: Vec<UnixListener>,
}

impl Listeners {
    pub(super) fn is_empty(&self) -> bool {
        #[cfg(unix)]
        return self.tcp.is_empty() && self.unix.is_empty();
        #[cfg(not(unix))]
        self.tcp.is_empty()
    }
}

/// A port that is denied.
#[derive(Debug, thiserror::Error)]
#[error(
    "port {0} is denied: those below 1024 are kept for the system's own services; take one from 1024 \
     on, such as {port}",
    port = if *.0 < 1000 { 8000 + *.0 } else { FIRST }
)]
pub(crate) struct Privileged(u16);

/// The ports below this one are denied to ordinary programs.
const FIRST_FREE: u16 = 1024;

/// Why a port beside the main one is not listened on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoreError {
    /// Somebody else has it.
    #[error(
        "port {0} is taken; stop the program that has it, or choose another one (--book listens on 5000 and 3000)"
    )]
    Taken(u16),
    /// This server has it.
    #[error(
        "this server listens on port {0} already, as its own port, for another [[listen]] section or for --book; choose another one"
    )]
    Own(u16),
    /// A name that no resolver knows.
    #[error("the host is not known: {0}; name an address of this machine, such as 0.0.0.0")]
    Unknown(#[source] io::Error),
    /// The system keeps it for others.
    #[error("{0}")]
    Privileged(Privileged),
    /// Anything else.
    #[error("cannot listen on {0}: {1}; name an address of this machine, such as 0.0.0.0")]
    Address(SocketAddr, #[source] io::Error),
}

/// Binds every host that is an address or a name on one common port.
pub(super) fn bind(hosts: &[Host], port: Port) -> Result<Vec<TcpListener>, ListenError> {
    let addresses = resolve(hosts)?;
    match port {
        _ if addresses.is_empty() => Ok(Vec::new()),
        Port::Given(0) => bind_any(&addresses),
        Port::Given(port) => bind_all(&addresses, port),
        Port::FirstFree => {
            for port in FIRST..FIRST + TRIES {
                match bind_all(&addresses, port) {
                    Err(ListenError::Taken(_)) => {}
                    outcome => {
                        if outcome.is_ok() && port != FIRST {
                            warn!("port {FIRST} is taken by another program: listening on {port}");
                        }
                        return outcome;
                    }
                }
            }
            Err(ListenError::AllTaken)
        }
    }
}

/// Binds a port beside the main one, where the server has those of `own`.
pub(super) fn bind_more(
    address: &Address,
    own: &[SocketAddr],
) -> Result<Vec<TcpListener>, ListenError> {
    let more = |error| ListenError::More(address.to_string(), error);
    bind(&address.hosts(), Port::Given(address.port)).map_err(|error| match error {
        ListenError::Taken(port) if own.iter().any(|own| own.port() == port) => {
            more(MoreError::Own(port))
        }
        ListenError::Taken(port) => more(MoreError::Taken(port)),
        ListenError::Unknown(_, error) => more(MoreError::Unknown(error)),
        ListenError::Privileged(denied) => more(MoreError::Privileged(denied)),
        ListenError::Address(address, error) => more(MoreError::Address(address, error)),
        error => error,
    })
}

/// Lets the system choose, until the choice is free on every address.
fn bind_any(addresses: &[IpAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let mut outcome = Err(ListenError::AllTaken);
    for _ in 0..TRIES {
        let chosen = bind_all(&addresses[..1], 0)?;
        let Some(port) = chosen
            .first()
            .and_then(|listener| listener.local_addr().ok())
            .map(|address| address.port())
        else {
            continue;
        };
        outcome = bind_all(&addresses[1..], port).map(|mut others| {
            let mut all = chosen;
            all.append(&mut others);
            all
        });
        if !matches!(outcome, Err(ListenError::Taken(_))) {
            break;
        }
    }
    outcome
}

fn bind_all(addresses: &[IpAddr], port: u16) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners = Vec::new();
    for ip in addresses {
        let address = SocketAddr::new(*ip, port);
        match listen(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err(ListenError::Taken(port));
            }
            Err(error)
                if error.kind() == io::ErrorKind::PermissionDenied
                    && (1..FIRST_FREE).contains(&port) =>
            {
                return Err(ListenError::Privileged(Privileged(port)));
            }
            // A machine without IPv6 still has a loopback.
            Err(error) if ip.is_loopback() && ip.is_ipv6() && addresses.len() > 1 => {
                debug!("not listening on {address}: {error}");
            }
            Err(error) => return Err(ListenError::Address(address, error)),
        }
    }
    Ok(listeners)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        // `::` is every IPv6 address and no IPv4 one, on every system.
        socket.set_only_v6(true)?;
    }
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn resolve(hosts: &[Host]) -> Result<Vec<IpAddr>, ListenError> {
    let mut seen = BTreeSet::new();
    let mut addresses = Vec::new();
    for host in hosts {
        let found: Vec<IpAddr> = match host {
            Host::Ip(ip) => vec![*ip],
            Host::Name(name) => (name.as_str(), 0)
                .to_socket_addrs()
                .map_err(|error| ListenError::Unknown(name.clone(), error))?
                .map(|address| address.ip())
                .collect(),
            Host::Unix(_) => continue,
        };
        addresses.extend(found.into_iter().filter(|ip| seen.insert(*ip)));
    }
    Ok(addresses)
}

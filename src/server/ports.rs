//! All that is listened on: what the configuration names, or what was handed over, and the ports
//! of `[[listen]]` and of the book.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use socket2::SockRef;
use tracing::{info, warn};

use super::StartError;
use super::activation;
use super::backend::Backend;
use super::listen::{self, ListenError, Listeners};
use super::mount::Mounts;
#[cfg(unix)]
use super::unix::{self, SocketFile};
use crate::config::{Config, Host, ListenAt, Tls};
use crate::path::TreePath;
use crate::tree::Tree;

/// What is listened on.
pub(super) struct Ports {
    pub listeners: Listeners,
    /// The hosts that were named for the main port; none where it was handed over.
    pub hosts: Vec<Host>,
    /// The addresses of the main port.
    pub main: Vec<SocketAddr>,
    /// All addresses.
    pub all: Vec<SocketAddr>,
    /// The Unix sockets.
    pub sockets: Vec<PathBuf>,
    pub mounts: Mounts,
    /// Gone when the server is.
    #[cfg(unix)]
    _files: Vec<SocketFile>,
}

impl Ports {
    /// Listens.
    pub(super) fn bind(config: &Config) -> Result<Self, StartError> {
        #[cfg(unix)]
        let mut files = Vec::new();
        let mut sockets = Vec::new();
        let handed = activation::sockets()?;
        let (mut listeners, hosts) = match handed {
            Some(handed) => {
                info!(
                    "listening on what was handed over (LISTEN_FDS), and not on --host and --port"
                );
                (handed, Vec::new())
            }
            None => {
                let hosts = config.host.value.clone();
                let tcp = listen::bind(&hosts, config.port.value)?;
                let mut listeners = Listeners {
                    tcp,
                    ..Listeners::default()
                };
                #[cfg(unix)]
                for host in &hosts {
                    if let Host::Unix(path) = host {
                        let (listener, file) = unix::bind(path)?;
                        listeners.unix.push(listener);
                        files.push(file);
                        sockets.push(path.clone());
                    }
                }
                (listeners, hosts)
            }
        };
        #[cfg(unix)]
        if hosts.is_empty() {
            let paths = listeners.unix.iter().filter_map(|listener| {
                let address = listener.local_addr().ok()?;
                address.as_pathname().map(PathBuf::from)
            });
            sockets.extend(paths);
        }
        let main = addresses(&listeners.tcp)?;
        let mut all = main.clone();
        let mounts = bind_more(config, &mut listeners, &mut all)?;
        Ok(Self {
            listeners,
            hosts,
            main,
            all,
            sockets,
            mounts,
            #[cfg(unix)]
            _files: files,
        })
    }
}

/// Where these listen. What takes both families by one socket, as systemd's do, is there twice.
fn addresses(listeners: &[TcpListener]) -> io::Result<Vec<SocketAddr>> {
    let mut addresses = Vec::new();
    for listener in listeners {
        let address = listener.local_addr()?;
        addresses.push(address);
        if address.ip() == Ipv6Addr::UNSPECIFIED && !SockRef::from(listener).only_v6()? {
            addresses.push((Ipv4Addr::UNSPECIFIED, address.port()).into());
        }
    }
    Ok(addresses)
}

/// Listens on the ports beside the main one; says what they show.
fn bind_more(
    config: &Config,
    listeners: &mut Listeners,
    own: &mut Vec<SocketAddr>,
) -> Result<Mounts, StartError> {
    let mut mounts = Mounts::default();
    let scheme = match config.tls() {
        Tls::Off => "http",
        Tls::Made | Tls::Files { .. } => "https",
    };
    let book = config.book.value.then(ListenAt::book).unwrap_or_default();
    for at in config.listen.iter().chain(&book) {
        let bound: Result<_, ListenError> = listen::bind_more(&at.address, own);
        let shown = at.mount.prefix();
        for listener in bound? {
            let address = listener.local_addr()?;
            mounts.add(address, shown);
            own.push(address);
            info!("{scheme}://{address}/ shows {shown}/");
            listeners.tcp.push(listener);
        }
    }
    Ok(mounts)
}

/// Says which ports of `[[listen]]` show what is not there.
pub(super) fn warn_of_mounts(config: &Config, tree: &Tree, backend: &Backend) {
    let mounts = config.listen.iter().map(|at| at.mount.prefix());
    for mount in mounts.filter(|mount| !mount.is_empty()) {
        let on_disk = |path: TreePath| tree.root().on_disk(&path).exists();
        let is_there = TreePath::from_url(mount).is_ok_and(on_disk) || backend.has_below(mount);
        if !is_there {
            warn!(
                "[[listen]] mount = {mount:?} leads nowhere yet: there is no such route, collection \
                 or folder"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use socket2::{Domain, Socket, Type};

    use super::*;

    #[test]
    fn a_socket_of_both_families_is_there_twice() {
        for (only_v6, expected) in [(true, &["[::]"][..]), (false, &["[::]", "0.0.0.0"])] {
            let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
            socket.set_only_v6(only_v6).unwrap();
            let any: SocketAddr = "[::]:0".parse().unwrap();
            socket.bind(&any.into()).unwrap();
            let listener = TcpListener::from(socket);
            let port = listener.local_addr().unwrap().port();
            let found = addresses(&[listener]).unwrap();
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            let expected = expected.iter().map(|host| format!("{host}:{port}"));
            assert_eq!(found, expected.collect::<Vec<_>>());
        }
    }
}

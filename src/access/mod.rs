//! Who may ask: the pass that other machines need, the Host allow-list against DNS rebinding, the Origin rule
//! against other sites' pages, and CORS. Every route goes through [`guard`].
//!
//! A Qt client sends no Origin and is never in the way of these rules; a
//! browser always says which page is asking.

mod authority;
mod guard;
mod pass;
mod passwords;
mod users;

use std::net::{IpAddr, SocketAddr};
use std::sync::{OnceLock, PoisonError, RwLock};

use url::Url;

pub(crate) use authority::{Authority, HostPattern, Origin};
pub(crate) use guard::{asked_base, asked_host, asked_socket_base, guard};
pub(crate) use pass::{Asking, Gate, Open, Pass, ask};
pub(crate) use passwords::StoredHash;
pub(crate) use users::{Users, UsersConfig, may_see, sign_in};

/// What is allowed beyond the defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessConfig {
    /// Names that the Host header may have.
    pub allowed_hosts: Vec<HostPattern>,
    /// The names of this machine, which count where others can reach it: exactly these.
    pub own_names: Vec<String>,
    /// Origins whose pages may read and write.
    pub allowed_origins: Vec<Origin>,
}

/// What says that a path is guarded.
struct Guarded(Box<dyn Fn(&str) -> bool + Send + Sync>);

impl std::fmt::Debug for Guarded {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Guarded")
    }
}

/// The rules in force. The addresses listened on are added once they are known.
#[derive(Debug)]
pub(crate) struct Access {
    config: AccessConfig,
    /// Whether this path of a URL is only for pages that are allowed.
    is_guarded: Guarded,
    listening: OnceLock<Vec<SocketAddr>>,
    /// Foreign hosts already reported, to say each once.
    reported: RwLock<Vec<String>>,
}

impl Access {
    /// The rules of `config`.
    pub(crate) fn new(config: AccessConfig) -> Self {
        Self {
            config,
            is_guarded: Guarded(Box::new(|_| false)),
            listening: OnceLock::new(),
            reported: RwLock::default(),
        }
    }

    /// With paths that pages of other sites may not even ask for, beside the
    /// server's own below `/@qmlserve/`: where a GET already changes something.
    #[must_use]
    pub(crate) fn guarding(
        self,
        is_guarded: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let is_guarded = Guarded(Box::new(is_guarded));
        Self { is_guarded, ..self }
    }

    /// Tells which addresses are listened on. Only the first call counts.
    pub(crate) fn listen_on(&self, addresses: Vec<SocketAddr>) {
        // A second call would be a bug of the wiring, and harmless.
        let _ = self.listening.set(addresses);
    }

    /// Whether requests addressed to this host are answered.
    pub(crate) fn allows_host(&self, host: &Authority) -> bool {
        let named = |pattern: &HostPattern| pattern.matches(host.name());
        if host.is_localhost() || self.config.allowed_hosts.iter().any(named) {
            return true;
        }
        // An attacker's page cannot make a browser send another address than
        // the one it connects to, so an address is as good as the socket.
        host.ip().is_some_and(|ip| self.listens_on(ip))
    }

    /// Whether `peer` addresses this machine by its own name. This machine itself has to say
    /// localhost: whoever answers for names in the network could give ours to a page of theirs, and
    /// then lead it here, where nobody is asked for a token.
    pub(crate) fn is_own_name(&self, host: &Authority, peer: Option<IpAddr>) -> bool {
        let is_far = peer.is_some_and(|peer| !peer.to_canonical().is_loopback());
        is_far && self.config.own_names.iter().any(|own| own == host.name())
    }

    /// Whether a page of `origin` may read events and write, when it asks a
    /// server that it addressed as `host`.
    pub(crate) fn allows_origin(&self, origin: &Origin, host: &Authority) -> bool {
        origin.is_localhost() || origin.is_of(host) || self.config.allowed_origins.contains(origin)
    }

    /// Whether an absolute URL leads to this server, which a client addressed
    /// as `asked`.
    pub(crate) fn is_own(&self, url: &Url, asked: &Authority) -> bool {
        let Some(target) = Authority::of_url(url) else {
            return false;
        };
        let ports = self.listening().iter().map(SocketAddr::port);
        let port_is_own = ports
            .chain([asked.port_or_default()])
            .any(|port| port == target.port_or_default());
        port_is_own && (target.name() == asked.name() || self.allows_host(&target))
    }

    /// Whether this is the first time that `host` is refused, so that it is
    /// logged once. Stops counting, and reporting, at a hundred hosts.
    fn is_first_refusal(&self, host: &str) -> bool {
        const MOST: usize = 100;
        let mut reported = self
            .reported
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let news = reported.len() < MOST && !reported.iter().any(|known| known == host);
        if news {
            reported.push(host.to_owned());
        }
        news
    }

    fn listens_on(&self, ip: IpAddr) -> bool {
        // Listening on every address, behind a NAT or in a container too, the
        // one that the client used is not among our own.
        self.listening()
            .iter()
            .any(|address| address.ip().is_unspecified() || address.ip() == ip)
    }

    fn listening(&self) -> &[SocketAddr] {
        self.listening.get().map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(listening: &str) -> Access {
        let access = Access::new(AccessConfig {
            allowed_hosts: vec![".lab.example".parse().unwrap(), "box".parse().unwrap()],
            own_names: vec!["devbox".to_owned(), "devbox.local".to_owned()],
            allowed_origins: vec!["https://design.example".parse().unwrap()],
        });
        access.listen_on(vec![listening.parse().unwrap()]);
        access
    }

    #[test]
    fn hosts() {
        for (listening, host, expected) in [
            ("127.0.0.1:8080", "localhost:8080", true),
            ("127.0.0.1:8080", "LOCALHOST", true),
            ("127.0.0.1:8080", "app.localhost:8080", true),
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("127.0.0.1:8080", "[::1]:8080", true),
            ("127.0.0.1:8080", "localhost.", true),
            ("127.0.0.1:8080", "box:1", true),
            ("127.0.0.1:8080", "a.lab.example", true),
            ("127.0.0.1:8080", "lab.example", true),
            ("127.0.0.1:8080", "evil-lab.example", false),
            ("127.0.0.1:8080", "evil.example", false),
            ("127.0.0.1:8080", "localhost.evil.example", false),
            ("127.0.0.1:8080", "192.168.1.5", false),
            ("192.168.1.5:8080", "192.168.1.5:8080", true),
            ("192.168.1.5:8080", "192.168.1.6:8080", false),
            ("0.0.0.0:8080", "192.168.1.5:9999", true),
            ("0.0.0.0:8080", "evil.example", false),
        ] {
            let authority: Authority = host.parse().unwrap();
            assert_eq!(
                access(listening).allows_host(&authority),
                expected,
                "{listening} {host}"
            );
        }
    }

    #[test]
    fn own_names_are_for_other_machines() {
        for (peer, host, expected) in [
            ("192.168.1.9", "devbox:8080", true),
            ("192.168.1.9", "DevBox.local", true),
            ("192.168.1.9", "a.devbox", false),
            ("192.168.1.9", "devbox.evil.example", false),
            ("127.0.0.1", "devbox", false),
            ("::ffff:127.0.0.1", "devbox.local", false),
        ] {
            let authority: Authority = host.parse().unwrap();
            let is_own = access("0.0.0.0:8080").is_own_name(&authority, peer.parse().ok());
            assert_eq!(is_own, expected, "{peer} {host}");
        }
    }

    #[test]
    fn origins() {
        for (origin, host, expected) in [
            ("http://localhost:5173", "localhost:8080", true),
            ("http://127.0.0.1:1", "localhost:8080", true),
            ("http://192.168.1.5:8080", "192.168.1.5:8080", true),
            ("http://192.168.1.6:8080", "192.168.1.5:8080", false),
            ("http://192.168.1.5:9090", "192.168.1.5:8080", false),
            ("http://evil.example", "localhost:8080", false),
            ("https://design.example", "localhost:8080", true),
            ("http://design.example", "localhost:8080", false),
            ("http://localhost.evil.example", "localhost", false),
            // Of a server with TLS.
            ("https://192.168.1.5:8080", "tls 192.168.1.5:8080", true),
            ("https://box", "tls box", true),
            ("https://box", "tls box:443", true),
            ("http://192.168.1.5:8080", "tls 192.168.1.5:8080", false),
            ("http://box", "tls box", false),
            ("https://box", "box", false),
        ] {
            let origin: Origin = origin.parse().unwrap();
            let secure = host.strip_prefix("tls ");
            let host: Authority = secure.unwrap_or(host).parse().unwrap();
            let host = host.over(secure.is_some());
            assert_eq!(
                access("0.0.0.0:8080").allows_origin(&origin, &host),
                expected,
                "{origin:?}"
            );
        }
        assert!("null".parse::<Origin>().is_err());
        assert!("http://user@localhost".parse::<Origin>().is_err());
    }

    #[test]
    fn own_urls() {
        let asked: Authority = "192.168.1.5:8080".parse().unwrap();
        for (url, expected) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080/dir", true),
            ("http://192.168.1.5:8080/", true),
            ("http://box:8080/", true),
            ("http://localhost:5000", false),
            ("http://example.com:8080", false),
            ("ftp://localhost:8080", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(
                access("127.0.0.1:8080").is_own(&url, &asked),
                expected,
                "{url}"
            );
        }
        let asked = "box".parse::<Authority>().unwrap().over(true);
        let url = Url::parse("https://box/dir").unwrap();
        assert!(access("127.0.0.1:8443").is_own(&url, &asked));
    }
}

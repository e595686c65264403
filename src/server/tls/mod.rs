//! TLS: which certificate this server shows, and to whom it says how that is to be trusted.
//!
//! Writes nothing but the CA that it makes for itself, once.

mod ca;
mod given;
mod made;

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::ResolvesServerCert;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::{self, Config, Host};
use crate::http::ErrorAnswer;
use ca::Ca;
pub(super) use ca::known as known_authorities;
use given::Given;
use made::Made;

/// Where the certificate of a CA of this machine is, for devices that are to trust it.
pub(super) const CA_PATH: &str = "/@qmlserve/ca.crt";

/// The protocols over it, the better one first (ALPN, RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file that was named, or that was made before.
    #[error("{} cannot be read: {source}; {}", .path.display(), .hint)]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// What to do.
        hint: &'static str,
    },
    /// A file that does not hold what it is named for.
    #[error("{} {what}; {hint}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What to do.
        hint: String,
    },
    /// The CA cannot be kept.
    #[error(
        "the CA of --tls cannot be kept in {}: {source}; make that folder writable, or name a certificate: --tls-cert FILE --tls-key FILE",
        .path.display()
    )]
    Unkept {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A certificate cannot be made.
    #[error("no certificate can be made: {0}")]
    Making(#[from] rcgen::Error),
    /// The library refuses it.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// What a listener needs to speak TLS.
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    made: Option<Arc<Made>>,
}

impl Tls {
    /// As the configuration says, for a server that listens on these addresses; `folder` is where
    /// it keeps what it keeps if this user has no folder for that.
    pub(super) fn of(
        config: &Config,
        listening: &[SocketAddr],
        folder: &Path,
    ) -> Result<Option<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let (resolver, made): (Arc<dyn ResolvesServerCert>, _) = match config.tls() {
            config::Tls::Off => return Ok(None),
            config::Tls::Files { cert, key } => {
                let given = Given::new(cert, key, Arc::clone(&provider))?;
                (Arc::new(given), None)
            }
            config::Tls::Made => {
                let ca = Ca::of_this_machine(folder)?;
                let names = names(config);
                let made = Arc::new(Made::new(ca, names, listening.to_vec(), provider.clone())?);
                (Arc::clone(&made) as _, Some(made))
            }
        };
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        server.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
        Ok(Some(Self {
            acceptor: TlsAcceptor::from(Arc::new(server)),
            made,
        }))
    }

    /// The handshake, with a certificate for the address at which the client came in.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        if let (Some(made), Ok(local)) = (&self.made, stream.local_addr()) {
            made.cover(local.ip().to_canonical());
        }
        self.acceptor.accept(stream).await
    }

    /// What a person does to have clients trust this server, if it has a CA of its own; `base` is
    /// its URL for another device.
    pub(super) fn trust(&self, base: Option<&str>) -> Vec<String> {
        let made = self.made.as_ref();
        made.map_or_else(Vec::new, |made| made.ca().trust(base))
    }

    /// The certificate of the CA that made this server's, as a file for devices.
    pub(super) fn published(&self) -> Published {
        let made = self.made.as_ref();
        Published(made.map(|made| made.ca().der()))
    }
}

/// The names that certificates are for: what is listened on by name, and what is allowed.
fn names(config: &Config) -> BTreeSet<String> {
    let mut names = BTreeSet::from(["localhost".to_owned()]);
    for host in &config.host.value {
        if let Host::Name(name) = host {
            names.insert(name.clone());
        }
    }
    for pattern in &config.allowed_hosts.value {
        let name = pattern.to_string();
        if let Some(domain) = name.strip_prefix('.') {
            names.insert(format!("*.{domain}"));
            names.insert(domain.to_owned());
        } else {
            names.insert(name);
        }
    }
    names
}

/// Whether HTTP/2 was agreed upon.
pub(super) fn is_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(PROTOCOLS[0])
}

/// The files that are not to be served, wherever they lie.
pub(super) fn own_files(config: &Config, folder: &Path) -> Vec<PathBuf> {
    match config.tls() {
        config::Tls::Off => Vec::new(),
        config::Tls::Files { key, .. } => vec![key],
        config::Tls::Made => ca::keys(folder),
    }
}

/// The certificate of the CA, if there is one of this machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Published(Option<Bytes>);

/// Adds the route.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route(CA_PATH, web::get().to(answer))
        .route(CA_PATH, web::head().to(answer));
}

async fn answer(request: HttpRequest, published: Data<Published>) -> HttpResponse {
    match &published.0 {
        Some(der) => HttpResponse::Ok()
            // What makes a phone offer to install it.
            .insert_header((header::CONTENT_TYPE, "application/x-x509-ca-cert"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(der.clone()),
        None => ErrorAnswer::new(
            StatusCode::NOT_FOUND,
            "this server has no CA of its own",
            "it has one when it is started with --tls alone",
        )
        .respond(&request),
    }
}

/// A list of addresses of this machine that a certificate is for.
fn addresses(listening: &[SocketAddr]) -> BTreeSet<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let all: Vec<IpAddr> = all.iter().map(if_addrs::Interface::ip).collect();
    let mut found = BTreeSet::new();
    for address in listening {
        let ip = address.ip().to_canonical();
        if ip.is_unspecified() {
            let family = all.iter().filter(|other| other.is_ipv4() == ip.is_ipv4());
            found.extend(family.copied());
        } else {
            found.insert(ip);
        }
    }
    found
}

//! TLS as a client speaks it that trusts one CA.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::http::connect;

/// A connection over TLS.
pub type TlsConnection = StreamOwned<ClientConnection, TcpStream>;

/// Connects, calls the server `name`, a name or an address, offers these protocols, and shakes
/// hands. The certificate has to be one of the CA in this file.
///
/// # Errors
/// The client refuses the server, or the other way round.
pub fn connect_tls(
    address: SocketAddr,
    name: &str,
    ca: &Path,
    protocols: &[&str],
) -> std::io::Result<TlsConnection> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(ca).expect("a CA");
    roots.add(ca).expect("a CA that can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = connect(address);
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}

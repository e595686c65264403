//! Whom other servers may be answered for by: the system's store; or anybody, which is said at each connection.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tracing::warn;

/// Whom a client trusts.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    /// Those of the system's store. What of it cannot be read is told, and left out.
    System,
    /// Whoever answers, which each connection says in the log: with the section of the
    /// configuration that has `insecure = true`.
    Anybody(String),
    /// Nobody, where nobody is asked over TLS.
    Nobody,
}

impl Trust {
    pub(super) fn config(self) -> ClientConfig {
        match self {
            Self::System => with(system()),
            Self::Nobody => with(RootCertStore::empty()),
            Self::Anybody(section) => {
                let provider = Arc::new(ring::default_provider());
                let mut config = with(RootCertStore::empty());
                let anybody = Arc::new(Anybody { provider, section });
                config.dangerous().set_certificate_verifier(anybody);
                // A connection that goes on with what an earlier one agreed on checks nothing.
                config.resumption = Resumption::disabled();
                config
            }
        }
    }
}

fn system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        warn!("the system's store of certificates: {error}");
    }
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        warn!(
            "the system has no certificates to trust, so that no https server is: install \
             ca-certificates, or name a file in SSL_CERT_FILE"
        );
    }
    roots
}

fn with(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    // The versions are those of the provider itself.
    let builder = match builder.with_safe_default_protocol_versions() {
        Ok(builder) => builder,
        Err(_) => {
            return ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth();
        }
    };
    builder.with_root_certificates(roots).with_no_client_auth()
}

/// Trusts every certificate, and says so.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
    section: String,
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        warn!(
            "the certificate of {} is not checked: anybody can be in between (insecure = true of {})",
            name.to_str(),
            self.section
        );
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

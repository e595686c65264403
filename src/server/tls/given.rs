//! A certificate that somebody else made, and what may be wrong with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error as RustlsError, InconsistentKeys};
use time::{Duration, OffsetDateTime};
use tracing::{info, warn};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::TlsError;
use crate::tree::file::Stat;

/// How long before its end a certificate is warned of.
const SOON: Duration = Duration::days(14);

/// The certificate in files, as they are: whoever renews it need not start the server again.
#[derive(Debug)]
pub(super) struct Given {
    cert: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    certified: Arc<CertifiedKey>,
    stats: [Option<Stat>; 2],
}

impl Given {
    /// The certificate and the key in these files.
    ///
    /// # Errors
    /// They cannot be used now.
    pub(super) fn new(
        cert: PathBuf,
        key: PathBuf,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let current = Current {
            stats: [&cert, &key].map(|path| Stat::at(path)),
            certified: Arc::new(load(&cert, &key, &provider)?),
        };
        Ok(Self {
            cert,
            key,
            provider,
            current: Mutex::new(current),
        })
    }

    /// What is shown: the newest that can be used.
    fn current(&self) -> Arc<CertifiedKey> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let stats = [&self.cert, &self.key].map(|path| Stat::at(path));
        if stats != current.stats {
            current.stats = stats;
            match load(&self.cert, &self.key, &self.provider) {
                Ok(certified) => {
                    info!("the certificate in {} is a new one", self.cert.display());
                    current.certified = Arc::new(certified);
                }
                Err(error) => warn!("{error}; until then the certificate from before is shown"),
            }
        }
        Arc::clone(&current.certified)
    }
}

impl ResolvesServerCert for Given {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Reads a certificate and its key, and checks that they can be used now.
fn load(cert: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(cert)?;
    let first = chain.first().ok_or_else(|| no_certificate(cert))?;
    check_dates(cert, first)?;
    let private = private_key(key)?;
    match CertifiedKey::from_der(chain, private, provider) {
        Ok(certified) => Ok(certified),
        Err(RustlsError::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(TlsError::Unusable {
                path: key.to_owned(),
                what: format!("is not the key of the certificate in {}", cert.display()),
                hint: "name the key that was made together with it: --tls-key FILE; in a file \
                       with a chain, the server's own certificate comes first"
                    .to_owned(),
            })
        }
        Err(error) => Err(TlsError::Unusable {
            path: key.to_owned(),
            what: format!("cannot be used as a key: {error}"),
            hint: "RSA of 2048 bits and more, ECDSA (P-256, P-384) and Ed25519 can".to_owned(),
        }),
    }
}

fn read(path: &Path, hint: &'static str) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
        hint,
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path, "--tls-cert names the file with the certificate")?;
    let found: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(&pem).collect();
    found.map_err(|error| malformed(path, &error))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let pem = read(path, "--tls-key names the file with the certificate's key")?;
    let encrypted = b"BEGIN ENCRYPTED PRIVATE KEY";
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        PemError::NoItemsFound if pem.windows(encrypted.len()).any(|at| at == encrypted) => {
            TlsError::Unusable {
                path: path.to_owned(),
                what: "has a key that asks for a password".to_owned(),
                hint: format!(
                    "take that off: openssl pkey -in {} -out key.pem",
                    path.display()
                ),
            }
        }
        PemError::NoItemsFound => TlsError::Unusable {
            path: path.to_owned(),
            what: "has no private key in it".to_owned(),
            hint: "--tls-key takes PEM, -----BEGIN PRIVATE KEY-----".to_owned(),
        },
        error => malformed(path, &error),
    })
}

fn malformed(path: &Path, error: &PemError) -> TlsError {
    TlsError::Unusable {
        path: path.to_owned(),
        what: format!("is not PEM: {error}"),
        hint: "export it again, as PEM".to_owned(),
    }
}

fn no_certificate(path: &Path) -> TlsError {
    TlsError::Unusable {
        path: path.to_owned(),
        what: "has no certificate in it".to_owned(),
        hint: format!(
            "--tls-cert takes PEM, -----BEGIN CERTIFICATE-----; of DER it is made by: openssl x509 \
             -inform der -in {} -out cert.pem",
            path.display()
        ),
    }
}

/// Refuses what no client would take today.
pub(super) fn check_dates(path: &Path, der: &CertificateDer<'_>) -> Result<(), TlsError> {
    let unusable = |what: String, hint: &str| TlsError::Unusable {
        path: path.to_owned(),
        what,
        hint: hint.to_owned(),
    };
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        let what = "has something that is no X.509 certificate".to_owned();
        return Err(unusable(what, "export it again, as PEM"));
    };
    let validity = certificate.validity();
    let (from, until) = (
        validity.not_before.to_datetime(),
        validity.not_after.to_datetime(),
    );
    let now = OffsetDateTime::now_utc();
    if until < now {
        let what = format!("has a certificate that expired on {}", until.date());
        let hint = "renew it, or leave it out: --tls alone makes one";
        return Err(unusable(what, hint));
    }
    if from > now {
        let what = format!("has a certificate that is valid from {} on", from.date());
        return Err(unusable(what, "look at this machine's clock"));
    }
    if until < now + SOON {
        warn!(
            "the certificate in {} expires on {}: renew it",
            path.display(),
            until.date()
        );
    }
    Ok(())
}

//! Certificates that are made as they are needed: for every name and address of this server, anew
//! when it is reached at another one, and long before they expire.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};
use tracing::{debug, warn};

use super::ca::Ca;
use super::{TlsError, addresses};

/// How long a certificate lasts, and when it is made anew. Apple's systems take none of more than
/// 825 days (<https://support.apple.com/en-us/103769>).
const LASTS: Duration = Duration::days(90);
const RENEWED: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);

/// The certificate that is shown, and what makes the next one.
pub(super) struct Made {
    ca: Ca,
    names: BTreeSet<String>,
    listening: Vec<SocketAddr>,
    provider: Arc<CryptoProvider>,
    current: Mutex<Current>,
}

struct Current {
    certified: Arc<CertifiedKey>,
    addresses: BTreeSet<IpAddr>,
    since: SystemTime,
}

impl Made {
    /// A certificate of `ca` for these names, and for the addresses that are listened on.
    pub(super) fn new(
        ca: Ca,
        names: BTreeSet<String>,
        listening: Vec<SocketAddr>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let addresses = addresses(&listening);
        let current = Current {
            certified: certify(&ca, &names, &addresses, &provider)?,
            addresses,
            since: SystemTime::now(),
        };
        Ok(Self {
            ca,
            names,
            listening,
            provider,
            current: Mutex::new(current),
        })
    }

    /// Whose certificates these are.
    pub(super) fn ca(&self) -> &Ca {
        &self.ca
    }

    /// Sees to it that the certificate is for this address of this machine, and no old one. A
    /// machine's addresses change while it runs.
    pub(super) fn cover(&self, address: IpAddr) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let age = current.since.elapsed().unwrap_or_default();
        if current.addresses.contains(&address) && age < RENEWED {
            return;
        }
        let mut found = addresses(&self.listening);
        found.insert(address);
        match certify(&self.ca, &self.names, &found, &self.provider) {
            Ok(certified) => {
                debug!("a new certificate was made, for {address} as well");
                *current = Current {
                    certified,
                    addresses: found,
                    since: SystemTime::now(),
                };
            }
            Err(error) => warn!("the certificate stays as it is: {error}"),
        }
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Made").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Made {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current.certified))
    }
}

fn certify(
    ca: &Ca,
    names: &BTreeSet<String>,
    addresses: &BTreeSet<IpAddr>,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let mut params = CertificateParams::default();
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + LASTS;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "qmlserve");
    params.distinguished_name = name;
    for name in names {
        params.subject_alt_names.push(match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        });
    }
    let addresses = addresses.iter().copied().map(SanType::IpAddress);
    params.subject_alt_names.extend(addresses);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca.issuer())?;
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let chain = vec![certificate.der().clone()];
    Ok(Arc::new(CertifiedKey::from_der(chain, private, provider)?))
}

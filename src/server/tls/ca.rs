//! The CA whose certificates this server shows: mkcert's, which this machine trusts already, or one
//! of its own, made once for this user and kept.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use time::{Duration, OffsetDateTime};
use tracing::{info, warn};

use super::{CA_PATH, TlsError, given};
use crate::server::user;

/// How long a CA lasts: nobody wants to install one twice on a device.
const LASTS: Duration = Duration::days(3650);

/// The files of mkcert's CA (<https://github.com/FiloSottile/mkcert>), and of our own.
const OF_MKCERT: [&str; 2] = ["rootCA.pem", "rootCA-key.pem"];
const OWN: [&str; 2] = ["ca.pem", "ca-key.pem"];

/// A CA, with what it takes to sign.
pub(super) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    file: PathBuf,
    is_mkcert: bool,
}

/// The certificates of those CAs that this machine's servers may show, as far as they are there:
/// for who asks such a server.
pub(in crate::server) fn known(fallback: &Path) -> Vec<CertificateDer<'static>> {
    let files = mkcert().map(|folder| folder.join(OF_MKCERT[0]));
    let files = files.into_iter().chain([own(fallback).join(OWN[0])]);
    let texts = files.filter_map(|file| fs::read(file).ok());
    let certificates = texts.filter_map(|text| CertificateDer::from_pem_slice(&text).ok());
    certificates.collect()
}

impl Ca {
    /// The one that this machine has, or a new one.
    pub(super) fn of_this_machine(fallback: &Path) -> Result<Self, TlsError> {
        if let Some(folder) = mkcert() {
            match Self::load(&folder, OF_MKCERT) {
                Ok(ca) => {
                    return Ok(Self {
                        is_mkcert: true,
                        ..ca
                    });
                }
                // Its key need not be here.
                Err(TlsError::Unreadable { source, .. })
                    if source.kind() == ErrorKind::NotFound => {}
                Err(error) => warn!("mkcert's CA is not used: {error}"),
            }
        }
        let folder = own(fallback);
        match Self::load(&folder, OWN) {
            Err(TlsError::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            found => return found,
        }
        let unkept = |source| TlsError::Unkept {
            path: folder.clone(),
            source,
        };
        make(&folder)?.map_err(unkept)?;
        info!("a CA was made; it is kept in {}", folder.display());
        Self::load(&folder, OWN)
    }

    fn load(folder: &Path, [cert, key]: [&str; 2]) -> Result<Self, TlsError> {
        let hint = "remove the folder that it is in, and a new CA is made";
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|source| TlsError::Unreadable { path, source, hint })
        };
        let file = folder.join(cert);
        let unusable = |what: String| TlsError::Unusable {
            path: file.clone(),
            what,
            hint: hint.to_owned(),
        };
        let pem = read(cert)?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| unusable(format!("is no certificate: {error}")))?;
        given::check_dates(&file, &certificate)?;
        let pair = KeyPair::from_pem(&read(key)?)
            .map_err(|error| unusable(format!("has no key that can be used: {error}")))?;
        let issuer = Issuer::from_ca_cert_der(&certificate, pair)
            .map_err(|error| unusable(format!("is no CA that can be used: {error}")))?;
        Ok(Self {
            issuer,
            certificate,
            file,
            is_mkcert: false,
        })
    }

    /// What signs.
    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    /// The certificate, in DER.
    pub(super) fn der(&self) -> Bytes {
        Bytes::copy_from_slice(&self.certificate)
    }

    /// What to do to have it trusted, in lines.
    pub(super) fn trust(&self, base: Option<&str>) -> Vec<String> {
        let mut lines = match self.is_mkcert {
            true => vec!["mkcert's CA; where it is not trusted yet: mkcert -install".to_owned()],
            false => vec![
                format!("this machine's own CA, {}", self.file.display()),
                format!("to trust it here (Qt): {}", command(&self.file)),
            ],
        };
        if let Some(base) = base {
            lines.push(format!(
                "on a phone or another machine: install {base}{CA_PATH}"
            ));
        }
        lines
    }
}

/// Adds a CA to those that this system trusts, and with it Qt.
fn command(file: &Path) -> String {
    let file = file.display();
    if cfg!(windows) {
        format!("certutil -user -addstore Root \"{file}\"")
    } else if cfg!(target_os = "macos") {
        format!(
            "sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain \"{file}\""
        )
    } else if Path::new("/etc/pki/ca-trust").is_dir() {
        format!("sudo trust anchor --store \"{file}\"")
    } else {
        format!(
            "sudo cp \"{file}\" /usr/local/share/ca-certificates/qmlserve.crt && sudo \
             update-ca-certificates"
        )
    }
}

/// The private keys that may be in use, for those who are not to serve them.
pub(super) fn keys(fallback: &Path) -> Vec<PathBuf> {
    let own = own(fallback).join(OWN[1]);
    let mkcert = mkcert().map(|folder| folder.join(OF_MKCERT[1]));
    mkcert.into_iter().chain([own]).collect()
}

/// Where mkcert keeps its CA.
fn mkcert() -> Option<PathBuf> {
    let named = env::var_os("CAROOT").filter(|name| !name.is_empty());
    named
        .map(PathBuf::from)
        .or_else(|| Some(user::data()?.join("mkcert")))
}

/// Where we keep ours: one for a user, since it is installed on devices, and not for a project.
fn own(fallback: &Path) -> PathBuf {
    user::folder(fallback).join("ca")
}

/// Makes a CA and puts it into a folder, all of it or nothing. One that somebody else put there
/// meanwhile stays.
fn make(folder: &Path) -> Result<io::Result<()>, TlsError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + LASTS;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "qmlserve development CA");
    // Devices list CAs by name: each of a person's machines has one.
    name.push(
        DnType::CommonName,
        format!("qmlserve on {}", machine_name()),
    );
    params.distinguished_name = name;
    let certificate = params.self_signed(&key)?;
    Ok(keep(folder, &certificate.pem(), &key.serialize_pem()))
}

/// What this machine calls itself.
fn machine_name() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let name = env::var("COMPUTERNAME").unwrap_or_default();
    match name.as_str() {
        "" => "a machine".to_owned(),
        _ => name,
    }
}

fn keep(folder: &Path, certificate: &str, key: &str) -> io::Result<()> {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent)?;
    let mut builder = tempfile::Builder::new();
    // Only this user may look into it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.prefix(".ca-").tempdir_in(parent)?;
    for (name, content) in OWN.into_iter().zip([certificate, key]) {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(made.path().join(name))?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
    }
    match fs::rename(made.path(), folder) {
        Ok(()) => {
            // It has another name now, under which it stays.
            let _ = made.keep();
            Ok(())
        }
        Err(_) if folder.join(OWN[0]).exists() => Ok(()),
        Err(error) => Err(error),
    }
}

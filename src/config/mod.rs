//! The one validated configuration: flags over the environment over the file over the defaults.
//!
//! Reads the config file and nothing else: the environment and the current directory are handed
//! in, and whether the tree is there is for the tree to find out. A key is one line of the table
//! below, a section another one and the function that reads it; a flag stands in `cmd::cli` as
//! well. The types of the values are their owners'; how they are written is in `values`, or next
//! to the section.

mod access;
mod channels;
mod collections;
mod enginio;
mod error;
mod file;
mod git;
mod hub;
mod limits;
mod mock;
mod oauth;
mod ports;
mod proxy;
mod section;
mod setting;
#[cfg(test)]
mod tests;
mod values;
mod webhooks;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use collections::Data;
pub(crate) use error::ConfigError;
pub(crate) use hub::HubAddress;
pub(crate) use ports::{Address, ListenAt};
pub(crate) use setting::{Names, Setting, Source};
pub(crate) use values::{
    ByteSize, Host, IgnorePattern, LogFormat, Port, Value, Verbosity, parse_flag,
};

use crate::access::{Asking, HostPattern, Origin, UsersConfig};
use crate::attach::{Resources, Target};
use crate::path::TreePath;
use crate::services::channel::config::RelayConfig;
use crate::services::collections::CollectionConfig;
use crate::services::enginio::config::BackendConfig;
use crate::services::git::config::GitConfig;
use crate::services::hub::config::{GatewayConfig, Limits, SocketRoute};
use crate::services::mock::config::MockConfig;
use crate::services::oauth::config::OAuthConfig;
use crate::services::proxy::config::ProxyConfig;
use crate::tree::debounce::BURST;
use crate::tree::generation::Granularity;
use file::File;
use section::Section;
use setting::{comment, config};

/// The config file that is read unless another one is named.
const DEFAULT_FILE: &str = "qmlserve.toml";

/// The config file is itself no setting of the file.
pub(crate) const CONFIG_FILE: Names = Names {
    key: "config",
    flag: "--config",
    env: &["QMLSERVE_CONFIG"],
};

config! {
    settings {
        /// The folder that holds the tree, absolute.
        dir: PathBuf, ["DIR"], ["QMLSERVE_DIR"], default_dir;

        /// The port.
        port: Port, ["--port"], ["QMLSERVE_PORT", "PORT"], |_| Port::FirstFree;

        /// The addresses to listen on, at least one.
        host: Vec<Host>, ["--host"], ["QMLSERVE_HOST"], |_| Host::loopback();

        /// Whether the server speaks TLS, with a certificate that it makes if none is named.
        tls: bool, ["--tls"], ["QMLSERVE_TLS"], |_| false;

        /// The file with the server's certificate, and with those between it and a CA.
        tls_cert: Option<PathBuf>, ["--tls-cert"], ["QMLSERVE_TLS_CERT"], |_| None;

        /// The file with the key of that certificate.
        tls_key: Option<PathBuf>, ["--tls-key"], ["QMLSERVE_TLS_KEY"], |_| None;

        /// Whom to ask for which token.
        token: Asking, ["--token"], ["QMLSERVE_TOKEN"], |_| Asking::OfOthers;

        /// The entry: the document that a client shows.
        document: TreePath, ["--document"], ["QMLSERVE_DOCUMENT"], |_| TreePath::main();

        /// The folders of the tree in which dotted modules are looked up, beside the tree itself.
        imports: Vec<TreePath>, ["--import"], ["QMLSERVE_IMPORTS"], |_| Vec::new();

        /// The folders of the tree with documents in place of what only a program has.
        stubs: Vec<TreePath>, ["--stubs"], ["QMLSERVE_STUBS"],
            |_| vec![TreePath::root().with("stubs")];

        /// What is neither watched nor served.
        ignore: Vec<IgnorePattern>, ["--ignore"], ["QMLSERVE_IGNORE"], |_| Vec::new();

        /// The programs to attach to.
        attach: Vec<Target>, ["--attach"], ["QMLSERVE_ATTACH"], |_| Vec::new();

        /// Whether programs are patched, and not shown the live client.
        in_place: bool, ["--in-place"], ["QMLSERVE_IN_PLACE"], |_| false;

        /// Which directories of the tree programs have compiled in.
        resources: Resources, ["--resources"], ["QMLSERVE_RESOURCES"], |_| Resources::default();

        /// Whether the tree is watched by polling.
        poll: bool, ["--poll"], ["QMLSERVE_POLL"], |_| false;

        /// The time between two polls.
        poll_interval: Duration, ["--poll-interval"], ["QMLSERVE_POLL_INTERVAL"],
            |_| Duration::from_millis(250);

        /// The longest time that changes are held back to be one version.
        burst: Duration, ["--burst"], ["QMLSERVE_BURST"], |_| BURST;

        /// The memory for snapshots that are no longer the newest.
        snapshots: ByteSize, ["--snapshots"], ["QMLSERVE_SNAPSHOTS"], |_| ByteSize(64 << 20);

        /// What gets a new URL at a change.
        granularity: Granularity, ["--granularity"], ["QMLSERVE_GRANULARITY"],
            |_| Granularity::Document;

        /// The names that a Host header may have beside the server's own.
        allowed_hosts: Vec<HostPattern>, ["--allowed-host"], ["QMLSERVE_ALLOWED_HOSTS"],
            |_| Vec::new();

        /// The origins whose pages may read from and write to the server beside those of localhost.
        allowed_origins: Vec<Origin>, ["--allowed-origin"], ["QMLSERVE_ALLOWED_ORIGINS"],
            |_| Vec::new();

        /// Whether the network is told of the server, where it can reach it.
        mdns: bool, ["--mdns"], ["QMLSERVE_MDNS"], |_| true;

        /// Whether the ports of the book are listened on as well.
        book: bool, ["--book"], ["QMLSERVE_BOOK"], |_| false;

        /// What joins this process's sockets with those of others.
        hub: HubAddress, ["--hub"], ["QMLSERVE_HUB"], |_| HubAddress::InProcess;

        /// Where the objects of collections are kept.
        data: Data, ["--data"], ["QMLSERVE_DATA"], |_| Data(None);

        /// The file with several collections in it.
        db: Option<PathBuf>, ["--db"], ["QMLSERVE_DB"], |_| None;

        /// Whether proxies only replay what was recorded.
        offline: bool, ["--offline"], ["QMLSERVE_OFFLINE"], |_| false;

        /// Whether pushes are taken, whatever `[git]` says.
        deploy: Option<bool>, ["--git"], ["QMLSERVE_GIT"], |_| None;

        /// How a log line is written.
        log_format: LogFormat, ["--log-format"], ["QMLSERVE_LOG_FORMAT"], |_| LogFormat::Text;

        /// How much is logged.
        verbosity: Verbosity, ["-v/-q"], ["QMLSERVE_VERBOSITY"], |_| Verbosity::Info;
    }

    sections {
        /// The declared routes of sockets, in the order in which they are tried.
        sockets: Vec<SocketRoute>, hub::sockets;

        /// The ports beside the main one.
        listen: Vec<ListenAt>, ports::listen;

        /// The declared gateways, by name.
        gateways: BTreeMap<String, GatewayConfig>, hub::gateways;

        /// The relays of the web channel.
        channels: Vec<RelayConfig>, channels::channels;

        /// The bounds of sockets.
        websockets: Limits, hub::limits;

        /// What strangers may take of what is scarce.
        limits: crate::http::Limits, limits::limits;

        /// The paths for which people sign in.
        access: Vec<UsersConfig>, access::rules;

        /// The collections that are declared.
        collections: Vec<CollectionConfig>, collections::declared;

        /// The backends of data storage.
        enginio: Vec<BackendConfig>, enginio::backends;

        /// The paths at which other servers answer.
        proxy: Vec<ProxyConfig>, proxy::proxies;

        /// The answers that are given by themselves.
        mock: Vec<MockConfig>, mock::mocks;

        /// The sign-ins at other people's services; after the proxies, which look for their names.
        oauth: Vec<OAuthConfig>, oauth::sign_ins;

        /// What pushes may bring.
        git: GitConfig, git::git;
    }
}

/// Whether and how the server speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// It does not.
    Off,
    /// With certificates that it makes itself.
    Made,
    /// With a certificate that somebody else made.
    Files {
        /// The certificate, in PEM.
        cert: PathBuf,
        /// Its key, in PEM.
        key: PathBuf,
    },
}

/// `www` where there is one, else the current directory.
fn default_dir(cwd: &Path) -> PathBuf {
    let www = cwd.join("www");
    if www.is_dir() { www } else { cwd.to_owned() }
}

impl Config {
    /// What is in force for these flags, in this environment, in this directory.
    ///
    /// # Errors
    /// The file that was named cannot be read, or something in the file or in the environment
    /// is not understood.
    pub(crate) fn load(
        flags: Flags,
        env: &dyn Fn(&str) -> Option<String>,
        cwd: &Path,
    ) -> Result<Self, ConfigError> {
        let named = match (&flags.config, CONFIG_FILE.variable(env)) {
            (Some(path), _) => Setting {
                value: path.clone(),
                source: Source::Flag(CONFIG_FILE.flag),
            },
            (None, Some((name, text))) => Setting {
                value: text.into(),
                source: Source::Env(name),
            },
            (None, None) => Setting {
                value: DEFAULT_FILE.into(),
                source: Source::Default,
            },
        };
        let path = cwd.join(&named.value);
        let file = match fs::read(&path) {
            Ok(bytes) => Some(File::new(&named.value, bytes)?),
            Err(error)
                if error.kind() == ErrorKind::NotFound && named.source == Source::Default =>
            {
                None
            }
            Err(source) => {
                return Err(ConfigError::Unreadable {
                    path: named.value,
                    named: named.source,
                    source,
                });
            }
        };
        let is_there = file.is_some();
        let file = file.unwrap_or_default();
        let folder = path.parent().unwrap_or(cwd);
        let top = Section::top(file.root()?, folder, cwd);
        Self::read(top, flags, env, is_there.then_some(named))?.checked()
    }

    /// What one value's type cannot tell.
    fn checked(self) -> Result<Self, ConfigError> {
        if self.host.value.is_empty() {
            let expected = "at least one address; without the key it is loopback".to_owned();
            return Err(ConfigError::value(self.host.source, "host", "[]", expected));
        }
        let [cert, key] = [&self.tls_cert, &self.tls_key];
        let lonely = match (&cert.value, &key.value) {
            (Some(path), None) => Some((cert, "tls_cert", path, "tls_key (--tls-key)")),
            (None, Some(path)) => Some((key, "tls_key", path, "tls_cert (--tls-cert)")),
            _ => None,
        };
        if let Some((setting, name, path, other)) = lonely {
            let given = format!("{:?}", path.display().to_string());
            let expected = format!("{other} as well: a certificate and its key go together");
            return Err(ConfigError::value(
                setting.source.clone(),
                name,
                &given,
                expected,
            ));
        }
        Ok(self)
    }

    /// Whether and how the server speaks TLS.
    pub(crate) fn tls(&self) -> Tls {
        match (&self.tls_cert.value, &self.tls_key.value) {
            // Whoever says no on the command line means the files of the config file as well.
            _ if !self.tls.value && self.tls.source != Source::Default => Tls::Off,
            (Some(cert), Some(key)) => Tls::Files {
                cert: cert.clone(),
                key: key.clone(),
            },
            _ if self.tls.value => Tls::Made,
            _ => Tls::Off,
        }
    }

    /// Whether and how pushes are taken.
    pub(crate) fn git(&self) -> GitConfig {
        GitConfig {
            enabled: self.deploy.value.unwrap_or(self.git.enabled),
            ..self.git.clone()
        }
    }

    /// What is in force and where it came from, absent sections and all, as a config file that
    /// could lie in the current directory. Secrets are masked.
    #[must_use]
    pub(crate) fn to_toml(&self) -> String {
        let file = match &self.file {
            Some(file) => {
                let path = comment(&file.value.display());
                format!("# config file: {path}  # {}\n", comment(&file.source))
            }
            None => format!("# config file: none, there is no {DEFAULT_FILE} here\n"),
        };
        file + &self.printed
    }
}

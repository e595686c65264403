//! The one validated configuration: flags over the environment over the file over the defaults.
//!
//! Reads the config file and nothing else: the environment and the current directory are handed
//! in, and whether the tree is there is for the tree to find out. A setting is declared in one
//! line below and offered as a flag in `cli`. A section of a feature (`[collections.colors]`)
//! becomes a field of its own, read from a `file::Table` next to the settings.

mod attach;
mod choice;
mod collections;
mod error;
mod file;
mod hub;
mod listen;
mod network;
mod setting;
#[cfg(test)]
mod tests;
mod value;
mod websockets;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use choice::{IgnorePattern, LogFormat, Verbosity};
pub use collections::Data;
pub use error::ConfigError;
pub use hub::HubAddress;
pub use listen::{Address, ListenAt, Mount};
pub use network::{Host, Port};
pub use setting::{Names, Setting, Source};
pub use value::{ByteSize, Value, parse_flag};
pub use websockets::WebSockets;

use crate::access::{HostPattern, Origin};
use crate::attach::{Resources, Target};
use crate::path::TreePath;
use crate::services::collections::CollectionConfig;
use crate::tree::generation::Granularity;
use file::File;
use setting::{Layers, comment, line, settings, variable};

/// The config file that is read unless another one is named.
const DEFAULT_FILE: &str = "qmlserve.toml";

/// The config file is itself no setting of the file.
pub const CONFIG_FILE: Names = Names {
    key: "config",
    flag: "--config",
    env: &["QMLSERVE_CONFIG"],
};

settings! {
    /// The folder that holds the tree, absolute.
    dir: PathBuf, "DIR", ["QMLSERVE_DIR"], default_dir;

    /// The port.
    port: Port, "--port", ["QMLSERVE_PORT", "PORT"], |_| Port::FirstFree;

    /// The addresses to listen on, at least one.
    host: Vec<Host>, "--host", ["QMLSERVE_HOST"], |_| Host::loopback();

    /// The entry: the document that a client shows.
    document: TreePath, "--document", ["QMLSERVE_DOCUMENT"], |_| TreePath::main();

    /// The folders of the tree in which dotted modules are looked up, beside the tree itself.
    imports: Vec<TreePath>, "--import", ["QMLSERVE_IMPORTS"], |_| Vec::new();

    /// What is neither watched nor served.
    ignore: Vec<IgnorePattern>, "--ignore", ["QMLSERVE_IGNORE"], |_| Vec::new();

    /// The programs to attach to.
    attach: Vec<Target>, "--attach", ["QMLSERVE_ATTACH"], |_| Vec::new();

    /// Which directories of the tree programs have compiled in.
    resources: Resources, "--resources", ["QMLSERVE_RESOURCES"], |_| Resources::default();

    /// Whether the tree is watched by polling.
    poll: bool, "--poll", ["QMLSERVE_POLL"], |_| false;

    /// The time between two polls.
    poll_interval: Duration, "--poll-interval", ["QMLSERVE_POLL_INTERVAL"],
        |_| Duration::from_millis(250);

    /// The memory for snapshots that are no longer the newest.
    snapshots: ByteSize, "--snapshots", ["QMLSERVE_SNAPSHOTS"], |_| ByteSize(64 << 20);

    /// What gets a new URL at a change.
    granularity: Granularity, "--granularity", ["QMLSERVE_GRANULARITY"],
        |_| Granularity::Document;

    /// The names that a Host header may have beside the server's own.
    allowed_hosts: Vec<HostPattern>, "--allowed-host", ["QMLSERVE_ALLOWED_HOSTS"],
        |_| Vec::new();

    /// The origins whose pages may read from and write to the server beside those of localhost.
    allowed_origins: Vec<Origin>, "--allowed-origin", ["QMLSERVE_ALLOWED_ORIGINS"],
        |_| Vec::new();

    /// Whether the ports of the book are listened on as well.
    book: bool, "--book", ["QMLSERVE_BOOK"], |_| false;

    /// What joins this process's sockets with those of others.
    hub: HubAddress, "--hub", ["QMLSERVE_HUB"], |_| HubAddress::InProcess;

    /// Where the objects of collections are kept.
    data: Data, "--data", ["QMLSERVE_DATA"], |_| Data(None);

    /// How a log line is written.
    log_format: LogFormat, "--log-format", ["QMLSERVE_LOG_FORMAT"], |_| LogFormat::Text;

    /// How much is logged.
    verbosity: Verbosity, "-v/-q", ["QMLSERVE_VERBOSITY"], |_| Verbosity::Info;
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
    pub fn load(
        flags: Flags,
        env: &dyn Fn(&str) -> Option<String>,
        cwd: &Path,
    ) -> Result<Self, ConfigError> {
        let named = match (&flags.config, variable(env, &CONFIG_FILE)) {
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
        let folder = path.parent().unwrap_or(cwd).to_owned();
        let table = file.as_ref().map(File::root).transpose()?;
        let mut layers = Layers {
            env,
            file: table.map(|table| (table, folder)),
            cwd,
        };
        let mut config = Self::pick(&mut layers, flags, file.as_ref().map(|_| named))?;
        if let Some((mut table, folder)) = layers.file {
            config.websockets = WebSockets::read(&mut table)?;
            config.collections = collections::read(&mut table, &folder)?;
            table.finish()?;
        }
        config.checked()
    }

    /// What one value's type cannot tell.
    fn checked(self) -> Result<Self, ConfigError> {
        if self.host.value.is_empty() {
            let expected = "at least one address; without the key it is loopback".to_owned();
            return Err(ConfigError::value(self.host.source, "host", "[]", expected));
        }
        Ok(self)
    }

    /// What is in force and where it came from, as a config file that could lie in `folder`.
    #[must_use]
    pub fn to_toml(&self, folder: &Path) -> String {
        let file = match &self.file {
            Some(file) => {
                let path = comment(&file.value.display());
                format!("# config file: {path}  # {}\n", comment(&file.source))
            }
            None => format!("# config file: none, there is no {DEFAULT_FILE} here\n"),
        };
        file + &self.lines(folder)
            + &self.websockets.printed
            + &collections::lines(&self.collections, folder)
    }
}

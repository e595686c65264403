//! The joint between data storage and the hub, which do not know each other: a change becomes a
//! message to sockets, and a web hook to a gateway.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;

use super::{StartError, collections_config};
use crate::config::Config;
use crate::database::Location;
use crate::services::enginio::config::{BackendConfig, EnginioConfig};
use crate::services::enginio::{Enginio, Sockets};
use crate::services::hub::Hub;

/// What the book's programs find where nothing is declared.
const BOOK: &str = "main";

/// Opens what the configuration declares, or what the book needs.
pub(super) async fn open(
    config: &Config,
    hub: &Arc<Hub>,
    stopping: &watch::Receiver<bool>,
) -> Result<Enginio, StartError> {
    let sockets: Arc<dyn Sockets> = Arc::new(ByHub(Arc::clone(hub)));
    Ok(Enginio::open(enginio_config(config), sockets, stopping).await?)
}

/// What data storage is told. It lies beside the collections, in a folder of its own.
pub(super) fn enginio_config(config: &Config) -> EnginioConfig {
    let collections = collections_config(config);
    let tree = config.dir.value.file_name().unwrap_or("tree".as_ref());
    let beside = match &collections.location {
        Location::File(file) => file.clone(),
        Location::Memory | Location::Postgres(_) => {
            collections.data.with_file_name(".qmlserve").join(tree)
        }
    };
    // Hidden, so that it is never served, be the database in the tree.
    let mut name = OsString::from(".");
    name.push(beside.file_stem().unwrap_or(tree));
    name.push(".enginio");
    let folder = beside.with_file_name(name);
    let mut backends = config.enginio.clone();
    let takes_any_id = backends.is_empty() && config.book.value;
    if takes_any_id {
        backends.push(BackendConfig {
            name: BOOK.to_owned(),
            ..BackendConfig::default()
        });
    }
    EnginioConfig {
        location: collections.location,
        folder,
        backends,
        takes_any_id,
    }
}

struct ByHub(Arc<Hub>);

impl Sockets for ByHub {
    fn reserve(&self) -> Option<(String, SystemTime)> {
        self.0.reserve_stream()
    }

    fn send(&self, id: &str, text: &str) -> bool {
        self.0.send(id, text)
    }

    fn is_there(&self, id: &str) -> bool {
        self.0.has_stream(id)
    }

    fn post(&self, gateway: &str, body: &str) {
        self.0.post_web_hook(gateway, body);
    }
}

//! Deploying by push, as the configuration has it: made ready before the folder is read, and begun
//! when there is somebody to tell of it.

use std::io;
use std::sync::{Arc, OnceLock};

use actix_web::web::Data;
use serde_json::Value;

use super::{kept_beside, tree_config};
use crate::config::Config;
use crate::live::Live;
use crate::services::git::{Deploy, Prepared, StartError};
use crate::tree::Tree;

/// Pushes that are going to be taken, if any are.
pub(super) struct Pushes {
    prepared: Option<Prepared>,
    status: Status,
}

/// What the status tells of them.
#[derive(Clone, Default)]
pub(super) struct Status(Arc<OnceLock<Arc<Deploy>>>);

impl Pushes {
    /// Makes the folder and its repository ready, before the folder is read.
    pub(super) async fn prepare(config: &Config) -> Result<Self, StartError> {
        let git = config.git();
        let dir = &config.dir.value;
        let prepared = match git.enabled {
            true => {
                let own = tree_config(config).own;
                Some(Prepared::open(&git, dir, &kept_beside(dir), &own).await?)
            }
            false => None,
        };
        Ok(Self {
            prepared,
            status: Status::default(),
        })
    }

    /// What the status is going to tell.
    pub(super) fn status(&self) -> Status {
        self.status.clone()
    }

    /// Takes pushes from now on.
    pub(super) fn start(
        self,
        config: &Config,
        tree: &Arc<Tree>,
        live: &Data<Live>,
    ) -> io::Result<Option<Arc<Deploy>>> {
        let Some(prepared) = self.prepared else {
            return Ok(None);
        };
        let tree = Arc::clone(tree);
        let deploy = Deploy::start(prepared, tree, tree_config(config), live.clone())?;
        Ok(Some(Arc::clone(self.status.0.get_or_init(|| deploy))))
    }
}

impl Status {
    /// The branch and the commit; nothing where no pushes are taken.
    pub(super) fn get(&self) -> Value {
        self.0.get().map_or(Value::Null, |deploy| deploy.status())
    }
}

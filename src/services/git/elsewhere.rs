//! Deploying by push on a system that has no way to exchange two folders in one step, such as
//! Windows: says so at the start and to who pushes. Everything else stands beside this file, for
//! all other systems.

pub(crate) mod config;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::http::ErrorAnswer;
use crate::live::Live;
use crate::tree::{Tree, TreeConfig};
use config::GitConfig;

/// Why nothing can be pushed.
#[derive(Debug, thiserror::Error)]
#[error(
    "this system cannot exchange the served folder in one step, so that nothing can be pushed to \
     it: leave out --git, and [git] of qmlserve.toml, or run qmlserve on Linux (WSL or a container \
     will do)"
)]
pub(crate) struct StartError;

/// A folder that is ready for pushes: there is none.
pub(crate) enum Prepared {}

impl Prepared {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub(crate) async fn open(
        _config: &GitConfig,
        _dir: &Path,
        _kept: &Path,
        _own: &[PathBuf],
    ) -> Result<Self, StartError> {
        Err(StartError)
    }
}

/// What takes pushes: there is none.
pub(crate) enum Deploy {}

impl Deploy {
    /// Is never come to.
    pub(crate) fn start(
        prepared: Prepared,
        _tree: Arc<Tree>,
        _tree_config: TreeConfig,
        _live: Data<Live>,
    ) -> io::Result<Arc<Self>> {
        match prepared {}
    }

    /// Is never come to.
    pub(crate) fn status(&self) -> Value {
        match *self {}
    }
}

/// Git's hooks, which nothing starts here.
pub(crate) mod hook {
    use std::io;

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn run(_hook: &str, _args: Vec<String>) -> io::Result<bool> {
        Err(io::Error::other(super::StartError))
    }
}

/// Answers whoever pushes or clones.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(refuse));
}

async fn refuse(request: HttpRequest) -> HttpResponse {
    ErrorAnswer::new(
        StatusCode::NOT_FOUND,
        "nothing can be pushed to this server",
        "its system cannot exchange the served folder in one step; serve it on Linux",
    )
    .respond(&request)
}

//! For programs that help to write programs: the Model Context Protocol
//! (<https://modelcontextprotocol.io/specification>), by which an editing agent sees what its edit
//! did, in the clients that are connected, and uses what it made. It has nothing to say of its own:
//! what it tells is known elsewhere, and what it has clients do, the page has them do, too.
//!
//! `tools` is what can be asked for, `speaker` says it in the protocol, `http` takes requests for it
//! from the network. `qmlserve mcp` (`cmd::mcp`) is a speaker, too, which asks a server for all.

mod http;
mod speaker;
mod tools;

use std::fmt;
use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};

use crate::live::Live;
use crate::page::Page;
use crate::tree::Tree;

pub(crate) use speaker::{Called, Speaker, Trouble};

/// Where requests go.
pub(crate) const PATH: &str = "/@qmlserve/mcp";

/// What the handlers of this module share.
pub(crate) struct Mcp {
    service: http::Service,
}

impl Mcp {
    /// Tools about `tree` and the clients of `live`, of which `page` knows how they are.
    pub(crate) fn new(tree: Arc<Tree>, live: Data<Live>, page: Data<Page>) -> Self {
        let here = tools::Here { tree, live, page };
        Self {
            service: http::service(Arc::new(here)),
        }
    }
}

impl fmt::Debug for Mcp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Mcp").finish_non_exhaustive()
    }
}

/// Adds the route of this module. It is a remote control: who may use it, `access` says.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.route(PATH, web::route().to(http::answer));
}

//! The page for a browser: what the tree has, what clients show and how it goes, live; and the way
//! from the page to a client. It has nothing to say of its own: what it shows is known elsewhere.

mod answer;
mod assets;
mod connect;
mod document;
mod problems;
mod state;
mod stream;
mod tree;

use std::fmt;
use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};
use serde_json::Value;
use tokio::sync::watch;

pub(crate) use assets::front;
pub(crate) use problems::ProblemState;
pub(crate) use tree::FileState;

use crate::http::{Budget, Limits, query_config};
use crate::live::Live;
use crate::tree::Tree;

/// What the handlers of this module share.
pub(crate) struct Page {
    tree: Arc<Tree>,
    live: Data<Live>,
    /// What the services have, for links.
    services: Box<dyn Fn() -> Value + Send + Sync>,
    /// The URLs under which other machines find the server, with the pass in them if it is asked
    /// whether to show that.
    addresses: Box<dyn Fn(bool) -> Vec<String> + Send + Sync>,
    /// Places for pages that look.
    places: Arc<Budget>,
    stopping: watch::Receiver<bool>,
}

impl Page {
    /// A page about `tree` and the clients of `live`.
    pub(crate) fn new(
        tree: Arc<Tree>,
        live: Data<Live>,
        limits: &Limits,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            tree,
            live,
            services: Box::new(|| Value::Null),
            addresses: Box::new(|_| Vec::new()),
            places: Budget::new(limits.streams, limits.streams_per_address),
            stopping,
        }
    }

    /// With what services say of themselves.
    #[must_use]
    pub(crate) fn with_services(
        self,
        services: impl Fn() -> Value + Send + Sync + 'static,
    ) -> Self {
        let services = Box::new(services);
        Self { services, ..self }
    }

    /// With the URLs for other machines; the argument tells whether the pass may be in them.
    #[must_use]
    pub(crate) fn with_addresses(
        self,
        addresses: impl Fn(bool) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        let addresses = Box::new(addresses);
        Self { addresses, ..self }
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Page").finish_non_exhaustive()
    }
}

/// Adds the routes of this module. Each is a remote control, or tells of one: those of other
/// origins may use none of them (`access`), and what has a client do something is a POST, of which
/// a browser always says who sends it.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .app_data(query_config())
        .route("/@qmlserve/", web::get().to(assets::index))
        .route("/@qmlserve/", web::head().to(assets::index))
        .route("/@qmlserve/page/state", web::get().to(stream::stream))
        .route("/@qmlserve/page/connect", web::get().to(connect::connect))
        .route(
            "/@qmlserve/page/document",
            web::get().to(document::document),
        )
        .route("/@qmlserve/page/picture", web::post().to(answer::picture))
        .route("/@qmlserve/page/command", web::post().to(answer::command))
        .route("/@qmlserve/page/{file}", web::get().to(assets::serve))
        .route("/@qmlserve/page/{file}", web::head().to(assets::serve));
}

//! The back end beside the documents: all services, opened together, and what the rest of the
//! server asks of them. Who adds a service, adds it here and in the table of `routes`.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::routes::{self, Claims, Owner};
use super::scarce::Scarce;
use super::{StartError, channel, claims, collections_config, pass, push, streams};
use crate::config::{Config, HubAddress};
use crate::live::Live;
use crate::path::TreePath;
use crate::services::channel::Channels;
use crate::services::collections::{self, Collections};
use crate::services::enginio::{self, Enginio};
use crate::services::hub::config::HubConfig;
use crate::services::hub::{self, Hub};
use crate::services::mock::{self, Mocks};
use crate::services::oauth::{self, SignIns};
use crate::services::proxy::{self, Proxies};
use crate::tree::Tree;

/// A section of the status: its name, and what is in it.
type Section = (&'static str, fn(&Backend) -> Value);

/// All services of a running server.
#[derive(Clone)]
pub(super) struct Backend {
    hub: Data<Arc<Hub>>,
    /// The longest message that a gateway takes, in bytes.
    message: usize,
    collections: Data<Collections>,
    enginio: Data<Enginio>,
    proxies: Data<Arc<Proxies>>,
    mocks: Data<Arc<Mocks>>,
    sign_ins: Data<Arc<SignIns>>,
    channels: Arc<Channels>,
}

impl Backend {
    /// The sections of the status.
    pub(super) const SECTIONS: &[Section] = &[
        ("sockets", |backend| backend.hub.status()),
        ("proxies", |backend| backend.proxies.status()),
        ("oauth", |backend| backend.sign_ins.status()),
        ("channels", |backend| backend.channels.status()),
        ("enginio", |backend| backend.enginio.status()),
    ];

    /// Opens what the configuration names.
    ///
    /// # Errors
    /// Something cannot be kept or read, or two want one path.
    pub(super) async fn open(
        config: &Config,
        tree: &Tree,
        scarce: &Scarce,
        stopping: &watch::Receiver<bool>,
    ) -> Result<Self, StartError> {
        let memory = &scarce.memory;
        let sign_ins = Arc::new(SignIns::open(
            &config.oauth,
            &pass::folder(&config.dir.value),
            &|name| std::env::var(name).ok(),
            Arc::clone(&scarce.sign_ins),
            stopping.clone(),
        ));
        let offline = config.offline.value;
        let bearer = |name: &str| sign_ins.bearer(name);
        let proxies = Proxies::open(&config.proxy, offline, Arc::clone(memory), &bearer)?;
        let proxies = Arc::new(proxies);
        let mocks = Arc::new(Mocks::new(config.mock.clone()));
        let in_tree = |path: &str| is_in_tree(tree, path);
        let collections = Collections::open(
            &collections_config(config),
            &in_tree,
            Arc::clone(&scarce.collections),
            stopping.clone(),
        )
        .await?;
        let bus = match &config.hub.value {
            HubAddress::InProcess => None,
            HubAddress::Nats(url) => Some(url.clone()),
        };
        let hub = HubConfig {
            sockets: config.sockets.clone(),
            gateways: config.gateways.clone(),
            limits: config.websockets.clone(),
        };
        let message = hub.limits.message;
        let hub = Hub::start(hub, bus, Arc::clone(memory), stopping.clone());
        let collections = Data::new(collections);
        let channels = channel::open(config, &hub, &collections);
        claims::check(&proxies, &mocks, &collections, &hub, &in_tree)?;
        let enginio = streams::open(config, &hub, stopping).await?;
        proxies.follow(stopping);
        push::start(config, &hub, &collections);
        actix_web::rt::spawn(collections.follow_seeds());
        Ok(Self {
            hub: Data::new(hub),
            message,
            collections,
            channels,
            enginio: Data::new(enginio),
            proxies: Data::new(proxies),
            mocks: Data::new(mocks),
            sign_ins: Data::new(sign_ins),
        })
    }

    /// Has services follow what is served, until `stopping` says true.
    pub(super) fn follow(
        &self,
        tree: &Arc<Tree>,
        live: &Data<Live>,
        stopping: &watch::Receiver<bool>,
    ) {
        self.channels
            .follow(Arc::clone(tree), live.clone(), stopping.clone());
    }

    /// Whether pages of other sites may not even ask for this path.
    pub(super) fn guards(&self, path: &str) -> bool {
        hub::is_gateway_path(path)
            || self.enginio.claims(path)
            || self.proxies.claims(path)
            || self.mocks.is_at(path)
    }

    /// Whether something answers at this path, or below it.
    pub(super) fn has_below(&self, path: &str) -> bool {
        let is_at_or_above = |known: &str| claims::is_at_or_below(known, path);
        self.hub.has_route(path)
            || self.proxies.claims(path)
            || self.proxies.paths().any(is_at_or_above)
            || self
                .collections
                .paths()
                .any(|(_, list)| is_at_or_above(&list))
    }

    /// Who answers a request, by the table of `routes`.
    pub(super) fn owner(&self, method: &str, path: &str, query: &str, is_upgrade: bool) -> Owner {
        let claims = Claims {
            gateway: &hub::is_gateway_path,
            mock: &|path| self.mocks.claims(method, path, query),
            collection: &|path| self.collections.claims(path),
            enginio: &|path| self.enginio.claims(path),
            proxy: &|path| self.proxies.claims(path),
            socket: &|path| self.hub.is_at(path),
        };
        routes::owner(path, is_upgrade, &claims)
    }

    /// Adds what answers for services.
    pub(super) fn configure(&self, config: &mut ServiceConfig) {
        let message = self.message;
        config
            .app_data(self.hub.clone())
            .app_data(self.collections.clone())
            .app_data(self.enginio.clone())
            .app_data(self.proxies.clone())
            .app_data(self.mocks.clone())
            .app_data(self.sign_ins.clone())
            .service(routes::of(Owner::Upgrade).configure(hub::upgrades))
            .service(routes::of(Owner::Hub).configure(|config| hub::routes(config, message)))
            .service(routes::of(Owner::OpenApi).configure(collections::openapi_route))
            .service(routes::of(Owner::Collection).configure(collections::routes))
            .service(routes::of(Owner::Enginio).configure(enginio::routes))
            .service(routes::of(Owner::Mock).configure(mock::routes))
            .service(routes::of(Owner::Proxy).configure(proxy::routes))
            .service(routes::of(Owner::SignIn).configure(oauth::routes));
    }

    /// What is counted, in the text format of Prometheus.
    pub(super) fn metrics(&self) -> String {
        self.hub.metrics() + &self.proxies.metrics()
    }

    /// What there is, for the page.
    pub(super) fn described(&self) -> Value {
        let collections = self.collections.paths();
        let collections = collections.map(|(name, path)| json!({"name": name, "path": path}));
        let sockets = self.hub.status();
        let enginio = self.enginio.described();
        let enginio = enginio.map(|(name, id)| json!({"name": name, "id": id}));
        json!({
            "enginio": enginio.collect::<Vec<_>>(),
            "collections": collections.collect::<Vec<_>>(),
            "sockets": sockets["routes"],
            "proxies": self.proxies.described().collect::<Vec<_>>(),
            "open_sockets": sockets["open"],
        })
    }

    /// Keeps what only memory has, before the process ends.
    pub(super) fn save(&self) {
        self.proxies.save();
    }
}

fn is_in_tree(tree: &Tree, path: &str) -> bool {
    let path = path.trim_start_matches('/');
    TreePath::parse(path).is_ok_and(|path| tree.root().on_disk(&path).exists())
}

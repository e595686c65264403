//! The only place that wires everything: from a configuration to a running
//! server.

mod banner;
mod listen;
mod mount;
mod plain;
mod push;
mod routes;
mod system;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use futures_util::future::join_all;
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::access::{Access, AccessConfig, guard};
use crate::attach::launch::{Interruption, Launch, Launched};
use crate::attach::{Attach, Board};
use crate::config::{Config, HubAddress, ListenAt, Source};
use crate::documents::{self, Documents};
use crate::live::{self, Live};
use crate::path::TreePath;
use crate::services::collections::{
    self, Collections, CollectionsConfig, CollectionsError, Location,
};
use crate::services::hub::config::HubConfig;
use crate::services::hub::{self, Hub};
use crate::tree::{ModulePlaces, Tree, TreeConfig, TreeError};

pub(crate) use listen::{FIRST as FIRST_PORT, ListenError};
use mount::Mounts;
use routes::Owner;

/// How long a connection may still finish what it is at when the server stops.
const LAST_CALL: Duration = Duration::from_millis(500);

/// How long an idle connection is kept: longer than Qt keeps it, which lets go
/// after 120 s (QNetworkAccessManager), so that it is Qt that closes and no
/// request is under way when that happens.
///
/// There is no limit for the first request. Qt opens up to six connections at
/// once and may not use the last ones for hours; the 408 that actix would send
/// on them meanwhile is taken for the answer of the request that comes at last,
/// and a `qmldir` that failed once is missing for the life of the engine
/// (measured with Qt 5.15 and 6.12).
const KEEP_ALIVE: Duration = Duration::from_secs(150);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The tree cannot be served.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The collections cannot be kept.
    #[error(transparent)]
    Collections(#[from] CollectionsError),
    /// No socket.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The program that was to be started with the server.
    #[error("{0} cannot be started: {1}")]
    Program(String, #[source] std::io::Error),
    /// The system refuses something else.
    #[error("the server cannot be started: {0}")]
    Io(#[from] std::io::Error),
}

/// Serves until the process is told to stop by SIGINT or SIGTERM, or until the program ends that
/// was to be started with it; says the exit code.
pub(crate) async fn run(config: &Config, launch: Option<Launch>) -> Result<u8, StartError> {
    system::raise_file_limit();
    let tree = Arc::new(Tree::open(&tree_config(config))?);
    let listeners = listen::bind(&config.host.value, config.port.value)?;
    let addresses = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<Result<Vec<SocketAddr>, _>>()?;
    let access = Access::new(AccessConfig {
        allowed_hosts: config.allowed_hosts.value.clone(),
        allowed_origins: config.allowed_origins.value.clone(),
    });
    let access = Data::new(access.guarding(hub::is_gateway_path));
    let mut all = addresses.clone();
    let (more, mounts) = more_listeners(config, &mut all)?;
    access.listen_on(all);
    let mounts = Data::new(mounts);
    let (stop, stopping) = watch::channel(false);
    let named = (config.document.source != Source::Default).then(|| config.document.value.clone());
    let collections = Data::new(collections(config, &tree, stopping.clone()).await?);
    let bus = match &config.hub.value {
        HubAddress::InProcess => None,
        HubAddress::Nats(url) => Some(url.clone()),
    };
    let hub = HubConfig {
        sockets: config.sockets.clone(),
        gateways: config.gateways.clone(),
        limits: config.websockets.clone(),
    };
    let largest = hub.limits.message;
    let hub = Hub::start(hub, bus, stopping.clone());
    warn_of_mounts(config, &tree, &collections, &hub);
    let pushes = push::targets(config);
    if !pushes.is_empty() {
        actix_web::rt::spawn(push::follow(
            Arc::clone(&hub),
            pushes,
            collections.subscribe(),
        ));
    }
    let sockets = Arc::clone(&hub);
    let board = Arc::new(Board::default());
    let programs = Arc::clone(&board);
    let live = Live::new(Arc::clone(&tree), named, stopping.clone())
        .with_section("sockets", move || sockets.status())
        .with_section("programs", move || programs.status());
    let live = Data::new(live);
    let attach = Attach::new(
        live.clone(),
        Arc::clone(&tree),
        config.resources.value.clone(),
        addresses.clone(),
        board,
        stopping,
    );
    let hub = Data::new(hub);
    let documents = Data::new(Documents {
        tree: Arc::clone(&tree),
        access: access.clone(),
    });
    let shown = live.clone();
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(access.clone())
            .app_data(documents.clone())
            .app_data(mounts.clone())
            .app_data(hub.clone())
            .app_data(collections.clone())
            .app_data(live.clone())
            .service(routes::of(Owner::Upgrade).configure(hub::upgrades))
            .service(routes::of(Owner::Hub).configure(|config| hub::routes(config, largest)))
            .service(routes::of(Owner::OpenApi).configure(collections::openapi_route))
            .service(routes::of(Owner::Collection).configure(collections::routes))
            .service(routes::of(Owner::Live).configure(live::routes))
            .service(routes::of(Owner::TreeOrSocket).default_service(web::to(plain::answer)))
            .default_service(web::to(documents::serve))
            .wrap(from_fn(routes::decide))
            .wrap(from_fn(guard))
            .wrap(from_fn(mount::reroot))
    })
    .disable_signals()
    .on_connect(|io, _| system::give_up_on_lost_peers(io))
    .client_request_timeout(Duration::ZERO)
    .keep_alive(KEEP_ALIVE)
    .tcp_nodelay(true)
    .shutdown_timeout(1);
    for listener in listeners.into_iter().chain(more) {
        server = server.listen(listener)?;
    }
    let server = server.run();
    let handle = server.handle();
    let mut running = actix_web::rt::spawn(server);

    // Before anybody is told that the server is there, and may stop it.
    let stop_signal = stop_signal()?;
    banner::print(
        &config.host.value,
        &addresses,
        &tree.store().newest(),
        &shown,
    )?;
    let mut launched = match launch {
        Some(launch) => {
            let name = launch.name.clone();
            let url = banner::base(&config.host.value, &addresses) + "/remote.qml";
            let launched = Launched::start(Arc::clone(&attach), launch, url);
            Some(launched.map_err(|error| StartError::Program(name, error))?)
        }
        None => None,
    };
    let targets = config.attach.value.iter();
    let programs: Vec<_> = targets
        .map(|target| match config.in_place.value {
            true => attach.patch(target.clone(), None, None),
            false => attach.follow(target.clone(), None),
        })
        .collect();

    let (code, signal) = tokio::select! {
        ended = &mut running => {
            ended.map_err(std::io::Error::other)??;
            return Ok(0);
        }
        signal = stop_signal => {
            info!("{} received: stopping", name_of(signal));
            (0, signal)
        }
        code = ended(&mut launched) => (code, Interruption::Terminate),
    };
    // Streams end by themselves; what does not is cut off.
    stop.send_replace(true);
    let end = async {
        if let Some(launched) = &mut launched {
            launched.end(signal).await;
        }
    };
    let last_call = tokio::time::timeout(LAST_CALL, handle.stop(true));
    if tokio::join!(last_call, end).0.is_err() {
        debug!("some connections are still busy: closing them");
    }
    let _ = tokio::time::timeout(LAST_CALL, join_all(programs)).await;
    Ok(code)
}

/// Waits until the program ends that was started with the server, if there is one.
async fn ended(launched: &mut Option<Launched>) -> u8 {
    match launched {
        Some(launched) => launched.ended().await,
        None => std::future::pending().await,
    }
}

fn name_of(signal: Interruption) -> &'static str {
    match signal {
        Interruption::Interrupt => "SIGINT",
        Interruption::Terminate => "SIGTERM",
    }
}

/// The listeners of the ports beside the main one, and what they show. Their
/// addresses are added to those of the server.
fn more_listeners(
    config: &Config,
    own: &mut Vec<SocketAddr>,
) -> Result<(Vec<TcpListener>, Mounts), StartError> {
    let mut mounts = Mounts::default();
    let mut listeners = Vec::new();
    let book = config.book.value.then(ListenAt::book).unwrap_or_default();
    for at in config.listen.iter().chain(&book) {
        let bound = listen::bind_more(&at.address, own)?;
        let shown = at.mount.prefix();
        for listener in bound {
            let address = listener.local_addr()?;
            mounts.add(address, shown);
            own.push(address);
            info!("http://{address}/ shows {}/", shown);
            listeners.push(listener);
        }
    }
    Ok((listeners, mounts))
}

/// Says which ports of `[[listen]]` show what is not there.
fn warn_of_mounts(config: &Config, tree: &Tree, collections: &Collections, hub: &Hub) {
    let mounts = config.listen.iter().map(|at| at.mount.prefix());
    for mount in mounts.filter(|mount| !mount.is_empty()) {
        let on_disk = |path: TreePath| tree.root().on_disk(&path).exists();
        let is_at_or_above = |path: &str| {
            let below = path.strip_prefix(mount);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_there = TreePath::from_url(mount).is_ok_and(on_disk)
            || hub.has_route(mount)
            || collections.paths().any(|(_, path)| is_at_or_above(&path));
        if !is_there {
            warn!(
                "[[listen]] mount = {mount:?} leads nowhere yet: there is no such route, collection \
                 or folder"
            );
        }
    }
}

/// The tree that a configuration describes.
pub(crate) fn tree_config(config: &Config) -> TreeConfig {
    TreeConfig {
        dir: config.dir.value.clone(),
        modules: Arc::new(ModulePlaces {
            roots: config.imports.value.clone(),
            declared: config.resources.value.modules().collect(),
            stand_ins: config.stubs.value.clone(),
        }),
        ignore: config
            .ignore
            .value
            .iter()
            .map(ToString::to_string)
            .collect(),
        own: own_files(config),
        poll: config.poll.value,
        poll_interval: config.poll_interval.value,
        burst: config.burst.value,
        granularity: config.granularity.value,
        snapshots: usize::try_from(config.snapshots.value.0).unwrap_or(usize::MAX),
    }
}

/// The config file and the database, with what SQLite keeps beside it
/// (<https://www.sqlite.org/tempfiles.html>).
fn own_files(config: &Config) -> Vec<PathBuf> {
    let mut own = Vec::new();
    if let Some(file) = &config.file {
        own.push(file.value.clone());
    }
    if let Location::File(database) = collections_config(config).location {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut file = database.clone().into_os_string();
            file.push(suffix);
            own.push(file.into());
        }
    }
    own.iter()
        .filter_map(|path| std::path::absolute(path).ok())
        .collect()
}

async fn collections(
    config: &Config,
    tree: &Tree,
    stopping: watch::Receiver<bool>,
) -> Result<Collections, CollectionsError> {
    let in_tree =
        |path: &str| TreePath::parse(path).is_ok_and(|path| tree.root().on_disk(&path).exists());
    Collections::open(&collections_config(config), &in_tree, stopping).await
}

/// What collections are told, by the server and by the command that works on their objects.
#[must_use]
pub(crate) fn collections_config(config: &Config) -> CollectionsConfig {
    CollectionsConfig::beside(
        &config.dir.value,
        config.data.value.0.clone(),
        config.collections.clone(),
    )
}

#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = Interruption>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => Interruption::Terminate,
            _ = interrupt.recv() => Interruption::Interrupt,
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = Interruption>> {
    Ok(async {
        // Without a handler the system ends the process, which is as good.
        let _ = tokio::signal::ctrl_c().await;
        Interruption::Interrupt
    })
}

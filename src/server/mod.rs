//! The only place that wires everything: from a configuration to a running
//! server.

mod accept;
mod activation;
mod alone;
mod announce;
mod backend;
mod banner;
mod channel;
mod claims;
mod connection;
mod door;
mod drain;
mod faults;
mod front;
mod health;
mod kept;
mod keys;
mod listen;
mod measure;
mod mount;
mod names;
mod pass;
mod places;
mod plain;
mod ports;
mod push;
mod pushes;
mod routes;
pub(crate) mod running;
mod scarce;
mod signals;
mod streams;
mod system;
mod tls;
#[cfg(unix)]
mod unix;
mod user;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use futures_util::future::join_all;
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::access::{Access, AccessConfig, Users, ask, guard, sign_in};
use crate::attach::launch::{Interruption, Launch, Launched};
use crate::attach::{Attach, Board, Reach};
use crate::config::{Config, Source};
use crate::database::Location;
use crate::documents::{Documents, Missing};
use crate::live::{self, Live, Streams};
use crate::mcp::{self, Mcp};
use crate::page::{self, Page};
use crate::services::collections::{CollectionsConfig, CollectionsError};
use crate::services::enginio::EnginioError;
use crate::services::git;
use crate::services::oauth;
use crate::services::proxy::RecordingError;
use crate::tree::{ModulePlaces, Tree, TreeConfig, TreeError};

pub(crate) use alone::serve_documents;
use backend::Backend;
use banner::At;
pub(crate) use claims::Clash;
use door::Door;
use health::Health;
use keys::{Key, Keys};
pub(crate) use listen::{FIRST as FIRST_PORT, ListenError};
use measure::Measure;
pub(crate) use pass::{folder as kept_beside, secret};
use places::Places;
use ports::Ports;
use pushes::Pushes;
use routes::Owner;
use scarce::Scarce;
use signals::Signals;
use tls::{Published, Tls, TlsError};

/// How long a connection may still finish what it is at when the server stops.
const LAST_CALL: Duration = Duration::from_millis(500);

/// Whether this is told to everybody, token or not.
fn is_open(path: &str) -> bool {
    path == health::PATH || path == tls::CA_PATH || oauth::is_callback(path)
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The tree cannot be served.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The collections cannot be kept.
    #[error(transparent)]
    Collections(#[from] CollectionsError),
    /// The data storage cannot be kept.
    #[error(transparent)]
    Enginio(#[from] EnginioError),
    /// Nothing can be pushed.
    #[error(transparent)]
    Git(#[from] git::StartError),
    /// What was recorded cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Two want one path.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// No socket.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The program that was to be started with the server.
    #[error("{0} cannot be started: {1}")]
    Program(String, #[source] std::io::Error),
    /// The system refuses something else.
    #[error("the server cannot be started: {0}")]
    Io(#[from] std::io::Error),
}

/// What a person wants to see at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Welcome {
    /// A browser.
    pub(crate) open: bool,
    /// The address for a device as a QR code.
    pub(crate) code: bool,
}

/// Serves until the process is told to stop by SIGINT or SIGTERM, or until the program ends that
/// was to be started with it; says the exit code.
pub(crate) async fn run(
    config: &Config,
    launch: Option<Launch>,
    welcome: Welcome,
) -> Result<u8, StartError> {
    faults::tell_in_a_line();
    system::raise_file_limit();
    let pushes = Pushes::prepare(config).await?;
    let tree = Arc::new(Tree::open(&tree_config(config))?);
    let ports = Ports::bind(config)?;
    let names = names::of_this_machine();
    let folder = pass::folder(&config.dir.value);
    let tls = Tls::of(config, &ports.all, &folder)?;
    let access = Access::new(AccessConfig {
        own_names: names.clone(),
        allowed_hosts: config.allowed_hosts.value.clone(),
        allowed_origins: config.allowed_origins.value.clone(),
    });
    let limits = &config.limits;
    let scarce = Scarce::new(limits);
    let (stop, stopping) = watch::channel(false);
    let backend = Backend::open(config, &tree, &scarce, &stopping).await?;
    let guarded = backend.clone();
    let access = Data::new(access.guarding(move |path| guarded.guards(path)));
    let gate = pass::gate(&config.token.value, &ports.all, &folder, is_open)?;
    let gate = Data::new(gate);
    let users = Data::new(Users::new(config.access.clone(), is_open));
    access.listen_on(ports.all);
    let mounts = Data::new(ports.mounts);
    let named = (config.document.source != Source::Default).then(|| config.document.value.clone());
    let places = Places::new(limits, Arc::clone(&scarce.connections));
    kept::keep_out_of_versions(&folder);
    ports::warn_of_mounts(config, &tree, &backend);
    let board = Arc::new(Board::default());
    let programs = Arc::clone(&board);
    let held = scarce.clone();
    let published = Data::new(tls.as_ref().map_or_else(Published::default, Tls::published));
    let secure = tls.is_some();
    let door = Arc::new(Door::new(places, tls));
    let live = Live::new(
        Arc::clone(&tree),
        named,
        Streams {
            clients: Arc::clone(&scarce.clients),
            log: Arc::clone(&scarce.log),
        },
        gate.clone(),
        stopping.clone(),
    )
    .with_section("programs", move || programs.status())
    .with_section("limits", move || held.status());
    let live = Backend::SECTIONS.iter().fold(live, |live, (name, state)| {
        let backend = backend.clone();
        live.with_section(name, move || state(&backend))
    });
    let measure = Data::new(Measure {
        memory: Arc::clone(&scarce.memory),
        body: limits.body,
    });
    let scarce = Data::new(scarce);
    let health = Data::new(Health::new(stopping.clone()));
    let pushed = pushes.status();
    let live = Data::new(live.with_section("git", move || pushed.get()));
    let pushes = Data::new(pushes.start(config, &tree, &live)?);
    backend.follow(&tree, &live, &stopping);
    let described = backend.clone();
    let page = Page::new(Arc::clone(&tree), live.clone(), limits, stopping.clone())
        .with_services(move || described.described())
        .with_addresses(front::addresses(ports.main.clone(), gate.clone(), secure));
    let page = Data::new(page);
    let mcp = Data::new(Mcp::new(Arc::clone(&tree), live.clone(), page.clone()));
    let attach = Attach::new(
        live.clone(),
        Arc::clone(&tree),
        config.resources.value.clone(),
        Reach {
            addresses: ports.main.clone(),
            gate: gate.clone(),
            secure,
        },
        board,
        stopping.clone(),
    );
    let documents = Data::new(Documents {
        tree: Arc::clone(&tree),
        access: access.clone(),
        missing: Missing::default(),
    });
    let answering = Data::new(backend.clone());
    let shown = live.clone();
    let doors = gate.clone();
    let app = move || {
        App::new()
            .app_data(access.clone())
            .app_data(doors.clone())
            .app_data(users.clone())
            .app_data(documents.clone())
            .app_data(mounts.clone())
            .app_data(answering.clone())
            .app_data(live.clone())
            .app_data(page.clone())
            .app_data(pushes.clone())
            .app_data(mcp.clone())
            .app_data(health.clone())
            .app_data(measure.clone())
            .app_data(published.clone())
            .app_data(scarce.clone())
            .service(routes::of(Owner::Metrics).configure(scarce::routes))
            .service(routes::of(Owner::Ca).configure(tls::routes))
            .service(routes::of(Owner::Health).configure(health::routes))
            .configure(|config| answering.configure(config))
            .service(routes::of(Owner::Live).configure(live::routes))
            .service(routes::of(Owner::Page).configure(page::routes))
            .service(routes::of(Owner::Mcp).configure(mcp::routes))
            .service(routes::of(Owner::Git).configure(git::routes))
            .service(routes::of(Owner::TreeOrSocket).default_service(web::to(plain::answer)))
            .default_service(web::to(front::answer))
            .wrap(from_fn(measure::measure))
            .wrap(from_fn(routes::decide))
            .wrap(from_fn(sign_in))
            .wrap(from_fn(guard))
            .wrap(from_fn(mount::reroot))
            .wrap(from_fn(ask))
            .wrap(from_fn(drain::drain))
    };
    let server = accept::serve(ports.listeners, Arc::clone(&door), &stopping, app)?;
    let handle = server.handle();
    let mut running = actix_web::rt::spawn(server);

    // Before anybody is told that the server is there, and may stop it.
    let mut signals = Signals::listen()?;
    let mut keys = Keys::listen();
    let at = At {
        dir: &config.dir.value,
        hosts: &ports.hosts,
        addresses: &ports.main,
        sockets: &ports.sockets,
        names: &names,
        gate: &gate,
        tls: door.tls(),
        has_keys: keys.is_some(),
    };
    let _announced = running::announce(&config.dir.value, &at.base(), &folder);
    banner::print(&at, &tree.store().newest(), &shown)?;
    if config.git().enabled {
        banner::print_push(&at, &config.git.branch)?;
    }
    if welcome.code {
        banner::print_code(&at)?;
    }
    if welcome.open {
        open_browser(&at);
    }
    actix_web::rt::spawn(live::faults::follow(shown.clone()));
    let announcement = match config.mdns.value {
        true => announce::announce(&at, &shown.entry(&tree.store().newest())),
        false => None,
    };
    let mut launched = match launch {
        Some(launch) => {
            let name = launch.name.clone();
            let url = at.base() + "/remote.qml";
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
        signal = signals.next() => {
            info!("{} received: stopping", signals::name_of(signal));
            (0, signal)
        }
        code = ended(&mut launched) => (code, Interruption::Terminate),
        () = serve_keys(&mut keys, &at, &tree) => (0, Interruption::Interrupt),
    };
    // The terminal is the person's again.
    drop(keys);
    // Meanwhile: it takes a moment.
    let farewell = web::block(move || drop(announcement));
    // Streams end by themselves; what does not is cut off.
    stop.send_replace(true);
    let end = async {
        if let Some(launched) = &mut launched {
            launched.end(signal).await;
        }
    };
    let stopped = async {
        let last_call = tokio::time::timeout(LAST_CALL, handle.stop(true));
        if tokio::join!(last_call, end).0.is_err() {
            debug!("some connections are still busy: closing them");
        }
        let _ = tokio::time::timeout(LAST_CALL, join_all(programs)).await;
        let _ = farewell.await;
    };
    tokio::select! {
        () = stopped => {}
        _ = signals.next() => info!("a second signal: ending at once"),
    }
    backend.save();
    Ok(code)
}

/// Does what keys ask for, until one asks for the end.
async fn serve_keys(keys: &mut Option<Keys>, at: &At<'_>, tree: &Arc<Tree>) {
    let Some(keys) = keys else {
        return std::future::pending().await;
    };
    loop {
        // What cannot be printed on a terminal that is gone is no reason to stop.
        let _ = match keys.next().await {
            Key::Quit => return,
            Key::Help => banner::say(&format!("  {}\n", keys::HELP)),
            Key::Code => banner::print_code(at),
            Key::Open => {
                open_browser(at);
                Ok(())
            }
            Key::Reload => {
                let tree = Arc::clone(tree);
                let renewed = web::block(move || tree.store().renew_all()).await;
                info!("everything is loaded anew, everywhere");
                renewed.map_err(std::io::Error::other)
            }
        };
    }
}

fn open_browser(at: &At<'_>) {
    let url = at.base() + "/";
    if let Err(error) = open::that_detached(&url) {
        warn!("no browser can be opened ({error}); the address is {url}");
    }
}

/// Waits until the program ends that was started with the server, if there is one.
async fn ended(launched: &mut Option<Launched>) -> u8 {
    match launched {
        Some(launched) => launched.ended().await,
        None => std::future::pending().await,
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

/// The config file, private keys, objects of collections, and the database with what SQLite keeps beside it
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
    own.extend(config.db.value.clone());
    own.extend(config.proxy.iter().map(|proxy| proxy.recording.clone()));
    own.extend(tls::own_files(config, &pass::folder(&config.dir.value)));
    own.iter()
        .filter_map(|path| std::path::absolute(path).ok())
        .collect()
}

/// What collections are told, by the server and by the command that works on their objects.
#[must_use]
pub(crate) fn collections_config(config: &Config) -> CollectionsConfig {
    let beside = CollectionsConfig::beside(
        &config.dir.value,
        config.data.value.0.clone(),
        config.collections.clone(),
    );
    CollectionsConfig {
        db: config.db.value.clone(),
        ..beside
    }
}

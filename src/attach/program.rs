//! One program: found, greeted, shown the live client, answered and heard, for as long as the
//! server runs. The connection ends with the server; the program goes on.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};

use super::connection::{Connection, ConnectionError, Event};
use super::protocol::preview::{self, Command};
use super::target::Target;
use super::{Attach, State, reach};
use crate::path::TreePath;
use crate::tree::root::{Found, Root};

/// Time between two attempts to find a program that is not there: it is started any moment.
const RETRY: Duration = Duration::from_millis(200);

/// The same where somebody is there who is no program, or it failed.
const LONG_RETRY: Duration = Duration::from_secs(2);

/// How long a program may go without an engine before a person is told.
const NO_ENGINE_YET: Duration = Duration::from_secs(10);

/// The largest file that is given to a program over its debug port.
const LARGEST_FILE: u64 = 15 << 20;

/// What a program needs so that it can be attached to.
pub const ARGUMENT: &str = "-qmljsdebugger=port:PORT,block,services:QmlPreview,DebugMessages";

/// A program that is followed.
pub struct Program {
    attach: Arc<Attach>,
    target: Target,
    name: String,
    /// What a person was told last, so that it is not told again and again.
    told: String,
}

/// What is loaded into a program, and how that went so far.
struct Loading {
    url: String,
    /// When to load it (again).
    due: Option<Instant>,
    /// Since when the program has had no engine.
    without_engine: Option<Instant>,
    failures: u32,
}

impl Program {
    /// A program, called `name` where it logs something.
    pub fn new(attach: Arc<Attach>, target: Target, name: String) -> Self {
        Self {
            attach,
            target,
            name,
            told: String::new(),
        }
    }

    /// Follows it until the server stops.
    pub async fn follow(mut self) {
        let mut stopping = self.attach.stopping.clone();
        tokio::select! {
            () = self.run() => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    async fn run(&mut self) {
        loop {
            self.set(State::Waiting);
            let pause = match Connection::open(&self.target.host, self.target.port).await {
                Ok(connection) => {
                    self.told.clear();
                    self.attached(connection).await
                }
                Err(error) => self.not_there(&error),
            };
            sleep(pause).await;
        }
    }

    /// Says why there is no connection, and how long to wait for the next attempt.
    fn not_there(&mut self, error: &ConnectionError) -> Duration {
        let address = self.target.address();
        match error {
            ConnectionError::Unreachable(error)
                if error.kind() == std::io::ErrorKind::ConnectionRefused =>
            {
                let argument = ARGUMENT.replace("PORT", &self.target.port.to_string());
                self.tell(
                    false,
                    format!("waiting for a program at {address}: start it with {argument}"),
                );
                RETRY
            }
            ConnectionError::Unreachable(error) => {
                self.tell(
                    true,
                    format!("no way to {address} ({error}): check the address of --attach; this goes on trying"),
                );
                LONG_RETRY
            }
            error => {
                self.set(State::Failed);
                self.tell(true, format!("cannot attach to {address}: {error}"));
                LONG_RETRY
            }
        }
    }

    /// Speaks with the program until the connection ends; says how long to wait then.
    async fn attached(&mut self, mut connection: Connection) -> Duration {
        let address = self.target.address();
        let mut loading = None;
        if !connection.has_preview() {
            self.set(State::Failed);
            self.no_preview(connection.services());
        } else {
            loading = self.loading(&connection);
        }
        if loading.is_some() {
            self.set(State::Attached);
            info!("attached to {}", self.who());
        }
        let error = match self.converse(&mut connection, loading.as_mut()).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        match error {
            ConnectionError::Closed => {
                info!("{} ended: waiting for it to come back", self.who());
                RETRY
            }
            error => {
                warn!("{address}: {error}; the connection is given up, and tried again");
                LONG_RETRY
            }
        }
    }

    async fn converse(
        &mut self,
        connection: &mut Connection,
        mut loading: Option<&mut Loading>,
    ) -> Result<std::convert::Infallible, ConnectionError> {
        loop {
            let due = loading.as_ref().and_then(|loading| loading.due);
            let event = tokio::select! {
                event = connection.next() => event?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if let Some(loading) = &mut loading {
                        loading.due = None;
                        connection.send(&Command::Load(&loading.url)).await?;
                    }
                    continue;
                }
            };
            match event {
                Event::Message(message) => self.attach.live.logged(
                    &self.name,
                    message.level,
                    &message.text,
                    &message.file,
                    message.line,
                ),
                Event::Preview(preview::Event::Request(path)) => {
                    answer(&self.attach, connection, &path).await?;
                }
                Event::Preview(preview::Event::Error(text)) => {
                    if let Some(loading) = &mut loading {
                        self.load_failed(loading, &text);
                    }
                }
                Event::Preview(_) => {}
            }
        }
    }

    /// What to load into the program, if it can reach this server.
    fn loading(&mut self, connection: &Connection) -> Option<Loading> {
        let local = connection.local().ip();
        let Some(server) = reach::way_back(&self.attach.addresses, local) else {
            self.set(State::Failed);
            self.tell(
                true,
                format!(
                    "{} cannot reach this server, which listens on loopback only: start it with --host {local}, or --host 0.0.0.0",
                    self.who()
                ),
            );
            return None;
        };
        let document = self.target.document.as_ref();
        let document = document.unwrap_or(self.attach.live.entry());
        Some(Loading {
            url: format!(
                "http://{server}/@qmlserve/live.qml?document={}&attached=1",
                document.to_url().replace('+', "%2B").replace('&', "%26")
            ),
            due: Some(Instant::now()),
            without_engine: None,
            failures: 0,
        })
    }

    /// The texts are those of QQmlPreviewHandler, which are not translated.
    fn load_failed(&mut self, loading: &mut Loading, text: &str) {
        let now = Instant::now();
        if text.starts_with("No QML engines") {
            // It is attached before the program has made one.
            let since = *loading.without_engine.get_or_insert(now);
            if now.duration_since(since) > NO_ENGINE_YET {
                self.tell(
                    false,
                    format!(
                        "{} has no QQmlEngine yet: its interface is shown as soon as it has one",
                        self.who()
                    ),
                );
            }
            loading.due = Some(now + RETRY);
            return;
        }
        if text.contains("QML engines available") {
            self.set(State::Failed);
            self.tell(
                true,
                format!(
                    "{} has several QML engines, and Qt's preview service does not choose between them: put LiveLoader into the one that is to be live (README, \"In your own application\")",
                    self.who()
                ),
            );
            return;
        }
        if text.contains("neither a QWindow nor a QQuickItem") {
            return;
        }
        loading.failures += 1;
        self.tell(
            true,
            format!(
                "{} could not show {}: {}",
                self.who(),
                loading.url,
                text.trim().replace('\n', "; ")
            ),
        );
        // The engine remembers what failed by its URL; a user name, which no server gets to see,
        // makes it another one.
        let host = loading.url.split("//").nth(1).unwrap_or_default();
        let host = host
            .split_once('@')
            .filter(|(user, _)| user.starts_with("try"));
        let host = host.map_or_else(
            || loading.url.trim_start_matches("http://").to_owned(),
            |(_, host)| host.to_owned(),
        );
        loading.url = format!("http://try{}@{host}", loading.failures);
        loading.due = Some(now + LONG_RETRY * loading.failures.min(5));
    }

    fn no_preview(&mut self, services: &[String]) {
        let argument = ARGUMENT.replace("PORT", &self.target.port.to_string());
        let has = if services.is_empty() {
            "none".to_owned()
        } else {
            services.join(", ")
        };
        self.tell(
            true,
            format!(
                "{} does not offer the service QmlPreview (it offers {has}): start it with {argument}, and have Qt's plug-ins for it installed (Debian: qt6-qmltooling-plugins, or qt5-qmltooling-plugins for Qt 5)",
                self.who()
            ),
        );
    }

    fn tell(&mut self, is_bad: bool, text: String) {
        if text == self.told {
            return;
        }
        if is_bad {
            warn!("{text}");
        } else {
            info!("{text}");
        }
        self.told = text;
    }

    fn set(&self, state: State) {
        self.attach.set(&self.target, &self.name, state);
    }

    /// Its name, with the address where that is not its name.
    fn who(&self) -> String {
        let address = self.target.address();
        if self.name == address {
            return format!("the program at {address}");
        }
        format!("{} ({address})", self.name)
    }
}

/// Gives the program what the tree has for a path, or says that it has nothing. The program
/// waits.
pub async fn answer(
    attach: &Attach,
    connection: &mut Connection,
    path: &str,
) -> Result<(), ConnectionError> {
    let contents = match attach.resources.find(path) {
        Some(found) => read(attach, found).await,
        None => None,
    };
    match &contents {
        Some(contents) => {
            debug!("{path} is taken from the tree");
            connection.send(&Command::File { path, contents }).await
        }
        None => connection.send(&Command::Error(path)).await,
    }
}

async fn read(attach: &Attach, path: TreePath) -> Option<Vec<u8>> {
    let snapshot = attach.tree.store().newest();
    let file = snapshot.file(&path)?;
    if let Some(bytes) = file.bytes() {
        return Some(bytes.to_vec());
    }
    let tree = Arc::clone(&attach.tree);
    let read = move || from_disk(tree.root(), &path);
    actix_web::web::block(read).await.ok()?
}

/// An asset, as it is on disk now; `None` if the tree has no such file, or a huge one.
fn from_disk(root: &Root, path: &TreePath) -> Option<Vec<u8>> {
    let Ok(Found::File(open)) = root.open_path(path) else {
        return None;
    };
    let mut contents = Vec::new();
    let read = open.file.take(LARGEST_FILE + 1).read_to_end(&mut contents);
    let len = read.ok().and_then(|len| u64::try_from(len).ok())?;
    (len <= LARGEST_FILE).then_some(contents)
}

//! One program: found, greeted, shown the live client, answered and heard, for as long as the
//! server runs. The connection ends with the server; the program goes on.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tracing::{info, warn};

use super::connection::{Connection, ConnectionError, Event};
use super::files::answer;
use super::protocol::preview::{self, Command};
use super::target::Target;
use super::{Attach, State, leave, window};
use crate::live::console::printable;

/// Time between two attempts to find a program that is not there: it is started any moment.
const RETRY: Duration = Duration::from_millis(200);

/// The same where somebody is there who is no program, or it failed.
const LONG_RETRY: Duration = Duration::from_secs(2);

/// How long a program may go without an engine before a person is told.
const NO_ENGINE_YET: Duration = Duration::from_secs(10);

/// What a program needs so that it can be attached to.
pub(super) const ARGUMENT: &str =
    "-qmljsdebugger=port:PORT,block,services:QmlPreview,DebugMessages";

/// A program that is followed.
pub(super) struct Program {
    attach: Arc<Attach>,
    target: Target,
    name: String,
    /// Whether this server started it, and knows when it begins and ends.
    is_launched: bool,
    /// What a person was told last, so that it is not told again and again.
    told: String,
}

/// What is loaded into a program, and how that went so far.
struct Loading {
    /// The server, as the program reaches it, and the parameters for the client.
    scheme: &'static str,
    server: String,
    query: String,
    /// Whether the client brings a window of its own.
    own_window: bool,
    /// When to load it (again).
    due: Option<Instant>,
    /// Since when the program has had no engine.
    without_engine: Option<Instant>,
    failures: u32,
}

impl Loading {
    /// The engine remembers what failed by its URL; a user name, which no server gets to see,
    /// makes it another one.
    fn url(&self) -> String {
        let user = match self.failures {
            0 => String::new(),
            failures => format!("try{failures}@"),
        };
        let client = if self.own_window {
            "window.qml"
        } else {
            "live.qml"
        };
        format!(
            "{}{user}{}/@qmlserve/{client}?{}",
            self.scheme, self.server, self.query
        )
    }
}

impl Program {
    /// A program, called `name` where it logs something, if it was started by this server, which
    /// then knows itself when it begins and ends.
    pub(super) fn new(attach: Arc<Attach>, target: Target, name: Option<String>) -> Self {
        Self {
            attach,
            is_launched: name.is_some(),
            name: name.unwrap_or_else(|| target.address()),
            target,
            told: String::new(),
        }
    }

    /// Follows it until the server stops.
    pub(super) async fn follow(mut self) {
        self.set(State::Waiting);
        loop {
            let opening = Connection::open(&self.target.host, self.target.port);
            let pause = tokio::select! {
                opened = opening => match opened {
                    Ok(connection) => self.attached(connection).await,
                    Err(error) => Some(self.not_there(&error)),
                },
                () = self.attach.stopped() => None,
            };
            let Some(pause) = pause else {
                return;
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.attach.stopped() => return,
            }
        }
    }

    /// Says why there is no connection, and how long to wait for the next attempt.
    fn not_there(&mut self, error: &ConnectionError) -> Duration {
        let address = self.target.address();
        match error {
            ConnectionError::Unreachable(error)
                if error.kind() == std::io::ErrorKind::ConnectionRefused =>
            {
                self.set(State::Waiting);
                if !self.is_launched {
                    self.tell(false, self.waiting());
                }
                RETRY
            }
            ConnectionError::Unreachable(error) => {
                self.set(State::Waiting);
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

    /// Speaks with the program until the connection ends; says how long to wait then, or nothing
    /// if the server stops.
    async fn attached(&mut self, mut connection: Connection) -> Option<Duration> {
        self.told.clear();
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
        match self.converse(&mut connection, loading.as_mut()).await {
            Ok(()) => {
                leave::take(&self.attach, &mut connection, &self.name).await;
                None
            }
            Err(ConnectionError::Closed) => {
                self.set(State::Waiting);
                self.told = self.waiting();
                if !self.is_launched {
                    info!("{} ended: waiting for it to come back", self.who());
                }
                Some(RETRY)
            }
            Err(error) => {
                warn!("{address}: {error}; the connection is given up, and tried again");
                Some(LONG_RETRY)
            }
        }
    }

    /// Speaks with the program until the server stops.
    async fn converse(
        &mut self,
        connection: &mut Connection,
        mut loading: Option<&mut Loading>,
    ) -> Result<(), ConnectionError> {
        loop {
            let due = loading.as_ref().and_then(|loading| loading.due);
            let event = tokio::select! {
                event = connection.next() => event?,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if let Some(loading) = &mut loading {
                        loading.due = None;
                        connection.send(&Command::Load(&loading.url())).await?;
                    }
                    continue;
                }
                () = self.attach.stopped() => return Ok(()),
            };
            self.heed(connection, loading.as_deref_mut(), event).await?;
        }
    }

    async fn heed(
        &mut self,
        connection: &mut Connection,
        loading: Option<&mut Loading>,
        event: Event,
    ) -> Result<(), ConnectionError> {
        match (event, loading) {
            (Event::Message(message), _) => self.attach.logged(&self.name, &message),
            (Event::Preview(preview::Event::Request(path)), _) => {
                answer(&self.attach, connection, &path).await?;
            }
            (Event::Preview(preview::Event::Error(text)), Some(loading)) => {
                self.load_failed(loading, &text);
            }
            (Event::Preview(_), _) => {}
        }
        Ok(())
    }

    /// What to load into the program, if it can reach this server.
    fn loading(&mut self, connection: &Connection) -> Option<Loading> {
        let local = connection.local().ip();
        let Some((scheme, server)) = self.attach.reach.base(local) else {
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
        let newest = self.attach.tree.store().newest();
        let document = self.target.document.clone();
        let document = document.unwrap_or_else(|| self.attach.live.entry(&newest));
        // Qt's preview service shows an Item in the program's own window, if that has only one,
        // and a Window instead of all others.
        let own_window = window::is_window(&newest, &document);
        let document = document.to_url().replace('+', "%2B").replace('&', "%26");
        Some(Loading {
            scheme,
            server,
            query: format!("document={document}&attached=1"),
            own_window,
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
        if text.contains("Multiple QQuickWindows") && !loading.own_window {
            loading.own_window = true;
            loading.due = Some(now);
            return;
        }
        loading.failures += 1;
        self.tell(
            true,
            format!(
                "{} could not show {}: {}",
                self.who(),
                loading.url(),
                printable(text)
            ),
        );
        loading.due = Some(now + LONG_RETRY * loading.failures.min(5));
    }

    fn no_preview(&mut self, services: &[String]) {
        let argument = self.argument();
        let has = if services.is_empty() {
            "none".to_owned()
        } else {
            printable(&services.join(", "))
        };
        self.tell(
            true,
            format!(
                "{} does not offer the service QmlPreview (it offers {has}): start it with {argument}, and have Qt's plug-ins for it installed (Debian: qt6-qmltooling-plugins, or qt5-qmltooling-plugins for Qt 5)",
                self.who()
            ),
        );
    }

    fn waiting(&self) -> String {
        format!(
            "waiting for a program at {}: start it with {}",
            self.target.address(),
            self.argument()
        )
    }

    /// What the program has to be started with.
    fn argument(&self) -> String {
        ARGUMENT.replace("PORT", &self.target.port.to_string())
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

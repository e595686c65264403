//! Which client is meant, and whether it can be used from afar.

use std::time::Duration;

use serde::Serialize;

use super::Here;
use crate::live::Client;
use crate::live::remote::{Busy, Command, Told, Wanted};
use crate::mcp::speaker::Trouble;

/// A client that renews its stream is away for a moment.
const MOMENT: Duration = Duration::from_secs(1);

/// What starts a client.
pub(super) const HOW_TO_START: &str = "start one with a command that qmlserve printed as it \
     started, as in `qml http://localhost:8080/remote.qml`, or have `qmlserve run` start one";

/// A client in a few words.
#[derive(Debug, Serialize)]
pub(super) struct Brief {
    /// By which it is meant.
    pub client: String,
    name: Option<String>,
    qt: Option<String>,
    document: String,
}

impl Brief {
    pub(super) fn of(client: &Client) -> Self {
        Self {
            client: name_of(client),
            name: client.name.clone(),
            qt: client.qt.clone(),
            document: client.document.to_string(),
        }
    }
}

/// The name by which exactly this client is meant: two of one program may call themselves the same.
pub(super) fn name_of(client: &Client) -> String {
    client.stream.clone().unwrap_or_else(|| client.id.clone())
}

/// A client for a person or a model.
pub(super) fn described(client: &Client) -> String {
    let name = client.name.as_deref().unwrap_or("a client");
    let qt = client.qt.as_deref().unwrap_or("of unknown version");
    format!(
        "{} ({name}, Qt {qt}, shows {})",
        name_of(client),
        client.document
    )
}

fn all_described(clients: &[Client]) -> String {
    let clients: Vec<_> = clients.iter().map(described).collect();
    clients.join("; ")
}

impl Here {
    /// The clients that can be asked for something.
    pub(super) fn clients(&self) -> Vec<Client> {
        let clients = self.live.clients().into_iter();
        clients.filter(|client| client.stream.is_some()).collect()
    }

    /// The client that is meant by this name, or the only one.
    pub(super) async fn client(&self, wanted: Option<&str>) -> Result<Client, Trouble> {
        self.comes(wanted).await;
        let found = self.meant(wanted);
        if let [client] = found.as_slice() {
            return Ok(client.clone());
        }
        let clients = self.clients();
        Err(match (wanted, found.is_empty()) {
            _ if clients.is_empty() => Trouble::new("no client is connected", HOW_TO_START),
            (None, _) => Trouble::new(
                "several clients are connected",
                format!("name one of them as client: {}", all_described(&clients)),
            ),
            (Some(wanted), true) => Trouble::new(
                format!("no client {wanted:?} is connected"),
                format!("name one of these: {}", all_described(&clients)),
            ),
            (Some(wanted), false) => Trouble::new(
                format!("several clients are called {wanted:?}"),
                format!("name one of them: {}", all_described(&found)),
            ),
        })
    }

    /// Waits a moment for any client.
    pub(super) async fn somebody(&self) {
        self.comes(None).await;
    }

    async fn comes(&self, wanted: Option<&str>) {
        let mut news = self.live.subscribe();
        let come = news.wait_for(|()| !self.meant(wanted).is_empty());
        // If none comes, that is told.
        let _ = tokio::time::timeout(MOMENT, come).await;
    }

    /// Those that go by this name; all, without one.
    fn meant(&self, wanted: Option<&str>) -> Vec<Client> {
        let is_meant = |client: &Client| {
            wanted.is_none_or(|wanted| {
                let names = [
                    client.stream.as_deref(),
                    Some(client.id.as_str()),
                    client.name.as_deref(),
                ];
                names.contains(&Some(wanted))
            })
        };
        let clients = self.clients().into_iter();
        clients.filter(is_meant).collect()
    }
}

/// What a client's items are.
pub(super) async fn items(client: &Client, wanted: Wanted) -> Result<Told, Trouble> {
    let told = client
        .line
        .items(wanted)
        .await
        .map_err(|busy| slow(client, &busy))?;
    told.ok_or_else(|| silent(client))
}

/// Has a client do something.
pub(super) fn send(client: &Client, command: &Command) -> Result<(), Trouble> {
    let invalid = |wrong| Trouble::new("this is not sent", format!("{wrong}"));
    command.check().map_err(invalid)?;
    client
        .line
        .send(command)
        .map_err(|busy| slow(client, &busy))
}

/// Waits until the client has followed all that was sent to it; whether it plays clicks and keys.
pub(super) async fn settled(client: &Client) -> Result<bool, Trouble> {
    let root = Wanted {
        depth: 0,
        most: 1,
        hidden: false,
        find: None,
    };
    items(client, root).await?;
    Ok(client.line.plays_input() == Some(true))
}

/// Makes sure that the client plays clicks and keys.
pub(super) async fn playing(client: &Client) -> Result<(), Trouble> {
    match settled(client).await? {
        true => Ok(()),
        false => Err(Trouble::new(
            format!("{} cannot be clicked or typed into", described(client)),
            without_input(client),
        )),
    }
}

/// What helps a client that plays no clicks and keys.
pub(super) fn without_input(client: &Client) -> String {
    let package = match client.qt.as_deref().is_some_and(|qt| qt.starts_with('5')) {
        true => "qml-module-qttest",
        false => "qml6-module-qttest",
    };
    format!(
        "its Qt has no module QtTest; install that on its machine ({package} on Debian and Ubuntu; \
         Qt's own installer and PySide6 have it) and start the client anew"
    )
}

fn slow(client: &Client, busy: &Busy) -> Trouble {
    let message = format!("{}: {busy}", described(client));
    Trouble::new(message, "wait a moment and try again")
}

pub(super) fn silent(client: &Client) -> Trouble {
    Trouble::new(
        format!("{} did not answer in time", described(client)),
        "it may be busy, stopped in a debugger, or gone; try again, or see list_clients",
    )
}

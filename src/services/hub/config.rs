//! What the hub is told: its routes, its gateways, its limits. Pure; `config`
//! reads it from the file.

use std::collections::BTreeMap;
use std::time::Duration;

use super::route::Pattern;

/// Everything that the hub is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HubConfig {
    /// The declared routes; the built-in ones stand behind them.
    pub sockets: Vec<SocketRoute>,
    /// The declared gateways, by name.
    pub gateways: BTreeMap<String, GatewayConfig>,
    /// The bounds.
    pub limits: Limits,
}

/// A path at which sockets are accepted, and what happens to their messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SocketRoute {
    /// Where.
    pub path: Pattern,
    /// Sent to a socket as it opens.
    pub greeting: Option<String>,
    /// Where its messages go.
    pub kind: RouteKind,
}

/// Where the messages of a socket go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteKind {
    /// Back to the sender.
    Echo,
    /// To everybody else in the room.
    Room(RoomOptions),
}

/// What a room does beside passing messages on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoomOptions {
    /// Whether the others are told who joins and leaves.
    pub notices: bool,
    /// How many of the last messages somebody who joins gets.
    pub history: usize,
}

/// The most messages that a room may keep.
pub(crate) const MOST_HISTORY: u32 = 500;

/// A declared gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GatewayConfig {
    /// Who may ask for a socket and send messages.
    pub access: AccessMode,
    /// The administrator's bearer token. Without one, everybody is.
    pub token: Option<String>,
}

/// Who may ask a gateway for a socket and send messages through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AccessMode {
    /// Everybody.
    #[default]
    None,
    /// Only who has the administrator's token.
    Custom,
}

/// The bounds, and the time between two pings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The largest message, in bytes.
    pub message: usize,
    /// The largest frame of a message, in bytes.
    pub frame: usize,
    /// The most sockets.
    pub sockets: usize,
    /// The most sockets of one address.
    pub per_address: usize,
    /// The most messages a second that a socket may send.
    pub rate: u32,
    /// The most bytes that wait for one socket, with 64 for each message.
    pub queue: usize,
    /// The time between two pings; a peer that sends nothing in it is dropped.
    pub ping: Duration,
    /// What tells the processes of one hub from those of another on one NATS.
    pub namespace: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 4 << 20,
            frame: 4 << 20,
            sockets: 10_000,
            per_address: 1_000,
            rate: 1_000,
            queue: 4 << 20,
            ping: Duration::from_secs(45),
            namespace: "qmlserve".to_owned(),
        }
    }
}

impl SocketRoute {
    /// The routes that are there without a word in the config.
    pub(crate) fn built_in() -> Vec<Self> {
        let route = |path: &str, greeting: Option<&str>, kind| {
            Pattern::parse(path).map(|path| Self {
                path,
                greeting: greeting.map(str::to_owned),
                kind,
            })
        };
        let all = [
            route("/echo", None, RouteKind::Echo),
            route("/chat", Some("Welcome to Awesome Chat"), RouteKind::Echo),
            route(
                "/rooms/{name}",
                None,
                RouteKind::Room(RoomOptions::default()),
            ),
        ];
        all.into_iter().flatten().collect()
    }
}

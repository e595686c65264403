//! Rooms for other parts of the server: one that hears what is said in a room without a socket, and
//! says something there.

use std::fmt;
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Hub;
use super::bus::{Envelope, Recipients};
use super::config::{RoomOptions, RouteKind};
use super::frame::Body;
use super::rooms::{Member, notice};
use super::route::{self, Found};

/// Hears each text. It is called while the room is held: it may not wait, and not ask the room.
pub(crate) type Hear = Box<dyn Fn(&str) + Send + Sync>;

/// A member of a room, until it is dropped.
pub(crate) struct Listener {
    hub: Arc<Hub>,
    id: u64,
    room: String,
    options: RoomOptions,
}

impl fmt::Debug for Listener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Listener({})", self.room)
    }
}

impl Hub {
    /// The names of the rooms below `/rooms/` that somebody is in.
    pub(crate) fn open_rooms(&self) -> Vec<String> {
        let rooms = self.rooms.list().into_keys();
        let names = rooms.filter_map(|room| Some(room.strip_prefix("/rooms/")?.to_owned()));
        names.filter(|name| !name.contains('/')).collect()
    }

    /// Whether sockets at `/rooms/NAME` are in a room.
    pub(crate) fn has_room(&self, name: &str) -> bool {
        self.room(name).is_some()
    }

    fn room(&self, name: &str) -> Option<(String, RoomOptions)> {
        let path = format!("/rooms/{}", utf8_percent_encode(name, NON_ALPHANUMERIC));
        match route::find(&self.routes, &path) {
            Ok(Found { route, room }) => match route.kind {
                RouteKind::Room(options) => Some((room, options)),
                RouteKind::Echo => None,
            },
            Err(_) => None,
        }
    }

    /// Hears what is said in the room at `/rooms/NAME` from now on, but for what it says itself as
    /// `id`; what the room keeps for late comers comes first. Nothing where there is no such room.
    pub(crate) fn listen(self: &Arc<Self>, name: &str, id: u64, hear: Hear) -> Option<Listener> {
        let (room, options) = self.room(name)?;
        let delivery = self.rooms.enter(&room, options, id, Member::Listener(hear));
        self.count(delivery);
        let listener = Listener {
            hub: Arc::clone(self),
            id,
            room,
            options,
        };
        listener.notify("join");
        Some(listener)
    }

    /// Says something in the room at `/rooms/NAME`, to all that are there but `id`. False where
    /// there is no such room.
    pub(crate) fn say(&self, name: &str, id: u64, text: String) -> bool {
        let Some((name, _)) = self.room(name) else {
            return false;
        };
        let to = Recipients::Room { name, kept: true };
        let body = Body::Text(text);
        self.publish(&Envelope { to, body }, Some(id));
        true
    }
}

impl Listener {
    fn notify(&self, kind: &'static str) {
        if self.options.notices {
            let text = notice(kind, &self.hub.socket_name(self.id));
            let to = Recipients::Room {
                name: self.room.clone(),
                kept: false,
            };
            let body = Body::Text(text);
            self.hub.publish(&Envelope { to, body }, Some(self.id));
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.rooms.leave(&self.room, self.id);
        self.notify("leave");
    }
}

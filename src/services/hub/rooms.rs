//! Rooms: who is in which, and what was said last. A room lives as long as
//! somebody is in it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::config::RoomOptions;
use super::frame::Frame;
use super::listener::Hear;
use super::outbox::{Outbox, Pushed};

/// The most bytes that a room keeps for late comers.
const MOST_HISTORY_BYTES: usize = 1 << 20;

/// All rooms of this process.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: Mutex<HashMap<String, Room>>,
}

#[derive(Debug, Default)]
struct Room {
    members: BTreeMap<u64, Member>,
    most_history: usize,
    history: VecDeque<Frame>,
    history_bytes: usize,
}

/// Who is in a room.
pub(super) enum Member {
    /// A socket.
    Socket(Arc<Outbox>),
    /// A part of the server. It hears texts alone.
    Listener(Hear),
}

impl fmt::Debug for Member {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Socket(_) => "Socket",
            Self::Listener(_) => "Listener",
        })
    }
}

/// What became of a message to many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Delivery {
    /// Sockets that will get it.
    pub sent: u64,
    /// Sockets that were closed instead.
    pub slow: u64,
}

impl Delivery {
    /// Hands `frame` to a member of a room.
    fn tell(&mut self, member: &Member, frame: &Frame) {
        match member {
            Member::Socket(outbox) => self.push(outbox, frame),
            Member::Listener(hear) => {
                if let Some(text) = frame.as_text() {
                    hear(text);
                }
            }
        }
    }

    /// Hands `frame` to one more.
    pub(super) fn push(&mut self, outbox: &Outbox, frame: &Frame) {
        match outbox.push(frame) {
            Pushed::Queued => self.sent += 1,
            Pushed::Overflowed => self.slow += 1,
            Pushed::Closed => {}
        }
    }
}

impl Rooms {
    /// Lets somebody in; it gets what was said last before anything else, a
    /// socket as much of it as leaves room for what is said next.
    pub(super) fn enter(
        &self,
        name: &str,
        options: RoomOptions,
        id: u64,
        member: Member,
    ) -> Delivery {
        let mut delivery = Delivery::default();
        let mut rooms = self.lock();
        let room = rooms.entry(name.to_owned()).or_default();
        room.most_history = options.history;
        let fitting = match &member {
            Member::Socket(outbox) => outbox.fitting(room.history.iter().rev()),
            Member::Listener(_) => room.history.len(),
        };
        for frame in room.history.range(room.history.len() - fitting..) {
            delivery.tell(&member, frame);
        }
        room.members.insert(id, member);
        delivery
    }

    /// Lets a socket out.
    pub(super) fn leave(&self, name: &str, id: u64) {
        let mut rooms = self.lock();
        if let Some(room) = rooms.get_mut(name) {
            room.members.remove(&id);
            if room.members.is_empty() {
                rooms.remove(name);
            }
        }
    }

    /// Says something to everybody in a room but `except`.
    pub(super) fn say(
        &self,
        name: &str,
        except: Option<u64>,
        frame: &Frame,
        is_kept: bool,
    ) -> Delivery {
        let mut delivery = Delivery::default();
        // Held while it is handed out, so that all hear everything in the same
        // order; handing out never waits.
        let mut rooms = self.lock();
        let Some(room) = rooms.get_mut(name) else {
            return delivery;
        };
        for (id, member) in &room.members {
            if Some(*id) != except {
                delivery.tell(member, frame);
            }
        }
        if is_kept {
            room.keep(frame);
        }
        delivery
    }

    /// Every room with its number of members, by name.
    pub(super) fn list(&self) -> BTreeMap<String, usize> {
        let rooms = self.lock();
        rooms
            .iter()
            .map(|(name, room)| (name.clone(), room.members.len()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    fn keep(&mut self, frame: &Frame) {
        if self.most_history == 0 {
            return;
        }
        self.history_bytes += frame.bytes().len();
        self.history.push_back(frame.clone());
        while self.history.len() > self.most_history || self.history_bytes > MOST_HISTORY_BYTES {
            let Some(oldest) = self.history.pop_front() else {
                return;
            };
            self.history_bytes -= oldest.bytes().len();
        }
    }
}

/// The text that tells of somebody who joins or leaves.
pub(super) fn notice(kind: &'static str, socket: &str) -> String {
    json!({"type": kind, "socket": socket}).to_string()
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _};

    use super::super::outbox::Frames;
    use super::*;

    fn outbox(id: u64) -> Arc<Outbox> {
        Arc::new(Outbox::new(id, 1 << 16))
    }

    fn enter(rooms: &Rooms, name: &str, options: RoomOptions, outbox: &Arc<Outbox>) -> Delivery {
        let member = Member::Socket(Arc::clone(outbox));
        rooms.enter(name, options, outbox.id, member)
    }

    #[test]
    fn everybody_else_in_the_room_hears_it() {
        let rooms = Rooms::default();
        let options = RoomOptions::default();
        for id in 0..3 {
            enter(&rooms, "/a", options, &outbox(id));
        }
        enter(&rooms, "/b", options, &outbox(3));
        let frame = Frame::text("x");
        assert_eq!(rooms.say("/a", Some(0), &frame, true).sent, 2);
        assert_eq!(rooms.say("/a", None, &frame, true).sent, 3);
        assert_eq!(rooms.say("/none", None, &frame, true).sent, 0);
        rooms.leave("/b", 3);
        assert_eq!(rooms.list(), BTreeMap::from([("/a".to_owned(), 3)]));
    }

    #[test]
    fn late_comers_get_the_last_messages() {
        let rooms = Rooms::default();
        let options = RoomOptions {
            history: 2,
            ..RoomOptions::default()
        };
        enter(&rooms, "/a", options, &outbox(0));
        for text in ["1", "2", "3"] {
            rooms.say("/a", None, &Frame::text(text), true);
        }
        rooms.say("/a", None, &Frame::text("a notice"), false);
        assert_eq!(enter(&rooms, "/a", options, &outbox(1)).sent, 2);
        rooms.say(
            "/a",
            None,
            &Frame::text(&"x".repeat(MOST_HISTORY_BYTES)),
            true,
        );
        assert_eq!(enter(&rooms, "/a", options, &outbox(2)).sent, 0);
    }

    #[test]
    fn history_takes_half_of_a_queue_at_most() {
        let rooms = Rooms::default();
        let options = RoomOptions {
            history: 20,
            ..RoomOptions::default()
        };
        enter(&rooms, "/a", options, &outbox(0));
        for letter in 'a'..='t' {
            let text = letter.to_string().repeat(10_000);
            rooms.say("/a", None, &Frame::text(&text), true);
        }
        let late = outbox(1);
        // Of 64 KiB.
        let delivery = enter(&rooms, "/a", options, &late);
        assert_eq!(delivery, Delivery { sent: 3, slow: 0 });
        let mut frames = Frames(late);
        for letter in *b"rst" {
            let frame = frames.next().now_or_never().unwrap().unwrap().unwrap();
            assert_eq!(frame.last(), Some(&letter));
        }
    }
}

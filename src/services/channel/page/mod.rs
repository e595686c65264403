//! A page that uses the server's own objects: it asks, and is told of what it wants to hear.

mod told;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::debug;

use super::message::{self, Json, Method, Request, Signal, json};
use super::objects::{FAILED, Kind, LIVE_PROPERTIES, MESSAGE, live_value};
use super::port::{Fault, Socket};
use super::{Channels, MOST_SUBSCRIPTIONS, argument, live};
use told::{Shared, State, follow};

/// The most rooms that one page knows.
pub(super) const MOST_ROOMS: usize = 100;

/// One page, for as long as its socket is open.
#[derive(Debug)]
pub(super) struct Page {
    channels: Arc<Channels>,
    shared: Arc<Shared>,
    live: watch::Receiver<live::State>,
    following: AbortHandle,
}

impl Page {
    /// A page whose rooms are these, and those that somebody is in as it asks.
    pub(super) fn open(
        channels: &Arc<Channels>,
        live: watch::Receiver<live::State>,
        socket: Arc<dyn Socket>,
        rooms: BTreeSet<String>,
    ) -> Self {
        let shared = Arc::new(Shared {
            socket,
            state: Mutex::new(State {
                rooms,
                ..State::default()
            }),
        });
        let task = follow(Arc::clone(channels), Arc::clone(&shared), live.clone());
        channels.pages.fetch_add(1, Relaxed);
        Self {
            channels: Arc::clone(channels),
            following: tokio::spawn(task).abort_handle(),
            shared,
            live,
        }
    }

    /// Takes a message of the page.
    ///
    /// # Errors
    /// It is none, or the page wants more than it may.
    pub(super) async fn hear(&mut self, text: &str) -> Result<(), String> {
        match Request::parse(text).map_err(|violation| violation.to_string())? {
            Request::Init { id } => self.init(&id).await,
            Request::Idle => {
                let mut state = self.shared.lock();
                state.updates.idle();
                self.shared.flush(&mut state);
            }
            Request::Debug(text) => debug!("a page says over its channel: {text}"),
            Request::Invoke {
                id,
                object,
                method,
                args,
            } => {
                let answer = match self.invoke(&object, &method, args).await {
                    Ok(data) => message::response(&id, &data),
                    Err(why) => message::rejection(&id, &why),
                };
                self.shared.answer(&answer).await;
            }
            Request::Connect(signal) => return self.connect(signal),
            Request::Disconnect(signal) => {
                let mut state = self.shared.lock();
                state.subscriptions.remove(&signal);
                let left = match Kind::of(&signal.object) {
                    Some(Kind::Room(name)) if signal.index == MESSAGE => {
                        state.listening.remove(name)
                    }
                    _ => None,
                };
                // Who leaves a room may have others be told.
                drop(state);
                drop(left);
            }
            Request::Set {
                object, property, ..
            } => {
                debug!("a page sets property {property} of {object}, which is read-only");
                let mut state = self.shared.lock();
                let index = usize::try_from(property).ok();
                let index = index.filter(|index| *index < LIVE_PROPERTIES.len());
                if let Some(index) = index.filter(|_| object == "live") {
                    // The page took it for set already.
                    let value = live_value(&self.live.borrow(), index);
                    state.add_live(index, &value);
                    self.shared.flush(&mut state);
                }
            }
        }
        Ok(())
    }

    async fn init(&self, id: &Json) {
        let open = self.channels.rooms.open();
        let text = {
            let mut state = self.shared.lock();
            let room = MOST_ROOMS.saturating_sub(state.rooms.len());
            state.rooms.extend(open.into_iter().take(room));
            let live = self.live.borrow().clone();
            let names = self.channels.collections.names();
            let names = names.into_iter().map(|name| format!("collections.{name}"));
            let rooms = state.rooms.iter().map(|name| format!("rooms.{name}"));
            let own = ["live", "rooms"].map(str::to_owned);
            let mut objects = serde_json::Map::new();
            for name in own.into_iter().chain(names).chain(rooms) {
                if let Some(kind) = Kind::of(&name) {
                    let info = kind.info(&live);
                    objects.insert(name, info);
                }
            }
            state.told = Some(live);
            message::response(id, &json(&objects))
        };
        self.shared.answer(&text).await;
    }

    /// What an object is, if the page has such a one.
    fn kind<'n>(&self, object: &'n str) -> Result<Kind<'n>, String> {
        let kind = Kind::of(object).filter(|kind| match kind {
            Kind::Live | Kind::Rooms => true,
            Kind::Collection(name) => self.channels.collections.names().iter().any(|n| n == name),
            Kind::Room(name) => self.shared.lock().rooms.contains(*name),
        });
        kind.ok_or_else(|| format!("there is no object {object:?} on this channel"))
    }

    fn connect(&self, signal: Signal) -> Result<(), String> {
        let kind = self.kind(&signal.object);
        let has_signal = kind
            .as_ref()
            .is_ok_and(|kind| kind.has_signal(signal.index));
        let (Ok(kind), true) = (kind, has_signal) else {
            debug!("a page wants to hear {signal:?}, which there is not");
            return Ok(());
        };
        if let Kind::Room(name) = kind
            && signal.index == MESSAGE
            && !self.shared.lock().listening.contains_key(name)
        {
            let (heard, socket) = (signal.clone(), Arc::clone(&self.shared.socket));
            let hear = move |text: &str| socket.send(&message::signal(&heard, &json(&[text])));
            let id = self.shared.socket.id();
            let listening = self.channels.rooms.listen(name, id, Box::new(hear));
            if let Some(listening) = listening {
                let mut state = self.shared.lock();
                state.listening.insert(name.to_owned(), listening);
            }
        }
        let mut state = self.shared.lock();
        state.subscriptions.insert(signal);
        match state.subscriptions.len() > MOST_SUBSCRIPTIONS {
            true => Err(format!("a page hears {MOST_SUBSCRIPTIONS} signals at most")),
            false => Ok(()),
        }
    }

    async fn invoke(&self, object: &str, method: &Method, args: Vec<Json>) -> Result<Json, String> {
        let kind = self.kind(object)?;
        let method = kind.method(method, args.len())?;
        let mut args = args.into_iter();
        match kind {
            Kind::Live => Ok(message::null()),
            Kind::Collection(name) => {
                let call = argument::call(method, args);
                let done = match call {
                    Ok(call) => self.channels.collections.call(name, call).await,
                    Err(message) => Err(Fault {
                        status: 400,
                        message,
                        hint: "see the arguments of the method".to_owned(),
                    }),
                };
                done.map(argument::unmarked)
                    .map_err(|fault| self.failed(object, method, &fault))
            }
            Kind::Rooms => self.join(&argument::text(args.next())?),
            Kind::Room(name) => {
                let text = argument::text(args.next())?;
                self.channels.rooms.say(name, self.shared.socket.id(), text);
                Ok(message::null())
            }
        }
    }

    /// Tells the page why: the promise that is rejected has no room for it.
    fn failed(&self, object: &str, method: &str, fault: &Fault) -> String {
        let args = json!([{
            "method": method,
            "status": fault.status,
            "message": fault.message,
            "hint": fault.hint,
        }]);
        let state = self.shared.lock();
        self.shared
            .signal(&state, object.to_owned(), FAILED, &json(&args));
        format!("{}; {}", fault.message, fault.hint)
    }

    fn join(&self, name: &str) -> Result<Json, String> {
        if !self.channels.rooms.is_room(name) {
            return Err(format!("{name:?} cannot be the name of a room"));
        }
        let mut state = self.shared.lock();
        if state.rooms.len() >= MOST_ROOMS && !state.rooms.contains(name) {
            return Err(format!("a page has {MOST_ROOMS} rooms at most"));
        }
        state.rooms.insert(name.to_owned());
        let info = Kind::Room(name).info(&self.live.borrow());
        let id = format!("rooms.{name}");
        Ok(json(&json!({"__QObject*__": true, "id": id, "data": info})))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.following.abort();
        self.channels.pages.fetch_sub(1, Relaxed);
        let listening = std::mem::take(&mut self.shared.lock().listening);
        drop(listening);
    }
}

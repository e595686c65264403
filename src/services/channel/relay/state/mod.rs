//! What a relay knows: the publisher's objects, its pages, and the calls that are under way. Takes
//! messages of both sides; what is for a page is sent to it at once, what is for the publisher is
//! returned. Nothing waits here.

mod said;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tracing::debug;

use super::super::MOST_SUBSCRIPTIONS;
use super::super::message::{self, Json, Method, Request, Said, Signal, json};
use super::super::port::Socket;
use super::info::Info;
use super::page::{Page, RELAY};

/// The most calls of one page that are not answered.
const MOST_CALLS: usize = 256;

/// The most objects that a publisher has returned, and that are not gone.
const MOST_WRAPPED: usize = 10_000;

/// Whoever publishes.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) socket: Arc<dyn Socket>,
    /// Whether it has said what its objects are.
    is_ready: bool,
}

/// A call that the publisher has not answered.
#[derive(Debug)]
struct Outstanding {
    /// Whose it is.
    page: u64,
    /// What the page calls it.
    id: Json,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) publisher: Option<Publisher>,
    /// The objects that it publishes; those of the last one, while there is none.
    pub(super) objects: BTreeMap<String, Info>,
    /// Those that it has returned.
    wrapped: HashMap<String, Info>,
    pub(super) pages: BTreeMap<u64, Page>,
    /// How many pages want to hear a signal.
    subscribed: BTreeMap<Signal, usize>,
    calls: HashMap<u64, Outstanding>,
    last_call: u64,
    /// The question what the objects are, that the publisher has not answered.
    init: Option<u64>,
}

impl State {
    /// A publisher is there: what to ask it first.
    pub(super) fn publisher_came(&mut self, socket: Arc<dyn Socket>) -> String {
        self.publisher = Some(Publisher {
            socket,
            is_ready: false,
        });
        self.ask_for_objects()
    }

    fn ask_for_objects(&mut self) -> String {
        self.last_call += 1;
        self.init = Some(self.last_call);
        format!(r#"{{"type":3,"id":{}}}"#, self.last_call)
    }

    /// The publisher is gone: nobody waits for its answers any more.
    pub(super) fn publisher_left(&mut self, id: u64) {
        let is_it = |publisher: &Publisher| publisher.socket.id() == id;
        if !self.publisher.as_ref().is_some_and(is_it) {
            return;
        }
        self.publisher = None;
        self.init = None;
        for (_, call) in self.calls.drain() {
            if let Some(page) = self.pages.get_mut(&call.page) {
                page.calls = 0;
                let why = "the publisher has left";
                page.socket.send(&message::rejection(&call.id, why));
            }
        }
        let is_ours = self.has_own();
        for page in self.pages.values_mut().filter(|page| page.is_inited()) {
            if is_ours {
                page.add_connected(false);
                page.flush();
            }
        }
    }

    /// Whether [`RELAY`] is the relay's own object, and none of the publisher's.
    fn has_own(&self) -> bool {
        !self.objects.contains_key(RELAY)
    }

    /// Whether this is the answer to the question what the objects are.
    pub(super) fn is_init(&self, said: &Said) -> bool {
        let init = self.init.map(|number| number.to_string());
        matches!(said, Said::Response { id, .. } if init.is_some_and(|init| init == id.get()))
    }

    /// A page is gone: what to tell the publisher.
    pub(super) fn page_left(&mut self, id: u64) -> Vec<String> {
        let Some(page) = self.pages.remove(&id) else {
            return Vec::new();
        };
        self.calls.retain(|_, call| call.page != id);
        let left = page.subscriptions.iter();
        left.filter_map(|signal| self.unsubscribed(signal))
            .collect()
    }

    /// A page does not want to hear this any more: what to tell the publisher, if nobody does.
    fn unsubscribed(&mut self, signal: &Signal) -> Option<String> {
        let count = self.subscribed.get_mut(signal)?;
        *count -= 1;
        if *count > 0 {
            return None;
        }
        self.subscribed.remove(signal);
        self.is_ready().then(|| subscription(8, signal))
    }

    fn is_ready(&self) -> bool {
        let publisher = self.publisher.as_ref();
        publisher.is_some_and(|publisher| publisher.is_ready)
    }

    fn info(&self, object: &str) -> Option<&Info> {
        self.objects
            .get(object)
            .or_else(|| self.wrapped.get(object))
    }

    /// Takes what a page asks for: what to tell the publisher.
    ///
    /// # Errors
    /// The page wants more than it may.
    pub(super) fn page_asks(
        &mut self,
        id: u64,
        request: Request,
    ) -> Result<Option<String>, String> {
        let (is_ready, is_ours) = (self.is_ready(), self.has_own());
        let Some(page) = self.pages.get_mut(&id) else {
            return Ok(None);
        };
        match request {
            Request::Init { id } => {
                page.waits = Some(id);
                // One answer is for all who wait.
                let asks = is_ready && self.init.is_none();
                return Ok(asks.then(|| self.ask_for_objects()));
            }
            Request::Idle => {
                page.updates.idle();
                page.flush();
            }
            Request::Debug(text) => debug!("a page says over its channel: {text}"),
            Request::Invoke {
                id: call,
                object,
                method,
                args,
            } => match self.may_call(id, &object, &method) {
                Ok(()) => return Ok(Some(self.call(id, call, &object, &method, &args))),
                Err(why) => {
                    let text = message::rejection(&call, &why);
                    if let Some(page) = self.pages.get(&id) {
                        page.socket.send(&text);
                    }
                }
            },
            Request::Connect(signal) => return self.connect(id, signal),
            Request::Disconnect(signal) => {
                if page.subscriptions.remove(&signal) {
                    return Ok(self.unsubscribed(&signal));
                }
            }
            Request::Set { object, .. } if object == RELAY && is_ours => {
                // The page took it for set already.
                page.add_connected(is_ready);
                page.flush();
            }
            Request::Set {
                object,
                property,
                value,
            } => {
                let knows = page.known.contains(&object);
                let info = self.info(&object).filter(|_| knows && is_ready);
                if info.is_some_and(|info| info.has_property(property)) {
                    let object = json(&object);
                    return Ok(Some(format!(
                        r#"{{"type":9,"object":{object},"property":{property},"value":{value}}}"#
                    )));
                }
                debug!("a page sets property {property} of {object}, which there is not");
            }
        }
        Ok(None)
    }

    fn may_call(&self, page: u64, object: &str, method: &Method) -> Result<(), String> {
        let page = self.pages.get(&page);
        let page = page.filter(|page| page.known.contains(object));
        let (Some(page), Some(info)) = (page, self.info(object)) else {
            return Err(format!("there is no object {object:?} on this channel"));
        };
        if !info.has_method(method) {
            return Err(format!("{object} has no such method"));
        }
        if !self.is_ready() {
            return Err("the publisher is not there".to_owned());
        }
        if page.calls >= MOST_CALLS {
            return Err(format!(
                "{MOST_CALLS} calls of this page are not answered yet"
            ));
        }
        Ok(())
    }

    fn call(
        &mut self,
        page: u64,
        id: Json,
        object: &str,
        method: &Method,
        args: &[Json],
    ) -> String {
        self.last_call += 1;
        let number = self.last_call;
        if let Some(page) = self.pages.get_mut(&page) {
            page.calls += 1;
        }
        self.calls.insert(number, Outstanding { page, id });
        let (object, method, args) = (json(&object), json(method), json(&args));
        format!(r#"{{"type":6,"id":{number},"object":{object},"method":{method},"args":{args}}}"#)
    }

    fn connect(&mut self, id: u64, signal: Signal) -> Result<Option<String>, String> {
        let info = self.info(&signal.object);
        let has_signal = info.is_some_and(|info| info.has_signal(signal.index));
        let is_ready = self.is_ready();
        let Some(page) = self.pages.get_mut(&id) else {
            return Ok(None);
        };
        if !has_signal || !page.known.contains(&signal.object) {
            debug!("a page wants to hear {signal:?}, which there is not");
            return Ok(None);
        }
        if !page.subscriptions.insert(signal.clone()) {
            return Ok(None);
        }
        if page.subscriptions.len() > MOST_SUBSCRIPTIONS {
            return Err(format!("a page hears {MOST_SUBSCRIPTIONS} signals at most"));
        }
        let count = self.subscribed.entry(signal.clone()).or_default();
        *count += 1;
        Ok((*count == 1 && is_ready).then(|| subscription(7, &signal)))
    }
}

fn subscription(kind: u8, signal: &Signal) -> String {
    let (object, index) = (json(&signal.object), signal.index);
    format!(r#"{{"type":{kind},"object":{object},"signal":{index}}}"#)
}

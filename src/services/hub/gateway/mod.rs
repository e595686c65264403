//! Gateways, as Managed WebSocket had them: a client asks for a URI with a
//! token, opens it once, and gets what is sent to its id or its tags.

mod endpoint;
mod error;
mod http;
mod json;
mod message;
mod push;
mod settings;
mod tokens;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::config::{AccessMode, GatewayConfig};
use super::frame::Frame;
use super::outbox::Outbox;
use super::rooms::Delivery;
use crate::http::iso;

pub(crate) use endpoint::{clash, is_endpoint, opens_at};
pub(super) use error::GatewayError;
pub(super) use http::routes;
pub(super) use message::{Receivers, webhook as web_hook};
pub(crate) use push::{Change, PushTarget};
use settings::Settings;
use tokens::{Reservation, Tokens};

/// The gateway of a URL that names none.
pub(super) const DEFAULT: &str = "main";

/// The gateway of sockets that each hear what is sent to them alone. No request can name it.
pub(super) const STREAMS: &str = "@streams";

/// The most gateways beside the declared ones.
const MOST_UNDECLARED: usize = 100;

/// All gateways of this process.
#[derive(Debug)]
pub(super) struct Gateways {
    declared: BTreeMap<String, GatewayConfig>,
    state: Mutex<Everything>,
}

#[derive(Debug, Default)]
struct Everything {
    gateways: HashMap<String, Gateway>,
    tokens: Tokens,
    /// The gateway of each open socket.
    homes: HashMap<String, String>,
}

#[derive(Debug, Default)]
struct Gateway {
    sockets: BTreeMap<String, Connected>,
    tagged: HashMap<String, BTreeMap<u64, Arc<Outbox>>>,
    settings: Option<Settings>,
}

#[derive(Debug)]
struct Connected {
    outbox: Arc<Outbox>,
    tags: Vec<String>,
    since: SystemTime,
}

impl Gateways {
    /// The gateways of `declared`; others come with their first use.
    pub(super) fn new(declared: BTreeMap<String, GatewayConfig>) -> Self {
        Self {
            declared,
            state: Mutex::default(),
        }
    }

    /// Checks that a gateway may be called so.
    fn check(&self, name: &str) -> Result<(), GatewayError> {
        let is_good = is_name(name) || self.declared.contains_key(name);
        is_good.then_some(()).ok_or(GatewayError::BadName)
    }

    /// Who may do what at a gateway.
    fn rules(&self, name: &str) -> (AccessMode, Option<&str>) {
        self.declared
            .get(name)
            .map_or((AccessMode::None, None), |config| {
                (config.access, config.token.as_deref())
            })
    }

    /// A token for a socket with these tags.
    fn reserve(
        &self,
        gateway: &str,
        tags: &[String],
    ) -> Result<(String, Reservation), GatewayError> {
        let mut state = self.lock();
        self.make(&mut state, gateway)?;
        state.tokens.reserve(gateway, tags)
    }

    /// A token for a socket that hears what is sent to it alone.
    pub(super) fn reserve_stream(&self) -> Option<(String, SystemTime)> {
        let (token, reservation) = self.reserve(STREAMS, &[]).ok()?;
        Some((token, reservation.expires))
    }

    /// Whether this socket is open, or still may be opened.
    pub(super) fn has(&self, id: &str) -> bool {
        let state = self.lock();
        state.homes.contains_key(id) || state.tokens.waits(id)
    }

    /// Makes a gateway, unless it is there. Where there are too many, the one
    /// goes that has been only waiting for sockets for the longest time.
    fn make<'s>(
        &self,
        state: &'s mut Everything,
        name: &str,
    ) -> Result<&'s mut Gateway, GatewayError> {
        if !state.gateways.contains_key(name) && !self.is_declared(name) {
            let undeclared = state.gateways.iter();
            let undeclared = undeclared.filter(|(name, _)| !self.is_declared(name));
            if undeclared.clone().count() >= MOST_UNDECLARED {
                let idle = undeclared.filter(|(_, gateway)| !gateway.is_used());
                let idle = idle.min_by_key(|(name, _)| state.tokens.last(name));
                let idle = idle.map(|(name, _)| name.clone());
                let idle = idle.ok_or(GatewayError::TooMany(MOST_UNDECLARED))?;
                state.tokens.drop_all(&idle);
                state.gateways.remove(&idle);
            }
        }
        Ok(state.gateways.entry(name.to_owned()).or_default())
    }

    /// Whether a gateway stays when nobody uses it.
    fn is_declared(&self, name: &str) -> bool {
        name == DEFAULT || name == STREAMS || self.declared.contains_key(name)
    }

    /// Uses a token up: the socket is open, with the token as its id. False
    /// for a token that is unknown, used or expired.
    pub(super) fn enter(&self, token: &str, outbox: &Arc<Outbox>) -> bool {
        let mut state = self.lock();
        let Some(reservation) = state.tokens.take(token) else {
            return false;
        };
        let tags = reservation.tags();
        let gateway = state.gateways.entry(reservation.gateway.clone());
        let gateway = gateway.or_default();
        for tag in &tags {
            let tagged = gateway.tagged.entry(tag.clone()).or_default();
            tagged.insert(outbox.id, Arc::clone(outbox));
        }
        let connected = Connected {
            outbox: Arc::clone(outbox),
            tags,
            since: SystemTime::now(),
        };
        gateway.sockets.insert(token.to_owned(), connected);
        state.homes.insert(token.to_owned(), reservation.gateway);
        true
    }

    /// Takes a socket off the list.
    pub(super) fn leave(&self, id: &str) {
        let mut state = self.lock();
        let Some(home) = state.homes.remove(id) else {
            return;
        };
        let Some(gateway) = state.gateways.get_mut(&home) else {
            return;
        };
        let Some(connected) = gateway.sockets.remove(id) else {
            return;
        };
        for tag in &connected.tags {
            if let Some(tagged) = gateway.tagged.get_mut(tag) {
                tagged.remove(&connected.outbox.id);
                if tagged.is_empty() {
                    gateway.tagged.remove(tag);
                }
            }
        }
    }

    /// Hands a frame to whom it is for, once to each.
    pub(super) fn say(&self, name: &str, receivers: &Receivers, frame: &Frame) -> Delivery {
        let mut delivery = Delivery::default();
        let state = self.lock();
        let Some(gateway) = state.gateways.get(name) else {
            return delivery;
        };
        if receivers.sockets.iter().any(|id| id == "*") {
            for connected in gateway.sockets.values() {
                delivery.push(&connected.outbox, frame);
            }
            return delivery;
        }
        let named = receivers
            .sockets
            .iter()
            .filter_map(|id| gateway.sockets.get(id));
        let named = named.map(|connected| (connected.outbox.id, &connected.outbox));
        let tagged = receivers
            .tags
            .iter()
            .filter_map(|tag| gateway.tagged.get(tag));
        let tagged = tagged.flatten().map(|(id, outbox)| (*id, outbox));
        let all: BTreeMap<u64, &Arc<Outbox>> = named.chain(tagged).collect();
        for outbox in all.values() {
            delivery.push(outbox, frame);
        }
        delivery
    }

    /// One socket as the API tells of it.
    fn describe(&self, name: &str, id: &str) -> Result<Value, GatewayError> {
        let state = self.lock();
        let gateway = state.gateways.get(name);
        let connected = gateway.and_then(|gateway| gateway.sockets.get(id));
        let connected = connected.ok_or(GatewayError::NoSocket)?;
        Ok(connected.describe(id))
    }

    /// Every open socket as the API tells of it.
    fn list(&self, name: &str) -> Vec<Value> {
        let state = self.lock();
        let sockets = state
            .gateways
            .get(name)
            .map(|gateway| gateway.sockets.iter());
        let described = |(id, connected): (&String, &Connected)| connected.describe(id);
        sockets.into_iter().flatten().map(described).collect()
    }

    /// The open socket's outbox, to close it.
    fn outbox(&self, name: &str, id: &str) -> Result<Arc<Outbox>, GatewayError> {
        let state = self.lock();
        let gateway = state.gateways.get(name);
        let connected = gateway.and_then(|gateway| gateway.sockets.get(id));
        let connected = connected.ok_or(GatewayError::NoSocket)?;
        Ok(Arc::clone(&connected.outbox))
    }

    /// What was last put as a gateway's configuration.
    fn settings(&self, name: &str) -> Settings {
        let state = self.lock();
        let gateway = state.gateways.get(name);
        let settings = gateway.and_then(|gateway| gateway.settings.clone());
        settings.unwrap_or_default()
    }

    fn set_settings(&self, name: &str, settings: Settings) -> Result<(), GatewayError> {
        let mut state = self.lock();
        self.make(&mut state, name)?.settings = Some(settings);
        Ok(())
    }

    /// Drops tokens that nobody can use any more, and gateways that are not
    /// declared and of which nothing is left.
    pub(super) fn forget_expired(&self) {
        let Everything {
            gateways, tokens, ..
        } = &mut *self.lock();
        tokens.forget_expired();
        gateways.retain(|name, gateway| {
            gateway.is_used() || tokens.of(name) > 0 || self.is_declared(name)
        });
    }

    /// Every gateway with its number of sockets, by name.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let state = self.lock();
        let counts = state.gateways.iter();
        counts
            .map(|(name, gateway)| (name.clone(), gateway.sockets.len()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Everything> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway {
    /// Whether it has more than reservations.
    fn is_used(&self) -> bool {
        !self.sockets.is_empty() || self.settings.is_some()
    }
}

impl Connected {
    fn describe(&self, id: &str) -> Value {
        let since = iso(self.since);
        // The documentation had one name, the server the other.
        json!({"id": id, "connectedAt": since, "createdAt": since, "tags": self.tags})
    }
}

/// Whether an undeclared gateway may be called so.
pub(crate) fn is_name(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(gateways: &Gateways, id: u64, tags: &[&str]) -> (String, Arc<Outbox>) {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let (token, _) = gateways.reserve(DEFAULT, &tags).unwrap();
        let outbox = Arc::new(Outbox::new(id, 1 << 16));
        assert!(gateways.enter(&token, &outbox));
        (token, outbox)
    }

    #[test]
    fn a_message_reaches_each_of_its_receivers_once() {
        let gateways = Gateways::new(BTreeMap::new());
        let (a, _a) = open(&gateways, 1, &["red"]);
        let (b, _b) = open(&gateways, 2, &["red", "blue"]);
        let _c = open(&gateways, 3, &[]);
        for (sockets, tags, expected) in [
            (vec!["*"], vec![], 3),
            (vec!["*"], vec!["red"], 3),
            (vec![a.as_str()], vec![], 1),
            (vec![a.as_str(), b.as_str()], vec!["red", "blue"], 2),
            (vec![], vec!["red", "blue"], 2),
            (vec![], vec!["RED", "*"], 0),
            (vec!["unknown"], vec![], 0),
        ] {
            let own = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            let receivers = Receivers {
                sockets: own(sockets),
                tags: own(tags),
            };
            let delivery = gateways.say(DEFAULT, &receivers, &Frame::text("x"));
            assert_eq!(delivery.sent, expected, "{receivers:?}");
        }
        gateways.leave(&b);
        gateways.leave(&b);
        let red = Receivers {
            sockets: vec![],
            tags: vec!["red".to_owned()],
        };
        assert_eq!(gateways.say(DEFAULT, &red, &Frame::text("x")).sent, 1);
    }

    #[test]
    fn undeclared_gateways_are_bounded_and_go_when_nothing_is_left_of_them() {
        let gateways = Gateways::new(BTreeMap::new());
        let outbox = Arc::new(Outbox::new(1, 1 << 16));
        let reserve = |name: &str| gateways.reserve(name, &[]).map(|(token, _)| token);
        let names: Vec<_> = (0..MOST_UNDECLARED).map(|n| format!("g{n}")).collect();
        let tokens: Vec<_> = names.iter().map(|name| reserve(name).unwrap()).collect();
        // The one that has waited longest makes room; g0 has a newer one.
        reserve("g0").unwrap();
        reserve("one-more").unwrap();
        assert!(!gateways.enter(&tokens[1], &outbox));
        assert_eq!(gateways.counts().len(), MOST_UNDECLARED);
        for token in tokens.iter().skip(2) {
            assert!(gateways.enter(token, &outbox));
        }
        gateways.set_settings("g0", Settings::default()).unwrap();
        gateways
            .set_settings("one-more", Settings::default())
            .unwrap();
        let full = GatewayError::TooMany(MOST_UNDECLARED);
        assert_eq!(reserve("too-many"), Err(full));
        assert!(reserve(DEFAULT).is_ok());
        assert!(reserve("g2").is_ok());
        assert!(gateways.check("a/b").is_err());

        for token in tokens.iter().skip(4) {
            gateways.leave(token);
        }
        gateways.forget_expired();
        let left: Vec<_> = gateways.counts().into_keys().collect();
        assert_eq!(left, ["g0", "g2", "g3", "main", "one-more"]);
    }
}

//! Gateways, as Managed WebSocket had them: a client asks for a URI with a
//! token, opens it once, and gets what is sent to its id or its tags.

mod error;
mod http;
mod instant;
mod message;
mod push;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::config::{AccessMode, GatewayConfig};
use super::frame::Frame;
use super::outbox::Outbox;
use super::rooms::Delivery;

pub use error::GatewayError;
pub use http::routes;
pub use message::Receivers;
pub use push::{Change, PushTarget};

/// The gateway of a URL that names none.
pub const DEFAULT: &str = "main";

/// How long a token waits for its socket.
const LIFETIME: Duration = Duration::from_secs(300);

/// The most tokens that wait.
const MOST_TOKENS: usize = 10_000;

/// The most gateways beside the declared ones.
const MOST_UNDECLARED: usize = 100;

/// All gateways of this process.
#[derive(Debug)]
pub struct Gateways {
    declared: BTreeMap<String, GatewayConfig>,
    state: Mutex<Everything>,
}

#[derive(Debug, Default)]
struct Everything {
    gateways: HashMap<String, Gateway>,
    tokens: HashMap<String, Reservation>,
    /// The gateway of each open socket.
    homes: HashMap<String, String>,
}

#[derive(Debug, Default)]
struct Gateway {
    sockets: BTreeMap<String, Connected>,
    tagged: HashMap<String, BTreeMap<u64, Arc<Outbox>>>,
    settings: Option<Value>,
}

/// A token that waits for its socket.
#[derive(Debug, Clone)]
pub struct Reservation {
    gateway: String,
    tags: Vec<String>,
    /// When it stops waiting.
    pub expires: SystemTime,
}

#[derive(Debug)]
struct Connected {
    outbox: Arc<Outbox>,
    tags: Vec<String>,
    since: SystemTime,
}

impl Gateways {
    /// The gateways of `declared`; others come with their first use.
    pub fn new(declared: BTreeMap<String, GatewayConfig>) -> Self {
        Self {
            declared,
            state: Mutex::default(),
        }
    }

    /// Checks that a gateway may exist, and makes it.
    fn ensure(&self, name: &str) -> Result<(), GatewayError> {
        let is_declared = self.declared.contains_key(name) || name == DEFAULT;
        let mut state = self.lock();
        if state.gateways.contains_key(name) {
            return Ok(());
        }
        if !is_declared && (!is_name(name) || state.gateways.len() >= MOST_UNDECLARED) {
            return Err(GatewayError::NoGateway);
        }
        state.gateways.insert(name.to_owned(), Gateway::default());
        Ok(())
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
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| GatewayError::Unavailable)?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let reservation = Reservation {
            gateway: gateway.to_owned(),
            tags: tags.to_vec(),
            expires: SystemTime::now() + LIFETIME,
        };
        let mut state = self.lock();
        if state.tokens.len() >= MOST_TOKENS {
            state.forget_expired();
        }
        if state.tokens.len() >= MOST_TOKENS {
            return Err(GatewayError::Unavailable);
        }
        state.tokens.insert(token.clone(), reservation.clone());
        Ok((token, reservation))
    }

    /// Uses a token up: the socket is open, with the token as its id. False
    /// for a token that is unknown, used or expired.
    pub fn enter(&self, token: &str, outbox: &Arc<Outbox>) -> bool {
        let mut state = self.lock();
        let Some(reservation) = state.tokens.remove(token) else {
            return false;
        };
        let now = SystemTime::now();
        if reservation.expires < now {
            return false;
        }
        let gateway = state.gateways.entry(reservation.gateway.clone());
        let gateway = gateway.or_default();
        for tag in &reservation.tags {
            let tagged = gateway.tagged.entry(tag.clone()).or_default();
            tagged.insert(outbox.id, Arc::clone(outbox));
        }
        let connected = Connected {
            outbox: Arc::clone(outbox),
            tags: reservation.tags,
            since: now,
        };
        gateway.sockets.insert(token.to_owned(), connected);
        state.homes.insert(token.to_owned(), reservation.gateway);
        true
    }

    /// Takes a socket off the list.
    pub fn leave(&self, id: &str) {
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
    pub fn say(&self, name: &str, receivers: &Receivers, frame: &Frame) -> Delivery {
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
    fn settings(&self, name: &str) -> Value {
        let state = self.lock();
        let gateway = state.gateways.get(name);
        let settings = gateway.and_then(|gateway| gateway.settings.clone());
        settings.unwrap_or_else(|| {
            json!({
                "name": name,
                "identityProvider": null,
                "permissions": {"read": ["*"], "write": ["*"]},
            })
        })
    }

    fn set_settings(&self, name: &str, settings: Value) {
        let mut state = self.lock();
        state.gateways.entry(name.to_owned()).or_default().settings = Some(settings);
    }

    /// Drops tokens that nobody can use any more.
    pub fn forget_expired(&self) {
        self.lock().forget_expired();
    }

    /// Every gateway with its number of sockets, by name.
    pub fn counts(&self) -> BTreeMap<String, usize> {
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

impl Everything {
    fn forget_expired(&mut self) {
        let now = SystemTime::now();
        self.tokens
            .retain(|_, reservation| reservation.expires >= now);
    }
}

impl Connected {
    fn describe(&self, id: &str) -> Value {
        let since = instant::iso(self.since);
        // The documentation had one name, the server the other.
        json!({"id": id, "connectedAt": since, "createdAt": since, "tags": self.tags})
    }
}

/// Whether an undeclared gateway may be called so.
pub fn is_name(text: &str) -> bool {
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
        gateways.ensure(DEFAULT).unwrap();
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
    fn a_token_is_used_once_and_expires() {
        let gateways = Gateways::new(BTreeMap::new());
        let (token, outbox) = open(&gateways, 1, &[]);
        assert_eq!(token.len(), 64);
        assert!(!gateways.enter(&token, &outbox));
        let (token, _) = gateways.reserve(DEFAULT, &[]).unwrap();
        if let Some(reservation) = gateways.lock().tokens.get_mut(&token) {
            reservation.expires = SystemTime::UNIX_EPOCH;
        }
        assert!(!gateways.enter(&token, &outbox));
    }

    #[test]
    fn undeclared_gateways_are_bounded() {
        let gateways = Gateways::new(BTreeMap::new());
        for number in 0..MOST_UNDECLARED {
            gateways.ensure(&format!("g{number}")).unwrap();
        }
        assert!(gateways.ensure("one-more").is_err());
        assert!(gateways.ensure(DEFAULT).is_ok());
        assert!(gateways.ensure("g1").is_ok());
        assert!(Gateways::new(BTreeMap::new()).ensure("a/b").is_err());
    }
}

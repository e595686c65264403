//! Tokens that wait for their sockets. Anybody may ask for one, so there is
//! room for only so many, and a new one takes the place of the oldest.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use super::error::GatewayError;

/// How long a token waits for its socket.
const LIFETIME: Duration = Duration::from_secs(300);

/// The most tokens that wait.
const MOST: usize = 10_000;

/// The most of one gateway.
const MOST_OF_GATEWAY: usize = 2_000;

/// A token that waits for its socket.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    /// The gateway.
    pub gateway: String,
    /// The socket's tags, as JSON: a thousand short texts would take six times
    /// the room of what is in them.
    tags: Box<str>,
    /// When it stops waiting.
    pub expires: SystemTime,
}

impl Reservation {
    /// The tags of the socket to be.
    pub(super) fn tags(&self) -> Vec<String> {
        serde_json::from_str(&self.tags).unwrap_or_default()
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    waiting: HashMap<String, Reservation>,
    /// In each gateway, from the oldest to the newest.
    queues: HashMap<String, VecDeque<String>>,
}

impl Tokens {
    /// A new token for a socket with these tags. Where there are too many, the
    /// oldest of this gateway goes, or of the one that has the most.
    pub(super) fn reserve(
        &mut self,
        gateway: &str,
        tags: &[String],
    ) -> Result<(String, Reservation), GatewayError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| GatewayError::Unavailable)?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let reservation = Reservation {
            gateway: gateway.to_owned(),
            // Strings always serialise.
            tags: serde_json::to_string(tags).unwrap_or_default().into(),
            expires: SystemTime::now() + LIFETIME,
        };
        while self.of(gateway) >= MOST_OF_GATEWAY {
            self.drop_oldest(gateway);
        }
        while self.waiting.len() >= MOST {
            let Some(fullest) = self.fullest() else { break };
            self.drop_oldest(&fullest);
        }
        self.waiting.insert(token.clone(), reservation.clone());
        let queue = self.queues.entry(gateway.to_owned()).or_default();
        queue.push_back(token.clone());
        Ok((token, reservation))
    }

    /// Uses a token up; nothing for one that is unknown, used or expired.
    pub(super) fn take(&mut self, token: &str) -> Option<Reservation> {
        let reservation = self.waiting.remove(token)?;
        if let Some(queue) = self.queues.get_mut(&reservation.gateway) {
            // Mostly one of the last.
            if let Some(place) = queue.iter().rposition(|waiting| waiting == token) {
                queue.remove(place);
            }
            if queue.is_empty() {
                self.queues.remove(&reservation.gateway);
            }
        }
        (reservation.expires >= SystemTime::now()).then_some(reservation)
    }

    /// Whether this one waits for its socket.
    pub(super) fn waits(&self, token: &str) -> bool {
        let waiting = self.waiting.get(token);
        waiting.is_some_and(|found| found.expires >= SystemTime::now())
    }

    /// How many wait for this gateway.
    pub(super) fn of(&self, gateway: &str) -> usize {
        self.queues.get(gateway).map_or(0, VecDeque::len)
    }

    /// When the newest of this gateway stops waiting.
    pub(super) fn last(&self, gateway: &str) -> Option<SystemTime> {
        let newest = self.queues.get(gateway)?.back()?;
        self.waiting.get(newest).map(|found| found.expires)
    }

    /// Drops all of this gateway.
    pub(super) fn drop_all(&mut self, gateway: &str) {
        for token in self.queues.remove(gateway).unwrap_or_default() {
            self.waiting.remove(&token);
        }
    }

    /// Drops those that nobody can use any more.
    pub(super) fn forget_expired(&mut self) {
        let now = SystemTime::now();
        let waiting = &mut self.waiting;
        self.queues.retain(|_, queue| {
            while let Some(oldest) = queue.front()
                && waiting.get(oldest).is_none_or(|found| found.expires < now)
            {
                waiting.remove(oldest);
                queue.pop_front();
            }
            !queue.is_empty()
        });
    }

    fn fullest(&self) -> Option<String> {
        let fullest = self.queues.iter().max_by_key(|(_, queue)| queue.len());
        fullest.map(|(name, _)| name.clone())
    }

    fn drop_oldest(&mut self, gateway: &str) {
        if let Some(queue) = self.queues.get_mut(gateway) {
            if let Some(oldest) = queue.pop_front() {
                self.waiting.remove(&oldest);
            }
            if queue.is_empty() {
                self.queues.remove(gateway);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserve(tokens: &mut Tokens, gateway: &str) -> String {
        tokens.reserve(gateway, &[]).unwrap().0
    }

    #[test]
    fn a_token_is_used_once_and_expires() {
        let mut tokens = Tokens::default();
        let tags = vec!["a".to_owned(), "\"ü\n".to_owned()];
        let (token, _) = tokens.reserve("main", &tags).unwrap();
        assert_eq!(token.len(), 64);
        assert_eq!(tokens.take(&token).map(|found| found.tags()), Some(tags));
        assert!(tokens.take(&token).is_none());

        let (late, later) = (reserve(&mut tokens, "main"), reserve(&mut tokens, "main"));
        for token in [&late, &later] {
            tokens.waiting.get_mut(token).unwrap().expires = SystemTime::UNIX_EPOCH;
        }
        assert!(tokens.take(&late).is_none());
        assert_eq!(tokens.of("main"), 1);
        tokens.forget_expired();
        assert_eq!((tokens.of("main"), tokens.waiting.len()), (0, 0));
    }

    #[test]
    fn the_oldest_makes_room_and_another_gateways_stay() {
        let mut tokens = Tokens::default();
        let mine = reserve(&mut tokens, "mine");
        let first = reserve(&mut tokens, "flood");
        for _ in 0..MOST_OF_GATEWAY {
            reserve(&mut tokens, "flood");
        }
        assert_eq!(tokens.of("flood"), MOST_OF_GATEWAY);
        assert!(tokens.take(&first).is_none());
        for number in 0..MOST {
            reserve(&mut tokens, &format!("flood{}", number % 50));
        }
        assert_eq!(tokens.waiting.len(), MOST);
        let in_queues: usize = tokens.queues.values().map(VecDeque::len).sum();
        assert_eq!(in_queues, MOST);
        assert!(tokens.take(&mine).is_some());
    }
}

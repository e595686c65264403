//! Something scarce, such as memory or connections: what all clients together may hold of it, and
//! what each address of another machine may, so that nobody across the room takes it from everybody
//! else.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What there is, and who holds how much of it.
#[derive(Debug)]
pub(crate) struct Budget {
    most: u64,
    most_of_address: u64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: u64,
    by_address: HashMap<IpAddr, u64>,
    refused: u64,
}

/// More than there is. Says which bound it is that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Exhausted {
    /// The one of all.
    #[error("{0} for all clients")]
    InAll(u64),
    /// The one of an address.
    #[error("{0} for one address")]
    OfAddress(u64),
}

/// What one client holds; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    /// Nothing for this machine itself.
    address: Option<IpAddr>,
    held: u64,
}

impl Budget {
    /// `most` in all, `most_of_address` for each address of another machine.
    pub(crate) fn new(most: u64, most_of_address: u64) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_address,
            held: Mutex::default(),
        })
    }

    /// The share of a client, which holds nothing yet.
    pub(crate) fn share(self: &Arc<Self>, client: Option<IpAddr>) -> Share {
        Share {
            budget: Arc::clone(self),
            address: client.and_then(of_another_machine),
            held: 0,
        }
    }

    /// One more for a client, where these are places.
    pub(crate) fn place(self: &Arc<Self>, client: Option<IpAddr>) -> Result<Share, Exhausted> {
        self.place_among(self.most, client)
    }

    /// The same, where there are no more than `most` at the moment.
    pub(crate) fn place_among(
        self: &Arc<Self>,
        most: u64,
        client: Option<IpAddr>,
    ) -> Result<Share, Exhausted> {
        let mut share = self.share(client);
        share.hold_among(most, 1)?;
        Ok(share)
    }

    /// How much is held.
    pub(crate) fn held(&self) -> u64 {
        self.lock().all
    }

    /// How often there was no more.
    pub(crate) fn refused(&self) -> u64 {
        self.lock().refused
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Holds so much, in place of what it held. Where that is too much, it holds what it held.
    pub(crate) fn hold(&mut self, amount: u64) -> Result<(), Exhausted> {
        self.hold_among(self.budget.most, amount)
    }

    fn hold_among(&mut self, most: u64, amount: u64) -> Result<(), Exhausted> {
        if amount == self.held {
            return Ok(());
        }
        let mut held = self.budget.lock();
        let grows = amount > self.held;
        let all = held.all - self.held + amount;
        if grows && all > most {
            held.refused += 1;
            return Err(Exhausted::InAll(most));
        }
        if let Some(address) = self.address {
            let of_address = held.by_address.get(&address).copied().unwrap_or(0);
            let of_address = of_address - self.held + amount;
            if grows && of_address > self.budget.most_of_address {
                held.refused += 1;
                return Err(Exhausted::OfAddress(self.budget.most_of_address));
            }
            match of_address {
                0 => _ = held.by_address.remove(&address),
                _ => _ = held.by_address.insert(address, of_address),
            }
        }
        held.all = all;
        self.held = amount;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Less is never refused.
        let _ = self.hold(0);
    }
}

/// The address, if it is another machine's.
fn of_another_machine(ip: IpAddr) -> Option<IpAddr> {
    (!ip.to_canonical().is_loopback()).then(|| network(ip))
}

/// The address; of IPv6 the network, in which a machine has as many addresses as it likes.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let network = ip.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_bounded_and_given_back() {
        let budget = Budget::new(100, 40);
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        let mut far = budget.share(ip("10.0.0.1"));
        let mut same = budget.share(ip("::ffff:10.0.0.1"));
        far.hold(30).unwrap();
        assert_eq!(same.hold(11), Err(Exhausted::OfAddress(40)));
        same.hold(10).unwrap();
        let mut own = budget.share(ip("127.0.0.1"));
        assert_eq!(own.hold(61), Err(Exhausted::InAll(100)));
        own.hold(60).unwrap();
        assert_eq!(far.hold(31), Err(Exhausted::InAll(100)));
        drop(own);
        drop(same);
        far.hold(40).unwrap();
        assert_eq!((budget.held(), budget.refused()), (40, 3));
        far.hold(0).unwrap();
        assert_eq!(budget.held(), 0);
        assert!(budget.lock().by_address.is_empty());

        let places = Budget::new(3, 2);
        let first = places.place(ip("fd00::1")).unwrap();
        let _second = places.place(ip("fd00::2")).unwrap();
        assert_eq!(
            places.place(ip("fd00::3")).unwrap_err(),
            Exhausted::OfAddress(2)
        );
        let _third = places.place(ip("fd00:0:0:1::1")).unwrap();
        assert_eq!(places.place(None).unwrap_err(), Exhausted::InAll(3));
        drop(first);
        assert!(places.place(None).is_ok());
        assert_eq!(
            places.place_among(2, None).unwrap_err(),
            Exhausted::InAll(2)
        );
    }
}

//! How many sockets there may be, in all and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The limits, and what there is.
#[derive(Debug)]
pub(super) struct ConnectionLimits {
    most: usize,
    most_per_address: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Which limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMany {
    /// In all.
    InAll(usize),
    /// Of this address.
    OfAddress(usize),
}

/// Leave for one socket, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    limits: Arc<ConnectionLimits>,
    address: Option<IpAddr>,
}

impl ConnectionLimits {
    /// No socket yet.
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            open: Mutex::default(),
        }
    }

    /// Leave for a socket of `address`.
    pub(super) fn acquire(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Permit, TooMany> {
        let mut open = self.lock();
        if open.all >= self.most {
            return Err(TooMany::InAll(self.most));
        }
        if let Some(address) = address {
            let count = open.by_address.entry(address).or_default();
            if *count >= self.most_per_address {
                return Err(TooMany::OfAddress(self.most_per_address));
            }
            *count += 1;
        }
        open.all += 1;
        Ok(Permit {
            limits: Arc::clone(self),
            address,
        })
    }

    /// How many sockets are open.
    pub(super) fn open(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.limits.lock();
        open.all = open.all.saturating_sub(1);
        if let Some(address) = self.address
            && let Some(count) = open.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_are_limited_and_given_back() {
        let limits = Arc::new(ConnectionLimits::new(3, 2));
        let (a, b) = ("10.0.0.1".parse().ok(), "10.0.0.2".parse().ok());
        let first = limits.acquire(a).unwrap();
        let _second = limits.acquire(a).unwrap();
        assert_eq!(limits.acquire(a).unwrap_err(), TooMany::OfAddress(2));
        let _third = limits.acquire(b).unwrap();
        assert_eq!(limits.acquire(b).unwrap_err(), TooMany::InAll(3));
        drop(first);
        assert_eq!(limits.open(), 2);
        assert!(limits.acquire(a).is_ok());
    }
}

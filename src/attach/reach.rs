//! Under which address a program reaches this server.

use std::net::{IpAddr, SocketAddr};

use actix_web::web::Data;

use crate::access::Gate;

/// How a program on this machine, or on another one, gets to this server.
#[derive(Debug)]
pub(crate) struct Reach {
    /// Where the server listens.
    pub addresses: Vec<SocketAddr>,
    /// Who needs a pass.
    pub gate: Data<Gate>,
    /// Whether the server speaks TLS.
    pub secure: bool,
}

impl Reach {
    /// What comes before and behind a user's name in the URL of this server, for a program that
    /// this machine reached by its address `local`.
    pub(super) fn base(&self, local: IpAddr) -> Option<(&'static str, String)> {
        let server = way_back(&self.addresses, local)?;
        let scheme = if self.secure { "https://" } else { "http://" };
        let prefix = self.gate.prefix_at(server.ip());
        Some((scheme, format!("{server}{prefix}")))
    }
}

/// The address to name to a program, of those that the server listens on: the one by which this
/// machine reached the program, which is the way back as well. `None` if the server does not
/// listen there, being on loopback only.
fn way_back(listening: &[SocketAddr], local: IpAddr) -> Option<SocketAddr> {
    let local = local.to_canonical();
    let is_there = |address: &&SocketAddr| {
        let ip = address.ip();
        ip == local || ip.is_unspecified() && ip.is_ipv4() == local.is_ipv4()
    };
    if let Some(address) = listening.iter().find(is_there) {
        return Some(SocketAddr::new(local, address.port()));
    }
    // From this machine every address of it can be reached, though not by every family.
    let loopback = |ip: IpAddr| -> IpAddr {
        match ip {
            IpAddr::V4(ip) if ip.is_unspecified() => [127, 0, 0, 1].into(),
            IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        }
    };
    let first = listening.first().filter(|_| local.is_loopback())?;
    Some(SocketAddr::new(loopback(first.ip()), first.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_an_address_that_it_can_reach() {
        let check = |listening: &[&str], local: &str, expected: Option<&str>| {
            let listening: Vec<_> = listening.iter().map(|text| text.parse().unwrap()).collect();
            let found = way_back(&listening, local.parse().unwrap());
            assert_eq!(found, expected.map(|text| text.parse().unwrap()), "{local}");
        };
        let both = ["127.0.0.1:8080", "[::1]:8080"];
        check(&both, "127.0.0.1", Some("127.0.0.1:8080"));
        check(&both, "::1", Some("[::1]:8080"));
        check(&both, "192.168.1.5", None);
        check(&["0.0.0.0:80"], "192.168.1.5", Some("192.168.1.5:80"));
        check(&["0.0.0.0:80"], "::1", Some("127.0.0.1:80"));
        check(&["192.168.1.5:80"], "127.0.0.1", Some("192.168.1.5:80"));
        check(&["192.168.1.5:80"], "10.0.0.1", None);
        check(&["[::]:80"], "fd00::5", Some("[fd00::5]:80"));
        check(
            &["0.0.0.0:80"],
            "::ffff:192.168.1.5",
            Some("192.168.1.5:80"),
        );
    }
}

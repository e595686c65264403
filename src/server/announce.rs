//! What tells a network of this server: DNS-SD over multicast DNS (RFC 6763, RFC 6762), so that a
//! player finds it. Says where it is and what it shows; never the token, and nothing where only
//! this machine can reach it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mdns_sd::{Error, IfKind, ServiceDaemon, ServiceInfo};
use tracing::{debug, warn};

use super::banner::{self, At};
use crate::path::TreePath;

/// The type of service.
const SERVICE: &str = "_qmlserve._tcp.local.";

/// What a client opens.
const PATH: &str = "/@qmlserve/live.qml";

/// How long is waited at the end until the network has been told.
const FAREWELL: Duration = Duration::from_millis(200);

/// The longest label of a name in DNS, in bytes (RFC 1035).
const LONGEST_LABEL: usize = 63;

/// The longest string of a TXT record, in bytes (RFC 6763, section 6.1).
const LONGEST_TEXT: usize = 255;

/// An announcement; taken back when this is dropped.
pub(super) struct Announcement {
    daemon: ServiceDaemon,
    name: String,
}

/// Announces, where others can reach the server, that it shows `entry`. That it cannot be is no
/// reason not to serve.
pub(super) fn announce(at: &At<'_>, entry: &TreePath) -> Option<Announcement> {
    let lan = banner::reachable(at.addresses, &banner::lan());
    if lan.is_empty() {
        return None;
    }
    match start(at, entry, &lan) {
        Ok(announcement) => {
            debug!("announced as {} by multicast DNS", announcement.name);
            Some(announcement)
        }
        Err(error) => {
            warn!("players do not find this server by themselves: {error}");
            None
        }
    }
}

fn start(at: &At<'_>, entry: &TreePath, lan: &[IpAddr]) -> Result<Announcement, Error> {
    let machine = at.names.first().map_or("qmlserve", String::as_str);
    let machine = machine.split('.').next().unwrap_or(machine);
    let port = at.addresses.first().map_or(0, SocketAddr::port);
    let dir = std::path::absolute(at.dir).unwrap_or_default();
    let folder = dir.file_name().unwrap_or_default().to_string_lossy();
    let asks = lan.iter().any(|ip| !at.gate.prefix_at(*ip).is_empty());
    let entry = entry.as_str();
    let text = |is: bool| if is { "1" } else { "0" };
    let mut properties = vec![
        ("path", PATH),
        ("version", env!("CARGO_PKG_VERSION")),
        ("tls", text(at.tls.is_some())),
        ("token", text(asks)),
    ];
    if "entry=".len() + entry.len() <= LONGEST_TEXT {
        properties.push(("entry", entry));
    }
    // A name of its own: the machine's is another program's to announce.
    let host = label(&format!("qmlserve-{machine}")) + ".local.";
    let name = label(&format!("{folder} ({machine})"));
    let is_any = |address: &SocketAddr| address.ip().is_unspecified();
    let follows = at.addresses.iter().any(is_any);
    let service = ServiceInfo::new(SERVICE, &name, &host, lan, port, &properties[..])?;
    let daemon = ServiceDaemon::new()?;
    if follows {
        daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?;
    } else {
        daemon.disable_interface(IfKind::All)?;
        daemon.enable_interface(lan.iter().copied().map(IfKind::from).collect::<Vec<_>>())?;
    }
    let name = service.get_fullname().to_owned();
    daemon.register(service)?;
    Ok(Announcement { daemon, name })
}

/// As much of a text as a label of DNS may have.
fn label(text: &str) -> String {
    let mut end = text.len().min(LONGEST_LABEL);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Who cannot be told finds out when the record is out of date.
        if let Ok(told) = self.daemon.unregister(&self.name) {
            let _ = told.recv_timeout(FAREWELL);
        }
        let _ = self.daemon.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_cut_between_characters() {
        assert_eq!(label("ui (devbox)"), "ui (devbox)");
        let long = "ä".repeat(40);
        assert_eq!(label(&long), "ä".repeat(31));
    }
}

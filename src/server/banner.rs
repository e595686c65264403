//! What the command prints when it is ready: what it serves, where it listens, and what to type
//! next.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::keys;
use super::tls::Tls;
use crate::access::Gate;
use crate::config::Host;
use crate::live::Live;
use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;

/// Choices that are printed; `/@qmlserve/status` has them all.
const MOST_CHOICES: usize = 12;

/// What a client is going to show.
#[derive(Debug)]
struct Entry<'a> {
    path: TreePath,
    exists: bool,
    choices: &'a [TreePath],
}

/// Where the server is, and who may ask.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    /// The folder that is served.
    pub dir: &'a Path,
    /// The hosts that were named, and what they are.
    pub hosts: &'a [Host],
    /// What is listened on.
    pub addresses: &'a [SocketAddr],
    /// Its Unix sockets.
    pub sockets: &'a [PathBuf],
    /// The names of this machine.
    pub names: &'a [String],
    /// Who is asked for what.
    pub gate: &'a Gate,
    /// What speaks TLS there, if anything does.
    pub tls: Option<&'a Tls>,
    /// Whether keys are heard.
    pub has_keys: bool,
}

/// Prints the banner, the line with the address first.
pub(super) fn print(at: &At<'_>, snapshot: &Snapshot, live: &Live) -> io::Result<()> {
    let path = live.entry(snapshot);
    let entry = Entry {
        exists: snapshot.file(&path).is_some(),
        choices: live.choices(snapshot, &path),
        path,
    };
    let mut text = text(at, &entry, &lan());
    let known = live.project(snapshot).lines();
    if !known.is_empty() {
        text.push('\n');
    }
    for line in known {
        text += &format!("  {line}\n");
    }
    if at.has_keys {
        text += &format!("\n  keys   {}\n", keys::HELP);
    }
    say(&text)
}

/// Prints the address for a device as a QR code, or what there is to do to have one.
pub(super) fn print_code(at: &At<'_>) -> io::Result<()> {
    let port = at.addresses.first().map_or(0, SocketAddr::port);
    let reachable = reachable(at.addresses, &lan());
    let Some(ip) = reachable
        .iter()
        .find(|ip| ip.is_ipv4())
        .or(reachable.first())
    else {
        return say(
            "\n  No device can reach this server, so there is nothing to scan: --host 0.0.0.0 lets \
             them in.\n",
        );
    };
    let address = SocketAddr::new(*ip, port);
    let url = format!(
        "{}://{address}{}/remote.qml",
        at.scheme(),
        at.gate.prefix_at(*ip)
    );
    let code = QrCode::new(&url).map_err(io::Error::other)?;
    let code = code.render::<Dense1x2>().build();
    // Black on white, whatever the terminal's colours are: not every camera takes the negative.
    let (on, off) = match io::stdout().is_terminal() {
        true => ("\x1b[30;107m", "\x1b[0m"),
        false => ("", ""),
    };
    let lines = code.lines().map(|line| format!("  {on}{line}{off}\n"));
    say(&format!("\n{}\n  {url}\n", lines.collect::<String>()))
}

/// Prints how somebody deploys to this server.
pub(super) fn print_push(at: &At<'_>, branch: &str) -> io::Result<()> {
    let base = at.base();
    say(&format!(
        "\n  push   git push {base}/@qmlserve/git {branch}\n"
    ))
}

/// Prints at once.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn text(at: &At<'_>, entry: &Entry<'_>, lan: &[IpAddr]) -> String {
    let At {
        dir,
        addresses,
        names,
        gate,
        ..
    } = *at;
    let base = at.base();
    if addresses.is_empty() {
        let socket = base.trim_start_matches("unix:");
        return format!(
            "qmlserve listening on {base}\n\n  curl   curl --unix-socket {socket} http://localhost/{}\n",
            entry.path.to_url()
        );
    }
    let port = addresses.first().map_or(0, SocketAddr::port);
    let scheme = at.scheme();
    let remote = if base == "http://localhost:8080" {
        "remote.qml".to_owned()
    } else {
        format!("{base}/remote.qml")
    };
    let mut text = format!(
        "qmlserve listening on {base}/\n\n  folder {}\n  entry  {}\n\n",
        dir.display(),
        entry.path
    );
    // Writing into a String does not fail.
    let _ = write!(
        text,
        "  Qt 5   qmlscene --resize-to-root {base}/remote.qml\n  \
           Qt 6   qml {base}/remote.qml\n  \
           curl   curl {base}/{}\n",
        entry.path.to_url(),
    );
    if remote == "remote.qml" {
        let _ = writeln!(text, "  book   qmlscene --resize-to-root remote.qml");
    }
    let reachable = reachable(addresses, lan);
    for ip in &reachable {
        let address = SocketAddr::new(*ip, port);
        let prefix = gate.prefix_at(*ip);
        let _ = writeln!(text, "  LAN    qml {scheme}://{address}{prefix}/remote.qml");
    }
    let another = reachable.first().map(|ip| SocketAddr::new(*ip, port));
    let another = another.map(|address| format!("{scheme}://{address}"));
    let trust = at.tls.map(|tls| tls.trust(another.as_deref()));
    for line in trust.unwrap_or_default() {
        let _ = writeln!(text, "  TLS    {line}");
    }
    if let (Some(ip), false) = (reachable.first(), names.is_empty()) {
        let prefix = gate.prefix_at(*ip);
        for name in names {
            let _ = writeln!(
                text,
                "  LAN    qml {scheme}://{name}:{port}{prefix}/remote.qml"
            );
        }
    }
    let is_open = |ip: &IpAddr| gate.prefix_at(*ip).is_empty();
    if reachable.iter().any(is_open) {
        text.push_str(
            "\n  Whoever reaches these addresses can read the tree and write to its collections.\n",
        );
    } else if !reachable.is_empty() {
        text.push_str(
            "\n  Whoever has such a URL can read the tree and write to its collections: /~TOKEN/ in it\n  \
             is what lets other machines in (without: --no-token).\n",
        );
    }
    if !entry.exists {
        text += &missing(entry, &base);
    }
    text
}

/// What to do as long as nobody has said what to show.
fn missing(entry: &Entry<'_>, base: &str) -> String {
    let path = &entry.path;
    if entry.choices.is_empty() {
        return format!(
            "\n  {path} does not exist yet: clients wait for it (another entry: --document FILE)\n"
        );
    }
    let mut text =
        "\n  Which document is the first? Clients ask; or name it, with --document FILE \
                    or so:\n"
            .to_owned();
    for choice in entry.choices.iter().take(MOST_CHOICES) {
        let url = choice.to_url().replace('+', "%2B");
        text += &format!("    qml {base}/@qmlserve/live.qml?document={url}\n");
    }
    if let Some(more) = entry.choices.len().checked_sub(MOST_CHOICES + 1) {
        text += &format!("    and {} more: {base}/@qmlserve/status\n", more + 1);
    }
    text
}

impl At<'_> {
    /// The URL of the server for this machine, without a slash at the end.
    pub(super) fn base(&self) -> String {
        let (addresses, gate) = (self.addresses, self.gate);
        if let (true, Some(socket)) = (addresses.is_empty(), self.sockets.first()) {
            return format!("unix:{}", socket.display());
        }
        let port = addresses.first().map_or(0, SocketAddr::port);
        let near =
            |address: &&SocketAddr| address.ip().is_loopback() || address.ip().is_unspecified();
        let prefix = match addresses.iter().find(near).or(addresses.first()) {
            Some(address) if near(&address) => gate.prefix_at(Ipv4Addr::LOCALHOST.into()),
            Some(address) => gate.prefix_at(address.ip()),
            None => String::new(),
        };
        let host = main_host(self.hosts, addresses);
        format!("{}://{host}:{port}{prefix}", self.scheme())
    }

    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

/// The name to type on this machine.
fn main_host(hosts: &[Host], addresses: &[SocketAddr]) -> String {
    match hosts {
        [Host::Name(name)] => name.clone(),
        [Host::Ip(ip)] if !ip.is_unspecified() => match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        },
        _ if addresses
            .iter()
            .any(|a| a.ip().is_loopback() || a.ip().is_unspecified()) =>
        {
            "localhost".to_owned()
        }
        _ => addresses
            .first()
            .map_or_else(String::new, |address| match address.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            }),
    }
}

/// The addresses under which other machines find the server.
pub(super) fn reachable(addresses: &[SocketAddr], lan: &[IpAddr]) -> Vec<IpAddr> {
    let listened = |ip: &IpAddr| {
        addresses.iter().any(|address| {
            address.ip() == *ip
                || address.ip().is_unspecified() && address.is_ipv4() == ip.is_ipv4()
        })
    };
    lan.iter().copied().filter(listened).collect()
}

/// The addresses of this machine's interfaces that others can reach.
pub(super) fn lan() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces
        .into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| interface.ip())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Pass;

    #[test]
    fn the_first_line_names_the_address_and_lan_addresses_follow() {
        let entry = Entry {
            path: TreePath::parse("my main.qml").unwrap(),
            exists: false,
            choices: &[],
        };
        let lan = ["192.168.1.5".parse().unwrap(), "fd00::5".parse().unwrap()];
        let any: Host = Host::Ip("0.0.0.0".parse().unwrap());
        let at = At {
            dir: Path::new("/home/me/ui"),
            hosts: &[any],
            addresses: &["0.0.0.0:8080".parse().unwrap()],
            sockets: &[],
            names: &["devbox".to_owned(), "devbox.local".to_owned()],
            gate: &Gate::new(Pass::parse("12345678"), false, |_| false),
            tls: None,
            has_keys: false,
        };
        let text = text(&at, &entry, &lan);
        assert!(
            text.contains("\n  folder /home/me/ui\n  entry  my main.qml\n"),
            "{text}"
        );
        assert!(
            text.contains("qml http://devbox.local:8080/~12345678/remote.qml"),
            "{text}"
        );
        assert!(
            text.starts_with("qmlserve listening on http://localhost:8080/\n"),
            "{text}"
        );
        assert!(
            text.contains("qml http://192.168.1.5:8080/~12345678/remote.qml"),
            "{text}"
        );
        assert!(!text.contains("fd00"), "{text}");
        assert!(
            text.contains("curl http://localhost:8080/my%20main.qml"),
            "{text}"
        );
        assert!(text.contains("my main.qml does not exist yet"), "{text}");
    }

    #[test]
    fn the_command_for_each_choice_is_there() {
        let choice = |n: usize| TreePath::parse(&format!("a b/C+{n}.qml")).unwrap();
        let choices: Vec<_> = (0..14).map(choice).collect();
        let entry = Entry {
            path: TreePath::main(),
            exists: false,
            choices: &choices,
        };
        let at = At {
            dir: Path::new("ui"),
            hosts: &Host::loopback(),
            addresses: &["127.0.0.1:8090".parse().unwrap()],
            sockets: &[],
            names: &["devbox".to_owned()],
            gate: &Gate::default(),
            tls: None,
            has_keys: false,
        };
        let text = text(&at, &entry, &[]);
        assert!(!text.contains("devbox"), "only this machine: {text}");
        let command = "qml http://localhost:8090/@qmlserve/live.qml?document=a%20b/C%2B0.qml\n";
        assert!(text.contains(command), "{text}");
        assert!(text.contains("and 2 more"), "{text}");
        assert!(!text.contains("does not exist"), "{text}");
    }
}

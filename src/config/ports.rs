//! Ports beside the main one, each showing one route of the server at its root.

use std::fmt;
use std::path::Path;

use super::error::ConfigError;
use super::section::Section;
use super::values::{Host, Value};

/// A port more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListenAt {
    /// Where.
    pub address: Address,
    /// What is at its root.
    pub mount: Mount,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The host.
    pub host: Host,
    /// The port; 0 lets the system choose.
    pub port: u16,
}

/// A path of the server that is the root of a port: without a slash at its
/// end, so that it goes before any path. Empty for the whole server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mount(String);

/// `[[listen]]`.
pub(super) fn listen(top: &mut Section<'_>) -> Result<Vec<ListenAt>, ConfigError> {
    top.tables("listen", "none beside the server's own", |section| {
        Ok(ListenAt {
            address: section.required("address")?,
            mount: section.or("mount", Mount::default())?,
        })
    })
}

impl ListenAt {
    /// The ports of the book beside its 8080: the colours at /colors of 5000,
    /// the chat at the root of 3000.
    pub(crate) fn book() -> Vec<Self> {
        let at = |port, mount: &str| Self {
            address: Address {
                host: Host::Name("localhost".to_owned()),
                port,
            },
            mount: Mount(mount.to_owned()),
        };
        vec![at(5000, ""), at(3000, "/chat")]
    }
}

impl Address {
    /// The hosts to listen on: `localhost` is both loopback addresses.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        match &self.host {
            Host::Name(name) if name == "localhost" => Host::loopback(),
            host => vec![host.clone()],
        }
    }
}

impl Mount {
    /// What goes before a path.
    pub(crate) fn prefix(&self) -> &str {
        &self.0
    }
}

impl Value for Address {
    fn expected() -> String {
        r#"a host and a port, such as "localhost:3000""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.trim().rsplit_once(':')?;
        let is_bare_v6 = host.contains(':') && !host.starts_with('[');
        let (host, port) = (Host::parse(host)?, port.parse().ok()?);
        let is_socket = matches!(host, Host::Unix(_));
        (!is_bare_v6 && !is_socket).then_some(Self { host, port })
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.to_string();
        let port = self.port;
        if host.contains(':') {
            write!(out, "[{host}]:{port}")
        } else {
            write!(out, "{host}:{port}")
        }
    }
}

impl Value for Mount {
    fn expected() -> String {
        r#"a path of the server outside of /@…, such as "/chat", or "/" for all of it"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let plain = |c: char| c.is_ascii_graphic() && !"?#\\\"<>^`{|}".contains(c);
        // What is below /@… is the server's own, and no page's but its own.
        let good = text.starts_with('/')
            && !text.starts_with("/@")
            && !text.starts_with("/%40")
            && path.chars().all(plain)
            && path
                .split('/')
                .skip(1)
                .all(|part| !matches!(part, "" | "." | ".."));
        good.then(|| Self(path.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(if self.0.is_empty() { "/" } else { &self.0 }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("localhost:3000", Some("localhost:3000")),
            ("0.0.0.0:0", Some("0.0.0.0:0")),
            ("[::1]:80", Some("[::1]:80")),
            ("::1:80", None),
            ("localhost", None),
            (":3000", None),
            ("localhost:70000", None),
            ("http://localhost:80", None),
            ("unix:/run/qml:80", None),
        ] {
            let written = Address::parse(text).and_then(|address| address.write(Path::new("/")));
            assert_eq!(written, expected.map(toml::Value::from), "{text}");
        }
    }

    #[test]
    fn mounts() {
        for (text, expected) in [
            ("/", Some("")),
            ("/chat", Some("/chat")),
            ("/a/b/", Some("/a/b")),
            ("/a%20b", Some("/a%20b")),
            ("chat", None),
            ("//", None),
            ("/a//b", None),
            ("/../a", None),
            ("/a?b", None),
            ("/ü", None),
            ("/@qmlserve", None),
            ("/%40qmlserve", None),
            ("/a/@b", Some("/a/@b")),
            ("", None),
        ] {
            let mount = Mount::parse(text);
            assert_eq!(mount.as_ref().map(Mount::prefix), expected, "{text}");
        }
    }
}

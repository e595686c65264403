//! The values of the Host and Origin headers, parsed once and never trusted.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

/// Host and port as a Host header names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    /// Lower-case, without brackets and without a trailing dot.
    name: String,
    port: Option<u16>,
    /// Whether it is reached by `https`, whose port is another one where none is named.
    secure: bool,
}

/// The origin of a web page: scheme, host and port (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Lower-case, without the scheme's own port.
    text: String,
    /// The host, for the schemes of the web; a page of an extension has none.
    web: Option<Authority>,
}

/// A name that the Host header may have. With a leading dot it stands for the
/// domain and every name below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPattern {
    name: String,
    below: bool,
}

/// A header that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// Not a host with an optional port.
    #[error("expected a host name or address, with a port at most")]
    Host,
    /// Not an origin.
    #[error("expected an origin such as https://example.com:8443")]
    Origin,
}

impl Authority {
    /// The host that a URL leads to; `None` unless it is one of HTTP.
    pub(crate) fn of_url(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let name = match url.host()? {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Some(Self {
            name,
            port: url.port_or_known_default(),
            secure: url.scheme() == "https",
        })
    }

    /// The same, reached by `https` or not.
    pub(crate) fn over(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    /// Whether it is reached by `https`.
    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, lower-case.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The port, that of the scheme where none is named.
    pub(crate) fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(if self.secure { 443 } else { 80 })
    }

    /// The host as an address.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.name.parse().ok()
    }

    /// Whether no resolver can lead this name to another machine (RFC 6761).
    pub(crate) fn is_localhost(&self) -> bool {
        self.name == "localhost"
            || self.name.ends_with(".localhost")
            || self.ip().is_some_and(|ip| ip.is_loopback())
    }

    /// As it stands in a URL.
    pub(crate) fn to_url(&self) -> String {
        let name = if self.name.contains(':') {
            format!("[{}]", self.name)
        } else {
            self.name.clone()
        };
        match self.port {
            Some(port) => format!("{name}:{port}"),
            None => name,
        }
    }
}

impl FromStr for Authority {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        // What ends the host in a URL, and what only there has a meaning.
        if text.is_empty() || text.contains(['/', '\\', '?', '#', '@', '%', ' ']) {
            return Err(Malformed::Host);
        }
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| Malformed::Host)?;
        let mut authority = Self::of_url(&url).ok_or(Malformed::Host)?;
        // URLs allow quotation marks and the like, which have a meaning where a name is printed:
        // in the string of a QML document, on a command line. Names of machines have none.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
        if !authority.name.chars().all(is_plain) {
            return Err(Malformed::Host);
        }
        // The parser drops the default port; what was written is wanted here.
        authority.port = url.port().or_else(|| text.ends_with(":80").then_some(80));
        Ok(authority)
    }
}

impl Origin {
    /// Whether this is the origin of a page on this machine.
    pub(crate) fn is_localhost(&self) -> bool {
        self.web.as_ref().is_some_and(Authority::is_localhost)
    }

    /// Whether this is the origin of the pages that `host` itself serves. A page that came without
    /// TLS is none of a host with it: anybody in between may have written it.
    pub(crate) fn is_of(&self, host: &Authority) -> bool {
        self.web.as_ref().is_some_and(|own| {
            own.name == host.name
                && own.port_or_default() == host.port_or_default()
                && (own.secure || !host.secure)
        })
    }
}

impl FromStr for Origin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        // The parser is as lenient as a browser's address line; an Origin
        // header is not.
        let (_, rest) = text.split_once("://").ok_or(Malformed::Origin)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let foreign = |c: char| c.is_control() || c.is_whitespace() || "/\\?#@".contains(c);
        if authority.is_empty() || authority.contains(foreign) {
            return Err(Malformed::Origin);
        }
        let url = Url::parse(text).map_err(|_| Malformed::Origin)?;
        let host = url
            .host_str()
            .ok_or(Malformed::Origin)?
            .to_ascii_lowercase();
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        Ok(Self {
            text: format!("{}://{host}{port}", url.scheme()),
            web: Authority::of_url(&url),
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.below { "." } else { "" };
        write!(f, "{dot}{}", self.name)
    }
}

impl HostPattern {
    /// Whether `name`, lower-case, is meant.
    pub(crate) fn matches(&self, name: &str) -> bool {
        name == self.name
            || self.below
                && name
                    .strip_suffix(&self.name)
                    .is_some_and(|rest| rest.ends_with('.'))
    }
}

impl FromStr for HostPattern {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (name, below) = match text.strip_prefix('.') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let authority: Authority = name.parse()?;
        if authority.port.is_some() {
            return Err(Malformed::Host);
        }
        Ok(Self {
            name: authority.name,
            below,
        })
    }
}

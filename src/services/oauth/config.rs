//! What a sign-in is told by the configuration.

use std::fmt;

use url::Url;

/// A sign-in at somebody else's service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OAuthConfig {
    /// What it is called in URLs and in `oauth` of a proxy.
    pub name: String,
    /// Where the service is asked.
    pub place: Place,
    /// By what the service knows this server.
    pub client_id: String,
    /// What it has to show beside that; nothing for a public client.
    pub secret: ClientSecret,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// What is added to the URL that a person opens.
    pub params: Vec<(String, String)>,
    /// Where the service sends the browser back to; by default to the host that the client asked.
    pub redirect_url: Option<Url>,
    /// Who is signed in by a sign-in.
    pub session: SessionKind,
    /// Whether a sign-in outlives the server.
    pub keep: bool,
    /// Whether certificates are not checked.
    pub insecure: bool,
}

impl OAuthConfig {
    /// Whether the service is asked over TLS. One that says its URLs itself may name others.
    pub(super) fn is_secure(&self) -> bool {
        match &self.place {
            Place::Issuer(_) => true,
            Place::Given(endpoints) => endpoints.all().any(|url| url.scheme() == "https"),
        }
    }
}

/// Where a service is asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// It says so itself (OpenID Connect Discovery 1.0, RFC 8414).
    Issuer(Url),
    /// As the configuration says.
    Given(Box<Endpoints>),
}

/// The URLs of a service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Endpoints {
    /// Where a person signs in.
    pub authorize: Url,
    /// Where codes become tokens.
    pub token: Url,
    /// Where a screen without a keyboard gets a code (RFC 8628).
    pub device: Option<Url>,
    /// Where tokens are given back (RFC 7009).
    pub revoke: Option<Url>,
    /// Where it is told who has signed in.
    pub userinfo: Option<Url>,
}

/// The secret of this server at the service.
#[derive(Clone, PartialEq)]
pub(crate) enum ClientSecret {
    /// It has none.
    None,
    /// This.
    Text(String),
    /// The value of this variable of the environment.
    Variable(String),
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => out.write_str("none"),
            Self::Text(_) => out.write_str("***"),
            Self::Variable(name) => write!(out, "${name}"),
        }
    }
}

/// Who is signed in by a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// The client that asked.
    #[default]
    Client,
    /// Everybody who may ask this server.
    Server,
}

impl SessionKind {
    /// As the configuration has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// Whether a service may be asked at this URL: over TLS, or on this machine, where nobody reads
/// along (RFC 8252, section 8.3).
pub(crate) fn is_private(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    url.scheme() == "https" && url.has_host() || url.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_asked() {
        for (url, expected) in [
            ("https://id.example", true),
            ("http://id.example", false),
            ("http://127.0.0.1:3000", true),
            ("http://[::1]:3000", true),
            ("http://localhost:3000", true),
            ("http://localhost.evil.example", false),
            ("http://10.0.0.1", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(is_private(&url.parse().unwrap()), expected, "{url}");
        }
    }
}

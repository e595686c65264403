//! Where to listen, and whom to trust by name.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use super::{Secret, Value, integer};
use crate::access::{Asking, HostPattern, Origin, Pass};

/// The port to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// 8080, or the next free one after it.
    FirstFree,
    /// This one and no other; 0 lets the system choose.
    Given(u16),
}

impl Value for Port {
    const UNSET: &'static str = "8080, or the next free one";

    fn expected() -> String {
        "a number from 0 to 65535".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self::Given)
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let port = integer(value.get_ref()).and_then(|port| u16::try_from(port).ok());
        port.map(Self::Given).ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        match self {
            Self::FirstFree => None,
            Self::Given(port) => Some(i64::from(*port).into()),
        }
    }
}

/// Whom to ask for which token.
impl Value for Asking {
    const UNSET: &'static str =
        "asked of other machines, where they can reach the server; one that is kept in .qmlserve";

    fn expected() -> String {
        "a token of 8 to 128 letters, digits, - and _ (and not the \"***\" that --print-config \
         shows in its place), true for one that is made, or false for none"
            .to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        match bool::parse(text) {
            Some(true) => Some(Self::OfAll),
            Some(false) => Some(Self::OfNobody),
            None => Pass::parse(text).map(Self::For),
        }
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let asking = match value.get_ref() {
            DeValue::Boolean(true) => Some(Self::OfAll),
            DeValue::Boolean(false) => Some(Self::OfNobody),
            value => value.as_str().and_then(Pass::parse).map(Self::For),
        };
        asking.ok_or_else(|| value.span())
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        match self {
            Self::OfOthers => None,
            Self::OfAll => Some(true.into()),
            Self::OfNobody => Some(false.into()),
            Self::For(pass) => Secret(pass.secret().to_owned()).write(folder),
        }
    }
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    /// An address of this machine, or all of them.
    Ip(IpAddr),
    /// A name, in lower case, that resolves to such addresses.
    Name(String),
    /// A socket of the file system.
    Unix(PathBuf),
}

impl Host {
    /// Both loopback addresses: which of them `localhost` means differs from client to client.
    #[must_use]
    pub(crate) fn loopback() -> Vec<Self> {
        vec![
            Self::Ip(Ipv4Addr::LOCALHOST.into()),
            Self::Ip(Ipv6Addr::LOCALHOST.into()),
        ]
    }
}

/// What comes before the path of a Unix socket.
const UNIX: &str = "unix:";

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(out),
            Self::Name(name) => out.write_str(name),
            Self::Unix(path) => write!(out, "{UNIX}{}", path.display()),
        }
    }
}

impl Value for Host {
    fn expected() -> String {
        "an IP address or a host name without a port (0.0.0.0 is every IPv4 address, :: every IPv6 \
         one), or unix:PATH for a Unix socket"
            .to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix(UNIX) {
            return PathBuf::parse(path).filter(|_| cfg!(unix)).map(Self::Unix);
        }
        let bracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        if let Some(inner) = bracketed {
            return inner.parse().ok().map(|ip: Ipv6Addr| Self::Ip(ip.into()));
        }
        match text.parse() {
            Ok(address) => Some(Self::Ip(address)),
            Err(_) => host_name(text).map(Self::Name),
        }
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        match self {
            Self::Unix(path) => {
                let path = path.write(folder)?;
                Some(format!("{UNIX}{}", path.as_str()?).into())
            }
            _ => Some(self.to_string().into()),
        }
    }

    fn resolve(self, folder: &Path) -> Self {
        match self {
            Self::Unix(path) => Self::Unix(path.resolve(folder)),
            other => other,
        }
    }
}

/// A host name in lower case, if it is one. An underscore is let through: Docker Compose has it.
fn host_name(text: &str) -> Option<String> {
    /// The limits of RFC 1035, section 2.3.4, for a name as text and for a label.
    const LONGEST_NAME: usize = 253;
    const LONGEST_LABEL: usize = 63;
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    // A last label of digits makes it an IPv4 address that is none, such as 256.1.1.1.
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|b| b.is_ascii_digit());
    let good = name.len() <= LONGEST_NAME && !numeric && name.split('.').all(label);
    good.then(|| name.to_ascii_lowercase())
}

impl Value for HostPattern {
    fn expected() -> String {
        "a host name without a port, or .example.com for it and its subdomains".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let name = text.strip_prefix('.');
        let good = match name {
            Some(name) => host_name(name).is_some(),
            None => Host::parse(text).is_some(),
        };
        good.then(|| text.parse().ok()).flatten()
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

impl Value for Origin {
    fn expected() -> String {
        "scheme://host[:port] and nothing after it, such as http://localhost:3000".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text is accepted as the one beside it, or not at all, and what it is written as is
    /// read as the same.
    fn check<T: Value + PartialEq + fmt::Debug>(cases: &[(&str, Option<&str>)]) {
        for (text, expected) in cases {
            let value = T::parse(text);
            let written = value.as_ref().and_then(|value| value.write(Path::new("/")));
            let written = written.as_ref().and_then(toml::Value::as_str);
            assert_eq!(written, *expected, "{text:?}");
            if let Some(written) = written {
                assert_eq!(T::parse(written), value, "{written:?}");
            }
        }
    }

    #[test]
    fn hosts() {
        let long_label = "a".repeat(64);
        let long_name = ["a"; 128].join(".");
        check::<Host>(&[
            ("0.0.0.0", Some("0.0.0.0")),
            ("::", Some("::")),
            ("[::1]", Some("::1")),
            (" LocalHost ", Some("localhost")),
            ("dev-box.example.com.", Some("dev-box.example.com")),
            ("my_service", Some("my_service")),
            ("localhost:8080", None),
            ("127.0.0.1:8080", None),
            ("[127.0.0.1]", None),
            ("http://localhost", None),
            ("256.1.1.1", None),
            ("1", None),
            ("-a", None),
            ("a..b", None),
            ("a b", None),
            ("*", None),
            ("ü.example", None),
            (&long_label, None),
            (&long_name, None),
            (".", None),
            ("", None),
            ("unix:", None),
        ]);
        #[cfg(unix)]
        {
            let socket = Host::parse("unix:run/qml.sock").unwrap();
            let socket = socket.resolve(Path::new("/w"));
            assert_eq!(socket, Host::Unix("/w/run/qml.sock".into()));
            let written = |folder: &str| socket.write(Path::new(folder)).unwrap();
            assert_eq!(written("/w").as_str(), Some("unix:run/qml.sock"));
            assert_eq!(written("/x").as_str(), Some("unix:/w/run/qml.sock"));
        }
    }

    #[test]
    fn allowed_hosts() {
        check::<HostPattern>(&[
            ("Dev.example.com", Some("dev.example.com")),
            (".example.com", Some(".example.com")),
            ("192.168.1.5", Some("192.168.1.5")),
            ("dev.example.com:80", None),
            ("*.example.com", None),
            ("..example.com", None),
            (".", None),
            (".1.2.3.4", None),
        ]);
    }

    #[test]
    fn origins() {
        check::<Origin>(&[
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("HTTPS://Example.com:443/", Some("https://example.com")),
            ("http://[::1]:80", Some("http://[::1]")),
            ("app://Bundle", Some("app://bundle")),
            ("http://localhost/path", None),
            ("http://localhost?q", None),
            ("http://localhost#f", None),
            ("http://user@localhost", None),
            ("http://a b", None),
            ("http:///localhost", None),
            ("http://localhost:99999", None),
            ("localhost:3000", None),
            ("http:localhost", None),
            ("file://", None),
            ("null", None),
            ("*", None),
            ("", None),
        ]);
    }
}

//! `hub`: how the sockets of several processes are joined.

use std::path::Path;

use url::Url;

use super::value::Value;

/// How the hub learns of other processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubAddress {
    /// There are none.
    InProcess,
    /// Over this broker.
    Nats(Url),
}

impl Value for HubAddress {
    fn expected() -> String {
        r#""in-process", or the URL of a NATS server such as nats://localhost:4222"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "in-process" {
            return Some(Self::InProcess);
        }
        let url = Url::parse(text).ok()?;
        let good = matches!(url.scheme(), "nats" | "tls") && url.has_host();
        good.then_some(Self::Nats(url))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(match self {
            Self::InProcess => "in-process".into(),
            // As it is shown anywhere: without its password, or its token.
            Self::Nats(url) => {
                let mut url = url.clone();
                // A URL with a host takes both.
                let _ = match (url.username(), url.password()) {
                    ("", None) => Ok(()),
                    (_, None) => url.set_username("***"),
                    (_, Some(_)) => url.set_password(Some("***")),
                };
                url.as_str().into()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        for (text, expected) in [
            ("in-process", Some("in-process")),
            ("nats://localhost:4222", Some("nats://localhost:4222")),
            ("tls://me:secret@host", Some("tls://me:***@host")),
            ("nats://secret@host", Some("nats://***@host")),
            ("redis://host", None),
            ("nats:host", None),
            ("nats://", None),
        ] {
            let written = HubAddress::parse(text).and_then(|hub| hub.write(Path::new("/")));
            assert_eq!(written, expected.map(toml::Value::from), "{text}");
        }
    }
}

//! What the keys of the hub hold.

use std::path::Path;
use std::time::Duration;

use url::Url;

use crate::config::values::{Value, text, words};
use crate::services::hub::config::AccessMode;
use crate::services::hub::is_gateway_name;
use crate::services::hub::route::Pattern;

/// How the hub learns of other processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HubAddress {
    /// There are none.
    InProcess,
    /// Over this broker.
    Nats(Url),
}

impl Value for HubAddress {
    fn expected() -> String {
        if cfg!(feature = "nats") {
            r#""in-process", or the URL of a NATS server such as nats://localhost:4222"#.to_owned()
        } else {
            r#""in-process": this qmlserve is built without the feature "nats""#.to_owned()
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "in-process" {
            return Some(Self::InProcess);
        }
        let url = Url::parse(text).ok()?;
        let good = matches!(url.scheme(), "nats" | "tls") && url.has_host();
        let good = good && cfg!(feature = "nats");
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

impl Value for Pattern {
    fn expected() -> String {
        r#"a path such as "/echo", or one that ends in a name, "/rooms/{name}""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

text!(
    /// What is sent to a socket as it opens.
    Greeting,
    "text",
    |text| !text.is_empty()
);

text!(
    /// A word of a NATS subject.
    Namespace,
    "1 to 64 letters, digits, dashes or underscores",
    |text| is_gateway_name(text) && !text.contains('.')
);

/// Where the messages of a socket go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Echo,
    Room,
}

words!(Kind: "echo" = Echo, "room" = Room);

words!(AccessMode: "none" = None, "custom" = Custom);

/// The time between two pings. Proxies cut what is silent for a minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ping(pub(super) Duration);

impl Value for Ping {
    fn expected() -> String {
        r#"a duration from 1s to 50s, such as "45s""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let bounds = Duration::from_secs(1)..=Duration::from_secs(50);
        let ping = <Duration as Value>::parse(text);
        ping.filter(|ping| bounds.contains(ping)).map(Self)
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        self.0.write(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "nats"))]
    #[test]
    fn without_nats_its_address_is_refused() {
        assert_eq!(HubAddress::parse("nats://localhost"), None);
        assert!(HubAddress::expected().contains("without the feature \"nats\""));
    }

    #[cfg(feature = "nats")]
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

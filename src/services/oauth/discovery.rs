//! What a service says of itself (OpenID Connect Discovery 1.0, RFC 8414): read and checked, pure.

use serde::Deserialize;
use url::Url;

use super::config::{Endpoints, is_private};

/// A service as it is used.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    pub endpoints: Endpoints,
    /// By what it names itself in its answers (RFC 9207), where that is known.
    pub issuer: Option<String>,
    /// Whether each of its answers has to name it.
    pub names_itself: bool,
    /// Whether the secret goes into the body of a request, in place of its head.
    pub wants_secret_in_body: bool,
}

/// What of the metadata is of use here.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Option<Url>,
    token_endpoint: Option<Url>,
    device_authorization_endpoint: Option<Url>,
    revocation_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the metadata of `issuer` is (Discovery 1.0, section 4).
pub(super) fn metadata_url(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    let path = format!(
        "{}/.well-known/openid-configuration",
        issuer.path().trim_end_matches('/')
    );
    url.set_path(&path);
    url
}

impl Service {
    /// One whose URLs are given.
    pub(super) fn given(endpoints: Endpoints) -> Self {
        Self {
            endpoints,
            issuer: None,
            names_itself: false,
            wants_secret_in_body: false,
        }
    }

    /// What `text` says of the service that is `issuer`. In words otherwise what is wrong with it.
    pub(super) fn discovered(issuer: &Url, text: &[u8]) -> Result<Self, String> {
        let place = metadata_url(issuer);
        let metadata: Metadata = serde_json::from_slice(text)
            .map_err(|error| format!("{place} is no description of a service: {error}"))?;
        // With and without a slash at the end it is the same one.
        let plain = |issuer: &str| issuer.trim_end_matches('/').to_owned();
        if plain(&metadata.issuer) != plain(issuer.as_str()) {
            let other: String = metadata.issuer.escape_debug().take(200).collect();
            return Err(format!(
                "{place} describes the service {other}, and not {issuer}: issuer has to be written \
                 as the service calls itself"
            ));
        }
        let required =
            |url: Option<Url>, name: &str| url.ok_or_else(|| format!("{place} names no {name}"));
        let endpoints = Endpoints {
            authorize: required(metadata.authorization_endpoint, "authorization_endpoint")?,
            token: required(metadata.token_endpoint, "token_endpoint")?,
            device: metadata.device_authorization_endpoint,
            revoke: metadata.revocation_endpoint,
            userinfo: metadata.userinfo_endpoint,
        };
        if let Some(open) = endpoints.all().find(|url| !is_private(url)) {
            return Err(format!(
                "{place} names {open}, where anybody could read along: what is not on this machine \
                 has to be https"
            ));
        }
        // Without a word it is the head (Discovery 1.0, section 3).
        let methods = metadata.token_endpoint_auth_methods_supported;
        let takes = |method: &str| {
            let methods = methods.as_deref().unwrap_or_default();
            methods.iter().any(|known| known == method)
        };
        Ok(Self {
            wants_secret_in_body: takes("client_secret_post") && !takes("client_secret_basic"),
            endpoints,
            issuer: Some(metadata.issuer),
            names_itself: metadata.authorization_response_iss_parameter_supported,
        })
    }
}

impl Endpoints {
    /// All that there are.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Url> {
        let others = [&self.device, &self.revoke, &self.userinfo];
        [&self.authorize, &self.token]
            .into_iter()
            .chain(others.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_it_is() {
        for (issuer, expected) in [
            (
                "https://id.example",
                "https://id.example/.well-known/openid-configuration",
            ),
            (
                "https://id.example/a/",
                "https://id.example/a/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(metadata_url(&issuer.parse().unwrap()).as_str(), expected);
        }
    }

    #[test]
    fn what_it_says_is_checked() {
        let issuer = "https://id.example".parse().unwrap();
        let good = json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
            "authorization_response_iss_parameter_supported": true,
            "more": [],
        });
        let service = Service::discovered(&issuer, good.to_string().as_bytes()).unwrap();
        assert!(service.wants_secret_in_body && service.names_itself);
        assert_eq!(service.endpoints.device, None);
        for (key, value, expected) in [
            (
                "issuer",
                json!("https://evil.example"),
                "describes the service https://evil.example",
            ),
            ("token_endpoint", json!(null), "names no token_endpoint"),
            (
                "token_endpoint",
                json!("http://id.example/token"),
                "could read along",
            ),
            (
                "userinfo_endpoint",
                json!("http://id.example/me"),
                "could read along",
            ),
            ("token_endpoint", json!(7), "no description"),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            let told = Service::discovered(&issuer, bad.to_string().as_bytes()).unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
        assert!(Service::discovered(&issuer, b"<html>").is_err());
    }
}

//! `[oauth.NAME]`: sign-in at other people's services.

use std::collections::BTreeMap;
use std::path::Path;

use url::Url;

use super::error::ConfigError;
use super::section::Section;
use super::values::{Secret, Value, text, words};
use crate::services::oauth::config::{
    ClientSecret, Endpoints, OAuthConfig, Place, SessionKind, is_private,
};

/// What `[oauth.NAME]` may say of a service that does not describe itself.
const URLS: &str = "issuer = \"https://…\", or authorize_url and token_url";

/// The parameters of the URL to open that are not anybody else's to set.
const OWN_PARAMS: [&str; 7] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// `[oauth.NAME]`.
pub(super) fn sign_ins(top: &mut Section<'_>) -> Result<Vec<OAuthConfig>, ConfigError> {
    top.named("oauth", "none", |name, section| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            let expected = "1 to 64 letters, digits, dashes or underscores, which stand in a URL";
            return Err(section.wrong(name, expected));
        }
        let place = place(section)?;
        let client_id = section.required::<Word>("client_id")?.0;
        let secret = section.optional::<Secret>("client_secret", "none")?;
        let variable = section.optional::<Variable>("client_secret_env", "none")?;
        let secret = match (secret, variable) {
            (Some(_), Some(_)) => {
                let given = "client_secret and client_secret_env";
                return Err(section.wrong(given, "one of them"));
            }
            (Some(secret), None) => ClientSecret::Text(secret.0),
            (None, Some(variable)) => ClientSecret::Variable(variable.0),
            (None, None) => ClientSecret::None,
        };
        let scopes: Vec<Word> = section.or("scopes", Vec::new())?;
        let params: BTreeMap<String, Word> = section.or("params", BTreeMap::new())?;
        if let Some(own) = params.keys().find(|key| OWN_PARAMS.contains(&key.as_str())) {
            let expected = "parameters that the sign-in does not set itself".to_owned();
            return Err(ConfigError::value(
                section.at("params"),
                "params",
                own,
                expected,
            ));
        }
        let end = format!("/@qmlserve/oauth/{name}/callback");
        let by_default = "the host that the client asks";
        let redirect = section.optional::<RedirectUrl>("redirect_url", by_default)?;
        if let Some(RedirectUrl(url)) = &redirect
            && !url.path().ends_with(&end)
        {
            let expected = format!("a URL of this server, which ends with {end}");
            let at = section.at("redirect_url");
            return Err(ConfigError::value(
                at,
                "redirect_url",
                url.as_str(),
                expected,
            ));
        }
        Ok(OAuthConfig {
            name: name.to_owned(),
            place,
            client_id,
            secret,
            scopes: scopes.into_iter().map(|word| word.0).collect(),
            params: params
                .into_iter()
                .map(|(key, word)| (key, word.0))
                .collect(),
            redirect_url: redirect.map(|url| url.0),
            session: section.or("session", SessionKind::default())?,
            keep: section.or("keep", true)?,
            insecure: section.or("insecure", false)?,
        })
    })
}

fn place(section: &mut Section<'_>) -> Result<Place, ConfigError> {
    let mut url = |key| -> Result<Option<Url>, ConfigError> {
        let url = section.optional::<ServiceUrl>(key, "what the issuer says")?;
        Ok(url.map(|url| url.0))
    };
    let (authorize, token) = (url("authorize_url")?, url("token_url")?);
    let (device, revoke, userinfo) = (url("device_url")?, url("revoke_url")?, url("userinfo_url")?);
    let has_others = device.is_some() || revoke.is_some() || userinfo.is_some();
    let issuer = section.optional::<ServiceUrl>("issuer", "none")?;
    match (issuer, authorize, token) {
        (Some(ServiceUrl(issuer)), None, None) if !has_others => {
            if issuer.query().is_some() {
                let expected = "the URL by which the service calls itself, without a query";
                return Err(section.wrong(&format!("issuer = {:?}", issuer.as_str()), expected));
            }
            Ok(Place::Issuer(issuer))
        }
        (None, Some(authorize), Some(token)) => Ok(Place::Given(Box::new(Endpoints {
            authorize,
            token,
            device,
            revoke,
            userinfo,
        }))),
        (Some(_), _, _) => {
            let given = "issuer beside other URLs of the service";
            let expected = format!("{URLS}: an issuer names the others itself");
            Err(section.wrong(given, &expected))
        }
        (None, authorize, token) => {
            let given = match (authorize, token) {
                (Some(_), _) => "authorize_url alone",
                (_, Some(_)) => "token_url alone",
                _ => "neither an issuer nor URLs",
            };
            Err(section.wrong(given, URLS))
        }
    }
}

words!(SessionKind: "client" = Client, "server" = Server);

/// A URL of a service.
#[derive(Clone, Debug)]
struct ServiceUrl(Url);

impl Value for ServiceUrl {
    fn expected() -> String {
        r#"the URL of a service, such as "https://id.example.com": https, or http on this machine, without fragment, user and password"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        plain(text).filter(is_private).map(Self)
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }

    fn quote(given: &str) -> &str {
        // It may have a password in it.
        if given.contains('@') { "…" } else { given }
    }
}

/// Where a service sends a browser back to.
#[derive(Clone, Debug)]
struct RedirectUrl(Url);

impl Value for RedirectUrl {
    fn expected() -> String {
        r#"a URL of this server, such as "http://127.0.0.1:8080/@qmlserve/oauth/NAME/callback""#
            .to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let url = plain(text)?;
        let good = matches!(url.scheme(), "http" | "https") && url.has_host();
        (good && url.query().is_none()).then_some(Self(url))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }
}

/// A URL without what only a person needs.
fn plain(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let good = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    good.then_some(url)
}

text!(
    /// A name at the service, a scope, a parameter's value.
    Word,
    "text in one line",
    |text| !text.is_empty() && !text.contains(char::is_control)
);

text!(
    /// A variable of the environment.
    Variable,
    "the name of a variable of the environment, such as \"MUSIC_SECRET\"",
    |text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !text.is_empty() && text.bytes().all(fits)
    }
);

#[cfg(test)]
mod tests {
    use super::super::tests::in_file;
    use super::*;

    fn load(text: &str) -> Result<super::super::Config, String> {
        let loaded = in_file(text).load(super::super::Flags::default());
        loaded.map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_said_and_what_is_not() {
        let config = load(
            "[oauth.music]\nissuer = \"https://id.example\"\nclient_id = \"me\"\n\
             client_secret = \"S3CRET\"\nscopes = [\"openid\", \"playlists\"]\n\
             params = { prompt = \"consent\" }\n\
             [oauth.photos]\nauthorize_url = \"http://localhost:1/a\"\n\
             token_url = \"http://127.0.0.1:1/t\"\nclient_id = \"me\"\n\
             client_secret_env = \"PHOTOS_SECRET\"\nsession = \"server\"\nkeep = false\n\
             [[proxy]]\npath = \"/music\"\nto = \"https://api.example\"\noauth = \"music\"\n",
        )
        .unwrap();
        let [music, photos] = config.oauth.as_slice() else {
            panic!("{:?}", config.oauth);
        };
        assert_eq!(music.session, SessionKind::Client);
        assert!(music.keep && !photos.keep);
        assert_eq!(music.scopes, ["openid", "playlists"]);
        assert!(matches!(photos.place, Place::Given(_)));
        assert_eq!(config.proxy[0].oauth.as_deref(), Some("music"));
        let printed = config.to_toml();
        assert!(!printed.contains("S3CRET"), "{printed}");
        assert!(!format!("{config:?}").contains("S3CRET"));
        assert!(printed.contains("client_secret = \"***\""), "{printed}");
        assert!(
            printed.contains("client_secret_env = \"PHOTOS_SECRET\""),
            "{printed}"
        );
    }

    #[test]
    fn mistakes_are_told_with_what_to_do() {
        let good = "[oauth.m]\nissuer = \"https://h\"\nclient_id = \"me\"\n";
        let proxy = "[[proxy]]\npath = \"/a\"\nto = \"http://h\"\n";
        for (text, expected) in [
            (
                "[oauth.m]\nclient_id = \"me\"".to_owned(),
                "1: [oauth.m] = neither an issuer nor URLs: expected issuer = ",
            ),
            (
                "[oauth.m]\ntoken_url = \"https://h\"".to_owned(),
                "1: [oauth.m] = token_url alone: expected issuer = ",
            ),
            (
                format!("{good}token_url = \"https://h\""),
                "1: [oauth.m] = issuer beside other URLs of the service: expected",
            ),
            (
                "[oauth.m]\nissuer = \"http://id.example\"".to_owned(),
                "2: issuer = \"http://id.example\": expected the URL of a service",
            ),
            (
                "[oauth.m]\nissuer = \"https://h\"".to_owned(),
                "1: [oauth.m] has no client_id: expected",
            ),
            (
                "[oauth.\"a/b\"]\nissuer = \"https://h\"".to_owned(),
                "1: [oauth.a/b] = a/b: expected 1 to 64 letters",
            ),
            (
                format!("{good}client_secret = \"S3CRET\"\nclient_secret_env = \"A\""),
                "1: [oauth.m] = client_secret and client_secret_env: expected one of them",
            ),
            (
                format!("{good}client_secret_env = \"the secret\""),
                "4: client_secret_env = \"the secret\": expected the name of a variable",
            ),
            (
                format!("{good}params = {{ state = \"x\" }}"),
                "4: params = state: expected parameters that the sign-in does not set",
            ),
            (
                format!("{good}redirect_url = \"http://localhost/back\""),
                "4: redirect_url = http://localhost/back: expected a URL of this server",
            ),
            (
                format!("{good}{proxy}oauth = \"n\""),
                "7: oauth = \"n\": expected the name of an [oauth.NAME]: there is m",
            ),
            (
                format!("{proxy}oauth = \"n\"\n{proxy}oauth = \"n\""),
                "4: oauth = \"n\": expected the name of an [oauth.NAME]: there is none",
            ),
            (
                format!("{good}{proxy}oauth = \"m\"\nheaders = {{ authorization = \"x\" }}"),
                "4: [[proxy]] = oauth and an Authorization in headers: expected one of them",
            ),
        ] {
            let error = load(&text).unwrap_err();
            assert!(
                error.starts_with(&format!("qmlserve.toml:{expected}")),
                "{text}\n{error}"
            );
        }
    }
}

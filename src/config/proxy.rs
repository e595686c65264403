//! `[[proxy]]`: other people's services.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use url::Url;

use super::collections::{ListPath, faults};
use super::error::ConfigError;
use super::section::Section;
use super::setting::Source;
use super::values::{ByteSize, Secret, Value, text, words};
use crate::services::hub::gateway_clash;
use crate::services::proxy::config::{Mode, ProxyConfig};
use crate::services::proxy::{default_recording, recording_name};

/// The most bytes of a body that is recorded where nothing else is said.
const MAX_BODY: u64 = 16 << 20;

/// `[[proxy]]`.
pub(super) fn proxies(top: &mut Section<'_>) -> Result<Vec<ProxyConfig>, ConfigError> {
    let mut seen: Vec<(String, PathBuf, Source)> = Vec::new();
    let sign_ins = top.names_of("oauth");
    top.tables("proxy", "none", |section| {
        let path = section.required::<ListPath>("path")?.0;
        let free = || format!("path = \"/api{path}\"");
        if let Some(endpoint) = gateway_clash(&path) {
            let expected = format!(
                "a path that leaves {endpoint} to the gateway, such as {}",
                free()
            );
            return Err(wrong_path(section, &path, expected));
        }
        if path == "/remote.qml" {
            let expected = "a path that leaves /remote.qml to the clients".to_owned();
            return Err(wrong_path(section, &path, expected));
        }
        let to = section.required::<TargetUrl>("to")?.0;
        let mode = section.or("mode", Mode::default())?;
        let short = format!("recordings/{}", recording_name(&path));
        let recording = section.optional::<PathBuf>("recording", &short)?;
        let recording = recording.unwrap_or_else(|| default_recording(section.folder(), &path));
        for (other, file, at) in &seen {
            let line = line_of(at);
            if *other == path {
                let expected = format!(
                    "a path of its own: the [[proxy]] in line {line} has this one; change one of \
                     them, or take one out"
                );
                return Err(wrong_path(section, &path, expected));
            }
            if *file == recording && mode != Mode::Live {
                let given = format!("recording of path = \"{path}\"");
                let expected = format!(
                    "a recording = \"…\" of its own: the [[proxy]] in line {line} has the same file"
                );
                return Err(section.wrong(&given, &expected));
            }
        }
        seen.push((path.clone(), recording.clone(), section.at("")));
        let names = |names: Vec<Word>| names.into_iter().map(|name| name.0).collect();
        let nothing = BTreeMap::new;
        let max_body = section.or("max_body", ByteSize(MAX_BODY))?.0;
        let ignore_query = names(section.or("ignore_query", Vec::new())?);
        let secret = names(section.or("secret", Vec::new())?);
        let headers: BTreeMap<String, Secret> = section.or("headers", nothing())?;
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name, value.0))
            .collect();
        let headers = checked_headers(section, headers)?;
        Ok(ProxyConfig {
            oauth: oauth(section, &sign_ins, &headers)?,
            headers,
            path,
            to,
            mode,
            recording,
            max_body,
            ignore_query,
            secret,
            insecure: section.or("insecure", false)?,
            connect: section.or("connect", Duration::from_secs(10))?,
            idle: section.or("idle", Duration::from_secs(60))?,
            faults: faults(section)?,
        })
    })
}

/// The sign-in whose token a target gets: one of `sign_ins`.
fn oauth(
    section: &mut Section<'_>,
    sign_ins: &[String],
    headers: &[(String, String)],
) -> Result<Option<String>, ConfigError> {
    let Some(Word(name)) = section.optional("oauth", "none")? else {
        return Ok(None);
    };
    if !sign_ins.contains(&name) {
        let known = match sign_ins {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        let expected = format!("the name of an [oauth.NAME]: there is {known}");
        let (at, given) = (section.at("oauth"), format!("{name:?}"));
        return Err(ConfigError::value(at, "oauth", &given, expected));
    }
    let is_authorization =
        |(name, _): &(String, String)| name.eq_ignore_ascii_case("authorization");
    if headers.iter().any(is_authorization) {
        let given = "oauth and an Authorization in headers";
        return Err(section.wrong(given, "one of them: a request has one Authorization"));
    }
    Ok(Some(name))
}

fn wrong_path(section: &Section<'_>, path: &str, expected: String) -> ConfigError {
    let given = format!("{path:?}");
    ConfigError::value(section.at("path"), "[[proxy]] path", &given, expected)
}

/// The line of a section, from 1.
pub(super) fn line_of(at: &Source) -> usize {
    match at {
        Source::File { line, .. } => *line,
        _ => 0,
    }
}

/// Headers as they can be sent.
pub(super) fn checked_headers(
    section: &Section<'_>,
    headers: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    for (name, value) in &headers {
        // Of what is between two servers, neither is anybody else's to set.
        let own = [
            "connection",
            "content-length",
            "host",
            "transfer-encoding",
            "upgrade",
        ];
        let is_own = own.iter().any(|own| own.eq_ignore_ascii_case(name));
        let good = HeaderName::from_bytes(name.as_bytes()).is_ok()
            && HeaderValue::from_str(value).is_ok()
            && !is_own;
        if !good {
            let key = "headers";
            let expected = "names and values of headers, each value in one line, and none of \
                            Connection, Content-Length, Host, Transfer-Encoding and Upgrade";
            return Err(ConfigError::value(
                section.at(key),
                key,
                name,
                expected.to_owned(),
            ));
        }
    }
    Ok(headers)
}

words!(Mode: "live" = Live, "record" = Record, "replay" = Replay, "auto" = Auto);

/// A target.
#[derive(Clone, Debug)]
struct TargetUrl(Url);

impl Value for TargetUrl {
    fn expected() -> String {
        r#"the URL of a server, such as "https://api.example.com/v1": http or https, without query, fragment, user and password (an Authorization goes in headers)"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        let good = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        good.then_some(Self(url))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }

    fn quote(given: &str) -> &str {
        // It may have a password in it.
        if given.contains('@') { "…" } else { given }
    }
}

text!(
    /// The name of a parameter, a header or a field.
    Word,
    "a name",
    |text| !text.is_empty() && !text.contains(char::is_control)
);

#[cfg(test)]
mod tests {
    use super::super::tests::in_file;
    use super::super::{Config, Flags};
    use super::*;
    use crate::services::mock::config::Content;

    fn load(text: &str) -> Result<Config, String> {
        let loaded = in_file(text).load(Flags::default());
        loaded.map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_arrives() {
        let config = load(
            r#"
            [[proxy]]
            path = "/flickr"
            to = "https://api.example.com/services"
            mode = "auto"
            ignore_query = ["t"]
            secret = "api_key"
            headers = { X-Key = "S3CRET" }
            idle = "5s"
            max_body = "1kB"
            [[proxy]]
            path = "/api/v2"
            to = "http://localhost:3000"
            recording = "else/where.har"
            [[mock]]
            path = "/users/{id}"
            query = { page = "2" }
            status = 201
            headers = { X-A = "b" }
            body = '{"id": "{id}"}'
            [[mock]]
            path = "/users/{id}"
            file = "users.json"
            "#,
        )
        .unwrap();
        let [first, second] = config.proxy.as_slice() else {
            panic!("{:?}", config.proxy);
        };
        assert_eq!(first.to.as_str(), "https://api.example.com/services");
        assert_eq!((first.mode, second.mode), (Mode::Auto, Mode::Live));
        assert!(first.recording.ends_with("recordings/flickr.har"));
        assert!(second.recording.ends_with("else/where.har"));
        assert!(first.recording.is_absolute() && second.recording.is_absolute());
        assert_eq!(first.secret, ["api_key"]);
        assert_eq!(first.max_body, 1000);
        assert_eq!(first.headers, [("X-Key".to_owned(), "S3CRET".to_owned())]);
        let [first, second] = config.mock.as_slice() else {
            panic!("{:?}", config.mock);
        };
        assert_eq!(first.status, 201);
        assert!(matches!(&second.content, Content::File(file) if file.is_absolute()));
        let printed = config.to_toml();
        assert!(!printed.contains("S3CRET"), "{printed}");
        assert!(
            printed.contains("headers = { X-Key = \"***\" }"),
            "{printed}"
        );
    }

    #[test]
    fn mistakes_are_told_with_what_to_do() {
        let proxy = "[[proxy]]\npath = \"/a\"\nto = \"http://h\"\n";
        let mock = "[[mock]]\npath = \"/a/{b}\"\n";
        for (text, expected) in [
            (
                "[[proxy]]\npath = \"/a\"".to_owned(),
                "1: [[proxy]] has no to: expected to = the URL of a server",
            ),
            (
                "[[proxy]]\npath = \"/a\"\nto = \"localhost:3000\"".to_owned(),
                "3: to = \"localhost:3000\": expected the URL of a server",
            ),
            (
                "[[proxy]]\npath = \"/a\"\nto = \"ftp://h\"".to_owned(),
                "3: to = \"ftp://h\": expected the URL",
            ),
            (
                "[[proxy]]\npath = \"/a\"\nto = \"http://me:S3CRET@h\"".to_owned(),
                "3: to = …: expected the URL",
            ),
            (
                "[[proxy]]\npath = \"/\"\nto = \"http://h\"".to_owned(),
                "2: path = \"/\": expected a path",
            ),
            (
                "[[proxy]]\npath = \"/@qmlserve\"\nto = \"http://h\"".to_owned(),
                "2: path = \"/@qmlserve\": expected a path",
            ),
            (
                "[[proxy]]\npath = \"/v1/websocket_uri\"\nto = \"http://h\"".to_owned(),
                "2: [[proxy]] path = \"/v1/websocket_uri\": expected a path that leaves",
            ),
            (
                format!("{proxy}{proxy}"),
                "5: [[proxy]] path = \"/a\": expected a path of its own: the [[proxy]] in line 1 has",
            ),
            (
                format!("{proxy}mode = \"replya\""),
                "4: mode = \"replya\": expected \"live\" or \"record\" or \"replay\" or \"auto\"",
            ),
            (
                format!("{proxy}headers = {{ Host = \"x\" }}"),
                "4: headers = Host: expected names and values",
            ),
            (
                format!("{mock}{mock}"),
                "3: [[mock]] = path = \"/a/{b}\": expected requests of its own: the [[mock]] of path = \"/a/{b}\" in line 1",
            ),
            (
                format!("{mock}body = \"\"\nfile = \"x\""),
                "1: [[mock]] = body and file: expected one of them",
            ),
            (
                format!("{mock}status = 101"),
                "3: status = 101: expected a number from 200 to 599",
            ),
            (
                format!("{mock}method = \"get\""),
                "3: method = \"get\": expected a method in capitals",
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

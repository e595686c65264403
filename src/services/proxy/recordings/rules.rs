//! What of a request counts, and what of an exchange never reaches the disk: pure.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use hyper::header::{self, HeaderName};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::form_urlencoded;

use super::super::headers::PASSED;

/// What stands in the place of a secret.
pub(super) const MASK: &str = "***";

/// What is never recorded, whatever the configuration says.
const SECRET: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
];

/// What one proxy leaves out.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Rules {
    /// Parameters that do not count.
    pub ignore_query: Vec<String>,
    /// Headers, parameters and fields that are not told.
    pub secret: Vec<String>,
    /// Headers that the configuration adds: whoever has the file need not have those.
    pub added: Vec<String>,
}

/// What makes two requests the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in super::super) struct Key {
    path: String,
    method: String,
    query: Vec<(String, String)>,
    /// A hash of what it means; nothing where there is none.
    body: Option<[u8; 32]>,
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        write!(out, "{} {path}", self.method)?;
        if !self.query.is_empty() {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&self.query)
                .finish();
            write!(out, "?{query}")?;
        }
        match self.body {
            Some(_) => out.write_str(" with a body"),
            None => Ok(()),
        }
    }
}

fn is_among(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl Rules {
    /// The key of a request: `path` as it stands below the proxy's, `query` without its `?`.
    pub(in super::super) fn key(
        &self,
        method: &str,
        path: &str,
        query: Option<&str>,
        body: &[u8],
        media_type: &str,
    ) -> Key {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let mut query: Vec<(String, String)> = pairs
            .filter(|(name, _)| !is_among(&self.ignore_query, name))
            .map(|(name, value)| {
                let secret = is_among(&self.secret, &name);
                let value = if secret { MASK.into() } else { value };
                (name.into_owned(), value.into_owned())
            })
            .collect();
        query.sort();
        let body = (!body.is_empty()).then(|| {
            let told = self.body(body, media_type).unwrap_or(Cow::Borrowed(body));
            let same = match json(&told) {
                Some(value) => Cow::Owned(canonical(&value).into_bytes()),
                None => told,
            };
            *blake3::hash(&same).as_bytes()
        });
        let path = percent_decode_str(path).decode_utf8_lossy();
        Key {
            method: method.to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            query,
            body,
        }
    }

    /// Whether a header is told.
    pub(super) fn tells_header(&self, name: &HeaderName) -> bool {
        !SECRET.contains(name)
            && *name != PASSED
            && !is_among(&self.secret, name.as_str())
            && !is_among(&self.added, name.as_str())
    }

    /// A query without its secrets.
    pub(super) fn query(&self, query: &str) -> String {
        let told = query.split('&').map(|pair| {
            let mut parsed = form_urlencoded::parse(pair.as_bytes());
            let name = pair.split('=').next().unwrap_or_default();
            match parsed.next() {
                Some((known, _)) if is_among(&self.secret, &known) => format!("{name}={MASK}"),
                _ => pair.to_owned(),
            }
        });
        told.collect::<Vec<_>>().join("&")
    }

    /// A URL, or a part of one, without the secrets in its query.
    pub(super) fn url(&self, url: &str) -> String {
        let (rest, fragment) = match url.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (url, None),
        };
        let mut told = match rest.split_once('?') {
            Some((path, query)) => format!("{path}?{}", self.query(query)),
            None => rest.to_owned(),
        };
        if let Some(fragment) = fragment {
            // Where sign-in puts tokens.
            told = format!("{told}#{}", self.query(fragment));
        }
        told
    }

    /// A body without its secrets, unchanged where it has none; `None` where that cannot be told.
    pub(super) fn body<'b>(&self, body: &'b [u8], media_type: &str) -> Option<Cow<'b, [u8]>> {
        if self.secret.is_empty() {
            return Some(Cow::Borrowed(body));
        }
        if let Some(mut value) = json(body) {
            return Some(match self.mask(&mut value) {
                true => Cow::Owned(value.to_string().into_bytes()),
                false => Cow::Borrowed(body),
            });
        }
        if media_type.starts_with("application/x-www-form-urlencoded")
            && let Ok(text) = std::str::from_utf8(body)
        {
            return Some(Cow::Owned(self.query(text).into_bytes()));
        }
        let text = body.to_ascii_lowercase();
        let names = self.secret.iter().map(|name| name.to_ascii_lowercase());
        let has = |name: String| text.windows(name.len()).any(|part| part == name.as_bytes());
        (!names.filter(|name| !name.is_empty()).any(has)).then_some(Cow::Borrowed(body))
    }

    /// Whether there are secrets at all.
    pub(super) fn has_secrets(&self) -> bool {
        !self.secret.is_empty()
    }

    fn mask(&self, value: &mut Value) -> bool {
        let mut masked = false;
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if is_among(&self.secret, name) {
                        *value = MASK.into();
                        masked = true;
                    } else {
                        masked |= self.mask(value);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    masked |= self.mask(item);
                }
            }
            _ => {}
        }
        masked
    }
}

/// The objects or the list in a body, if it is JSON.
fn json(body: &[u8]) -> Option<Value> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    matches!(first, b'{' | b'[')
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
}

/// JSON with the fields of objects in one order.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = fields.into_iter().map(|(name, value)| {
                let name = Value::from(name.as_str());
                format!("{name}:{}", canonical(value))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Rules {
            ignore_query: names(&["t"]),
            secret: names(&["api_key", "password", "X-Key"]),
            added: names(&["X-Added"]),
        }
    }

    #[test]
    fn requests_are_the_same() {
        let key = |line: &str, body: &str| {
            let (method, url) = line.split_once(' ').unwrap();
            let (path, query) = match url.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (url, None),
            };
            rules().key(method, path, query, body.as_bytes(), "text/plain")
        };
        for (one, other, same) in [
            (("GET /a?b=1&c=2", ""), ("GET /a?c=2&b=1", ""), true),
            (("GET /a?b=1", ""), ("GET /a?b=2", ""), false),
            (("GET /a?b=1&t=5", ""), ("GET /a?b=1", ""), true),
            (("GET /a?api_key=1", ""), ("GET /a?API_KEY=2", ""), false),
            (("GET /a?api_key=1", ""), ("GET /a?api_key=2", ""), true),
            (("GET /a", ""), ("POST /a", ""), false),
            (("GET /a%20b", ""), ("GET /%61 b", ""), true),
            (("GET ", ""), ("GET /", ""), true),
            (
                ("POST /a", r#"{"b":1,"c":[{"d":2,"e":3}]}"#),
                ("POST /a", "{ \"c\":[{\"e\":3,\"d\":2}], \"b\":1 }"),
                true,
            ),
            (("POST /a", "[1,2]"), ("POST /a", "[2,1]"), false),
            (
                ("POST /a", r#"{"password":"x"}"#),
                ("POST /a", r#"{"password":"y"}"#),
                true,
            ),
            (("POST /a", "x"), ("POST /a", ""), false),
        ] {
            let (a, b) = (key(one.0, one.1), key(other.0, other.1));
            assert_eq!(a == b, same, "{one:?} {other:?}");
        }
        let shown = key("POST /a?x=1&api_key=S", "[]").to_string();
        assert_eq!(shown, "POST /a?api_key=***&x=1 with a body");
    }

    #[test]
    fn secrets_are_masked() {
        let rules = rules();
        for (name, told) in [
            ("authorization", false),
            ("set-cookie", false),
            ("x-key", false),
            ("x-added", false),
            ("accept", true),
        ] {
            let name = HeaderName::from_static(name);
            assert_eq!(rules.tells_header(&name), told, "{name}");
        }
        assert_eq!(
            rules.url("https://h/a?b=1&api%5Fkey=S#password=S&c"),
            "https://h/a?b=1&api%5Fkey=***#password=***&c"
        );
        for (body, media_type, told) in [
            (
                r#"{"a":[{"password":"S"}]}"#,
                "",
                Some(r#"{"a":[{"password":"***"}]}"#),
            ),
            (r#"{ "a": 1 }"#, "", Some(r#"{ "a": 1 }"#)),
            (
                "a=1&password=S",
                "application/x-www-form-urlencoded",
                Some("a=1&password=***"),
            ),
            ("<Password>S</Password>", "text/xml", None),
            ("harmless", "text/plain", Some("harmless")),
        ] {
            let found = rules.body(body.as_bytes(), media_type);
            assert_eq!(found.as_deref(), told.map(str::as_bytes), "{body}");
        }
    }
}

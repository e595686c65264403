//! Recordings as HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>): one exchange to an
//! entry and back. Pure; an entry that somebody else wrote is read as it is.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::rules::Rules;

/// In the content of an answer of ours: its bytes are as they came, still encoded as its
/// Content-Encoding says. Others write decoded text beside that header.
const RAW: &str = "_raw";

/// In the body of a request of ours that is no text, for which HAR has no field.
const ENCODING: &str = "_encoding";

/// An answer as it is given again.
#[derive(Debug)]
pub(in super::super) struct Recorded {
    /// The status.
    pub status: u16,
    /// The headers, as the target sent them.
    pub headers: HeaderMap,
    /// The body, as it was encoded.
    pub body: Bytes,
}

/// One request and its answer, as they are to be recorded.
#[derive(Debug)]
pub(in super::super) struct Exchange {
    /// The method.
    pub method: String,
    /// The URL at the target.
    pub url: String,
    /// What the client sent.
    pub request: HeaderMap,
    /// What it sent as a body.
    pub body: Bytes,
    /// The answer.
    pub answer: Recorded,
    /// How long it took.
    pub took: Duration,
}

/// Why an exchange cannot be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its body names a secret, and is neither JSON nor a form from which that could be taken")]
pub(super) struct Secretive;

/// An empty recording.
pub(super) fn empty() -> Value {
    json!({"log": {
        "version": "1.2",
        "creator": {"name": "qmlserve", "version": env!("CARGO_PKG_VERSION")},
        "entries": [],
    }})
}

fn told_headers(headers: &HeaderMap, rules: &Rules) -> Vec<Value> {
    let told = headers.iter().filter(|(name, _)| rules.tells_header(name));
    let mut told: Vec<(&str, String)> = told
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let names_url = [header::LOCATION, header::CONTENT_LOCATION, header::REFERER];
            let text = if names_url.contains(name) {
                rules.url(&text)
            } else {
                text
            };
            (name.as_str(), text)
        })
        .collect();
    // In one order, however they came; those of one name keep theirs.
    told.sort_by_key(|(name, _)| *name);
    told.into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

fn media_type(headers: &HeaderMap) -> &str {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Whether a body is still compressed.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The entry of an exchange, without its secrets.
pub(super) fn entry(exchange: &Exchange, rules: &Rules) -> Result<Value, Secretive> {
    let url = rules.url(&exchange.url);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query: Vec<Value> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let mut request = json!({
        "method": exchange.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": told_headers(&exchange.request, rules),
        "queryString": query,
        "headersSize": -1,
        "bodySize": exchange.body.len(),
    });
    let sent_type = media_type(&exchange.request);
    let sent = rules.body(&exchange.body, sent_type).ok_or(Secretive)?;
    if !sent.is_empty() {
        let (text, encoding) = text_of(&sent);
        request["postData"] = json!({"mimeType": sent_type, "text": text});
        if let Some(encoding) = encoding {
            request["postData"][ENCODING] = encoding.into();
        }
    }
    let Recorded {
        status,
        headers,
        body,
    } = &exchange.answer;
    if is_encoded(headers) && rules.has_secrets() && !body.is_empty() {
        return Err(Secretive);
    }
    let answered_type = media_type(headers);
    let answered = rules.body(body, answered_type).ok_or(Secretive)?;
    let (text, encoding) = text_of(&answered);
    let mut content = json!({
        "size": answered.len(),
        "mimeType": answered_type,
        "text": text,
    });
    if let Some(encoding) = encoding {
        content["encoding"] = encoding.into();
    }
    if is_encoded(headers) {
        content[RAW] = true.into();
    }
    let redirect = headers.get(header::LOCATION);
    let redirect = redirect.and_then(|value| value.to_str().ok());
    let status_text = hyper::StatusCode::from_u16(*status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let took = u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX);
    Ok(json!({
        "startedDateTime": moment(OffsetDateTime::now_utc()),
        "time": took,
        "request": request,
        "response": {
            "status": status,
            "statusText": status_text.unwrap_or_default(),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": told_headers(headers, rules),
            "content": content,
            "redirectURL": rules.url(redirect.unwrap_or_default()),
            "headersSize": -1,
            "bodySize": answered.len(),
        },
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
    }))
}

/// A body as text, with its encoding where it is none.
fn text_of(body: &[u8]) -> (String, Option<&'static str>) {
    let is_text = |text: &&str| !text.contains(|c: char| c.is_control() && !"\n\r\t".contains(c));
    match std::str::from_utf8(body).ok().filter(is_text) {
        Some(text) => (text.to_owned(), None),
        None => (BASE64_STANDARD.encode(body), Some("base64")),
    }
}

/// A moment as HAR has it (RFC 3339).
fn moment(now: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.millisecond()
    )
}

/// What of an entry makes its key: method, URL, body and its media type.
pub(super) fn request(entry: &Value) -> Option<(&str, &str, Vec<u8>, &str)> {
    let request = &entry["request"];
    let posted = &request["postData"];
    let text = posted["text"].as_str().unwrap_or_default();
    let body = match posted[ENCODING].as_str() {
        Some("base64") => BASE64_STANDARD.decode(text).ok()?,
        _ => bytes_of(text, request["bodySize"].as_u64()),
    };
    let media_type = posted["mimeType"].as_str().unwrap_or_default();
    let (method, url) = (request["method"].as_str()?, request["url"].as_str()?);
    Some((method, url, body, media_type))
}

/// The bytes that somebody wrote as text. Where they are not as many as were counted, but the
/// characters are, each stood for one: so mitmproxy writes what names no charset, and others what
/// is in Latin-1.
fn bytes_of(text: &str, size: Option<u64>) -> Vec<u8> {
    let is_size = |count: usize| size.is_some_and(|size| size == count as u64);
    if !is_size(text.len()) && is_size(text.chars().count()) {
        let bytes: Result<Vec<u8>, _> = text.chars().map(u8::try_from).collect();
        if let Ok(bytes) = bytes {
            return bytes;
        }
    }
    text.as_bytes().to_vec()
}

/// The answer of an entry; `None` where there is none, or its content was not saved.
pub(super) fn answer(entry: &Value) -> Option<Recorded> {
    let response = &entry["response"];
    let status = u16::try_from(response["status"].as_u64()?).ok()?;
    // Whoever is told that nothing changed has it already, which cannot be known here.
    if !(200..600).contains(&status) || status == 304 {
        return None;
    }
    let content = &response["content"];
    let bodiless = status == 204 || entry["request"]["method"] == "HEAD";
    let body = match (content["text"].as_str(), content["encoding"].as_str()) {
        (Some(text), Some("base64")) => {
            // Some break the lines.
            let text: String = text.split_ascii_whitespace().collect();
            BASE64_STANDARD.decode(text).ok()?
        }
        (Some(text), _) => bytes_of(text, content["size"].as_u64()),
        // Zero, unknown (-1), or left out for another reason.
        (None, _) if bodiless || content["size"].as_i64().unwrap_or(0) <= 0 => Vec::new(),
        (None, _) => return None,
    };
    let mut headers = HeaderMap::new();
    for header in response["headers"].as_array().into_iter().flatten() {
        let name = header["name"].as_str().unwrap_or_default();
        let value = header["value"].as_str().unwrap_or_default();
        // What HTTP/2 calls :status is no header.
        let name = HeaderName::from_bytes(name.as_bytes());
        // Several of one name may stand in lines of one value.
        for value in value.split('\n') {
            if let (Ok(name), Ok(value)) = (&name, HeaderValue::from_str(value.trim())) {
                headers.append(name, value);
            }
        }
    }
    if content[RAW] != true {
        headers.remove(header::CONTENT_ENCODING);
    }
    Some(Recorded {
        status,
        headers,
        body: body.into(),
    })
}

/// Whether two entries say the same, but for when and how fast.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    let timeless = |entry: &Value| {
        let mut response = entry["response"].clone();
        if let Some(headers) = response["headers"].as_array_mut() {
            let is_date = |header: &Value| {
                let name = header["name"].as_str();
                name.is_some_and(|name| name.eq_ignore_ascii_case("date"))
            };
            headers.retain(|header| !is_date(header));
        }
        response
    };
    timeless(one) == timeless(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(headers: &[(&'static str, &'static str)], body: &'static [u8]) -> Exchange {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let mut request = HeaderMap::new();
        request.insert("authorization", HeaderValue::from_static("Bearer S3CRET"));
        request.insert("accept", HeaderValue::from_static("*/*"));
        Exchange {
            method: "POST".to_owned(),
            url: "https://h/feeds/x?api_key=S3CRET&a=b".to_owned(),
            request,
            body: Bytes::from_static(b"\xff\x00"),
            answer: Recorded {
                status: 201,
                headers: map,
                body: Bytes::from_static(body),
            },
            took: Duration::from_millis(3),
        }
    }

    #[test]
    fn what_is_recorded_is_given_again() {
        let rules = Rules {
            secret: vec!["api_key".to_owned()],
            ..Rules::default()
        };
        for (headers, body) in [
            (
                &[("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2")][..],
                &b"text\n"[..],
            ),
            (&[("content-type", "image/png")][..], b"\x89PNG\x00\xff"),
            (&[][..], b""),
        ] {
            let exchange = exchange(headers, body);
            let entry = entry(&exchange, &rules).unwrap();
            assert!(!entry.to_string().contains("S3CRET"), "{entry}");
            let (method, url, sent, _) = request(&entry).unwrap();
            assert_eq!((method, url), ("POST", "https://h/feeds/x?api_key=***&a=b"));
            assert_eq!(sent, b"\xff\x00");
            let again = answer(&entry).unwrap();
            assert_eq!(again.status, 201);
            assert_eq!(again.headers, exchange.answer.headers);
            assert_eq!(again.body, exchange.answer.body);
        }
    }

    #[test]
    fn compressed_bodies_stay_so() {
        let gzip = exchange(&[("content-encoding", "gzip")], b"\x1f\x8b\x08");
        let entry_of = |rules: &Rules| entry(&gzip, rules);
        let again = answer(&entry_of(&Rules::default()).unwrap()).unwrap();
        assert_eq!(again.headers["content-encoding"], "gzip");
        assert_eq!(&again.body[..], b"\x1f\x8b\x08");
        // What cannot be read may have a secret in it.
        let rules = Rules {
            secret: vec!["token".to_owned()],
            ..Rules::default()
        };
        assert_eq!(entry_of(&rules), Err(Secretive));
    }

    #[test]
    fn text_of_others_is_the_bytes_that_they_counted() {
        for (text, size, expected) in [
            ("GET \u{c3}\u{bc}", Some(6), "GET \u{fc}".as_bytes()),
            ("\u{fc}", Some(1), b"\xfc"),
            ("\u{fc}", Some(2), "\u{fc}".as_bytes()),
            ("\u{fc}", None, "\u{fc}".as_bytes()),
            ("\u{20ac}", Some(1), "\u{20ac}".as_bytes()),
            ("abc", Some(900), b"abc"),
        ] {
            assert_eq!(bytes_of(text, size), expected, "{text:?} {size:?}");
        }
    }

    #[test]
    fn what_others_recorded_is_given() {
        let entry = json!({
            "request": {"method": "GET", "url": "https://h/a", "headers": []},
            "response": {
                "status": 200,
                "headers": [
                    {"name": ":status", "value": "200"},
                    {"name": "Content-Encoding", "value": "br"},
                    {"name": "X-Two", "value": "a\nb"},
                ],
                "content": {"size": 4, "mimeType": "text/plain", "text": "ZGF0\nYQ==", "encoding": "base64"},
            },
        });
        let again = answer(&entry).unwrap();
        assert_eq!(&again.body[..], b"data");
        assert_eq!(again.headers.len(), 2);
        assert_eq!(again.headers.get_all("x-two").iter().count(), 2);

        for response in [
            json!({"status": 0, "headers": [], "content": {"size": 0}}),
            json!({"status": 200, "headers": [], "content": {"size": 40}}),
            json!({"status": "200"}),
            json!(null),
        ] {
            let entry =
                json!({"request": {"method": "GET", "url": "https://h/a"}, "response": response});
            assert!(answer(&entry).is_none(), "{entry}");
        }
    }
}

//! Which headers pass, and as what: pure. What belongs to one connection stays on it (RFC 9110,
//! section 7.6.1), and what names this server towards the target names the target, and back.

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

use super::target::Place;

/// What belongs to one connection, beside what its Connection header names. `Expect` was answered
/// here.
const OF_THE_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What the target says about its own host and would be held against this one: all ports of it, and
/// whichever page asks.
const OF_THE_TARGET: [HeaderName; 4] = [
    header::STRICT_TRANSPORT_SECURITY,
    header::ALT_SVC,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
];

/// Names the servers that a request has passed already. Not `Via`: at that, nginx stops to compress
/// (`gzip_proxied`), and the target is to answer as it would without us.
pub(super) const PASSED: HeaderName = HeaderName::from_static("qmlserve-passed");

/// Takes out what belongs to the connection.
fn strip_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_THE_HOP) {
        headers.remove(name);
    }
}

/// Makes the client's headers those for the target. The lengths of bodies are not their business.
pub(super) fn to_target(headers: &mut HeaderMap, place: &Place, own: &HeaderValue) {
    strip_hop(headers);
    headers.remove(header::EXPECT);
    headers.remove(header::HOST);
    let origin = place.origin();
    if headers.contains_key(header::ORIGIN)
        && let Ok(origin) = HeaderValue::from_str(&origin)
    {
        headers.insert(header::ORIGIN, origin);
    }
    // It may have the token of this server in it.
    if headers.contains_key(header::REFERER)
        && let Ok(referer) = HeaderValue::from_str(&format!("{origin}/"))
    {
        headers.insert(header::REFERER, referer);
    }
    strip_own_cookies(headers);
    headers.append(PASSED, own.clone());
}

/// Asks for what others can be answered with as well: the whole, whatever this client has of it,
/// and not compressed, so that it can be read, and looked through for secrets.
pub(super) fn for_recording(headers: &mut HeaderMap) {
    let partial = [
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::RANGE,
        header::IF_RANGE,
    ];
    for name in &partial {
        headers.remove(name);
    }
    let identity = HeaderValue::from_static("identity");
    headers.insert(header::ACCEPT_ENCODING, identity);
}

/// Cookies do not know ports: those of other servers of this kind on the machine come along, each
/// with a token, or with what a client shows to be the one that has signed in.
fn strip_own_cookies(headers: &mut HeaderMap) {
    let is_own = |cookie: &str| {
        let name = cookie.split('=').next().unwrap_or_default().trim();
        name.strip_prefix("qmlserve-").is_some_and(|rest| {
            let port = rest.split('-').next().unwrap_or_default();
            !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let all: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    headers.remove(header::COOKIE);
    for value in all {
        let Ok(text) = value.to_str() else {
            // No cookie of ours is in there, or the target would get it.
            let has_own = value.as_bytes().windows(9).any(|part| part == b"qmlserve-");
            if !has_own {
                headers.append(header::COOKIE, value);
            }
            continue;
        };
        let kept: Vec<&str> = text.split(';').filter(|cookie| !is_own(cookie)).collect();
        let kept = kept.join(";");
        if !kept.trim().is_empty()
            && let Ok(kept) = HeaderValue::from_str(kept.trim())
        {
            headers.append(header::COOKIE, kept);
        }
    }
}

/// What the answer's headers are made of, beside themselves.
pub(super) struct Asked<'a> {
    /// The path and the query that the target was asked for.
    pub target: &'a str,
    /// The path of the proxy as the client calls it.
    pub public: &'a str,
    /// Whether the client asks over TLS.
    pub secure: bool,
}

/// Takes out of the target's headers what is not for anybody else.
pub(super) fn strip_answer(headers: &mut HeaderMap) {
    strip_hop(headers);
    for name in &OF_THE_TARGET {
        headers.remove(name);
    }
}

/// Brings back below the proxy's path what the target says of its own.
pub(super) fn to_client(headers: &mut HeaderMap, place: &Place, asked: &Asked<'_>) {
    for name in [header::LOCATION, header::CONTENT_LOCATION] {
        let back = headers
            .get(&name)
            .and_then(|value| place.back(value.to_str().ok()?, asked.target, asked.public))
            .and_then(|back| HeaderValue::from_str(&back).ok());
        if let Some(back) = back {
            headers.insert(name, back);
        }
    }
    let cookies: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        let back = cookie
            .to_str()
            .ok()
            .map(|text| place.cookie_back(text, asked.public, asked.secure))
            .and_then(|back| HeaderValue::from_str(&back).ok());
        headers.append(header::SET_COOKIE, back.unwrap_or(cookie));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_static(name);
            map.append(name, HeaderValue::from_static(value));
        }
        map
    }

    #[track_caller]
    fn assert_headers(map: &HeaderMap, expected: &[(&str, &str)]) {
        let mut found: Vec<(&str, &str)> = map
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_the_target_is_sent() {
        let place = Place::new("/x", &"https://target.example:444/a".parse().unwrap());
        let own = HeaderValue::from_static("me");
        let mut map = headers(&[
            ("host", "localhost:8080"),
            ("connection", "keep-alive, X-Mine"),
            ("x-mine", "1"),
            ("keep-alive", "5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("expect", "100-continue"),
            ("origin", "http://localhost:8080"),
            ("referer", "http://localhost:8080/~TOKEN/x"),
            ("proxy-authorization", "Basic x"),
            ("authorization", "Bearer for-the-target"),
            ("cookie", "a=b; qmlserve-8080=TOKEN; c=d"),
            ("cookie", "qmlserve-1=TOKEN"),
            ("accept-encoding", "gzip"),
        ]);
        to_target(&mut map, &place, &own);
        assert_headers(
            &map,
            &[
                ("accept-encoding", "gzip"),
                ("authorization", "Bearer for-the-target"),
                ("cookie", "a=b; c=d"),
                ("origin", "https://target.example:444"),
                ("qmlserve-passed", "me"),
                ("referer", "https://target.example:444/"),
            ],
        );
    }

    #[test]
    fn what_the_client_is_answered() {
        let place = Place::new("/x", &"http://target.example/a".parse().unwrap());
        let mut map = headers(&[
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("location", "/a/b"),
            ("content-location", "c"),
            ("set-cookie", "a=1; Path=/a; Domain=target.example"),
            ("set-cookie", "b=2"),
            ("strict-transport-security", "max-age=1"),
            ("access-control-allow-origin", "*"),
            ("content-encoding", "gzip"),
        ]);
        strip_answer(&mut map);
        let asked = Asked {
            target: "/a/",
            public: "/~T/x",
            secure: false,
        };
        to_client(&mut map, &place, &asked);
        assert_headers(
            &map,
            &[
                ("content-encoding", "gzip"),
                ("content-location", "/~T/x/c"),
                ("location", "/~T/x/b"),
                ("set-cookie", "a=1; Path=/~T/x"),
                ("set-cookie", "b=2"),
            ],
        );
    }
}

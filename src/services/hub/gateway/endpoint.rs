//! Which paths of the server are the gateways'. Pure.

use percent_encoding::percent_decode_str;

/// Below what the endpoints are; the last is as the oldest clients have it.
pub(super) const BASES: [&str; 3] = ["/v1", "/v1/gateways/{gateway}", "/v1/instances/{gateway}"];

/// Where a client asks for a socket.
pub(super) const URI: &str = "/websocket_uri";
/// Where messages are posted.
pub(super) const MESSAGES: &str = "/messages";
/// The sockets.
pub(super) const SOCKETS: &str = "/sockets";
/// One of them.
pub(super) const SOCKET: &str = "/sockets/{socket}";
/// What the gateway is told.
pub(super) const CONFIGURATION: &str = "/configuration";
/// Where Enginio posts.
pub(super) const WEBHOOK: &str = "/webhook_receivers/enginio";

const ALL: [&str; 6] = [URI, MESSAGES, SOCKETS, SOCKET, CONFIGURATION, WEBHOOK];

/// Whether a gateway answers at this path of a URL.
pub(crate) fn is_endpoint(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    // As the routes are found: each part decoded.
    let decode = |part| percent_decode_str(part).decode_utf8_lossy();
    let parts: Vec<_> = rest.split('/').map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    patterns().any(|pattern| begins(&pattern, &parts) && pattern.len() == parts.len())
}

/// The endpoint that a collection at `path`, or one of its objects, would have
/// to share its path with.
pub(crate) fn clash(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let found = patterns().find(|pattern| {
        let is_near = (parts.len()..=parts.len() + 1).contains(&pattern.len());
        is_near && begins(pattern, &parts)
    });
    found.map(|pattern| format!("/{}", pattern.join("/")))
}

/// Whether a gateway's sockets are opened at this path: at the root, also that
/// of a port that shows endpoints.
pub(crate) fn opens_at(path: &str) -> bool {
    let Some(base) = path.strip_suffix('/') else {
        return false;
    };
    // With these, the rest of an endpoint's path begins with a name.
    let is_above = matches!(base, "" | "/v1/gateways" | "/v1/instances");
    is_above || is_endpoint(&format!("{base}{URI}"))
}

/// Every endpoint, as its parts.
fn patterns() -> impl Iterator<Item = Vec<&'static str>> {
    BASES.into_iter().flat_map(|base| {
        ALL.into_iter().map(move |path| {
            let parts = base.split('/').chain(path.split('/'));
            parts.filter(|part| !part.is_empty()).collect()
        })
    })
}

/// Whether the pattern's first parts fit `parts`.
fn begins(pattern: &[&str], parts: &[&str]) -> bool {
    let fits = |(wanted, given): (&&str, &&str)| {
        wanted == given || wanted.starts_with('{') && !given.is_empty()
    };
    pattern.len() >= parts.len() && pattern.iter().zip(parts).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        // Whether it is an endpoint, the one that a collection would collide
        // with, and whether sockets are opened there.
        let none = (false, None, false);
        for (path, expected) in [
            (
                "/v1/websocket_uri",
                (true, Some("/v1/websocket_uri"), false),
            ),
            ("/v1/sockets", (true, Some("/v1/sockets"), false)),
            ("/v1/sockets/x", (true, Some("/v1/sockets/{socket}"), false)),
            (
                "/v1/gateways/a/messages",
                (true, Some("/v1/gateways/{gateway}/messages"), false),
            ),
            (
                "/v1/instances/a",
                (false, Some("/v1/instances/{gateway}/websocket_uri"), false),
            ),
            ("/v1", (false, Some("/v1/websocket_uri"), false)),
            (
                "/v1/webhook_receivers",
                (false, Some("/v1/webhook_receivers/enginio"), false),
            ),
            ("/%76%31/messages", (true, None, false)),
            ("/", (false, None, true)),
            ("/v1/", (false, None, true)),
            ("/v1/gateways/", (false, None, true)),
            ("/v1/gateways/games/", (false, None, true)),
            ("/v1/gateways", none),
            ("/v1/colors", none),
            ("/v2/sockets", none),
            ("/v1/gateways//messages", none),
            ("/colors/", none),
            ("/V1/sockets", none),
            ("", none),
        ] {
            let found = (is_endpoint(path), clash(path), opens_at(path));
            let (is, clash, opens) = expected;
            assert_eq!(found, (is, clash.map(str::to_owned), opens), "{path}");
        }
    }
}

//! What proxies and mocks may not take: paths that something else of the server has already, and
//! would never be asked at.

use crate::services::collections::Collections;
use crate::services::hub::Hub;
use crate::services::mock::Mocks;
use crate::services::proxy::Proxies;

/// Two parts of the server that want one path.
#[derive(Debug, thiserror::Error)]
#[error(
    "the [[{section}]] at {path} and {other} have one path; change path = of the [[{section}]], or {way}"
)]
pub(crate) struct Clash {
    section: &'static str,
    path: String,
    other: String,
    way: &'static str,
}

/// Refuses a proxy or a mock that would hide something, or be hidden. A mock below a proxy stands
/// in for one of its answers, and so does a collection there.
pub(super) fn check(
    proxies: &Proxies,
    mocks: &Mocks,
    collections: &Collections,
    hub: &Hub,
    in_tree: &dyn Fn(&str) -> bool,
) -> Result<(), Clash> {
    let proxies = proxies.paths().map(|path| ("proxy", path.to_owned()));
    let mocks = mocks.paths().map(|path| ("mock", path));
    for (section, path) in proxies.chain(mocks) {
        let mut lists = collections.paths();
        let collection = lists.find(|(_, list)| is_at_or_below(&path, list));
        let (other, way) = if let Some((name, list)) = collection {
            let other = format!("the collection {name} at {list}");
            let way = "give the collection another one: path in [collections.NAME]";
            (other, way)
        } else if section == "proxy" && (hub.has_route(&path) || hub.is_at(&format!("{path}/x"))) {
            let way = "take the socket out of [[sockets]]";
            ("a WebSocket".to_owned(), way)
        } else if in_tree(&path) {
            (format!("{path} of the tree"), "rename what lies there")
        } else {
            continue;
        };
        return Err(Clash {
            section,
            path,
            other,
            way,
        });
    }
    Ok(())
}

/// Whether `path` is `above`, or below it.
pub(super) fn is_at_or_below(path: &str, above: &str) -> bool {
    let below = path.strip_prefix(above);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

//! Which route a path leads to. Pure: a name in a URL is hostile until it is
//! parsed here.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::config::{RouteKind, SocketRoute};

/// The longest name of a room, in bytes.
const LONGEST_NAME: usize = 128;

/// A path, maybe with `{name}` as its last part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<String>,
    named: bool,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// The route.
    pub route: &'a SocketRoute,
    /// The room, written as its path: two routes never share one.
    pub room: String,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RouteError {
    /// No route has such a path.
    #[error("no socket is offered here")]
    Unknown,
    /// The last part cannot be a name.
    #[error("this cannot be the name of a room")]
    Name,
}

impl Pattern {
    /// The pattern as a person writes it: absolute, without a trailing slash,
    /// `{name}` at the end at most.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<String> = text
            .strip_prefix('/')?
            .split('/')
            .map(str::to_owned)
            .collect();
        let named = parts.last().is_some_and(|last| last == "{name}");
        if named {
            parts.pop();
        }
        let plain = |part: &String| is_name(part) && !part.contains(['{', '}', '%', '?', '#']);
        let own = parts.first().is_some_and(|first| first.starts_with('@'));
        (!parts.is_empty() && !own && parts.iter().all(plain)).then_some(Self { parts, named })
    }

    /// The name in `parts`, empty where the pattern has none; `None` where
    /// they are another path.
    fn matches<'p>(&self, parts: &'p [String]) -> Option<&'p str> {
        let head = parts.get(..self.parts.len())?;
        if head != self.parts {
            return None;
        }
        match (self.named, parts.get(self.parts.len()..)?) {
            (false, []) => Some(""),
            (true, [name]) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            write!(out, "/{part}")?;
        }
        if self.named {
            out.write_str("/{name}")?;
        }
        Ok(())
    }
}

/// The route that the raw path of a URL leads to. The first that matches.
pub(crate) fn find<'a>(routes: &'a [SocketRoute], raw: &str) -> Result<Found<'a>, RouteError> {
    let raw = raw.strip_prefix('/').unwrap_or(raw);
    let raw = raw.strip_suffix('/').unwrap_or(raw);
    let decode = |part| percent_decode_str(part).decode_utf8().ok();
    let parts: Option<Vec<String>> = raw
        .split('/')
        .map(|part| decode(part).map(std::borrow::Cow::into_owned))
        .collect();
    let parts = parts.ok_or(RouteError::Name)?;
    for route in routes {
        let Some(name) = route.path.matches(&parts) else {
            continue;
        };
        if !name.is_empty() && !is_name(name) || name.is_empty() && route.path.named {
            return Err(RouteError::Name);
        }
        let room = match route.kind {
            RouteKind::Echo => String::new(),
            RouteKind::Room(_) => format!("/{}", parts.join("/")),
        };
        return Ok(Found { route, room });
    }
    Err(RouteError::Unknown)
}

/// Whether this can be one part of a path: printable, no separator, no step.
fn is_name(text: &str) -> bool {
    let bad = |c: char| c.is_control() || c == '/' || c == '\\' || is_invisible(c);
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text != "."
        && text != ".."
        && !text.contains(bad)
}

/// Line and paragraph separators, and what turns the direction of text: a name
/// with them reads as another one in a log.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, good) in [
            ("/echo", true),
            ("/a/b", true),
            ("/rooms/{name}", true),
            ("/ü", true),
            ("/{name}", false),
            ("/rooms/{id}", false),
            ("/rooms/{name}/x", false),
            ("/", false),
            ("/a/", false),
            ("//a", false),
            ("/../a", false),
            ("/@qmlserve/x", false),
            ("/a%20b", false),
            ("a", false),
            ("", false),
        ] {
            let pattern = Pattern::parse(text);
            assert_eq!(pattern.is_some(), good, "{text:?}");
            if let Some(pattern) = pattern {
                assert_eq!(pattern.to_string(), text);
            }
        }
    }

    #[test]
    fn paths() {
        let routes = SocketRoute::built_in();
        let long = format!("/rooms/{}", "a".repeat(LONGEST_NAME + 1));
        for (path, expected) in [
            ("/echo", Ok(("/echo", ""))),
            ("/chat/", Ok(("/chat", ""))),
            ("/rooms/lobby", Ok(("/rooms/{name}", "/rooms/lobby"))),
            ("/rooms/%C3%BC%20x", Ok(("/rooms/{name}", "/rooms/ü x"))),
            ("/rooms/{name}", Ok(("/rooms/{name}", "/rooms/{name}"))),
            ("/rooms/..%2f..", Err(RouteError::Name)),
            ("/rooms/%2e%2e", Err(RouteError::Name)),
            ("/rooms/a%0ab", Err(RouteError::Name)),
            ("/rooms/a%00", Err(RouteError::Name)),
            ("/rooms/%ff", Err(RouteError::Name)),
            ("/rooms/%E2%80%AEtxt", Err(RouteError::Name)),
            ("/rooms//", Err(RouteError::Name)),
            (&long, Err(RouteError::Name)),
            ("/rooms", Err(RouteError::Unknown)),
            ("/rooms/a/b", Err(RouteError::Unknown)),
            ("/ECHO", Err(RouteError::Unknown)),
            ("/", Err(RouteError::Unknown)),
        ] {
            let found = find(&routes, path);
            let found = found.map(|found| (found.route.path.to_string(), found.room));
            let expected = expected.map(|(path, room)| (path.to_owned(), room.to_owned()));
            assert_eq!(found, expected, "{path:?}");
        }
    }
}

//! The sections of the hub: `[[sockets]]`, `[gateways.NAME]`, `[websockets]`.

mod values;

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::section::Section;
use super::setting::Source;
use super::values::{Bounded, Secret, Size};
use crate::services::hub::config::{
    AccessMode, GatewayConfig, Limits, MOST_HISTORY, RoomOptions, RouteKind, SocketRoute,
};
use crate::services::hub::{is_gateway_name, route::Pattern};
pub(crate) use values::HubAddress;
use values::{Greeting, Kind, Namespace, Ping};

/// How many there may be.
type Count = Bounded<1, { u32::MAX }>;

/// `[[sockets]]`.
pub(super) fn sockets(top: &mut Section<'_>) -> Result<Vec<SocketRoute>, ConfigError> {
    let mut seen: Vec<(Pattern, Source)> = Vec::new();
    let none = "only the built-in /echo, /chat and /rooms/{name}";
    top.tables("sockets", none, |section| {
        let path: Pattern = section.required("path")?;
        if let Some((first, at)) = seen.iter().find(|(first, _)| takes(first, &path)) {
            return Err(shadowed(section, &path, first, at));
        }
        seen.push((path.clone(), section.at("")));
        Ok(SocketRoute {
            path,
            kind: match section.required("kind")? {
                Kind::Echo => RouteKind::Echo,
                Kind::Room => RouteKind::Room(RoomOptions {
                    notices: section.or("notices", false)?,
                    history: section.or("history", Bounded::<0, MOST_HISTORY>(0))?.0 as usize,
                }),
            },
            greeting: section
                .optional::<Greeting>("greeting", "none")?
                .map(|text| text.0),
        })
    })
}

/// Whether the route of `first` takes every socket of `second`.
fn takes(first: &Pattern, second: &Pattern) -> bool {
    let (first, second) = (first.to_string(), second.to_string());
    let below = first.strip_suffix("{name}");
    first == second
        || below
            .and_then(|below| second.strip_prefix(below))
            .is_some_and(|name| !name.contains('/'))
}

/// The refusal of a route that no socket would reach.
fn shadowed(section: &Section<'_>, path: &Pattern, first: &Pattern, at: &Source) -> ConfigError {
    let line = match at {
        Source::File { line, .. } => *line,
        _ => 0,
    };
    let change = match first == path {
        true => "change one of them",
        false => "put this section before that one, or change the path",
    };
    let expected =
        format!("a path of its own: path = \"{first}\" in line {line} takes this one; {change}");
    section.wrong(&format!("path = \"{path}\""), &expected)
}

/// `[gateways.NAME]`.
pub(super) fn gateways(
    top: &mut Section<'_>,
) -> Result<BTreeMap<String, GatewayConfig>, ConfigError> {
    let none = "none declared, each is there as it is asked for";
    let gateways = top.named("gateways", none, |name, section| {
        if !is_gateway_name(name) {
            let expected = "1 to 64 letters, digits, dots, dashes or underscores";
            return Err(section.wrong(name, expected));
        }
        let gateway = GatewayConfig {
            access: section.or("access", AccessMode::None)?,
            token: section
                .optional::<Secret>("token", "none, everybody administers")?
                .map(|secret| secret.0),
        };
        if gateway.access == AccessMode::Custom && gateway.token.is_none() {
            return Err(section.wrong("access = \"custom\"", "a token = \"…\" beside it"));
        }
        Ok((name.to_owned(), gateway))
    })?;
    Ok(gateways.into_iter().collect())
}

/// `[websockets]`.
pub(super) fn limits(top: &mut Section<'_>) -> Result<Limits, ConfigError> {
    top.table("websockets", |section| {
        let standard = Limits::default();
        let message = section.or("message", Size(standard.message))?.0;
        let frame = section.or("frame", Size(message))?.0;
        if frame > message {
            let given = format!("frame of {frame} bytes");
            let expected = format!("one that is not larger than message, which is {message} bytes");
            return Err(section.wrong(&given, &expected));
        }
        let count = |count: usize| Bounded(u32::try_from(count).unwrap_or(u32::MAX));
        Ok(Limits {
            message,
            frame,
            queue: section.or("queue", Size(standard.queue))?.0,
            sockets: section.or::<Count>("sockets", count(standard.sockets))?.0 as usize,
            per_address: section
                .or::<Count>("per_address", count(standard.per_address))?
                .0 as usize,
            rate: section.or::<Count>("rate", Bounded(standard.rate))?.0,
            ping: section.or("ping", Ping(standard.ping))?.0,
            namespace: section.or("namespace", Namespace(standard.namespace))?.0,
        })
    })
}

//! The sections of the hub: `[[sockets]]`, `[gateways.NAME]`, `[websockets]`,
//! and the ports of `[[listen]]`.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::error::ConfigError;
use super::file::Table;
use super::listen::ListenAt;
use super::setting::{Setting, Source, line};
use super::value::{ByteSize, Value, integer};
use crate::services::hub::config::{
    AccessMode, GatewayConfig, HubConfig, Limits, MOST_HISTORY, RoomOptions, RouteKind, SocketRoute,
};
use crate::services::hub::{is_gateway_name, route::Pattern};

/// What the sections say.
#[derive(Clone, Debug, Default)]
pub struct WebSockets {
    /// All of the hub's.
    pub hub: HubConfig,
    /// The ports beside the main one.
    pub listen: Vec<ListenAt>,
    /// The sections as a config file, with where each value came from.
    pub(super) printed: String,
}

/// The section that is read, written down as it is in force.
struct Section<'t, 'a> {
    table: &'t mut Table<'a>,
    printed: &'t mut String,
}

impl Section<'_, '_> {
    /// The value at `key`, or the default.
    fn or<T: Value>(&mut self, key: &'static str, default: T) -> Result<T, ConfigError> {
        let found = self.table.value(key)?;
        let (value, source) = found.unwrap_or((default, Source::Default));
        Ok(self.note(key, value, source))
    }

    fn optional<T: Value>(&mut self, key: &'static str) -> Result<Option<T>, ConfigError> {
        let found = self.table.value(key)?;
        Ok(found.map(|(value, source)| self.note(key, value, source)))
    }

    fn required<T: Value>(&mut self, key: &'static str) -> Result<T, ConfigError> {
        let (value, source) = self.table.required(key)?;
        Ok(self.note(key, value, source))
    }

    fn note<T: Value>(&mut self, key: &str, value: T, source: Source) -> T {
        let setting = Setting { value, source };
        self.printed.push_str(&line(key, &setting, Path::new("/")));
        setting.value
    }
}

impl WebSockets {
    /// Takes the sections out of the file.
    pub(super) fn read(file: &mut Table<'_>) -> Result<Self, ConfigError> {
        let mut read = Self::default();
        let mut seen: Vec<(Pattern, usize)> = Vec::new();
        for mut table in file.tables("sockets", "[[sockets]]")? {
            let mut section = read.section("[[sockets]]", &mut table);
            let route = socket(&mut section)?;
            if let Some((first, line)) = seen.iter().find(|(first, _)| takes(first, &route.path)) {
                let path = format!("path = \"{}\"", route.path);
                let change = match *first == route.path {
                    true => "change one of them",
                    false => "put this section before that one, or change the path",
                };
                let expected = format!(
                    "a path of its own: path = \"{first}\" in line {line} takes this one; {change}"
                );
                return Err(table.wrong(&path, &expected));
            }
            if let Source::File { line, .. } = table.at() {
                seen.push((route.path.clone(), *line));
            }
            table.finish()?;
            read.hub.sockets.push(route);
        }
        for mut table in file.tables("listen", "[[listen]]")? {
            let mut section = read.section("[[listen]]", &mut table);
            let listen = ListenAt {
                address: section.required("address")?,
                mount: section.or("mount", super::listen::Mount::default())?,
            };
            table.finish()?;
            read.listen.push(listen);
        }
        if let Some(gateways) = file.table("gateways", "[gateways]")? {
            for (name, _, mut table) in gateways.named()? {
                let header = format!("[gateways.{}]", toml::Value::from(name.as_str()));
                if !is_gateway_name(&name) {
                    return Err(table.wrong(&name, GATEWAY_NAME));
                }
                let mut section = read.section(&header, &mut table);
                let gateway = gateway(&mut section)?;
                if gateway.access == AccessMode::Custom && gateway.token.is_none() {
                    return Err(table.wrong("access = \"custom\"", "a token = \"…\" beside it"));
                }
                table.finish()?;
                read.hub.gateways.insert(name, gateway);
            }
        }
        if let Some(mut table) = file.table("websockets", "[websockets]")? {
            let mut section = read.section("[websockets]", &mut table);
            let limits = limits(&mut section)?;
            table.finish()?;
            read.hub.limits = limits;
        }
        Ok(read)
    }

    fn section<'t, 'a>(&'t mut self, header: &str, table: &'t mut Table<'a>) -> Section<'t, 'a> {
        // Writing into a String does not fail.
        let _ = write!(self.printed, "\n{header}\n");
        Section {
            table,
            printed: &mut self.printed,
        }
    }
}

const GATEWAY_NAME: &str = "1 to 64 letters, digits, dots, dashes or underscores";

/// Whether the route of `first` takes every socket of `second`.
fn takes(first: &Pattern, second: &Pattern) -> bool {
    let (first, second) = (first.to_string(), second.to_string());
    let below = first.strip_suffix("{name}");
    first == second
        || below
            .and_then(|below| second.strip_prefix(below))
            .is_some_and(|name| !name.contains('/'))
}

fn socket(section: &mut Section<'_, '_>) -> Result<SocketRoute, ConfigError> {
    let path: Pattern = section.required("path")?;
    let greeting: Option<Text> = section.optional("greeting")?;
    let kind = match section.required("kind")? {
        Kind::Echo => RouteKind::Echo,
        Kind::Room => RouteKind::Room(RoomOptions {
            notices: section.or("notices", false)?,
            history: section.or("history", History(0))?.0,
        }),
    };
    Ok(SocketRoute {
        path,
        greeting: greeting.map(|text| text.0),
        kind,
    })
}

fn gateway(section: &mut Section<'_, '_>) -> Result<GatewayConfig, ConfigError> {
    Ok(GatewayConfig {
        access: section.or("access", AccessMode::None)?,
        token: section.optional::<Text>("token")?.map(|text| text.0),
    })
}

fn limits(section: &mut Section<'_, '_>) -> Result<Limits, ConfigError> {
    let standard = Limits::default();
    let mut size = |key, default: usize| {
        let size = section.or(key, Size(ByteSize(default as u64)))?;
        Ok(usize::try_from(size.0.0).unwrap_or(usize::MAX))
    };
    let message = size("message", standard.message)?;
    let frame = size("frame", message)?;
    let queue = size("queue", standard.queue)?;
    if frame > message {
        let given = format!("frame of {frame} bytes");
        let expected = format!("one that is not larger than message, which is {message} bytes");
        return Err(section.table.wrong(&given, &expected));
    }
    let mut count = |key, default: usize| {
        let default = Count(u32::try_from(default).unwrap_or(u32::MAX));
        section.or(key, default).map(|count| count.0)
    };
    let sockets = count("sockets", standard.sockets)?;
    let per_address = count("per_address", standard.per_address)?;
    let rate = count("rate", standard.rate as usize)?;
    Ok(Limits {
        message,
        frame,
        queue,
        sockets: sockets as usize,
        per_address: per_address as usize,
        rate,
        ping: section.or("ping", Ping(standard.ping))?.0,
        namespace: section.or("namespace", Namespace(standard.namespace))?.0,
    })
}

/// A value that is a text, or parsed from one.
macro_rules! text_value {
    ($type:ty, $expected:expr, $parse:expr, $write:expr) => {
        impl Value for $type {
            fn expected() -> String {
                $expected.to_owned()
            }

            fn parse(text: &str) -> Option<Self> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text)
            }

            fn write(&self, _: &Path) -> Option<toml::Value> {
                let write: fn(&Self) -> String = $write;
                Some(write(self).into())
            }
        }
    };
}

text_value!(
    Pattern,
    r#"a path such as "/echo", or one that ends in a name, "/rooms/{name}""#,
    Pattern::parse,
    Pattern::to_string
);

/// Any text but none.
struct Text(String);

text_value!(
    Text,
    "text",
    |text| (!text.is_empty()).then(|| Text(text.to_owned())),
    |text| text.0.clone()
);

/// A word of a NATS subject.
struct Namespace(String);

text_value!(
    Namespace,
    "1 to 64 letters, digits, dashes or underscores",
    |text| (is_gateway_name(text) && !text.contains('.')).then(|| Namespace(text.to_owned())),
    |name| name.0.clone()
);

enum Kind {
    Echo,
    Room,
}

text_value!(
    Kind,
    r#""echo" or "room""#,
    |text| match text {
        "echo" => Some(Kind::Echo),
        "room" => Some(Kind::Room),
        _ => None,
    },
    |kind| match kind {
        Kind::Echo => "echo".to_owned(),
        Kind::Room => "room".to_owned(),
    }
);

text_value!(
    AccessMode,
    r#""none" or "custom""#,
    |text| match text {
        "none" => Some(AccessMode::None),
        "custom" => Some(AccessMode::Custom),
        _ => None,
    },
    |mode| match mode {
        AccessMode::None => "none".to_owned(),
        AccessMode::Custom => "custom".to_owned(),
    }
);

/// The time between two pings. Proxies cut what is silent for a minute.
struct Ping(Duration);

text_value!(
    Ping,
    r#"a duration from 1s to 50s, such as "45s""#,
    |text| <Duration as Value>::parse(text)
        .filter(|ping| (1..=50).contains(&ping.as_secs()) && ping.as_millis() <= 50_000)
        .map(Ping),
    |ping| format!("{}ms", ping.0.as_millis())
);

/// A number within bounds.
macro_rules! number_value {
    ($type:ty, $inner:ty, $bounds:expr, $expected:expr) => {
        impl Value for $type {
            fn expected() -> String {
                $expected.to_owned()
            }

            fn parse(text: &str) -> Option<Self> {
                let number = text.trim().parse().ok();
                number.filter(|n| $bounds.contains(n)).map(Self)
            }

            fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
                let number = integer(value.get_ref()).and_then(|n| <$inner>::try_from(n).ok());
                let number = number.filter(|n| $bounds.contains(n));
                number.map(Self).ok_or_else(|| value.span())
            }

            fn write(&self, _: &Path) -> Option<toml::Value> {
                i64::try_from(self.0).ok().map(toml::Value::from)
            }
        }
    };
}

/// How many there may be.
struct Count(u32);

number_value!(Count, u32, (1..=u32::MAX), "a number above zero");

/// How large something may be.
struct Size(ByteSize);

impl Value for Size {
    fn expected() -> String {
        r#"a size above zero, such as "4MiB" or 4096 (bytes)"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        ByteSize::parse(text).filter(|size| size.0 > 0).map(Self)
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let size = ByteSize::read(value)?;
        Some(size)
            .filter(|size| size.0 > 0)
            .map(Self)
            .ok_or_else(|| value.span())
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        self.0.write(folder)
    }
}

/// How many messages are kept.
struct History(usize);

number_value!(
    History,
    usize,
    (0..=MOST_HISTORY),
    format!("a number from 0 to {MOST_HISTORY}")
);

//! `[collections.NAME]`: the settings of each collection, and `data`: where they are kept.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::error::ConfigError;
use super::file::Table;
use super::setting::Source;
use super::value::{ByteSize, Value};
use crate::services::collections::{CollectionConfig, Envelope, Location, Seed, Share};
use crate::services::hub::{PushTarget, gateway_clash};

/// Where collections are kept, if that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data(pub Option<Location>);

impl Value for Data {
    const UNSET: &'static str = "in .qmlserve, beside the tree";

    fn expected() -> String {
        r#"a file for SQLite, ":memory:", or the URL of a PostgreSQL database"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let location = if text == ":memory:" {
            Location::Memory
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Location::Postgres(text.to_owned())
        } else if text.contains("://") {
            return None;
        } else {
            Location::File(PathBuf::parse(text)?)
        };
        Some(Self(Some(location)))
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        match self.0.as_ref()? {
            Location::File(path) => path.write(folder),
            // As it is shown anywhere: without its password.
            location => Some(location.to_string().into()),
        }
    }

    fn resolve(self, folder: &Path) -> Self {
        Self(self.0.map(|location| match location {
            Location::File(path) => Location::File(path.resolve(folder)),
            other => other,
        }))
    }
}

impl Value for Envelope {
    fn expected() -> String {
        r#""book" or "none""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "book" => Some(Self::Book),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let name = match self {
            Self::Book => "book",
            Self::None => "none",
        };
        Some(name.into())
    }
}

impl Value for Share {
    fn expected() -> String {
        r#"a share from 0 to 1, such as 0.2 or "20%""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let share = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
            None => text.trim().parse().ok()?,
        };
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let share = match value.get_ref() {
            DeValue::Float(number) => Self::parse(number.as_str()),
            DeValue::Integer(number) => Self::parse(number.as_str()),
            other => other.as_str().and_then(Self::parse),
        };
        share.ok_or_else(|| value.span())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.into())
    }
}

impl Value for Seed {
    fn expected() -> String {
        PathBuf::expected()
    }

    fn parse(text: &str) -> Option<Self> {
        let named = PathBuf::parse(text)?;
        let resolved = named.clone();
        Some(Self { named, resolved })
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        // Relative to the folder, unless that is not where it was.
        if self.resolved == folder.join(&self.named) {
            self.named.write(folder)
        } else {
            self.resolved.write(folder)
        }
    }

    fn resolve(self, folder: &Path) -> Self {
        let resolved = folder.join(&self.named);
        Self { resolved, ..self }
    }
}

/// A path of the server, for a list.
#[derive(Debug)]
struct ListPath(String);

impl Value for ListPath {
    fn expected() -> String {
        r#"a path such as "/colors" or "/api/colors", outside of /@…"#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix('/')?;
        let good = |part: &str| {
            let special = |c: char| c.is_control() || "?#%\\".contains(c);
            !part.is_empty() && part != "." && part != ".." && !part.contains(special)
        };
        let all = path.split('/').all(good) && !path.starts_with('@');
        all.then(|| Self(text.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }
}

/// A word: a field, the name of an element.
#[derive(Debug)]
struct Name(String);

impl Value for Name {
    fn expected() -> String {
        "a name".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let good = !text.is_empty() && !text.contains(|c: char| c.is_control() || c == '"');
        good.then(|| Self(text.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }
}

/// Where changes are pushed to: understood by the hub, carried by the collection.
struct PushTo(String);

impl Value for PushTo {
    fn expected() -> String {
        r#""gateway:NAME" for everybody there, or "gateway:NAME:TAG,{PROPERTY}""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        PushTarget::parse(text).map(|_| Self(text.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }
}

/// The collections that the table `collections` declares; relative paths start from `folder`.
pub(super) fn read(
    root: &mut Table<'_>,
    folder: &Path,
) -> Result<Vec<CollectionConfig>, ConfigError> {
    let Some(section) = root.table("collections", "[collections]")? else {
        return Ok(Vec::new());
    };
    let mut collections = Vec::new();
    for (name, source, mut table) in section.named()? {
        if name.is_empty() || name.contains(|c: char| c.is_control() || "/\\?#%\"".contains(c)) {
            let expected = "a name that can be part of a path, such as colors".to_owned();
            let key = "[collections.NAME]";
            return Err(ConfigError::value(
                source,
                key,
                &format!("{name:?}"),
                expected,
            ));
        }
        let path = table.value::<ListPath>("path")?;
        let (shown, at_path) = match &path {
            Some((path, at)) => (path.0.clone(), at.clone()),
            None => (format!("/{name}"), source),
        };
        // The gateway is asked first, and what it takes for its own is lost.
        if let Some(endpoint) = gateway_clash(&shown) {
            let key = format!("[collections.{name}] path");
            let expected = format!(
                "a path that leaves {endpoint} to the gateway, such as path = \"/api{shown}\""
            );
            let given = format!("{shown:?}");
            return Err(ConfigError::value(at_path, &key, &given, expected));
        }
        collections.push(CollectionConfig {
            path: path.map(|(path, _)| path.0),
            seed: at::<Seed>(&mut table, "seed")?.map(|seed| seed.resolve(folder)),
            key: at::<Name>(&mut table, "key")?.map(|name| name.0),
            item: at::<Name>(&mut table, "item")?.map(|name| name.0),
            envelope: at(&mut table, "envelope")?.unwrap_or_default(),
            schema: at::<Seed>(&mut table, "schema")?.map(|schema| schema.resolve(folder)),
            readonly: at(&mut table, "readonly")?.unwrap_or_default(),
            delay: at::<Duration>(&mut table, "delay")?,
            fail: at(&mut table, "fail")?.unwrap_or_default(),
            max_body: at::<ByteSize>(&mut table, "max_body")?.map(|size| size.0),
            push: at::<PushTo>(&mut table, "push")?.map(|push| push.0),
            name,
        });
        table.finish()?;
    }
    Ok(collections)
}

fn at<T: Value>(table: &mut Table<'_>, key: &'static str) -> Result<Option<T>, ConfigError> {
    let value: Option<(T, Source)> = table.value(key)?;
    Ok(value.map(|(value, _)| value))
}

/// The tables of these collections, as a config file in `folder` would have them.
pub(super) fn lines(collections: &[CollectionConfig], folder: &Path) -> String {
    let mut text = String::new();
    for collection in collections {
        let name = toml::Value::from(collection.name.as_str());
        text += &format!("\n[collections.{name}]\n");
        let mut line = |key: &str, value: Option<toml::Value>| {
            if let Some(value) = value {
                text += &format!("{key} = {value}\n");
            }
        };
        let default = CollectionConfig::default();
        line(
            "seed",
            collection.seed.as_ref().and_then(|seed| seed.write(folder)),
        );
        line("key", collection.key.as_deref().map(Into::into));
        line("path", collection.path.as_deref().map(Into::into));
        line("item", collection.item.as_deref().map(Into::into));
        if collection.envelope != default.envelope {
            line("envelope", collection.envelope.write(folder));
        }
        line(
            "schema",
            collection
                .schema
                .as_ref()
                .and_then(|schema| schema.write(folder)),
        );
        if collection.readonly {
            line("readonly", Some(true.into()));
        }
        line(
            "delay",
            collection.delay.and_then(|delay| delay.write(folder)),
        );
        if collection.fail != default.fail {
            line("fail", collection.fail.write(folder));
        }
        line(
            "max_body",
            collection
                .max_body
                .and_then(|size| ByteSize(size).write(folder)),
        );
        line("push", collection.push.as_deref().map(Into::into));
    }
    text
}

#[cfg(test)]
mod tests;

//! What the keys of collections hold.

use std::path::{Path, PathBuf};

use crate::config::values::{Value, text, words};
use crate::database::Location;
use crate::services::collections::{Envelope, Seed};
use crate::services::hub::PushTarget;

/// Where collections are kept, if that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Data(pub Option<Location>);

impl Value for Data {
    const UNSET: &'static str = "in .qmlserve, beside the tree";

    fn expected() -> String {
        if cfg!(feature = "postgres") {
            r#"a file for SQLite, ":memory:", or the URL of a PostgreSQL database"#.to_owned()
        } else {
            r#"a file for SQLite, or ":memory:": this qmlserve is built without the feature "postgres""#
                .to_owned()
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let location = if text == ":memory:" {
            Location::Memory
        } else if cfg!(feature = "postgres")
            && (text.starts_with("postgres://") || text.starts_with("postgresql://"))
        {
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

words!(Envelope: "book" = Book, "none" = None);

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

text!(
    /// A path of the server, for a list.
    ListPath,
    r#"a path such as "/colors" or "/api/colors", outside of /@…"#,
    |text| text.strip_prefix('/').is_some_and(|path| {
        let good = |part: &str| {
            let special = |c: char| c.is_control() || "?#%\\".contains(c);
            !part.is_empty() && part != "." && part != ".." && !part.contains(special)
        };
        path.split('/').all(good) && !path.starts_with('@')
    })
);

text!(
    /// A word: a field, the name of an element.
    Name,
    "a name",
    |text| !text.is_empty() && !text.contains(|c: char| c.is_control() || c == '"')
);

text!(
    /// Where changes are pushed to: understood by the hub, carried by the collection.
    PushTo,
    r#""gateway:NAME" for everybody there, or "gateway:NAME:TAG,{PROPERTY}""#,
    |text| PushTarget::parse(text).is_some()
);

//! A client's profile: which modules of the tree its engine has by itself, compiled into its
//! program or registered by it. Documents are written for a profile; a stock runtime has none.
//!
//! Such a module is imported twice, first the engine's and then the tree's: of what both have, the
//! later import wins, and what only the engine has (types of C++) stays (measured in Qt 5.15, 6.4
//! and 6.12). The engine's alone would show documents as they were compiled in.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::snapshot::{Dir, Snapshot};
use crate::path::TreePath;
use crate::qml::document::ImportTarget;

/// Longest text of a profile, in bytes: it is part of every URL of such a client.
const LONGEST: usize = 2048;

/// The imports of modules of the tree that an engine can do without the tree, as `URI` or
/// `URI-VERSION`. A profile says it all by itself, so that it means the same after a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile(Arc<BTreeSet<Box<str>>>);

/// The text is no list of imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile is a list of URI or URI-VERSION, with commas between")]
pub struct NotAProfile;

impl Profile {
    /// Whether the engine has nothing of the tree.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The module of the document at `path` that the engine has, too.
    #[must_use]
    pub fn own(&self, snapshot: &Snapshot, path: &TreePath) -> Option<&str> {
        let dir = path.parent();
        let dir = dir.as_str();
        let imports = self.0.iter().map(|import| &**import);
        let mut unversioned = imports.filter(|import| !import.contains('-'));
        unversioned.find(|uri| {
            snapshot.modules().lookup(uri, None, dir) == Some(dir)
                || snapshot.own_modules(path).any(|own| own == *uri)
        })
    }

    /// Whether the engine can do `import URI VERSION` by itself.
    #[must_use]
    pub fn has(&self, uri: &str, version: Option<&str>) -> bool {
        !self.is_empty() && self.0.contains(&*written(uri, version))
    }
}

impl Snapshot {
    /// What [`imports`] says of it, found out once.
    pub fn imports(&self) -> &BTreeSet<String> {
        self.imports.get_or_init(|| imports(self))
    }
}

/// What a client has to find out whether its engine can do it: the imports of all documents that
/// the tree has the modules for, and the modules themselves, since from Qt 6.5 on a document sees
/// the types of its own module without importing it.
fn imports(snapshot: &Snapshot) -> BTreeSet<String> {
    let modules: BTreeSet<_> = snapshot
        .dirs
        .values()
        .flat_map(|dir| dir.imports())
        .collect();
    modules
        .into_iter()
        .filter(|(uri, version)| snapshot.has_module(uri, version.as_deref()))
        .map(|(uri, version)| written(uri, version.as_deref()))
        .chain(snapshot.modules().uris())
        .chain(snapshot.modules.stand_ins.uris())
        .filter(|import| is_import(import))
        .collect()
}

impl Dir {
    /// The modules that the documents import, with the versions that they name.
    fn imports(&self) -> &BTreeSet<(String, Option<String>)> {
        self.imports.get_or_init(|| {
            let documents = self.files.values().filter_map(|file| file.document());
            let imports = documents.flat_map(|document| &document.imports);
            let modules = imports.filter_map(|import| match &import.target {
                ImportTarget::Module(uri) => Some((uri.clone(), import.version.clone())),
                ImportTarget::File(_) => None,
            });
            modules.collect()
        })
    }
}

fn written(uri: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{uri}-{version}"),
        None => uri.to_owned(),
    }
}

fn is_import(text: &str) -> bool {
    let (uri, version) = text.split_once('-').unwrap_or((text, "1"));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    !uri.is_empty()
        && uri.chars().all(is_name)
        && !version.is_empty()
        && version.chars().all(is_number)
}

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, import) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str(",")?;
            }
            out.write_str(import)?;
        }
        Ok(())
    }
}

impl FromStr for Profile {
    type Err = NotAProfile;

    fn from_str(text: &str) -> Result<Self, NotAProfile> {
        if text.len() > LONGEST || !text.split(',').all(is_import) {
            return Err(NotAProfile);
        }
        Ok(Self(Arc::new(text.split(',').map(Into::into).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_and_written() {
        let profile: Profile = "My.App,My.App-1.0,Other_2-2".parse().unwrap();
        assert_eq!(profile.to_string(), "My.App,My.App-1.0,Other_2-2");
        assert!(profile.has("My.App", None) && profile.has("My.App", Some("1.0")));
        assert!(!profile.has("My.App", Some("1.1")) && !profile.has("Other_2", None));
        assert!(!Profile::default().has("", None));
        let long = ["A"; LONGEST].join(",");
        for text in [
            "", ",", "a,", "a/b", "a b", "a\"", "a-", "a-x", "-1", "a%2f", &long,
        ] {
            assert_eq!(text.parse::<Profile>(), Err(NotAProfile), "{text}");
        }
    }
}

//! The token of a snapshot, and the one place that writes it, with a client's profile, into a URL.

use std::fmt;
use std::process;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::profile::Profile;
use crate::path::TreePath;

/// The version of a tree: the first 64 bits of a BLAKE3 hash over its sorted
/// paths and contents, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version that a finished hash stands for.
    pub fn from_hash(hash: &blake3::Hash) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        Self(u64::from_be_bytes(first))
    }

    /// A token that nobody else has.
    pub(super) fn unique() -> Self {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&now.as_nanos().to_le_bytes());
        hasher.update(&process::id().to_le_bytes());
        Self::from_hash(&hasher.finalize())
    }

    /// The token as bytes, for hashing.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The path of a URL for the document `path` as it was in this version:
    /// `/@VERSION/PATH`.
    pub fn url_path(self, path: &TreePath) -> String {
        let profile = Profile::default();
        let version = self;
        Token { version, profile }.url_path(path)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let digits = text.len() == 16
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !digits {
            return Err(NotAVersion);
        }
        u64::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| NotAVersion)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What stands behind the `@` of a URL: a version, and the profile of the client that the
/// documents are written for. `VERSION`, or `VERSION~PROFILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The version.
    pub version: Version,
    /// What the client has by itself.
    pub profile: Profile,
}

impl Token {
    /// The same client's token for another version.
    #[must_use]
    pub fn at(&self, version: Version) -> Self {
        let profile = self.profile.clone();
        Self { version, profile }
    }

    /// The path of a URL for `path` under this token.
    #[must_use]
    pub fn url_path(&self, path: &TreePath) -> String {
        format!("/@{self}/{}", path.to_url())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.profile.is_empty() {
            return fmt::Display::fmt(&self.version, f);
        }
        write!(f, "{}~{}", self.version, self.profile)
    }
}

impl FromStr for Token {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (version, profile) = match text.split_once('~') {
            Some((version, profile)) => (version, profile.parse().map_err(|_| NotAVersion)?),
            None => (text, Profile::default()),
        };
        let version = version.parse()?;
        Ok(Self { version, profile })
    }
}

/// The text is not 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is 16 lower-case hexadecimal digits")]
pub struct NotAVersion;

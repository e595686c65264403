//! The token of a snapshot, and the one place that writes it into a URL.

use std::fmt;
use std::process;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

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
        format!("/@{self}/{}", path.to_url())
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

/// The text is not 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is 16 lower-case hexadecimal digits")]
pub struct NotAVersion;
